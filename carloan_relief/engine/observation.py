"""Clocks of a restructured or non-performing asset (CN Order 2023/1 arts. 15, 20-22).

Pure functions of dates and the book of rules; (N,) arrays or scalars throughout.
"""

from dataclasses import dataclass

import numpy as np

from .calendar import add_periods
from .rules import DEFAULT

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")
#: Observations recomputed one after another before a loan is left where it is.
_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Observation:
    """Where observations stand: ``start``, ``earliest_end`` dates, ``exit`` bool."""

    start: np.ndarray
    earliest_end: np.ndarray
    exit: np.ndarray


def observe(
    first_due_after,
    *,
    period="month",
    every=1,
    due_day=None,
    missed=_NEVER,
    as_of=_NEVER,
    paid=True,
    resolved=True,
    code="cn.observation",
    book=DEFAULT,
):
    """Return the :class:`Observation` of restructured assets (art. 20).

    It starts at the first due date after the change, not at signature, and lasts at
    least two consecutive periods and one year. A missed payment starts it anew from
    the due date missed. Difficulty that is unresolved at the end recomputes the
    period from there. Whoever leaves has resolved the difficulty and paid on time
    and in full.

    :param first_due_after: (N,) dates
    :param period: of ``calendar.PERIODS``; ``every``: how many make one instalment
        (3 = quarterly)
    :param missed: last due date that was missed, NaT = none
    :param as_of: day of the test; NaT = no test, nobody leaves
    :param paid: everything due since the start was paid on time and in full
    :param resolved: the financial difficulty is over
    :param code: of the rules of its length, where the law is not China's
    """
    start = _later_of(np.asarray(first_due_after, dtype=_DAY), missed)
    as_of = np.asarray(as_of, dtype=_DAY)
    good = np.asarray(resolved, bool)

    def end(begin):
        return _longer(begin, code, period, every, due_day, book)

    for _round in range(_MOST_ROUNDS):
        ended = end(start)
        again = ~good & (ended <= as_of)
        if not again.any():
            break
        start = np.where(again, ended, start)
    left = good & np.asarray(paid, bool) & (as_of >= ended)
    return Observation(start, ended, left)


def restructured_again(start, change_date, exit_date=_NEVER):
    """Tell a further relief inside the observation (art. 22), (N,) bool.

    :param start: day the earlier relief took effect (the observation follows it)
    :param exit_date: day the observation was left, NaT = not yet
    """
    change = np.asarray(change_date, dtype=_DAY)
    exit_date = np.asarray(exit_date, dtype=_DAY)
    inside = np.isnat(exit_date) | (change < exit_date)
    return (change > np.asarray(start, dtype=_DAY)) & inside


def upgrade_date(cleared, period="month", every=1, due_day=None, book=DEFAULT):
    """Return the first day on which a non-performing asset may rise (art. 15 (1)).

    :param cleared: (N,) day all overdue claims and costs were paid, NaT = not yet
    :return: (N,) dates: the longer of two periods and six months later
    """
    return _longer(cleared, "cn.upgrade", period, every, due_day, book)


def upgrade(
    cleared,
    as_of,
    *,
    period="month",
    every=1,
    due_day=None,
    missed=_NEVER,
    able=True,
    other_impaired=False,
    book=DEFAULT,
):
    """Tell whether a non-performing asset meets art. 15, (N,) bool.

    :param missed: last due date missed; after ``cleared`` it stops the clock until
        everything is cleared again
    :param able: assessed able to go on paying
    :param other_impaired: another asset of the debtor here is credit-impaired
    """
    cleared = np.asarray(cleared, dtype=_DAY)
    first = upgrade_date(cleared, period, every, due_day, book)
    broken = np.asarray(missed, dtype=_DAY) > cleared
    whole = np.asarray(able, bool) & ~np.asarray(other_impaired, bool)
    return whole & ~broken & (np.asarray(as_of, dtype=_DAY) >= first)


def _longer(start, code, period, every, due_day, book):
    """Return the later of n repayment periods and a length of time after a date."""
    start = np.asarray(start, dtype=_DAY)
    least = np.asarray(book.later(f"{code}.least", start))
    periods = int(book.at(f"{code}.periods").value) * np.asarray(every)
    return np.maximum(add_periods(start, periods, period, due_day), least)


def _later_of(start, missed):
    return np.fmax(start, np.asarray(missed, dtype=_DAY))

"""Statutory clocks: when an answer, a notice or a deletion is due.

A statutory clock never stops, unlike the SLA of the house. Most are one row of the book
of rules: ``due("us.reg_b.decision", received)``. Those with branches have a function.
"""

from dataclasses import dataclass

import numpy as np

from .rules import DEFAULT

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")
COMPLAINT_LEVELS = ("simple", "complex", "special")


def due(code, start, holidays=(), book=DEFAULT):
    """Return the last day of a clock, (N,) dates; the start itself is day 0.

    :param str code: a length of time in the book
    :param start: (N,) dates, NaT = not started
    """
    return book.later(code, start, holidays=holidays)


def overdue(due_date, as_of, done=_NEVER):
    """Tell where a clock ran out before it was answered, (N,) bool."""
    due_date = np.asarray(due_date, dtype=_DAY)
    done = np.asarray(done, dtype=_DAY)
    as_of = np.asarray(as_of, dtype=_DAY)
    return np.where(np.isnat(done), as_of, done) > due_date


def complaint(received, level="simple", approved=False, book=DEFAULT):
    """Return the last day to answer a complaint in China, (N,) dates.

    Simple 15 days, complex 30; the second extension of 30 counts only when it was
    approved (and told to the complainant): an unapproved one moves nothing.

    :param level: of ``COMPLAINT_LEVELS``
    :raises ValueError: for another level
    """
    level = np.asarray(level, dtype=str)
    if not np.isin(level, COMPLAINT_LEVELS).all():
        raise ValueError(f"level: {level} is not one of {COMPLAINT_LEVELS}")
    special = (level == "special") & np.asarray(approved, bool)
    names = [f"cn.complaint.{name}" for name in COMPLAINT_LEVELS]
    dates = [due(name, received, book=book) for name in names]
    simple, middle, long = np.broadcast_arrays(*dates)
    dated = np.where(level == "simple", simple, middle)
    return np.where(special, long, dated)


@dataclass(frozen=True)
class Hardship:
    """Dates of a hardship notice, (N,): to ask by, to be told by, to decide by.

    ``information_due`` is NaT where nothing was asked in time.
    """

    information_request_due: np.ndarray
    information_due: np.ndarray
    decision_due: np.ndarray


def hardship(received, asked=_NEVER, informed=_NEVER, book=DEFAULT):
    """Return the clocks of a hardship notice in Australia: a :class:`Hardship`.

    NCC s72: 21 days from the day after receipt to decide or to ask; the debtor has
    21 days to answer; the decision is due 21 days after the answer, 28 days after
    the question where none comes in time. A question asked too late changes nothing.

    :param received: (N,) the notice, in writing or by mouth
    :param asked: information requested; ``informed``: and received; NaT = not
    """
    asked = np.asarray(asked, dtype=_DAY)
    informed = np.asarray(informed, dtype=_DAY)
    plain = due("au.hardship.decision", received, book=book)
    ask_by = due("au.hardship.information_request", received, book=book)
    asked = np.where(asked <= ask_by, asked, _NEVER)
    tell_by = due("au.hardship.information", asked, book=book)
    told = np.where(informed <= tell_by, informed, _NEVER)
    after = due("au.hardship.decision_informed", told, book=book)
    silent = due("au.hardship.decision_uninformed", asked, book=book)
    decide = np.where(np.isnat(told), silent, after)
    decide = np.where(np.isnat(asked), plain, decide)
    return Hardship(ask_by, tell_by, decide)


def enforcement_stayed(
    current,
    previous=_NEVER,
    materially_different=False,
    book=DEFAULT,
    code="au.hardship.repeat",
):
    """Tell whether a notice stays enforcement in Australia, (N,) bool (s89A).

    Not when another within four months before stood on materially the same ground.
    """
    until = due(code, previous, book=book)
    repeated = np.asarray(current, dtype=_DAY) < until
    return ~(repeated & ~np.asarray(materially_different, bool))


def enforcement_from(refused, book=DEFAULT):
    """Return the first day to enforce after a refusal: once 14 days have expired."""
    last = due("au.enforcement.after_refusal", refused, book=book)
    return last + np.timedelta64(1, "D")


def vat_taxable(settlement_date, as_of, book=DEFAULT):
    """Tell where accrued unpaid interest is still taxable in China, (N,) bool.

    Within 90 days of its settlement date; after that only once received.
    """
    start = np.asarray(settlement_date, dtype=_DAY)
    days = (np.asarray(as_of, dtype=_DAY) - start).astype(np.int64)
    return book.holds("cn.vat.accrual", days, as_of)

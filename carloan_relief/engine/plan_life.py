"""The life of a plan: what was asked for and when it was paid, read as conduct.

Arrays of N plans; dates are datetime64[D], NaT = none. Every number of days or payments
is an argument: it is policy data.
"""

from dataclasses import dataclass

import numpy as np

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")
_DAY_0 = np.datetime64("1970-01-01", "D")
#: Phases of a plan. The last five end it.
PHASES = (
    "trial",
    "running",
    "notice",
    "completed",
    "broken",
    "failed",
    "replaced",
    "undone",
)
ENDED = PHASES[3:]


@dataclass(frozen=True)
class Dues:
    """What N plans asked for up to a day, M payments each, ascending.

    :ivar due: (N, M) due dates, NaT where a plan has fewer
    :ivar settled: (N, M) day each was paid in full, NaT = still open
    """

    due: np.ndarray
    settled: np.ndarray

    @classmethod
    def of(cls, rows, count):
        """Gather flat (plan, due, settled) rows, ascending, of ``count`` plans."""
        lists = [[] for _plan in range(count)]
        for plan, *dates in rows:
            lists[plan].append(dates)
        width = max((len(one) for one in lists), default=0)
        table = np.full((2, count, width), _NEVER, dtype=_DAY)
        for plan, one in enumerate(lists):
            for k, dates in enumerate(one):
                table[:, plan, k] = np.array(dates, dtype=_DAY)
        return cls(*table)


@dataclass(frozen=True)
class Conduct:
    """How plans were kept up to a day, (N,) each.

    :ivar asked, kept: payments asked for, and those paid in full
    :ivar on_time: those paid within the tolerance
    :ivar first_settled: day the first payment was made in full
    :ivar first_missed: the first payment is or was missed
    :ivar open_missed: payments missed and not made up for
    :ivar last_missed: last due date that was missed
    :ivar worst_days: most days any payment was late
    :ivar bad_due: last due date of a payment so late that the loan was bad
    :ivar overdue: something is past its due date and unpaid
    :ivar cleared: day the last late payment was made up for; NaT while overdue, and
        where nothing was late
    """

    asked: np.ndarray
    kept: np.ndarray
    on_time: np.ndarray
    first_settled: np.ndarray
    first_missed: np.ndarray
    open_missed: np.ndarray
    last_missed: np.ndarray
    worst_days: np.ndarray
    bad_due: np.ndarray
    overdue: np.ndarray
    cleared: np.ndarray


def _late(dues, as_of):
    """Return (due, settled, days late) with what lies after the day taken out."""
    as_of = np.reshape(np.asarray(as_of, dtype=_DAY), (-1, 1))
    due = np.where(dues.due <= as_of, dues.due, _NEVER)
    settled = np.where(dues.settled <= as_of, dues.settled, _NEVER)
    real = ~np.isnat(due)
    until = np.where(np.isnat(settled), as_of, settled)
    days = (np.where(real, until, _DAY_0) - np.where(real, due, _DAY_0)).astype(int)
    return due, np.where(real, settled, _NEVER), np.where(real, np.maximum(days, 0), 0)


def conduct(dues, as_of, tolerance=0, bad_after=np.inf):
    """Return the :class:`Conduct` of plans.

    :param Dues dues: what was asked for
    :param as_of: scalar or (N,) day of the test; what was paid later counts as open
    :param tolerance: scalar or (N,) days after its due date until which a payment is
        not missed
    :param bad_after: days late after which the law calls a loan bad
    """
    due, settled, days = _late(dues, as_of)
    real, open_ = ~np.isnat(due), ~np.isnat(due) & np.isnat(settled)
    missed = days > np.reshape(np.asarray(tolerance), (-1, 1))
    overdue = (open_ & (days > 0)).any(axis=1)
    late = np.where(days > 0, settled, _NEVER)
    return Conduct(
        asked=real.sum(axis=1),
        kept=(real & ~open_).sum(axis=1),
        on_time=(real & ~open_ & ~missed).sum(axis=1),
        first_settled=_first(settled),
        first_missed=_first(missed, False),
        open_missed=(open_ & missed).sum(axis=1),
        last_missed=_latest(np.where(missed, due, _NEVER)),
        worst_days=days.max(axis=1, initial=0),
        bad_due=_latest(np.where(days > bad_after, due, _NEVER)),
        overdue=overdue,
        cleared=np.where(overdue, _NEVER, _latest(late)),
    )


def trial(dues, as_of, payments, tolerance=0):
    """Return (passed on, failed on) of trials, (N,) dates, NaT = not yet.

    A trial is passed when its first ``payments`` were made, each within the tolerance,
    and fails on the day the first of them exceeds it.

    :param payments: (N,) how many; a plan without a trial neither passes nor fails
    :param tolerance: scalar or (N,) days a payment of the trial may be late
    """
    due, settled, days = _late(dues, as_of)
    payments = np.reshape(np.asarray(payments), (-1, 1))
    tolerance = np.reshape(np.asarray(tolerance), (-1, 1))
    in_trial = (np.arange(due.shape[1]) < payments) & ~np.isnat(due)
    missed = in_trial & (days > tolerance)
    limit = due + tolerance.astype("timedelta64[D]") + 1
    failed = _earliest(np.where(missed, limit, _NEVER))
    made = (in_trial & ~np.isnat(settled)).sum(axis=1)
    whole = (payments[:, 0] > 0) & (made >= payments[:, 0]) & np.isnat(failed)
    last = _latest(np.where(in_trial, settled, _NEVER))
    return np.where(whole, last, _NEVER), failed


def in_breach(open_missed, dpd, most_missed=0, most_days=0):
    """Tell where a plan is not kept, (N,) bool.

    :param open_missed: payments missed and not made up for; ``dpd``: days past due
    :param most_missed: so many missed breach a plan; 0 = not asked
    :param most_days: more days past due breach a plan; 0 = not asked
    """
    most_missed, most_days = np.asarray(most_missed), np.asarray(most_days)
    by_count = (most_missed > 0) & (np.asarray(open_missed) >= most_missed)
    return by_count | ((most_days > 0) & (np.asarray(dpd) > most_days))


def advance(
    phase,
    as_of,
    *,
    passed_on,
    failed_on,
    breach,
    grace_until,
    finished=False,
    left_on=_NEVER,
    completes_on_exit=False,
    breaks_alone=True,
):
    """Return the phase of plans on a day, (N,) text of ``PHASES``.

    A breach leads to a notice first; a plan breaks when the breach outlasts the grace
    of the notice, and goes on when it was made up for before. What has ended stays.

    :param phase: (N,) phase so far
    :param passed_on, failed_on: of the trial
    :param grace_until: last day of the grace of a notice, NaT = no notice
    :param finished: nothing more is owed
    :param left_on: day the observation was left
    :param completes_on_exit: leaving the observation completes the plan
    :param breaks_alone: no person has to decide on a break
    """
    phase = np.asarray(phase, dtype=str)
    as_of = np.asarray(as_of, dtype=_DAY)
    breach = np.asarray(breach, dtype=bool)
    standing = ~np.isin(phase, ENDED)
    on_trial, warned = phase == "trial", phase == "notice"
    over = np.asarray(grace_until, dtype=_DAY) < as_of
    exit_ = np.asarray(completes_on_exit, bool) & ~np.isnat(left_on)
    steps = (
        (standing & np.asarray(finished, bool), "completed"),
        (on_trial & ~np.isnat(failed_on), "failed"),
        (warned & breach & over & np.asarray(breaks_alone, bool), "broken"),
        (standing & breach, "notice"),
        (standing & exit_, "completed"),
        (warned, "running"),
        (on_trial & ~np.isnat(passed_on), "running"),
    )
    masks, names = zip(*steps, strict=True)
    return np.select(masks, names, phase)


def _first(values, nothing=_NEVER):
    if not values.shape[1]:
        return np.full(len(values), nothing)
    return values[:, 0]


def _latest(dates):
    return _reduce(np.fmax, dates)


def _earliest(dates):
    return _reduce(np.fmin, dates)


def _reduce(function, dates):
    blank = np.full((len(dates), 1), _NEVER, dtype=_DAY)
    return function.reduce(np.hstack([dates, blank]), axis=1)

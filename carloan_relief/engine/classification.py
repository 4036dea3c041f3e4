"""Days past due, buckets, the five Chinese grades, IFRS 9 stages.

Boundaries read "more than N days": a threshold of 90 is passed on day 91. Every
threshold is a row of the book of rules (``rules``), in force at ``as_of``; without an
``as_of`` the newest row counts.
"""

import numpy as np

from .rules import DEFAULT

BUCKETS = ("current", "1-30", "31-60", "61-90", "91-180", "181-360", "360+")
BUCKET_LIMITS = (0, 30, 60, 90, 180, 360)
CN_GRADES = ("normal", "special_mention", "substandard", "doubtful", "loss")
#: Rank from which a grade is non-performing (Order 2023/1 art. 6).
NON_PERFORMING = CN_GRADES.index("substandard")
#: CN Order 2023/1 art. 19, and the measures of ours that fall under it.
CN_CHANGES = (
    "extension",
    "relaxed_repayment_plan",
    "new_or_longer_grace_period",
    "interest_to_principal",
    "rate_below_fair",
    "principal_interest_or_fee_reduction",
    "collateral_released_or_weakened",
    "substitution",
    "other_relaxation",
)
#: Changes of a contract that relax nothing.
NO_RELAXATION = ("", "none", "tightening", "rate_increase", "technical", "correction")
_DAY = "datetime64[D]"


def oldest_unpaid(due_dates, amounts, paid):
    """Return the oldest due date that is not fully paid, (N,) dates, NaT = none.

    Money goes to the oldest due date first (FIFO), so that paying the oldest
    instalment moves the anchor to the next one and a part payment does not.

    :param due_dates: (N, M) ascending; NaT where a loan has fewer
    :param amounts: (N, M) int64 due at each date, minor units
    :param paid: (N,) int64 paid in all
    """
    due_dates = np.atleast_2d(np.asarray(due_dates, dtype=_DAY))
    blank = np.isnat(due_dates)
    owed = np.cumsum(np.where(blank, 0, amounts), axis=1)
    unpaid = (owed > np.reshape(paid, (-1, 1))) & ~blank
    first = unpaid.argmax(axis=1)
    oldest = due_dates[np.arange(len(due_dates)), first]
    return np.where(unpaid.any(axis=1), oldest, np.datetime64("NaT"))


def paused_days(starts, ends, oldest_unpaid_due, as_of):
    """Return how many days since the oldest unpaid due date were paused, (N,) int64.

    A pause (payment holiday granted late, dispute, disaster) runs from its first to
    its last day, both included; overlapping pauses count once.

    :param starts, ends: (N, P) dates, NaT = no pause, or an end still open
    """
    starts = np.atleast_2d(np.asarray(starts, dtype=_DAY))
    ends = np.atleast_2d(np.asarray(ends, dtype=_DAY))
    due = np.reshape(np.asarray(oldest_unpaid_due, dtype=_DAY), (-1, 1))
    as_of = np.reshape(np.asarray(as_of, dtype=_DAY), (-1, 1))
    first = np.maximum(starts, due + 1)  # a NaT stays one
    last = np.minimum(np.where(np.isnat(ends), as_of, ends), as_of)
    order = np.argsort(first, axis=1)  # NaT sort last
    first, last = (np.take_along_axis(a, order, axis=1) for a in (first, last))
    total = np.zeros(len(first), dtype=np.int64)
    done = np.broadcast_to(due, (len(first), 1))[:, 0]
    for k in range(first.shape[1]):
        begin = np.maximum(first[:, k], done + 1)
        days = (last[:, k] - begin + np.timedelta64(1, "D")).astype(np.int64)
        some = ~np.isnat(begin) & ~np.isnat(last[:, k]) & (days > 0)
        total += np.where(some, days, 0)
        done = np.where(some, last[:, k], done)
    return total


def days_past_due(oldest_unpaid_due, as_of, grace=0, paused=0):
    """Return calendar days since the oldest unpaid due date, (N,) int64.

    The due date itself is day 0; NaT means nothing is unpaid. ``grace`` and
    ``paused`` days are taken off, never below 0.
    """
    due = np.asarray(oldest_unpaid_due, dtype=_DAY)
    as_of = np.asarray(as_of, dtype=_DAY)
    nothing = np.isnat(due)
    days = (as_of - np.where(nothing, as_of, due)).astype(np.int64)
    return np.where(nothing, 0, np.maximum(days - grace - paused, 0))


def bucket(dpd, limits=BUCKET_LIMITS):
    """Return the index into ``BUCKETS`` for days past due."""
    return np.searchsorted(limits, np.asarray(dpd), side="left")


def cn_grade(
    dpd,
    restructured=False,
    impaired=False,
    *,
    ecl_ratio=0.0,
    technical=False,
    bankrupt=False,
    evasion=False,
    misused=False,
    refinanced=False,
    previous="normal",
    upgrade_met=False,
    restructured_again=False,
    as_of=None,
    book=DEFAULT,
):
    """Return the least grade that Order 2023/1 allows, as codes of ``CN_GRADES``.

    Collateral never lifts a grade, and neither does a relief: a restructured asset
    stands at special mention at best, one restructured again in its observation at
    substandard at best. A non-performing one keeps its grade until ``upgrade_met``
    (art. 15, see ``observation.upgrade``), unless the book lets personal loans follow
    their days past due (脱期法) and it is not restructured.

    :param dpd: (N,) days past due
    :param ecl_ratio: expected loss / balance of an impaired asset
    :param technical: overdue for operational or technical reasons only
    :param evasion: the debtor evades the debt; ``misused``: not spent on what it was
        lent for; ``refinanced``: repaid by borrowing anew
    :param previous: grade before, or before the restructuring
    :param rules.Book book: thresholds ``cn.*``
    :return: (N,) text array
    """
    dpd, flag = np.asarray(dpd), _flag
    excused = np.asarray(technical, bool) & book.holds("cn.technical.dpd", dpd, as_of)
    rank = np.zeros(dpd.shape, dtype=np.int64)
    for grade in CN_GRADES[1:]:
        late = ~excused & book.holds(f"cn.{grade}.dpd", dpd, as_of)
        rank = _at_least(rank, late, grade)
    rank = _at_least(rank, flag(misused) | flag(refinanced), "special_mention")
    rank = _at_least(rank, impaired, "substandard")
    for grade in ("doubtful", "loss"):
        lost = flag(impaired) & book.holds(f"cn.{grade}.ecl", ecl_ratio, as_of)
        rank = _at_least(rank, lost, grade)
    rank = _at_least(rank, evasion, "doubtful")
    rank = _at_least(rank, bankrupt, "loss")
    restructured = flag(restructured)
    rank = _floor(rank, restructured, "cn.restructured.grade", as_of, book)
    again = restructured & flag(restructured_again)
    rank = _floor(rank, again, "cn.restructured_again.grade", as_of, book)
    before = _rank(previous)
    free = flag(upgrade_met) | (~restructured & book.on("cn.upgrade.by_overdue", as_of))
    held = (before >= NON_PERFORMING) & ~free
    return np.array(CN_GRADES)[np.where(held, np.maximum(rank, before), rank)]


def cn_non_performing(grade):
    """Tell the last three grades, (N,) bool (Order 2023/1 art. 6)."""
    return _rank(grade) >= NON_PERFORMING


def _flag(values):
    return np.asarray(values, dtype=bool)


def _rank(grade):
    grade = np.asarray(grade, dtype=str)
    return np.select([grade == g for g in CN_GRADES], range(len(CN_GRADES)), 0)


def _at_least(rank, where, grade):
    return _raised(rank, where, CN_GRADES.index(grade))


def _floor(rank, where, code, as_of, book):
    return _raised(rank, where, book.value(code, as_of).astype(np.int64))


def _raised(rank, where, floor):
    return np.where(np.asarray(where, bool), np.maximum(rank, floor), rank)


def cn_difficulty(
    overdue=False, cash_short=False, non_performing=False, no_market=False, other=False
):
    """Tell financial difficulty (Order 2023/1 art. 18), (N,) bool.

    :param cash_short: not overdue, but the expected cash flow will not do
    :param no_market: cannot refinance elsewhere at market terms
    """
    signs = (overdue, cash_short, non_performing, no_market, other)
    return np.logical_or.reduce(np.broadcast_arrays(*signs))


def cn_restructured(
    financial_difficulty, change="", embedded_option=False, refinanced=False
):
    """Tell a restructured asset (Order 2023/1 arts. 17, 19, 23), (N,) bool.

    Difficulty and a change in the debtor's favour, a refinancing, or a right already
    in the contract that the debtor uses because of the difficulty. A change of a sort
    not listed is "any other relaxation" (art. 19 (9)), unless it is known to relax
    nothing. Without difficulty nothing is restructured.
    """
    changed = ~np.isin(np.asarray(change, dtype=str), NO_RELAXATION)
    relief = changed | np.asarray(embedded_option, bool) | np.asarray(refinanced, bool)
    return np.asarray(financial_difficulty, bool) & relief


def ifrs_stage(
    dpd,
    impaired=False,
    forborne=False,
    rebutted=False,
    *,
    sicr=False,
    poci=False,
    default_rebutted=False,
    as_of=None,
    book=DEFAULT,
):
    """Return the IFRS 9 stage, 1 to 3, (N,) int64.

    :param forborne: performing under relief: stage 2 where the policy says so
    :param rebutted: the 30-day presumption is rebutted; ``default_rebutted``: the
        90-day one
    :param sicr: credit risk has risen significantly by other evidence (5.5.12: under
        the changed terms against the original ones at initial recognition)
    :param poci: originated credit-impaired: lifetime losses, never stage 1
    """
    dpd = np.asarray(dpd)
    second = book.holds("ifrs.stage2.dpd", dpd, as_of) & ~np.asarray(rebutted, bool)
    relieved = np.asarray(forborne, bool) & book.on("ifrs.forborne_stage2", as_of)
    second = second | relieved | np.asarray(sicr, bool) | np.asarray(poci, bool)
    third = book.holds("ifrs.stage3.dpd", dpd, as_of)
    third = (third & ~np.asarray(default_rebutted, bool)) | np.asarray(impaired, bool)
    return np.where(third, 3, np.where(second, 2, 1))

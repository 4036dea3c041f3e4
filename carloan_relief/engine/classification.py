"""Days past due, buckets, the five Chinese grades, IFRS 9 stages.

Boundaries read "more than N days": a threshold of 90 is passed on day 91. The
thresholds are policy data: pass the rows in force; the defaults seed them.
"""

import numpy as np

BUCKETS = ("current", "1-30", "31-60", "61-90", "91-180", "181-360", "360+")
BUCKET_LIMITS = (0, 30, 60, 90, 180, 360)
CN_GRADES = ("normal", "special_mention", "substandard", "doubtful", "loss")
#: CN Order 2023/1: grade, more than this many days past due.
CN_THRESHOLDS = (
    ("special_mention", 0),
    ("substandard", 90),
    ("doubtful", 270),
    ("loss", 360),
)
#: CN Order 2023/1: grade of an impaired asset whose expected loss is at least this.
CN_ECL_THRESHOLDS = (("doubtful", 0.5), ("loss", 0.9))
CN_TECHNICAL_DAYS = 7
#: IFRS 9 5.5.11 and B5.5.37: stage, more than this many days past due.
IFRS_THRESHOLDS = ((2, 30), (3, 90))
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


def days_past_due(oldest_unpaid_due, as_of, grace=0, paused=0):
    """Return calendar days since the oldest unpaid due date, (N,) int64.

    The due date itself is day 0; NaT means nothing is unpaid. ``grace`` and
    ``paused`` days are taken off, never below 0.
    """
    due = np.asarray(oldest_unpaid_due, dtype="datetime64[D]")
    as_of = np.asarray(as_of, dtype="datetime64[D]")
    nothing = np.isnat(due)
    days = (as_of - np.where(nothing, as_of, due)).astype(np.int64)
    return np.where(nothing, 0, np.maximum(days - grace - paused, 0))


def bucket(dpd):
    """Return the index into ``BUCKETS`` for days past due."""
    return np.searchsorted(BUCKET_LIMITS, np.asarray(dpd), side="left")


def cn_grade(
    dpd,
    restructured=False,
    impaired=False,
    *,
    ecl_ratio=0.0,
    technical=False,
    bankrupt=False,
    previous="normal",
    upgrade_met=False,
    restructured_again=False,
    thresholds=CN_THRESHOLDS,
    ecl_thresholds=CN_ECL_THRESHOLDS,
    technical_days=CN_TECHNICAL_DAYS,
):
    """Return the least grade that Order 2023/1 allows, as codes of ``CN_GRADES``.

    Collateral never lifts a grade. A restructured asset stands at special mention
    at best; one that was non-performing stays so until ``upgrade_met`` (art. 15);
    one restructured again in its observation stands at substandard at best.

    :param dpd: (N,) days past due
    :param previous: grade before the restructuring
    :param thresholds: rows (grade, more than this many days)
    :return: (N,) text array
    """
    dpd = np.asarray(dpd)
    rank = np.zeros(dpd.shape, dtype=np.int64)
    late = ~(np.asarray(technical, bool) & (dpd <= technical_days))
    for grade, days in thresholds:
        rank = _at_least(rank, late & (dpd > days), grade)
    impaired, ecl_ratio = np.asarray(impaired, bool), np.asarray(ecl_ratio)
    rank = _at_least(rank, impaired, "substandard")
    for grade, share in ecl_thresholds:
        rank = _at_least(rank, impaired & (ecl_ratio >= share), grade)
    rank = _at_least(rank, bankrupt, "loss")
    restructured = np.asarray(restructured, bool)
    rank = _at_least(rank, restructured, "special_mention")
    before = _rank(previous)
    held = restructured & (before >= 2) & ~np.asarray(upgrade_met, bool)
    rank = np.where(held, np.maximum(rank, before), rank)
    again = restructured & np.asarray(restructured_again, bool)
    return np.array(CN_GRADES)[_at_least(rank, again, "substandard")]


def _rank(grade):
    grade = np.asarray(grade, dtype=str)
    return np.select([grade == g for g in CN_GRADES], range(len(CN_GRADES)), 0)


def _at_least(rank, where, grade):
    floor = CN_GRADES.index(grade)
    return np.where(np.asarray(where, bool), np.maximum(rank, floor), rank)


def cn_restructured(financial_difficulty, change="", embedded_option=False):
    """Tell a restructured asset (Order 2023/1 arts. 17, 19, 23).

    Difficulty and a change in the debtor's favour, or a right already in the
    contract that the debtor uses because of the difficulty.
    """
    changed = np.isin(np.asarray(change, dtype=str), CN_CHANGES)
    relief = changed | np.asarray(embedded_option, bool)
    return np.asarray(financial_difficulty, bool) & relief


def ifrs_stage(
    dpd, impaired=False, forborne=False, rebutted=False, thresholds=IFRS_THRESHOLDS
):
    """Return the IFRS 9 stage, 1 to 3.

    :param forborne: performing under relief, stage 2 by policy
    :param rebutted: the 30-day presumption is rebutted
    """
    dpd = np.asarray(dpd)
    limits = dict(thresholds)
    second = (dpd > limits[2]) & ~np.asarray(rebutted, bool)
    stage = np.where(second | np.asarray(forborne, bool), 2, 1)
    third = (dpd > limits[3]) | np.asarray(impaired, bool)
    return np.where(third, 3, stage)

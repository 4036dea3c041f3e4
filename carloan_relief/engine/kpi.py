"""The indicators a manager and a regulator read, on arrays.

Balances are the full outstanding principal of a loan in minor units (int64): an
overdue rate counts all that is owed by a late borrower, not the late instalments alone.
Rates are fractions; what has no denominator is NaN, never zero, so that "no loans" does
not read as "no loss". Written-off loans are in neither part: leave them out.
"""

from dataclasses import dataclass

import numpy as np

NON_PERFORMING = ("substandard", "doubtful", "loss")


@dataclass(frozen=True)
class Overdue:
    """Overdue rates of one set of loans, each by its own definition."""

    by_balance: float
    by_amount: float
    by_count: float
    over_30: float
    over_90: float


def share(part, whole):
    """Return part / whole as floats, NaN where the whole is zero."""
    part = np.asarray(part, dtype=np.float64)
    whole = np.asarray(whole, dtype=np.float64)
    safe = np.where(whole == 0, 1.0, whole)
    return np.where(whole == 0, np.nan, part / safe)


def overdue(balance, overdue_amount, dpd):
    """Return the overdue rates of N loans.

    :param balance: outstanding principal, (N,) minor units
    :param overdue_amount: the part of it that is past due, (N,) minor units
    :param dpd: days past due, (N,)
    """
    balance, overdue_amount, dpd = _same_length(
        balance=balance, overdue_amount=overdue_amount, dpd=dpd
    )
    total = balance.sum()
    return Overdue(
        by_balance=float(share(balance[dpd > 0].sum(), total)),
        by_amount=float(share(overdue_amount.sum(), total)),
        by_count=float(share((dpd > 0).sum(), len(dpd))),
        over_30=late_share(balance, dpd, 30),
        over_90=late_share(balance, dpd, 90),
    )


def late_share(balance, dpd, days):
    """Return the share of the balance on loans more than `days` past due."""
    balance, dpd = _same_length(balance=balance, dpd=dpd)
    return float(share(balance[dpd > days].sum(), balance.sum()))


def npl_ratio(balance, grades):
    """Return the share of the balance in the last three of the five grades."""
    balance = np.asarray(balance, dtype=np.int64)
    bad = np.isin(np.asarray(grades, dtype=object), NON_PERFORMING)
    if len(bad) != len(balance):
        raise ValueError(f"grades: {len(bad)} values for {len(balance)} loans")
    return float(share(balance[bad].sum(), balance.sum()))


def reaged(balance, dpd, dpd_original):
    """Return count and balance of loans that a new schedule made look less late."""
    balance, dpd, original = _same_length(
        balance=balance, dpd=dpd, dpd_original=dpd_original
    )
    moved = original > dpd
    return int(moved.sum()), int(balance[moved].sum())


def migration_down(opening, reduced, moved_down):
    """Return moved down / (opening - reduced): how fast sound loans turn bad.

    With arrays of several openings (normal, special mention) the parts are summed,
    which is the migration rate of normal loans as a regulator asks for it.
    """
    opening, reduced, moved_down = (
        np.sum(np.asarray(part, dtype=np.float64))
        for part in (opening, reduced, moved_down)
    )
    return float(share(moved_down, opening - reduced))


def collection_rate(due, collected_of_due):
    """Return collected of the amounts due / due; money paid early belongs elsewhere."""
    return float(share(np.sum(collected_of_due), np.sum(due)))


def cure_rate(started, cured):
    """Return plans cured within the window / plans started in the cohort."""
    return float(share(cured, started))


def prepayment(prepaid, opening, scheduled, month=None):
    """Return (SMM, CPR, ABS) of a month; ABS is NaN without the month of the pool."""
    smm = float(share(prepaid, np.float64(opening) - np.float64(scheduled)))
    cpr = 1 - (1 - smm) ** 12
    speed = smm / (1 + smm * (month - 1)) if month else float("nan")
    return smm, cpr, speed


def spans(start, end):
    """Return days from start to end as floats, NaN where one of them is missing.

    :param start: datetime64 array, NaT = not reached
    :param end: datetime64 array of the same length
    """
    start = np.asarray(start, dtype="datetime64[s]")
    end = np.asarray(end, dtype="datetime64[s]")
    seconds = (end - start).astype("timedelta64[s]")
    days = seconds.astype(np.float64) / 86400
    return np.where(np.isnat(seconds), np.nan, days)


def span_stats(days):
    """Return (count, mean, median, 90th percentile) of what is known; NaN when none."""
    known = np.asarray(days, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return 0, float("nan"), float("nan"), float("nan")
    return (
        len(known),
        float(known.mean()),
        float(np.median(known)),
        float(np.percentile(known, 90)),
    )


def _same_length(**arrays):
    """Return int64 arrays; ValueError naming the one whose length differs."""
    out = {name: np.asarray(a, dtype=np.int64) for name, a in arrays.items()}
    first = next(iter(out))
    for name, array in out.items():
        if array.shape != out[first].shape:
            raise ValueError(
                f"{name}: {len(array)} values for {len(out[first])} of {first}"
            )
    return tuple(out.values())

"""The indicators a manager and a regulator read, on arrays.

Balances are the full outstanding principal of a loan in minor units (int64): an
overdue rate counts all that is owed by a late borrower, not the late instalments alone.
Rates are fractions; what has no denominator is NaN, never zero, so that "no loans" does
not read as "no loss". Written-off loans are in neither part: leave them out.
"""

from dataclasses import dataclass

import numpy as np

from .rules import DEFAULT

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


# -- flows between states, cohorts, losses -------------------------------------------


def roll_rate(now_next_bucket, before_bucket):
    """Return M(k+1) at t / M(k) at t-1, (N,) floats."""
    return share(now_next_bucket, before_bucket)


def normal_migration(normal, mention):
    """Return 正常贷款迁徙率: what of normal and special mention turned non-performing.

    :param normal, mention: (opening, reduced in the period, moved to non-performing)
    """
    opening, reduced, moved = zip(normal, mention, strict=True)
    return migration_down(opening, reduced, moved)


def vintage(originated, hit, mob=None, window=None):
    """Return the share of a cohort, frozen by month of disbursement, that went bad.

    :param originated: (N,) original amounts (or ones, for a rate by count); relief
        never takes a loan out of its cohort
    :param hit: (N,) outstanding when the loan was first bad, 0 = never (ever rate), or
        outstanding of what is bad now (current rate)
    :param mob: (N,) months on book of the hit; those after ``window`` do not count
    """
    hit = np.asarray(hit, dtype=np.float64)
    if mob is not None and window is not None:
        hit = np.where(np.asarray(mob) <= window, hit, 0.0)
    return float(share(np.sum(hit), np.sum(originated)))


def npl_recovery(cash, opening, inflow):
    """Return cash recovered / (opening non-performing balance + inflow)."""
    return float(share(cash, np.float64(opening) + np.float64(inflow)))


def net_loss_rate(written_off, recovered, opening, closing=None):
    """Return (written off - recovered) / average balance.

    :param opening: balances to average, or the first of two
    """
    balances = np.ravel(opening if closing is None else [opening, closing])
    lost = np.float64(written_off) - np.float64(recovered)
    return float(share(lost, np.mean(np.asarray(balances, dtype=np.float64))))


def lgd(ead, recoveries, costs=0, months=0, annual_rate=0.0):
    """Return 1 - PV(recoveries - costs) / EAD of one default.

    :param recoveries, costs: (K,) minor units, received and spent ``months`` after the
        default
    :param annual_rate: effective a year; (1 + rate) ** (months / 12) discounts
    """
    net = np.asarray(recoveries, np.float64) - np.asarray(costs, np.float64)
    growth = (1.0 + annual_rate) ** (np.asarray(months, np.float64) / 12)
    return float(1 - share(np.sum(net / growth), ead))


def redefault_rate(cured, redefaulted):
    """Return plans that failed again within the window / plans cured."""
    return float(share(redefaulted, cured))


# -- customers -----------------------------------------------------------------------


def csat(top_two, answers):
    """Return satisfied answers (4 and 5 of 5) / answers."""
    return float(share(top_two, answers))


def nps(promoters, passives, detractors):
    """Return promoters less detractors in per cent of answers, -100 to 100."""
    answers = promoters + passives + detractors
    return float(100 * share(np.float64(promoters) - detractors, answers))


def satisfaction(scores, book=DEFAULT):
    """Return (CSAT, NPS) of raw answers: 1-5 for the first, 0-10 for the second.

    :param scores: dict with ``csat`` and ``nps`` arrays
    """
    stars, likely = np.asarray(scores["csat"]), np.asarray(scores["nps"])
    happy = int(book.holds("kpi.csat.top", stars).sum())
    fans = int(book.holds("kpi.nps.promoter", likely).sum())
    foes = int(book.holds("kpi.nps.detractor", likely).sum())
    return csat(happy, len(stars)), nps(fans, len(likely) - fans - foes, foes)


def per_ten_thousand(complaints, contracts):
    """Return unique complaints / average active contracts x 10,000."""
    return float(10_000 * share(complaints, contracts))


def response_rate(answers, asked):
    """Return answers / invitations; shown beside every satisfaction figure."""
    return float(share(answers, asked))


def handled_rate(due, handled, on_time):
    """Return (handled / due, handled on time / due) of the alerts due in a period."""
    return float(share(handled, due)), float(share(on_time, due))


def market_share(own, market):
    """Return own balance / market; source and date of the market go with it."""
    return float(share(own, market))


def growth(now, before):
    """Return (now - before) / before."""
    return float(share(np.float64(now) - np.float64(before), before))


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

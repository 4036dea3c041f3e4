"""Expected credit loss of N loans by stage, exact to the cent.

IFRS 9 5.5.3-5.5.5 and CAS 22 art. 48 ask for the losses of the next twelve months in
stage 1 and for those of the whole remaining term in stages 2 and 3:

    loss = EAD x PD x LGD, half-up

    stage 1   PD of the next twelve months, or of the remaining term if that is shorter
    stage 2   PD of the remaining term
    stage 3   1: the default has happened

The hazard of default is taken as even over the term, so that a PD of twelve months
gives ``1 - (1 - PD)^(months / 12)`` for any other term. Losses are not discounted:
the LGD of the policy is that of the present value of what is recovered.
"""

from typing import NamedTuple

import numpy as np

from . import classification
from .money import mul_div, rate_fraction
from .rules import DEFAULT

YEAR = 12
#: Probabilities and shares count to so many decimals: what is stored proves the loss.
DECIMALS = 6


class LgdRow(NamedTuple):
    """One row of a table of losses given default; the first that fits counts.

    :ivar float lgd: share of the exposure that is lost
    :ivar int stage: 1 to 3; 0 = any
    :ivar bool used: a used vehicle; None = any
    :ivar float ltv_max: highest loan-to-value, included; None = any, known or not
    :ivar int months_max: most months since the loan began, included; None = any
    """

    lgd: float
    stage: int = 0
    used: bool | None = None
    ltv_max: float | None = None
    months_max: int | None = None


class Policy(NamedTuple):
    """What a lender decides about stages and losses.

    :ivar lgd_rows: list of :class:`LgdRow`
    :ivar float pd_floor: no loan is safer than that
    :ivar float sicr_ratio: stage 2 from so many times the PD at the start; 0 = off
    :ivar float sicr_pd: stage 2 from this PD on, whatever it was; 0 = off
    :ivar rules.Book book: thresholds ``ifrs.*``
    """

    lgd_rows: list
    pd_floor: float = 0.0
    sicr_ratio: float = 0.0
    sicr_pd: float = 0.0
    book: object = DEFAULT


class Provision(NamedTuple):
    """What N loans need, each (N,)."""

    stage: np.ndarray
    pd: np.ndarray
    lgd: np.ndarray
    ecl: np.ndarray
    charge: np.ndarray


def stages_book(second=30, third=90, forborne=True, book=DEFAULT):
    """Return a book of rules with a lender's own thresholds of the stages.

    :param int second, third: stage 2 (3) begins with more days past due than that
    :param bool forborne: a performing loan under relief is in stage 2
    """
    return book.changed(
        ("ifrs.stage2.dpd", second, "days", "gt"),
        ("ifrs.stage3.dpd", third, "days", "gt"),
        ("ifrs.forborne_stage2", int(forborne), "switch"),
    )


def lifetime_pd(pd12, months):
    """Return the PD of ``months`` at the even hazard of a PD of twelve, (N,)."""
    alive = 1.0 - np.clip(np.asarray(pd12, np.float64), 0.0, 1.0)
    years = np.maximum(np.asarray(months, np.float64), 0.0) / YEAR
    return 1.0 - alive**years


def yearly_pd(pd, months):
    """Return the PD of twelve months at the even hazard of a PD of ``months``, (N,)."""
    return lifetime_pd(pd, YEAR * YEAR / np.asarray(months, np.float64))


def risen(pd, pd_start, ratio, threshold):
    """Tell where credit risk has risen significantly since the start, (N,) bool.

    :param pd, pd_start: (N,) PD of twelve months now and at the start
    :param ratio, threshold: see :class:`Policy`
    """
    pd, pd_start = np.asarray(pd, np.float64), np.asarray(pd_start, np.float64)
    times = (ratio > 0) & (pd > pd_start) & (pd >= ratio * pd_start)
    return times | ((threshold > 0) & (pd >= threshold))


def stage_pd(stage, pd12, months, overdue=False):
    """Return the PD that counts in the stage of each loan, (N,) float64.

    :param months: (N,) months until the last instalment
    :param overdue: (N,) bool; what is late is at risk for a year at the least, also
        after the last instalment
    """
    months = np.maximum(np.asarray(months), np.where(overdue, YEAR, 1))
    whole = lifetime_pd(pd12, months)
    year = lifetime_pd(pd12, np.minimum(months, YEAR))
    stage = np.asarray(stage)
    chosen = np.select([stage == 1, stage == 2], [year, whole], 1.0)
    return np.round(chosen, DECIMALS)


def lgd(rows, stage, used, ltv, months=np.nan):
    """Return the loss given default of N loans by the first row that fits, (N,).

    :param rows: list of :class:`LgdRow`
    :param stage: (N,) 1 to 3; ``used`` (N,) bool
    :param ltv: (N,) loan to value, nan = not known: only a row without limit fits
    :param months: (N,) since the loan began, likewise
    :raises ValueError: naming stage and loan-to-value that no row fits
    """
    stage, used, ltv, months = np.broadcast_arrays(
        np.asarray(stage),
        np.asarray(used, bool),
        np.asarray(ltv, np.float64),
        np.asarray(months, np.float64),
    )
    share = np.full(stage.shape, np.nan)
    for row in reversed(rows):
        fits = np.ones(stage.shape, bool)
        if row.stage:
            fits &= stage == row.stage
        if row.used is not None:
            fits &= used == row.used
        if row.ltv_max is not None:
            fits &= ltv <= row.ltv_max
        if row.months_max is not None:
            fits &= months <= row.months_max
        share = np.where(fits, row.lgd, share)
    missing = np.flatnonzero(np.isnan(share))
    if missing.size:
        at = missing[0]
        raise ValueError(
            f"no LGD for stage {stage.flat[at]} at a loan-to-value of "
            f"{ltv.flat[at]:.4f}"
        )
    return np.round(share, DECIMALS)


def expected_loss(ead, pd, lgd_share):
    """Return EAD x PD x LGD, half-up, never below zero, (N,) int64 minor units."""
    pd_num, pd_den = rate_fraction(pd, 10**DECIMALS)
    lgd_num, lgd_den = rate_fraction(lgd_share, 10**DECIMALS)
    ead = np.maximum(np.asarray(ead, dtype=np.int64), 0)
    return mul_div(ead, pd_num * lgd_num, pd_den * lgd_den)


def to_allowance(interest, gross, allowance):
    """Return the part of an impaired loan's interest that is no income, (N,) int64.

    Interest of stage 3 is earned on the gross amount less its allowance (IFRS 9
    5.4.1(b), CAS 22 art. 39); the rest of what the contract bears raises the
    allowance.

    :param interest: (N,) int64 minor units, by the contract
    :param gross, allowance: (N,) int64 minor units; what is wholly provided for, or
        owed no more, earns nothing
    """
    gross, allowance = (np.asarray(a, dtype=np.int64) for a in (gross, allowance))
    covered = np.clip(allowance, 0, np.maximum(gross, 0))
    part = mul_div(interest, covered, np.maximum(gross, 1))
    return np.where(gross > 0, part, np.asarray(interest, dtype=np.int64))


def claim_share(part, claim, income):
    """Return what of ``part`` of N incomes is of the claim within them, (N,) int64.

    :param claim: (N,) int64 minor units that the borrower is asked for, without VAT
    :param income: (N,) int64, with what a modification returns to it
    """
    part, income = (np.asarray(a, dtype=np.int64) for a in (part, income))
    claim = np.clip(np.asarray(claim, dtype=np.int64), 0, np.maximum(income, 0))
    return mul_div(part, claim, np.maximum(income, 1))


def provision(
    ead,
    before,
    available,
    *,
    dpd,
    pd12,
    pd_start,
    months,
    used,
    ltv,
    policy,
    age=np.nan,
    impaired=False,
    forborne=False,
    least_stage=1,
    overlay=0.0,
    as_of=None,
):
    """Return stage, PD, LGD, expected loss and charge of N loans.

    :param ead: (N,) int64 minor units, gross carrying amount
    :param before: (N,) int64 minor units, allowance in the books on the day
    :param available: (N,) int64 minor units, allowance in the books now: what was used
        since cannot be released
    :param dpd: (N,) days past due; ``months`` (N,) until the last instalment
    :param pd12, pd_start: (N,) PD of twelve months, now and at the start
    :param used, ltv, age: vehicle, loan-to-value and months since the loan began, see
        :func:`lgd`
    :param Policy policy: what the lender decides
    :param impaired, forborne: (N,) bool, see :func:`classification.ifrs_stage`
    :param least_stage: (N,) stage that somebody set by hand, as a floor
    :param overlay: (N,) share of the exposure added by hand, may be negative; the loss
        stays between zero and the exposure
    :raises ValueError: when the table of losses has no row for a loan
    """
    pd12 = np.maximum(np.asarray(pd12, np.float64), policy.pd_floor)
    stage = classification.ifrs_stage(
        dpd,
        impaired,
        forborne,
        sicr=risen(pd12, pd_start, policy.sicr_ratio, policy.sicr_pd),
        as_of=as_of,
        book=policy.book,
    )
    stage = np.maximum(stage, least_stage)
    pd = stage_pd(stage, pd12, months, np.asarray(dpd) > 0)
    share = lgd(policy.lgd_rows, stage, used, ltv, age)
    ead = np.maximum(np.asarray(ead, dtype=np.int64), 0)
    loss = expected_loss(ead, pd, share) + _added(ead, overlay)
    loss = np.clip(loss, 0, ead)
    charge = np.maximum(loss - np.asarray(before, np.int64), -np.asarray(available))
    return Provision(stage, pd, share, loss, charge)


def _added(ead, overlay):
    num, den = rate_fraction(np.broadcast_to(overlay, ead.shape), 10**DECIMALS)
    return mul_div(ead, num, den)


def months_left(last_due, as_of):
    """Return the months until the last instalment, begun ones count, (N,) int64.

    The last day of a month stands for any later number: from 30 November to 31
    December it is one month.
    """
    as_of = np.asarray(as_of, "datetime64[D]")
    last = np.asarray(last_due, "datetime64[D]")
    last = np.where(np.isnat(last), as_of, last)
    months = (_month(last) - _month(as_of)).astype(np.int64)
    ends = _month(as_of + 1) > _month(as_of)
    begun = (last - _month(last) > as_of - _month(as_of)) & ~ends
    return np.maximum(months + begun, 0)


def _month(days):
    return days.astype("datetime64[M]")

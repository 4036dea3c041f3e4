"""Effective rates, present values, modification gain or loss, expected values.

Discounting counts in periods: the first remaining instalment is one period away.
Where interest goes by days, a row counts its own days (``Schedule.weight``), so
that a schedule discounted at its own contract rate is worth its balance.
"""

from dataclasses import dataclass, replace

import numpy as np

from .calendar import periods_per_year
from .fields import refuse
from .measures import suspended
from .schedule import build

# Newton needs some ten steps, halving alone would need these
_STEPS = 64
# growth over a whole schedule at which half a cent becomes half a million of them
_STEEP = 1e8


@dataclass(frozen=True)
class Modification:
    """Effect of a change of terms on the carrying amount; see :func:`modification`.

    ``carrying``, ``pv_after``, ``loss`` (+ is a loss): (N,) int64 minor units;
    ``pct``: loss in per cent of carrying, (N,) float64; ``unwind``: (N, M) int64,
    what each row of the revised schedule adds to the interest adjustment.
    """

    carrying: np.ndarray
    pv_after: np.ndarray
    loss: np.ndarray
    pct: np.ndarray
    unwind: np.ndarray


def flows(schedule, with_fees=False):
    """Return principal and interest of each row (and fees), (N, M) int64."""
    base = schedule.principal + schedule.interest
    return base + schedule.fee if with_fees else base


def present_value(schedule, eir_period, with_fees=False, after=0):
    """Return the present value at a rate per period, summed unrounded, rounded once.

    Fees of an instalment pay for a service and are left out unless asked for.

    :param eir_period: (N,) or scalar float per period
    :param after: (N,) rows already past: the value of the rest, at the last of them
    :return: (N,) int64
    """
    amounts = flows(schedule, with_fees)
    return _half_up(_value(amounts, schedule.weight, eir_period, after))


def _half_up(value):
    return (np.sign(value) * np.floor(np.abs(value) + 0.5)).astype(np.int64)


def _value(amounts, weight, eir, after=0):
    """Discount (N, M) amounts row by row, from the last to the first not past."""
    eir = np.asarray(eir, dtype=np.float64)
    value = np.zeros(len(amounts))
    for row in range(amounts.shape[1] - 1, -1, -1):
        earlier = (value + amounts[:, row]) / (1.0 + eir * _column(weight, row))
        value = np.where(row >= np.asarray(after), earlier, value)
    return value


def _column(weight, row):
    return weight[:, min(row, weight.shape[1] - 1)]


def irr(schedule, paid_out, with_fees=False):
    """Return the rate per period at which the flows are worth ``paid_out``.

    A bracket from -99 % to 1,000 % a period closes on the root, by Newton's step
    where it stays inside and by halving where it does not: a zero or negative yield
    is a plain answer.

    :param paid_out: (N,) amount paid to the borrower, minor units
    :return: (N,) float64, nan where nothing was paid out or nothing comes back
    """
    amounts = flows(schedule, with_fees)
    target = np.broadcast_to(np.asarray(paid_out, dtype=np.float64), len(amounts))
    low, high = np.full(len(amounts), -0.99), np.full(len(amounts), 10.0)
    rate = np.full(len(amounts), 0.01)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            value, slope = _value_and_slope(amounts, schedule.weight, rate)
            dear = value > target
            low, high = np.where(dear, rate, low), np.where(dear, high, rate)
            newton = rate - (value - target) / slope
            inside = (newton > low) & (newton < high)
            following = np.where(inside, newton, (low + high) / 2)
            moved = np.abs(following - rate)
            rate = following
            if not (moved > 1e-15).any():
                break
    found = (target > 0) & (amounts.sum(axis=1) > 0)
    return np.where(found, rate, np.nan)


def _value_and_slope(amounts, weight, rate):
    value, slope = np.zeros(len(amounts)), np.zeros(len(amounts))
    for row in range(amounts.shape[1] - 1, -1, -1):
        length = _column(weight, row)
        growth = 1.0 + rate * length
        value = (value + amounts[:, row]) / growth
        slope = (slope - value * length) / growth
    return value, slope


def eir(schedule, paid_out, fee_net=0):
    """Return the effective interest rate per period, (N,) float64.

    :param paid_out: (N,) principal paid out, minor units
    :param fee_net: cost paid by the lender less fee received, minor units
    """
    return irr(schedule, np.asarray(paid_out) + np.asarray(fee_net))


def apr(schedule, paid_out, period, upfront_fee=0):
    """Return the nominal yearly cost to the borrower, fees included, (N,) float64.

    Actuarial: the rate per period times the periods of a year.

    :param upfront_fee: what the borrower pays at the start, minor units
    """
    received = np.asarray(paid_out) - np.asarray(upfront_fee)
    return irr(schedule, received, with_fees=True) * periods_per_year(period)


def effective_annual(rate_period, period):
    """Return the yearly rate with compounding of a rate per period."""
    return (1.0 + np.asarray(rate_period)) ** periods_per_year(period) - 1.0


def original_eir(position, before):
    """Return the effective rate per period at which N loans are carried.

    The position's own; without one, the contract rate. A flat rate is no yield: a
    flat loan without a given rate takes the yield of what remains of it, at which
    its remaining flows are worth its carrying amount.

    :param Schedule before: the remaining schedules
    :return: (N,) float64
    """
    rate = position.eir
    flat = (position.method == "flat") & np.isnan(position.eir_period)
    if flat.any():
        carrying = (position.principal + position.adjustment)[flat]
        solved = irr(before.take(flat), carrying)
        rate[flat] = np.where(np.isnan(solved), rate[flat], solved)
    return rate


def modification(position, revised):
    """Return gain or loss of a change that does not end the claim.

    The carrying amount is the new principal (what was not due, and what the plan
    capitalised; what it forgave is a matter of the allowance) plus the interest
    adjustment and the interest carried into the new schedule; the loss is that less
    the present value of the changed flows at the original effective rate (IFRS 9
    5.4.3, CAS 22 art. 42). Of two rules that keep roundings out of the ledger, each
    by definition:

    - a plan that changes no cash flow has no loss;
    - a plan that only re-spreads the balance at the contract rate (extension,
      holiday paid or capitalised, capitalised arrears) has no loss if the
      difference is within what rounding interest to the minor unit can make,
      half a unit a row, discounted.

    Capitalised interest that was never recognised adds to the principal, not to the
    carrying amount: neither income nor gain. It unwinds with the flows, at the rate
    at which these are worth what is carried.

    :param Position position: N loans
    :param Revised revised: of the same loans
    :rtype: Modification
    """
    rate = original_eir(position, revised.before)
    position = replace(position, eir_period=rate)
    carrying, loss = modification_loss(position, revised)
    joins = suspended(position, revised)["capitalised"]
    unearned = joins["interest"] + joins["penalty"]
    carrying = carrying - unearned
    with np.errstate(divide="ignore", invalid="ignore"):
        pct = np.where(carrying > 0, 100.0 * loss / carrying, 0.0)
    if unearned.any():
        solved = irr(revised.after, np.maximum(carrying - loss, 1))
        rate = np.where((unearned > 0) & ~np.isnan(solved), solved, rate)
    after = position.adjustment - loss - unearned
    claims = revised.collected
    growth = 1.0 + rate * _column(revised.after.weight, 0)
    idle = _idle(revised, rate) + _idle_before(position, rate) * growth
    return Modification(
        carrying=carrying,
        pv_after=carrying - loss,
        loss=loss,
        pct=pct,
        unwind=unwind(revised.after, after, rate, claims, idle),
    )


def exchange(position, revised, fair_value):
    """Return the change where a substantial modification makes a new claim.

    The old claim leaves at its carrying amount and the new one enters at its fair
    value, credit-impaired from the start: its effective rate is the one at which the
    expected flows are worth that (IFRS 9 B5.4.7, B5.5.25-26; CAS 12 art. 8).

    :param fair_value: (N,) int64 minor units of the new claim
    :return: (Modification, (N,) float64 effective rate per period of the new claim)
    :raises FieldError: for a value at which no rate brings the flows
    """
    fair_value = np.broadcast_to(np.asarray(fair_value, np.int64), (position.size,))
    rate = irr(revised.after, fair_value)
    none = np.isnan(rate) | (fair_value <= 0)
    refuse("fair_value", fair_value, none, "is no value of the flows still to come")
    joins = suspended(position, revised)["capitalised"]
    unearned = joins["interest"] + joins["penalty"]
    carrying = revised.new_principal + position.adjustment + revised.claimed - unearned
    loss = carrying - fair_value
    after = position.adjustment - unearned - loss
    with np.errstate(divide="ignore", invalid="ignore"):
        pct = np.where(carrying > 0, 100.0 * loss / carrying, 0.0)
    rows = unwind(revised.after, after, rate, revised.collected)
    return Modification(carrying, fair_value, loss, pct, rows), rate


def prospective_rate(position, revised):
    """Return the effective rate per period from a change on, where no loss is booked.

    Under ASC 310-20 a change that does not make a new loan is no gain and no loss: the
    rate becomes the one at which the changed flows are worth the carrying amount.

    :return: (N,) float64, nan where nothing remains to be paid
    """
    carrying = revised.new_principal + position.adjustment
    return irr(revised.after, carrying + revised.claimed)


def modification_loss(position, revised):
    """Return (carrying, loss), (N,) int64 each: see :func:`modification`."""
    rate = position.eir
    carrying = revised.new_principal + position.adjustment
    carrying = carrying + revised.claimed
    loss = carrying - present_value(revised.after, rate)
    loss = loss - unearned_before(revised, rate) - _idle_before(position, rate)
    rounding = revised.same_rate
    if rounding.any():
        halves = _value(_half_a_unit(revised.after), revised.after.weight, rate)
        rounding = rounding & (np.abs(loss) <= np.ceil(halves))
    # after the last instalment no flow is left that new terms could change
    none_left = (position.instalments == 0) & (revised.after.count == 0)
    return carrying, np.where(revised.unchanged | none_left | rounding, 0, loss)


def unearned_before(revised, rate):
    """Return what joins within the first period is worth less at its start, (N,).

    It bears interest from the day it joins only, and values are taken at the start
    of the period: without this, joining late would look like a concession.
    """
    if not revised.elapsed.any():
        return np.zeros(len(revised.elapsed), dtype=np.int64)
    growth = 1.0 + rate * _column(revised.after.weight, 0)
    return _half_up(_idle(revised, rate) / growth)


def _idle(revised, rate):
    """Return the income of the first row that what joins late does not earn, (N,)."""
    late = revised.joined + revised.carried["interest"]
    return late * rate * revised.elapsed


def _idle_before(position, rate):
    """Return what an earlier relief left idle in the running row, (N,) int64.

    It began within this period: what joined then is not worth its amount at the start
    of the period either, and that is no loss of a second relief.
    """
    idle = np.zeros(position.size, dtype=np.int64)
    loans = np.flatnonzero(~np.isnat(position.interest_from))
    if loans.size:
        one = position.take(loans)
        carrying = one.principal + one.adjustment + one.claimed
        idle[loans] = carrying - present_value(build(one.terms()), rate[loans])
    return idle


def _half_a_unit(schedule):
    row = np.arange(schedule.principal.shape[1])
    return np.where(row < schedule.count[:, None], 0.5, 0.0)


def unwind(schedule, adjustment, eir_period, claims=None, idle=0.0):
    """Return what each row adds to the interest adjustment, (N, M) int64.

    Income of a row is the carrying amount x effective rate, half-up; the contract
    interest is billed, the rest moves the adjustment, and the last row brings it to
    exactly 0. Without an adjustment there is nothing to unwind. At a rate so steep that
    the cents rounded off would grow beyond all measure, the carrying amount after a row
    is the value of the rows that follow.

    :param claims: (N, M) int64 interest billed before that each row collects: carried
        until then, and no income of the row; None = none
    :param idle: (N,) income that what joins within the first row does not earn in it
    """
    adjustment = np.asarray(adjustment, dtype=np.int64)
    rows = np.zeros(schedule.principal.shape, dtype=np.int64, order="F")
    left, balance = adjustment.copy(), schedule.opening
    claims = np.zeros_like(rows) if claims is None else claims
    # claims still to be collected before each row
    waits = np.cumsum(claims[:, ::-1], axis=1)[:, ::-1]
    steep = (1.0 + np.asarray(eir_period)) ** schedule.count > _STEEP
    args = schedule, eir_period, waits
    exact = _adjustment_after(*args) if steep.any() else None
    for row in range(rows.shape[1]):
        pace = eir_period * _column(schedule.weight, row)
        owed = balance + left + waits[:, row]
        contract = schedule.interest[:, row] - claims[:, row]
        owed = np.where(steep, 0, owed)
        step = _half_up(owed * pace - (0.0 if row else idle)) - contract
        if exact is not None:
            step = np.where(steep, exact[:, row] - left, step)
        step = np.where(schedule.count - 1 == row, -left, step)
        step = np.where((adjustment == 0) | (row >= schedule.count), 0, step)
        rows[:, row] = step
        left, balance = left + step, schedule.balance[:, row]
    return rows


def _adjustment_after(schedule, rate, waits):
    """Return the adjustment that the value of the later rows leaves, (N, M) int64."""
    amounts, value = flows(schedule), np.zeros(len(schedule.opening))
    left = np.zeros(amounts.shape, dtype=np.int64)
    for row in range(amounts.shape[1] - 1, 0, -1):
        value = (value + amounts[:, row]) / (1.0 + rate * _column(schedule.weight, row))
        left[:, row - 1] = _half_up(value) - schedule.balance[:, row - 1]
        left[:, row - 1] -= waits[:, row]
    return left


def loss_after_cure(lgd, cure=0.0, redefault=0.0):
    """Return the loss on default once cures count, float64.

    A default that cures is paid in full; one that cures and defaults again is lost
    like any other: ``lgd x (1 - cure x (1 - redefault))``.

    :param lgd: share lost when a default does not cure
    :param cure: share of defaults that return to paying
    :param redefault: share of the cured that default again
    """
    kept = np.asarray(cure, dtype=np.float64) * (1.0 - np.asarray(redefault))
    return np.asarray(lgd, dtype=np.float64) * (1.0 - kept)


def expected_npv(
    schedule, pd, lgd, discount_rate, ead=None, period="month", prepayment=0.0
):
    """Return the expected present value to the lender, (N,) int64.

    Default comes at a constant hazard per period, from ``pd`` within a year. While
    a borrower pays, the instalment comes in; on default the lender gets
    (1 - ``lgd``) of what is owed then, at that date. ``ead`` above the opening
    balance is arrears, paid with the first instalment. Who pays may repay the whole
    balance with an instalment, at a constant hazard too: ``prepayment`` within a year.

    :param pd: (N,) probability of default within 12 months
    :param lgd: (N,) share lost on default
    :param discount_rate: (N,) yearly, nominal
    :param ead: (N,) int64 everything owed now; None = the opening balance
    :param prepayment: (N,) probability of repayment ahead of time within 12 months
    """
    per_year = periods_per_year(period)
    pd, ahead = (
        np.clip(np.asarray(share, dtype=np.float64), 0.0, 1.0)
        for share in (pd, prepayment)
    )
    stay = (1.0 - pd) ** (1.0 / per_year)
    repay = 1.0 - (1.0 - ahead) ** (1.0 / per_year)
    rate = np.asarray(discount_rate, dtype=np.float64) / per_year
    opening = schedule.opening.astype(np.float64)
    arrears = 0.0 if ead is None else np.asarray(ead) - opening
    keep = 1.0 - np.asarray(lgd, dtype=np.float64)
    amounts = schedule.instalment
    value = np.zeros(len(opening))
    for row in range(amounts.shape[1] - 1, -1, -1):
        owed = schedule.balance[:, row - 1] if row else opening + arrears
        paid = amounts[:, row] + (0.0 if row else arrears)
        later = value + repay * (schedule.balance[:, row] - value)
        here = stay * (paid + later) + (1.0 - stay) * keep * owed
        value = here / (1.0 + rate * _column(schedule.weight, row))
    if not amounts.shape[1]:
        value = (stay + (1.0 - stay) * keep) * (opening + arrears)
    return _half_up(value)

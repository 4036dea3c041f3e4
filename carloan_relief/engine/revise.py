"""The terms of N loans after a relief."""

from dataclasses import dataclass

import numpy as np

from .calendar import day_of_month, periods_per_year
from .fields import MAX_INSTALMENTS, FieldError, refuse
from .money import mul_div, rate_fraction
from .schedule import Run, run_out
from .terms import Clock, Terms, split_first

#: A due date moves by at most this many days: more is a holiday.
MAX_REDATE = 366


@dataclass(frozen=True)
class Change:
    """The revised terms, and what they do to the flows: see ``measures.Revised``."""

    terms: Terms
    unchanged: np.ndarray
    same_rate: np.ndarray
    elapsed: np.ndarray


def check_plans(position, plans):
    """Refuse plans that these positions cannot take.

    :raises FieldError: naming the measure, the row and the value
    """
    count = position.instalments + plans.extend
    paying = plans.any_capitalise | (plans.holiday > 0) | plans.carry_interest
    empty = (count == 0) & (paying | (plans.low_rows > 0))
    message = "added to no remaining instalment leaves none to pay in"
    refuse("extend", plans.extend, empty, message)
    total = count + plans.holiday + position.holiday
    refuse("extend", total, total > MAX_INSTALMENTS, "instalments are too many")
    long = plans.holiday > np.maximum(position.instalments, 1)
    refuse("holiday", plans.holiday, long, "is longer than what remains")
    both = (plans.holiday > 0) & (position.holiday > 0)
    both &= plans.holiday_interest != position.holiday_interest
    message = "differs from the holiday that still runs: go on with that one's"
    refuse("holiday_interest", plans.holiday_interest, both, message)
    flat = (position.method == "flat") & (position.interest_base == 0)
    message = "is needed to go on with a flat loan (its original principal)"
    refuse("interest_base", position.interest_base, flat, message)
    _check_days(position, plans)


def _check_days(position, plans):
    last, following = position.last_due_date, position.next_due_date
    outside = (plans.start < last) | (plans.start >= following)  # NaT is neither
    message = "is not a day of the running period (since the last due date)"
    refuse("from", plans.start, outside, message)
    before = (plans.start > last) & (plans.start < position.interest_from)
    message = "is before the day on which the relief that still runs began"
    refuse("from", plans.start, before, message)
    early = plans.redate <= np.maximum(last, position.as_of)
    early |= plans.redate <= plans.start
    refuse("redate", plans.redate, early, "is not after the day of the relief")
    far = plans.redate > following + np.timedelta64(MAX_REDATE, "D")
    refuse("redate", plans.redate, far, "is more than a year after the due date")


def new_terms(position, plans, principal, carried):
    """Return the :class:`Change` that plans make.

    :param principal: (N,) int64 after waivers, capitalising and forgiveness
    :param carried: (N,) int64 overdue interest that the first instalment collects
    """
    old, count = position.terms(), position.instalments + plans.extend
    holiday = position.holiday + plans.holiday
    rates = _rates(old, plans, count + holiday)
    other_rate = (rates[0] != old.annual_rate) | (rates[2] != old.first_rate_rows)
    other_rate |= rates[1] != old.first_rate
    deferred = _deferred(position, plans, principal)
    mode = np.where(plans.holiday > 0, plans.holiday_interest, old.holiday_interest)
    moved = (principal != position.principal) | (plans.extend > 0) | other_rate
    moved |= (deferred != position.deferred) | (carried > 0) | ~np.isnat(plans.redate)
    adds = (plans.holiday > 0) & (mode == "capitalise")
    terms = old.with_(
        principal=principal,
        annual_rate=rates[0],
        instalments=count,
        first_rate=rates[1],
        first_rate_rows=rates[2],
        holiday=holiday,
        holiday_interest=mode,
        level=np.where(moved | adds, 0, position.level),
        balloon=np.minimum(position.balloon, principal - deferred),
        deferred=deferred,
        carried=old.carried + carried,
        # lowered instalments agreed anew take the place of those that still run
        low=np.where(plans.low_rows > 0, 0, old.low),
        low_rows=np.where(plans.low_rows > 0, 0, old.low_rows),
    )
    if (deferred > 0).any():
        terms = _spare_flat(position, terms)
    pauses = (plans.holiday > 0) & (mode == "waive")
    terms, elapsed = _begin(position, plans, terms, moved | pauses)
    if not np.isnat(plans.redate).all():
        terms = _redate(plans, terms)
    if plans.low_rows.any():
        terms = _lower(plans, terms)
    gentle = (plans.holiday == 0) | np.isin(mode, ("pay", "capitalise"))
    same = ~other_rate & gentle & (deferred == position.deferred) & (terms.carried == 0)
    rests = (plans.holiday > 0) | (plans.low_rows > 0)
    return Change(terms, ~moved & ~rests, same, elapsed)


def _rates(old, plans, rows):
    """Return (rate to the end, rate of the window, rows of the window).

    A new rate takes the place of a window that still runs.
    """
    present = np.where(old.first_rate_rows > 0, old.first_rate, old.annual_rate)
    wanted = np.where(np.isnan(plans.annual_rate), present, plans.annual_rate)
    differs = np.abs(wanted - present) > 5e-9  # rates count to 8 decimals
    differs |= (old.first_rate_rows > 0) & ~np.isnan(plans.annual_rate)
    forever = (plans.rate_instalments == 0) | (plans.rate_instalments >= rows)
    rate = np.where(differs & forever, wanted, old.annual_rate)
    window = np.where(differs & ~forever, plans.rate_instalments, 0)
    first = np.where(window > 0, wanted, 0.0)
    kept = ~differs
    window = np.where(kept, old.first_rate_rows, window)
    return rate, np.where(kept, old.first_rate, first), window


def _deferred(position, plans, principal):
    """Return the principal without interest, (N,) int64, earlier and new."""
    before = np.minimum(position.deferred, principal)
    amount, bearing = plans.defer_amount, principal - before
    message = "minor units are more than bears interest"
    refuse("defer_principal", amount, amount > bearing, message)
    part = mul_div(bearing, *rate_fraction(plans.defer))
    return before + np.where(amount > 0, amount, part)


def _spare_flat(position, terms):
    """Take the deferred share of the principal out of what flat interest is on."""
    whole = np.maximum(position.principal - position.deferred, 1)
    more = np.minimum(np.maximum(terms.deferred - position.deferred, 0), whole)
    base = mul_div(terms.interest_base, whole - more, whole)
    # a base of 0 would read as the principal
    return terms.with_(interest_base=np.where(more > 0, np.maximum(base, 1), base))


def _begin(position, plans, terms, counts):
    """Break the first row at the day the plan begins, where that changes interest.

    A row that an earlier relief broke is broken again: three pieces, each rounded
    alone.

    :param counts: (N,) bool, plans whose interest differs before and after that day
    :return: the terms, and the periods gone by then, (N,) float64
    """
    start = np.where(counts, plans.start, np.datetime64("NaT"))
    start = np.where(start > position.last_due_date, start, np.datetime64("NaT"))
    if np.isnat(start).all():
        return terms, np.zeros(position.size)
    old = position.terms()
    whole = Clock(old).fraction(0)
    (num, den), _ = split_first(old, whole, start)
    (gone, _den), _ = split_first(old, whole, old.interest_from)
    resting = (old.holiday > 0) & (old.holiday_interest == "waive")
    bearing = np.where(resting, 0, position.principal - position.deferred)
    flat = (old.method == "flat") & ~resting
    bearing = np.where(flat, old.interest_base, bearing)
    rate = np.where(old.first_rate_rows > 0, old.first_rate, old.annual_rate)
    rate_num, rate_den = rate_fraction(rate)
    piece = np.where(np.isnat(start), 0, num - gone)
    accrued = old.accrued + mul_div(bearing, rate_num * piece, rate_den * den)
    elapsed = np.where(np.isnat(start), 0.0, num / den * periods_per_year(old.period))
    start = np.where(np.isnat(start), old.interest_from, start).astype("M8[D]")
    return terms.with_(accrued=accrued, interest_from=start), elapsed


def _redate(plans, terms):
    chosen = ~np.isnat(plans.redate)
    first = np.where(chosen, plans.redate, terms.first_due_date)
    day = np.where(chosen, day_of_month(first), terms.due_day)
    return terms.with_(first_due_date=first, due_day=day)


def _lower(plans, terms):
    """Put the lowered instalments in; work out the term of those that extend."""
    rows, low = plans.low_rows, plans.low - terms.fee
    chosen = rows > 0
    refuse("lower_instalment", plans.low, chosen & (low <= 0), "only pays the fee")
    long = chosen & (rows >= terms.instalments)
    message = "instalments leave none for the rest"
    refuse("low_rows", rows, long, message)
    keeps = chosen & (plans.low_then != "reamortise")
    level = agreed(terms)
    high = chosen & terms.levelled & (low >= level)
    message = "minor units do not lower the instalment"
    refuse("lower_instalment", plans.low, high, message)
    window = keeps & (terms.first_rate_rows > 0)
    message = "needs then reamortise beside a rate that changes again"
    refuse("low_then", plans.low_then, window, message)
    terms = terms.with_(
        low=np.where(chosen, low, 0),
        low_rows=rows,
        level=np.where(keeps, level, np.where(chosen, 0, terms.level)),
    )
    return _extended(plans, terms)


def agreed(terms):
    """Return the instalment (or its principal part) that terms lead to, (N,).

    After a holiday and after lowered instalments, without the interest that the first
    instalment after them collects on top.
    """
    run = Run(terms)
    row = np.minimum(terms.holiday + terms.low_rows, terms.rows - 1)
    level = terms.level.copy()
    for step in range(int(row.max(initial=-1)) + 1):
        run.step(step)
        asked = run.principal[step] + run.interest[step]
        worked_out = np.where(run.level > 0, run.level, asked)
        here = (row == step) & (terms.level == 0)
        np.copyto(level, np.where(terms.levelled, worked_out, run.level), where=here)
    return level


def _extended(plans, terms):
    loans = np.flatnonzero((plans.low_rows > 0) & (plans.low_then == "extend"))
    if not loans.size:
        return terms
    bullet = np.isin(terms.method[loans], ("interest_only", "balloon"))
    message = "cannot extend a loan whose last instalment takes the rest"
    refuse("low_then", terms.method[loans], bullet, message)
    count = terms.instalments.copy()
    spare = MAX_INSTALMENTS - terms.holiday[loans]
    count[loans] = run_out(terms.take(loans).with_(instalments=spare))
    if (count >= MAX_INSTALMENTS - terms.holiday)[loans].any():
        message = "the agreed instalment does not repay the loan"
        raise FieldError("low_then", message)
    return terms.with_(instalments=np.maximum(count, plans.low_rows + 1))

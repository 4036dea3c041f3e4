"""The level instalment: a float where that is safe, exact where it is not."""

from fractions import Fraction

import numpy as np

from .money import half_up_div, round_up

# Floats decide the rounding unless this near to a tie: half a unit in 1e13 of the
# level is what 64-bit arithmetic over 1,560 rows can lose.
_TIE, _TIE_RELATIVE = 1e-6, 1e-12


def level_instalment(clock, loans, row, balance, rate, brought=0):
    """Return the level instalment of ``loans`` from ``row`` to the end.

    The instalment that, paid at every remaining due date, brings the balance to
    the balloon at the last: (balance + brought x d1 - balloon x d) / a, where d1
    discounts the first row, d the last, and a sums the discounts of all, each row
    over its own days. ``brought`` is interest that the first row collects on top of
    its own and that bears none itself. Rounded half-up
    to the minor unit, then up to ``instalment_rounding`` unless that would make the
    loan end early (n instalments asked, n made).

    :param Clock clock: due dates and year fractions of all loans
    :param loans: (K,) positions of the loans concerned
    :param int row: first row the instalment is paid in
    :param balance: (K,) int64 balance before that row
    :param rate: (num, den) of the yearly rate, (K,) each, held to the end
    :param brought: (K,) int64
    :return: (K,) int64
    """
    terms, brought = clock.terms, np.broadcast_to(brought, balance.shape)
    left = terms.rows[loans] - row
    balloon = np.where(terms.method[loans] == "balloon", terms.balloon[loans], 0)
    factor, last, first = _discounts(clock, loans, row, left, rate)
    worth = balance + brought * first
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = (worth - balloon * last) / factor
    level = np.rint(raw).astype(np.int64)
    _settle_ties(level, raw, clock, loans, row, (balance, brought, balloon), rate)
    unit = terms.instalment_rounding[loans]
    rounded = round_up(level, unit)
    lasts = worth - rounded * (factor - last) > balloon * last
    return np.where(lasts | (left <= 1), rounded, level)


def level_principal(clock, loans, row, balance):
    """Return the equal principal part of ``loans`` from ``row`` to the end."""
    left = clock.terms.rows[loans] - row
    return half_up_div(balance, np.maximum(left, 1))


def _discounts(clock, loans, row, left, rate):
    """Return discounts, summed, of the last row, of the first; (K,) float64 each."""
    yearly = rate[0] / rate[1]
    one = 1.0 / (1.0 + yearly * _length(clock, row, loans))
    if not clock.by_days[loans].any():
        if row or clock.first is None:
            return *_closed_form(yearly / clock.den[loans], left), one
        rest, last = _closed_form(yearly / clock.den[loans], left - 1)
        return (1.0 + rest) * one, last * one, one
    factor, last = np.zeros(len(loans)), np.ones(len(loans))
    for step in range(int(left.max(initial=0)) - 1, -1, -1):
        one = 1.0 / (1.0 + yearly * _length(clock, row + step, loans))
        inside = step < left
        factor = np.where(inside, (1.0 + factor) * one, factor)
        last = np.where(inside, last * one, last)
    return factor, last, one


def _length(clock, row, loans):
    num, den = clock.running(row)
    return num[loans] / den[loans]


def _closed_form(periodic, left):
    growth = left * np.log1p(periodic)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = -np.expm1(-growth) / periodic
    # a zero rate has no closed form: n instalments of one n-th each
    return np.where(periodic > 0, factor, left), np.exp(-growth)


def _settle_ties(level, raw, clock, loans, row, amounts, rate):
    """Recompute exactly, in place, the levels too near to a tie for a float."""
    zero = rate[0] == 0
    left = clock.terms.rows[loans] - row
    balance, brought, balloon = amounts
    plain = balance + brought - balloon
    level[zero] = half_up_div(plain[zero], np.maximum(left[zero], 1))
    off_tie = np.abs(np.abs(raw - np.trunc(raw)) - 0.5)
    near = ~zero & (off_tie < np.maximum(_TIE, np.abs(raw) * _TIE_RELATIVE))
    for i in np.flatnonzero(near & (left > 0)):
        yearly = Fraction(int(rate[0][i]), int(rate[1][i]))
        owed = [int(amount[i]) for amount in amounts]
        exact = _exact_level(clock, loans[i], row, int(left[i]), owed, yearly)
        level[i] = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _exact_level(clock, loan, row, left, owed, yearly):
    balance, brought, balloon = owed
    factor, last = Fraction(0), Fraction(1)
    for step in range(left - 1, -1, -1):
        num, den = clock.running(row + step)
        one = 1 / (1 + yearly * int(num[loan]) / int(den[loan]))
        factor, last = (1 + factor) * one, last * one
    return (balance + brought * one - balloon * last) / factor

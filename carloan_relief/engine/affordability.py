"""A household's budget -> the instalment it can carry."""

import numpy as np

from .money import mul_div, rate_fraction

#: How often an amount of a budget comes in a year.
TIMES_A_YEAR = {"week": 52, "fortnight": 26, "month": 12, "quarter": 4, "year": 1}


def monthly(amount, frequency):
    """Return amounts that come so often as amounts a month, half-up, (N,) int64.

    :param amount: (N,) int64 minor units
    :param frequency: (N,) of ``TIMES_A_YEAR``
    """
    times = [TIMES_A_YEAR[name] for name in frequency]
    return mul_div(np.asarray(amount, np.int64), np.array(times, np.int64), 12)


def budget(amount, frequency, owner, size):
    """Return the sum a month of the lines of ``size`` budgets, (size,) int64.

    :param amount: (L,) int64 minor units of each line
    :param frequency: (L,) of ``TIMES_A_YEAR``
    :param owner: (L,) index of the budget that a line belongs to
    """
    total = np.zeros(size, np.int64)
    np.add.at(total, np.asarray(owner, np.int64), monthly(amount, frequency))
    return total


def affordable_instalment(
    net_income, living, other_debt, dependants=0, per_dependant=0, buffer=0.0
):
    """Return what a household can pay per period, (N,) int64, never below 0.

    Net income less living costs, other debts, an allowance per dependant (0 when
    the living costs already include them) and a buffer, a fraction of net income
    kept for what cannot be foreseen. Amounts are int64 minor units per period.
    """
    net_income = np.asarray(net_income, dtype=np.int64)
    num, den = rate_fraction(buffer)
    kept = mul_div(net_income, num, den)
    family = np.asarray(dependants, dtype=np.int64) * np.asarray(per_dependant)
    spare = net_income - np.asarray(living) - np.asarray(other_debt) - family - kept
    return np.maximum(spare, 0).astype(np.int64)


def ratio(instalment, net_income):
    """Return instalment / net income, float64; nan without an income."""
    income = np.asarray(net_income, dtype=np.float64)
    share = np.full(np.broadcast_shapes(np.shape(instalment), income.shape), np.nan)
    return np.divide(instalment, income, out=share, where=income > 0)


def income(instalment, share):
    """Return the income of which ``instalment`` is ``share``, (N,) float64.

    The inverse of :func:`ratio`, for sources that state the share alone; nan
    without a share.
    """
    share = np.asarray(share, dtype=np.float64)
    whole = np.full(np.broadcast_shapes(np.shape(instalment), share.shape), np.nan)
    return np.divide(instalment, share, out=whole, where=share > 0)

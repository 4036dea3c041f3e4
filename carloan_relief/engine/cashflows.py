"""The yearly cost of any plan of advances and payments (Regulation Z, appendix J).

The unit-period method of 12 CFR 1026 appendix J (b): each flow lies a number of full
unit-periods and a fraction of one after the first advance; within a fraction interest
is simple, over full unit-periods it compounds.
"""

import numpy as np

from .calendar import add_periods, day_of_month
from .fields import choices, dates, refuse

#: Unit-periods a year.
PER_YEAR = {
    "month": 12,
    "half_month": 24,
    "fortnight": 26,
    "week": 52,
    "quarter": 4,
    "year": 1,
}
UNIT_PERIODS = tuple(PER_YEAR)
#: Most flows of one plan.
MAX_FLOWS = 2_000
# rates per unit-period at which the sign of the balance is looked at: the whole range
# in which a cost can lie, closer where the costs of loans do
_GRID = np.concatenate(
    [
        -np.geomspace(0.9, 1e-6, 120),
        [0.0],
        np.geomspace(1e-6, 10.0, 240),
    ]
)
_HALVINGS = 80


def unit_periods(first, later, unit):
    """Return (full unit-periods, fraction of one) between dates, by (b)(5).

    Months are counted back from the later date; the days that remain are thirtieths
    of a month, and of 365 in a year. Half-months and quarters take 30 days a month,
    weeks the days as they are.

    :param first, later: dates, ``first`` not after ``later``
    :param str unit: one of ``UNIT_PERIODS``
    :return: (int64, float64) of the shape of ``later``
    """
    later = np.asarray(later, dtype="datetime64[D]")
    first = np.broadcast_to(np.asarray(first, dtype="datetime64[D]"), later.shape)
    if unit in ("fortnight", "week"):
        length = 14 if unit == "fortnight" else 7
        days = (later - first).astype(np.int64)
        return days // length, days % length / length
    months, days = _months_back(first, later)
    if unit == "month":
        return months, days / 30
    if unit == "year":
        part = np.where(days == 0, months % 12 / 12, 0.0)
        odd = (_on(later, -(months // 12) * 12) - first).astype(np.int64)
        return months // 12, np.where(days == 0, part, odd / 365)
    length = 15 if unit == "half_month" else 90
    days = days + 30 * months
    return days // length, days % length / length


def _on(date, months):
    return np.asarray(add_periods(date, months, "month", day_of_month(date)))


def _months_back(first, later):
    """Return full months back from ``later``, and the days left before them.

    Months run from month end to month end where both dates are last days.
    """
    months = later.astype("datetime64[M]") - first.astype("datetime64[M]")
    months = months.astype(np.int64)
    ends = _last_day(first) & _last_day(later)
    months = months - ((_on(later, -months) < first) & ~ends)
    days = (_on(later, -months) - first).astype(np.int64)
    return months, np.where(ends, 0, days)


def _last_day(date):
    return day_of_month(date + np.timedelta64(1, "D")) == 1


def cost(days, amounts, unit):
    """Return the cost of plans of flows, (N,) float64 rates per unit-period.

    :param days: (N, K) dates, NaT to pad; the earliest is an advance
    :param amounts: (N, K) int64, paid out positive, paid by the borrower negative
    :param str unit: the same for all
    :return: nan where no rate, or more than one, balances the flows
    :raises FieldError: for an unknown unit, a first flow that is no advance, a plan
        without payments
    """
    choices("unit_period", unit, UNIT_PERIODS)
    days = np.atleast_2d(dates("date", days, True))
    amounts = np.atleast_2d(np.asarray(amounts, dtype=np.int64))
    amounts = np.where(np.isnat(days), 0, amounts)
    far = np.datetime64("9999-12-31")
    first = np.where(np.isnat(days), far, days).min(axis=1, keepdims=True)
    opening = np.where(days == first, amounts, 0).sum(axis=1)
    refuse("amount", opening, opening <= 0, "on the first day is not an advance")
    paid = np.minimum(amounts, 0).sum(axis=1)
    refuse("amount", paid, paid >= 0, "is all that the borrower pays")
    whole, part = unit_periods(first, np.where(np.isnat(days), first, days), unit)
    return _root(amounts.astype(np.float64), whole, part)


def _balance(amounts, whole, part, rate):
    """Return the value on the first day at (N, 1) rates per unit-period."""
    # far flows at a steep negative rate have no finite value: no sign, no root there
    with np.errstate(all="ignore"):
        growth = (1.0 + part * rate) * (1.0 + rate) ** whole
        return (amounts / growth).sum(axis=1)


def _root(amounts, whole, part):
    """Bracket the one change of sign, then halve; nan where there is not just one."""
    size = len(amounts)
    signs = np.stack(
        [np.sign(_balance(amounts, whole, part, np.full((size, 1), r))) for r in _GRID]
    )
    crossing = (signs[:-1] <= 0) & (signs[1:] > 0) | (signs[:-1] > 0) & (signs[1:] <= 0)
    at = crossing.argmax(axis=0)
    low, high = _GRID[at], _GRID[at + 1]
    rising = np.take_along_axis(signs, at[None] + 1, axis=0)[0] > 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _balance(amounts, whole, part, middle[:, None]) > 0
        low = np.where(above == rising, low, middle)
        high = np.where(above == rising, middle, high)
    return np.where(crossing.sum(axis=0) == 1, (low + high) / 2, np.nan)

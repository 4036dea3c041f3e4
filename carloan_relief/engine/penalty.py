"""Penalty interest on what is overdue, by days, within grace and cap."""

from typing import NamedTuple

import numpy as np

from .fields import FieldError
from .money import mul_div, rate_fraction


def year_of(day_count):
    """Return the days of the year over which loans of a day count bear penalty, (N,).

    360 where the contract counts by ``ACT/360``, else 365: interest on what is overdue
    goes by days whatever the convention of the instalments.
    """
    return np.where(np.asarray(day_count, dtype=str) == "ACT/360", 360, 365)


def rate_of(fixed, contract, uplift):
    """Return the yearly penalty rates of N loans.

    :param fixed: (N,) rates of the products
    :param contract: (N,) rates in force of the loans
    :param uplift: (N,) share by which the penalty exceeds the contract rate (0.5 of
        7.2 % makes 10.8 %); 0 = the fixed rate holds. 30 to 50 % is what circular
        251/2003 of the People's Bank names.
    """
    uplift = np.asarray(uplift, dtype=np.float64)
    raised = np.asarray(contract, dtype=np.float64) * (1.0 + uplift)
    return np.round(np.where(uplift > 0, raised, fixed), 8)


class Late(NamedTuple):
    """What N overdue amounts of principal bear: (N,) int64 minor units each."""

    interest: np.ndarray
    penalty: np.ndarray


def rates_on_top(fixed, contract, uplift, bearing):
    """Return (yearly rates of interest, of penalty) on what N loans are overdue with.

    Where overdue principal goes on ``bearing`` the interest of its contract, only what
    exceeds that rate is penalty: the uplift, or the fixed rate, comes on top. Where it
    does not, the penalty is the whole rate (:func:`rate_of`) and interest is 0.

    :param bearing: (N,) booleans
    """
    bearing = np.asarray(bearing, dtype=bool)
    contract = np.asarray(contract, dtype=np.float64)
    whole = rate_of(fixed, contract, uplift)
    above = np.where(np.asarray(uplift) > 0, whole - contract, whole)
    interest = np.where(bearing, contract, 0.0)
    return interest, np.round(np.where(bearing, above, whole), 8)


def late(overdue, due_date, since, as_of, rate, *, interest=0.0, **terms):
    """Return what N overdue amounts bear for the days not yet charged.

    Interest runs from the due date on and knows no cap; the days of grace and the cap
    are those of the penalty. Both are simple: what is borne bears nothing itself.

    :param interest: (N,) yearly rates of :func:`rates_on_top`, ``rate`` those of the
        penalty; ``terms`` and the rest as :func:`charge`
    :rtype: Late
    """
    of_day = {"day_count": terms.get("day_count", "period")}
    return Late(
        charge(overdue, due_date, since, as_of, interest, **of_day),
        charge(overdue, due_date, since, as_of, rate, **terms),
    )


def charge(
    overdue,
    due_date,
    since,
    as_of,
    rate,
    *,
    day_count="period",
    grace=0,
    cap=0.0,
    lent=0,
    charged=0,
):
    """Return the penalty of N overdue amounts for the days not yet charged.

    Penalty runs from the end of the days of grace on, simple interest over the days of
    the year of the contract (:func:`year_of`), each piece rounded alone. With a cap,
    what is charged on one instalment stays within that share of its principal, whatever
    the days.

    :param overdue: (N,) int64 minor units, principal due and unpaid
    :param due_date: (N,) days on which it fell due
    :param since: (N,) days up to which penalty was charged already; NaT if never
    :param as_of: (N,) days up to which it is charged now
    :param rate: (N,) yearly fractions
    :param day_count: (N,) or one of ``calendar.DAY_COUNTS``
    :param grace: (N,) days after the due date without penalty
    :param cap: (N,) share of ``lent`` that penalties may reach in all; 0 = no cap
    :param lent: (N,) int64 principal of the instalment as billed
    :param charged: (N,) int64 penalties charged on the instalment so far
    :return: (N,) int64
    :raises FieldError: (a ValueError) for a negative amount
    """
    overdue = np.atleast_1d(np.asarray(overdue, dtype=np.int64))
    if (overdue < 0).any():
        raise FieldError("overdue", "an overdue amount is never negative")
    bears = _days(due_date) + np.asarray(grace, dtype=np.int64).astype("m8[D]")
    since = _days(since)
    start = np.where(np.isnat(since), bears, np.maximum(since, bears))
    days = np.maximum((_days(as_of) - start).astype(np.int64), 0)
    num, den = rate_fraction(np.broadcast_to(rate, overdue.shape))
    amount = mul_div(overdue, num * days, den * year_of(day_count))
    return np.minimum(amount, _room(amount, cap, lent, charged))


def _days(dates):
    return np.asarray(dates, dtype="datetime64[D]")


def _room(amount, cap, lent, charged):
    """Return how much more the cap allows; everything where there is no cap."""
    cap = np.broadcast_to(np.asarray(cap, dtype=float), amount.shape)
    lent = np.broadcast_to(np.asarray(lent, dtype=np.int64), amount.shape)
    num, den = rate_fraction(cap)
    left = mul_div(lent, num, den) - np.asarray(charged, dtype=np.int64)
    return np.where(cap > 0, np.maximum(left, 0), amount)

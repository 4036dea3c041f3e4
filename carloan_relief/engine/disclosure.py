"""What a credit costs, as it must be told: each charge, a yearly rate, what if late."""

from typing import NamedTuple

import numpy as np

from . import penalty, valuation
from .calendar import periods_per_year

#: Days late of the worked example, beyond the days of grace.
EXAMPLE_DAYS = 30


class Cost(NamedTuple):
    """Cost of N plans when they are kept: (N,) int64 minor units, then yearly rates.

    :ivar due_now: overdue amounts that stay due beside the plan
    :ivar nominal: rate per period times the periods of a year, fees included; nan
        where the flows have no yield
    :ivar effective: the same rate compounded
    """

    principal: np.ndarray
    interest: np.ndarray
    fees: np.ndarray
    due_now: np.ndarray
    total: np.ndarray
    nominal: np.ndarray
    effective: np.ndarray


class Contingent(NamedTuple):
    """Cost of N plans when an instalment is late: (N,).

    :ivar overdue: principal of the largest instalment, int64 minor units
    :ivar days: days late of the example
    :ivar interest, penalty: what it bears for those days, int64 minor units
    :ivar rate: yearly rate in all, interest and penalty together
    """

    overdue: np.ndarray
    days: np.ndarray
    interest: np.ndarray
    penalty: np.ndarray
    rate: np.ndarray


def cost(schedule, due_now, period):
    """Return the cost of what N schedules leave to pay.

    :param Schedule schedule: of N plans; its opening is the credit that remains
    :param due_now: (N,) int64 minor units due beside it
    :param period: (N,) or one of ``calendar.PERIODS``
    :rtype: Cost
    """
    due_now = np.broadcast_to(np.asarray(due_now, np.int64), schedule.count.shape)
    nominal = valuation.apr(schedule, schedule.opening, period)
    per_period = nominal / periods_per_year(period)
    return Cost(
        schedule.principal.sum(axis=1),
        schedule.total_interest,
        schedule.fee.sum(axis=1),
        due_now,
        schedule.total + due_now,
        nominal,
        valuation.effective_annual(per_period, period),
    )


def late_row(schedule):
    """Return the row (N,) of the instalment with the most principal of N schedules."""
    return np.argmax(schedule.principal, axis=1)


def late(schedule, interest, rate, grace, **terms):
    """Return what the instalment with the most principal costs when it is late.

    :param interest, rate: (N,) yearly rates of :func:`penalty.rates_on_top`
    :param grace: (N,) days without penalty
    :param terms: ``day_count`` and ``cap`` of :func:`penalty.charge`
    :rtype: Contingent
    """
    at = late_row(schedule)
    loan = np.arange(len(at))
    overdue = np.maximum(schedule.principal[loan, at], 0)
    due = np.asarray(schedule.due_date[loan, at], dtype="datetime64[D]")
    days = np.broadcast_to(np.asarray(grace, np.int64), at.shape) + EXAMPLE_DAYS
    borne = penalty.late(
        overdue,
        due,
        np.full(at.shape, np.datetime64("NaT"), dtype="datetime64[D]"),
        due + days.astype("m8[D]"),
        rate,
        interest=interest,
        grace=grace,
        lent=overdue,
        **terms,
    )
    whole = np.broadcast_to(np.asarray(interest) + np.asarray(rate), at.shape)
    return Contingent(overdue, days, borne.interest, borne.penalty, whole)

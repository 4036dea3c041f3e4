"""A schedule and what was paid -> the position of N loans on a day."""

from dataclasses import dataclass

import numpy as np

from . import penalty, valuation
from .allocation import COMPONENTS, ORDER, allocate
from .calendar import day_of_month, due_dates, periods_per_year, year_fraction
from .classification import days_past_due
from .money import mul_div, rate_fraction
from .position import Position

_PRINCIPAL, _INTEREST, _, _PENALTY = range(len(COMPONENTS))


@dataclass(frozen=True)
class Paid:
    """What N borrowers paid: whole instalments on time, or dated payments.

    ``instalments`` (N,) int64; ``dates`` (N, P) ``datetime64[D]`` in order, NaT to
    pad; ``amounts`` (N, P) int64 minor units.
    """

    instalments: np.ndarray
    dates: np.ndarray
    amounts: np.ndarray

    @classmethod
    def on_time(cls, instalments):
        """``instalments`` instalments paid on their due dates, nothing since."""
        count = np.atleast_1d(np.asarray(instalments, dtype=np.int64))
        nothing = np.zeros((len(count), 0))
        return cls(count, nothing.astype("datetime64[D]"), nothing.astype(np.int64))

    @classmethod
    def payments(cls, dates, amounts):
        """Payments of N loans, each a row in order of date."""
        dates = np.atleast_2d(np.asarray(dates, dtype="datetime64[D]"))
        amounts = np.atleast_2d(np.asarray(amounts, dtype=np.int64))
        return cls(np.zeros(len(dates), dtype=np.int64), dates, amounts)


def position_at(
    terms,
    schedule,
    as_of,
    paid,
    *,
    penalty_rate=0.0,
    grace=0,
    order=ORDER,
    mode="horizontal",
    upfront=0,
    allowance=0,
    suspended_interest=0,
    suspended_penalty=0,
    bearing=False,
):
    """Return (Position, credit) of N loans once all payments are allocated.

    Penalty accrues by days on overdue principal, after the days of grace, up to each
    payment and up to ``as_of``, each piece rounded alone; over 360 days for
    ``ACT/360``, else 365. With ``bearing``, overdue principal goes on bearing contract
    interest from its due date, period by period, each rounded alone; where there is a
    penalty rate, that takes its place after the days of grace (it is the whole rate
    on what is overdue, not an addition). Overdue interest bears none. The interest so
    earned is owed, but falls due with the last instalment: who pays late and in full
    is not past due for some days' interest. What is paid beyond the dues settles that
    interest, then waits as the borrower's credit and settles the next instalment on
    its due date.

    :param as_of: (N,) dates
    :param Paid paid: what came in
    :param penalty_rate: (N,) yearly
    :param upfront: cost paid by the lender less fee received, minor units; it makes
        the interest adjustment: what remains, worth at the effective rate, less the
        contract balance
    :param suspended_interest, suspended_penalty: minor units owed on top of what the
        schedule makes, never recognised as income
    :return: Position, and (N,) int64 credit
    """
    as_of = np.broadcast_to(np.asarray(as_of, "datetime64[D]"), terms.principal.shape)
    account = _Account(terms, schedule, paid, penalty_rate, grace, order, mode)
    if bearing:
        account.bear_until(as_of)
    for k in range(paid.dates.shape[1]):
        account.receive(paid.dates[:, k], paid.amounts[:, k])
    account.receive(as_of, np.zeros(len(as_of), dtype=np.int64))
    fallen = (schedule.due_date <= as_of[:, None]).sum(axis=1)
    billed = np.maximum(fallen, paid.instalments)
    rate, adjustment = _carried(terms, schedule, upfront, billed)
    overdue = account.overdue(as_of)
    overdue["overdue_interest"] = overdue["overdue_interest"] + suspended_interest
    overdue["overdue_penalty"] = overdue["overdue_penalty"] + suspended_penalty
    position = Position.of(
        as_of=as_of,
        allowance=allowance,
        suspended_interest=suspended_interest,
        suspended_penalty=suspended_penalty,
        dpd=days_past_due(account.oldest_unpaid(as_of), as_of, grace),
        eir_period=rate,
        adjustment=adjustment,
        **overdue,
        **_remaining(terms, schedule, billed),
    )
    return position, account.credit


class _Account:
    """Open amounts of N loans: (N, M, 4) int64, one layer per component.

    ``late`` (N,) is the contract interest that overdue principal has earned since.
    """

    def __init__(self, terms, schedule, paid, penalty_rate, grace, order, mode):
        self.due = schedule.due_date
        layers = [schedule.principal, schedule.interest, schedule.fee]
        layers.append(np.zeros_like(layers[0]))
        self.open = np.stack(layers, axis=2)
        row = np.arange(self.due.shape[1])
        self.open[row < paid.instalments[:, None]] = 0
        self.number = np.repeat(row, len(COMPONENTS))
        self.component = np.tile(np.arange(len(COMPONENTS)), len(row))
        self.order, self.mode = order, mode
        self.rate = rate_fraction(np.broadcast_to(penalty_rate, terms.principal.shape))
        self.year = penalty.year_of(terms.day_count)
        self.bears = self.due + np.asarray(grace).reshape(-1, 1).astype("m8[D]")
        self.terms = terms
        self.edges = None
        self.last = terms.start_date
        self.credit = np.zeros(len(self.due), dtype=np.int64)
        self.late = np.zeros(len(self.due), dtype=np.int64)

    def bear_until(self, as_of):
        """Let overdue principal bear contract interest, up to ``as_of`` at most."""
        terms = self.terms
        short = np.where(terms.period == "month", 28, 7)
        beyond = np.nanmax((as_of - terms.first_due_date).astype(np.int64) // short)
        count = np.full(len(self.due), max(int(beyond) + 2, self.due.shape[1] + 1))
        args = terms.first_due_date, count, terms.period, terms.due_day
        self.edges = due_dates(*args)
        self.contract = rate_fraction(terms.annual_rate)
        self.with_penalty = self.rate[0] > 0

    def receive(self, date, amount):
        """Bring the accounts to ``date`` and allocate a payment; NaT does nothing."""
        real = ~np.isnat(date)
        date = np.where(real, date, self.last)
        fallen = self.due <= date[:, None]
        # credit stood ready on the due date: it settles before any penalty
        self._settle(fallen)
        if self.edges is not None:
            self._bear(date)
        self._penalise(date, fallen)
        self.credit = self.credit + np.where(real, amount, 0)
        self._settle(fallen)
        self.last = date

    def _settle(self, fallen):
        if not self.credit.any():
            return
        owed = np.where(fallen[:, :, None], self.open, 0)
        flat = owed.reshape(len(owed), -1)
        args = self.component, self.number, self.order, self.mode
        paid = allocate(self.credit, flat, *args)
        self.open = self.open - paid.reshape(owed.shape)
        self.credit = self.credit - paid.sum(axis=1)
        rest = np.minimum(self.credit, self.late)
        self.credit, self.late = self.credit - rest, self.late - rest

    def _bear(self, date):
        """Add the contract interest that overdue principal earned since ``last``."""
        owed = self.open[:, :, _PRINCIPAL].cumsum(axis=1)
        rows = owed.shape[1]
        for k in range(self.edges.shape[1] - 1):
            row = min(k, rows - 1)
            begin, end = self.edges[:, k], self.edges[:, k + 1]
            since, until = np.maximum(self.last, begin), np.minimum(date, end)
            bears = ~self.with_penalty & (until > since) & (owed[:, row] > 0)
            if bears.any():
                num, den = self._length(since, until, begin, end)
                amount = np.where(bears, owed[:, row], 0)
                earned = mul_div(amount, self.contract[0] * num, self.contract[1] * den)
                self.late = self.late + earned
        if self.with_penalty.any():
            self._bear_in_grace(date)

    def _length(self, since, until, begin, end):
        """Return the year fraction of days within a period, (num, den)."""
        days = np.maximum((until - since).astype(np.int64), 0)
        num, den = days, (end - begin).astype(np.int64)
        den = den * periods_per_year(self.terms.period)
        for basis in np.unique(self.terms.day_count):
            if basis != "period":
                here = self.terms.day_count == basis
                args = np.minimum(since, until), until, str(basis)
                part = year_fraction(*args)
                num, den = np.where(here, part[0], num), np.where(here, part[1], den)
        return np.maximum(num, 0), den

    def _bear_in_grace(self, date):
        """The days of grace spare the penalty, not the contract's interest."""
        since = np.maximum(self.last[:, None], self.due)
        until = np.minimum(date[:, None], self.bears)
        days = np.maximum((until - since).astype(np.int64), 0)
        days = np.where(np.isnat(self.due) | ~self.with_penalty[:, None], 0, days)
        num, den = self.contract[0][:, None], (self.contract[1] * self.year)[:, None]
        earned = mul_div(self.open[:, :, _PRINCIPAL], num * days, den)
        self.late = self.late + earned.sum(axis=1)

    def _penalise(self, date, fallen):
        since = np.maximum(self.last[:, None], self.bears)
        days = (date[:, None] - since).astype(np.int64)
        days = np.where(fallen, np.maximum(days, 0), 0)
        num, den = self.rate[0][:, None], (self.rate[1] * self.year)[:, None]
        accrued = mul_div(self.open[:, :, _PRINCIPAL], num * days, den)
        self.open[:, :, _PENALTY] += accrued

    def overdue(self, as_of):
        """Return what has fallen due and is unpaid: {overdue_x: (N,) int64}.

        Interest that overdue principal has earned since is among it.
        """
        fallen = (self.due <= as_of[:, None])[:, :, None]
        sums = np.where(fallen, self.open, 0).sum(axis=1)
        sums[:, _INTEREST] += self.late
        return {f"overdue_{c}": sums[:, k] for k, c in enumerate(COMPONENTS)}

    def oldest_unpaid(self, as_of):
        """Return the due date of the oldest unpaid amount, NaT if none."""
        unpaid = self.open.sum(axis=2) > 0
        number = np.arange(1, self.due.shape[1] + 1)
        last = number == (~np.isnat(self.due)).sum(axis=1)[:, None]
        unpaid = unpaid | (last & (self.late > 0)[:, None])
        unpaid = unpaid & (self.due <= as_of[:, None])
        first = self.due[np.arange(len(unpaid)), unpaid.argmax(axis=1)]
        return np.where(unpaid.any(axis=1), first, np.datetime64("NaT"))


def _carried(terms, schedule, upfront, billed):
    """Return (effective rate or nan, interest adjustment after ``billed`` rows)."""
    upfront = np.broadcast_to(np.asarray(upfront, np.int64), terms.principal.shape)
    if not upfront.any():
        return np.nan, 0
    rate = valuation.eir(schedule, terms.principal, upfront)
    worth = valuation.present_value(schedule, rate, after=billed)
    loan, done = np.arange(len(billed)), np.maximum(billed - 1, 0)
    left = np.where(billed > 0, schedule.balance[loan, done], terms.principal)
    return rate, np.where(upfront == 0, 0, worth - left)


def _remaining(terms, schedule, billed):
    """Return the columns of a position that describe what is not yet billed."""
    loan, last = np.arange(len(billed)), schedule.count - 1
    following = np.minimum(billed, last)
    done = np.maximum(billed - 1, 0)
    none = billed > last
    level = schedule.principal[loan, following]
    whole = level + schedule.interest[loan, following]
    balance = schedule.balance[loan, done]
    due = schedule.due_date
    return {
        "principal": np.where(billed > 0, balance, terms.principal),
        "instalments": schedule.count - billed,
        "last_due_date": np.where(billed > 0, due[loan, done], terms.start_date),
        "next_due_date": np.where(none, np.datetime64("NaT"), due[loan, following]),
        "level": np.where(none, 0, np.where(terms.levelled, whole, level)),
        "due_day": np.where(
            terms.due_day > 0, terms.due_day, day_of_month(terms.first_due_date)
        ),
        "interest_base": np.where(
            terms.interest_base > 0, terms.interest_base, terms.principal
        ),
        **{name: getattr(terms, name) for name in _SAME},
    }


_SAME = (
    "annual_rate",
    "method",
    "period",
    "day_count",
    "balloon",
    "fee",
    "instalment_rounding",
)

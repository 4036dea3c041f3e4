"""How far behind its contract is a loan of which only balances are known?

A loan tape gives the balance at each month end, not the instalments that were paid.
The contract rule compares that balance with the one the contract schedules:

* ``S(0)`` is the amount lent, ``S(j) = S(j-1) + interest - payment``, the interest of
  a month rounded half-up, never below zero; the last instalment takes the residue.
* ``k`` instalments were due on or before the date; the shortfall is
  ``balance - S(k)``.
* A loan is behind by as many instalments as whole payments fit in the shortfall. A
  payment counts as missing when more than 95 % of it is (``TOLERANCE``): interest
  runs by the day, so a borrower who pays some days late every month owes a little
  more than the schedule without having missed anything.
* Behind by ``m``: the shortfall is overdue, the oldest unpaid instalment is
  ``k - m + 1``, and days past due count from its due date.
* Not behind: nothing is overdue; the whole balance is principal not yet due.

Loans are monthly. All amounts are int64 minor units, all arrays over N loans.
"""

from dataclasses import dataclass

import numpy as np

from . import calendar, money
from .terms import Terms

#: Part of a payment that may be missing without counting as missed: 1 in 20.
TOLERANCE = 20


@dataclass(frozen=True)
class Contract:
    """The agreed terms of N monthly loans with a stated payment."""

    principal: np.ndarray
    annual_rate: np.ndarray
    payment: np.ndarray
    instalments: np.ndarray
    first_due: np.ndarray
    due_day: np.ndarray

    @classmethod
    def of(cls, principal, annual_rate, payment, instalments, first_due, due_day=None):
        """Build from sequences; the due day defaults to that of the first date."""
        first = np.asarray(first_due, "datetime64[D]")
        day = calendar.day_of_month(first) if due_day is None else due_day
        return cls(
            np.asarray(principal, np.int64),
            np.asarray(annual_rate, np.float64),
            np.asarray(payment, np.int64),
            np.asarray(instalments, np.int64),
            first,
            np.broadcast_to(np.asarray(day, np.int64), first.shape),
        )

    def take(self, index):
        """Return the contract of some of the loans."""
        return Contract(*(getattr(self, name)[index] for name in self.__annotations__))

    def due_date(self, number):
        """Return the due date of instalment ``number`` (1 is the first)."""
        return calendar.add_periods(self.first_due, number - 1, "month", self.due_day)

    def count_due(self, date):
        """Return how many instalments fall due on or before ``date``."""
        date = np.broadcast_to(np.asarray(date, "datetime64[D]"), self.first_due.shape)
        months = date.astype("datetime64[M]") - self.first_due.astype("datetime64[M]")
        number = months.astype(np.int64) + 1
        number = number - (self.due_date(number) > date)
        return np.clip(number, 0, self.instalments)


@dataclass(frozen=True)
class Standing:
    """Where N loans stand on a date by the contract rule."""

    due: np.ndarray  # instalments due so far
    scheduled: np.ndarray  # balance the contract schedules
    behind: np.ndarray  # instalments behind
    overdue: np.ndarray  # principal overdue
    undue: np.ndarray  # principal not yet due
    oldest_due: np.ndarray  # due date of the oldest unpaid instalment, or NaT
    dpd: np.ndarray
    remaining: np.ndarray  # instalments still to fall due
    next_due: np.ndarray  # due date of the first of them


def scheduled_balances(contract, upto=None):
    """Return the (N, K+1) scheduled balances after 0..K instalments.

    :param int upto: K; default the longest contract
    """
    last = int(contract.instalments.max(initial=0)) if upto is None else int(upto)
    num, den = money.rate_fraction(contract.annual_rate)
    table = np.empty((contract.principal.size, last + 1), np.int64)
    table[:, 0] = contract.principal
    for j in range(1, last + 1):
        before = table[:, j - 1]
        after = before + money.mul_div(before, num, den * 12) - contract.payment
        table[:, j] = np.where(j >= contract.instalments, 0, np.maximum(after, 0))
    return table


def instalments_behind(shortfall, payment, due):
    """Return the whole payments missing in a shortfall, at most those due."""
    whole = (TOLERANCE * shortfall + payment - 1) // (TOLERANCE * payment)
    return np.clip(np.where(shortfall > 0, whole, 0), 0, due)


def standing(contract, balance, date):
    """Return where each loan stands that owes ``balance`` on ``date``.

    :param Contract contract: N loans
    :param balance: (N,) int64 principal owed
    :param date: a date, or (N,) dates
    :rtype: Standing
    """
    balance = np.asarray(balance, np.int64)
    due = contract.count_due(date)
    table = scheduled_balances(contract, due.max(initial=0))
    scheduled = np.take_along_axis(table, due[:, None], axis=1)[:, 0]
    behind, oldest, dpd = _lateness(contract, balance - scheduled, due, date)
    # Past the last due date nothing can be "not yet due", however little it is.
    late = (behind > 0) | (due == contract.instalments)
    undue = np.where(late, np.minimum(scheduled, balance), balance)
    return Standing(
        due=due,
        scheduled=scheduled,
        behind=behind,
        overdue=balance - undue,
        undue=undue,
        oldest_due=oldest,
        dpd=dpd,
        remaining=_remaining(contract, undue, due),
        next_due=contract.due_date(due + 1),
    )


def days_past_due(contract, loan, balance, date):
    """Return the days past due of each row of a history.

    :param Contract contract: N loans
    :param loan: (R,) index into the contract
    :param balance: (R,) int64 balance of the row
    :param date: (R,) date of the row
    :return: (R,) int64
    """
    of_row = contract.take(loan)
    due = of_row.count_due(date)
    table = scheduled_balances(contract, due.max(initial=0))
    shortfall = np.asarray(balance, np.int64) - table[loan, due]
    return _lateness(of_row, shortfall, due, date)[2]


def _lateness(contract, shortfall, due, date):
    behind = instalments_behind(shortfall, contract.payment, due)
    # a residue left after the last due date is overdue, however small
    behind = np.maximum(behind, (shortfall > 0) & (due == contract.instalments))
    none = np.datetime64("NaT", "D")
    oldest = np.where(behind > 0, contract.due_date(due - behind + 1), none)
    days = (np.asarray(date, "datetime64[D]") - oldest).astype(np.int64)
    return behind, oldest, np.where(behind > 0, days, 0)


def _remaining(contract, undue, due):
    """Return the instalments still to come: fewer for who paid ahead.

    The contract payment goes on; it may end the loan before the contract does.
    """
    left = contract.instalments - due
    num, den = money.rate_fraction(contract.annual_rate)
    owed, needed = undue.copy(), np.zeros_like(left)
    for _ in range(int(left.max(initial=0))):
        needed += owed > 0
        owed = owed + money.mul_div(owed, num, den * 12) - contract.payment
        owed = np.maximum(owed, 0)
    return np.minimum(left, needed)


def remaining_terms(contract, at):
    """Return the terms of what is not yet due: the agreed payment simply goes on.

    The last instalment takes the residue, which for a loan that is a little behind
    is more, and for one that is ahead less, than the payment.

    :param Contract contract: N loans
    :param Standing at: their standing, none past the last due date
    :rtype: Terms
    """
    return Terms.of(
        principal=at.undue,
        annual_rate=contract.annual_rate,
        instalments=at.remaining,
        start_date=contract.due_date(at.due),
        first_due_date=at.next_due,
        due_day=contract.due_day,
        level=contract.payment,
    )


def split_overdue(contract, at):
    """Share the overdue principal of each loan over its unpaid instalments.

    The newest take the principal that the contract schedules for them, the oldest
    takes the rest.

    :param Contract contract: N loans
    :param Standing at: their standing
    :return: ((N, B) due dates, (N, B) amounts), oldest first, NaT and 0 beyond
    """
    table = scheduled_balances(contract, at.due.max(initial=0))
    width = int(at.behind.max(initial=0))
    amounts = np.zeros((at.due.size, width), np.int64)
    dates = np.full((at.due.size, width), np.datetime64("NaT"), "datetime64[D]")
    left = at.overdue.copy()
    rows = np.arange(at.due.size)
    for back in range(width):  # back = 0 is the newest instalment due
        number = np.maximum(at.due - back, 1)
        own = np.maximum(table[rows, number - 1] - table[rows, number], 0)
        oldest = at.behind - 1 == back
        part = np.where(oldest, left, np.minimum(own, left))
        part = np.where(back < at.behind, part, 0)
        left -= part
        place = np.maximum(at.behind - 1 - back, 0)
        here = rows[back < at.behind]
        amounts[here, place[here]] = part[here]
        dates[here, place[here]] = contract.due_date(number)[here]
    return dates, amounts


# ------------------------------------------- two other ways to count the late ones


def running_arrears(loan, paid, payment):
    """Return the arrears that run up from row to row: ``max(0, before + due - paid)``.

    The other way to look at lateness: it starts at zero with the first row of each
    loan and never sees what was paid ahead before.

    :param loan: (R,) loan index, rows of a loan side by side in order of date
    :param paid: (R,) int64 paid in the month
    :param payment: (N,) int64 payment due each month
    :return: (N,) int64 arrears after the last row
    """
    loan = np.asarray(loan)
    count = np.bincount(loan, minlength=payment.size)
    place = np.arange(loan.size) - (np.cumsum(count) - count)[loan]
    step = np.zeros((payment.size, int(count.max(initial=0)) + 1), np.int64)
    step[loan, place + 1] = payment[loan] - paid
    total = np.cumsum(step, axis=1)
    return (total - np.minimum.accumulate(total, axis=1))[:, -1]


def count_rules(contract, at, loan, paid, position):
    """Count the late loans by three rules, for the loans of ``position``.

    :param position: (n,) rows of the history at the date, one for each open loan
    :return: dict rule -> number of loans
    """
    index = loan[position]
    arrears = running_arrears(loan, paid, contract.payment)[index]
    payment = contract.payment[index]
    return {
        "contract": int((at.behind > 0).sum()),
        "running_arrears": int((instalments_behind(arrears, payment, 10**6) > 0).sum()),
        "unpaid_month": int((paid[position] <= 0).sum()),
    }

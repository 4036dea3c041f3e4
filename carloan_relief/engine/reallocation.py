"""The payments of a loan allocated anew, each on its day."""

import numpy as np

from . import penalty
from .allocation import ORDER, agreed, allocate

#: What is paid for the use of money: interest, and penalties on what is overdue.
INTEREST = ("interest", "penalty")


class _Account:
    """What one loan owes, row by row, while time goes by."""

    def __init__(self, due, due_date, component, owed_from, rule):
        self.remaining = np.asarray(due, dtype=np.int64).copy()
        self.due_date = np.asarray(due_date, dtype="datetime64[D]")
        if owed_from is None:
            owed_from = self.due_date
        self.owed_from = np.asarray(owed_from, dtype="datetime64[D]")
        self.component = list(component)
        self.rule = rule
        self.credit = 0

    def open(self, moment):
        """Return what is owed and unpaid on a day, row by row."""
        return np.where(self.owed_from <= moment, self.remaining, 0)

    def receive(self, amount, moment):
        """Take a payment, or none: credit settles what has become due meanwhile."""
        self.credit += int(amount)
        if not self.credit:
            return
        fallen = self.open(moment)
        paid = allocate(
            [self.credit],
            [fallen],
            [self.component],
            [self.due_date.astype(np.int64)],
            **self._get_rule(fallen, moment),
        )[0]
        self.remaining -= paid
        self.credit -= int(paid.sum())

    def _get_rule(self, fallen, moment):
        oldest = self.due_date[fallen > 0].min(initial=moment)
        return agreed(days_late=int((moment - oldest).astype(np.int64)), **self.rule)


def _payments(dates, amounts):
    return (
        np.asarray(dates, dtype="datetime64[D]"),
        np.asarray(amounts, dtype=np.int64),
    )


def reallocate(
    dates,
    amounts,
    due,
    due_date,
    component,
    order=ORDER,
    mode="horizontal",
    *,
    late_days=0,
    owed_from=None,
):
    """Return what each open amount of one loan receives from its payments.

    Every payment settles what was owed on its day; what exceeds that waits as the
    borrower's credit and settles the next amount on the day from which it is owed.
    That is what happened had nothing been entered late, so undoing one payment means
    doing this without it.

    :param dates: (P,) days of the payments
    :param amounts: (P,) int64 minor units, at least 0
    :param due: (K,) int64 amounts due, at least 0
    :param due_date: (K,) days on which they fall due: the older is paid first
    :param component: (K,) names or codes (see ``allocation.COMPONENTS``)
    :param late_days: see ``allocation.agreed``
    :param owed_from: (K,) days from which they are owed, where that is not the due
        date: a penalty ranks with its instalment and is owed when it is charged
    :return: (K,) int64; the rest of the payments is the borrower's credit
    :raises FieldError: (a ValueError) as ``allocate``
    """
    dates, amounts = _payments(dates, amounts)
    rule = {"order": order, "mode": mode, "late_days": late_days}
    account = _Account(due, due_date, component, owed_from, rule)
    if len(account.remaining) and len(amounts):
        for moment in np.unique(np.concatenate([dates, account.owed_from])):
            account.receive(amounts[dates == moment].sum(), moment)
    return np.asarray(due, dtype=np.int64) - account.remaining


def unpaid_since(dates, amounts, due, due_date, component, day, *, owed_from, **rule):
    """Return since when interest was unpaid on a day, NaT where none was.

    As ``reallocate``, up to that day: what came in later has paid later. Penalties are
    interest too, each from the day on which it was charged.

    :param day: what fell due before it counts
    :param rule: ``order``, ``mode`` and ``late_days`` of ``reallocate``
    """
    dates, amounts = _payments(dates, amounts)
    day = np.datetime64(day, "D")
    account = _Account(due, due_date, component, owed_from, rule)
    moments = np.unique(np.concatenate([dates, account.owed_from]))
    for moment in moments[moments <= day]:
        account.receive(amounts[dates == moment].sum(), moment)
    unpaid = (account.remaining > 0) & (account.owed_from < day)
    unpaid &= np.isin(np.asarray(component, dtype=str), INTEREST)
    return min(account.owed_from[unpaid], default=np.datetime64("NaT", "D"))


def recharge(
    dates,
    amounts,
    due,
    due_date,
    component,
    *,
    owed_from,
    charge_dates,
    since,
    terms,
    lent,
    charged,
    order=ORDER,
    mode="horizontal",
    late_days=0,
):
    """Return what overdue principal bears had every payment been known on its day.

    On each day of ``charge_dates`` penalty, and interest where the contract says so,
    run up to that day on the principal that is overdue then; a payment of that day
    comes after them and may pay them.

    :param dates, amounts, due, due_date, component, owed_from: as ``reallocate``
    :param charge_dates: (C,) days of the charges, in order
    :param since: day up to which penalties are charged already; NaT if never
    :param dict terms: ``rate``, ``grace``, ``cap``, ``interest`` of ``penalty.late``
    :param lent: (K,) int64 principal of the instalment as billed
    :param charged: (K,) int64 penalties charged on it so far
    :return: ``penalty.Late`` of (C, K): the charge of each day on each row
    """
    dates, amounts = _payments(dates, amounts)
    charge_dates = np.asarray(charge_dates, dtype="datetime64[D]")
    due_date = np.asarray(due_date, dtype="datetime64[D]")
    rows = len(due_date)
    bears = np.asarray(component) == "principal"
    account = _Account(
        # two more rows for each: the interest and the penalty that it comes to bear
        np.concatenate([due, np.zeros(2 * rows, dtype=np.int64)]),
        np.tile(due_date, 3),
        [*component, *["interest"] * rows, *["penalty"] * rows],
        np.concatenate(
            [np.asarray(owed_from, dtype=due_date.dtype), due_date, due_date]
        ),
        {"order": order, "mode": mode, "late_days": late_days},
    )
    charged = np.asarray(charged, dtype=np.int64).copy()
    result = penalty.Late(*np.zeros((2, len(charge_dates), rows), dtype=np.int64))
    moments = np.unique(np.concatenate([dates, account.owed_from, charge_dates]))
    for moment in moments:
        for turn in np.flatnonzero(charge_dates == moment):
            overdue = np.where(bears, account.open(moment)[:rows], 0)
            sums = {"lent": lent, "charged": charged}
            fresh = penalty.late(overdue, due_date, since, moment, **terms, **sums)
            result.interest[turn], result.penalty[turn] = fresh
            charged += fresh.penalty
            account.remaining[rows:] += np.concatenate(fresh)
            since = moment if any(part.any() for part in fresh) else since
        account.receive(amounts[dates == moment].sum(), moment)
    return result

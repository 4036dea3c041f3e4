"""What plans would mean: burden, cost, concession, expected value, for K plans."""

from dataclasses import replace

import numpy as np

from .measures import apply
from .risk.tables import plan_features
from .schedule import build
from .valuation import expected_npv, modification_loss, original_eir


class Today:
    """The loans as they stand: burden and expected value without relief."""

    def __init__(self, position, affordable, assume, redefault=None):
        self.before = before = build(position.terms())
        # solved once per loan rather than once per plan
        position = replace(position, eir_period=original_eir(position, before))
        self.position = position
        self.affordable, self.assume = affordable, assume
        self.redefault = redefault
        self.regular = regular(before, position.terms())
        self.owed = position.overdue_total
        self.burden = _burden(before, self.owed)
        self.npv = expected_npv(
            before,
            assume["pd_no_relief"],
            assume["lgd"],
            assume["discount_rate"],
            position.principal + self.owed,
            position.period,
            assume.get("prepayment", 0.0),
        )


class Trial:
    """The figures of K plans, each of loan ``owner[k]``; arrays are (K,)."""

    def __init__(self, today, plans, owner):
        self.plans, self.owner, self.today = plans, owner, today
        position = today.position.take(owner)
        self.revised = apply(position, plans, before=today.before)
        after = self.revised.after
        self.rows = after.count
        self.due_now = sum(self.revised.remaining_overdue.values())
        self.instalment = regular(after, self.revised.terms)
        self.burden = _burden(after, self.due_now)
        self.affordable = self.burden <= today.affordable[owner]
        self.loss = modification_loss(position, self.revised)[1]
        given = sum(self.revised.waived.values()) + self.revised.forgiven
        self.concession = self.loss + given
        principal = position.principal + position.overdue_principal
        self.total_cost = after.total + self.due_now - principal
        self.pd = self._get_pd(position)
        self.npv = self._expected(after, position)
        self.npv_no_relief = today.npv[owner]

    def _get_pd(self, position):
        """Return the PD of each plan: from that of a plan kept with ease to that
        without relief, by how far it goes beyond the household."""
        today, owner = self.today, self.owner
        high = today.assume["pd_no_relief"][owner]
        low = self._get_pd_eased(position)
        can = today.affordable[owner].astype(np.float64)
        gap = np.maximum(today.burden[owner] - can, 1.0)
        strain = np.clip((self.burden - can) / gap, 0.0, 1.0)
        return low + (high - low) * strain

    def _get_pd_eased(self, position):
        """Return what the table of defaults after a relief says of each plan."""
        today, owner = self.today, self.owner
        if today.redefault is None:
            return today.assume["pd_relief"][owner]
        before = np.maximum(today.regular[owner], 1)
        facts = {name: values[owner] for name, values in today.assume.items()}
        plans = plan_features(
            self.plans, 1.0 - self.instalment / before, position.annual_rate
        )
        base = facts["pd_no_relief"]
        share = today.redefault.share({**facts, "base": base, **plans})
        # a plan may do no good, but none makes a borrower worse than no plan
        return np.minimum(share, base)

    def _expected(self, after, position):
        assume = {name: v[self.owner] for name, v in self.today.assume.items()}
        return expected_npv(
            after,
            self.pd,
            assume["lgd"],
            assume["discount_rate"],
            self.revised.new_principal + self.due_now,
            position.period,
            assume.get("prepayment", 0.0),
        )


def regular(schedule, terms):
    """Return the first regular instalment after the holiday, (K,) int64."""
    carries = (terms.holiday > 0) & (terms.holiday_interest == "defer")
    row = np.minimum(terms.holiday + carries, schedule.count - 1)
    return _row_of(schedule.instalment, row)


def _row_of(amounts, row):
    if not amounts.shape[1]:
        return np.zeros(len(amounts), dtype=np.int64)
    return np.take_along_axis(amounts, np.maximum(row, 0)[:, None], axis=1)[:, 0]


def _burden(schedule, due_now):
    """Return the most a household must find in one period, the last row apart.

    The last row of a balloon or bullet loan is refinanced or saved for; what is
    overdue must be found together with the first row.
    """
    amounts = schedule.instalment
    if not amounts.shape[1]:
        return due_now
    row = np.arange(amounts.shape[1])
    last = (row == schedule.count[:, None] - 1) & (schedule.count[:, None] > 1)
    highest = np.where(last, 0, amounts).max(axis=1)
    return np.maximum(highest, np.where(due_now > 0, amounts[:, 0] + due_now, 0))

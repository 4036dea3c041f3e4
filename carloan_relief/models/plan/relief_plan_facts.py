"""What the life of plans rests on, read for many at once."""

import numpy as np

from odoo import models
from odoo.tools import SQL

from ...engine import plan_clocks, plan_life

# what each plan asked for and the day it was paid in full; penalties are no payment of
# the plan, what is held until its completion is not asked for
DUES_QUERY = """
    SELECT plan.id, inst.due_date,
           CASE WHEN paid.open OR COALESCE(memo.amount, 0) > 0 THEN NULL
                ELSE COALESCE(paid.settled, memo.settled, inst.due_date) END
      FROM carloan_relief_plan plan
      JOIN carloan_schedule own ON own.id = plan.schedule_id
 LEFT JOIN carloan_relief_plan later ON later.id = plan.next_id
 LEFT JOIN carloan_schedule later_own ON later_own.id = later.schedule_id
      JOIN carloan_schedule schedule ON schedule.loan_id = plan.loan_id
       AND schedule.version >= own.version AND schedule.state != 'undone'
       AND (later_own.id IS NULL OR schedule.version < later_own.version)
      JOIN carloan_instalment inst ON inst.schedule_id = schedule.id
       AND inst.state = 'billed' AND inst.amount > 0 AND inst.due_date <= %(as_of)s
 LEFT JOIN LATERAL (
            SELECT bool_or(line.amount_residual_currency > 0) AS open,
                   max(part.max_date) AS settled
              FROM account_move_line line
         LEFT JOIN account_partial_reconcile part ON part.debit_move_id = line.id
             WHERE line.carloan_instalment_id = inst.id
               AND line.parent_state = 'posted'
               AND line.carloan_component IN ('principal', 'interest', 'fee')
               AND line.carloan_held IS NOT TRUE AND line.amount_currency > 0
           ) paid ON TRUE
 LEFT JOIN LATERAL (
            SELECT sum(amount) AS amount, max(date) AS settled
              FROM carloan_memo
             WHERE instalment_id = inst.id AND kind IN ('suspended', 'written_off')
               AND component != 'penalty'
           ) memo ON TRUE
     WHERE plan.id IN %(ids)s
     ORDER BY plan.id, inst.due_date
"""

# the other loans of the same house
DEBTOR_QUERY = """
    SELECT plan.id,
           bool_or(other.id != plan.loan_id AND other.cn_class IN %(bad)s),
           max(COALESCE(other.dpd, 0))
      FROM carloan_relief_plan plan
      JOIN carloan_loan own ON own.id = plan.loan_id
      JOIN res_partner debtor ON debtor.id = own.partner_id
      JOIN res_partner house
        ON house.commercial_partner_id = debtor.commercial_partner_id
      JOIN carloan_loan other ON other.partner_id = house.id
       AND other.company_id = own.company_id
       AND other.state IN ('active', 'written_off')
     WHERE plan.id IN %(ids)s
     GROUP BY plan.id
"""
BAD_CLASSES = ("substandard", "doubtful", "loss")


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    def _read_dues(self, as_of):
        """Return the engine's Dues of these plans, in their order: one statement."""
        self.env.flush_all()
        query = SQL(DUES_QUERY, ids=tuple(self.ids), as_of=as_of)
        place = {plan_id: at for at, plan_id in enumerate(self.ids)}
        rows = [
            (place[plan_id], due, settled)
            for plan_id, due, settled in self.env.execute_query(query)
        ]
        return plan_life.Dues.of(rows, len(self))

    def _read_debtors(self):
        """Return (another loan is bad, most days past due) of each plan's debtor."""
        query = SQL(DEBTOR_QUERY, ids=tuple(self.ids), bad=BAD_CLASSES)
        found = {row[0]: row[1:] for row in self.env.execute_query(query)}
        rows = [found.get(plan_id, (False, 0)) for plan_id in self.ids]
        bad, dpd = zip(*rows, strict=True)
        return np.array(bad, dtype=bool), np.array(dpd, dtype=np.int64)

    def _column(self, name, kind=None):
        """Return a field of these plans as an array; dates as days."""
        field = self._fields[name]
        values = [plan[name] for plan in self]
        if field.type == "date":
            return np.array([value or None for value in values], "datetime64[D]")
        if field.type == "selection":
            return np.array([value or "" for value in values], dtype=str)
        return np.array(values, dtype=kind)

    def _get_policy_column(self, name):
        """Return a figure of each plan's policy."""
        return np.array([plan.policy_id[name] for plan in self])

    def _get_clock_facts(self, conduct):
        """Return the engine's Facts of these plans, from what they were kept like."""
        schedules = self.schedule_id
        terms = {one.id: (one.period, one.due_day) for one in schedules}
        period, due_day = zip(
            *(terms[plan.schedule_id.id] for plan in self), strict=True
        )
        late = np.array([plan.loan_id.dpd > 0 for plan in self], dtype=bool)
        bad, debtor_dpd = self._read_debtors()
        asked = np.maximum(conduct.asked, 1)
        return plan_clocks.Facts(
            start=self._column("start_date"),
            first_due=self._column("first_due_date"),
            grace_end=self._column("grace_end"),
            period=np.array(period),
            due_day=np.array(due_day, dtype=np.int64),
            last_missed=conduct.last_missed,
            worst_days=conduct.worst_days,
            bad_due=conduct.bad_due,
            overdue=conduct.overdue | late,
            cleared=conduct.cleared,
            kept_share=np.where(conduct.asked, conduct.on_time / asked, 1.0),
            class_before=self._column("class_before"),
            again=self._column("again", bool),
            diminished=self._column("diminished", bool),
            resolved_on=self._column("resolved_on"),
            able_on=self._column("able_on"),
            other_impaired=bad,
            debtor_dpd=debtor_dpd,
            left_on=self._column("left_on"),
            upgraded_on=self._column("upgraded_on"),
        )

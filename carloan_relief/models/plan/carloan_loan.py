"""How the plans of a loan bear on its class, and what the loan's end does to them."""

from odoo import fields, models
from odoo.tools import SQL

from .relief_plan import PHASE_SELECTION

# the clocks of the last plan in force on the day, where it was ever looked at
PLAN_QUERY = """
    SELECT DISTINCT ON (plan.loan_id) plan.loan_id,
           plan.left_on <= %(as_of)s AS left_it, plan.again,
           CASE WHEN plan.npl_since <= %(as_of)s THEN plan.held_class END AS held,
           plan.upgraded_on <= %(as_of)s AS upgraded
      FROM carloan_relief_plan plan
      JOIN carloan_schedule schedule ON schedule.id = plan.schedule_id
     WHERE plan.loan_id IN %(ids)s AND plan.phase != 'undone'
       AND plan.start_date <= %(as_of)s
     ORDER BY plan.loan_id, schedule.version DESC
"""


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    plan_ids = fields.One2many("carloan.relief.plan", "loan_id", "Relief Plans")
    plan_id = fields.Many2one(
        "carloan.relief.plan", "Last Plan", compute="_compute_plan_id"
    )
    plan_phase = fields.Selection(PHASE_SELECTION, "Plan", compute="_compute_plan_id")

    def _compute_plan_id(self):
        plans = self.env["carloan.relief.plan"].search(
            [("loan_id", "in", self.ids), ("phase", "!=", "undone")],
            order="start_date, id",
        )
        last = {plan.loan_id.id: plan for plan in plans}
        for loan in self:
            loan.plan_id = last.get(loan.id, False)
            loan.plan_phase = loan.plan_id.phase

    def action_view_plans(self):
        """Open the plans of this loan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_plan_action"
        )
        return dict(action, domain=[("loan_id", "=", self.id)], context={})

    def _read_position_rows(self, as_of):
        """Override: a loan is restructured until the clocks of its plan say otherwise.

        What went bad under the plan is held until the upgrade of the law; a second
        relief under observation has a class of its own (Order 2023/1 arts. 15, 20-22).
        """
        rows = super()._read_position_rows(as_of)
        relieved = [row["id"] for row in rows if row["restructured"]]
        found = {}
        if relieved:
            query = SQL(PLAN_QUERY, ids=tuple(relieved), as_of=as_of)
            found = {one["loan_id"]: one for one in self.env.execute_query_dict(query)}
        for row in rows:
            plan = found.get(row["id"])
            if plan:
                row["restructured"] = not plan["left_it"]
                row["restructured_again"] = bool(plan["again"])
                row["class_before"] = plan["held"] or row["class_before"]
                row["upgrade_met"] = bool(plan["upgraded"] or plan["left_it"])
        return rows

    def _update_state_from_ledger(self, rows):
        """Override: a bounce that reopens a loan puts its plan in force again."""
        before = {loan.id: loan.state for loan in self}
        result = super()._update_state_from_ledger(rows)
        reopened = self.filtered(
            lambda loan: before[loan.id] == "closed" and loan.state == "active"
        )
        if reopened:
            # sudo: whoever takes a payment back
            plans_sudo = self.env["carloan.relief.plan"].sudo()
            plans_sudo = plans_sudo.search(
                [("loan_id", "in", reopened.ids), ("phase", "=", "completed")]
            )
            plans_sudo.filtered(lambda plan: not plan.left_on)._resume()
        return result

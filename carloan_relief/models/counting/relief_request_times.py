"""How long the steps of a case took, in days and in working hours."""

from odoo import api, fields, models

from ..relief.relief_request import MOVE_FIELDS
from .optional_float import OptionalFloat

# what a person waits for in each state of a case
STEPS = {
    "draft": "prepare",
    "submitted": "assess",
    "assessed": "propose",
    "to_approve": "decide",
    "offered": "answer",
    "accepted": "activate",
    "active": "plan",
}
# from the borrower's request to the lender's answer
DECISION = ("submitted", "assessed", "to_approve")
ANSWERED = ("offered", "rejected")
AT_WORK = [name for name in STEPS.values() if name != "plan"]
MOVE_FIELDS |= {
    *(f"days_{name}" for name in STEPS.values()),
    *(f"hours_{name}" for name in AT_WORK),
    "days_to_decision",
    "hours_to_decision",
    "days_to_active",
    "hours_to_active",
    "hours_waiting",
    "proposals",
    "late_decisions",
}


def _days(string):
    return OptionalFloat(
        string, compute="_compute_times", store=True, digits=(12, 2), aggregator="avg"
    )


def _hours(string):
    return OptionalFloat(
        string, compute="_compute_times", store=True, digits=(12, 2), aggregator="avg"
    )


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    days_prepare = _days("Days to Submit")
    days_assess = _days("Days to Assess")
    days_propose = _days("Days to Propose")
    days_decide = _days("Days to Approve")
    days_answer = _days("Days to Accept")
    days_activate = _days("Days to Activate")
    days_plan = _days("Days of the Plan")
    hours_prepare = _hours("Working Hours to Submit")
    hours_assess = _hours("Working Hours to Assess")
    hours_propose = _hours("Working Hours to Propose")
    hours_decide = _hours("Working Hours to Approve")
    hours_answer = _hours("Working Hours to Accept")
    hours_activate = _hours("Working Hours to Activate")
    days_to_decision = _days("Days to the Decision")
    hours_to_decision = _hours("Working Hours to the Decision")
    days_to_active = _days("Days to Active")
    hours_to_active = _hours("Working Hours to Active")
    hours_waiting = _hours("Working Hours Awaiting Papers")
    proposals = fields.Integer(
        "Times Proposed", compute="_compute_proposals", store=True, aggregator="avg"
    )
    late_decisions = fields.Integer(compute="_compute_late_decisions", store=True)

    @api.depends("step_ids.days", "step_ids.hours", "step_ids.hours_waiting")
    def _compute_times(self):
        for request in self:
            # sudo: the times alone; steps follow the rules of their case
            over = request.sudo().step_ids.filtered("date_end")
            by_state = over.grouped("state")
            for state, name in STEPS.items():
                steps = by_state.get(state)
                request[f"days_{name}"] = _total(steps, "days")
                if name in AT_WORK:
                    request[f"hours_{name}"] = _total(steps, "hours")
            request.hours_waiting = _total(over, "hours_waiting")
            request._set_way(over, "decision", ANSWERED, DECISION)
            way = (*DECISION, "offered", "accepted")
            request._set_way(over, "active", ("active",), way)

    def _set_way(self, over, name, reached, states):
        """Set how long a case took to one of some states, once it has got there."""
        # sudo: figures are the same whoever's write brings them up to date
        there = set(self.sudo().step_ids.mapped("state")) & set(reached)
        steps = there and over.filtered(lambda step: step.state in states)
        self[f"days_to_{name}"] = _total(steps, "days")
        self[f"hours_to_{name}"] = _total(steps, "hours")

    @api.depends("step_ids.state")
    def _compute_proposals(self):
        for request in self:
            # sudo: the number alone
            steps = request.sudo().step_ids
            request.proposals = len(
                steps.filtered(lambda step: step.state == "to_approve")
            )

    @api.depends("approval_decision_ids.late")
    def _compute_late_decisions(self):
        for request in self:
            # sudo: the number alone; decisions follow the rules of their case
            decisions = request.sudo().approval_decision_ids
            request.late_decisions = len(decisions.filtered("late"))


def _total(steps, name):
    """Return the sum over steps, None when there is none."""
    return sum(steps.mapped(name)) if steps else None

"""The day by which the law gives the borrower an answer."""

from odoo import api, fields, models

from .carloan_relief_request import BEFORE_OFFER

#: What ends the wait for an answer, among the events of a clock.
ANSWERS = ("told", "offered", "refused")


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    answer_due = fields.Date(
        "Answer Due by Law",
        compute="_compute_answer_due",
        help="The first statutory day by which the borrower is told our decision.",
    )

    @api.depends("state", "clock_ids.state", "clock_ids.due_date")
    def _compute_answer_due(self):
        # sudo: the day is the borrower's; the rows of the clocks are ours
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            clocks_sudo = request_sudo.clock_ids.filtered(
                lambda clock: clock.nature == "act"
                and clock.state in ("running", "missed")
                and clock.kind_id.met_event in ANSWERS
            )
            waiting = request_sudo.state in BEFORE_OFFER
            days = clocks_sudo.mapped("due_date") if waiting else []
            request.answer_due = min(days, default=False)

    def _portal_is_answer_late(self):
        """Whether the day of the law went by without an answer."""
        self.ensure_one()
        due = self.answer_due
        return bool(due) and due < self.company_id._get_carloan_day()

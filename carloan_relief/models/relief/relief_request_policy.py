"""A case and the policy it is decided under."""

from odoo import api, fields, models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    closed = fields.Json(readonly=True, copy=False)
    closed_text = fields.Char(
        "Not Open to This Loan",
        compute="_compute_closed_text",
        help="Measures of the policy whose conditions the loan does not meet.",
    )
    newer_policy_id = fields.Many2one(
        "carloan.relief.policy",
        compute="_compute_newer_policy_id",
        help="In force since the case was assessed. It stays under its own version "
        "unless it is assessed again.",
    )

    @api.depends("closed")
    @api.depends_context("lang")
    def _compute_closed_text(self):
        labels = self.env["carloan.relief.offer"]._get_limit_labels()
        for request in self:
            request.closed_text = "; ".join(
                labels.get(code, code) for code in request.closed or ()
            )

    @api.depends("policy_id", "state")
    def _compute_newer_policy_id(self):
        today = fields.Date.context_today(self)
        # sudo: which policy is in force is no secret
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        current = {
            company: Policy_sudo._find_in_force(company, today)
            for company in self.company_id
        }
        for request in self:
            newest = current.get(request.company_id, Policy_sudo)
            undecided = request.state in ("assessed", "to_approve")
            newer = undecided and request.policy_id and newest != request.policy_id
            request.newer_policy_id = newest if newer else False

"""Decisions on a request, with the figures that were decided on."""

from odoo import fields, models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    approval_decision_ids = fields.One2many(
        "carloan.approval.decision", "request_id", "Decisions"
    )

    def _prepare_decision_vals(self, review_sudo, principal):
        """Override to name the case, its grade and whether it is an exception."""
        self_sudo = self.sudo()
        return {
            **super()._prepare_decision_vals(review_sudo, principal),
            "request_id": self.id,
            "grade_id": self_sudo.grade_id.id,
            "is_exception": self_sudo.is_exception,
        }

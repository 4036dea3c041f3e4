from odoo import fields, models

from .relief_request import OPEN_STATES


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    request_ids = fields.One2many(
        "carloan.relief.request", "loan_id", "Relief Requests"
    )
    request_count = fields.Integer(compute="_compute_request_count")

    def _compute_request_count(self):
        counts = dict(
            self.env["carloan.relief.request"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.request_count = counts.get(loan, 0)

    def action_view_requests(self):
        """Open the relief requests of this loan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_request_action"
        )
        return dict(
            action,
            domain=[("loan_id", "=", self.id)],
            context={"default_loan_id": self.id},
        )

    def action_request_relief(self):
        """Open the open request of this loan, or a new one for it."""
        self.ensure_one()
        request = self.env["carloan.relief.request"].search(
            [("loan_id", "=", self.id), ("state", "in", OPEN_STATES)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Relief Request"),
            "res_model": "carloan.relief.request",
            "res_id": request.id,
            "view_mode": "form",
            "context": {"default_loan_id": self.id},
        }

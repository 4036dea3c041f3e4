from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_request_id = fields.Many2one(
        "carloan.relief.request",
        "Relief Request",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

    def action_view_carloan_request(self):
        """Open the relief request that this entry belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.relief.request",
            "res_id": self.carloan_request_id.id,
            "view_mode": "form",
        }

from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    carloan_return_reason_id = fields.Many2one(
        "carloan.return.reason",
        string="Returned because",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def action_carloan_undo(self):
        """Override: from the payment, the bank took it back; a mistake is possible."""
        action = super().action_carloan_undo()
        if "default_move_id" in action["context"]:
            action["context"]["default_returned"] = True
        return action

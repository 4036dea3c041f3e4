from odoo import fields, models


class CarloanReliefCloseWizard(models.TransientModel):
    """Asks why a case ends before it is ended."""

    _name = "carloan.relief.close.wizard"
    _description = "Close a Relief Request"

    request_id = fields.Many2one("carloan.relief.request", required=True)
    move = fields.Selection(
        [
            ("reject", "Reject"),
            ("decline", "Declined by the borrower"),
            ("withdraw", "Withdrawn"),
            ("break", "Plan broken"),
        ],
        required=True,
        default="withdraw",
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Take the step with the reason; the case checks who may and from where."""
        self.ensure_one()
        getattr(self.request_id, f"action_{self.move}")(self.reason)
        return {"type": "ir.actions.act_window_close"}

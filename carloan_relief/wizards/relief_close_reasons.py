from odoo import fields, models


class CarloanReliefCloseWizard(models.TransientModel):
    """A refusal asks for principal reasons from the list."""

    _inherit = "carloan.relief.close.wizard"

    reason = fields.Text(required=False)
    decline_reason_ids = fields.Many2many(
        "carloan.decline.reason",
        string="Principal Reasons",
        help="What the borrower is told and can act on; an internal policy is none.",
    )

    def action_confirm(self):
        """Override: refuse for the reasons, and send the letter."""
        self.ensure_one()
        if self.move != "reject":
            return super().action_confirm()
        self.request_id.action_reject_for(self.decline_reason_ids.ids, self.reason)
        return {"type": "ir.actions.act_window_close"}

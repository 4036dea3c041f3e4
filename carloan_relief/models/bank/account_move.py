from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_can_waive = fields.Boolean(compute="_compute_carloan_can_waive")

    @api.depends("state", "carloan_event", "line_ids.amount_residual_currency")
    def _compute_carloan_can_waive(self):
        """Offer to waive a fee of which something is unpaid."""
        for move in self:
            fees = move.line_ids.filtered("carloan_component")
            move.carloan_can_waive = (
                move.carloan_event == "fee"
                and move.state == "posted"
                and any(line.amount_residual_currency > 0 for line in fees)
            )

    def action_carloan_waive(self):
        """Open the window that asks when and why a fee is waived."""
        action = self.action_carloan_undo()
        action["context"] = {**action["context"], "default_waive": True}
        action["name"] = self.env._("Waive")
        return action

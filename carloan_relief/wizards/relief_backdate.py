from odoo import api, fields, models


class CarloanReliefBackdate(models.TransientModel):
    """Asks from when on a plan is in effect, and why it is dated back."""

    _name = "carloan.relief.backdate"
    _description = "Activation as of a Day Before"

    request_id = fields.Many2one("carloan.relief.request", required=True)
    earliest = fields.Date("Not Before", compute="_compute_earliest")
    date = fields.Date("In Effect From", required=True)
    reason = fields.Char(required=True)

    @api.depends("request_id")
    def _compute_earliest(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.earliest = wizard.request_id._get_earliest_effect(today)

    def action_confirm(self):
        """Activate; the request checks who may, and from when on."""
        self.ensure_one()
        self.request_id.action_activate_dated(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}

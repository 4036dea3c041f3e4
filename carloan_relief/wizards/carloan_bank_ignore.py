from odoo import fields, models


class CarloanBankIgnore(models.TransientModel):
    """Ask why bank lines pay no loan."""

    _name = "carloan.bank.ignore"
    _description = "Ignore bank lines"

    line_ids = fields.Many2many("carloan.bank.line", readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Take the lines off the work list."""
        self.line_ids._ignore(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanBankIgnore(models.TransientModel):
    """Ask why bank lines pay no loan."""

    _name = "carloan.bank.ignore"
    _description = "Ignore bank lines"

    line_ids = fields.Many2many("carloan.bank.line", readonly=True)
    reason = fields.Char(required=True)

    @api.constrains("reason")
    def _check_reason(self):
        """Refuse blanks: an auditor reads later why money was left out."""
        for wizard in self:
            if not (wizard.reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "The reason is blank. In a few words, say why %(lines)s pay "
                        "no loan.",
                        lines=", ".join(wizard.line_ids.mapped("display_name")),
                    )
                )

    def action_confirm(self):
        """Take the lines off the work list."""
        self.line_ids._ignore(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanLoan(models.Model):
    """Loans of the past that are kept for what their months teach."""

    _inherit = "carloan.loan"

    active = fields.Boolean(
        default=True,
        copy=False,
        help="Not active: kept for its payment history alone; it never was in these "
        "books. Only an import makes such loans.",
    )
    history_end = fields.Selection(
        [
            ("repaid", "Repaid"),
            ("charged_off", "Charged off"),
            ("stopped", "No more reported"),
        ],
        string="How it ended elsewhere",
        readonly=True,
        copy=False,
    )
    history_end_date = fields.Date(
        string="Ended elsewhere on", readonly=True, copy=False
    )

    def write(self, vals):
        """Override: a loan in the books cannot be hidden from those who look at it."""
        if "active" in vals and not self.env.su:
            raise UserError(
                self.env._(
                    "A loan cannot be archived or brought back: it leaves the lists "
                    "when it is closed, and loans that are kept for their history "
                    "alone stay apart."
                )
            )
        return super().write(vals)

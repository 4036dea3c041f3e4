from odoo import fields, models


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    litigation_since = fields.Date(
        "In Litigation Since",
        tracking=True,
        copy=False,
        help="A claim is before a court: no offer is sent unasked. Empty: none is.",
    )

from odoo import fields, models


class CarloanReliefReason(models.Model):
    """A hardship reason: why a borrower cannot keep the agreed schedule."""

    _name = "carloan.relief.reason"
    _description = "Hardship Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key used by imports and reports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    temporary = fields.Boolean(
        default=True,
        help="Whether this hardship usually passes. It is the first answer on a new "
        "request; the officer or the borrower may change it there.",
    )
    description = fields.Text(translate=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another hardship reason already has this code."
    )

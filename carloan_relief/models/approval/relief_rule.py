from odoo import fields, models


class CarloanReliefRule(models.Model):
    _inherit = "carloan.relief.rule"

    straight_through_months = fields.Integer(
        "Counted Over (Months)",
        default=12,
        help="The limit of a case without an approver holds for all reliefs of the "
        "borrower in so many months together, so that a large one is not cut into "
        "small ones.",
    )

    _straight_months_check = models.Constraint(
        "CHECK (COALESCE(straight_through_months, 1) > 0)",
        "The limit of a case without an approver is counted over a month at least.",
    )

from odoo import fields, models

from ..models.relief.relief_condition import MEASURES


class CarloanReliefPolicyComparisonLine(models.TransientModel):
    """One limit in two versions of a policy."""

    _name = "carloan.relief.policy.comparison.line"
    _description = "Limit in Two Policies"

    comparison_id = fields.Many2one(
        "carloan.relief.policy.comparison", required=True, ondelete="cascade"
    )
    grade_id = fields.Many2one("carloan.risk.grade", "Risk Grade")
    scope = fields.Char("Loans", help="Empty: all of the grade.")
    measure = fields.Selection(MEASURES)
    name = fields.Char("Limit")
    old = fields.Char("First")
    new = fields.Char("Second")
    change = fields.Selection(
        [
            ("same", "Same"),
            ("looser", "Looser"),
            ("tighter", "Tighter"),
            ("other", "Changed"),
        ]
    )

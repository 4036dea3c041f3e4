from odoo import fields, models


class CarloanReliefRule(models.Model):
    _inherit = "carloan.relief.rule"

    trial_payments = fields.Integer(
        help="So many payments on time make a plan of this grade permanent. 0: it is "
        "so at once.",
    )

    _trial_payments_check = models.Constraint(
        "CHECK (trial_payments >= 0)", "A trial has no negative number of payments."
    )

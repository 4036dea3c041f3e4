from odoo import fields, models


class CarloanReliefPolicy(models.Model):
    _inherit = "carloan.relief.policy"

    backdate_days = fields.Integer(
        "Back-dated Activation (Days)",
        default=10,
        help="A plan may take effect so many days before it is activated, not before "
        "the day its offer was worked out on. 0: only on the day itself.",
    )

    _backdate_check = models.Constraint(
        "CHECK (backdate_days >= 0)",
        "A plan cannot be dated a negative number of days back.",
    )

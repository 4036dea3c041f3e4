from odoo import fields, models


class CarloanProduct(models.Model):
    _inherit = "carloan.product"

    recovery_result = fields.Selection(
        [
            ("released", "Impairment loss, reduced"),
            ("income", "Recoveries, as income"),
        ],
        string="Recoveries after write-off go to",
        required=True,
        default="released",
        help="Accounting policy: money for a claim written off lowers the impairment "
        "loss of the year, or is income of its own.",
    )

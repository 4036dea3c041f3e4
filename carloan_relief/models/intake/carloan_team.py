from odoo import fields, models


class CarloanTeam(models.Model):
    _inherit = "carloan.team"

    assign_mode = fields.Selection(
        [
            ("keep", "Who has the loan or took the request in, while present"),
            ("load", "Always the member with the fewest open requests"),
        ],
        "Requests Go To",
        default="keep",
        required=True,
        help="When a request is submitted. Absent members get none.",
    )

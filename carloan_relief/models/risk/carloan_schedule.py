from odoo import fields, models


class CarloanSchedule(models.Model):
    """When a schedule became known: an assessment of an earlier day ignores it."""

    _inherit = "carloan.schedule"

    known_on = fields.Date(
        readonly=True,
        copy=False,
        default=fields.Date.context_today,
        help="Day on which it was made. A relief may begin before that day.",
    )

from odoo import fields, models


class CarloanSchedule(models.Model):
    _inherit = "carloan.schedule"

    request_id = fields.Many2one(
        "carloan.relief.request",
        "Relief Request",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

from odoo import fields, models


class CarloanMemo(models.Model):
    _inherit = "carloan.memo"

    request_id = fields.Many2one(
        "carloan.relief.request",
        "Relief Request",
        index="btree_not_null",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

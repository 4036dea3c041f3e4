from odoo import fields, models


class CarloanEvidencePaper(models.Model):
    _name = "carloan.evidence.paper"
    _description = "Paper that proves a ground for writing off"
    _order = "type_id, sequence, id"

    type_id = fields.Many2one(
        "carloan.evidence.type", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="type_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    required = fields.Boolean(
        default=True, help="Without it the write-off cannot be proposed."
    )
    active = fields.Boolean(default=True)

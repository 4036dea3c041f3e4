from odoo import fields, models


class CarloanTapeImportRejection(models.TransientModel):
    _name = "carloan.tape.import.rejection"
    _description = "Row of a loan tape that was not taken"
    _order = "id"

    import_id = fields.Many2one(
        "carloan.tape.import", required=True, ondelete="cascade"
    )
    file = fields.Char(readonly=True)
    line = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)

from odoo import fields, models


class CarloanTapeImportColumn(models.TransientModel):
    _name = "carloan.tape.import.column"
    _description = "Column of a loan tape"
    _order = "file, required desc, id"

    import_id = fields.Many2one(
        "carloan.tape.import", required=True, ondelete="cascade"
    )
    file = fields.Selection(
        [("loans", "Loans"), ("payments", "Payments")], required=True, readonly=True
    )
    field = fields.Char(string="What", required=True, readonly=True)
    required = fields.Boolean(readonly=True)
    title = fields.Char(
        string="Column of the file", help="Empty: the file has no such column."
    )

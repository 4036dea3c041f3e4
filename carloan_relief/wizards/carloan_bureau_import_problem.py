from odoo import fields, models


class CarloanBureauImportProblem(models.TransientModel):
    _name = "carloan.bureau.import.problem"
    _description = "What is wrong in a file of bureau reports"
    _order = "line, id"

    import_id = fields.Many2one(
        "carloan.bureau.import", required=True, ondelete="cascade"
    )
    line = fields.Integer(string="Row")
    column = fields.Char()
    value = fields.Char()
    reason = fields.Char()

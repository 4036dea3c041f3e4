from odoo import fields, models


class CarloanBankProblem(models.Model):
    _name = "carloan.bank.problem"
    _description = "Place of a bank file that cannot be read"
    _order = "id"

    import_id = fields.Many2one(
        "carloan.bank.import", required=True, index=True, ondelete="cascade"
    )
    line = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)

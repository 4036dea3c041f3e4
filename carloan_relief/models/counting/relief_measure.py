from odoo import fields, models


class CarloanReliefMeasure(models.Model):
    """A kind of help, by which reliefs are counted."""

    _name = "carloan.relief.measure"
    _description = "Relief Measure"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, readonly=True, help="As the engine names the measure."
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "There is one measure of each kind."
    )

    def _get_by_code(self):
        """Return {code: measure} of all kinds."""
        # sudo: names of measures are no secret, and borrowers move cases too
        return {one.code: one for one in self.sudo().search([("code", "!=", False)])}

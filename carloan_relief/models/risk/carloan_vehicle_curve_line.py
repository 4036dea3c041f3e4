from odoo import api, fields, models


class CarloanVehicleCurveLine(models.Model):
    _name = "carloan.vehicle.curve.line"
    _description = "Value of a vehicle at an age"
    _order = "curve_id, age"

    curve_id = fields.Many2one(
        "carloan.vehicle.curve", required=True, index=True, ondelete="cascade"
    )
    age = fields.Float(string="Age in years", digits=(5, 2), required=True)
    share = fields.Float(
        string="Left of the price", digits=(5, 4), required=True, help="0.80 is 80 %."
    )

    _age_uniq = models.UniqueIndex("(curve_id, age)", "A curve has an age once.")
    _age_positive = models.Constraint(
        "CHECK (age >= 0)", "The age of a vehicle cannot be negative."
    )

    @api.constrains("curve_id", "age", "share")
    def _check_curve(self):
        """Refuse a point by which its curve cannot be, also when written alone."""
        self.curve_id._check_lines()

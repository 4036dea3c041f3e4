from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.fields import FieldError
from ...engine.risk import collateral


class CarloanVehicleCurve(models.Model):
    """How much of its price a class of vehicles keeps at each age."""

    _name = "carloan.vehicle.curve"
    _description = "Depreciation of vehicles"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first curve that fits a vehicle holds for it."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    fuel = fields.Selection(
        [("ice", "Combustion engine"), ("nev", "New energy")], help="Empty: any."
    )
    usage = fields.Selection(
        [("private", "Private"), ("commercial", "Commercial")], help="Empty: any."
    )
    line_ids = fields.One2many("carloan.vehicle.curve.line", "curve_id", copy=True)
    source = fields.Char(help="Where the figures come from.", tracking=True)

    @api.constrains("line_ids")
    def _check_lines(self):
        for curve in self:
            try:
                collateral.check(curve._get_engine_curve())
            except FieldError as problem:
                raise ValidationError(
                    self.env._(
                        "Depreciation %(curve)s: %(problem)s. Ages rise, and what is "
                        "left falls with them, from 100 %% at the most.",
                        curve=curve.name,
                        problem=str(problem),
                    )
                ) from problem

    def _get_engine_curve(self):
        """Return the curve as the engine reads it."""
        self.ensure_one()
        lines = self.line_ids.sorted("age")
        return collateral.Curve(
            tuple(lines.mapped("age")), tuple(lines.mapped("share"))
        )

    def _get_for(self, company):
        """Return the curves that hold in a company, in the order in which they fit."""
        return self.search(
            [("company_id", "in", (company.id, False))],
            order="company_id, sequence, id",
        )

    def _fits(self, vehicle):
        """Tell whether this curve holds for a vehicle."""
        self.ensure_one()
        return self.fuel in (False, vehicle.fuel) and self.usage in (
            False,
            vehicle.usage,
        )

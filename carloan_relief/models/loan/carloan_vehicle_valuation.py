from odoo import fields, models


class CarloanVehicleValuation(models.Model):
    _name = "carloan.vehicle.valuation"
    _description = "Vehicle valuation"
    _order = "date desc, id desc"

    vehicle_id = fields.Many2one(
        "carloan.vehicle", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="vehicle_id.company_id", store=True)
    currency_id = fields.Many2one(related="vehicle_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    known_on = fields.Date(
        string="Received on",
        required=True,
        default=fields.Date.context_today,
        help="An assessment of an earlier day does not see it.",
    )
    value = fields.Monetary(required=True)
    source = fields.Char(help="Who gave the value: dealer, guide book, appraiser.")

    _value_positive = models.Constraint(
        "CHECK (value >= 0)", "The value of a vehicle cannot be negative."
    )

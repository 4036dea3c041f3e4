from odoo import api, fields, models


class CarloanVehicle(models.Model):
    _name = "carloan.vehicle"
    _description = "Vehicle (collateral)"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "vin", "plate"]

    name = fields.Char(compute="_compute_name", store=True)
    make = fields.Char(required=True)
    model = fields.Char()
    model_year = fields.Integer()
    condition = fields.Selection(
        [("new", "New"), ("used", "Used")], required=True, default="new"
    )
    usage = fields.Selection(
        [("private", "Private"), ("commercial", "Commercial")],
        required=True,
        default="private",
    )
    fuel = fields.Selection(
        [("ice", "Combustion engine"), ("nev", "New energy")],
        required=True,
        default="ice",
    )
    vin = fields.Char(string="VIN", index="btree_not_null", copy=False)
    plate = fields.Char(index="btree_not_null", copy=False)
    purchase_value = fields.Monetary()
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    valuation_ids = fields.One2many("carloan.vehicle.valuation", "vehicle_id")
    value = fields.Monetary(
        compute="_compute_value",
        help="The latest valuation; the purchase value while there is none.",
    )
    loan_ids = fields.One2many("carloan.loan", "vehicle_id", string="Loans")

    _vin_uniq = models.UniqueIndex(
        "(vin, company_id) WHERE vin IS NOT NULL",
        "Another vehicle of this company has the same VIN: open that one instead.",
    )

    @api.depends("make", "model", "model_year", "plate")
    def _compute_name(self):
        for vehicle in self:
            parts = [vehicle.make, vehicle.model]
            parts.append(str(vehicle.model_year) if vehicle.model_year else "")
            parts.append(vehicle.plate and f"({vehicle.plate})")
            vehicle.name = " ".join(part for part in parts if part)

    @api.depends("purchase_value", "valuation_ids.value", "valuation_ids.date")
    def _compute_value(self):
        for vehicle in self:
            latest = vehicle.valuation_ids.sorted("date")[-1:]
            vehicle.value = latest.value if latest else vehicle.purchase_value

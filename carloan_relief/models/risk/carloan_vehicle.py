import numpy as np

from odoo import api, fields, models

from ...engine.risk import collateral

EPOCH = fields.Date.to_date("1970-01-01")


class CarloanVehicle(models.Model):
    """What the collateral is worth today."""

    _inherit = "carloan.vehicle"

    value_today = fields.Monetary(
        string="Estimated value today",
        compute="_compute_value_today",
        compute_sudo=True,
        help="The latest valuation, brought forward by the depreciation of the class.",
    )

    @api.depends(
        "valuation_ids.value", "valuation_ids.date", "purchase_value", "model_year"
    )
    def _compute_value_today(self):
        """One call of the engine per company."""
        for company, vehicles in self.grouped("company_id").items():
            values = vehicles._get_values(company, fields.Date.context_today(self))
            for vehicle, value in zip(vehicles, values.tolist(), strict=True):
                vehicle.value_today = vehicle.currency_id.round(value)

    def _get_values(self, company, day):
        """Return the value of these vehicles of one company on a day, (N,)."""
        curves = self.env["carloan.vehicle.curve"]._get_for(company)
        card = self.env["carloan.risk.scorecard"].search(
            [("company_id", "in", (company.id, False))],
            order="company_id, sequence, id",
            limit=1,
        )
        told = [vehicle._get_told(day) for vehicle in self]
        return collateral.value_at(
            [value for value, _day in told],
            [(known - EPOCH).days for _value, known in told],
            day,
            np.array([vehicle._get_registered() for vehicle in self]),
            np.array([vehicle._get_curve_number(curves) for vehicle in self]),
            [curve._get_engine_curve() for curve in curves],
            card.depreciation or 0.0,
        )

    def _get_told(self, day):
        """Return (value, its day) of the last valuation up to a day."""
        known = self.valuation_ids.filtered(lambda item: item.date <= day)
        latest = known.sorted("date")[-1:]
        if latest:
            return latest.value, latest.date
        bought = self.loan_ids.sorted("start_date")[:1].start_date
        return self.purchase_value, min(bought or day, day)

    def _get_registered(self):
        """Return the day from which the age counts, as a number; nan: not known."""
        if not self.model_year:
            return np.nan
        return float((fields.Date.to_date(f"{self.model_year}-07-01") - EPOCH).days)

    def _get_curve_number(self, curves):
        """Return the number of the curve that holds; nan: none."""
        for number, curve in enumerate(curves):
            if curve._fits(self):
                return float(number)
        return np.nan

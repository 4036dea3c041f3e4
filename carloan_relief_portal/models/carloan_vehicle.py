from odoo import models


class CarloanVehicle(models.Model):
    _name = "carloan.vehicle"
    _inherit = ["carloan.vehicle", "carloan.borrower.mixin"]

    _borrower_fields = frozenset(
        {
            "company_id",
            "currency_id",
            "fuel",
            "loan_ids",
            "make",
            "model",
            "model_year",
            "name",
            "plate",
            "vin",
        }
    )

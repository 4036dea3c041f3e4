from odoo import api, fields, models
from odoo.exceptions import AccessError


class CarloanVehicle(models.Model):
    _inherit = "carloan.vehicle"

    status = fields.Selection(
        [
            ("with_borrower", "With the borrower"),
            ("taken", "Taken in settlement"),
            ("sold", "Sold"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="with_borrower",
    )
    repossession_ids = fields.One2many(
        "carloan.repossession", "vehicle_id", string="Taken in settlement"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override: where a vehicle is follows from its entries."""
        for vals in vals_list:
            self._check_status(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override: where a vehicle is follows from its entries."""
        self._check_status(vals)
        return super().write(vals)

    def _check_status(self, vals):
        if vals.get("status", "with_borrower") != "with_borrower" and not self.env.su:
            raise AccessError(
                self.env._(
                    "Where a vehicle is follows from its entries: use Vehicle taken on "
                    "its loan."
                )
            )

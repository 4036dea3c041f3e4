from odoo import api, models


class CarloanVehicleValuation(models.Model):
    _inherit = "carloan.vehicle.valuation"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to have the loans on the vehicle assessed with the new value."""
        valuations = super().create(vals_list)
        # sudo: a value counts for every loan on the vehicle, whichever team has it
        loans_sudo = self.env["carloan.loan"].sudo()
        for day, some in valuations.grouped("known_on").items():
            found = loans_sudo.search(
                [("vehicle_id", "in", some.vehicle_id.ids), ("state", "=", "active")]
            )
            self.env["carloan.risk.queue"]._add(found, "valuation", day)
        return valuations

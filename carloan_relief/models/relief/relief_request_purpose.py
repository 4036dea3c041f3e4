from odoo import api, fields, models

from ..risk.carloan_loan_history import PURPOSE_SELECTION


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    car_purpose = fields.Selection(
        PURPOSE_SELECTION,
        string="Purpose of the car",
        compute="_compute_car_purpose",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="What the borrower says to use the car for now; the contract's purpose "
        "unless told otherwise.",
    )

    @api.depends("loan_id")
    def _compute_car_purpose(self):
        for request in self:
            # sudo: the purpose alone, whatever team the loan belongs to
            request.car_purpose = request.loan_id.sudo().purpose

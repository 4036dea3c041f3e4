from odoo import api, fields, models


class CarloanReliefExchange(models.TransientModel):
    """Asks an accountant what the claim that a plan makes anew is worth."""

    _name = "carloan.relief.exchange"
    _description = "New Claim of a Relief"

    request_id = fields.Many2one("carloan.relief.request", required=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    value_change = fields.Float(related="request_id.value_change")
    carried = fields.Monetary(
        "Carried Now",
        compute="_compute_carried",
        help="Principal and interest adjustment in the books.",
    )
    allowance = fields.Monetary(compute="_compute_carried")
    fair_value = fields.Monetary(help="0: the old claim goes on, with a gain or loss.")

    @api.depends("request_id")
    def _compute_carried(self):
        for wizard in self:
            loan = wizard.request_id.loan_id
            wizard.carried = loan.principal_balance + loan.adjustment_balance
            wizard.allowance = loan.allowance_balance

    def action_confirm(self):
        """Keep the decision on the request, which checks who may decide."""
        self.ensure_one()
        self.request_id._set_new_claim(self.fair_value)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models


class CarloanReturnFee(models.Model):
    """What a returned payment costs the borrower: policy, with its dates."""

    _name = "carloan.return.fee"
    _description = "Fee of a returned payment"
    _inherit = ["carloan.fee.mixin", "carloan.engine.mixin"]
    _limited_amounts = ("amount",)

    amount = fields.Monetary(required=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    desk_waiver = fields.Boolean(
        string="May be waived at the desk",
        help="By whoever enters the return. Otherwise a manager waives it.",
    )

    _amount_check = models.Constraint(
        "CHECK (amount >= 0)", "A fee cannot be negative: enter 0 where there is none."
    )

    @api.depends("product_id", "company_id")
    def _compute_currency_id(self):
        for policy in self:
            policy.currency_id = (
                policy.product_id.currency_id or policy.company_id.currency_id
            )

    def _get_amount(self, loan, date):
        """Return the fee of a loan in its own currency, 0 without a policy."""
        if not self:
            return 0.0
        return self.currency_id._convert(
            self.amount, loan.currency_id, loan.company_id, date
        )

from odoo import fields, models


class CarloanSettlementFee(models.Model):
    """What ending a loan early costs, and who may waive it: policy, with its dates."""

    _name = "carloan.settlement.fee"
    _description = "Fee of early settlement"
    _inherit = ["carloan.fee.mixin"]

    kind = fields.Selection(
        [
            ("none", "No fee"),
            ("percent", "Share of the principal repaid ahead"),
            ("interest_months", "Interest for some months"),
        ],
        required=True,
        default="percent",
    )
    share = fields.Float(
        digits=(10, 8), help="Of the principal repaid ahead: 3 % is 0.03."
    )
    months = fields.Integer(help="Months of interest on the principal repaid ahead.")
    cap_share = fields.Float(
        string="At most",
        digits=(10, 8),
        help="The fee never exceeds this share of the principal repaid ahead. 0: no "
        "cap.",
    )
    cap_saved = fields.Boolean(
        string="Never above the interest saved",
        default=True,
        help="As consumer credit law in the EU has it (Directive 2023/2225 art. 29).",
    )
    free_after = fields.Integer(
        string="Free after instalments",
        help="Once so many instalments were billed there is no fee. 0: always.",
    )
    waiver_share = fields.Float(
        string="May be waived at the desk",
        digits=(10, 8),
        help="Share of the fee that whoever makes the quote may waive alone; more "
        "needs a manager. 1 is all of it.",
    )

    _shares = models.Constraint(
        "CHECK (share >= 0 AND share <= 1 AND cap_share >= 0 AND cap_share <= 1"
        " AND waiver_share >= 0 AND waiver_share <= 1 AND months >= 0"
        " AND free_after >= 0)",
        "Shares of a fee lie between 0 and 1 (3 % is 0.03); months and instalments "
        "cannot be negative.",
    )

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanSettlementFee(models.Model):
    """What ending a loan early costs, and who may waive it: policy, with its dates."""

    _name = "carloan.settlement.fee"
    _description = "Fee of early settlement"
    _order = "valid_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    product_id = fields.Many2one(
        "carloan.product",
        index="btree_not_null",
        check_company=True,
        help="Empty: for every product without a policy of its own.",
    )
    valid_from = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="For loans that start on this day or later: a fee is agreed when a loan "
        "is signed.",
    )
    valid_to = fields.Date()
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
    legal_basis = fields.Char(translate=True)

    _shares = models.Constraint(
        "CHECK (share >= 0 AND share <= 1 AND cap_share >= 0 AND cap_share <= 1"
        " AND waiver_share >= 0 AND waiver_share <= 1 AND months >= 0"
        " AND free_after >= 0)",
        "Shares of a fee lie between 0 and 1 (3 % is 0.03); months and instalments "
        "cannot be negative.",
    )

    @api.constrains("valid_from", "valid_to")
    def _check_validity(self):
        for policy in self:
            if policy.valid_to and policy.valid_to < policy.valid_from:
                raise ValidationError(
                    self.env._(
                        "Fee %(fee)s ends on %(end)s, before it begins on %(start)s. "
                        "Correct one of the two.",
                        fee=policy.name,
                        end=policy.valid_to,
                        start=policy.valid_from,
                    )
                )

    @api.model
    def _get_for(self, loan):
        """Return the policy agreed with a loan; empty when it pays no fee."""
        # sudo: the policy is the same whoever asks
        found = self.sudo().search(
            [
                ("company_id", "=", loan.company_id.id),
                ("product_id", "in", (loan.product_id.id, False)),
                ("valid_from", "<=", loan.start_date),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", loan.start_date),
            ]
        )
        own = found.filtered("product_id")
        return (own or found)[:1]

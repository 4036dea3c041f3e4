from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanFeeMixin(models.AbstractModel):
    """A fee agreed with a loan: policy of a company or a product, with its dates."""

    _name = "carloan.fee.mixin"
    _description = "Fee agreed with a loan"
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
    legal_basis = fields.Char(translate=True)

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

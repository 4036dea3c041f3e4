from odoo import api, fields, models

from ...engine import vat


class CarloanSaleTax(models.Model):
    """VAT on the sale of a vehicle taken: law, with its dates."""

    _name = "carloan.sale.tax"
    _description = "VAT on the sale of vehicles taken"
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _rec_name = "date_from"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    product_id = fields.Many2one(
        "carloan.product",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
        help="Empty: every product of the company that has no rate of its own.",
    )
    date_from = fields.Date(
        string="Valid from", required=True, default=fields.Date.context_today
    )
    scheme = fields.Selection(
        [
            ("whole", "Within the whole price"),
            ("margin", "Within what exceeds the value in the books"),
        ],
        required=True,
        default="whole",
    )
    rate = fields.Float(
        digits=(6, 4),
        required=True,
        help="As a fraction: the rate at which VAT is taken out of the price.",
    )
    levied = fields.Float(
        string="Levied at",
        digits=(6, 4),
        required=True,
        help="The same as the rate, unless it is reduced: 3 % levied at 2 % for used "
        "assets in China (to be confirmed for your case).",
    )
    legal_basis = fields.Char(translate=True)

    _range_check = models.Constraint(
        "CHECK (rate >= 0 AND rate < 1 AND levied >= 0 AND levied <= rate)",
        "VAT is a fraction from 0 to below 1 (0.03 for 3 %), levied at that or less.",
    )

    @api.model
    def _get_vat(self, product, date, price, book_value):
        """Return the VAT within a price, in minor units; 0 where no policy is set."""
        # sudo: what tax applies, whoever sells
        found = self.sudo().search(
            [
                ("company_id", "=", product.company_id.id),
                ("product_id", "in", (product.id, False)),
                ("date_from", "<=", date),
            ]
        )
        policy = found.filtered("product_id")[:1] or found[:1]
        if not policy:
            return 0
        terms = (policy.scheme, policy.rate, policy.levied)
        return int(vat.of_sale([price], [book_value], *terms)[0])

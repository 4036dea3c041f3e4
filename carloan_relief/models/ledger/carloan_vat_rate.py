from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class CarloanVatRate(models.Model):
    """VAT within interest, penalties and fees: law, with its dates."""

    _name = "carloan.vat.rate"
    _description = "VAT on interest and fees of car loans"
    _order = "company_id, product_id, date_from desc"
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
    rate = fields.Float(
        string="VAT",
        digits=(6, 4),
        required=True,
        help="As a fraction: 0.06 is 6 %. Interest and fees include it. 0: no VAT.",
    )
    days = fields.Integer(
        string="Taxed when due within (days)",
        default=90,
        help="What falls due later than so many days after interest was first left "
        "unpaid is taxed when it is received. 0: always taxed when due.",
    )

    _date_uniq = models.UniqueIndex(
        "(company_id, COALESCE(product_id, 0), date_from)",
        "There is a rate from this day already: change that one.",
    )
    _range_check = models.Constraint(
        "CHECK (rate >= 0 AND rate < 1 AND days >= 0)",
        "VAT is a fraction from 0 to below 1 (0.06 for 6 %), its days 0 or more.",
    )

    @api.constrains("company_id", "product_id")
    def _check_product_company(self):
        for rate in self:
            if rate.product_id and rate.product_id.company_id != rate.company_id:
                raise ValidationError(
                    self.env._(
                        "Product %(product)s belongs to %(company)s: enter its VAT "
                        "there.",
                        product=rate.product_id.display_name,
                        company=rate.product_id.company_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what was read before is out of date."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Override: what was read before is out of date."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Override: what was read before is out of date."""
        self.env.registry.clear_cache()
        return super().unlink()

    # ------------------------------------------------------------------
    # READ
    # ------------------------------------------------------------------

    @api.model
    def _get_at(self, product, date):
        """Return (rate, days) of a product on a day; (0, 0) where none is set."""
        date = fields.Date.to_date(date)
        rows = [
            row
            for row in self._read_rows(product.company_id.id)
            if row[0] in (product.id, False) and row[1] <= date
        ]
        own = [row for row in rows if row[0]] or rows
        return own[0][2:] if own else (0.0, 0)

    @api.model
    @tools.ormcache("company_id")
    def _read_rows(self, company_id):
        """Return ((product id, day, rate, days), ...) of a company, the last first.

        Kept: the night asks for every loan and every part of a charge.
        """
        # sudo: what tax applies, whoever posts
        rates_sudo = self.sudo().search(
            [("company_id", "=", company_id)], order="date_from desc"
        )
        return tuple(
            (rate.product_id.id, rate.date_from, rate.rate, rate.days)
            for rate in rates_sudo
        )

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import settlement

# what a sale was posted with
SALE_FACTS = frozenset(
    ("sale_date", "buyer_id", "sale_journal_id", "sale_price", "sale_costs")
)


class CarloanRepossession(models.Model):
    """The vehicle taken is sold: VAT, whose the difference is, and the money."""

    _inherit = "carloan.repossession"

    sale_for = fields.Selection(
        [
            ("lender", "The lender's gain or loss"),
            ("borrower", "The borrower's: credit, or owed again"),
        ],
        string="Difference of the sale is",
        required=True,
        default="lender",
        tracking=True,
        help="What the sale brings above or below the value at which the claim was "
        "settled. Where the whole claim is settled, it is the lender's.",
    )
    sale_date = fields.Date(string="Sold on")
    buyer_id = fields.Many2one("res.partner", check_company=True)
    sale_journal_id = fields.Many2one(
        "account.journal",
        string="Paid into",
        compute="_compute_sale_journal_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    sale_price = fields.Monetary(help="What the buyer pays, VAT included.")
    sale_costs = fields.Monetary(help="Cost of selling it, paid by the lender.")
    sale_vat = fields.Monetary(
        string="VAT within it",
        compute="_compute_sale_result",
        store=True,
        help="By the policy of the day: Configuration > VAT on Vehicles.",
    )
    sale_result = fields.Monetary(
        string="Result of the sale",
        compute="_compute_sale_result",
        store=True,
        help="Above zero a gain, below zero a loss.",
    )
    sale_gain = fields.Monetary(
        string="Gain on the sale", compute="_compute_sale_gain_or_loss", store=True
    )
    sale_loss = fields.Monetary(
        string="Loss on the sale", compute="_compute_sale_gain_or_loss", store=True
    )
    sale_surplus = fields.Monetary(
        string="Surplus to the borrower", compute="_compute_sale_result", store=True
    )
    sale_shortfall = fields.Monetary(
        string="Owed again", compute="_compute_sale_result", store=True
    )
    sale_payment_id = fields.Many2one(
        "account.payment",
        string="Payment of the buyer",
        copy=False,
        readonly=True,
        index="btree_not_null",
    )

    @api.depends("loan_id")
    def _compute_sale_journal_id(self):
        for case in self:
            product_sudo = case.loan_id.product_id.sudo()  # officers see no journals
            case.sale_journal_id = product_sudo.bank_journal_id

    @api.depends(
        "sale_price", "sale_costs", "sale_date", "book_value", "state", "sale_for"
    )
    def _compute_sale_result(self):
        for case in self:
            tax, sale = 0, settlement.Sale(0, 0, 0)
            if case.sale_price or case.state == "sold":
                tax, sale = case._get_sale()
            amounts = case.loan_id._from_minor([tax, *map(int, sale)])
            names = ("sale_vat", "sale_result", "sale_surplus", "sale_shortfall")
            case.update(dict(zip(names, amounts, strict=True)))

    @api.depends("sale_result")
    def _compute_sale_gain_or_loss(self):
        """Say gain or loss, as the books do, instead of a result with a sign."""
        for case in self:
            case.sale_gain = max(case.sale_result, 0.0)
            case.sale_loss = max(-case.sale_result, 0.0)

    def write(self, vals):
        """Override: what was sold stays as it was posted."""
        if SALE_FACTS & set(vals) and not self.env.su:
            for case in self:
                if case.state not in ("draft", "approved", "done"):
                    case._raise_sale_posted()
        return super().write(vals)

    def _raise_sale_posted(self):
        state = dict(self._fields["state"]._description_selection(self.env))[self.state]
        raise UserError(
            self.env._(
                "%(case)s of loan %(loan)s is %(state)s: its sale stays as it is in "
                "the books. Undo the sale, and enter it anew.",
                case=self.name,
                loan=self.loan_id.name,
                state=state.lower(),
            )
        )

    def _get_sale(self):
        """Return (VAT, engine's sale) in minor units."""
        price, costs, value = self.loan_id._to_minor(
            [self.sale_price, self.sale_costs, self.book_value]
        )
        date = self.sale_date or fields.Date.context_today(self)
        tax = self.env["carloan.sale.tax"]._get_vat(
            self.loan_id.product_id, date, price, value
        )
        return tax, settlement.sale(price, tax, costs, value, self._is_for_borrower())

    def _is_for_borrower(self):
        """Tell whether the difference of the sale is the borrower's.

        Not where the whole claim was settled, nor for a claim written off before: its
        recovery is what the vehicle was worth.
        """
        return bool(
            self.scope == "part"
            and self.sale_for == "borrower"
            and self._get_schedule_sudo()
        )

    def action_sell(self):
        """Post the sale of the vehicle, its VAT, and the money of the buyer."""
        self._check_roles("manager", "accountant")
        for case in self:
            case._check_case_state("done")
            if not (case.sale_date and case.sale_price and case.buyer_id):
                case._raise_no_sale()
            case._check_buyer()
            case_sudo = case.sudo()  # accountants post for any officer's loan
            case_sudo.loan_id._sell_vehicle(case_sudo)
            case_sudo.vehicle_id.status = "sold"
            case._set_state(
                "sold",
                self.env._(
                    "Vehicle sold for %(price)s.",
                    price=case.currency_id.format(case.sale_price),
                ),
            )
        return True

    def _check_buyer(self):
        """Refuse a sale that somebody posts to themselves."""
        own = self.env.user.sudo().partner_id  # users need not read their own contact
        if not self.env.su and self.buyer_id & (own | own.commercial_partner_id):
            raise AccessError(
                self.env._(
                    "%(user)s buys the vehicle of %(case)s and may not post its sale. "
                    "Ask a colleague.",
                    user=self.env.user.name,
                    case=self.name,
                )
            )

    def _raise_no_sale(self):
        raise UserError(
            self.env._(
                "%(case)s of loan %(loan)s: enter the day and the price of the sale, "
                "and who buys.",
                case=self.name,
                loan=self.loan_id.name,
            )
        )

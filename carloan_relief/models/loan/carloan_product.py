from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .carloan_loan_late import is_order
from .selections import (
    ALLOCATION_MODE_SELECTION,
    DAY_COUNT_SELECTION,
    METHOD_SELECTION,
    PERIOD_SELECTION,
)


class CarloanProduct(models.Model):
    _name = "carloan.product"
    _description = "Loan product"
    _inherit = ["carloan.engine.mixin", "mail.thread"]
    _order = "name"
    _check_company_auto = True
    _limited_amounts = ("fee", "instalment_rounding")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index="btree_not_null", copy=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Loans are lent, owed and repaid in this currency. In another currency "
        "than the company's every entry is booked in both; exchange differences are "
        "booked when an instalment falls due and when it is paid. Open balances are "
        "not revalued at month end: the accountant does that.",
    )
    annual_rate = fields.Float(
        digits=(10, 8), tracking=True, help="Contract rate a year: 7.2 % is 0.072."
    )
    instalments = fields.Integer(string="Number of instalments", default=36)
    period = fields.Selection(PERIOD_SELECTION, required=True, default="month")
    method = fields.Selection(METHOD_SELECTION, required=True, default="annuity")
    day_count = fields.Selection(DAY_COUNT_SELECTION, required=True, default="period")
    instalment_rounding = fields.Monetary(
        help="Round instalments up to a multiple of this; 0 keeps the cents."
    )
    fee = fields.Monetary(string="Fee per instalment")
    penalty_rate = fields.Float(
        digits=(10, 8), help="Rate a year on overdue amounts, as a fraction."
    )
    penalty_uplift = fields.Float(
        string="Penalty above the contract rate",
        digits=(10, 8),
        help="Share by which the penalty rate exceeds the rate of the loan in force: "
        "50 % on 7.2 % makes 10.8 %. It takes the place of the penalty rate; 0: the "
        "penalty rate holds.",
    )
    overdue_interest = fields.Boolean(
        string="Overdue principal bears interest",
        help="Overdue principal goes on bearing the interest of the contract from its "
        "due date on, posted as interest. The penalty then comes on top of it: the "
        "share above the contract rate, or the penalty rate. Days of grace and cap are "
        "those of the penalty alone. Overdue interest bears none.",
    )
    grace_days = fields.Integer(
        help="Days after the due date before penalties are charged."
    )
    penalty_cap = fields.Float(
        digits=(10, 8),
        help="Penalties on one instalment never exceed this share of its principal. "
        "0: no cap.",
    )
    penalty_interval = fields.Integer(
        default=30,
        help="Every how many days the night charges penalties. They are charged up to "
        "the day of each repayment and of each assessment in any case. While a plan "
        "is decided, offered and signed they wait.",
    )
    suspend_days = fields.Integer(
        string="Suspend interest after (days)",
        help="Beyond so many days past due interest and penalties are no income: they "
        "stand in the memo register. 0: never.",
    )
    resume_days = fields.Integer(
        string="Resume interest at (days)",
        help="Interest is income again once at most so many days past due are left.",
    )
    allocation_order = fields.Char(
        required=True,
        default="fee,penalty,interest,principal",
        help="Order in which a repayment pays the components, separated by commas. "
        "The default follows article 561 of the Civil Code: costs, then interest, "
        "with penalty interest first, then principal.",
    )
    principal_first_days = fields.Integer(
        string="Principal first when later than (days)",
        help="What new contracts agree: on a loan that is more days past due than "
        "this, money pays all principal due before anything else. 0: never.",
    )
    allocation_mode = fields.Selection(
        ALLOCATION_MODE_SELECTION, required=True, default="horizontal"
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Loan journal",
        domain="[('type', '=', 'general')]",
        check_company=True,
        help="Journal of bills, relief and opening entries.",
    )
    bank_journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', 'in', ('bank', 'cash'))]",
        check_company=True,
        help="Journal that pays the loan out and receives repayments.",
    )
    account_ids = fields.One2many(
        "carloan.product.account", "product_id", string="Accounts", copy=True
    )
    loan_count = fields.Integer(compute="_compute_loan_count")

    _code_uniq = models.UniqueIndex(
        "(code, company_id) WHERE code IS NOT NULL",
        "Another product of this company has the same code.",
    )
    _fee_positive = models.Constraint(
        "CHECK (fee >= 0 AND instalment_rounding >= 0 AND grace_days >= 0"
        " AND penalty_cap >= 0 AND penalty_interval >= 0"
        " AND principal_first_days >= 0)",
        "Fee, rounding, days, penalty cap and interval cannot be negative.",
    )
    _suspension_days = models.Constraint(
        "CHECK (suspend_days >= 0 AND resume_days >= 0"
        " AND (suspend_days = 0 OR resume_days <= suspend_days))",
        "Interest is suspended after 0 or more days past due, and resumed at no more "
        "days than that.",
    )

    def _compute_loan_count(self):
        counts = dict(
            self.env["carloan.loan"]._read_group(
                [("product_id", "in", self.ids)], ["product_id"], ["__count"]
            )
        )
        for product in self:
            product.loan_count = counts.get(product, 0)

    @api.constrains("annual_rate", "penalty_rate")
    def _check_rates(self):
        for product in self:
            for rate in (product.annual_rate, product.penalty_rate):
                if not 0.0 <= rate <= 1.0:
                    raise ValidationError(
                        self.env._(
                            "Product %(product)s: a rate of %(rate)s %% a year is "
                            "outside 0 to 100 %%. Enter the rate as a fraction: "
                            "0.072 for 7.2 %%.",
                            product=product.display_name,
                            rate=f"{rate * 100:g}",
                        )
                    )

    @api.constrains("allocation_order")
    def _check_allocation_order(self):
        for product in self:
            if not is_order(product.allocation_order):
                raise ValidationError(
                    self.env._(
                        "Product %(product)s: the allocation order %(order)s must "
                        "name fee, penalty, interest and principal once each, "
                        "separated by commas.",
                        product=product.display_name,
                        order=product.allocation_order,
                    )
                )

    @api.constrains("currency_id", "company_id")
    def _check_currency(self):
        for product in self:
            if not product.currency_id.active:
                raise ValidationError(
                    self.env._(
                        "Product %(product)s is in %(currency)s, which is not an "
                        "active currency. Activate it under Accounting > "
                        "Configuration > Currencies, or choose another.",
                        product=product.display_name,
                        currency=product.currency_id.name,
                    )
                )
            product._check_currency_unit()

    def _check_currency_unit(self):
        """Refuse a smallest coin that no instalment could be paid with."""
        currency = self.currency_id
        unit = 10**-currency.decimal_places
        if currency.rounding and abs(currency.rounding - unit) > unit / 1000:
            raise ValidationError(
                self.env._(
                    "Product %(product)s: amounts in %(currency)s go by %(rounding)s, "
                    "and instalments are worked out to %(unit)s. Set the rounding "
                    "factor of the currency to %(unit)s, and round the instalments by "
                    "the product instead.",
                    product=self.display_name,
                    currency=currency.name,
                    rounding=currency.rounding,
                    unit=unit,
                )
            )

    @api.constrains("bank_journal_id", "currency_id")
    def _check_bank_currency(self):
        for product in self:
            journal = product.bank_journal_id
            if journal and journal.currency_id.id not in (
                product._get_bank_currency_ids()
            ):
                raise ValidationError(
                    self.env._(
                        "Product %(product)s lends in %(currency)s, but %(journal)s "
                        "holds %(journal_currency)s. Choose a bank journal of the "
                        "same currency, or one that holds no single currency.",
                        product=product.display_name,
                        currency=product.currency_id.name,
                        journal=journal.display_name,
                        journal_currency=journal.currency_id.name
                        or product.company_id.currency_id.name,
                    )
                )

    def _get_bank_currency_ids(self):
        """Return the currencies of bank journals that can pay this product out."""
        # a journal without currency holds any, its books are the company's
        return [False, self.currency_id.id]

    def write(self, vals):
        """Override to keep the currency of loans that are in the books."""
        if "currency_id" in vals:
            for product in self:
                product._check_currency_change(vals["currency_id"])
        return super().write(vals)

    def _check_currency_change(self, currency_id):
        """Refuse another currency where loans of this one are in the books."""
        if currency_id == self.currency_id.id:
            return
        # sudo: loans of every team count
        lent = self.env["carloan.loan"].sudo()
        lent = lent.search(
            [("product_id", "=", self.id), ("state", "!=", "draft")], limit=1
        )
        if lent:
            raise UserError(
                self.env._(
                    "Loan %(loan)s was lent in %(currency)s through product "
                    "%(product)s, so its currency stays. Make another product for "
                    "the other currency.",
                    loan=lent.name,
                    currency=self.currency_id.name,
                    product=self.display_name,
                )
            )

    @api.constrains("instalments")
    def _check_instalments(self):
        for product in self:
            if not 1 <= product.instalments <= 600:
                raise ValidationError(
                    self.env._(
                        "Product %(product)s: %(count)s instalments are outside 1 to "
                        "600.",
                        product=product.display_name,
                        count=product.instalments,
                    )
                )

    def _get_account(self, role):
        """Return the account mapped to `role`.

        :raise UserError: when the role has no account; the message says where to
            map it.
        """
        self.ensure_one()
        account = self._get_accounts_by_role().get(role)
        if not account:
            labels = dict(
                self.account_ids._fields["role"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "Loan product %(product)s has no account for the role "
                    "“%(role)s”. Open Car Loans > Configuration > Loan Products, "
                    "choose the product, and press Map accounts or add the role "
                    "on the Accounts page.",
                    product=self.display_name,
                    role=labels.get(role, role),
                )
            )
        return account

    def _get_accounts_by_role(self):
        """Return {role: account} of this product."""
        self.ensure_one()
        # sudo: officers post through the product without reading the mapping
        return {line.role: line.account_id for line in self.sudo().account_ids}

    def action_view_loans(self):
        """Open the loans of this product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_loan_action"
        )
        action["domain"] = [("product_id", "=", self.id)]
        return action

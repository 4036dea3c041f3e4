from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from .selections import (
    DAY_COUNT_SELECTION,
    METHOD_SELECTION,
    PERIOD_SELECTION,
)

# what a product proposes to a new loan
PRODUCT_DEFAULTS = (
    "annual_rate",
    "instalments",
    "period",
    "method",
    "day_count",
    "fee",
    "instalment_rounding",
)


class CarloanLoan(models.Model):
    _name = "carloan.loan"
    _description = "Car loan"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
        "carloan.engine.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "import_ref", "partner_id.name", "vehicle_id.plate"]
    _limited_amounts = ("principal", "fee", "balloon", "instalment_rounding")

    name = fields.Char(
        string="Loan", required=True, readonly=True, copy=False, default="/", index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Borrower",
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
    )
    party_ids = fields.One2many("carloan.loan.party", "loan_id", string="Parties")
    vehicle_id = fields.Many2one(
        "carloan.vehicle", index="btree_not_null", check_company=True
    )
    product_id = fields.Many2one(
        "carloan.product",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Officer",
        tracking=True,
        check_company=True,
        default=lambda self: self.env.user,
    )
    team_id = fields.Many2one(
        "carloan.team", index="btree_not_null", check_company=True
    )

    principal = fields.Monetary(string="Amount lent", required=True, tracking=True)
    annual_rate = fields.Float(
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        digits=(10, 8),
        tracking=True,
    )
    instalments = fields.Integer(
        string="Number of instalments",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    period = fields.Selection(
        PERIOD_SELECTION,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    method = fields.Selection(
        METHOD_SELECTION,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    day_count = fields.Selection(
        DAY_COUNT_SELECTION,
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    fee = fields.Monetary(
        string="Fee per instalment",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
    )
    instalment_rounding = fields.Monetary(
        compute="_compute_from_product", store=True, readonly=False, precompute=True
    )
    balloon = fields.Monetary()
    start_date = fields.Date(
        required=True, tracking=True, default=fields.Date.context_today
    )
    first_due_date = fields.Date(
        compute="_compute_first_due_date",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    due_day = fields.Integer(
        compute="_compute_due_day",
        store=True,
        readonly=False,
        precompute=True,
        help="31 falls on the last day of a shorter month and comes back.",
    )
    eir_period = fields.Float(
        string="Effective rate per period",
        digits=(12, 10),
        readonly=True,
        copy=False,
        help="Effective interest rate of the loan as lent; a later change of terms "
        "is valued at this rate.",
    )
    poci = fields.Boolean(
        "Credit-impaired from the start",
        readonly=True,
        copy=False,
        help="The claim entered the books after a substantial modification, at its "
        "fair value: lifetime losses, never stage 1.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("closed", "Closed"),
            ("written_off", "Written off"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    import_ref = fields.Char(
        string="External reference", copy=False, index="btree_not_null"
    )

    schedule_ids = fields.One2many("carloan.schedule", "loan_id", string="Schedules")
    schedule_id = fields.Many2one(
        "carloan.schedule",
        string="Active schedule",
        readonly=True,
        copy=False,
        check_company=True,
    )
    instalment_ids = fields.One2many(related="schedule_id.instalment_ids")
    previous_schedule_id = fields.Many2one(
        "carloan.schedule",
        string="Schedule before",
        readonly=True,
        copy=False,
        check_company=True,
        help="The schedule that the active one took the place of.",
    )
    previous_instalment_ids = fields.One2many(
        related="previous_schedule_id.instalment_ids", string="Instalments before"
    )
    schedule_count = fields.Integer(compute="_compute_schedule_count")

    _import_ref_uniq = models.UniqueIndex(
        "(import_ref, company_id) WHERE import_ref IS NOT NULL",
        "Another loan of this company has the same external reference: open that "
        "loan, or correct the reference.",
    )
    _terms_positive = models.Constraint(
        "CHECK (fee >= 0 AND balloon >= 0 AND instalment_rounding >= 0)",
        "Fee, balloon and rounding of a loan cannot be negative.",
    )

    # ------------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------------

    @api.depends("product_id")
    def _compute_from_product(self):
        for loan in self:
            for name in PRODUCT_DEFAULTS:
                # draft only: a signed loan never follows its product
                if loan.state in (False, "draft") and loan.product_id:
                    loan[name] = loan.product_id[name]
                else:
                    loan[name] = loan[name]

    @api.depends("product_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        """A loan is lent, owed and repaid in the currency of its product."""
        for loan in self:
            loan.currency_id = (
                loan.product_id.currency_id or loan.company_id.currency_id
            )

    @api.depends("start_date", "period")
    def _compute_first_due_date(self):
        steps = {
            "month": {"months": 1},
            "fortnight": {"weeks": 2},
            "week": {"weeks": 1},
        }
        for loan in self:
            if loan.start_date and not loan.first_due_date:
                step = steps[loan.period or "month"]
                loan.first_due_date = fields.Date.add(loan.start_date, **step)
            else:
                loan.first_due_date = loan.first_due_date

    @api.depends("first_due_date")
    def _compute_due_day(self):
        for loan in self:
            loan.due_day = loan.first_due_date.day if loan.first_due_date else 0

    @api.depends("schedule_ids")
    def _compute_schedule_count(self):
        for loan in self:
            loan.schedule_count = len(loan.schedule_ids)

    def _compute_access_url(self):
        """Override of `portal` to give each loan its page."""
        result = super()._compute_access_url()
        for loan in self:
            loan.access_url = f"/my/loans/{loan.id}"
        return result

    def _get_label(self):
        """Return what names the loan in a message, even before it is numbered."""
        self.ensure_one()
        if self.name != "/":
            return self.name
        return self.import_ref or self.partner_id.display_name or self.env._("new")

    def _lock(self):
        """Lock these loans until the transaction ends.

        Two people pressing the same button: one wins, the other is told.
        """
        try:
            # sudo: a lock is no access; who may go on is checked by the caller
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on loan %(loans)s right now. Wait a "
                    "moment, look at the loan again, and repeat if it is still needed.",
                    loans=", ".join(self[:5].mapped("name")),
                )
            ) from error
        # what was read before the lock may be out of date
        self.invalidate_recordset(["state", "schedule_id"])

    def _check_state(self, *states):
        """Refuse when the loan is in none of `states`.

        :raise UserError: naming the loan and its state.
        """
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Loan %(loan)s is %(state)s; this needs a loan that is "
                    "%(allowed)s.",
                    loan=self.name,
                    state=labels[self.state],
                    allowed=", ".join(labels[state] for state in states),
                )
            )

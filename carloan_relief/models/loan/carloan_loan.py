import numpy as np

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError

from ...engine import schedule as engine_schedule
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
    "principal_first_days",
)

# what the engine's Terms read from a loan
TERMS_PLAIN = (
    "annual_rate",
    "instalments",
    "method",
    "period",
    "day_count",
    "due_day",
)
TERMS_MONEY = ("principal", "balloon", "fee", "instalment_rounding")
TERMS_DATES = ("start_date", "first_due_date")

# what was signed: changes after the start only by a relief or a correction
SIGNED_FIELDS = {
    *TERMS_PLAIN,
    *TERMS_MONEY,
    *TERMS_DATES,
    "partner_id",
    "product_id",
    "vehicle_id",
    "company_id",
    "import_ref",
    "principal_first_days",
}
# what the ledger says: nobody writes it by hand, not even over RPC
LEDGER_FIELDS = {
    "name",
    "state",
    "schedule_id",
    "previous_schedule_id",
    "eir_period",
    "position_date",
    "principal_balance",
    "undue_principal",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_amount",
    "credit_balance",
    "oldest_due_date",
    "dpd",
    "dpd_original",
    "bucket",
    "cn_class",
    "next_due_date",
    "next_amount",
    "adjustment_balance",
    "allowance_balance",
    "ifrs_stage",
    "ifrs_stage_date",
    "penalty_date",
    "suspended_since",
}


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
    principal_first_days = fields.Integer(
        string="Principal first when later than (days)",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        help="As agreed in the contract: when the loan is more days past due than "
        "this, money pays all principal due before anything else. 0: never.",
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
        "CHECK (fee >= 0 AND balloon >= 0 AND instalment_rounding >= 0"
        " AND principal_first_days >= 0)",
        "Fee, balloon, rounding and days of a loan cannot be negative.",
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

    # ------------------------------------------------------------------
    # CONSTRAINT
    # ------------------------------------------------------------------

    @api.constrains("principal")
    def _check_principal(self):
        for loan in self:
            if loan.principal <= 0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the amount lent is %(amount)s. Enter an "
                        "amount above zero.",
                        loan=loan._get_label(),
                        amount=loan.principal,
                    )
                )

    @api.constrains("annual_rate")
    def _check_annual_rate(self):
        for loan in self:
            if not 0.0 <= loan.annual_rate <= 1.0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a rate of %(rate)s %% a year is outside 0 "
                        "to 100 %%. Enter the rate as a fraction: 0.072 for 7.2 %%.",
                        loan=loan._get_label(),
                        rate=f"{loan.annual_rate * 100:g}",
                    )
                )

    @api.constrains("instalments")
    def _check_instalments(self):
        for loan in self:
            if not 1 <= loan.instalments <= 600:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: %(count)s instalments are outside 1 to 600.",
                        loan=loan._get_label(),
                        count=loan.instalments,
                    )
                )

    @api.constrains("start_date", "first_due_date")
    def _check_dates(self):
        for loan in self:
            if loan.first_due_date <= loan.start_date:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the first due date %(due)s is not after the "
                        "start date %(start)s. Correct one of the two.",
                        loan=loan._get_label(),
                        due=loan.first_due_date,
                        start=loan.start_date,
                    )
                )

    @api.constrains("due_day")
    def _check_due_day(self):
        for loan in self:
            if not 1 <= loan.due_day <= 31:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the due day %(day)s is outside 1 to 31.",
                        loan=loan._get_label(),
                        day=loan.due_day,
                    )
                )

    @api.constrains("balloon", "principal", "method")
    def _check_balloon(self):
        for loan in self.filtered("balloon"):
            if loan.method != "balloon":
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a balloon of %(balloon)s needs the method "
                        "Balloon. Choose that method, or set the balloon to 0.",
                        loan=loan._get_label(),
                        balloon=loan.balloon,
                    )
                )
            if loan.balloon >= loan.principal:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the balloon of %(balloon)s is not below the "
                        "amount lent of %(amount)s. Enter a smaller one.",
                        loan=loan._get_label(),
                        balloon=loan.balloon,
                        amount=loan.principal,
                    )
                )

    @api.constrains("instalment_rounding", "method")
    def _check_rounding(self):
        for loan in self.filtered("instalment_rounding"):
            if loan.method not in ("annuity", "balloon"):
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: only the equal instalments of an annuity or a "
                        "balloon loan can be rounded. Set the rounding of instalments "
                        "to 0, or choose another method.",
                        loan=loan._get_label(),
                    )
                )

    def _get_label(self):
        """Return what names the loan in a message, even before it is numbered."""
        self.ensure_one()
        if self.name != "/":
            return self.name
        return self.import_ref or self.partner_id.display_name or self.env._("new")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override to number the loans, one sequence call per company."""
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_ledger_fields(vals)
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("carloan.loan") or "/"
        return super().create(vals_list)

    def write(self, vals):
        """Override to keep what was signed and what the ledger says out of reach."""
        self._check_ledger_fields(vals)
        signed = SIGNED_FIELDS & set(vals)
        if signed and not self.env.su:
            for loan in self:
                if loan.state != "draft":
                    loan._raise_signed(signed)
        return super().write(vals)

    def _check_ledger_fields(self, vals):
        """Refuse values that only postings may write."""
        forged = {name for name in LEDGER_FIELDS & set(vals) if vals[name]}
        # what a form sends along with a new record
        forged -= {
            name for name in ("name", "state") if vals.get(name) in ("/", "draft")
        }
        if forged and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of a loan follow from its entries and cannot be "
                    "written. Use the buttons of the loan.",
                    fields=", ".join(sorted(forged)),
                )
            )

    def _raise_signed(self, names):
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise UserError(
            self.env._(
                "Loan %(loan)s has been paid out: %(fields)s stay as signed. A change "
                "of terms is a relief request.",
                loan=self.name,
                fields=", ".join(sorted(labels)),
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for loan in self:
            if loan.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is in the books and cannot be deleted.",
                        loan=loan.name,
                    )
                )

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    def _get_terms(self):
        """Return the engine terms of these loans as signed, one row a loan."""
        plain = {name: [loan[name] for loan in self] for name in TERMS_PLAIN}
        money = {
            name: [loan._to_minor([loan[name]])[0] for loan in self]
            for name in TERMS_MONEY
        }
        # a list comprehension, because mapped() drops what is empty
        dates = {
            name: np.array([loan[name] for loan in self], dtype="datetime64[D]")
            for name in TERMS_DATES
        }
        return engine_schedule.Terms.of(**money, **dates, **plain)

    def _build_schedules(self):
        """Return the engine schedule of these loans, one row a loan.

        :raise UserError: in the words of the engine, which names field and value.
        """
        try:
            return engine_schedule.build(self._get_terms())
        except ValueError as error:
            names = ", ".join(loan._get_label() for loan in self[:5])
            raise UserError(
                self.env._(
                    "The schedule of %(loans)s cannot be made: %(reason)s",
                    loans=names,
                    reason=str(error),
                )
            ) from error

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_build_preview(self):
        """Build, or build anew, the schedule of drafts so that it can be looked at."""
        self.check_access("write")
        for loan in self:
            loan._check_state("draft")
        # sudo: officers read schedules and never write them by hand
        drafts = self.sudo().schedule_ids
        drafts.filtered(lambda s: s.state == "draft").unlink()
        built = self._build_schedules()
        schedules = self.env["carloan.schedule"]._create_batch(
            self, built, "origination"
        )
        for loan, schedule in zip(self.sudo(), schedules, strict=True):
            loan.schedule_id = schedule
        return True

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

    def action_view_schedules(self):
        """Open the versions of the schedule."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.schedule",
            "view_mode": "list,form",
            "domain": [("loan_id", "in", self.ids)],
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Schedules"),
        }

    def action_cancel(self):
        """Cancel loans that were never paid out."""
        self.check_access("write")
        for loan in self:
            if loan.state != "draft":
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is no longer a draft: what is in the books "
                        "is reversed, not cancelled.",
                        loan=loan.name,
                    )
                )
        self.sudo().write({"state": "cancelled"})  # states are no field to write
        return True

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

FIGURES = (
    "overdue",
    "fallen",
    "principal",
    "interest",
    "penalty",
    "credit",
    "saved",
    "fee",
)


class CarloanSettlement(models.Model):
    """A quote of what ends a loan on a day, and its settlement."""

    _name = "carloan.settlement"
    _description = "Early settlement of a car loan"
    _inherit = ["carloan.closing.mixin"]
    _closing_sequence = "carloan.settlement"
    _closing_undo = "settlement_id"
    _closing_key = "settlement"
    _closing_over = ("cancelled", "undone")
    _closing_facts = frozenset(
        ("loan_id", "date", "waived", "waiver_reason", "journal_id")
    )
    _closing_proposed_at_once = True
    _closing_guarded = frozenset((*FIGURES, "total", "payment_id"))

    state = fields.Selection(
        [
            ("draft", "Quote"),
            ("done", "Settled"),
            ("cancelled", "Cancelled"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    date = fields.Date(
        string="To be paid on",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="The figures hold for this day: interest is counted up to it.",
    )
    policy_id = fields.Many2one(
        "carloan.settlement.fee",
        string="Fee policy",
        compute="_compute_figures",
        store=True,
    )
    overdue = fields.Monetary(compute="_compute_figures", store=True)
    fallen = fields.Monetary(
        string="Falls due by that day", compute="_compute_figures", store=True
    )
    principal = fields.Monetary(
        string="Principal repaid ahead", compute="_compute_figures", store=True
    )
    interest = fields.Monetary(
        string="Interest up to that day", compute="_compute_figures", store=True
    )
    penalty = fields.Monetary(
        string="Penalties up to that day", compute="_compute_figures", store=True
    )
    credit = fields.Monetary(
        string="Borrower's credit", compute="_compute_figures", store=True
    )
    saved = fields.Monetary(
        string="Interest saved",
        compute="_compute_figures",
        store=True,
        help="Interest of the coming instalments that never falls due.",
    )
    fee = fields.Monetary(compute="_compute_figures", store=True, tracking=True)
    waived = fields.Monetary(string="Fee waived", tracking=True)
    waiver_reason = fields.Char()
    needs_manager = fields.Boolean(compute="_compute_needs_manager")
    total = fields.Monetary(
        string="To be paid", compute="_compute_total", store=True, tracking=True
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Received in",
        check_company=True,
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null"
    )

    _draft_uniq = models.UniqueIndex(
        "(loan_id) WHERE state IN ('draft', 'done')",
        "This loan has a settlement quote already: open that one, or cancel it.",
    )
    _waived_positive = models.Constraint(
        "CHECK (waived >= 0)", "A waiver cannot be negative."
    )

    # ------------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------------

    @api.depends("loan_id", "date")
    def _compute_figures(self):
        """Work out what ends the loan on that day; a settled one keeps its figures."""
        for case in self:
            if case.state != "draft":
                for name in (*FIGURES, "policy_id"):
                    case[name] = case[name]
                continue
            loan = case.loan_id._origin
            known = loan and case.date and loan.state == "active"
            figures = case._get_figures(loan) if known else dict.fromkeys(FIGURES, 0)
            case.policy_id = self.env["carloan.settlement.fee"]
            if known:
                case.policy_id = case.policy_id._get_for(loan)
            amounts = case.loan_id._from_minor(figures.values())
            case.update(dict(zip(figures, amounts, strict=True)))
        # reading the ledger has flushed: a total worked out meanwhile is out of date
        self.env.add_to_compute(self._fields["total"], self)

    def _get_figures(self, loan):
        """Return the figures of the quote in minor units, by the engine."""
        payoff = loan._get_payoff(self.date)
        row = loan._get_owed(self.date)
        policy = self.env["carloan.settlement.fee"]._get_for(loan)
        fallen = payoff.total - payoff.principal - payoff.interest
        return {
            "overdue": loan._get_overdue_total(row),
            "fallen": int(fallen[0]),
            "principal": int(payoff.principal[0]),
            "interest": int(payoff.interest[0]),
            "penalty": loan._get_penalty_to_come(self.date),
            "credit": loan._get_credit(row),
            "saved": int(payoff.saved[0]),
            "fee": loan._get_early_fee(policy, payoff),
        }

    @api.depends(*FIGURES, "waived")
    def _compute_total(self):
        for case in self:
            owed = case.overdue + case.fallen + case.principal + case.interest
            owed += case.penalty + case.fee - case.waived - case.credit
            case.total = case.currency_id.round(owed) if case.currency_id else owed

    @api.depends("fee", "waived", "policy_id.waiver_share")
    def _compute_needs_manager(self):
        for case in self:
            # sudo: the policy is the same whoever asks
            limit = case.fee * case.policy_id.sudo().waiver_share
            case.needs_manager = case.waived > limit + 1e-6

    @api.depends("loan_id")
    def _compute_journal_id(self):
        for case in self:
            case.journal_id = case.loan_id.product_id.sudo().bank_journal_id

    # ------------------------------------------------------------------
    # CONSTRAINT, CRUD
    # ------------------------------------------------------------------

    @api.constrains("waived", "fee")
    def _check_waived(self):
        for case in self.filtered("waived"):
            if case.currency_id.compare_amounts(case.waived, case.fee) > 0:
                raise ValidationError(
                    self.env._(
                        "%(case)s of loan %(loan)s: a waiver of %(waived)s is above "
                        "the fee of %(fee)s. Waive that much or less.",
                        case=case.name,
                        loan=case.loan_id.name,
                        waived=case.waived,
                        fee=case.fee,
                    )
                )

    def write(self, vals):
        """Override: another waiver needs another approval."""
        result = super().write(vals)
        if self._get_proposal() & set(vals):
            # sudo: decisions are no fields to write
            self.sudo().filtered("decider_id").write({"decider_id": False})
        return result

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_recompute(self):
        """Work the figures out anew, as the loan stands now."""
        self._check_roles("officer", "manager", "accountant")
        for case in self:
            case._check_case_state("draft")
        self.sudo()._compute_figures()  # sudo: figures are no fields to write
        return True

    def action_approve_waiver(self):
        """Approve a waiver above what the desk may give: a manager, not who asked."""
        self._check_roles("manager")
        for case in self:
            case._check_case_state("draft")
            case._check_other_than(case.proposer_id)
            case._check_reason()
            case._set_state(
                "draft",
                self.env._(
                    "Waiver of %(waived)s approved.",
                    waived=case.currency_id.format(case.waived),
                ),
                decider_id=self.env.uid,
            )
        return True

    def action_settle(self):
        """End the loan with the money received."""
        self._check_roles("manager", "accountant")
        for case in self:
            case._check_case_state("draft")
            case._check_waiver()
            if case.needs_manager:
                case._check_other_than(case.proposer_id | case.decider_id)
            payment_sudo = case.sudo().loan_id._settle(case.sudo())
            case._set_state(
                "done",
                self.env._(
                    "Settled early with %(total)s.",
                    total=case.currency_id.format(case.total),
                ),
                poster_id=self.env.uid,
                payment_id=payment_sudo.id,
            )
        return True

    def _check_waiver(self):
        """Refuse a waiver without reason, or above what the desk may give."""
        self.ensure_one()
        self._check_reason()
        if self.needs_manager and not self.decider_id:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s: a waiver of %(waived)s out of a fee of "
                    "%(fee)s needs the approval of a manager who did not ask for it.",
                    case=self.name,
                    loan=self.loan_id.name,
                    waived=self.waived,
                    fee=self.fee,
                )
            )

    def _check_reason(self):
        if self.waived and not self.waiver_reason:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s: enter why %(waived)s of the fee is "
                    "waived.",
                    case=self.name,
                    loan=self.loan_id.name,
                    waived=self.waived,
                )
            )

    def action_cancel(self):
        """Drop a quote that nobody took up."""
        self._check_roles("officer", "manager", "accountant")
        for case in self:
            case._check_case_state("draft")
            case._set_state("cancelled", self.env._("Quote cancelled."))
        return True

    def action_print(self):
        """Print the quote for the borrower."""
        self.check_access("read")
        report = self.env.ref("carloan_relief.carloan_settlement_report")
        return report.report_action(self)

    def _find_undo_blocker(self):
        """Return in words what stands on this settlement; empty when nothing does."""
        self.ensure_one()
        return self.loan_id._find_relief_blocker(self._get_schedule_sudo(), True)

    def _undo_entries(self, date, reason):
        """Let the loan go on by its instalments; what was paid is the borrower's."""
        return self.loan_id._undo_closing(self._get_schedule_sudo(), date, reason)

    def _get_report_base_filename(self):
        return self.name.replace("/", "-")

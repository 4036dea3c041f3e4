from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import settlement

SALE_FIGURES = ("sale_vat", "sale_result", "sale_surplus", "sale_shortfall")
FIGURES = ("claim", "allowance", "result", "book_value")
# the results once more, without their sign
RESULTS = ("settlement_loss", "settlement_gain", "sale_loss", "sale_gain")


class CarloanRepossession(models.Model):
    """The vehicle is taken in settlement of a claim, and sold later."""

    _name = "carloan.repossession"
    _description = "Vehicle taken in settlement"
    _inherit = ["carloan.closing.mixin"]
    _closing_loan_states = ("active", "written_off")
    _closing_sequence = "carloan.repossession"
    _closing_undo = "repossession_id"
    _closing_key = "repossession"
    _closing_undoable = ("done", "sold")
    _closing_facts = frozenset(
        ("loan_id", "date", "fair_value", "costs", "scope", "source", "sale_for")
    )
    _closing_proposed_at_once = True
    _closing_guarded = frozenset((*FIGURES, *SALE_FIGURES, *RESULTS, "sale_payment_id"))
    _limited_amounts = ("fair_value", "costs", "sale_price", "sale_costs")

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("done", "Taken"),
            ("sold", "Sold"),
            ("rejected", "Rejected"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    vehicle_id = fields.Many2one(
        related="loan_id.vehicle_id", store=True, index=True, precompute=True
    )
    date = fields.Date(
        string="Taken on", required=True, default=fields.Date.context_today
    )
    fair_value = fields.Monetary(required=True, tracking=True)
    source = fields.Char(
        string="Valued by", help="Who gave the fair value, and on what basis."
    )
    costs = fields.Monetary(help="Cost of taking it: towing, fees. Part of its value.")
    scope = fields.Selection(
        [
            ("full", "The whole claim: what is not covered is given up"),
            ("part", "Its value: the rest falls due and stays a claim"),
        ],
        string="Settles",
        required=True,
        default="part",
        tracking=True,
    )
    claim = fields.Monetary(
        string="Claim settled", compute="_compute_figures", store=True
    )
    allowance = fields.Monetary(
        string="Allowance used", compute="_compute_figures", store=True
    )
    result = fields.Monetary(
        string="Result of the settlement",
        compute="_compute_figures",
        store=True,
        help="Neither covered by the vehicle nor by the allowance: above zero a loss, "
        "below zero a gain.",
    )
    settlement_loss = fields.Monetary(
        string="Loss on settlement",
        compute="_compute_gain_or_loss",
        store=True,
        help="Neither covered by the vehicle nor by the allowance.",
    )
    settlement_gain = fields.Monetary(
        string="Gain on settlement",
        compute="_compute_gain_or_loss",
        store=True,
        help="What vehicle and allowance come to above the claim.",
    )
    book_value = fields.Monetary(
        string="Value in the books", compute="_compute_figures", store=True
    )
    _amounts = models.Constraint(
        "CHECK (fair_value >= 0 AND costs >= 0 AND sale_price >= 0"
        " AND sale_costs >= 0)",
        "Values and costs of a vehicle cannot be negative.",
    )
    _open_uniq = models.UniqueIndex(
        "(loan_id) WHERE state IN ('draft', 'approved', 'done', 'sold')",
        "The vehicle of this loan is in a settlement already: open that one.",
    )

    # ------------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------------

    @api.depends("loan_id", "date", "fair_value", "costs", "scope", "sale_for")
    def _compute_figures(self):
        """Show what taking the vehicle does; a posted one keeps its figures."""
        for case in self:
            if case.state not in ("draft", "approved"):
                for name in FIGURES:
                    case[name] = case[name]
                continue
            loan = case.loan_id._origin
            known = loan and case.date and loan.state in ("active", "written_off")
            figures = case._get_figures(loan) if known else dict.fromkeys(FIGURES, 0)
            amounts = case.loan_id._from_minor(figures.values())
            case.update(dict(zip(figures, amounts, strict=True)))
        # reading the ledger has flushed: what was worked out meanwhile is out of date
        for name in ("sale_result", *RESULTS):
            self.env.add_to_compute(self._fields[name], self)

    @api.depends("result")
    def _compute_gain_or_loss(self):
        """Say gain or loss, as the books do, instead of a result with a sign."""
        for case in self:
            case.settlement_loss = max(case.result, 0.0)
            case.settlement_gain = max(-case.result, 0.0)

    def _get_figures(self, loan):
        """Return claim, allowance, result and value in minor units, by the engine."""
        value, costs = loan._to_minor([self.fair_value, self.costs])
        claim, adjustment, allowance = self._get_covered(loan, value)
        surplus = self._get_surplus(value, claim) if loan.state == "active" else 0
        used, result, books = settlement.in_settlement(
            claim + surplus, adjustment, allowance, value, costs
        )
        figures = (claim, int(used), int(result), int(books))
        return dict(zip(FIGURES, figures, strict=True))

    def _get_surplus(self, value, owed):
        """Return what a vehicle is worth above the claim and is the borrower's."""
        for_borrower = self.scope == "part" and self.sale_for == "borrower"
        # as of a sale at that value: whose the difference is, is one rule
        return int(settlement.sale(value, 0, 0, owed, for_borrower).surplus)

    def _get_covered(self, loan, value):
        """Return (claim settled, adjustment, allowance used), minor units."""
        if loan.state == "written_off":
            return loan._get_recoverable(value, self.date), 0, 0
        row = loan._get_owed(self.date)
        claim = int(row["principal"]) + sum(loan._get_overdue_parts(row).values())
        if self.scope == "full":
            return claim, int(row["adjustment"]), int(row["allowance"])
        payoff = loan._get_payoff(self.date)
        return min(value, claim + int(payoff.interest[0])), 0, 0

    # ------------------------------------------------------------------
    # CONSTRAINT
    # ------------------------------------------------------------------

    @api.constrains("loan_id", "state")
    def _check_vehicle(self):
        for case in self:
            if not case.vehicle_id:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s has no vehicle. Enter it on the loan first.",
                        loan=case.loan_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_approve(self):
        """Approve value and scope: somebody else than who proposed them."""
        self._check_roles("approver", "manager")
        for case in self:
            case._check_case_state("draft")
            case._check_other_than(case.proposer_id)
            if not case.fair_value or not case.source:
                case._raise_no_value()
            case._set_state(
                "approved",
                self.env._(
                    "Taking the vehicle at %(value)s approved.",
                    value=case.currency_id.format(case.fair_value),
                ),
                decider_id=self.env.uid,
            )
        return True

    def _raise_no_value(self):
        raise UserError(
            self.env._(
                "%(case)s of loan %(loan)s: enter the fair value of the vehicle and "
                "who gave it, then approve.",
                case=self.name,
                loan=self.loan_id.name,
            )
        )

    def action_reject(self):
        """Leave the vehicle where it is."""
        self._check_roles("approver", "manager")
        for case in self:
            case._check_case_state("draft", "approved")
            case._set_state(
                "rejected", self.env._("Rejected."), decider_id=self.env.uid
            )
        return True

    def action_take(self):
        """Post the settlement: who neither proposed nor approved does."""
        self._check_roles("manager", "accountant")
        for case in self:
            case._check_case_state("approved")
            case._check_other_than(case.proposer_id | case.decider_id)
            case_sudo = case.sudo()  # the ledger writes the case's figures
            case_sudo.loan_id._take_vehicle(case_sudo)
            case_sudo.vehicle_id.status = "taken"
            case._set_state(
                "done",
                self.env._(
                    "Vehicle taken at %(value)s.",
                    value=case.currency_id.format(case.fair_value),
                ),
                poster_id=self.env.uid,
            )
        return True

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def _find_undo_blocker(self):
        """Return in words what stands on the last step; empty when nothing does."""
        self.ensure_one()
        schedule_sudo = self._get_schedule_sudo()
        if not schedule_sudo or (self.state == "sold" and not self._is_for_borrower()):
            return ""
        loan = self.loan_id
        if loan.state == "written_off":
            case = loan.write_off_ids.filtered(lambda one: one.state == "done")
            return self.env._("%(case)s came later: undo that first", case=case.name)
        return loan._find_relief_blocker(schedule_sudo, True)

    def _undo_entries(self, date, reason):
        """Undo the last step: the sale, or the taking."""
        case_sudo = self.sudo()  # see action_take
        if self.state == "sold":
            made = case_sudo.loan_id._undo_sale(case_sudo, date, reason)
            case_sudo.vehicle_id.status = "taken"
        else:
            made = case_sudo.loan_id._undo_vehicle(case_sudo, date, reason)
            case_sudo.vehicle_id.status = "with_borrower"
        return made

    def _get_state_undone(self):
        """Override: a sale that is undone leaves the vehicle taken."""
        return "done" if self.state == "sold" else super()._get_state_undone()

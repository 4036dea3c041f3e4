from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine import affordability

SENSITIVE_GROUPS = (
    "carloan_relief.group_officer,carloan_relief.group_approver,"
    "carloan_relief.group_risk_analyst,carloan_relief.group_auditor"
)

#: The total that the lines of a kind add up to.
TOTALS = {
    "income": "net_income",
    "outgoing": "living_costs",
    "debt": "other_debt",
}
#: What a verification vouches for.
FIGURES = {
    "partner_id",
    "company_id",
    "date",
    "known_on",
    "line_ids",
    "net_income",
    "living_costs",
    "other_debt",
    "dependants",
    "household_size",
    "employment",
    "employed_since",
    "evidence_ids",
}
#: Who has seen the evidence, and when: the button alone says so, and for good.
VERIFICATION = {"verified_by", "verified_on"}


class CarloanFinancialStatement(models.Model):
    """A borrower's household on a date. A change of it is a new statement."""

    _name = "carloan.financial.statement"
    _description = "Borrower's financial statement"
    _inherit = ["carloan.engine.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Borrower",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    known_on = fields.Date(
        string="Received on",
        required=True,
        default=fields.Date.context_today,
        help="Day on which it came to the lender. An assessment of an earlier day "
        "does not see it.",
    )
    net_income = fields.Monetary(
        string="Net income a month",
        compute="_compute_totals",
        store=True,
        readonly=False,
        precompute=True,
        groups=SENSITIVE_GROUPS,
        help="Follows from the lines of income when there are any.",
    )
    living_costs = fields.Monetary(
        string="Living costs a month",
        compute="_compute_totals",
        store=True,
        readonly=False,
        precompute=True,
        groups=SENSITIVE_GROUPS,
        help="Rent, food, transport, school; 0 when not known. Follows from the lines "
        "of outgoings when there are any.",
    )
    other_debt = fields.Monetary(
        string="Other debts a month",
        compute="_compute_totals",
        store=True,
        readonly=False,
        precompute=True,
        groups=SENSITIVE_GROUPS,
        help="Instalments of other loans and cards. Follows from the lines of debts "
        "when there are any.",
    )
    line_ids = fields.One2many(
        "carloan.financial.line",
        "statement_id",
        string="Lines",
        copy=True,
        groups=SENSITIVE_GROUPS,
    )
    dependants = fields.Integer(groups=SENSITIVE_GROUPS)
    household_size = fields.Integer(
        string="People in the household", groups=SENSITIVE_GROUPS, help="0: not known."
    )
    housing = fields.Selection(
        [
            ("owned", "Owned"),
            ("mortgage", "Owned, with a mortgage"),
            ("rented", "Rented"),
            ("family", "With family"),
            ("employer", "From the employer"),
            ("other", "Other"),
        ],
        groups=SENSITIVE_GROUPS,
    )
    employer = fields.Char(groups=SENSITIVE_GROUPS)
    employer_type = fields.Selection(
        [
            ("private", "Private company"),
            ("state", "State-owned company"),
            ("public", "Public service"),
            ("agency", "Agency work"),
            ("platform", "Platform"),
            ("own", "Own business"),
            ("other", "Other"),
        ],
        string="Kind of employer",
        groups=SENSITIVE_GROUPS,
    )
    employed_since = fields.Date(groups=SENSITIVE_GROUPS)
    evidence_ids = fields.Many2many(
        "ir.attachment",
        "carloan_financial_statement_evidence_rel",
        "statement_id",
        "attachment_id",
        copy=False,
        groups=SENSITIVE_GROUPS,
        help="Payslips, tax returns, account statements.",
    )
    employment = fields.Selection(
        [
            ("employed", "Employed"),
            ("public", "Public service"),
            ("self_employed", "Self-employed"),
            ("casual", "Casual or gig work"),
            ("unemployed", "Out of work"),
            ("retired", "Pensioner"),
            ("other", "Other"),
        ],
        groups=SENSITIVE_GROUPS,
    )
    bureau_score = fields.Integer(
        string="Credit bureau score",
        groups=SENSITIVE_GROUPS,
        help="0 when not known.",
    )
    source = fields.Char(help="Where the figures come from: payslip, tax return, tape.")
    verified_by = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        check_company=True,
        help="Who has seen the evidence.",
    )
    verified_on = fields.Date(readonly=True, copy=False)
    affordable_instalment = fields.Monetary(
        compute="_compute_affordable_instalment",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
        help="What the household can carry a month, after living costs, other debts, "
        "dependants and the reserve set on the company.",
    )

    _latest_idx = models.Index("(partner_id, company_id, date DESC)")
    _amounts_positive = models.Constraint(
        "CHECK (net_income >= 0 AND living_costs >= 0 AND other_debt >= 0 "
        "AND dependants >= 0 AND bureau_score >= 0 AND household_size >= 0)",
        "Income, costs, debts, dependants and score cannot be negative.",
    )

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.partner_id.display_name}, {item.date}"

    @api.depends("line_ids.kind", "line_ids.amount", "line_ids.frequency")
    def _compute_totals(self):
        """Sum the lines of each kind; a kind without lines keeps what was typed."""
        for items in self.grouped("company_id").values():
            for kind, name in TOTALS.items():
                items._sum_lines(kind, name)

    def _sum_lines(self, kind, name):
        """Write the sum of the lines of one kind, where there are any."""
        lines = self.line_ids.filtered(lambda line: line.kind == kind)
        place = {item: at for at, item in enumerate(self)}
        total = affordability.budget(
            self._to_minor(lines.mapped("amount")),
            lines.mapped("frequency"),
            [place[line.statement_id] for line in lines],
            len(self),
        )
        told = lines.statement_id
        for item, amount in zip(self, self._from_minor(total), strict=True):
            item[name] = amount if item in told else item[name]

    @api.constrains("date", "known_on", "employed_since")
    def _check_date(self):
        today = fields.Date.context_today(self)
        for item in self:
            if item.date > today:
                raise ValidationError(
                    self.env._(
                        "The statement of %(partner)s is dated %(date)s, in the "
                        "future. Enter the day on which the figures held.",
                        partner=item.partner_id.display_name,
                        date=item.date,
                    )
                )
            if item.known_on > today or item.known_on < item.date:
                raise ValidationError(
                    self.env._(
                        "The statement of %(partner)s of %(date)s was received on "
                        "%(known)s: that day must lie between its date and today.",
                        partner=item.partner_id.display_name,
                        date=item.date,
                        known=item.known_on,
                    )
                )
            # sudo: a check alone, whoever writes
            since = item.sudo().employed_since
            if since and since > item.date:
                raise ValidationError(
                    self.env._(
                        "%(partner)s cannot be employed since %(since)s in a statement "
                        "of %(date)s. Correct one of the two.",
                        partner=item.partner_id.display_name,
                        since=since,
                        date=item.date,
                    )
                )

    # ------------------------------------------------------------------
    # VERIFICATION
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override: nobody says of a new statement that it was verified."""
        if not self.env.su:
            for vals in vals_list:
                self._check_verification({k: v for k, v in vals.items() if v})
            # a default of the context says it neither
            own = dict.fromkeys(VERIFICATION, False)
            vals_list = [{**vals, **own} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Override: the figures that somebody has verified stand."""
        self._check_verification(vals)
        verified = self.filtered("verified_by")
        if FIGURES & set(vals) and verified:
            raise UserError(
                self.env._(
                    "The statement of %(partner)s of %(date)s was verified by "
                    "%(user)s. Enter a new statement for new figures.",
                    partner=verified[0].partner_id.display_name,
                    date=verified[0].date,
                    user=verified[0].verified_by.name,
                )
            )
        return super().write(vals)

    def _check_verification(self, vals):
        """Refuse a verification that did not go through the button."""
        if not self.env.su and VERIFICATION & set(vals):
            raise AccessError(
                self.env._("A statement is verified by its button, in one's own name.")
            )

    def action_verify(self):
        """Say that the evidence was seen and agrees with the figures."""
        self.check_access("write")
        for item in self:
            item._check_verifiable()
        # sudo: the two fields are written here alone
        self.sudo().write(
            {
                "verified_by": self.env.user.id,
                "verified_on": fields.Date.context_today(self),
            }
        )
        return True

    def _check_verifiable(self):
        self.ensure_one()
        if self.partner_id.commercial_partner_id == (
            self.env.user.partner_id.commercial_partner_id
        ):
            reason = self.env._("nobody verifies the own household")
        elif self.verified_by:
            reason = self.env._("%s has verified it already", self.verified_by.name)
        elif not self.evidence_ids:
            reason = self.env._("attach the evidence first")
        else:
            return
        raise UserError(
            self.env._(
                "The statement of %(partner)s of %(date)s cannot be verified: "
                "%(reason)s.",
                partner=self.partner_id.display_name,
                date=self.date,
                reason=reason,
            )
        )

    @api.depends(
        "net_income",
        "living_costs",
        "other_debt",
        "dependants",
        "company_id.carloan_cost_per_dependant",
        "company_id.carloan_income_reserve",
    )
    def _compute_affordable_instalment(self):
        """One call of the engine per company, for all statements of it."""
        for company, items in self.grouped("company_id").items():
            minor = affordability.affordable_instalment(
                *(
                    items._to_minor(items.mapped(name))
                    for name in ("net_income", "living_costs", "other_debt")
                ),
                dependants=items.mapped("dependants"),
                per_dependant=items._to_minor([company.carloan_cost_per_dependant]),
                buffer=company.carloan_income_reserve,
            )
            for item, amount in zip(items, items._from_minor(minor), strict=True):
                item.affordable_instalment = amount

    def _get_affordable(self, currency, date):
        """Return the affordable instalment in the currency of a loan, as of a day."""
        if not self:
            return 0.0
        return self.currency_id._convert(
            self.affordable_instalment, currency, self.company_id, date
        )

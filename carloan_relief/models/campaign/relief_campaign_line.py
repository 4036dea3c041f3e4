from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import eligibility
from .campaign_case import CampaignCase

EXCLUSIONS = [
    ("not_active", "Loan No Longer Active"),
    ("related", "Own Loan of Who Drafted It"),
    ("deceased", "Deceased"),
    ("litigation", "In Litigation"),
    ("risk_flag", "Bankrupt or Fraud Suspected"),
    ("open_request", "Open Relief Request"),
    ("running_plan", "A Relief Plan Is Running"),
    ("pause", "Rests After a Failed Trial"),
    ("other_campaign", "In Another Campaign"),
    ("no_contact", "Asked Not to Be Written To"),
    ("no_consent", "No Consent to Offers"),
    ("no_address", "No Mail Address"),
    ("frequency", "Written To Often Enough"),
    ("ungraded", "Not Assessed"),
    ("no_rule", "No Rule for the Grade"),
    ("outside", "Nothing Within Policy and Limits"),
    ("strained", "Household Cannot Carry It"),
    ("no_gain", "Worth Less Than No Relief"),
    ("small_cut", "Cut Too Small"),
    ("ceiling", "Monthly Ceiling Reached"),
    ("budget", "Approved Cost Reached"),
    ("by_hand", "Left Out by Hand"),
    ("policy", "Policy Replaced Meanwhile"),
    ("stopped", "Campaign Stopped"),
    ("late", "Campaign Ended Before"),
    ("failed", "Could Not Be Worked Out"),
]
COLUMNS = (
    "campaign_id",
    "company_id",
    "currency_id",
    "company_currency_id",
    "loan_id",
    "partner_id",
    "product_id",
    "grade_id",
    "state",
    "is_selected",
    "exclusion",
    "details",
    "plan",
    "measures",
    "dpd",
    "balance",
    "instalment_before",
    "instalment",
    "cut",
    "added_instalments",
    "concession",
    "cost",
    "forgiven",
    "npv_gain",
)
INSERT = f"INSERT INTO carloan_relief_campaign_line ({', '.join(COLUMNS)}) VALUES %s"


class CarloanReliefCampaignLine(models.Model):
    """One loan of a campaign: left out and why, or what it was offered and answered."""

    _name = "carloan.relief.campaign.line"
    _description = "Loan of a Campaign"
    _inherit = ["carloan.engine.mixin", "carloan.recorded.mixin"]
    _order = "campaign_id desc, loan_id"

    campaign_id = fields.Many2one(
        "carloan.relief.campaign", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    loan_id = fields.Many2one(
        "carloan.loan", ondelete="cascade", readonly=True, index=True
    )
    partner_id = fields.Many2one("res.partner", "Borrower", readonly=True, index=True)
    product_id = fields.Many2one("carloan.product", readonly=True)
    grade_id = fields.Many2one("carloan.risk.grade", "Risk Grade", readonly=True)
    exclusion = fields.Selection(EXCLUSIONS, "Left Out Because", readonly=True)
    details = fields.Json(readonly=True)
    details_text = fields.Char("In the Way", compute="_compute_texts")
    plan = fields.Json("Plan as Data", readonly=True)
    plan_text = fields.Char("Plan", compute="_compute_texts")
    measures = fields.Char(
        "Kinds of Measures", readonly=True, help="What the plan consists of, as codes."
    )
    dpd = fields.Integer("Days Past Due", readonly=True, aggregator="avg")
    balance = fields.Monetary("Outstanding Principal", readonly=True)
    instalment_before = fields.Monetary(readonly=True, aggregator="avg")
    instalment = fields.Monetary("Instalment After", readonly=True, aggregator="avg")
    cut = fields.Float("Cut of the Instalment", readonly=True, aggregator="avg")
    added_instalments = fields.Integer(readonly=True, aggregator="avg")
    concession = fields.Monetary(readonly=True, aggregator=None)
    cost = fields.Monetary(
        "Cost (Concession)",
        currency_field="company_currency_id",
        readonly=True,
        help="Present value of what the lender gives up, in the company's currency; 0 "
        "where a plan brings more than it gives.",
    )
    forgiven = fields.Monetary(
        "Principal Forgiven", currency_field="company_currency_id", readonly=True
    )
    npv_gain = fields.Monetary("Gain of Relief", readonly=True, aggregator=None)

    _once_idx = models.UniqueIndex(
        "(campaign_id, loan_id)", "A campaign looks at each loan once."
    )

    @api.depends("campaign_id", "loan_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.campaign_id.name}: {line.loan_id.display_name}"

    @api.depends("plan", "details")
    @api.depends_context("lang")
    def _compute_texts(self):
        Offer = self.env["carloan.relief.offer"]
        labels = Offer._get_limit_labels()
        for line in self:
            line.plan_text = (
                Offer._get_plan_text(line.plan, line.currency_id)
                if line.plan
                else False
            )
            line.details_text = "; ".join(
                labels.get(code, code) for code in line.details or ()
            )

    # ----------------------------------------------------------------- GUARD
    def _get_recorded_message(self):
        return self.env._(
            "Who gets what is worked out by the campaign: change its filter "
            "or its limits, or press Leave Out."
        )

    # --------------------------------------------------------------- ACTIONS
    def action_leave_out(self):
        """Take loans out of a campaign before they were made an offer."""
        self.campaign_id._check_campaigner()
        for campaign, lines in self.grouped("campaign_id").items():
            done = lines.filtered(lambda one: one.state != "selected")
            if done:
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is not waiting for an offer of %(campaign)s any "
                        "more: it cannot be left out. Open its request instead.",
                        loan=done[:1].loan_id.display_name,
                        campaign=campaign.name,
                    )
                )
            campaign._leave_out(lines)
        return True

    def action_view_loan(self):
        """Open the loan."""
        self.ensure_one()
        return self._open("carloan.loan", self.loan_id)

    def action_view_request(self):
        """Open the request that the offer made."""
        self.ensure_one()
        return self._open("carloan.relief.request", self.request_id)

    def _open(self, model, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------ WORK
    @api.model
    def _try_loans(self, campaign, loans):
        """Work out what loans would be offered, and keep a row for each."""
        left_out = campaign._screen(loans)
        rows = [
            self._prepare_row(campaign, loan, code) for loan, code in left_out.items()
        ]
        asked = loans - loans.browse(loan.id for loan in left_out)
        for loan, proposal, case in self._propose(campaign, asked, 1):
            rows.append(self._prepare_offer_row(campaign, loan, proposal, case))
        self.env.cr.execute_values(
            INSERT,
            [tuple(row[name] for name in COLUMNS) for row in rows],
            page_size=1000,
        )
        self.invalidate_model()

    @api.model
    def _propose(self, campaign, loans, limit):
        """Yield (loan, Proposal, CampaignCase or None) for each loan."""
        for group in loans.grouped(
            lambda loan: (loan.product_id, loan.currency_id)
        ).values():
            graded = group.filtered(lambda one: one.risk_grade_id and one.assessment_id)
            for loan in group - graded:
                yield loan, CampaignCase.nothing("ungraded"), None
            if graded:
                yield from self._propose_alike(campaign, graded, limit)

    def _propose_alike(self, campaign, loans, limit):
        """Yield proposals to loans of one product; one that fails stops no other."""
        try:
            case = CampaignCase(campaign, loans)
            proposals = case.propose(limit)
        except ValueError as error:
            if len(loans) == 1:
                yield loans, CampaignCase.nothing("failed", str(error)), None
            else:
                for loan in loans:
                    yield from self._propose_alike(campaign, loan, limit)
            return
        yield from (
            (loan, proposal, case)
            for loan, proposal in zip(case.loans, proposals, strict=True)
        )
        # a loan without a position in the ledger has nothing to change
        for loan in loans - case.loans:
            yield loan, CampaignCase.nothing("failed"), None

    def _prepare_offer_row(self, campaign, loan, proposal, case):
        """Return the row of a loan with what it would be offered."""
        row = self._prepare_row(campaign, loan, proposal.code)
        row["details"] = Json(proposal.details)
        if not proposal.offer:
            return row
        return row | self._prepare_figures(campaign, loan, proposal, case)

    @api.model
    def _prepare_figures(self, campaign, loan, proposal, case):
        """Return the figures of a proposal, as columns of a line."""
        offer, at = proposal.offer, case.place(loan)
        before, after, concession, forgiven, gain = loan._from_minor(
            [
                case.regular[at],
                offer.instalment,
                offer.concession,
                proposal.forgiven,
                offer.npv - offer.npv_no_relief,
            ]
        )
        own, rate = campaign.company_id.currency_id, case.rate
        kinds = {eligibility.measure_of(measure) for measure in offer.plan}
        return {
            "plan": Json(list(offer.plan)),
            "measures": " ".join(sorted(kinds)),
            "dpd": int(case.position.dpd[at]),
            "instalment_before": before,
            "instalment": after,
            "cut": proposal.cut,
            "added_instalments": int(offer.instalments) - case.left(at),
            "concession": concession,
            # what one plan brings in pays for no other: authority is on what is given
            "cost": own.round(max(concession, 0.0) * rate),
            "forgiven": own.round(forgiven * rate),
            "npv_gain": gain,
        }

    def _prepare_row(self, campaign, loan, code):
        """Return the values of one row, by the columns of the table."""
        return {
            **dict.fromkeys(COLUMNS),
            "campaign_id": campaign.id,
            "company_id": campaign.company_id.id,
            "currency_id": loan.currency_id.id,
            "company_currency_id": campaign.company_id.currency_id.id,
            "loan_id": loan.id,
            "partner_id": loan.partner_id.id,
            "product_id": loan.product_id.id,
            "grade_id": loan.risk_grade_id.id or None,
            "state": "excluded" if code else "selected",
            "is_selected": int(not code),
            "exclusion": code,
            "details": Json([]),
            "plan": Json([]),
            "dpd": loan.dpd,
            "balance": loan.principal_balance,
        }

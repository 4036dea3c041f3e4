from psycopg2.extras import Json

from odoo import api, fields, models

from ...engine import eligibility, simulation
from .simulation_case import SimulationCase

OUTCOMES = [
    ("affordable", "Plan Within Policy"),
    ("strained", "Only as an Exception"),
    ("none", "Nothing Open"),
    ("ungraded", "Not Assessed"),
    ("failed", "Could Not Be Worked Out"),
]
COLUMNS = (
    "simulation_id",
    "company_id",
    "currency_id",
    "loan_id",
    "partner_id",
    "product_id",
    "grade_id",
    "policy_id",
    "version",
    "outcome",
    "change",
    "closed",
    "plan",
    "dpd",
    "balance",
    "instalment_before",
    "instalment",
    "cut",
    "concession",
    "npv_gain",
    "added_instalments",
    "straight_through",
    "has_extension",
    "has_holiday",
    "has_rate_cut",
    "has_waiver",
    "has_forgiveness",
)

INSERT = f"INSERT INTO carloan_relief_simulation_line ({', '.join(COLUMNS)}) VALUES %s"


class CarloanReliefSimulationLine(models.Model):
    """What one loan would be offered under one of the two policies."""

    _name = "carloan.relief.simulation.line"
    _description = "Loan of a Simulation"
    _order = "simulation_id desc, loan_id, version"

    simulation_id = fields.Many2one(
        "carloan.relief.simulation", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    loan_id = fields.Many2one("carloan.loan", ondelete="cascade", readonly=True)
    partner_id = fields.Many2one("res.partner", "Borrower", readonly=True)
    product_id = fields.Many2one("carloan.product", readonly=True)
    grade_id = fields.Many2one("carloan.risk.grade", "Risk Grade", readonly=True)
    policy_id = fields.Many2one(
        "carloan.relief.policy", "Policy Version", ondelete="cascade", readonly=True
    )
    version = fields.Selection(
        [("new", "Simulated"), ("now", "In Force")], "Policy", readonly=True
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    change = fields.Selection(
        [
            ("gains", "Helped Only by the New One"),
            ("lower", "Lower Instalment"),
            ("same", "Same Instalment"),
            ("higher", "Higher Instalment"),
            ("loses", "Helped Only by the Old One"),
        ],
        "Against the One in Force",
        readonly=True,
    )
    closed = fields.Json(readonly=True)
    closed_text = fields.Char("Why Not", compute="_compute_texts")
    plan = fields.Json("Measures", readonly=True)
    plan_text = fields.Char("Plan", compute="_compute_texts")
    dpd = fields.Integer("Days Past Due", readonly=True, aggregator="avg")
    balance = fields.Monetary("Outstanding Principal", readonly=True)
    instalment_before = fields.Monetary(readonly=True)
    instalment = fields.Monetary("Instalment After", readonly=True)
    cut = fields.Float("Cut of the Instalment", readonly=True, aggregator="avg")
    concession = fields.Monetary("Cost (Concession)", readonly=True)
    npv_gain = fields.Monetary("Gain of Relief", readonly=True)
    added_instalments = fields.Integer(readonly=True, aggregator="avg")
    straight_through = fields.Boolean("Without an Approver", readonly=True)
    has_extension = fields.Boolean("Extension", readonly=True)
    has_holiday = fields.Boolean("Holiday", readonly=True)
    has_rate_cut = fields.Boolean("Rate Cut", readonly=True)
    has_waiver = fields.Boolean("Waiver", readonly=True)
    has_forgiveness = fields.Boolean("Forgiveness", readonly=True)

    _once_idx = models.UniqueIndex(
        "(simulation_id, loan_id, version)",
        "A simulation tries each loan once under each policy.",
    )

    @api.depends("plan", "closed", "outcome")
    @api.depends_context("lang")
    def _compute_texts(self):
        Offer = self.env["carloan.relief.offer"]
        labels = Offer._get_limit_labels()
        for line in self:
            helped = line.outcome in ("affordable", "strained")
            text = Offer._get_plan_text(line.plan, line.currency_id)
            line.plan_text = text if helped else False
            line.closed_text = "; ".join(
                labels.get(code, code) for code in line.closed or ()
            )

    # ------------------------------------------------------------------ WORK
    @api.model
    def _try_loans(self, run, loans):
        """Work out what loans would be offered by both policies, and keep it."""
        graded = loans.filtered(lambda loan: loan.risk_grade_id and loan.assessment_id)
        rows = [
            self._prepare_row(run, loan, "new", "ungraded", {})
            for loan in loans - graded
        ]
        alike = graded.grouped(lambda loan: (loan.product_id, loan.currency_id))
        for group in alike.values():
            rows += self._try_group(run, group)
        self._insert(rows)

    def _insert(self, rows):
        self.env.cr.execute_values(
            INSERT,
            [tuple(row[name] for name in COLUMNS) for row in rows],
            page_size=1000,
        )
        self.invalidate_model()

    def _try_group(self, run, loans):
        """Try loans of one product; one that cannot be worked out stops no other."""
        try:
            return self._try_alike(run, loans)
        except ValueError as error:
            if len(loans) > 1:
                return [row for loan in loans for row in self._try_group(run, loan)]
            extra = {"closed": [str(error)]}
            return [self._prepare_row(run, loans, "new", "failed", extra)]

    def _try_alike(self, run, loans):
        """Return the rows of loans of one product under both policies."""
        case = SimulationCase(run, loans)
        versions = {"new": run.policy_id, "now": run.baseline_id}
        found = {
            version: self._try_policy(case, policy)
            for version, policy in versions.items()
            if policy
        }
        return [
            row
            for at, loan in enumerate(case.loans)
            for row in self._prepare_rows(run, case, loan, at, found)
        ]

    def _try_policy(self, case, policy):
        """Return the result of each loan under a policy: N dicts.

        Loans are run through the engine together, rule by rule. What a rule of the
        other policy, word for word the same, has found already is not searched again.
        """
        results = [None] * len(case.loans)
        for rule, places in case.by_rule(policy):
            if not rule:
                for at in places:
                    results[at] = {"outcome": "none", "closed": ["no_rule"]}
                continue
            found = case.outcome(rule, places)
            for k, at in enumerate(places):
                results[at] = self._prepare_result(case, rule, found, k)
        return results

    def _prepare_result(self, case, rule, found, k):
        """Return what a rule makes of loan ``k`` of its outcome, as plain values."""
        outcome, codes = found
        plan = outcome.plans.to_dicts(k, case.currency.decimal_places)
        kinds = {eligibility.measure_of(measure) for measure in plan}
        before, after, cost, gain = case.loans[:1]._from_minor(
            [
                outcome.before[k],
                outcome.instalment[k],
                outcome.concession[k],
                outcome.npv_gain[k],
            ]
        )
        name = simulation.OUTCOMES[outcome.found[k]]
        return {
            "outcome": name,
            "closed": list(codes[k]),
            "plan": plan,
            "instalment_before": before,
            "instalment": after,
            "cut": float(outcome.cut[k]),
            "concession": cost,
            "npv_gain": gain,
            "instalments": int(outcome.instalments[k]),
            "straight_through": name == "affordable"
            and case.passes_straight(rule, cost),
            "has_extension": "extend" in kinds,
            "has_holiday": "holiday" in kinds,
            "has_rate_cut": "rate" in kinds,
            "has_waiver": any(kind.startswith("waive") for kind in kinds),
            "has_forgiveness": "forgive" in kinds,
        }

    def _prepare_rows(self, run, case, loan, at, found):
        """Return the rows of one loan, each with what the other policy changes."""
        results = {version: rows[at] for version, rows in found.items()}
        change = None
        if "now" in results:
            change = _compare(results["new"], results["now"], case.currency)
        for version, result in results.items():
            extra = {
                **result,
                "change": change,
                "dpd": int(case.position.dpd[at]),
                "added_instalments": result.get("instalments", case.left(at))
                - case.left(at),
            }
            yield self._prepare_row(run, loan, version, result["outcome"], extra)

    def _prepare_row(self, run, loan, version, outcome, extra):
        """Return the values of one row, by the columns of the table."""
        policy = run.policy_id if version == "new" else run.baseline_id
        row = {
            **dict.fromkeys(COLUMNS),
            "simulation_id": run.id,
            "company_id": run.company_id.id,
            "currency_id": loan.currency_id.id,
            "loan_id": loan.id,
            "partner_id": loan.partner_id.id,
            "product_id": loan.product_id.id,
            "grade_id": loan.risk_grade_id.id or None,
            "policy_id": policy.id,
            "version": version,
            "balance": loan.principal_balance,
            "outcome": outcome,
        }
        row |= {name: extra[name] for name in COLUMNS if name in extra}
        for name in ("closed", "plan"):
            row[name] = Json(row[name] or [])
        return row


def _compare(new, now, currency):
    """Return what the new policy changes for a loan against the one in force."""
    helped, was = (one["outcome"] == "affordable" for one in (new, now))
    if helped != was:
        return "gains" if helped else "loses"
    order = currency.compare_amounts(new.get("instalment", 0), now.get("instalment", 0))
    return {-1: "lower", 0: "same", 1: "higher"}[order]

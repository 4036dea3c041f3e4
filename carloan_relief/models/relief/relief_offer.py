from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanReliefOffer(models.Model):
    """One plan worked out by the engine for a case, with the rows it leads to.

    Offers are made by the engine and never edited: what was shown, approved and
    signed is what becomes active.
    """

    _name = "carloan.relief.offer"
    _description = "Relief Offer"
    _order = "request_id desc, sequence, id"
    _check_company_auto = True

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    currency_id = fields.Many2one(related="request_id.currency_id", store=True)
    loan_id = fields.Many2one(related="request_id.loan_id", store=True, index=True)
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    grade_id = fields.Many2one(related="request_id.grade_id", store=True)
    request_state = fields.Selection(related="request_id.state", string="Request State")
    sequence = fields.Integer(default=10, readonly=True)
    pick = fields.Selection(
        [
            ("recommended", "Recommended"),
            ("lowest_instalment", "Lowest Instalment"),
            ("lowest_total_cost", "Lowest Total Cost"),
            ("shortest", "Shortest"),
            ("custom", "Set by Staff"),
        ],
        readonly=True,
    )
    plan = fields.Json("Measures", readonly=True)
    plan_text = fields.Char("Plan", compute="_compute_plan_text")
    instalment = fields.Monetary(readonly=True, aggregator="avg")
    last_instalment = fields.Monetary(readonly=True, aggregator="avg")
    instalments = fields.Integer(
        "Number of Instalments", readonly=True, aggregator="avg"
    )
    added_instalments = fields.Integer(readonly=True, aggregator="avg")
    due_now = fields.Monetary(
        "Due at Once",
        readonly=True,
        help="Overdue amounts that stay due beside the plan.",
    )
    total_cost = fields.Monetary("Still to Pay", readonly=True)
    instalment_change = fields.Monetary(readonly=True, aggregator="avg")
    total_change = fields.Monetary("Change of Total", readonly=True)
    concession = fields.Monetary(
        readonly=True, help="Present value of what the lender gives up."
    )
    modification_loss = fields.Monetary(
        readonly=True,
        help="Loss of the changed schedule, booked when the offer becomes active. What "
        "is forgiven of the principal is booked beside it.",
    )
    value_change = fields.Float(
        "Change of Value",
        digits=(8, 2),
        readonly=True,
        aggregator="avg",
        help="By how much, in per cent, the present value of what is owed changes at "
        "the original effective rate.",
    )
    substantial = fields.Boolean(
        readonly=True, help="The change of value reaches the share set in the policy."
    )
    npv = fields.Monetary("Expected Value", readonly=True)
    npv_no_relief = fields.Monetary("Expected Value Without Relief", readonly=True)
    npv_gain = fields.Monetary("Gain of Relief", readonly=True)
    pd_relief = fields.Float(
        "PD With This Plan",
        readonly=True,
        digits=(8, 6),
        aggregator="avg",
        help="Probability of default within a year that the expected value rests on.",
    )
    pd_no_relief = fields.Float(related="request_id.pd_no_relief")
    expected_text = fields.Text(related="request_id.expected_text")
    apr = fields.Float(
        "Yearly Cost",
        digits=(8, 6),
        readonly=True,
        aggregator="avg",
        help="Nominal yearly cost to the borrower of what remains, fees included, by "
        "the actuarial method; 0 when there is none.",
    )
    affordable = fields.Boolean(readonly=True)
    pareto = fields.Boolean(
        "Best of Its Kind",
        readonly=True,
        help="No other offer is better for the lender and the borrower at once.",
    )
    binding = fields.Json(readonly=True)
    binding_text = fields.Char("Limited By", compute="_compute_texts")
    reasons = fields.Json(readonly=True)
    reason_text = fields.Char("Why", compute="_compute_texts")
    rows = fields.Json(readonly=True)
    is_exception = fields.Boolean(
        "Exception", readonly=True, help="Outside the limits of the policy."
    )
    exception_reason = fields.Text(readonly=True)
    is_proposed = fields.Boolean(compute="_compute_is_proposed")
    chart = fields.Json(compute="_compute_chart")

    # --------------------------------------------------------------- COMPUTE
    @api.depends("pick", "plan")
    @api.depends_context("lang")
    def _compute_display_name(self):
        picks = dict(self._fields["pick"]._description_selection(self.env))
        for offer in self:
            label = picks.get(offer.pick)
            text = offer.plan_text or ""
            offer.display_name = f"{label}: {text}" if label else text

    @api.depends("plan", "currency_id")
    @api.depends_context("lang")
    def _compute_plan_text(self):
        for offer in self:
            offer.plan_text = offer._get_plan_text(offer.plan, offer.currency_id)

    @api.depends("binding", "reasons")
    @api.depends_context("lang")
    def _compute_texts(self):
        labels = {**self._get_limit_labels(), **self._get_reason_labels()}
        for offer in self:
            offer.binding_text = ", ".join(
                labels.get(code, code) for code in offer.binding or ()
            )
            offer.reason_text = "; ".join(
                labels.get(code, code) for code in offer.reasons or ()
            )

    @api.depends("request_id.offer_id")
    def _compute_is_proposed(self):
        for offer in self:
            offer.is_proposed = offer.request_id.offer_id == offer

    @api.depends("rows", "request_id.before_rows")
    def _compute_chart(self):
        for offer in self:
            offer.chart = self._prepare_chart(
                offer.request_id.before_rows, offer.rows, offer.currency_id
            )

    # ---------------------------------------------------------------- TOOLING
    @api.model
    def _prepare_chart(self, before, after, currency):
        """Return both schedules as points for the chart field of the client."""
        digits = currency.decimal_places or 0

        def points(rows):
            return [
                [
                    row["due_date"],
                    row["instalment"] / 10**digits,
                    row["balance"] / 10**digits,
                ]
                for row in rows or ()
            ]

        return {
            "before": points(before),
            "after": points(after),
            "currency_id": currency.id,
        }

    @api.model
    def _get_limit_labels(self):
        """Return the words for the limits that may bind an offer."""
        return {
            "max_extend": self.env._("longest extension of the policy"),
            "max_holiday": self.env._("longest holiday of the policy"),
            "holiday_interest": self.env._("holiday interest rule of the policy"),
            "max_rate_cut": self.env._("largest rate cut of the policy"),
            "max_waive_interest": self.env._("largest waiver of interest"),
            "max_waive_penalty": self.env._("largest waiver of penalty"),
            "min_instalment": self.env._("lowest instalment of the policy"),
            "max_waive_fee": self.env._("largest waiver of fees"),
            "max_forgive": self.env._("most principal that may be forgiven"),
            "max_rate_rows": self.env._("longest cut of the rate"),
            "max_term": self.env._("cap on the whole term"),
            "law_term": self.env._("longest term that the law allows"),
            "may_capitalise": self.env._("no capitalisation for this grade"),
            "may_carry": self.env._("interest may not be carried for this grade"),
            "max_forbear": self.env._("most principal that may be deferred"),
            "other_measure": self.env._("a measure the policy does not provide for"),
            "affordability": self.env._("what the household can afford"),
            "no_rule": self.env._("no rule of the policy for this grade"),
            **self._get_condition_labels(),
        }

    @api.model
    def _get_condition_labels(self):
        """Return the words for each measure that a condition of the policy closed."""
        measures = self.env["carloan.relief.condition"]._fields["measure"]
        why = {
            "age": self.env._("the loan is too young"),
            "payments": self.env._("too few instalments were paid"),
            "count": self.env._("relieved too often already"),
            "gap": self.env._("too soon after the relief before"),
            "dpd": self.env._("days past due outside the range of the policy"),
            "ltv": self.env._("loan to value outside the range of the policy"),
            "reason": self.env._("not for this hardship"),
        }
        labels = measures._description_selection(self.env)
        ceiling = self.env._("monthly ceiling on the book")
        return {
            f"{measure}.{criterion}": self.env._(
                "%(measure)s: %(why)s", measure=label, why=words
            )
            for measure, label in labels
            for criterion, words in why.items()
        } | {
            f"ceiling.{measure}": self.env._(
                "%(measure)s: %(why)s", measure=label, why=ceiling
            )
            for measure, label in labels
        }

    @api.model
    def _get_reason_labels(self):
        """Return the words for why an offer was picked."""
        return {
            "recommended": self.env._("best value for the lender that can be afforded"),
            "least_burden": self.env._("asks least of a single instalment"),
            "lowest_instalment": self.env._("lowest instalment"),
            "lowest_total_cost": self.env._("lowest total cost"),
            "shortest": self.env._("paid off soonest"),
            "affordable": self.env._("the household can afford it"),
            "none_affordable": self.env._("no plan within the policy can be afforded"),
            "not_affordable": self.env._("more than the household can afford"),
            "npv_above_no_relief": self.env._(
                "worth more to the lender than no relief"
            ),
            "npv_below_no_relief": self.env._(
                "worth less to the lender than no relief"
            ),
            "no_concession": self.env._("costs the lender nothing"),
            "target_met": self.env._("the cut aimed at is reached"),
            "target_missed": self.env._("the cut aimed at is not reached"),
            "arrears_stay_due": self.env._("what is overdue stays due at once"),
        }

    # ---------------------------------------------------------------- ACTIONS
    def action_choose(self):
        """Make this the offer that the case proposes."""
        self.ensure_one()
        request = self.request_id
        request._check_staff("officer")
        request._check_basis_open()
        if request.state != "assessed":
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: press Change Proposal first, "
                    "which voids what was decided, then choose another offer.",
                    request=request.name,
                    state=request._get_state_label(),
                )
            )
        # sudo: the chosen offer is written by this method and the assessment only
        request.sudo().offer_id = self
        request._log(self.env._("Proposed offer: %(offer)s", offer=self.display_name))
        return True

    def action_open_request(self):
        """Open the case of this offer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.relief.request",
            "res_id": self.request_id.id,
            "view_mode": "form",
        }

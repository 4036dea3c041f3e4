from odoo import api, fields, models
from odoo.exceptions import UserError

# inputs of the staff: a change of any of them works the plan out anew
INPUTS = (
    "request_id",
    "extend",
    "holiday",
    "holiday_interest",
    "rate_cut",
    "rate_instalments",
    "waive_interest",
    "waive_penalty",
    "waive_fee",
    "waive_when",
    "capitalise",
    "carry_interest",
    "defer_principal",
    "forgive_principal",
    "low_amount",
    "low_instalments",
    "low_then",
    "first_due_date",
)

# what the engine says of a plan, by the names of an offer
FIGURES = (
    "instalment",
    "last_instalment",
    "instalments",
    "total_cost",
    "concession",
    "modification_loss",
    "apr",
    "npv",
    "npv_gain",
    "affordable",
    "is_exception",
)


class CarloanReliefOfferWizard(models.TransientModel):
    """Staff set the measures and see at once what they make of the loan."""

    _name = "carloan.relief.offer.wizard"
    _description = "Make a Relief Offer"

    request_id = fields.Many2one("carloan.relief.request", required=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    extend = fields.Integer("More Instalments")
    holiday = fields.Integer("Instalments Without Principal")
    holiday_interest = fields.Selection(
        [
            ("pay", "Paid during the holiday"),
            ("capitalise", "Added to the balance"),
            ("defer", "Due after the holiday"),
            ("waive", "Waived"),
        ],
        default=lambda self: self._default_holiday_interest(),
        required=True,
    )
    rate_cut = fields.Float(
        digits=(8, 6), help="Percentage points a year off the rate."
    )
    rate_instalments = fields.Integer(
        "For Instalments",
        help="How many instalments the lower rate holds. 0: to the end.",
    )
    waive_interest = fields.Float("Overdue Interest Waived", digits=(6, 4))
    waive_penalty = fields.Float("Penalty Waived", digits=(6, 4))
    waive_fee = fields.Float("Fees Waived", digits=(6, 4))
    capitalise = fields.Boolean(
        "Add Overdue Amounts to the Balance",
        help="What is overdue and not waived joins the balance instead of staying due.",
    )
    waive_when = fields.Selection(
        [("now", "At once"), ("on_completion", "Once the plan is kept to its end")],
        "Waivers Count",
        default="now",
        required=True,
        help="On completion: neither due nor late while the plan is kept, waived with "
        "its last instalment, and due again if the plan is broken.",
    )
    carry_interest = fields.Boolean(
        "Overdue Interest With the First Instalment",
        help="Overdue interest that is not waived is due with the first new "
        "instalment, instead of at once or as part of the balance.",
    )
    defer_principal = fields.Float(
        "Principal Deferred",
        digits=(6, 4),
        help="Share of the principal that bears no interest and is due with the last "
        "instalment.",
    )
    forgive_principal = fields.Float(
        "Principal Forgiven", digits=(6, 4), help="Share of the principal given up."
    )
    low_amount = fields.Monetary(
        "Lowered Instalment",
        help="What the borrower can pay for some time, fee included. Interest above it "
        "is added to the balance.",
    )
    low_instalments = fields.Integer("Number of Lowered Instalments", default=6)
    low_then = fields.Selection(
        [
            ("reamortise", "Higher instalments to the same end"),
            ("extend", "More of the usual instalments"),
            ("balloon", "The rest with the last instalment"),
        ],
        "What Follows Them",
        default="reamortise",
        required=True,
    )
    first_due_date = fields.Date(
        "Next Due Date",
        help="Another day on which the next instalment is due, such as the one after "
        "payday; later ones are due on that day of the month.",
    )
    exception_reason = fields.Text()

    before_instalment = fields.Monetary(related="request_id.before_instalment")
    before_instalments = fields.Integer(related="request_id.before_instalments")
    before_total = fields.Monetary(related="request_id.before_total")
    affordable_instalment = fields.Monetary(related="request_id.affordable_instalment")
    error = fields.Char(compute="_compute_preview")
    plan_text = fields.Char(compute="_compute_preview")
    instalment = fields.Monetary(compute="_compute_preview")
    last_instalment = fields.Monetary(compute="_compute_preview")
    instalments = fields.Integer("Number of Instalments", compute="_compute_preview")
    total_cost = fields.Monetary(compute="_compute_preview")
    concession = fields.Monetary(compute="_compute_preview")
    modification_loss = fields.Monetary(compute="_compute_preview")
    apr = fields.Float("Yearly Cost", digits=(8, 6), compute="_compute_preview")
    last_date = fields.Date("Last Instalment On", compute="_compute_preview")
    npv = fields.Monetary("Expected Value", compute="_compute_preview")
    npv_gain = fields.Monetary("Gain of Relief", compute="_compute_preview")
    affordable = fields.Boolean(compute="_compute_preview")
    is_exception = fields.Boolean(compute="_compute_preview")
    breach_text = fields.Char("Outside the Policy", compute="_compute_preview")
    chart = fields.Json(compute="_compute_preview")

    def _default_holiday_interest(self):
        request = self.env["carloan.relief.request"].browse(
            self.env.context.get("default_request_id")
        )
        return request.rule_id.holiday_interest or "pay"

    @api.depends(*INPUTS)
    def _compute_preview(self):
        """Work the plan out by the engine; what cannot be is said, not raised."""
        Offer = self.env["carloan.relief.offer"]
        for wizard in self:
            try:
                vals = wizard.request_id._prepare_custom_offer_vals(wizard._get_plan())
            except (UserError, ValueError) as error:
                wizard._reset_preview(str(error))
                continue
            wizard.error = False
            wizard.plan_text = Offer._get_plan_text(vals["plan"], wizard.currency_id)
            wizard.chart = Offer._prepare_chart(
                wizard.request_id.before_rows, vals["rows"], wizard.currency_id
            )
            labels = Offer._get_limit_labels()
            wizard.breach_text = ", ".join(
                labels.get(code, code) for code in vals["binding"]
            )
            for name in FIGURES:
                wizard[name] = vals[name]
            wizard.last_date = vals["rows"][-1]["due_date"] if vals["rows"] else False

    def _reset_preview(self, error):
        """Show why the plan cannot be worked out, and no figures."""
        self.update(
            {
                **dict.fromkeys(FIGURES, 0),
                "error": error,
                "plan_text": False,
                "last_date": False,
                "affordable": False,
                "is_exception": False,
                "breach_text": False,
                "chart": False,
            }
        )

    def _get_plan(self):
        """Return what was set as a list of measures, in the order they apply."""
        self.ensure_one()
        plan = []
        for component in ("interest", "penalty", "fee"):
            share = self[f"waive_{component}"]
            if share:
                percent = round(share * 100, 4)
                measure = {"kind": "waive", "component": component, "percent": percent}
                if self.waive_when != "now":
                    measure["when"] = self.waive_when
                plan.append(measure)
        if self.forgive_principal:
            percent = round(self.forgive_principal * 100, 4)
            plan.append({"kind": "forgive_principal", "percent": percent})
        plan += self._get_arrears_plan()
        if self.rate_cut:
            measure = self.request_id._prepare_rate_measure(self.rate_cut)
            if self.rate_instalments:
                measure["instalments"] = self.rate_instalments
            plan.append(measure)
        if self.holiday:
            plan.append(
                {
                    "kind": "holiday",
                    "instalments": self.holiday,
                    "interest": self.holiday_interest,
                }
            )
        if self.extend:
            plan.append({"kind": "extend", "instalments": self.extend})
        if self.defer_principal:
            percent = round(self.defer_principal * 100, 4)
            plan.append({"kind": "defer_principal", "percent": percent})
        return plan + self._get_payment_plan()

    def _get_arrears_plan(self):
        """Return what becomes of overdue amounts that are not waived."""
        plan = []
        if self.capitalise:
            components = ["principal", "interest", "fee", "penalty"]
            if self.carry_interest:
                components.remove("interest")
            plan.append({"kind": "capitalise", "components": components})
        if self.carry_interest:
            plan.append({"kind": "carry", "components": ["interest"]})
        return plan

    def _get_payment_plan(self):
        """Return what is asked for otherwise: lower for some time, on another day."""
        plan = []
        if self.low_amount:
            plan.append(
                {
                    "kind": "lower_instalment",
                    "amount": f"{self.low_amount:.{self.currency_id.decimal_places}f}",
                    "instalments": self.low_instalments,
                    "then": self.low_then,
                }
            )
        if self.first_due_date:
            day = fields.Date.to_string(self.first_due_date)
            plan.append({"kind": "redate", "first_due_date": day})
        return plan

    def action_add(self):
        """Add the plan to the case as an offer and propose it."""
        self.ensure_one()
        if self.error:
            raise UserError(self.error)
        offer = self.request_id._add_custom_offer(
            self._get_plan(), self.exception_reason
        )
        offer.action_choose()
        return {"type": "ir.actions.act_window_close"}

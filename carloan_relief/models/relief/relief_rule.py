import numpy as np

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import calendar, caps, eligibility, limits, offers

HOLIDAY_MODES = ("pay", "capitalise", "defer", "waive")
# what a rule must agree with to be the rule of a loan, besides the grade
SCOPE = ("product_id", "condition", "usage", "fuel")
# limits that go to the engine as they are
LIMITS = (
    "may_capitalise",
    "may_carry",
    "max_extend",
    "max_holiday",
    "max_rate_cut",
    "max_rate_months",
    "max_waive_interest",
    "max_waive_fee",
    "max_waive_penalty",
    "max_forbear",
    "max_forgive",
)


class CarloanReliefRule(models.Model):
    """The box of one risk grade: how far each measure may go.

    A grade has a general rule, and may have others for a product or a class of cars.
    """

    _name = "carloan.relief.rule"
    _description = "Relief Rule"
    _order = "policy_id, grade_sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "carloan.relief.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    grade_id = fields.Many2one(
        "carloan.risk.grade", required=True, ondelete="restrict", index=True
    )
    grade_sequence = fields.Integer(related="grade_id.sequence", store=True)
    product_id = fields.Many2one(
        "carloan.product",
        ondelete="restrict",
        help="Empty: for every product.",
    )
    condition = fields.Selection(
        [("new", "New"), ("used", "Used")],
        string="Cars",
        help="Empty: new and used cars.",
    )
    usage = fields.Selection(
        [("private", "Private"), ("commercial", "Commercial")],
        help="Empty: whatever the car is used for.",
    )
    fuel = fields.Selection(
        [("ice", "Combustion engine"), ("nev", "New energy")],
        help="Empty: whatever drives the car.",
    )
    condition_ids = fields.One2many("carloan.relief.condition", "rule_id", copy=True)
    condition_count = fields.Integer("Conditions", compute="_compute_condition_count")
    may_capitalise = fields.Boolean(
        help="Overdue amounts may be added to the balance instead of staying due."
    )
    may_carry = fields.Boolean(
        "May Carry Interest",
        help="Overdue interest may be due with the first new instalment.",
    )
    max_forbear = fields.Float(
        "Max Deferred Principal",
        digits=(6, 4),
        help="Largest share of the principal that may be due, without interest, with "
        "the last instalment.",
    )
    max_extend = fields.Integer(
        "Max Extension", help="Instalments that may be added to the end."
    )
    max_holiday = fields.Integer(help="Instalments in a row that may be skipped.")
    holiday_interest = fields.Selection(
        [
            ("pay", "Paid during the holiday"),
            ("capitalise", "Added to the balance"),
            ("defer", "Due after the holiday"),
            ("waive", "Waived"),
        ],
        default="pay",
        required=True,
        help="What becomes of the interest that runs during a holiday.",
    )
    holiday_pay = fields.Boolean("Interest Paid", help="Allowed as well.")
    holiday_capitalise = fields.Boolean(
        "Interest Added to the Balance", help="Allowed as well."
    )
    holiday_defer = fields.Boolean("Interest Due Afterwards", help="Allowed as well.")
    holiday_waive = fields.Boolean("Interest Waived", help="Allowed as well.")
    max_rate_cut = fields.Float(digits=(8, 6), help="In percentage points a year.")
    max_rate_months = fields.Integer(
        "Months of the Cut", help="How long a cut of the rate lasts; 0 = to the end."
    )
    max_waive_interest = fields.Float(
        digits=(6, 4), help="Largest share of the overdue interest that may be waived."
    )
    max_waive_penalty = fields.Float(
        digits=(6, 4), help="Largest share of the penalty that may be waived."
    )
    max_waive_fee = fields.Float(
        digits=(6, 4), help="Largest share of the overdue fees that may be waived."
    )
    max_forgive = fields.Float(
        "Max Forgiven Principal",
        digits=(6, 4),
        help="Largest share of the principal that may be given up.",
    )
    min_instalment_pct = fields.Float(
        "Min Instalment",
        digits=(6, 4),
        help="Lowest instalment after relief, as a share of the one before.",
    )
    max_total_term_new = fields.Integer(
        "Max Term, New Car (Months)",
        default=60,
        help="From the start of the loan to its last instalment, extensions included; "
        "0 means no cap.",
    )
    max_total_term_used = fields.Integer(
        "Max Term, Used Car (Months)",
        default=36,
        help="The same cap for a loan on a used car; 0 means no cap.",
    )
    straight_through = fields.Boolean(
        help="A small case within these limits may be offered without an approver. "
        "A refusal is always a person's decision."
    )
    straight_through_limit = fields.Monetary(
        aggregator=None,
        help="Largest concession (present value) of a case that needs no approver.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    _scope_uniq = models.UniqueIndex(
        "(policy_id, grade_id, COALESCE(product_id, 0), COALESCE(condition, ''),"
        " COALESCE(usage, ''), COALESCE(fuel, ''))",
        "A policy has one rule for each risk grade, product and class of cars.",
    )
    _counts_check = models.Constraint(
        "CHECK (max_extend >= 0 AND max_holiday >= 0 AND max_total_term_new >= 0"
        " AND COALESCE(max_rate_months, 0) >= 0"
        " AND max_total_term_used >= 0 AND straight_through_limit >= 0)",
        "Months and limits of a relief rule cannot be negative.",
    )
    _shares_check = models.Constraint(
        "CHECK (max_waive_interest BETWEEN 0 AND 1 AND max_waive_penalty BETWEEN 0"
        " AND 1 AND min_instalment_pct BETWEEN 0 AND 1"
        " AND max_rate_cut BETWEEN 0 AND 1"
        " AND COALESCE(max_waive_fee, 0) BETWEEN 0 AND 1"
        " AND COALESCE(max_forgive, 0) BETWEEN 0 AND 1"
        " AND COALESCE(max_forbear, 0) BETWEEN 0 AND 1)",
        "Shares and the rate cut of a relief rule are between 0 and 100%.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    @api.depends("condition_ids")
    def _compute_condition_count(self):
        for rule in self:
            rule.condition_count = len(rule.condition_ids)

    @api.depends("grade_id", "policy_id", *SCOPE)
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rule in self:
            scope = " ".join(filter(None, (rule.grade_id.name, rule._get_scope_text())))
            rule.display_name = f"{rule.policy_id.display_name}: {scope}"

    def _get_scope_text(self):
        """Return for which loans of the grade the rule is, empty for all."""
        self.ensure_one()
        words = [self.product_id.name] if self.product_id else []
        for name in ("condition", "usage", "fuel"):
            labels = dict(self._fields[name]._description_selection(self.env))
            words += [labels[self[name]]] if self[name] else []
        return ", ".join(words)

    @api.constrains("policy_id", *SCOPE, "grade_id")
    def _check_general(self):
        """A rule for some loans of a grade stands beside one for the others."""
        for policy in self.policy_id:
            for grade, rules in policy.rule_ids.grouped("grade_id").items():
                if all(any(rule[name] for name in SCOPE) for rule in rules):
                    raise ValidationError(
                        self.env._(
                            "Policy %(policy)s has rules of grade %(grade)s for some "
                            "loans only. Add one without product and class of cars, "
                            "for the others.",
                            policy=policy.display_name,
                            grade=grade.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        """Rules belong to a draft version of their policy."""
        rules = super().create(vals_list)
        rules.policy_id._check_editable()
        return rules

    def write(self, vals):
        """A rule of a version in force is history."""
        self.policy_id._check_editable()
        self.env["carloan.relief.policy"].browse(
            vals.get("policy_id", ())
        )._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self.policy_id._check_draft()

    # ----------------------------------------------------------------- ENGINE
    def _match(self, loan):
        """Return the rule among these that fits a loan most closely.

        :param loan: carloan.loan; empty for the general rule
        """
        vehicle = loan.vehicle_id
        has = {name: vehicle[name] for name in SCOPE[1:]}
        has["product_id"] = loan.product_id
        fits = self.filtered(
            lambda rule: all(not rule[n] or rule[n] == has[n] for n in SCOPE)
        )
        return fits.sorted(
            lambda rule: (bool(rule.product_id), sum(bool(rule[n]) for n in SCOPE)),
            reverse=True,
        )[:1]

    def _prepare_box(self, loan, position, instalment, reason=None):
        """Return the engine box of this rule for one loan.

        :param loan: carloan.loan
        :param position: measures.Position of N=1
        :param int instalment: the present instalment in minor units
        :param reason: hardship reason of the case, if one was given
        :return: {field of the box: plain value}
        """
        self.ensure_one()
        facts = loan._get_eligibility_facts(position, reason)
        box = offers.Box.of(self._prepare_boxes(loan, position, [instalment], facts))
        return vars(box.at(0))

    def _prepare_boxes(self, loans, position, instalments, facts):
        """Return the engine box of this rule for N loans.

        :param loans: carloan.loan, in the order of the positions
        :param position: measures.Position of N loans
        :param instalments: N present instalments in minor units
        :param facts: eligibility.Facts of the same loans
        :return: {field of the box: scalar or (N,)}
        """
        self.ensure_one()
        used = np.array(
            [loan.vehicle_id.condition == "used" for loan in loans], dtype=bool
        )
        rule = {name: self[name] for name in LIMITS}
        rule["min_share"] = self.min_instalment_pct
        conditions = [item._get_engine_condition() for item in self.condition_ids]
        box = limits.box(
            rule,
            position,
            facts.start_date,
            np.where(used, self.max_total_term_used, self.max_total_term_new),
            self._get_law_months(loans, used, facts.as_of),
            np.asarray(instalments, dtype=np.int64),
            eligibility.closed(conditions, facts),
        )
        return {**box, "holiday_interest": self._get_holiday_modes()}

    def _get_signature(self):
        """Return everything of this rule that decides which plans it allows."""
        self.ensure_one()
        policy = self.policy_id
        return (
            *(self[name] for name in LIMITS),
            self.min_instalment_pct,
            self.max_total_term_new,
            self.max_total_term_used,
            self._get_holiday_modes(),
            *(item._get_engine_condition() for item in self.condition_ids),
            policy._get_law().id,
            (policy.lgd, policy.pd_relief_factor, policy.discount_rate),
        )

    def _get_holiday_modes(self):
        """Return what may become of the interest of a holiday, the usual first."""
        also = [mode for mode in HOLIDAY_MODES if self[f"holiday_{mode}"]]
        return tuple(dict.fromkeys([self.holiday_interest, *also]))

    def _get_law_months(self, loans, used, as_of):
        """Return the longest whole term by law, (N,) months, nan = no cap.

        Only Chinese law caps the term of a car loan.
        """
        if self.policy_id._get_law().code != "cn":
            return np.full(len(loans), np.nan)
        agreed, period = loans.mapped("instalments"), loans.mapped("period")
        return caps.whole_term(
            np.where(used, "used", "new"),
            calendar.whole_months(agreed, period),
            personal=[not loan.partner_id.is_company for loan in loans],
            restructuring=True,
            as_of=as_of,
            book=loans[:1].company_id._get_rule_book().since_ever(),
        )

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.relief.relief_rule import SCOPE

# what of a rule is compared: (measure, field, what more of it means)
RULE_FIELDS = (
    ("extend", "max_extend", "looser"),
    ("extend", "max_total_term_new", "cap"),
    ("extend", "max_total_term_used", "cap"),
    ("holiday", "max_holiday", "looser"),
    ("holiday", "holiday_interest", "other"),
    ("holiday", "holiday_pay", "looser"),
    ("holiday", "holiday_capitalise", "looser"),
    ("holiday", "holiday_defer", "looser"),
    ("holiday", "holiday_waive", "looser"),
    ("rate", "max_rate_cut", "looser"),
    ("rate", "max_rate_months", "cap"),
    ("waive_interest", "max_waive_interest", "looser"),
    ("waive_fee", "max_waive_fee", "looser"),
    ("waive_penalty", "max_waive_penalty", "looser"),
    ("capitalise", "may_capitalise", "looser"),
    ("carry", "may_carry", "looser"),
    ("defer", "max_forbear", "looser"),
    ("forgive", "max_forgive", "looser"),
    ("all", "min_instalment_pct", "tighter"),
    ("all", "trial_payments", "tighter"),
    ("all", "straight_through", "looser"),
    ("all", "straight_through_limit", "looser"),
    ("all", "straight_through_months", "tighter"),
)
POLICY_FIELDS = (
    "date_from",
    "jurisdiction_id",
    "lgd",
    "pd_relief_factor",
    "discount_rate",
    "offer_days",
    "conditional_waiver",
    "substantial_share",
    "plan_missed_days",
    "plan_first_days",
    "plan_trial_days",
    "plan_pause_months",
    "plan_breach_count",
    "plan_breach_days",
    "plan_grace_days",
    "plan_breaks_alone",
    "plan_completes",
    "plan_review_days",
    "plan_broken_activity_id",
    "plan_failed_activity_id",
)
CONDITION_FIELDS = (
    "min_age",
    "min_payments",
    "max_count",
    "count_months",
    "gap",
    "dpd_from",
    "dpd_to",
    "ltv_from",
    "ltv_to",
    "reason_ids",
)
CEILING_FIELDS = ("count_share", "balance_share")
SHARES = (8, 6), (6, 4)  # digits of fields that hold shares


class CarloanReliefPolicyComparison(models.TransientModel):
    """Two versions of a policy side by side, by grade and measure."""

    _name = "carloan.relief.policy.comparison"
    _description = "Comparison of Two Policies"

    old_id = fields.Many2one("carloan.relief.policy", "First Version", required=True)
    new_id = fields.Many2one("carloan.relief.policy", "Second Version", required=True)
    line_ids = fields.One2many("carloan.relief.policy.comparison.line", "comparison_id")

    def action_compare(self):
        """Work the differences out and open them."""
        self.ensure_one()
        if self.old_id == self.new_id:
            raise UserError(
                self.env._(
                    "%(policy)s was chosen twice: choose two versions.",
                    policy=self.old_id.display_name,
                )
            )
        self.line_ids.unlink()
        self.env["carloan.relief.policy.comparison.line"].create(
            [{"comparison_id": self.id, **vals} for vals in self._prepare_lines()]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_policy_comparison_line_action"
        )
        return dict(
            action,
            name=self.env._(
                "%(old)s and %(new)s",
                old=self.old_id.display_name,
                new=self.new_id.display_name,
            ),
            domain=[("comparison_id", "=", self.id)],
        )

    # ----------------------------------------------------------------- LINES
    def _prepare_lines(self):
        """Return the values of all lines: policy, rules, conditions, ceilings."""
        return [
            *self._prepare_policy_lines(),
            *self._prepare_rule_lines(),
            *self._prepare_ceiling_lines(),
        ]

    def _prepare_policy_lines(self):
        for name in POLICY_FIELDS:
            yield self._prepare_line(self.old_id, self.new_id, name, "other")

    def _prepare_rule_lines(self):
        old, new = (self._by_scope(policy) for policy in (self.old_id, self.new_id))
        nothing = self.env["carloan.relief.rule"]
        for key in dict.fromkeys([*new, *old]):
            pair = old.get(key, nothing), new.get(key, nothing)
            rule = pair[1] or pair[0]
            whose = {"grade_id": rule.grade_id.id, "scope": rule._get_scope_text()}
            for measure, name, more in RULE_FIELDS:
                line = self._prepare_line(*pair, name, more)
                yield {**line, **whose, "measure": measure}
            for line in self._prepare_condition_lines(*pair):
                yield {**line, **whose}

    @api.model
    def _by_scope(self, policy):
        """Return the rules of a policy by what they are for."""
        return {
            (rule.grade_id, *(rule[name] for name in SCOPE)): rule
            for rule in policy.rule_ids
        }

    def _prepare_condition_lines(self, old, new):
        measures = {*old.condition_ids.mapped("measure")}
        measures |= {*new.condition_ids.mapped("measure")}
        for measure in sorted(measures):
            texts = [
                " / ".join(
                    self._get_condition_text(condition)
                    for condition in rule.condition_ids
                    if condition.measure == measure
                )
                for rule in (old, new)
            ]
            change = "same" if texts[0] == texts[1] else "other"
            if not texts[0] or not texts[1]:
                change = "tighter" if texts[1] else "looser"
            yield {
                "measure": measure,
                "name": self.env._("Conditions"),
                "old": texts[0],
                "new": texts[1],
                "change": change,
            }

    def _get_condition_text(self, condition):
        """Return what a condition asks for, in words."""
        return ", ".join(
            f"{self._get_label(condition, name)}: {self._get_text(condition, name)}"
            for name in CONDITION_FIELDS
            if condition[name]
        )

    def _prepare_ceiling_lines(self):
        old, new = (
            policy.ceiling_ids.grouped("measure")
            for policy in (self.old_id, self.new_id)
        )
        nothing = self.env["carloan.relief.ceiling"]
        for measure in dict.fromkeys([*new, *old]):
            pair = old.get(measure, nothing), new.get(measure, nothing)
            for name in CEILING_FIELDS:
                line = self._prepare_line(*pair, name, "cap")
                label = self.env._("Monthly ceiling: %(what)s", what=line["name"])
                yield {**line, "measure": measure, "name": label}

    def _prepare_line(self, old, new, name, more):
        """Return the values of one line.

        :param str more: what a higher value means: looser, tighter, other, or cap
            (a limit of which 0 means none)
        """
        return {
            "name": self._get_label(new or old, name),
            "old": self._get_text(old, name) if old else False,
            "new": self._get_text(new, name) if new else False,
            "change": self._get_change(old, new, name, more),
        }

    @api.model
    def _get_change(self, old, new, name, more):
        """Return which way the second version goes."""
        if not old or not new:
            return "other"
        was, becomes = old[name], new[name]
        if was == becomes:
            return "same"
        if more == "other":
            return "other"
        if more == "cap":  # without a cap there is the most room
            was, becomes = was or float("inf"), becomes or float("inf")
        opposite = {"looser": "tighter", "tighter": "looser", "cap": "tighter"}
        up = "looser" if more == "cap" else more
        return up if becomes > was else opposite[more]

    @api.model
    def _get_label(self, record, name):
        return record._fields[name]._description_string(self.env)

    @api.model
    def _get_text(self, record, name):
        """Return a value as a person reads it."""
        field, value = record._fields[name], record[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "monetary":
            return record.currency_id.format(value)
        if field.type == "float" and field._digits in SHARES:
            return f"{value * 100:.6g}%"
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        return str(value or 0)

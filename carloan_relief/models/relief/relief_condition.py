from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import eligibility

# what a condition or a ceiling is about: all, or one of eligibility.MEASURES
MEASURES = [
    ("all", "Every measure"),
    ("extend", "Extension"),
    ("holiday", "Holiday"),
    ("rate", "Rate cut"),
    ("waive_interest", "Waiver of interest"),
    ("waive_fee", "Waiver of fees"),
    ("waive_penalty", "Waiver of penalty"),
    ("capitalise", "Adding overdue amounts to the balance"),
    ("carry", "Carrying overdue interest"),
    ("defer", "Deferred principal"),
    ("forgive", "Forgiven principal"),
]


class CarloanReliefCondition(models.Model):
    """What a loan must meet before a measure is open to it."""

    _name = "carloan.relief.condition"
    _description = "Condition of a Relief"
    _order = "rule_id, measure, id"

    rule_id = fields.Many2one(
        "carloan.relief.rule", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    measure = fields.Selection(
        MEASURES,
        default="all",
        required=True,
    )
    min_age = fields.Integer("Age of the Loan (Months)", help="At least; 0 = any.")
    min_payments = fields.Integer(
        "Instalments Paid", help="At least so many instalments paid in full; 0 = any."
    )
    max_count = fields.Integer(
        "Reliefs", help="At most so many with this measure within the months beside."
    )
    count_months = fields.Integer("Within (Months)")
    gap = fields.Integer(
        "Gap (Months)", help="Since the last relief with this measure; 0 = none."
    )
    dpd_from = fields.Integer("Days Past Due From")
    dpd_to = fields.Integer("Days Past Due Up To", help="0 = no upper end.")
    ltv_from = fields.Float("Loan to Value From", digits=(6, 4))
    ltv_to = fields.Float(
        "Loan to Value Up To",
        digits=(6, 4),
        help="0 = no upper end. A loan without a value of its car meets no range.",
    )
    reason_ids = fields.Many2many(
        "carloan.relief.reason", string="Hardships", help="Empty: any."
    )

    _positive_check = models.Constraint(
        "CHECK (min_age >= 0 AND min_payments >= 0 AND max_count >= 0"
        " AND count_months >= 0 AND gap >= 0 AND dpd_from >= 0 AND dpd_to >= 0"
        " AND ltv_from >= 0 AND ltv_to >= 0)",
        "Months, counts, days and shares of a condition cannot be negative.",
    )
    _range_check = models.Constraint(
        "CHECK ((dpd_to = 0 OR dpd_to >= dpd_from)"
        " AND (ltv_to = 0 OR ltv_to >= ltv_from))",
        "The upper end of a range lies above its lower end, or is 0 for none.",
    )

    @api.depends("measure", "rule_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for item in self:
            label = labels.get(item.measure, "")
            item.display_name = f"{item.rule_id.display_name}: {label}"

    @api.constrains("max_count", "count_months")
    def _check_count(self):
        for item in self:
            if bool(item.max_count) != bool(item.count_months):
                raise ValidationError(
                    self.env._(
                        "%(condition)s: a number of reliefs needs the months within "
                        "which they count, and the other way round. Enter both, or "
                        "neither.",
                        condition=item.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Conditions belong to a draft version of a policy."""
        conditions = super().create(vals_list)
        conditions.rule_id.policy_id._check_editable()
        return conditions

    def write(self, vals):
        """A condition of a version in force is history."""
        self.rule_id.policy_id._check_editable()
        self.env["carloan.relief.rule"].browse(
            vals.get("rule_id", ())
        ).policy_id._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self.rule_id.policy_id._check_draft()

    def _get_engine_condition(self):
        """Return the condition as the engine takes it."""
        self.ensure_one()
        names = [
            n for n in eligibility.Condition.__dataclass_fields__ if n != "reasons"
        ]
        return eligibility.Condition(
            **{name: self[name] for name in names}, reasons=tuple(self.reason_ids.ids)
        )

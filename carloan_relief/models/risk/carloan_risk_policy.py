from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.risk import grading


class CarloanRiskPolicy(models.Model):
    """How probabilities become grades, and who may set a grade by hand, since a day."""

    _name = "carloan.risk.policy"
    _description = "Grading policy"
    _inherit = ["carloan.kept.mixin", "mail.thread"]
    _order = "valid_from desc, id desc"
    _check_company_auto = True
    _kept_use = ("carloan.risk.assessment", "policy_id")

    margin_up = fields.Float(
        string="Margin before a better grade",
        digits=(6, 4),
        default=0.1,
        tracking=True,
        help="The probability of default must lie so much below the end of the better "
        "band. 10 % is 0.10.",
    )
    margin_down = fields.Float(
        string="Margin before a worse grade",
        digits=(6, 4),
        tracking=True,
        help="0: a grade falls as soon as the probability leaves its band.",
    )
    confirmations = fields.Integer(
        string="Assessments before a better grade",
        default=2,
        required=True,
        tracking=True,
        help="So many assessments in a row must see the better grade.",
    )
    confirm_days = fields.Integer(
        string="Days between two that count",
        default=25,
        required=True,
        tracking=True,
        help="Assessments made sooner after each other count once.",
    )
    reassess_days = fields.Char(
        string="Assess again at days past due",
        default="5, 31, 61, 91",
        tracking=True,
        help="A loan that comes to be so many days late is assessed the night after. "
        "Empty: lateness alone leads to no assessment.",
    )
    override_days = fields.Integer(
        string="Longest override (days)",
        default=90,
        required=True,
        tracking=True,
        help="A grade set by hand ends after so many days at the latest.",
    )
    override_steps = fields.Integer(
        string="Most grades better by hand",
        default=2,
        required=True,
        tracking=True,
        help="How many grades better than the model's one a person may set. Worse "
        "grades are not limited.",
    )
    review_days = fields.Integer(
        string="Human review within working days",
        default=5,
        required=True,
        tracking=True,
        help="Counted by the working hours of the company.",
    )
    cap_ids = fields.One2many(
        "carloan.risk.cap", "policy_id", string="Rules that cap", copy=True
    )
    assessment_count = fields.Integer(
        string="Graded by it", compute="_compute_assessment_count"
    )
    note = fields.Text(translate=True, help="Why the figures are what they are.")

    _shares = models.Constraint(
        "CHECK (margin_up >= 0 AND margin_up < 1"
        " AND margin_down >= 0 AND margin_down < 1)",
        "A margin is a share between 0 and 1: 10 % is 0.10.",
    )
    _counts = models.Constraint(
        "CHECK (confirmations >= 1 AND confirm_days >= 0 AND override_days >= 1"
        " AND override_steps >= 0 AND review_days >= 1)",
        "At least one assessment, one day of an override and one working day for a "
        "review are needed; days and grades cannot be negative.",
    )
    _valid_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), valid_from)",
        "Another grading policy of the same company begins on the same day: change "
        "that one, or begin later.",
    )

    def _compute_assessment_count(self):
        counts = self._count_uses()
        for policy in self:
            policy.assessment_count = counts.get(policy, 0)

    @api.constrains("reassess_days")
    def _check_reassess_days(self):
        for policy in self:
            try:
                days = policy._get_reassess_days()
            except ValueError:
                days = [0]
            if any(day < 1 for day in days):
                raise ValidationError(
                    self.env._(
                        "Grading policy %(policy)s: '%(days)s' are no days past due. "
                        "Enter whole numbers above 0 with commas between, such as "
                        "5, 31, 61, 91.",
                        policy=policy.name,
                        days=policy.reassess_days,
                    )
                )

    def _get_reassess_days(self):
        """Return the days past due at which a loan is assessed again, sorted."""
        text = (self.reassess_days or "").replace("，", ",")
        return sorted(int(part) for part in text.split(",") if part.strip())

    def _get_used_message(self, count):
        return self.env._(
            "%(count)s assessments were graded by policy %(policy)s, so it stays as it "
            "is. Duplicate it, give the copy a later first day, and change that one.",
            count=count,
            policy=self.name,
        )

    @api.model
    def _get_in_force(self, company, day):
        """Return the policy of a company on a day: its own before a general one.

        :raise UserError: when there is none
        """
        found = self._find_in_force(company, day)
        if not found:
            raise UserError(
                self.env._(
                    "No grading policy is in force in %(company)s on %(date)s. Open "
                    "Car Loans > Configuration > Grading Policies and enter one.",
                    company=company.display_name,
                    date=day,
                )
            )
        return found[-1]

    def _get_engine_policy(self):
        """Return the hysteresis as the engine takes it."""
        self.ensure_one()
        return grading.Hysteresis(self.margin_up, self.margin_down, self.confirmations)

from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanRiskMonitorPolicy(models.Model):
    """How far a model may drift before somebody looks, and before somebody acts."""

    _name = "carloan.risk.monitor.policy"
    _description = "Limits of model monitoring"
    _inherit = ["mail.thread"]
    _order = "company_id, valid_from desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company without limits of its own."
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    bins = fields.Integer(
        string="Bins of a Figure",
        default=10,
        tracking=True,
        help="A figure is cut into so many parts with about as many loans each.",
    )
    window_days = fields.Integer(
        string="Days of a Cohort",
        default=31,
        tracking=True,
        help="An assessment counts for a date when it was made in the days before it.",
    )
    shift_watch = fields.Float(
        string="Tolerated Shift, Watch",
        default=0.02,
        digits=(6, 4),
        tracking=True,
        help="True stability index (PSI) that is of no concern. The limit itself also "
        "allows for chance, which is large on few loans and small on many.",
    )
    shift_act = fields.Float(
        string="Tolerated Shift, Act", default=0.10, digits=(6, 4), tracking=True
    )
    sure_watch = fields.Float(
        string="Confidence, Watch", default=0.99, digits=(6, 4), tracking=True
    )
    sure_act = fields.Float(
        string="Confidence, Act", default=0.999, digits=(6, 4), tracking=True
    )
    horizon_months = fields.Integer(
        string="Months to Default",
        default=12,
        tracking=True,
        help="Loans assessed so many months ago show how good the model is.",
    )
    min_defaults = fields.Integer(
        string="Fewest Defaults",
        default=20,
        tracking=True,
        help="With fewer the figures are shown and judged by nobody.",
    )
    auc_watch = fields.Float(
        string="AUC Below, Watch", default=0.70, digits=(6, 3), tracking=True
    )
    auc_act = fields.Float(
        string="AUC Below, Act",
        default=0.60,
        digits=(6, 3),
        tracking=True,
        help="An alarm is raised only when chance does not explain it.",
    )
    calibration_sure = fields.Float(
        string="Confidence of Calibration", default=0.95, digits=(6, 4), tracking=True
    )
    override_watch = fields.Float(
        string="Share of Overrides, Watch", default=0.05, digits=(6, 3), tracking=True
    )
    override_act = fields.Float(
        string="Share of Overrides, Act", default=0.15, digits=(6, 3), tracking=True
    )
    fair_ratio = fields.Float(
        string="Lowest Ratio of Groups",
        default=0.8,
        digits=(6, 3),
        tracking=True,
        help="A group that gets good grades, or concessions, less often or smaller "
        "than this share of the others is looked at: the four-fifths screen.",
    )
    fair_chance = fields.Float(
        string="Chance Allowed",
        default=0.05,
        digits=(6, 4),
        tracking=True,
        help="A gap between groups that chance makes more often than this is no alarm.",
    )
    fair_grade_id = fields.Many2one(
        "carloan.risk.grade",
        string="Good Grades Up To",
        tracking=True,
        help="Grades as good as this one count as the good outcome for a group.",
    )

    _shares = models.Constraint(
        "CHECK (shift_watch >= 0 AND shift_act >= shift_watch "
        "AND sure_watch > 0.5 AND sure_watch < 1 AND sure_act > 0.5 AND sure_act < 1 "
        "AND calibration_sure > 0.5 AND calibration_sure < 1)",
        "Tolerated shifts are zero or more and the one for acting is the larger; "
        "confidences lie between 0.5 and 1.",
    )
    _ratios = models.Constraint(
        "CHECK (fair_ratio > 0 AND fair_ratio <= 1 AND fair_chance > 0 "
        "AND fair_chance < 1 AND auc_act <= auc_watch "
        "AND override_act >= override_watch)",
        "Ratios and chances lie between 0 and 1; the limit for acting is the stricter.",
    )
    _counts = models.Constraint(
        "CHECK (bins BETWEEN 2 AND 50 AND window_days > 0 AND horizon_months > 0 "
        "AND min_defaults > 0)",
        "Take 2 to 50 bins, and at least one day, one month and one default.",
    )

    def _compute_display_name(self):
        for policy in self:
            policy.display_name = self.env._(
                "%(company)s from %(date)s",
                company=policy.company_id.name or self.env._("All companies"),
                date=policy.valid_from,
            )

    @api.model
    def _get_for(self, company, date):
        """Return the limits in force in a company on a date.

        :raise UserError: when there are none
        """
        policy = self.search(
            [("company_id", "in", (company.id, False)), ("valid_from", "<=", date)],
            order="company_id, valid_from desc, id desc",
            limit=1,
        )
        if not policy:
            raise UserError(
                self.env._(
                    "No limits of model monitoring are in force for %(company)s on "
                    "%(date)s. Open Car Loans > Configuration > Limits of Monitoring "
                    "and enter some.",
                    company=company.name,
                    date=date,
                )
            )
        return policy

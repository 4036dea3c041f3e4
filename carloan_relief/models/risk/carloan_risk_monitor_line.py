from odoo import api, fields, models

STATUSES = [
    ("ok", "Fine"),
    ("few", "Too Few"),
    ("watch", "Watch"),
    ("act", "Act"),
]
KINDS = [
    ("psi_score", "Stability of the Score"),
    ("psi_feature", "Stability of a Feature"),
    ("auc", "AUC"),
    ("ks", "KS"),
    ("calibration", "Calibration of a Grade"),
    ("override", "Share of Overrides"),
    ("override_outcome", "Outcome of Overrides"),
    ("fair_grade", "Fairness of Grades"),
    ("fair_concession", "Fairness of Concessions"),
]


class CarloanRiskMonitorLine(models.Model):
    """One figure of a check of the model, its limits, and what it means."""

    _name = "carloan.risk.monitor.line"
    _description = "Figure of a check of the risk model"
    _order = "monitor_id desc, sequence, id"

    monitor_id = fields.Many2one(
        "carloan.risk.monitor", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="monitor_id.company_id", store=True)
    date = fields.Date(related="monitor_id.date", store=True)
    latest = fields.Boolean(related="monitor_id.latest", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    feature = fields.Char(readonly=True)
    grade_id = fields.Many2one("carloan.risk.grade", readonly=True)
    group_id = fields.Many2one("carloan.risk.group", readonly=True)
    subject = fields.Char(compute="_compute_subject")
    value = fields.Float(readonly=True, digits=(12, 4), aggregator="avg")
    known = fields.Boolean(readonly=True, default=True)
    expected = fields.Float(
        readonly=True,
        digits=(12, 4),
        aggregator="avg",
        help="What the figure is compared with: predicted rate, rate of the others.",
    )
    limit_watch = fields.Float(
        string="Watch From", readonly=True, digits=(12, 4), aggregator=None
    )
    limit_act = fields.Float(
        string="Act From", readonly=True, digits=(12, 4), aggregator=None
    )
    loan_count = fields.Integer(string="Loans", readonly=True)
    reference_count = fields.Integer(string="Compared With", readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)

    @api.depends("kind", "feature", "grade_id", "group_id")
    @api.depends_context("lang")
    def _compute_subject(self):
        labels = self.env["carloan.risk.scorecard.bin"]._get_feature_labels()
        for line in self:
            line.subject = (
                line.grade_id.name
                or line.group_id.name
                or labels.get(line.feature, line.feature)
                or self.env._("Whole book")
            )

    @api.depends("kind", "subject")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            line.display_name = f"{kinds.get(line.kind)}: {line.subject}"

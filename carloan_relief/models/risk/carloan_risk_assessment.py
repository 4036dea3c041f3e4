from odoo import api, fields, models


class CarloanRiskAssessment(models.Model):
    """What the scorecard said of a loan on a date. Written once, never changed."""

    _name = "carloan.risk.assessment"
    _description = "Risk assessment"
    _order = "date desc, id desc"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Borrower", required=True, index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    date = fields.Date(
        string="As of",
        required=True,
        readonly=True,
        index=True,
        help="Nothing that happened after this date was looked at.",
    )
    scorecard_id = fields.Many2one(
        "carloan.risk.scorecard", required=True, readonly=True, ondelete="restrict"
    )
    points = fields.Float(readonly=True, aggregator="avg", digits=(8, 1))
    pd = fields.Float(
        string="Probability of default",
        readonly=True,
        aggregator="avg",
        digits=(8, 6),
        help="Probability of default within twelve months.",
    )
    grade_id = fields.Many2one(
        "carloan.risk.grade", required=True, index=True, readonly=True
    )
    grade_color = fields.Integer(related="grade_id.color", string="Colour of the grade")
    features = fields.Json(
        readonly=True,
        groups="carloan_relief.group_officer,carloan_relief.group_approver,"
        "carloan_relief.group_risk_analyst,carloan_relief.group_auditor",
    )
    reasons = fields.Json(
        string="Bins That Cost Points",
        readonly=True,
        help="Bins that cost points and how many, most adverse first.",
    )
    reason_text = fields.Text(string="Reasons", compute="_compute_reason_text")
    feature_text = fields.Text(
        string="Values looked at",
        compute="_compute_feature_text",
        groups="carloan_relief.group_officer,carloan_relief.group_approver,"
        "carloan_relief.group_risk_analyst,carloan_relief.group_auditor",
    )

    @api.depends("loan_id", "date", "grade_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = self.env._(
                "%(loan)s, %(date)s: %(grade)s",
                loan=item.loan_id.name,
                date=item.date,
                grade=item.grade_id.name,
            )

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        """Say the reasons in plain words, in the reader's language."""
        # sudo: who may read an assessment may read why, not edit the card
        bins_sudo = self.env["carloan.risk.scorecard.bin"].sudo()
        wanted = {key for item in self for key, _lost in item.reasons or []}
        known = bins_sudo.browse(key for key in wanted if isinstance(key, int))
        texts = {row.id: row.reason or row.display_name for row in known.exists()}
        for name, label in bins_sudo._get_feature_labels().items():
            # what the engine calls a value that no bin of the card foresees
            texts[f"{name}_missing"] = self.env._(
                "Not known: %(feature)s", feature=label
            )
        for item in self:
            lines = [
                self.env._(
                    "%(reason)s (%(lost)s points)", reason=text, lost=round(lost)
                )
                for key, lost in item.reasons or []
                if (text := texts.get(key))
            ]
            item.reason_text = "\n".join(lines) or self.env._("Nothing adverse.")

    @api.depends("features")
    def _compute_feature_text(self):
        labels = self.env["carloan.risk.scorecard.bin"]._get_feature_labels()
        for item in self:
            item.feature_text = "\n".join(
                f"{labels.get(name, name)}: {value:g}"
                for name, value in (item.features or {}).items()
                if value is not None
            )

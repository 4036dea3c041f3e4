from odoo import api, fields, models

from ...engine.risk.dictionary import by_name
from .carloan_risk_queue import TRIGGERS


class CarloanRiskAssessment(models.Model):
    """What was said of a loan on a date, by what, and why. Written once.

    Three grades are kept, so that each can be explained: by the bands alone, held
    steady against its history, and in force after rules and people.
    """

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
    trigger = fields.Selection(TRIGGERS, string="Because of", readonly=True)
    horizon = fields.Integer(
        string="Horizon (months)",
        readonly=True,
        aggregator=None,
        help="The model looks so many months ahead; the probability that counts is "
        "brought to a year.",
    )
    scorecard_id = fields.Many2one(
        "carloan.risk.scorecard",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: a learned model predicted.",
    )
    model_id = fields.Many2one(
        "carloan.risk.model",
        string="Risk model",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the expert scorecard predicted.",
    )
    kind = fields.Selection(
        [
            ("scorecard", "Expert scorecard"),
            ("logistic", "Logistic regression"),
            ("woe", "Learned scorecard"),
            ("boosting", "Boosted trees"),
        ],
        string="Kind of model",
        readonly=True,
    )
    version = fields.Char(
        string="Model", readonly=True, help="What predicted, by name and version."
    )
    reference = fields.Selection(
        [("max", "The best value"), ("mean", "The average loan")],
        string="Reasons against",
        readonly=True,
        help="What a reason is measured against; the two disagree for many loans.",
    )
    policy_id = fields.Many2one(
        "carloan.risk.policy",
        string="Grading policy",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    points = fields.Float(readonly=True, aggregator="avg", digits=(8, 1))
    pd_raw = fields.Float(
        string="PD of the model",
        readonly=True,
        aggregator="avg",
        digits=(8, 6),
        help="As predicted for the horizon of the model, before rules and people.",
    )
    pd = fields.Float(
        string="Probability of default",
        readonly=True,
        aggregator="avg",
        digits=(8, 6),
        help="Of a default within a year, in agreement with the grade in force: the "
        "model's, or the nearest one in the band of a grade that a rule or a person "
        "set.",
    )
    grade_model_id = fields.Many2one(
        "carloan.risk.grade",
        string="Grade of the model",
        readonly=True,
        help="The band of the model's probability alone.",
    )
    grade_held_id = fields.Many2one(
        "carloan.risk.grade",
        string="Grade held",
        readonly=True,
        help="The model's grade, kept steady against earlier assessments.",
    )
    grade_id = fields.Many2one(
        "carloan.risk.grade",
        string="Grade in force",
        required=True,
        index=True,
        readonly=True,
    )
    grade_color = fields.Integer(related="grade_id.color", string="Colour of the grade")
    grade_level = fields.Integer(
        related="grade_id.sequence",
        string="Level of the grade",
        help="By the order of the grades: the lower, the better.",
    )
    cap_id = fields.Many2one(
        "carloan.risk.cap",
        string="Capped by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    override_id = fields.Many2one(
        "carloan.risk.override",
        string="Set by hand",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    streak = fields.Integer(
        string="Assessments that saw a better grade",
        readonly=True,
        aggregator=None,
    )
    streak_date = fields.Date(string="Last that counted", readonly=True)
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

    # the history of a loan, newest first: read for every loan at each assessment
    _history_idx = models.Index("(loan_id, date DESC, id DESC)")

    @api.depends("loan_id", "date", "grade_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = self.env._(
                "%(loan)s, %(date)s: %(grade)s",
                loan=item.loan_id.name,
                date=item.date,
                grade=item.grade_id.name,
            )

    @api.depends("reasons", "cap_id", "override_id", "grade_held_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        """Say the reasons in plain words: rules and people first, then the model's."""
        texts = self._get_reason_texts()
        for item in self:
            lines = item._get_rule_lines() + [
                self.env._(
                    "%(reason)s (%(lost)s points)", reason=text, lost=round(lost)
                )
                for key, lost in item.reasons or []
                if (text := texts.get(key))
            ]
            item.reason_text = "\n".join(lines) or self.env._("Nothing adverse.")

    def _get_reason_texts(self):
        """Return {key of a reason: its words} of all reasons of these assessments."""
        return self._get_texts(
            {key for item in self for key, _lost in item.reasons or []}
        )

    def _get_texts(self, keys):
        """Return {key: its words} of bins of the expert card and of features."""
        # sudo: who may read an assessment may read why, not edit the card
        bins_sudo = self.env["carloan.risk.scorecard.bin"].sudo()
        known = bins_sudo.browse(key for key in keys if isinstance(key, int))
        texts = {row.id: row.reason or row.display_name for row in known.exists()}
        for name, label in bins_sudo._get_feature_labels().items():
            texts[name] = self._say_feature(name, label)
            # what the engine calls a value that no bin of the card foresees
            texts[f"{name}_missing"] = self.env._(
                "Not known: %(feature)s", feature=label
            )
        return texts

    def _say_feature(self, name, label):
        """Return the words of a feature as a reason, with the way that is adverse."""
        direction = by_name(name).direction
        if direction > 0:
            return self.env._("%(feature)s: high", feature=label)
        if direction < 0:
            return self.env._("%(feature)s: low", feature=label)
        return label

    def _get_texts_of(self, predictor):
        """Return {name of a reason: its words} of whatever a predictor may name."""
        bins = getattr(predictor, "bins", ())
        return self._get_texts({b.reason for b in bins})

    def _get_rule_lines(self):
        """Say what besides the model made the grade: override, cap, hysteresis."""
        self.ensure_one()
        # sudo: the sentences alone; overrides and rules keep their own access
        item_sudo = self.sudo()
        lines = []
        if item_sudo.override_id:
            lines.append(
                self.env._(
                    "Set by hand to %(grade)s until %(date)s: %(reason)s",
                    grade=item_sudo.override_id.grade_id.name,
                    date=item_sudo.override_id.expiry,
                    reason=item_sudo.override_id.reason,
                )
            )
        if item_sudo.cap_id:
            lines.append(
                self.env._(
                    "%(reason)s: grade %(grade)s at best (the model says %(model)s)",
                    reason=item_sudo.cap_id.reason,
                    grade=item_sudo.cap_id.grade_id.name,
                    model=item_sudo.grade_held_id.name,
                )
            )
        held, raw = item_sudo.grade_held_id, item_sudo.grade_model_id
        if held and raw and held != raw:
            lines.append(
                self.env._(
                    "Held at %(held)s: the model says %(model)s, and a grade changes "
                    "only when that lasts or is clear enough.",
                    held=held.name,
                    model=raw.name,
                )
            )
        return lines

    def _get_borrower_reasons(self):
        """Return the reasons in the borrower's words, worst first, without points.

        A rule without words for the borrower is left out: a suspicion of fraud may
        not be told.
        """
        if not self:
            return []
        self.ensure_one()
        item_sudo = self.sudo()  # sudo: words alone, of the borrower's own loan
        texts = self._get_reason_texts()
        rules = [item_sudo.cap_id.borrower_reason] if item_sudo.cap_id else []
        return [text for text in rules if text] + [
            text for key, _lost in self.reasons or [] if (text := texts.get(key))
        ]

    @api.depends("features")
    def _compute_feature_text(self):
        labels = self.env["carloan.risk.scorecard.bin"]._get_feature_labels()
        for item in self:
            item.feature_text = "\n".join(
                f"{labels.get(name, name)}: {value:g}"
                for name, value in (item.features or {}).items()
                if value is not None
            )

    def _prepare_grade_chart(self, months=36):
        """Return the grades over time of the loans of these assessments.

        Of each day the last one counts. For the chart field of the client.
        """
        # sudo: who may read an assessment may read names of grades and loans
        grades = self.env["carloan.risk.grade"].sudo()._get_sorted()
        place = {grade: at for at, grade in enumerate(grades)}
        since = fields.Date.subtract(fields.Date.context_today(self), months=months)
        series = []
        recent = self.filtered(lambda item: item.date >= since).sorted("id")
        for loan, items in recent.grouped("loan_id").items():
            days = {item.date: item for item in items}
            series.append(
                {
                    "name": loan.sudo().name,
                    "points": [
                        days[day]._prepare_chart_point(place) for day in sorted(days)
                    ],
                }
            )
        return {"grades": grades.mapped("name"), "series": series}

    def _prepare_chart_point(self, place):
        """Return [day, grade from the best, text, whether a rule or a person set it]"""
        # sudo: see _prepare_grade_chart
        return [
            fields.Date.to_string(self.date),
            place[self.grade_id],
            f"{self.date} {self.loan_id.sudo().name}: "
            f"{self.grade_id.name}, {self.pd:.1%}",
            bool(self.cap_id or self.override_id),
        ]

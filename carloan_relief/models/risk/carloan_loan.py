from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: What an assessment says: nobody writes it by hand, not even over RPC.
ASSESSED_FIELDS = {"risk_grade_id", "risk_pd"}


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    assessment_ids = fields.One2many(
        "carloan.risk.assessment", "loan_id", string="Risk assessments"
    )
    assessment_id = fields.Many2one(
        "carloan.risk.assessment",
        string="Latest assessment",
        compute="_compute_assessment_id",
    )
    assessment_date = fields.Date(
        string="Assessed as of", compute="_compute_assessment_text"
    )
    assessment_count = fields.Integer(compute="_compute_assessment_count")
    risk_reason_text = fields.Text(
        string="Why this grade", compute="_compute_assessment_text"
    )
    risk_grade_id = fields.Many2one(
        "carloan.risk.grade", readonly=True, copy=False, index="btree_not_null"
    )
    risk_grade_color = fields.Integer(related="risk_grade_id.color")
    risk_pd = fields.Float(
        string="Probability of default",
        readonly=True,
        copy=False,
        digits=(8, 6),
        aggregator="avg",
    )
    risk_override_text = fields.Char(
        string="Grade by hand", compute="_compute_risk_override_text"
    )
    risk_grade_chart = fields.Json(
        string="Grades over time", compute="_compute_risk_grade_chart"
    )
    override_ids = fields.One2many(
        "carloan.risk.override", "loan_id", string="Grades set by hand"
    )
    review_ids = fields.One2many(
        "carloan.risk.review", "loan_id", string="Human reviews"
    )
    review_count = fields.Integer(compute="_compute_review_count")
    behaviour_ids = fields.One2many(
        "carloan.behaviour", "loan_id", string="Payment behaviour"
    )

    @api.depends("assessment_ids")
    def _compute_assessment_id(self):
        """Look up the latest: stored, every loan would be written every month."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (loan_id) loan_id, id FROM carloan_risk_assessment
                 WHERE loan_id = ANY(%s) ORDER BY loan_id, date DESC, id DESC
                """,
                self.ids,
            )
        )
        latest = dict(rows)
        for loan in self:
            loan.assessment_id = latest.get(loan.id, False)

    @api.depends("assessment_id")
    @api.depends_context("lang")
    def _compute_assessment_text(self):
        """Say when and why; the latest is not stored, so it cannot be searched by."""
        for loan in self:
            loan.assessment_date = loan.assessment_id.date
            loan.risk_reason_text = loan.assessment_id.reason_text

    @api.depends("assessment_id")
    def _compute_risk_override_text(self):
        """Say a grade set by hand beside the grade, to everybody who sees it."""
        # sudo: the sentence alone; the override keeps its own access
        overrides_sudo = self.env["carloan.risk.override"].sudo()
        today = fields.Date.context_today(self)
        found = overrides_sudo._read_in_force(self.ids, today)
        for loan in self:
            item_sudo = overrides_sudo.browse(found.get(loan.id, (False,))[0])
            text = self.env._(
                "Set by hand to %(grade)s until %(date)s",
                grade=item_sudo.grade_id.name,
                date=item_sudo.expiry,
            )
            loan.risk_override_text = text if item_sudo else False

    @api.depends("assessment_ids")
    def _compute_risk_grade_chart(self):
        for loan in self:
            loan.risk_grade_chart = loan.assessment_ids._prepare_grade_chart()

    def _compute_review_count(self):
        # sudo: the number alone; opening them asks for access
        reviews_sudo = self.env["carloan.risk.review"].sudo()
        counts = dict(
            reviews_sudo._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.review_count = counts.get(loan, 0)

    def _compute_assessment_count(self):
        counts = dict(
            self.env["carloan.risk.assessment"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.assessment_count = counts.get(loan, 0)

    @api.model_create_multi
    def create(self, vals_list):
        """Override: a new loan has no grade yet."""
        if not self.env.su:
            none = dict.fromkeys(ASSESSED_FIELDS, False)
            vals_list = [{**vals, **none} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Override: grade and probability follow from an assessment."""
        if ASSESSED_FIELDS & set(vals) and not self.env.su:
            raise AccessError(
                self.env._(
                    "The grade of loan %(loan)s and its probability of default follow "
                    "from its assessments. Assess it, or propose a grade by hand.",
                    loan=self[:1].name,
                )
            )
        return super().write(vals)

    def action_assess_risk(self):
        """Assess the chosen loans as of today.

        Officers, analysts and managers may; a loan that is not active has no risk
        left to assess.
        """
        self.check_access("read")
        self._check_may_assess()
        for loan in self:
            if loan.state != "active":
                raise UserError(
                    self.env._(
                        "Loan %(loan)s is not active, so there is no risk to assess. "
                        "Choose active loans.",
                        loan=loan.name,
                    )
                )
        self._assess()
        return True

    def _check_may_assess(self):
        if not self.env.su and not self.env.user.has_groups(
            "carloan_relief.group_officer,carloan_relief.group_risk_analyst"
        ):
            raise UserError(
                self.env._(
                    "Only officers, risk analysts and managers assess loans. Ask one "
                    "of them, or an administrator for the role."
                )
            )

    def action_view_assessments(self):
        """Open the assessments of this loan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_risk_assessment_action"
        )
        action["domain"] = [("loan_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_override_risk(self):
        """Open a new grade set by hand for this loan."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set the grade by hand"),
            "res_model": "carloan.risk.override",
            "view_mode": "form",
            "context": {"default_loan_id": self.id},
        }

    def action_view_reviews(self):
        """Open the human reviews of this loan, or a new one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_risk_review_action"
        )
        action["domain"] = [("loan_id", "=", self.id)]
        action["context"] = {"default_loan_id": self.id}
        return action

    def _assess(self, as_of=None, trigger="demand"):
        """Assess N loans as of a date and return the assessments, one per loan.

        :param date as_of: default today; nothing after it is looked at
        :param str trigger: why, a key of TRIGGERS of the queue
        """
        as_of = as_of or fields.Date.context_today(self)
        return self.env["carloan.risk.assessor"]._assess(self, as_of, trigger)

    def _filter_in_books(self, as_of):
        """Return the loans that have a posted entry on or before a date."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT carloan_loan_id FROM account_move_line
                 WHERE carloan_loan_id IN %s AND parent_state = 'posted'
                   AND date <= %s
                """,
                tuple(self.ids) or (0,),
                as_of,
            )
        )
        return self.browse(loan_id for (loan_id,) in rows)

import numpy as np

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Reasons kept of an assessment: enough to explain it, few enough to be read.
REASONS = 6


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    assessment_ids = fields.One2many(
        "carloan.risk.assessment", "loan_id", string="Risk assessments"
    )
    assessment_id = fields.Many2one(
        "carloan.risk.assessment",
        string="Latest assessment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    assessment_date = fields.Date(related="assessment_id.date", string="Assessed as of")
    assessment_count = fields.Integer(compute="_compute_assessment_count")
    risk_reason_text = fields.Text(
        related="assessment_id.reason_text", string="Why this grade"
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
    behaviour_ids = fields.One2many(
        "carloan.behaviour", "loan_id", string="Payment behaviour"
    )

    def _compute_assessment_count(self):
        counts = dict(
            self.env["carloan.risk.assessment"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.assessment_count = counts.get(loan, 0)

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

    def _assess(self, as_of=None):
        """Assess N loans as of a date and return the assessments, one per loan.

        :param date as_of: default today; nothing after it is looked at
        """
        as_of = as_of or fields.Date.context_today(self)
        result = self.env["carloan.risk.assessment"]
        for company, loans in self.grouped("company_id").items():
            card = self.env["carloan.risk.scorecard"].sudo()._get_for_company(company)
            result |= loans._assess_with(card, as_of)
        return result

    def _assess_with(self, card_sudo, as_of):
        """Assess loans of one company with a scorecard.

        The card and the facts are read in sudo: a loan officer gets the grade of a
        borrower without editing cards; who may start it is checked by the callers.
        """
        found = (
            self.env["carloan.risk.features"]
            .sudo()
            ._gather(self.sudo(), as_of, card_sudo.depreciation)
        )
        score = card_sudo._get_engine_card().predict(found, top=REASONS)
        grades = self.env["carloan.risk.grade"].sudo()._for_pds(score.pd)
        assessments_sudo = (
            self.env["carloan.risk.assessment"]
            .sudo()
            .create(
                [
                    loan._prepare_assessment_vals(
                        card_sudo, as_of, found, score, at, grade
                    )
                    for at, (loan, grade) in enumerate(zip(self, grades, strict=True))
                ]
            )
        )
        self._store_assessments(assessments_sudo)
        return assessments_sudo.with_env(self.env)

    def _prepare_assessment_vals(self, card, as_of, found, score, at, grade_id):
        """Return the values of the assessment of one loan (row `at` of the arrays)."""
        return {
            "loan_id": self.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "date": as_of,
            "scorecard_id": card.id,
            "points": float(score.points[at]),
            "pd": float(score.pd[at]),
            "grade_id": grade_id,
            "features": {
                name: None if np.isnan(values[at]) else round(float(values[at]), 6)
                for name, values in found.items()
            },
            "reasons": score.reasons_of(at),
        }

    def _store_assessments(self, assessments_sudo):
        """Put grade and PD on the loans, unless a later assessment is there."""
        assessments_sudo.flush_recordset()
        self.flush_recordset(["assessment_id", "risk_grade_id", "risk_pd"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE carloan_loan loan
                   SET assessment_id = item.id, risk_grade_id = item.grade_id,
                       risk_pd = item.pd
                  FROM carloan_risk_assessment item
                 WHERE item.id IN %(ids)s AND loan.id = item.loan_id
                   AND NOT EXISTS (SELECT 1 FROM carloan_risk_assessment later
                                    WHERE later.id = loan.assessment_id
                                      AND later.date > item.date)
                """,
                ids=tuple(assessments_sudo.ids) or (0,),
            )
        )
        self.invalidate_recordset(["assessment_id", "risk_grade_id", "risk_pd"])

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

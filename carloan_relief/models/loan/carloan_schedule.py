from odoo import fields, models

from .selections import (
    DAY_COUNT_SELECTION,
    METHOD_SELECTION,
    PERIOD_SELECTION,
)


class CarloanSchedule(models.Model):
    """One version of what a borrower pays and when.

    The terms stand here as well as on the loan: the loan keeps what was signed
    at the start, the active schedule what holds now.
    """

    _name = "carloan.schedule"
    _description = "Repayment schedule"
    _inherit = ["carloan.engine.mixin"]
    _order = "loan_id, version desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    version = fields.Integer(required=True, default=1)
    reason = fields.Selection(
        [
            ("origination", "Origination"),
            ("opening", "Opening"),
            ("relief", "Relief"),
            ("prepayment", "Prepayment"),
            ("correction", "Correction"),
        ],
        required=True,
        default="origination",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("superseded", "Superseded")],
        required=True,
        default="draft",
    )
    date_from = fields.Date(
        required=True, help="Interest of the first instalment runs from this day."
    )
    annual_rate = fields.Float(digits=(10, 8))
    period = fields.Selection(PERIOD_SELECTION, required=True, default="month")
    method = fields.Selection(METHOD_SELECTION, required=True, default="annuity")
    day_count = fields.Selection(DAY_COUNT_SELECTION, required=True, default="period")
    due_day = fields.Integer()
    balloon = fields.Monetary()
    fee = fields.Monetary()
    instalment_rounding = fields.Monetary()
    instalment_ids = fields.One2many("carloan.instalment", "schedule_id")
    instalment_count = fields.Integer()
    total_interest = fields.Monetary()
    total_amount = fields.Monetary()

    _version_uniq = models.UniqueIndex(
        "(loan_id, version)", "A loan has one schedule per version."
    )
    _active_uniq = models.UniqueIndex(
        "(loan_id) WHERE state = 'active'", "A loan has one active schedule."
    )

    def _compute_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for schedule in self:
            schedule.name = self.env._(
                "%(loan)s, version %(version)s (%(reason)s)",
                loan=schedule.loan_id.name,
                version=schedule.version,
                reason=reasons.get(schedule.reason, ""),
            )

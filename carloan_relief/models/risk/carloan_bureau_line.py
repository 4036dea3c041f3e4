from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanBureauLine(models.Model):
    """An account with another lender, or an inquiry of one."""

    _name = "carloan.bureau.line"
    _description = "Line of a credit bureau report"
    _order = "report_id, kind, date desc, id"

    report_id = fields.Many2one(
        "carloan.bureau.report", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="report_id.company_id", store=True)
    currency_id = fields.Many2one(related="report_id.currency_id")
    kind = fields.Selection(
        [("account", "Account"), ("inquiry", "Inquiry")],
        required=True,
        default="account",
    )
    lender = fields.Char()
    date = fields.Date(help="The account was opened, or the inquiry made, on this day.")
    limit = fields.Monetary(help="Of a credit line or card; 0 for a loan.")
    balance = fields.Monetary(string="Owed")
    instalment = fields.Monetary(string="Instalment a month")
    arrears = fields.Monetary()
    dpd = fields.Integer(string="Days past due", aggregator="max")

    _amounts_positive = models.Constraint(
        'CHECK ("limit" >= 0 AND balance >= 0 AND instalment >= 0 AND arrears >= 0 '
        "AND dpd >= 0)",
        "Amounts and days of a bureau report cannot be negative.",
    )

    @api.constrains("date", "kind")
    def _check_date(self):
        for line in self:
            if line.kind == "inquiry" and not line.date:
                raise ValidationError(
                    self.env._(
                        "The report of %(partner)s: an inquiry needs its date.",
                        partner=line.report_id.partner_id.display_name,
                    )
                )
            if line.date and line.date > line.report_id.date:
                raise ValidationError(
                    self.env._(
                        "The report of %(partner)s of %(date)s holds a line of "
                        "%(later)s, after it. Correct one of the two dates.",
                        partner=line.report_id.partner_id.display_name,
                        date=line.report_id.date,
                        later=line.date,
                    )
                )

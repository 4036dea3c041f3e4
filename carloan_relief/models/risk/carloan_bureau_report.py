import numpy as np

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...engine.risk import bureau
from .carloan_financial_statement import SENSITIVE_GROUPS

MONEY = ("lines_limit", "lines_used", "arrears", "instalment")
COUNTS = ("accounts", "worst_dpd", "inquiries_6m")
#: Where a report came from: said by whoever fetched or imported it, never by hand.
ORIGIN = {"source": "entered", "provider": False, "sandbox": False}


class CarloanBureauReport(models.Model):
    """What a credit bureau said of a person on a day. A newer one is a new report."""

    _name = "carloan.bureau.report"
    _description = "Credit bureau report"
    _inherit = ["carloan.engine.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Dated", required=True, default=fields.Date.context_today)
    known_on = fields.Date(
        string="Received on",
        required=True,
        default=fields.Date.context_today,
        help="An assessment of an earlier day does not see it.",
    )
    source = fields.Selection(
        [
            ("entered", "Entered by hand"),
            ("imported", "Imported from a file"),
            ("fetched", "Fetched from a provider"),
        ],
        required=True,
        default="entered",
        readonly=True,
    )
    provider = fields.Char(readonly=True, help="Who gave the report.")
    sandbox = fields.Boolean(
        readonly=True, help="Made-up figures of the sandbox: no basis for a decision."
    )
    reference = fields.Char(help="Number of the report at the bureau.")
    consent_id = fields.Many2one(
        "carloan.bureau.consent",
        check_company=True,
        ondelete="restrict",
        help="What the person agreed to before the report was asked for.",
    )
    score = fields.Integer(groups=SENSITIVE_GROUPS, help="0: the bureau gave none.")
    line_ids = fields.One2many(
        "carloan.bureau.line", "report_id", groups=SENSITIVE_GROUPS, copy=True
    )
    accounts = fields.Integer(
        string="Accounts elsewhere",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
    )
    lines_limit = fields.Monetary(
        string="Credit lines",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
    )
    lines_used = fields.Monetary(
        string="Credit lines used",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
    )
    arrears = fields.Monetary(
        string="Arrears elsewhere",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
    )
    instalment = fields.Monetary(
        string="Instalments elsewhere",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
        help="A month, as far as the bureau knows.",
    )
    worst_dpd = fields.Integer(
        string="Worst days past due elsewhere",
        compute="_compute_totals",
        store=True,
        aggregator="max",
        groups=SENSITIVE_GROUPS,
    )
    inquiries_6m = fields.Integer(
        string="Inquiries in 6 months",
        compute="_compute_totals",
        store=True,
        groups=SENSITIVE_GROUPS,
    )

    _latest_idx = models.Index("(partner_id, company_id, date DESC)")
    _score_positive = models.Constraint(
        "CHECK (score >= 0)", "The score of a bureau report cannot be negative."
    )

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for report in self:
            report.display_name = f"{report.partner_id.display_name}, {report.date}"

    @api.depends(
        "date",
        "line_ids.kind",
        "line_ids.date",
        "line_ids.limit",
        "line_ids.balance",
        "line_ids.arrears",
        "line_ids.instalment",
        "line_ids.dpd",
    )
    def _compute_totals(self):
        """One call of the engine per company, for all reports of it."""
        for reports in self.grouped("company_id").values():
            total = reports._get_totals(reports.line_ids)
            for name in MONEY:
                amounts = reports._from_minor(total[name])
                for report, amount in zip(reports, amounts, strict=True):
                    report[name] = amount
            for name in COUNTS:
                for report, count in zip(reports, total[name].tolist(), strict=True):
                    report[name] = count

    def _get_totals(self, lines):
        """Return the sums over the lines of these reports of one company."""
        place = {report: at for at, report in enumerate(self)}
        ages = [
            (line.report_id.date - line.date).days / 30.4375 if line.date else np.inf
            for line in lines
        ]
        return bureau.totals(
            [place[line.report_id] for line in lines],
            len(self),
            [line.kind == "account" for line in lines],
            ages,
            dpd=lines.mapped("dpd"),
            **{
                name: self._to_minor(lines.mapped(name))
                for name in ("limit", "balance", "arrears", "instalment")
            },
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what a person enters was entered by hand."""
        if not self.env.su:
            vals_list = [{**vals, **ORIGIN} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Override: where a report came from stays."""
        if set(ORIGIN) & set(vals) and not self.env.su:
            raise AccessError(
                self.env._(
                    "Where the bureau report of %(partner)s came from cannot be "
                    "changed. Enter, import or fetch another one.",
                    partner=self[:1].partner_id.display_name,
                )
            )
        return super().write(vals)

    def _receive(self, vals_list):
        """Create reports that a file or a provider gave; the user needs the rights."""
        self.check_access("create")
        # sudo: the origin is closed to users; rights are checked before and after
        reports = self.sudo().create(vals_list).sudo(False)
        reports.check_access("create")
        return reports

    @api.constrains("date", "known_on")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for report in self:
            if not report.date <= report.known_on <= today:
                raise ValidationError(
                    self.env._(
                        "The bureau report of %(partner)s is dated %(date)s and was "
                        "received on %(known)s: the second must lie between the first "
                        "and today.",
                        partner=report.partner_id.display_name,
                        date=report.date,
                        known=report.known_on,
                    )
                )

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

STAFF_GROUPS = (
    "carloan_relief.group_officer,carloan_relief.group_approver,"
    "carloan_relief.group_risk_analyst,carloan_relief.group_auditor,"
    "account.group_account_invoice,account.group_account_readonly"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    carloan_loan_ids = fields.One2many(
        "carloan.loan", "partner_id", string="Car loans", groups=STAFF_GROUPS
    )
    carloan_loan_count = fields.Integer(
        string="Number of car loans",
        compute="_compute_carloan_totals",
        groups=STAFF_GROUPS,
    )
    carloan_exposure = fields.Monetary(
        string="Car-loan exposure",
        compute="_compute_carloan_totals",
        groups=STAFF_GROUPS,
        help="Principal outstanding of the borrower's active loans that you may see.",
    )
    risk_grade_id = fields.Many2one(
        "carloan.risk.grade",
        compute="_compute_carloan_totals",
        search="_search_risk_grade_id",
        groups=STAFF_GROUPS,
        help="The worst grade among the borrower's active loans that you may see.",
    )
    risk_grade_color = fields.Integer(
        related="risk_grade_id.color", string="Colour of the grade", groups=STAFF_GROUPS
    )
    risk_override_text = fields.Char(
        string="Grade by hand",
        compute="_compute_risk_override_text",
        groups=STAFF_GROUPS,
    )
    risk_grade_chart = fields.Json(
        string="Grades over time",
        compute="_compute_risk_grade_chart",
        groups=STAFF_GROUPS,
    )
    risk_flag_ids = fields.One2many(
        "carloan.risk.flag",
        "partner_id",
        string="Risk flags",
        groups="carloan_relief.group_officer,carloan_relief.group_approver,"
        "carloan_relief.group_risk_analyst,carloan_relief.group_auditor",
    )
    carloan_statement_ids = fields.One2many(
        "carloan.financial.statement",
        "partner_id",
        string="Financial statements",
        groups="carloan_relief.group_officer,carloan_relief.group_approver,"
        "carloan_relief.group_risk_analyst,carloan_relief.group_auditor",
    )

    def _compute_carloan_totals(self):
        loans = self.env["carloan.loan"]
        counts = dict(
            loans._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        active = loans._read_group(
            [("partner_id", "in", self.ids), ("state", "=", "active")],
            ["partner_id", "risk_grade_id", "currency_id"],
            ["principal_balance:sum"],
        )
        exposure, worst = {}, {}
        company, today = self.env.company, fields.Date.context_today(self)
        for partner, grade, currency, balance in active:
            balance = currency._convert(balance, company.currency_id, company, today)
            exposure[partner] = exposure.get(partner, 0.0) + balance
            worst[partner] = max(
                worst.get(partner, grade), grade, key=lambda g: g.sequence
            )
        for partner in self:
            partner.carloan_loan_count = counts.get(partner, 0)
            partner.carloan_exposure = exposure.get(partner, 0.0)
            partner.risk_grade_id = worst.get(partner, False)

    def _compute_risk_override_text(self):
        for partner in self:
            texts = partner.carloan_loan_ids.filtered("risk_override_text")
            partner.risk_override_text = "; ".join(
                f"{loan.name}: {loan.risk_override_text}" for loan in texts
            )

    def _compute_risk_grade_chart(self):
        for partner in self:
            loans = partner.carloan_loan_ids
            partner.risk_grade_chart = loans.assessment_ids._prepare_grade_chart()

    def action_assess_risk(self):
        """Assess the active loans of these borrowers as of today."""
        self.check_access("read")
        loans = self.env["carloan.loan"].search(
            [("partner_id", "in", self.ids), ("state", "=", "active")]
        )
        loans._check_may_assess()
        if not loans:
            raise UserError(
                self.env._(
                    "%(partner)s has no active car loan, so there is no risk to "
                    "assess. Choose borrowers with active loans.",
                    partner=", ".join(self.mapped("display_name")),
                )
            )
        return loans.action_assess_risk()

    @api.model
    def _search_risk_grade_id(self, operator, value):
        """Find partners with an active loan of a grade."""
        if operator not in ("in", "not in"):
            return NotImplemented
        ids = [item for item in value if item]
        owing = Domain("state", "=", "active")
        graded = Domain(
            "carloan_loan_ids", "any", owing & Domain("risk_grade_id", "in", ids)
        )
        if False in value:
            graded |= ~Domain(
                "carloan_loan_ids", "any", owing & Domain("risk_grade_id", "!=", False)
            )
        return graded if operator == "in" else ~graded

    def action_view_carloans(self):
        """Open the car loans of this borrower."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_loan_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action

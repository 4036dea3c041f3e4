from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import affordability

SENSITIVE_GROUPS = (
    "carloan_relief.group_officer,carloan_relief.group_approver,"
    "carloan_relief.group_risk_analyst,carloan_relief.group_auditor"
)


class CarloanFinancialStatement(models.Model):
    """A borrower's household on a date. A change of it is a new statement."""

    _name = "carloan.financial.statement"
    _description = "Borrower's financial statement"
    _inherit = ["carloan.engine.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Borrower",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    net_income = fields.Monetary(string="Net income a month", groups=SENSITIVE_GROUPS)
    living_costs = fields.Monetary(
        string="Living costs a month",
        groups=SENSITIVE_GROUPS,
        help="Rent, food, transport, school; 0 when not known.",
    )
    other_debt = fields.Monetary(
        string="Other debts a month",
        groups=SENSITIVE_GROUPS,
        help="Instalments of other loans and cards.",
    )
    dependants = fields.Integer(groups=SENSITIVE_GROUPS)
    employment = fields.Selection(
        [
            ("employed", "Employed"),
            ("self_employed", "Self-employed"),
            ("casual", "Casual or gig work"),
            ("unemployed", "Out of work"),
            ("retired", "Pensioner"),
            ("other", "Other"),
        ],
        groups=SENSITIVE_GROUPS,
    )
    bureau_score = fields.Integer(
        string="Credit bureau score",
        groups=SENSITIVE_GROUPS,
        help="0 when not known.",
    )
    source = fields.Char(help="Where the figures come from: payslip, tax return, tape.")
    verified_by = fields.Many2one(
        "res.users", check_company=True, help="Who has seen the evidence."
    )
    affordable_instalment = fields.Monetary(
        compute="_compute_affordable_instalment",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
        help="What the household can carry a month, after living costs, other debts, "
        "dependants and the reserve set on the company.",
    )

    _latest_idx = models.Index("(partner_id, company_id, date DESC)")
    _amounts_positive = models.Constraint(
        "CHECK (net_income >= 0 AND living_costs >= 0 AND other_debt >= 0 "
        "AND dependants >= 0 AND bureau_score >= 0)",
        "Income, costs, debts, dependants and score cannot be negative.",
    )

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.partner_id.display_name}, {item.date}"

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        for item in self:
            if item.date > today:
                raise ValidationError(
                    self.env._(
                        "The statement of %(partner)s is dated %(date)s, in the "
                        "future. Enter the day on which the figures held.",
                        partner=item.partner_id.display_name,
                        date=item.date,
                    )
                )

    @api.depends(
        "net_income",
        "living_costs",
        "other_debt",
        "dependants",
        "company_id.carloan_cost_per_dependant",
        "company_id.carloan_income_reserve",
    )
    def _compute_affordable_instalment(self):
        """One call of the engine per company, for all statements of it."""
        for company, items in self.grouped("company_id").items():
            minor = affordability.affordable_instalment(
                *(
                    items._to_minor(items.mapped(name))
                    for name in ("net_income", "living_costs", "other_debt")
                ),
                dependants=items.mapped("dependants"),
                per_dependant=items._to_minor([company.carloan_cost_per_dependant]),
                buffer=company.carloan_income_reserve,
            )
            for item, amount in zip(items, items._from_minor(minor), strict=True):
                item.affordable_instalment = amount

    def _get_affordable(self, currency, date):
        """Return the affordable instalment in the currency of a loan, as of a day."""
        if not self:
            return 0.0
        return self.currency_id._convert(
            self.affordable_instalment, currency, self.company_id, date
        )

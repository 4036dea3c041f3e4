from odoo import api, fields, models
from odoo.exceptions import UserError

TYPE_SELECTION = [
    ("wage", "Wage, net of tax"),
    ("business", "Income of the own business"),
    ("pension", "Pension"),
    ("benefit", "Benefit"),
    ("rent_received", "Rent received"),
    ("support", "Support received"),
    ("other_income", "Other income"),
    ("rent", "Rent"),
    ("food", "Food"),
    ("utilities", "Energy and water"),
    ("transport", "Transport"),
    ("education", "School"),
    ("health", "Health"),
    ("insurance", "Insurance"),
    ("maintenance", "Support paid"),
    ("other_outgoing", "Other outgoings"),
    ("mortgage", "Mortgage"),
    ("car_loan", "Other car loan"),
    ("card", "Credit card"),
    ("consumer_loan", "Consumer loan"),
    ("family_loan", "Loan from family"),
    ("other_debt", "Other debt"),
]
#: The kind that each type belongs to, in the order above.
KINDS = ("income",) * 7 + ("outgoing",) * 9 + ("debt",) * 6
KIND_OF = dict(zip((code for code, _label in TYPE_SELECTION), KINDS, strict=True))


class CarloanFinancialLine(models.Model):
    """One income, outgoing or debt of a household."""

    _name = "carloan.financial.line"
    _description = "Line of a financial statement"
    _order = "statement_id, sequence, id"

    statement_id = fields.Many2one(
        "carloan.financial.statement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="statement_id.company_id", store=True)
    currency_id = fields.Many2one(related="statement_id.currency_id")
    sequence = fields.Integer(default=10)
    type = fields.Selection(TYPE_SELECTION, required=True)
    kind = fields.Selection(
        [("income", "Income"), ("outgoing", "Outgoing"), ("debt", "Debt")],
        compute="_compute_kind",
        store=True,
        precompute=True,
    )
    name = fields.Char(string="Note", help="Employer, lender, what it is for.")
    amount = fields.Monetary(required=True)
    frequency = fields.Selection(
        [
            ("week", "A week"),
            ("fortnight", "A fortnight"),
            ("month", "A month"),
            ("quarter", "A quarter"),
            ("year", "A year"),
        ],
        required=True,
        default="month",
    )
    balance = fields.Monetary(string="Still owed", help="Of a debt.")

    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND balance >= 0)",
        "Amounts of a financial statement cannot be negative: an outgoing is entered "
        "as an outgoing, not as a negative income.",
    )

    @api.depends("type")
    def _compute_kind(self):
        for line in self:
            line.kind = KIND_OF.get(line.type, "outgoing")

    @api.model_create_multi
    def create(self, vals_list):
        """Override: a verified statement gets no further line."""
        lines = super().create(vals_list)
        lines._check_not_verified()
        return lines

    def write(self, vals):
        """Override: the lines of a verified statement stand."""
        self._check_not_verified()
        result = super().write(vals)
        if "statement_id" in vals:
            self._check_not_verified()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_verified(self):
        self._check_not_verified()

    def _check_not_verified(self):
        verified = self.statement_id.filtered("verified_by")[:1]
        if verified:
            raise UserError(
                self.env._(
                    "The statement of %(partner)s of %(date)s was verified: its lines "
                    "stand. Enter a new statement.",
                    partner=verified.partner_id.display_name,
                    date=verified.date,
                )
            )

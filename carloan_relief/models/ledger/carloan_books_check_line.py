from odoo import api, fields, models

from ..loan.selections import ROLE_SELECTION


class CarloanBooksCheckLine(models.Model):
    """One difference between loans and ledger, with the way to its entries."""

    _name = "carloan.books.check.line"
    _description = "Difference between loans and ledger"

    check_id = fields.Many2one(
        "carloan.books.check", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="check_id.company_id", store=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    rule = fields.Selection(
        [
            ("account", "Account and its loans"),
            ("stray", "Loan entry on an account of no role"),
            ("schedule", "Principal not yet due and the schedule"),
            ("adjustment", "Interest adjustment and its unwinding"),
            ("bill", "Bill and its instalment"),
            ("claim", "What is open on a claim and what settled it"),
            ("allowance", "Loss allowance below nothing"),
            ("closed", "A loan that is over and still in the books"),
            ("currency", "Items not in the currency of the loan"),
            ("snapshot", "Figures shown on the loan and its entries"),
            ("memo", "Memo register below nothing"),
            ("key", "Event in the books once"),
        ],
        required=True,
    )
    role = fields.Selection(ROLE_SELECTION)
    account_id = fields.Many2one("account.account", ondelete="cascade")
    loan_id = fields.Many2one("carloan.loan", ondelete="cascade")
    instalment_id = fields.Many2one(
        "carloan.instalment", string="Scheduled Instalment", ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", ondelete="cascade")
    expected = fields.Monetary(aggregator=None, string="By the loans")
    actual = fields.Monetary(aggregator=None, string="By the ledger")
    difference = fields.Monetary(compute="_compute_difference")

    @api.depends("loan_id", "company_id")
    def _compute_currency_id(self):
        for line in self:
            currency = line.loan_id.currency_id or line.company_id.currency_id
            line.currency_id = currency

    @api.depends("expected", "actual")
    def _compute_difference(self):
        for line in self:
            line.difference = line.actual - line.expected

    def action_view_entries(self):
        """Open the journal items behind this difference."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": self._get_entries_domain(),
            "context": {"create": False},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Entries behind the difference"),
        }

    def _get_entries_domain(self):
        """Return the domain of the journal items that a rule compared."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
        ]
        if self.move_id:
            return [*domain, ("move_id", "=", self.move_id.id)]
        if self.account_id and self.rule == "account":
            loose = ["|", ("carloan_loan_id", "=", False), ("carloan_role", "=", False)]
            return [*domain, ("account_id", "=", self.account_id.id), *loose]
        if self.account_id:
            return [*domain, ("account_id", "=", self.account_id.id)]
        domain.append(("carloan_loan_id", "=", self.loan_id.id))
        if self.instalment_id:
            domain.append(("carloan_instalment_id", "=", self.instalment_id.id))
        if self.role:
            domain.append(("carloan_role", "=", self.role))
        return domain

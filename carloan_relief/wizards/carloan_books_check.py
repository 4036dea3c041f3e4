from odoo import api, fields, models


class CarloanBooksCheck(models.TransientModel):
    """Compare loans and ledger, and show where they differ."""

    _name = "carloan.books.check"
    _description = "Check the books of car loans"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    checked_on = fields.Datetime(default=fields.Datetime.now, readonly=True)
    line_ids = fields.One2many("carloan.books.check.line", "check_id", readonly=True)
    difference_count = fields.Integer(compute="_compute_difference_count")

    @api.depends("line_ids")
    def _compute_difference_count(self):
        for check in self:
            check.difference_count = len(check.line_ids)

    @api.model
    def action_check(self):
        """Run the comparison for the current company and open its result."""
        self.check_access("create")
        check = self.create({})
        # sudo: a manager proves the books without reading every entry
        differences = self.env["carloan.ledger"].sudo()._check_books(check.company_id)
        self.env["carloan.books.check.line"].create(
            [check._prepare_line(difference) for difference in differences]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check the books"),
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
            "target": "new",
        }

    def _prepare_line(self, difference):
        """Return the values of one difference."""
        of_account = difference["check"] in ("account", "stray")
        link = "account_id" if of_account else "loan_id"
        return {
            "check_id": self.id,
            "rule": difference["check"],
            link: difference["res_id"],
            "expected": difference["expected"],
            "actual": difference["actual"],
        }


class CarloanBooksCheckLine(models.TransientModel):
    """One difference between loans and ledger."""

    _name = "carloan.books.check.line"
    _description = "Difference between loans and ledger"

    check_id = fields.Many2one("carloan.books.check", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    rule = fields.Selection(
        [
            ("account", "Account and its loans"),
            ("stray", "Loan entry on an account of no role"),
            ("schedule", "Principal not yet due and the schedule"),
            ("adjustment", "Interest adjustment and its unwinding"),
            ("bill", "Bill and its instalment"),
        ],
        required=True,
    )
    account_id = fields.Many2one("account.account")
    loan_id = fields.Many2one("carloan.loan")
    expected = fields.Monetary(string="By the loans")
    actual = fields.Monetary(string="By the ledger")
    difference = fields.Monetary(compute="_compute_difference")

    @api.depends("loan_id", "check_id.company_id")
    def _compute_currency_id(self):
        """Loans are compared in their own currency, accounts in the company's."""
        for line in self:
            company = line.check_id.company_id
            line.currency_id = line.loan_id.currency_id or company.currency_id

    @api.depends("expected", "actual")
    def _compute_difference(self):
        for line in self:
            line.difference = line.actual - line.expected

from odoo import api, fields, models
from odoo.exceptions import UserError

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
    # a text, which a list shows whole: it is what the reader came for
    advice = fields.Text(string="What to do", compute="_compute_advice")
    can_release = fields.Boolean(compute="_compute_advice")

    @api.depends("loan_id", "company_id")
    def _compute_currency_id(self):
        for line in self:
            currency = line.loan_id.currency_id or line.company_id.currency_id
            line.currency_id = currency

    @api.depends("expected", "actual")
    def _compute_difference(self):
        for line in self:
            line.difference = line.actual - line.expected

    @api.depends("rule", "role", "loan_id")
    def _compute_advice(self):
        """Say which way out there is, by rule."""
        advices = self._get_advices()
        for line in self:
            relief = line._find_late_relief()
            line.can_release = bool(relief) and line.rule == "closed"
            line.advice = advices.get(line.rule)
            if relief:
                line.advice = line._get_relief_advice(relief)

    def _find_late_relief(self):
        """Return the schedule of a relief that came after the last instalment."""
        self.ensure_one()
        # sudo: those who prove the books need not see every officer's loan
        schedule = self.sudo().loan_id.schedule_id
        late = schedule.reason == "relief" and not schedule.instalment_ids
        of_adjustment = self.role == "interest_adjustment"
        return schedule if late and of_adjustment else schedule.browse()

    def _get_relief_advice(self, relief):
        """Return what to do about income that such a relief did not leave alone."""
        if self.rule == "closed":
            return self.env._(
                "%(schedule)s gave relief after the last instalment, and the cure did "
                "not find the income that bills had kept out. Press Release to bring "
                "it to income now.",
                schedule=relief.name,
            )
        return self.env._(
            "%(schedule)s gave relief after the last instalment and did not leave the "
            "income that bills had kept out to the cure. Undo that relief from its "
            "request; give it again if it is still wanted.",
            schedule=relief.name,
        )

    def action_release(self):
        """Bring to income what bills kept out and a cure did not find.

        :raise UserError: where nothing of the loan waits, or it is not cured
        """
        self.ensure_one()
        self.check_access("read")
        loan = self.loan_id
        loan._check_may_post()
        loan._lock()
        # sudo: the ledger posts; who may let it was checked
        loan_sudo = loan.sudo()
        today = fields.Date.context_today(self)
        ledger_sudo = self.env["carloan.ledger"].sudo()
        made = self.can_release and ledger_sudo._release_restored(loan_sudo, today)
        if not made:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: no income of a cured loan waits to be released. "
                    "Check the books again.",
                    loan=loan_sudo.name,
                )
            )
        loan_sudo._message_log(
            body=self.env._("Released after a check of the books: %s", made.name)
        )
        return True

    def _get_advices(self):
        """Return {rule: what to do about a difference}."""
        by_hand = self.env._(
            "Look among the entries for one made by hand, and reverse it."
        )
        undo = self.env._(
            "Look for the event after which loan and entries part, and undo it from "
            "the loan; then enter it again."
        )
        return {
            "account": self.env._(
                "Entries on this account belong to no loan: reverse them, or book them "
                "on another account."
            ),
            "stray": self.env._(
                "Map the account to its role again on the loan product, or move the "
                "balance by an entry of your own."
            ),
            "schedule": by_hand,
            "adjustment": by_hand,
            "bill": self.env._(
                "Undo the bill from its entry: the next billing makes it again from "
                "the schedule."
            ),
            "claim": undo,
            "allowance": self.env._("Provide for the loan anew as of today."),
            "closed": undo,
            "currency": by_hand,
            "snapshot": self.env._(
                "The night brings the figures up to date. If they still differ then, "
                "look among the entries for one made by hand."
            ),
            "memo": undo,
            "key": self.env._("Reverse the entry that is there a second time."),
        }

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

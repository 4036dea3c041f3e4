import math

from odoo import fields, models
from odoo.exceptions import UserError

# how long the page speaks of the last payment
SHOWN_DAYS = 3


class CarloanLoan(models.Model):
    """What a borrower may pay online."""

    _inherit = "carloan.loan"

    transaction_ids = fields.One2many(
        "payment.transaction",
        "carloan_loan_id",
        string="Online payments",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _portal_can_pay(self):
        """Tell whether money can be taken for this loan."""
        self.ensure_one()
        return self.state in ("active", "written_off")

    def _portal_closed_text(self):
        return self.env._(
            "Loan %(loan)s is settled: there is nothing left to pay.", loan=self.name
        )

    def _portal_pay_choices(self):
        """Return {choice: {label, amount}}, the most urgent first."""
        billed = self.instalment_ids.filtered(
            lambda row: row.state == "billed" and row.amount_residual > 0
        ).sorted("due_date")
        coming = max(self.next_payment - self.credit_balance, 0.0)
        due = self.overdue_amount
        if self.state == "written_off":  # the books hold nothing of it any more
            due += self.written_off_balance
        choices = {
            "due": (self.env._("The oldest instalment"), billed[:1].amount_residual),
            "overdue": (self.env._("Everything due"), due),
            "next": (self.env._("The next instalment"), coming),
        }
        if len(billed) == 1 and not self.currency_id.compare_amounts(
            billed.amount_residual, self.overdue_amount
        ):
            del choices["due"]  # one instalment is due: it is everything
        return {
            name: {"label": label, "amount": self.currency_id.round(amount)}
            for name, (label, amount) in choices.items()
            if self.currency_id.compare_amounts(amount, 0.0) > 0
        }

    def _portal_debt(self):
        """Return all that is still owed, due or not, in the books or written off."""
        others = self.overdue_interest + self.overdue_fee + self.overdue_penalty
        others += self.written_off_balance
        debt = self.principal_balance + others - self.credit_balance
        return self.currency_id.round(max(debt, self.overdue_amount, self.next_payment))

    def _portal_check_amount(self, amount):
        """Return another amount, rounded to the currency.

        :raise UserError: for what is no amount, zero, less, or more than is owed
        """
        self.ensure_one()
        if not math.isfinite(amount):
            raise UserError(
                self.env._("Write the amount as a number, such as 1500.00.")
            )
        amount = self.currency_id.round(amount)
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(self.env._("Choose an amount above zero."))
        debt = self._portal_debt()
        if self.currency_id.compare_amounts(amount, debt) > 0:
            raise UserError(
                self.env._(
                    "That is more than the %(debt)s that you still owe. Choose a "
                    "smaller amount.",
                    debt=self.currency_id.format(debt),
                )
            )
        return amount

    def _portal_last_transaction(self):
        """Return the last online payment, if it is recent and more than begun."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=SHOWN_DAYS)
        # sudo: borrowers read no transactions; the page shows state and amount
        return (
            self.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("carloan_loan_id", "=", self.id),
                    ("state", "!=", "draft"),
                    ("last_state_change", ">=", since),
                ],
                order="id desc",
                limit=1,
            )
        )

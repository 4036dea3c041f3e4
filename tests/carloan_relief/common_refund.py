"""A loan on which more was paid than is due."""

from odoo import fields

from .common_closing import ClosingCase

TODAY = "2026-06-20"
PAID = "2026-06-16"
#: Paid above what was due.
ABOVE = 500.0


class RefundCase(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_overpaid()
        cls.payment = cls.loan.payment_ids
        cls.journal = cls.product.bank_journal_id

    @classmethod
    def _create_overpaid(cls, above=ABOVE, **values):
        """A loan of 12,000, its bills paid and some more."""
        loan = cls._create_active(**{"principal": 12000.0, **values})
        cls._bill(TODAY)
        cls._pay(loan, loan.overdue_amount + above, PAID)
        return loan

    @classmethod
    def _refund(cls, loan, amount=ABOVE, date=TODAY, payee=None, **values):
        day = fields.Date.to_date(date)
        return loan._register_refund(amount, day, payee or cls.borrower, **values)

    def _window(self, loan=None, user=None, **values):
        """The window as a person fills it in."""
        Refund = self.env["carloan.refund"].with_user(user or self.accountant)
        return Refund.create({"loan_id": (loan or self.loan).id, **values})

    def _credit_lines(self, loan=None):
        """What stands on the borrower's credit of a loan."""
        return (loan or self.loan).line_ids.filtered(
            lambda line: (
                line.carloan_role == "principal_due"
                and not line.carloan_component
                and line.parent_state == "posted"
            )
        )

    def assertCreditClosed(self, loan=None):
        """Each item of the credit is matched: nothing of it is open."""
        lines = self._credit_lines(loan)
        self.assertEqual(lines.mapped("amount_residual_currency"), [0.0] * len(lines))
        self.assertTrue(all(lines.mapped("reconciled")))

"""Money ahead of its day: a loan with a year paid."""

from .common_closing import ClosingCase

# the base loan after 12 instalments: 82,834.67 at 0.6 % a month, 24 x 3,716.23
BALANCE = 82834.67


class AheadCase(ClosingCase):
    """The base loan, 12 instalments billed and paid; the clock is at 25 January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(
            start_date="2025-01-15", first_due_date="2025-02-15"
        )
        cls._bill("2026-01-25")
        cls._pay(cls.loan, 12 * 3716.23, "2026-01-15")

    def _register(self, amount, user=None, loan=None, **values):
        wizard = (
            self.env["carloan.repayment"]
            .with_user(user or self.accountant)
            .create({"loan_id": (loan or self.loan).id, "amount": amount, **values})
        )
        wizard.action_register()
        return (loan or self.loan).payment_ids.sorted("id")[-1:]

    def _ahead(self, loan=None):
        loan = loan or self.loan
        return loan.instalment_ids.filtered(lambda x: x.state != "billed")

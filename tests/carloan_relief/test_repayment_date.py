"""The day of a repayment, and one that the bank rejects."""

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase
from .common_opening import OpeningCase


@tagged("post_install", "-at_install")
@freeze_time("2026-02-25")
class TestRepaymentDay(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.penalty_rate = 0.18
        cls.loan = cls._create_active()
        cls._bill("2026-02-20")
        cls.payment = cls._pay(cls.loan, 2000.0, "2026-02-18")

    def test_rejecting_it_asks_when_and_why(self):
        action = self.payment.with_user(self.accountant).action_reject()
        self.assertEqual(action["res_model"], "carloan.undo")
        self.assertNotEqual(self.payment.state, "rejected")
        # with 2.93 of penalty
        self.assertEqual(self.loan.overdue_amount, 1720.66)

    def test_not_before_the_loan(self):
        with self.assertRefused("2026-01-15", ValidationError):
            self._pay(self.loan, 100.0, "2026-01-14")
        self._pay(self.loan, 100.0, "2026-01-15")
        self.assertBooks()


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestRepaymentOfOpened(OpeningCase):
    def test_not_before_the_balances_came(self):
        loans, move, _rows, _account = self._open(1)
        with self.assertRefused(str(move.date), ValidationError):
            self._pay(loans, 100.0, "2026-06-19")
        self._pay(loans, 100.0, "2026-06-20")
        self.assertBooks()

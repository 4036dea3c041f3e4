"""Month-end accrual: in the books on the last day, out on the next."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-05-31")
class TestLedgerAccrual(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(
            start_date="2026-05-15", first_due_date="2026-06-15"
        )
        cls.other = cls._create_active(
            start_date="2026-04-15", first_due_date="2026-05-15"
        )
        cls._bill("2026-05-31")
        cls.day = fields.Date.to_date("2026-05-31")

    def _accrue(self, day=None):
        moves = self.ledger._accrue(self.company, day or self.day)
        return moves.filtered(lambda move: self.loan in move.line_ids.carloan_loan_id)

    def test_interest_by_days_of_each_loan_in_one_entry(self):
        move = self._accrue()
        amounts = {
            line.carloan_loan_id: line.balance
            for line in move.line_ids
            if line.carloan_role == "interest_due"
        }
        # 16 of 31 days of 720.00 and of 702.02
        self.assertEqual(amounts[self.loan], 371.61)
        self.assertEqual(amounts[self.other], 362.33)
        self.assertEqual(move.carloan_event, "accrue")
        self.assertEqual(move.date, self.day)
        self.assertEqual(sum(amounts.values()), -self._entry(move)["interest_income"])
        self.assertBooks()

    def test_what_has_run_is_not_overdue(self):
        before = self.other.overdue_amount, self.other.dpd
        self._accrue()
        self.assertEqual((self.other.overdue_amount, self.other.dpd), before)
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.assertEqual(self.loan.credit_balance, 0.0)

    def test_it_is_out_on_the_next_day_and_settles_nothing_else(self):
        move = self._accrue()
        reversal = move.reversal_move_ids
        self.assertEqual((reversal.state, reversal.auto_post), ("draft", "at_date"))
        with freeze_time("2026-06-15"):
            reversal._post()
            self._bill("2026-06-15")
            self._pay(self.loan, 3716.23, "2026-06-15")
            self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertFalse(
                (move + reversal).line_ids.filtered(
                    lambda line: (
                        line.carloan_role == "interest_due" and not line.reconciled
                    )
                )
            )
            self.assertBooks()

    def test_twice_is_once_and_a_late_run_posts_both(self):
        move = self._accrue()
        self.assertEqual(self._accrue(), move)
        with freeze_time("2026-07-03"):
            late = self._accrue(fields.Date.to_date("2026-06-30"))
            self.assertEqual(late.reversal_move_ids.state, "posted")
            self.assertBooks()

    def test_the_night_does_it_for_companies_that_want_it(self):
        self.env["res.company"].search([]).carloan_accrue = False
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.carloan_ledger_cron_accrue")
            cron.method_direct_trigger()
            domain = [("carloan_event", "=", "accrue")]
            self.assertFalse(self.env["account.move"].search(domain))
            self.company.carloan_accrue = True
            cron.method_direct_trigger()
            self.assertEqual(
                self.env["account.move"].search(domain).mapped("date"),
                [self.day, fields.Date.to_date("2026-06-01")][::-1],
            )

    def test_a_locked_month_end_is_refused(self):
        self.company.fiscalyear_lock_date = "2026-05-31"
        with self.assertRefused("2026-05-31"):
            self._accrue()

    def test_by_hand_and_by_whom(self):
        vals = {"date": "2026-05-31"}
        accountant = self._user("a_acc", "account.group_account_invoice")
        Wizard = self.env["carloan.accrual"]
        action = Wizard.with_user(accountant).create(vals).action_accrue()
        moves = self.env["account.move"].search(action["domain"])
        self.assertIn(self.loan, moves.line_ids.carloan_loan_id)
        officer = self._user("a_off", "carloan_relief.group_officer")
        with self.assertRaises(AccessError):
            Wizard.with_user(officer).create(vals)

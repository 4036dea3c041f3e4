"""A book that comes from elsewhere: one entry, a line per loan and role."""

import runpy

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common_opening import OpeningCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerOpening(OpeningCase):
    def test_one_entry_carries_every_loan(self):
        loans, move, _rows, account = self._open()
        self.assertEqual(move.state, "posted")
        self.assertEqual(set(loans.mapped("state")), {"active"})
        self.assertEqual(loans.mapped("undue_principal"), [90000.0, 90000.01, 90000.02])
        self.assertEqual(loans.mapped("overdue_amount"), [3000.01] * 3)
        self.assertEqual(loans.mapped("dpd"), [66] * 3)
        self.assertEqual(loans.mapped("dpd_original"), [66] * 3)
        contra = move.line_ids.filtered(lambda line: line.account_id == account)
        self.assertEqual(len(contra), 1)
        self.assertEqual(len(move.line_ids), 3 * 3 + 1)
        self.assertBooks()

    def test_penalties_run_from_the_opening_on(self):
        """What was charged until then is in the balances that were brought in."""
        self._agree(penalty_rate=0.18)
        loans, _move, _rows, _account = self._open(1)
        with freeze_time("2026-06-30"):
            self.ledger._charge_penalties(loans, "2026-06-30")
            # ten days of 2,500.00
            self.assertEqual(loans.overdue_penalty, 12.33)

    def test_days_before_the_opening_are_charged_by_nothing(self):
        """Not after a charge is undone, nor when money comes to light or goes back."""
        self._agree(penalty_rate=0.18)
        loan, move, _rows, _account = self._open(1)
        with freeze_time("2026-06-30"):
            charge = self.ledger._charge_penalties(loan, "2026-06-30")
            loan._undo_penalty(charge, fields.Date.today(), "mistake")
            self.assertEqual(loan.penalty_date, move.date)
            self.ledger._charge_penalties(loan, "2026-06-30")
            self.assertEqual(loan.overdue_penalty, 12.33)
            payment = self._pay(loan, 0.01, "2026-06-25")
            # in two pieces of five days, a cent paid
            self.assertEqual(loan.overdue_penalty, 12.31)
            loan._undo_repayment(payment.move_id, fields.Date.today(), "Returned")
            self.assertAlmostEqual(loan.overdue_penalty, 12.33, delta=0.01)
        self.assertBooks()

    def test_old_loans_are_given_the_day_of_their_opening(self):
        loan, move, _rows, _account = self._open(1)
        other = self._create_active()
        loan.penalty_free_until = False
        self.env.flush_all()
        path = file_path("carloan_relief/migrations/19.0.1.0.4/pre-settled_days.py")
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.3")
        self.env.invalidate_all()
        self.assertEqual(loan.penalty_free_until, move.date)
        self.assertFalse(other.penalty_free_until)

    def test_money_for_penalties_fills_no_instalment(self):
        """How late a loan is by its first schedule, which knows no penalties."""
        self._agree(penalty_rate=0.18)
        loans, _move, _rows, _account = self._open(1)
        with freeze_time("2026-07-20"):
            self._bill("2026-07-20")
            self.ledger._charge_penalties(loans, "2026-07-20")
            owed, penalty = loans.overdue_amount, loans.overdue_penalty
            self._pay(loans, owed - 10.0, "2026-07-20")
            self.assertGreater(penalty, 10.0)
            rows = loans._read_position_rows(fields.Date.to_date("2026-07-20"))
            rows[0]["version"] = 2
            (late,) = loans._get_original_dpd(rows, fields.Date.to_date("2026-07-20"))
            self.assertEqual(late, 5)

    def test_what_is_suspended_of_it_is_due_all_the_same(self):
        self.product.suspend_days = 60
        loan, _move, _rows, _account = self._open(1)
        rows = self.env["carloan.instalment.month"].search(
            [("loan_id", "=", loan.id), ("state", "=", "opened")]
        )
        before = rows.read(["billed", "paid", "relieved", "residual", "overdue"])
        self.assertEqual(sum(rows.mapped("residual")), 3000.01)
        self.ledger._suspend(loan, "2026-06-20")
        self.assertTrue(loan.suspended_since)
        self.env.invalidate_all()
        after = rows.read(["billed", "paid", "relieved", "residual", "overdue"])
        self.assertEqual(after, before)

    def test_the_same_import_posts_once(self):
        _loans, move, rows, account = self._open()
        day = fields.Date.to_date("2026-06-20")
        again = self.ledger._post_opening(self.product, day, rows, account, "tape-1")
        self.assertEqual(again, move)
        self.assertBooks()

    def test_a_loan_in_the_books_is_not_opened_again(self):
        loans, _move, rows, account = self._open()
        day = fields.Date.to_date("2026-06-20")
        with self.assertRefused(loans[0].import_ref and loans[0].name):
            self.ledger._post_opening(self.product, day, rows, account, "tape-2")

    def test_opened_loans_are_repaid_billed_and_drafted(self):
        loans, _move, _rows, _account = self._open(2)
        self._pay(loans[0], 3000.01, "2026-06-20")
        self.assertEqual(loans[0].overdue_amount, 0.0)
        self.assertEqual(loans[0].dpd, 0)
        self.ledger._draft_horizon(loans)
        drafted = loans.schedule_id.instalment_ids.filtered(
            lambda line: line.state == "drafted"
        )
        self.assertEqual(len(drafted), 6)
        with freeze_time("2026-07-20"):
            self._bill("2026-07-20")
        self.assertGreater(loans[0].overdue_amount, 0.0)
        self.assertBooks()

    def test_many_loans_cost_few_queries(self):
        before = self.cr.sql_log_count
        self._open(2, "small")
        small = self.cr.sql_log_count - before
        before = self.cr.sql_log_count
        self._open(22, "large")
        large = self.cr.sql_log_count - before
        # creating each loan by itself is the test's own doing; the rest is in sets
        self.assertLess((large - small) / 20, 12)

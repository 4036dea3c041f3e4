"""A credit paid back in the reports, in another currency, and from a bank's file."""

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_bank import BankCase
from .common_refund import ABOVE, PAID, TODAY, RefundCase
from .test_ledger_currency import CurrencyCase

#: Odoo tells the two apart by whether the bank account is to be matched.
STANDING = ("in_process", "paid")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefundReports(RefundCase):
    def test_the_statement_tells_it(self):
        stranger = self.env["res.partner"].create({"name": "Zhao Min"})
        self._refund(self.loan, 100.0)
        self._refund(self.loan, 400.0, payee=stranger, note="Assigned")
        account = self.loan._get_statement("2026-06-17", TODAY)
        shown = [
            (str(row["date"]), row["label"], row["received"], row["due"])
            for row in account["rows"]
        ]
        self.assertEqual(
            shown,
            [
                (TODAY, "Credit paid back", -10000, -40000),
                (TODAY, "Credit paid back to Zhao Min", -40000, 0),
            ],
        )
        self.assertEqual(
            account["totals"], {"charged": 0, "received": -50000, "relieved": 0}
        )
        self.assertEqual(account["closing"]["credit"], 0)

    def test_the_statement_tells_that_it_was_undone(self):
        payment = self._refund(self.loan)
        self._undo(move_id=payment.move_id.id)
        rows = self.loan._get_statement("2026-06-17", TODAY)["rows"]
        self.assertEqual(
            [(row["label"], row["received"]) for row in rows],
            [("Credit paid back", -50000), ("Undone: Credit paid back", 50000)],
        )

    def test_the_roll_forward_has_its_column(self):
        self._refund(self.loan)
        report = self.env["carloan.rollforward"].create(
            {"kind": "principal", "date_from": "2026-06-01", "date_to": TODAY}
        )
        report._fill()
        lines = self.env["carloan.rollforward.line"].search(
            [("report_id", "=", report.id), ("loan_id", "=", self.loan.id)]
        )
        credit = lines.filtered(lambda line: line.part == "credit")
        self.assertEqual((credit.repaid, credit.refunded), (-ABOVE, ABOVE))
        self.assertEqual((credit.opening, credit.closing, credit.other), (0, 0, 0))
        self.assertEqual(sum(lines.mapped("other")), 0.0)
        self.assertEqual(sum(lines.mapped("closing")), self.loan.principal_balance)

    def test_nothing_of_it_is_left_in_the_aged_balances(self):
        self._refund(self.loan)
        report = self.env["carloan.aged.balance"].create({"as_of": TODAY})
        report._fill()
        lines = self.env["carloan.aged.balance.line"].search(
            [("report_id", "=", report.id), ("loan_id", "=", self.loan.id)]
        )
        self.assertEqual(
            {line.component: line.total for line in lines if line.total},
            {"principal": self.loan.principal_balance},
        )

    def test_owed_after_a_bounce_it_is_in_both(self):
        refund = self._refund(self.loan)
        self._undo(move_id=self.payment.move_id.id)
        self.assertIn(refund.state, STANDING)
        self.assertBooks()
        months = self.env["carloan.instalment.month"].search(
            [("loan_id", "=", self.loan.id), ("residual", "!=", 0)]
        )
        self.assertEqual(
            round(sum(months.mapped("residual")), 2), self.loan.overdue_amount
        )
        for row in months:
            left = row.billed - row.paid - row.relieved
            self.assertAlmostEqual(left, row.residual, 2)
        self.assertEqual(
            [(row.state, row.residual) for row in months if not row.instalment_id],
            [("refunded", ABOVE)],
        )

    def test_a_promise_is_not_kept_by_money_that_went_back(self):
        promise = self.env["carloan.contact"].create(
            {
                "loan_id": self.loan.id,
                "date": f"{PAID} 04:00:00",
                "direction": "in",
                "outcome": "promise",
                "promised_amount": self.payment.amount,
                "promised_date": TODAY,
            }
        )
        self.assertEqual(promise.promise_state, "kept")
        refund = self._refund(self.loan, 100.0)
        promise.invalidate_recordset()
        self.assertEqual(promise.promise_state, "open")
        self._undo(move_id=refund.move_id.id)
        promise.invalidate_recordset()
        self.assertEqual(promise.promise_state, "kept")

    def test_days_past_due_on_the_first_schedule_know_it(self):
        """Who paid ahead and took the money back has not paid."""
        ahead = self._create_overpaid(2000.0)
        key = [{"id": ahead.id, "version": 2}]
        with freeze_time("2026-08-20"):
            self._bill("2026-08-20")
            self.assertEqual(ahead._get_original_dpd(key, "2026-08-20")[0], 0)
        back = self._create_overpaid(2000.0)
        self._refund(back, 2000.0)
        with freeze_time("2026-08-20"):
            self._bill("2026-08-20")
            days = back._get_original_dpd([{"id": back.id, "version": 2}], "2026-08-20")
            self.assertEqual(days[0], back.dpd)
            self.assertEqual(back.dpd, 36)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestRefundCurrency(CurrencyCase):
    def test_in_both_currencies_and_nothing_is_left(self):
        self._set_rate("2026-04-18", 7.5)
        loan = self._create_active()
        self._bill("2026-04-20")
        self._pay(loan, loan.overdue_amount + 100.0, "2026-04-16")
        payment = loan._register_refund(
            100.0, fields.Date.to_date("2026-04-20"), self.borrower
        )
        self.assertEqual(
            self._both(payment.move_id),
            {"principal_due": (100.0, 750.0), "asset_cash": (-100.0, -750.0)},
        )
        lines = self._find_credit(loan)
        self.assertTrue(all(lines.mapped("reconciled")))
        # 7.4 when it came in, 7.5 when it went: Odoo's exchange difference
        self.assertEqual(round(sum(lines.mapped("balance")), 2), 0.0)
        self.assertBooks()

    def _find_credit(self, loan):
        return loan.line_ids.filtered(
            lambda line: (
                line.carloan_role == "principal_due"
                and not line.carloan_component
                and line.parent_state == "posted"
            )
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestRefundBank(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._pay(cls.loan, cls.loan.overdue_amount, "2026-04-16")
        # as much as what goes back: the bank's line could be either
        cls.surplus = cls._pay(cls.loan, 500.0, "2026-04-17")
        cls.refund = cls.loan._register_refund(
            500.0, cls.surplus.date.replace(day=18), cls.borrower
        )

    def _line(self, text, amount=-500):
        one = self._import(self._row(1, amount, text))
        return one.line_ids.with_user(self.accountant)

    def test_the_banks_booking_of_a_refund_is_no_return(self):
        line = self._line(self.loan.name)
        self.assertFalse(line.returned_payment_id)
        self.assertEqual(line.entered_payment_id, self.refund)
        self.assertEqual((line.state, line.loan_id), ("to_check", self.loan))
        line.action_confirm()
        line.action_post()
        self.assertFalse(line.error)
        self.assertEqual((line.state, line.payment_id), ("posted", self.refund))
        self.assertIn(self.refund.state, STANDING)
        self.assertIn(self.surplus.state, STANDING)
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.assertBooks()
        # the next one of that amount is the return of what came in
        again = self._import(self._row(2, -500, self.loan.name)).line_ids
        self.assertFalse(again.entered_payment_id)
        self.assertEqual(again.returned_payment_id, self.surplus)

    def test_a_refund_never_returns_nor_pays(self):
        self.surplus.sudo().date = "2026-01-01"  # long ago
        line = self._import(self._row(1, -500, self.refund.name)).line_ids
        self.assertNotEqual(line.returned_payment_id, self.refund)
        came = self._import(self._row(3, 500, self.loan.name)).line_ids
        self.assertNotEqual(came.entered_payment_id, self.refund)
        # as much as went back, and nothing says that it is the same money
        self.assertFalse(came.returned_payment_id)

    def test_a_refund_that_did_not_arrive_is_undone_by_the_banks_booking(self):
        sent = self._line(self.loan.name)
        sent.action_confirm()
        sent.action_post()
        text = f"Returned {self.refund.name} {self.loan.name}"
        came = self._import(self._row(2, 500, text)).line_ids
        came = came.with_user(self.accountant)
        self.assertEqual(came.returned_payment_id, self.refund)
        self.assertEqual(
            (came.state, came.loan_id, came.match_reason),
            ("to_check", self.loan, "refund_returned"),
        )
        count = len(self.loan.payment_ids)
        came.action_confirm()
        came.action_post()
        self.assertFalse(came.error)
        self.assertEqual((came.state, came.payment_id), ("posted", self.refund))
        self.assertEqual(self.refund.state, "rejected")
        self.assertEqual(len(self.loan.payment_ids), count, "no repayment is made")
        self.assertEqual(self.loan.credit_balance, 500.0)
        self.assertBooks()
        # nothing is left that could come back once more, nor is the text now known
        again = self._import(self._row(4, 500, text)).line_ids
        self.assertFalse(again.returned_payment_id)
        self.assertEqual(again.match_reason, "reference")

    def test_a_person_who_was_quicker_than_the_bank(self):
        sent = self._line(self.loan.name)
        sent.action_confirm()
        sent.action_post()
        self.loan._undo_refund(self.refund.move_id, "2026-04-20", "The bank called")
        came = self._import(self._row(2, 500, self.refund.name)).line_ids
        came = came.with_user(self.accountant)
        self.assertEqual(came.returned_payment_id, self.refund)
        came.action_confirm()
        came.action_post()
        self.assertFalse(came.error)
        self.assertEqual(self.loan.credit_balance, 500.0)
        self.assertBooks()

    def test_a_loan_chosen_by_hand_is_paid(self):
        came = self._import(self._row(2, 500, self.refund.name)).line_ids
        came = came.with_user(self.accountant)
        self.assertEqual(came.returned_payment_id, self.refund)
        came.loan_id = self.loan
        self.assertFalse(came.returned_payment_id)
        # as much was entered by hand before
        self.assertEqual(came.entered_payment_id, self.surplus)
        came.returned_payment_id = self.surplus
        came.action_post()
        self.assertIn("cannot take that payment back", came.error)
        self.assertIn(self.surplus.state, STANDING)

    def test_one_booking_stands_for_a_refund(self):
        first = self._line(self.loan.name)
        first.action_confirm()
        first.action_post()
        second = self._import(self._row(2, -500, "x")).line_ids.sudo()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            second.payment_id = self.refund
            second.flush_recordset()

    def test_a_person_may_know_better(self):
        line = self._line(self.loan.name)
        line.write({"entered_payment_id": False, "returned_payment_id": self.surplus})
        self.assertEqual(line.state, "matched")
        line.action_post()
        self.assertFalse(line.error)
        self.assertEqual(self.surplus.state, "rejected")
        # the bounce is a fact: what was paid back is owed
        self.assertEqual(self.loan.overdue_amount, 500.0)
        self.assertBooks()

    def test_with_an_outstanding_account(self):
        """The payment credits that account, and the bank's booking clears it."""
        account = self.env["account.account"].create(
            {
                "name": "Outstanding payments",
                "code": "199998",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        self.journal.outbound_payment_method_line_ids.payment_account_id = account
        self._pay(self.loan, 60.0, "2026-04-19")
        refund = self.loan._register_refund(
            60.0, self.surplus.date.replace(day=20), self.borrower
        )
        self.assertEqual(refund.outstanding_account_id, account)
        line = self._line(self.loan.name, -60)
        line.action_confirm()
        line.action_post()
        self.assertFalse(line.error)
        self.assertTrue(line.statement_line_id)
        own = refund.move_id.line_ids.filtered(lambda x: x.account_id == account)
        self.assertTrue(own.reconciled)
        self.assertBooks()
        # and when it comes back nothing stays outstanding
        came = self._import(self._row(2, 60, refund.name)).line_ids
        came = came.with_user(self.accountant)
        came.action_confirm()
        came.action_post()
        self.assertFalse(came.error)
        self.assertEqual(refund.state, "rejected")
        items = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(len(items), 4)
        self.assertTrue(all(items.mapped("reconciled")))
        self.assertBooks()

"""What went into the books by mistake comes out again, in the right order."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase
from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestUndoRepayment(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active()
        cls._bill("2026-06-20")

    def _undo(self, move, date="2026-06-20", user=None, **values):
        wizard = self.env["carloan.undo"].with_user(user or self.env.user)
        wizard.create(
            {"move_id": move.id, "date": date, "reason": "Returned", **values}
        ).action_confirm()

    def test_a_bounce_opens_what_was_paid_since_its_own_date(self):
        payment = self._pay(self.loan, 3716.23, "2026-02-15")
        self.assertEqual(self.loan.oldest_due_date, fields.Date.to_date("2026-03-15"))
        self._undo(payment.move_id)
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(self.loan.oldest_due_date, fields.Date.to_date("2026-02-15"))
        self.assertEqual(self.loan.dpd, 125)
        self.assertEqual(self.loan.instalment_ids[0].amount_residual, 3716.23)
        self.assertBooks()

    def test_later_repayments_pay_the_older_debt_instead(self):
        first = self._pay(self.loan, 3716.23, "2026-02-15")
        self._pay(self.loan, 3716.23, "2026-03-15")
        self._pay(self.loan, 1000.0, "2026-04-15")
        self._undo(first.move_id)
        self.assertEqual(
            self.loan.instalment_ids[:3].mapped("amount_residual"),
            [0.0, 2716.23, 3716.23],
        )
        self.assertEqual(self.loan.overdue_amount, round(4 * 3716.23 - 1000, 2))
        self.assertEqual(self.loan.oldest_due_date, fields.Date.to_date("2026-03-15"))
        self.assertBooks()

    def test_credit_that_a_bill_used_is_taken_back(self):
        loan = self._create_active(start_date="2026-04-15", first_due_date="2026-05-15")
        self._bill("2026-06-20")
        payment = self._pay(loan, 8000.0, "2026-05-16")
        self.assertEqual(loan.credit_balance, 567.54)
        with freeze_time("2026-07-16"):
            self._bill("2026-07-16")
            self.assertEqual(loan.overdue_amount, round(3716.23 - 567.54, 2))
            self._undo(payment.move_id, "2026-07-16")
            self.assertEqual(loan.credit_balance, 0.0)
            self.assertEqual(loan.overdue_amount, round(3 * 3716.23, 2))
            self.assertBooks()

    def test_two_bounces_one_after_the_other(self):
        payments = [
            self._pay(self.loan, 3716.23, f"2026-0{month}-15") for month in (2, 3, 4)
        ]
        self._undo(payments[0].move_id)
        self._undo(payments[1].move_id)
        self.assertEqual(self.loan.overdue_amount, round(4 * 3716.23, 2))
        self.assertEqual(self.loan.instalment_ids[0].paid_state, "paid")
        self.assertBooks()
        self._undo(payments[2].move_id)
        self.assertEqual(self.loan.overdue_amount, round(5 * 3716.23, 2))
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertBooks()

    def test_the_bounce_of_the_last_repayment_opens_a_closed_loan(self):
        loan = self._create_active(
            instalments=3, start_date="2026-02-15", first_due_date="2026-03-15"
        )
        self._bill("2026-06-20")
        payment = self._pay(loan, loan.overdue_amount, "2026-06-20")
        self.assertEqual(loan.state, "closed")
        self._undo(payment.move_id)
        self.assertEqual(loan.state, "active")
        self.assertBooks()

    def test_the_accountants_own_reversal_does_the_same(self):
        first = self._pay(self.loan, 3716.23, "2026-02-15")
        self._pay(self.loan, 3716.23, "2026-03-15")
        accountant = self._user("u_acc", "account.group_account_invoice")
        first.move_id.with_user(accountant)._reverse_moves(
            [{"date": "2026-06-20"}], cancel=True
        )
        self.assertEqual(self.loan.instalment_ids[0].paid_state, "paid")
        self.assertEqual(self.loan.overdue_amount, round(4 * 3716.23, 2))
        self.assertBooks()

    def test_a_back_dated_repayment_comes_first(self):
        self._agree(allocation_mode="vertical")
        self._pay(self.loan, 5000.0, "2026-04-20")
        self._pay(self.loan, 1000.0, "2026-02-20")
        # on 20 February only the first instalment was due: interest, then principal
        self.assertEqual(self.loan.overdue_amount, round(5 * 3716.23 - 6000, 2))
        self.assertBooks()

    def test_twice_too_early_locked_and_by_the_wrong_person(self):
        payment = self._pay(self.loan, 3716.23, "2026-04-15")
        with self.assertRefused("choose that day or a later one"):
            self._undo(payment.move_id, "2026-04-14")
        self.company.fiscalyear_lock_date = "2026-05-31"
        with self.assertRefused(self.loan.name):
            self._undo(payment.move_id, "2026-05-20")
        for login, group in (("u_off", "officer"), ("u_aud", "auditor")):
            user = self._user(login, f"carloan_relief.group_{group}")
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._undo(payment.move_id, user=user)
        self._undo(payment.move_id)
        with self.assertRefused("undone already"):
            self._undo(payment.move_id)
        self.assertBooks()

    def test_the_last_bill_and_only_the_last_is_undone(self):
        bills = self.loan.instalment_ids[:5].move_id
        self._pay(self.loan, 5 * 3716.23, "2026-06-18")
        with self.assertRefused("#5"):
            self._undo(bills[3])
        self._undo(bills[4])
        line = self.loan.instalment_ids[4]
        self.assertEqual(line.state, "drafted")
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.assertEqual(self.loan.credit_balance, 3716.23)
        self.assertBooks()
        self._bill("2026-06-20")
        self.assertEqual(line.state, "billed")
        self.assertEqual(line.paid_state, "paid")
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertBooks()

    def test_a_disbursement_is_not_undone_from_the_entry(self):
        move = self.env["account.move"].search(
            [("carloan_event_key", "=", f"disburse:{self.loan.id}")]
        )
        self.assertFalse(move.carloan_can_undo)
        with self.assertRefused(self.loan.name):
            self._undo(move)


@tagged("post_install", "-at_install")
@freeze_time("2026-01-20")
class TestUndoReliefEntries(LoanCase):
    """A25: a rate cut booked in error, found a month later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(
            start_date="2025-01-15", first_due_date="2025-02-15"
        )
        cls._bill("2026-01-20")
        cls._pay(cls.loan, 12 * 3716.23, "2026-01-16")

    def _relieve(self, plan):
        position, _ids = self.loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        self.loan._apply_relief(self.borrower, revised, modification, "2026-01-20")
        return self.loan.schedule_id

    def test_a25_entries_cash_and_lateness(self):
        before = self.loan.schedule_id
        schedule = self._relieve([{"kind": "rate", "annual_rate": 0.036}])
        with freeze_time("2026-02-20"):
            self._bill("2026-02-20")
            self._pay(self.loan, 3582.36, "2026-02-15")
            self.assertEqual(self.loan.overdue_amount, 0.0)
            with self.assertRefused("#1"):
                self.loan._undo_relief(schedule, "2026-02-20", "Mistake")
            self.loan._undo_relief(schedule, "2026-02-20", "Mistake", cascade=True)
            self.assertEqual(self.loan.schedule_id, before)
            self.assertEqual(schedule.state, "undone")
            # the shortfall is overdue since the date of the original instalment 13
            self.assertEqual(self.loan.overdue_amount, 133.87)
            self.assertEqual(
                self.loan.oldest_due_date, fields.Date.to_date("2026-02-15")
            )
            self.assertEqual(self.loan.dpd, 5)
            self.assertEqual(self.loan.principal_balance, 79749.32)
            self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
            self.assertEqual(self._sum(self.loan, "modification_result"), 0.0)
            income = self.loan.line_ids.filtered(
                lambda line: (
                    line.carloan_role == "interest_income"
                    and line.parent_state == "posted"
                    and line.date.isoformat() > "2026-01-20"
                )
            )
            self.assertAlmostEqual(sum(income.mapped("balance")), -497.01)
            self.assertBooks()
            with self.assertRefused("undone already"):
                self.loan._undo_relief(schedule, "2026-02-20", "Again")

    def test_a_later_relief_is_named_and_goes_first(self):
        first = self._relieve([{"kind": "extend", "instalments": 12}])
        position, _ids = self.loan._get_positions()
        plans = measures.Plans.from_dicts([[{"kind": "extend", "instalments": 6}]])
        revised = measures.apply(position, plans)
        modification = valuation.modification(position, revised)
        self.loan._apply_relief(self.company, revised, modification, "2026-01-20")
        second = self.loan.schedule_id
        with self.assertRefused(second.name):
            self.loan._undo_relief(first, "2026-01-20", "Mistake")
        self.loan._undo_relief(second, "2026-01-20", "Mistake")
        self.assertEqual(self.loan.schedule_id, first)
        self.loan._undo_relief(first, "2026-01-20", "Mistake")
        self.assertEqual(self.loan.schedule_id.reason, "origination")
        self.assertFalse(self.loan.previous_schedule_id)
        self.assertEqual(len(self.loan.instalment_ids), 36)
        self.assertBooks()
        drafts = self.loan.instalment_ids.filtered(lambda line: line.state == "drafted")
        self.assertEqual(drafts.mapped("sequence"), [13, 14, 15])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestUndoRelief(ReliefCase):
    def _wizard(self, request, user, **values):
        return (
            self.env["carloan.undo"]
            .with_user(user)
            .create({"request_id": request.id, "reason": "Wrong borrower", **values})
        )

    def test_schedule_arrears_and_case_are_as_before(self):
        dpd, overdue = self.loan.dpd, self.loan.overdue_amount
        before = self.loan.schedule_id
        request = self._active()
        self.assertEqual(self.loan.dpd, 0)
        wizard = self._wizard(request, self.accountant)
        self.assertFalse(wizard.blocker)
        wizard.action_confirm()
        self.assertEqual(request.state, "undone")
        self.assertEqual(self.loan.schedule_id, before)
        self.assertEqual((self.loan.dpd, self.loan.overdue_amount), (dpd, overdue))
        self.assertNotEqual(self.loan.cn_class, "normal")
        moves = request.sudo().move_ids
        self.assertEqual(
            len(moves.filtered("reversed_entry_id")) * 2, len(moves.sudo())
        )
        self.assertIn("Wrong borrower", self._logged(request))
        self.assertBooks()
        # a fresh case can be made
        self._assessed()

    def test_an_entry_of_the_relief_leads_to_the_case(self):
        request = self._active()
        move = request.sudo().move_ids[:1]
        context = move.action_carloan_undo()["context"]
        self.assertEqual(context, {"default_request_id": request.id})

    def test_twice_and_by_the_wrong_person(self):
        request = self._active()
        for user in (self.officer, self.approver, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                request.with_user(user)._undo(self._today(), "x")
        request.with_user(self.manager)._undo(self._today(), "Mistake")
        with self.assertRaises(UserError):
            request.with_user(self.manager)._undo(self._today(), "Mistake")
        self.assertBooks()

    def test_a_locked_period_leaves_everything_in_force(self):
        request = self._active()
        self.company.fiscalyear_lock_date = TODAY
        with self.assertRefused(self.loan.name):
            request.with_user(self.manager)._undo(self._today(), "Mistake")
        self.assertEqual(request.state, "active")
        self.assertEqual(self.loan.schedule_id.request_id, request)

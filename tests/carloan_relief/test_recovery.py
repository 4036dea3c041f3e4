"""The claim survives a write-off and is recovered, or bounces."""

from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

TODAY = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestRecovery(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_a19()
        cls.earlier = cls._pay(cls.loan, 20.0, "2026-06-17")
        cls._pay(cls.loan, 0.01, "2026-06-18")
        cls.case = cls._written_off(cls.loan)

    def _recover(self, amount, **values):
        wizard = (
            self.env["carloan.repayment"]
            .with_user(self.accountant)
            .create({"loan_id": self.loan.id, "amount": amount, **values})
        )
        wizard.action_register()
        return self.loan.payment_ids.sorted("id")[-1:]

    def test_a20_entries_and_register(self):
        owed = self.case.balance
        payment = self._recover(9000.0, collection_cost=600.0)
        self.assertEqual(
            self._entry(payment.move_id), {"asset_cash": 9000.0, "principal": -9000.0}
        )
        self.assertEqual(
            [self._entry(move) for move in self._moves(self.loan, "recovery")],
            [
                {"principal": 9000.0, "allowance": -9000.0},
                {"allowance": 9000.0, "impairment": -9000.0},
                {"collection_cost": 600.0, "bank": -600.0},
            ],
        )
        self.assertEmptied(self.loan)
        self.assertEqual(self.loan.written_off_balance, round(owed - 9000, 2))
        self.assertEqual(self.case.recovered, 9000.0)
        self.assertEqual(self.case.balance, round(owed - 9000, 2))
        self.assertEqual(self.loan.state, "written_off")
        self.assertBooks()
        # the bank reconciliation finds the payment as any other
        self.assertTrue(payment.move_id.line_ids.filtered("account_id.reconcile"))

    def test_undo_of_the_write_off_names_all_that_a_repayment_recovered(self):
        """It took from the claims of many instalments, and is one repayment."""
        payment = self._recover(9000.0)
        blocker = self.loan._find_write_off_blocker(self.case)
        self.assertIn(payment.move_id.name, blocker)
        self.assertIn("9,000.00", blocker)

    def test_recoveries_may_be_income_by_policy(self):
        self.product.recovery_result = "income"
        self._recover(100.0)
        release = self._moves(self.loan, "recovery")[-1]
        self.assertEqual(self._entry(release), {"allowance": 100.0, "recovery": -100.0})

    def test_fees_are_recovered_first_with_the_tax_that_waited(self):
        self._agree(allocation_mode="vertical")
        self.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )
        self.loan = self._create_active(fee=12.5)
        for month in range(2, 7):
            with freeze_time(f"2026-{month:02}-15"):
                self._bill(f"2026-{month:02}-15")
        self._written_off(self.loan)
        claim = self._memo(self.loan)
        # the fees of February to May were declared when billed, that of June waits
        payment = self._recover(5 * 12.5)
        self.assertEqual(
            self._entry(payment.move_id), {"asset_cash": 62.5, "principal": -62.5}
        )
        self.assertEqual(
            [self._entry(move) for move in self._moves(self.loan, "recovery")],
            [
                {"principal": 62.5, "allowance": -62.5},
                {"allowance": 62.5, "impairment": -61.79, "output_vat": -0.71},
            ],
        )
        left = self.env["carloan.memo"]._get_balances(self.loan, ("written_off",))
        self.assertNotIn("fee", [row["component"] for row in left])
        self.assertEqual(self._memo(self.loan), round(claim - 62.5, 2))
        self._undo(move_id=payment.move_id.id)
        left = self.env["carloan.memo"]._get_balances(self.loan, ("written_off",))
        fees = [row for row in left if row["component"] == "fee"]
        self.assertEqual([row["amount"] for row in fees], [1250] * 5)
        self.assertEqual([row["vat"] for row in fees], [0, 0, 0, 0, 71])
        self.assertEmptied(self.loan)
        self.assertBooks()

    def test_a_bounce_is_owed_again(self):
        owed = self.case.balance
        first = self._recover(500.0)
        payment = self._recover(9000.0)
        self._undo(move_id=payment.move_id.id)
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(self._memo(self.loan), round(owed - 500, 2))
        self.assertEqual(self.case.recovered, 500.0)
        self.assertEmptied(self.loan)
        self.assertEqual(self._sum(self.loan, "impairment"), 39499.99 - 500)
        self.assertBooks()
        with self.assertRefused("undone already"):
            self._undo(move_id=payment.move_id.id)
        # the accountant's own reversal does the same
        first.move_id.with_user(self.accountant)._reverse_moves(
            [{"date": "2026-06-20"}], cancel=True
        )
        self.assertEqual(self._memo(self.loan), owed)
        self.assertEmptied(self.loan)
        self.assertBooks()

    def test_one_window_is_one_repayment(self):
        wizard = (
            self.env["carloan.repayment"]
            .with_user(self.accountant)
            .create({"loan_id": self.loan.id, "amount": 100.0})
        )
        wizard.action_register()
        count = len(self.loan.payment_ids)
        with self.assertRefused("registered already"):
            wizard.action_register()
        self.assertEqual(len(self.loan.payment_ids), count)
        with self.assertRefused("collection cost", ValidationError):
            self._recover(9.0, collection_cost=-60.0)

    def test_posting_twice_posts_once(self):
        payment = self._recover(100.0)
        made = len(self._moves(self.loan, "recovery"))
        payment._post_carloan_recovery()
        self.assertEqual(len(self._moves(self.loan, "recovery")), made)
        self.assertEqual(self.case.recovered, 100.0)

    def test_more_than_is_owed_is_the_borrowers_credit(self):
        owed = self.case.balance
        self._recover(owed + 25.0)
        self.assertEqual(self._memo(self.loan), 0.0)
        self.assertEqual(self.case.balance, 0.0)
        self.assertEqual(self.loan.credit_balance, 25.0)
        self.assertBooks()

    def test_what_stands_on_what_is_named(self):
        with self.assertRefused(self.case.name):
            self._undo(move_id=self.earlier.move_id.id)
        payment = self._recover(9000.0)
        wizard = self.env["carloan.undo"].create(
            {"write_off_id": self.case.id, "reason": "x"}
        )
        self.assertIn(payment.move_id.name, wizard.blocker)
        with self.assertRefused(payment.move_id.name):
            self._undo(write_off_id=self.case.id)
        self._undo(move_id=payment.move_id.id)
        self._undo(write_off_id=self.case.id)
        self.assertEqual(self.loan.state, "active")
        self._undo(move_id=self.earlier.move_id.id)
        self.assertEqual(self.loan.overdue_interest, 1519.99)
        self.assertBooks()

    def test_what_was_owed_then_is_not_undone_while_it_is_written_off(self):
        self._agree(penalty_rate=0.1, grace_days=0)
        loan = self._create_active(start_date="2026-04-15", first_due_date="2026-05-15")
        self._bill("2026-06-20")
        self.ledger._charge_penalties(loan, "2026-06-20")
        bill = loan.instalment_ids[0].move_id
        penalty = self._moves(loan, "penalty")[-1]
        case = self._written_off(loan)
        for undo, move in ((loan._undo_penalty, penalty), (loan._undo_bill, bill)):
            with self.assertRefused(case.name):
                undo(move, "2026-06-20", "by mistake")
        self._undo(write_off_id=case.id)
        loan._undo_penalty(penalty, "2026-06-20", "by mistake")
        self.assertBooks()

    def test_a_relief_is_not_undone_while_the_loan_is_written_off(self):
        loan = self._create_a19()
        position, _ids = loan._get_positions()
        plans = measures.Plans.from_dicts([[{"kind": "extend", "instalments": 6}]])
        revised = measures.apply(position, plans)
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(
            request, revised, valuation.modification(position, revised), TODAY
        )
        schedule = loan.schedule_id
        case = self._written_off(loan)
        with self.assertRefused(case.name):
            loan._undo_relief(schedule, TODAY, "Mistake", cascade=True)
        self.assertEmptied(loan)
        self._undo(write_off_id=case.id)
        loan._undo_relief(schedule, TODAY, "Mistake", cascade=True)
        self.assertNotEqual(loan.schedule_id, schedule)
        self.assertBooks()

    def test_money_dated_before_the_write_off_is_refused(self):
        with self.assertRefused(self.case.name):
            self._recover(10.0, date="2026-06-19")
        self.assertEqual(self._memo(self.loan), self.case.claim)

    def test_a_payment_drafted_before_the_write_off_is_a_recovery(self):
        loan = self._create_a19()
        payment = self.env["account.payment"].create(
            loan._prepare_repayment_vals(1000.0, "2026-06-20", None, None)
        )
        self._written_off(loan)
        payment.action_post()
        self.assertEqual(self._memo(loan), 38520.0)
        self.assertEmptied(loan)
        self.assertBooks()

    def test_a_draft_from_before_that_is_all_credit_is_undone(self):
        self._undo(write_off_id=self.case.id)
        draft = self.env["account.payment"].create(
            self.loan._prepare_repayment_vals(70.0, "2026-06-20", None, None)
        )
        draft._generate_journal_entry()  # its entry stands as a draft
        case = self._written_off(self.loan)
        self.assertLess(draft.move_id.id, min(self._moves(self.loan, "write_off").ids))
        self._recover(self._memo(self.loan))
        draft.action_post()
        self.assertEqual(self.loan.credit_balance, 70.0)
        self._undo(move_id=draft.move_id.id)
        self.assertEqual((self.loan.credit_balance, case.balance), (0.0, 0.0))
        self.assertBooks()

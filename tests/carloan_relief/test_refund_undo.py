"""A refund that came back, and a repayment that came back after its refund."""

from odoo.tests import freeze_time, tagged

from .common_refund import ABOVE, PAID, TODAY, RefundCase

LATER = "2026-07-20"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefundUndo(RefundCase):
    def _claims(self, loan):
        """What is unpaid of a loan as {due date: amount}, without penalties."""
        return {
            str(line.date_maturity): line.amount_residual_currency
            for line in self.ledger._get_open_lines(loan)
            if line.carloan_component
        }

    # ------------------------------------------------------------------
    # THE REFUND CAME BACK
    # ------------------------------------------------------------------

    def test_undone_the_credit_is_there_again(self):
        payment = self._refund(self.loan)
        action = payment.with_user(self.accountant).action_carloan_undo()
        window = self.env["carloan.undo"].with_user(self.accountant)
        window = window.with_context(action["context"]).create({"reason": "No account"})
        self.assertFalse(window.is_repayment)
        self.assertIn("credit again", window.effect)
        window.action_confirm()
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(self.loan.credit_balance, ABOVE)
        self.assertFalse(payment.move_id.carloan_can_undo)
        with self.assertRefused(payment.move_id.name):
            self._undo(move_id=payment.move_id.id)
        self.assertBooks()
        # and may be paid back again
        self._refund(self.loan)
        self.assertCreditClosed()
        self.assertBooks()

    def test_undone_it_pays_what_fell_due_since(self):
        payment = self._refund(self.loan)
        with freeze_time(LATER):
            self._bill(LATER)
            due = self.loan.overdue_amount
            self.assertGreater(due, 0.0)
            self._undo(move_id=payment.move_id.id, date=LATER)
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertEqual(self.loan.credit_balance, round(ABOVE - due, 2))
            self.assertEqual(self.loan.instalment_ids[5].paid_state, "paid")
            self.assertBooks()

    def test_undone_takes_back_what_lateness_cost(self):
        self._agree(penalty_rate=0.18, grace_days=0)
        payment = self._refund(self.loan)
        with freeze_time(LATER):
            self._bill(LATER)
            self.ledger._charge_penalties(self.loan, self.loan.position_date)
            self.assertGreater(self.loan.overdue_penalty, 0.0)
            self._undo(move_id=payment.move_id.id, date=LATER)
            self.assertEqual(self.loan.overdue_penalty, 0.0)
            self.assertBooks()

    def test_not_under_a_write_off(self):
        payment = self._refund(self.loan)
        with freeze_time(LATER):
            self._bill(LATER)
            case = self._written_off(self.loan, date=LATER)
            with self.assertRefused(case.name):
                self._undo(move_id=payment.move_id.id, date=LATER)
            self.assertNotEqual(payment.state, "rejected")
            self._undo(write_off_id=case.id, date=LATER)
            self._undo(move_id=payment.move_id.id, date=LATER)
            self.assertBooks()

    def test_not_before_it_happened(self):
        payment = self._refund(self.loan)
        with self.assertRefused(payment.move_id.name):
            self._undo(move_id=payment.move_id.id, date="2026-06-19")

    # ------------------------------------------------------------------
    # THE REPAYMENT CAME BACK
    # ------------------------------------------------------------------

    def test_a_bounce_leaves_what_was_paid_back_owed(self):
        """That it came back is a fact: the money is the lender's, from its own day."""
        surplus = self._pay(self.loan, 200.0, "2026-06-17")
        refund = self._refund(self.loan, 600.0)
        window = self.env["carloan.undo"].create(
            {"move_id": surplus.move_id.id, "reason": "Bounced"}
        )
        self.assertIn("paid back", window.effect)
        with freeze_time("2026-06-25"):
            self._undo(move_id=surplus.move_id.id, date="2026-06-25")
            # 100 of the credit were left
            self.assertEqual(self._claims(self.loan), {TODAY: 100.0})
            self.assertEqual(self.loan.overdue_amount, 100.0)
            self.assertEqual(self.loan.dpd, 5)
            self.assertEqual(self.loan.credit_balance, 0.0)
            self.assertCreditClosed()
            self.assertBooks()
            self._pay(self.loan, 130.0, "2026-06-25")
            self.assertEqual(self._claims(self.loan), {})
            self.assertEqual(self.loan.credit_balance, 30.0)
            self.assertBooks()
            # the refund came back as well: all of it is the borrower's again
            self._undo(move_id=refund.move_id.id, date="2026-06-25")
            self.assertEqual(self.loan.credit_balance, ABOVE + 130.0)
            self.assertBooks()

    def test_a_bounce_and_then_the_refund(self):
        refund = self._refund(self.loan)
        due = sum(self.loan.instalment_ids[:5].mapped("amount"))
        self._undo(move_id=self.payment.move_id.id)
        self.assertEqual(self.loan.overdue_amount, round(due + ABOVE, 2))
        self.assertEqual(self._claims(self.loan)[TODAY], ABOVE)
        self.assertBooks()
        self._undo(move_id=refund.move_id.id)
        self.assertEqual(self.loan.overdue_amount, round(due, 2))
        self.assertNotIn(TODAY, self._claims(self.loan))
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertBooks()

    def test_a_bounce_opens_a_loan_that_was_over(self):
        loan = self._create_active(principal=1000.0, instalments=2)
        self._bill(TODAY)
        due = str(loan.instalment_ids[1].due_date)
        self._pay(loan, round(loan.overdue_amount - 10.0, 2), PAID)
        last = self._pay(loan, 43.0, PAID)
        self._refund(loan, 33.0)
        self.assertEqual(loan.state, "closed")
        self._undo(move_id=last.move_id.id)
        self.assertEqual((loan.state, loan.overdue_amount), ("active", 43.0))
        self.assertEqual(self._claims(loan), {due: 10.0, TODAY: 33.0})
        self.assertBooks()
        self._pay(loan, 43.0, TODAY)
        self.assertEqual(loan.state, "closed")
        self.assertCreditClosed(loan)
        self.assertBooks()

    def test_a_loan_written_off_refuses_it(self):
        loan = self._create_a19()
        self._written_off(loan)
        payment = self._pay(loan, loan.written_off_balance + 70.0, TODAY)
        refund = self._refund(loan, 70.0)
        with self.assertRefused(refund.name):
            self._undo(move_id=payment.move_id.id)
        self._undo(move_id=refund.move_id.id)
        self._undo(move_id=payment.move_id.id)
        self.assertEqual(loan.credit_balance, 0.0)
        self.assertBooks()

    def test_what_came_late_pays_before_the_refund(self):
        """An older repayment, entered after the refund, is credit of its own."""
        self._refund(self.loan)
        self._pay(self.loan, 40.0, "2026-06-17")
        self.assertEqual(self.loan.credit_balance, 40.0)
        self.assertEqual(self._claims(self.loan), {})
        self.assertBooks()

    def test_a_bill_that_was_undone_and_made_again(self):
        """The books return to where they were, with the refund in between."""
        self._refund(self.loan, 100.0)
        bill = self.loan.instalment_ids[4].move_id
        self._undo(move_id=bill.id)
        self._bill(TODAY)
        self.assertEqual(self.loan.credit_balance, 400.0)
        self.assertEqual(self._claims(self.loan), {})
        self.assertBooks()

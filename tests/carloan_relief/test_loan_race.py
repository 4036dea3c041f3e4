"""Two sessions at one loan, each with a connection of its own: nothing twice."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged

from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestLoanRace(CommittedCase):
    def _make_book(self, env):
        """An instalment billed and one due today, and two draft payments."""
        today = fields.Date.today()
        first = fields.Date.subtract(today, months=1)
        loan = self._lend(
            env,
            instalments=6,
            start_date=fields.Date.subtract(first, months=1),
            first_due_date=first,
            due_day=today.day,
        )
        env["carloan.ledger"]._bill(loan.instalment_ids[:1])
        vals = loan._prepare_repayment_vals(700.0, today)
        self.payment_ids = env["account.payment"].create([vals, dict(vals)]).ids
        self.user_ids = self._make_cashiers(env)
        return loan.ids

    def _session(self, number):
        """Return the environment of one of the two."""
        return self._open_session(self.user_ids[number])

    def _payment(self, number):
        env = self._session(number)
        return env["account.payment"].browse(self.payment_ids[number])

    def assertPaidOnce(self, amount):
        """What came in is what the loan owes less, and the books hold."""
        with self._env() as env:
            loan = env["carloan.loan"].browse(self.loan_ids)
            billed = loan.instalment_ids.filtered(lambda line: line.state == "billed")
            owed = sum(billed.mapped("amount")) - amount
            self.assertAlmostEqual(loan.overdue_amount - loan.credit_balance, owed, 2)
            self.assertEqual(env["carloan.ledger"]._check_books(loan.company_id), [])
            moves = env["account.move"].search([("carloan_loan_id", "=", loan.id)])
            keys = [key for key in moves.mapped("carloan_event_key") if key]
            self.assertEqual(len(keys), len(set(keys)))

    def test_two_payments_confirmed_at_once(self):
        first, second = self._payment(0), self._payment(1)
        first.action_post()  # not committed yet: the first is at work
        with self.assertRaises(UserError) as told:
            retrying(second.action_post, second.env)
        self.assertIn("Somebody else is working on loan", str(told.exception))
        first.env.cr.commit()
        retrying(second.action_post, second.env)
        self.assertPaidOnce(1400.0)

    def test_who_looked_before_the_other_paid_pays_what_is_left(self):
        first, second = self._payment(0), self._payment(1)
        # what the second sees from here on is of this moment
        self.assertEqual(second.state, "draft")
        self.assertTrue(second.sudo().carloan_loan_id.overdue_amount)
        retrying(first.action_post, first.env)
        retrying(second.action_post, second.env)
        self.assertPaidOnce(1400.0)

    def test_one_payment_confirmed_by_two(self):
        first = self._payment(0)
        second = first.with_env(self._session(1))
        self.assertEqual(second.state, "draft")
        retrying(first.action_post, first.env)
        try:
            retrying(second.action_post, second.env)
        except UserError:
            second.env.cr.rollback()
        self.assertPaidOnce(700.0)

    def test_the_night_bills_around_a_loan_that_is_being_paid(self):
        payment = self._payment(0)
        payment.action_post()  # not committed yet: somebody is at work
        with self._env() as env:
            ledger = env["carloan.ledger"]
            due = ledger._find_due(fields.Date.today())
            self.assertEqual(due.loan_id.ids, self.loan_ids)
            self.assertEqual(ledger._bill_batch(due), set(self.loan_ids))
        payment.env.cr.commit()
        with self._env() as env:
            loan = env["carloan.loan"].browse(self.loan_ids)
            notes = " ".join(loan.message_ids.mapped("body"))
            self.assertIn("Somebody else is working on loan", notes)
            env["carloan.ledger"]._bill_due()
        self.assertPaidOnce(700.0)

    def test_a_payment_during_the_night_is_told_to_wait(self):
        payment = self._payment(0)
        env = self._session(1)
        ledger = env["carloan.ledger"].sudo()
        ledger._bill_batch(ledger._find_due(fields.Date.today()))
        with self.assertRaises(UserError) as told:
            retrying(payment.action_post, payment.env)
        self.assertIn("Somebody else is working on loan", str(told.exception))
        env.cr.commit()
        retrying(payment.action_post, payment.env)
        self.assertPaidOnce(700.0)

"""Two people on one work list, each with a session of their own."""

import base64

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged

from .common_bank import COLUMNS, HEADER
from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestBankRace(CommittedCase):
    def _make_book(self, env):
        """A loan with an instalment due, and a booking of the bank that pays it."""
        today = fields.Date.today()
        loan = self._lend(
            env,
            start_date=fields.Date.subtract(today, months=1),
            first_due_date=today,
        )
        env["carloan.ledger"]._bill(loan.instalment_ids[:1])
        data = f"{HEADER}1,{today},Chen Lei,6222,100.00,{loan.name}\n"
        one = env["carloan.bank.import"].create(
            {
                "file": base64.b64encode(data.encode()),
                "file_name": "race.csv",
                "journal_id": loan.product_id.bank_journal_id.id,
                **COLUMNS,
            }
        )
        one.action_import()
        self.line_id = one.line_ids.id
        self.user_ids = self._make_cashiers(env)
        return loan.ids

    def _session(self, user_id):
        """Return the line as one session sees it, with a connection of its own."""
        env = self._open_session(user_id)
        return env["carloan.bank.line"].browse(self.line_id)

    def _press(self, line):
        """Press Post as the server does: again when the database says so."""
        return retrying(line.action_post, line.env)

    def _count_payments(self):
        with self._env() as env:
            line = env["carloan.bank.line"].browse(self.line_id)
            loan = env["carloan.loan"].browse(self.loan_ids)
            return line.state, len(loan.payment_ids), round(loan.overdue_amount, 2)

    def test_one_wins_and_the_other_is_told(self):
        _state, _count, owed = self._count_payments()
        first, second = map(self._session, self.user_ids)
        self.assertEqual({first.state, second.state}, {"matched"})
        first.action_post()  # not committed yet: the first is at work
        with self.assertRaises(UserError) as told:
            self._press(second)
        self.assertIn("posting these lines right now", str(told.exception))
        first.env.cr.commit()
        self.assertEqual(self._count_payments(), ("posted", 1, round(owed - 100.0, 2)))

    def test_who_looked_before_the_other_posted_is_told(self):
        _state, _count, owed = self._count_payments()
        first, second = map(self._session, self.user_ids)
        # what the second sees from here on is of this moment
        self.assertEqual(second.state, "matched")
        self._press(first)
        with self.assertRaises(UserError) as told:
            self._press(second)
        self.assertIn("worked on by somebody else", str(told.exception))
        self.assertEqual(self._count_payments(), ("posted", 1, round(owed - 100.0, 2)))

    def test_one_file_taken_twice_at_once(self):
        first, second = map(self._session, self.user_ids)
        # what the second sees from here on is of this moment
        journal = second.journal_id
        data = f"{HEADER}2,{second.date},Chen Lei,6222,5.00,x\n".encode()

        def take(line):
            one = line.env["carloan.bank.import"].create(
                {
                    "file": base64.b64encode(data),
                    "file_name": "twice.csv",
                    "journal_id": journal.id,
                    **COLUMNS,
                }
            )
            one.action_import()
            return len(one.line_ids), one.summary

        self.assertEqual(take(first)[0], 1)
        first.env.cr.commit()
        count, summary = retrying(lambda: take(second), second.env)
        self.assertEqual(count, 0)
        self.assertIn("nothing new", summary)

    def test_confirm_and_ignore_meet(self):
        first, second = map(self._session, self.user_ids)
        self.assertEqual(second.state, "matched")
        self._press(first)
        with self.assertRaises(UserError) as told:
            retrying(lambda: second._ignore("Not ours"), second.env)
        self.assertIn("is posted", str(told.exception))
        self.assertEqual(self._count_payments()[:2], ("posted", 1))

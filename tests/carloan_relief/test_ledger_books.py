"""The check of the books finds what was broken, loan by loan, and tells of it."""

import contextlib
import importlib.util
import io
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase

BILLED = """
    UPDATE account_move_line SET {change} WHERE id IN (
        SELECT line.id FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
         WHERE line.carloan_loan_id = %(loan)s AND line.carloan_role = %(role)s
           AND line.parent_state = 'posted' AND move.carloan_event = %(event)s
         ORDER BY line.id LIMIT 1)
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerBooks(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_active()
        cls.loan = cls._create_active()
        cls._bill("2026-06-20")
        cls._pay(cls.loan, 5000.0, "2026-06-20")
        cls.ledger._provision(cls.company, "2026-05-31", cls.loan + cls.other)

    def _break(self, change, role="principal_due", event="bill"):
        """Change one posted item behind the back of everything that would refuse."""
        self.env.flush_all()
        self.env.cr.execute(
            BILLED.format(change=change),
            {"loan": self.loan.id, "role": role, "event": event},
        )
        self.assertEqual(self.env.cr.rowcount, 1)
        self.env.invalidate_all()

    def _found(self, check):
        """The differences of one rule; they are of the broken loan alone."""
        found = self.ledger._check_books(self.company)
        self.assertEqual({row.get("loan_id") for row in found} - {None}, {self.loan.id})
        return [row for row in found if row["check"] == check]

    def test_nothing_broken_nothing_found(self):
        self.assertBooks()

    def test_an_amount_of_a_bill(self):
        self._break("amount_currency = amount_currency + 1, balance = balance + 1")
        (bill,) = self._found("bill")
        self.assertEqual(bill["instalment_id"], self.loan.instalment_ids[0].id)
        self.assertAlmostEqual(float(bill["actual"] - bill["expected"]), 1.0)
        self.assertTrue(self._found("snapshot"))

    def test_principal_not_yet_due_and_adjustment(self):
        change = "amount_currency = amount_currency - 2, balance = balance - 2"
        self._break(change, "principal", "disburse")
        (row,) = self._found("schedule")
        self.assertEqual(
            (row["role"], float(row["actual"] - row["expected"])), ("principal", -2.0)
        )
        self.loan.schedule_id.instalment_ids[-1].unwind = 0.01
        (row,) = self._found("adjustment")
        self.assertEqual(float(row["expected"]), -0.01)

    def test_a_residual_that_does_not_follow_from_what_was_paid(self):
        self._break("amount_residual_currency = amount_residual_currency + 3")
        found = self._found("claim")
        self.assertEqual({row["role"] for row in found}, {"principal_due"})
        self.assertIn(
            self.loan.instalment_ids[0].id, [row["instalment_id"] for row in found]
        )

    def test_a_claim_settled_twice(self):
        change = "amount_currency = amount_currency - 9999, balance = balance - 9999"
        self._break(change, event="repay")
        self.assertTrue(self._found("claim"))

    def test_an_allowance_below_nothing(self):
        self._break("amount_currency = 7, balance = 7", "allowance", "provision")
        (row,) = self._found("allowance")
        self.assertEqual(float(row["actual"]), -7.0)

    def test_an_item_in_another_currency(self):
        other = self.env["res.currency"].search(
            [("id", "!=", self.company.currency_id.id)], limit=1
        )
        self._break(f"currency_id = {other.id}")
        self.assertEqual(self._found("currency")[0]["actual"], 1)

    def test_a_closed_loan_that_owes(self):
        self.env.flush_all()
        self.loan.sudo().state = "closed"
        roles = {row["role"] for row in self._found("closed")}
        self.assertEqual(roles, {"principal", "principal_due", "interest_due"})

    def test_a_register_below_nothing(self):
        self.env["carloan.memo"].sudo().create(
            {
                "loan_id": self.loan.id,
                "kind": "suspended",
                "component": "interest",
                "due_date": "2026-02-15",
                "amount": -1.0,
                "date": "2026-06-20",
                "event": "receipt",
                "event_key": "broken",
            }
        )
        (row,) = self._found("memo")
        self.assertEqual(row["role"], "interest_due")

    def test_an_event_without_key(self):
        move = self.loan.instalment_ids[0].move_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET carloan_event_key = NULL WHERE id = %s", [move.id]
        )
        (row,) = self._found("key")
        self.assertEqual(row["move_id"], move.id)

    def test_a_person_sees_each_difference_and_its_entries(self):
        self._break("amount_currency = amount_currency + 1, balance = balance + 1")
        accountant = self._user("b_acc", "account.group_account_user")
        auditor = self._user("b_aud", "carloan_relief.group_auditor")
        officer = self._user("b_off", "carloan_relief.group_officer")
        Check = self.env["carloan.books.check"]
        with self.assertRaises(AccessError):
            Check.with_user(officer).action_check()
        action = Check.with_user(auditor).action_check()
        check = Check.browse(action["res_id"]).with_user(accountant)
        self.assertEqual(check.state, "differ")
        line = check.line_ids.filtered(lambda row: row.rule == "bill")
        self.assertEqual((line.loan_id, line.difference), (self.loan, 1.0))
        action = line.action_view_entries()
        items = self.env["account.move.line"].with_user(accountant)
        items = items.search(action["domain"])
        self.assertIn(self.loan.instalment_ids[0].move_id, items.move_id)
        with self.assertRaises(AccessError):
            check.write({"difference_count": 0})
        with self.assertRaises(AccessError):
            check.unlink()

    def test_the_night_tells_the_accountants_when_something_differs(self):
        keeper = self._user(
            "b_keep", "account.group_account_manager", email="keeper@example.com"
        )
        Check = self.env["carloan.books.check"]
        self._run_night()
        check = Check.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(check.state, "agree")
        self.assertFalse(check.activity_ids)
        self._break("amount_currency = amount_currency + 1, balance = balance + 1")
        self._run_night()
        check = Check.search([("company_id", "=", self.company.id)], limit=1)
        self.assertIn(keeper, check.activity_ids.user_id)
        self.assertIn(keeper.partner_id, check.message_ids.notified_partner_ids)

    def _run_night(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.carloan_books_check_cron")
            cron.method_direct_trigger()

    def test_the_command_prints_a_line_per_difference(self):
        path = Path(__file__).parents[2] / "scripts" / "check_books.py"
        spec = importlib.util.spec_from_file_location("check_books", path)
        command = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(command)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(command.check(self.env, self.company), 0)
        self.assertIn("agree to the cent", said.getvalue())
        self._break("amount_currency = amount_currency + 1, balance = balance + 1")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertGreater(command.check(self.env, self.company), 0)
        self.assertIn(f"bill {self.loan.name} #1: loans", said.getvalue())

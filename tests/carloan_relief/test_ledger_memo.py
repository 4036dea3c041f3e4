"""The registers outside the books: added to, never edited, seen with the loan."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerMemo(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active()
        cls.memo = cls.env["carloan.memo"]

    def _record(self, amount=100.0, key="test:1", **values):
        return self.memo._record(
            [
                {
                    "loan_id": self.loan.id,
                    "kind": "suspended",
                    "component": "interest",
                    "due_date": "2026-03-15",
                    "date": "2026-06-20",
                    "event": "suspend",
                    "amount": amount,
                    "event_key": key,
                    **values,
                }
            ]
        )

    def test_each_event_once_and_nothing_of_zero(self):
        self.assertEqual(len(self._record()), 1)
        self.assertFalse(self._record())
        self.assertFalse(self._record(amount=0.0, key="test:2"))
        self.assertEqual(self.loan.memo_balance, 100.0)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.memo.sudo().create(self.loan.memo_ids.copy_data())

    def test_balances_by_day_and_register(self):
        self._record()
        self._record(-40.0, "test:2")
        self._record(7.0, "test:3", due_date="2026-02-15", component="penalty")
        self._record(9.0, "test:4", kind="written_off", component="principal")
        rows = self.memo._get_balances(self.loan)
        self.assertEqual(
            [(row["component"], str(row["due_date"]), row["amount"]) for row in rows],
            [("penalty", "2026-02-15", 700), ("interest", "2026-03-15", 6000)],
        )

    def test_undone_by_a_line_with_the_opposite_amount(self):
        line = self._record()
        self.assertEqual(self.memo._find_standing("test:1"), line)
        line._reverse("2026-06-21")
        self.assertFalse(line._reverse("2026-06-21"))
        self.assertEqual(self.loan.memo_balance, 0.0)
        self.assertFalse(self.memo._find_standing("test:1"))

    def test_nobody_edits_or_deletes_a_line(self):
        line = self._record()
        for record in (line, line.sudo()):
            with self.assertRefused("test:1"):
                record.write({"amount": 1.0})
            with self.assertRefused("test:1"):
                record.unlink()

    def test_seen_by_who_sees_the_loan(self):
        self._record()
        team = self.env["carloan.team"].create({"name": "North"})
        member = self._user("memo_member", "carloan_relief.group_officer")
        other = self._user("memo_other", "carloan_relief.group_officer")
        team.member_ids = member
        self.loan.team_id = team
        domain = [("loan_id", "=", self.loan.id)]
        for user, seen in ((member, 1), (other, 0)):
            lines = self.memo.with_user(user).search_count(domain)
            self.assertEqual(lines, seen, user.login)
        for group in ("carloan_relief.group_auditor", "account.group_account_invoice"):
            user = self._user(f"memo_{group[-7:]}", group)
            self.assertEqual(self.memo.with_user(user).search_count(domain), 1)
            with self.assertRaises(AccessError):
                self.memo.with_user(user).create({"loan_id": self.loan.id})
        employee = self._user("memo_employee", "base.group_user")
        with self.assertRaises(AccessError):
            self.memo.with_user(employee).search(domain)

    def test_the_button_opens_the_register_of_the_loan(self):
        line = self._record()
        action = self.loan.action_view_memo()
        self.assertEqual(self.memo.search(action["domain"]), line)

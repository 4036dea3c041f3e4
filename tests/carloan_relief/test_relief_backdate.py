"""Activation as of a day before: within the policy, the books as if it were then."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

LATE = "2026-07-18"


def day(text):
    return fields.Date.to_date(text)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefBackdate(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._accepted().with_user(cls.accountant)

    def test_the_day_of_the_activation_is_kept(self):
        self.request.action_activate()
        self.assertEqual(self.request.effective_date, day(TODAY))
        self.assertFalse(self.request.backdate_reason)

    def test_what_was_billed_since_is_made_anew(self):
        with freeze_time(LATE):
            self._bill(LATE)
            with self.assertRefused("moved since"):
                self.request.action_activate()
            self.request.action_activate_dated("2026-07-14", "Papers lay about")
        self.assertEqual(self.request.state, "active")
        self.assertEqual(self.request.effective_date, day("2026-07-14"))
        schedule = self.loan.schedule_id
        self.assertEqual(schedule._get_relief_date(), day("2026-07-14"))
        moves = self.request.sudo().move_ids
        self.assertEqual(set(moves.mapped("date")), {day("2026-07-14")})
        standing = self.loan._find_later_entries("2026-07-14")
        bills = self.env["account.move"].search(
            [("carloan_loan_id", "=", self.loan.id), ("date", "=", "2026-07-15")]
        )
        self.assertTrue(bills - standing)  # the bill that was, and its reversal
        rows = self.loan.schedule_id.instalment_ids
        due = rows.filtered(lambda row: row.due_date <= day(LATE))
        self.assertEqual(standing.carloan_instalment_id, due)
        self.assertEqual(set(due.mapped("state")), {"billed"})
        offered = [row["due_date"] for row in self.request.sudo().offer_id.rows]
        self.assertEqual([row.due_date.isoformat() for row in rows], offered)
        self.assertIn("Papers lay about", self._logged(self.request))
        self.assertBooks()

    def test_the_same_books_as_on_the_day_itself(self):
        with freeze_time("2026-06-25"):
            self.request.action_activate_dated(TODAY, "Late")
            moves = self.request.sudo().move_ids
            self.assertEqual(set(moves.mapped("date")), {day(TODAY)})
            self.request.action_activate_dated(TODAY, "Again")
            self.assertEqual(self.request.sudo().move_ids, moves)
        self.assertBooks()

    def test_beyond_the_limit_is_refused_with_the_days_that_are_open(self):
        with freeze_time("2026-07-10"):
            with self.assertRefused("from 2026-06-30 to 2026-07-10"):
                self.request.action_activate_dated("2026-06-29", "Late")
            with self.assertRefused("10 days back"):
                self.request.action_activate_dated("2026-07-11", "Early")
        with self.assertRefused("worked out"):
            self.request.action_activate_dated("2026-06-19", "Before the offer")
        with self.assertRefused("why it is dated back"):
            self.request.action_activate_dated(TODAY, " ")
        self.assertEqual(self.request.state, "accepted")

    def test_money_that_came_since_is_not_passed_over(self):
        with freeze_time("2026-06-25"):
            self._pay(self.loan, 500.0, "2026-06-24")
            with self.assertRefused("of 2026-06-24 came later"):
                self.request.action_activate_dated("2026-06-22", "Late")

    def test_who_may(self):
        for user in (self.officer, self.approver, self.auditor, self.employee):
            request = self.request.with_user(user)
            for step in (
                request.action_backdate,
                lambda request=request: request.action_activate_dated(TODAY, "x"),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    step()
        wizard = self.env["carloan.relief.backdate"].with_user(self.accountant)
        wizard = wizard.create(
            {"request_id": self.request.id, "date": TODAY, "reason": "Same day"}
        )
        self.assertEqual(wizard.earliest, day(TODAY))
        wizard.action_confirm()
        self.assertEqual(self.request.backdate_reason, "Same day")
        with self.assertRaises(AccessError):
            self.request.with_user(self.manager).write({"effective_date": False})

"""The borrower's right to a person: who reviews, by when, and what is told."""

import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .risk_common import AS_OF, RiskCase


@freeze_time(f"{AS_OF} 09:00:00")  # a Tuesday
@tagged("post_install", "-at_install")
class TestRiskReview(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good._assess(AS_OF)
        cls.late._assess(AS_OF)
        cls.good.partner_id.email = "good@example.com"
        cls.second = new_test_user(
            cls.env, login="risk_second", groups="carloan_relief.group_risk_analyst"
        )

    def ask(self, loan=None, user="officer", **vals):
        return (
            self.env["carloan.risk.review"]
            .with_user(self.users[user])
            .create(
                {
                    "loan_id": (loan or self.good).id,
                    "reason": "I have found work again",
                    **vals,
                }
            )
        )

    def test_the_answer_is_due_in_working_days(self):
        for day, deadline in (
            ("2026-06-30", "2026-07-07"),  # Tuesday to Tuesday
            ("2026-07-03", "2026-07-10"),  # Friday to Friday
            ("2026-07-04", "2026-07-10"),  # Saturday does not count
        ):
            with self.subTest(day), freeze_time(f"{day} 10:00:00"):
                review = self.ask()
                self.assertEqual(str(review.deadline), deadline)
                self.assertRegex(review.name, r"HR/2026/\d{5}")
                review.sudo().state = "withdrawn"
                review.flush_recordset()

    def test_a_decision_is_reviewed_once_at_a_time(self):
        review = self.ask()
        with self.assertRaisesRegex(UserError, f"review {review.name} of this"):
            self.ask()
        self.ask(self.late, user="manager")
        review.sudo().state = "withdrawn"
        self.ask()

    def test_a_holiday_of_the_company_moves_the_day(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.env.company.resource_calendar_id.id,
                "date_from": datetime.datetime(2026, 7, 1),
                "date_to": datetime.datetime(2026, 7, 2, 23, 59),
            }
        )
        self.assertEqual(self.ask().deadline, datetime.date(2026, 7, 9))

    def test_from_the_wish_to_the_answer(self):
        review = self.ask()
        self.assertEqual(review.assessment_id, self.good.assessment_id)
        mine = review.with_user(self.users["approver"])
        mine.action_take()
        self.assertRecordValues(
            review, [{"state": "taken", "user_id": self.users["approver"].id}]
        )
        with self.assertRaises(UserError) as caught:
            mine.action_answer()
        self.assertIn("needs an outcome", str(caught.exception))
        mine.write({"outcome": "changed", "explanation": "Your new work counts."})
        mine.action_answer()
        self.assertEqual(review.state, "answered")
        self.assertFalse(review.is_late)
        message = review.sudo().message_ids[0]
        self.assertIn("Your new work counts.", message.body)
        self.assertEqual(message.partner_ids, self.good.partner_id)
        with self.assertRaises(UserError):
            mine.write({"explanation": "Another"})

    def test_who_decided_does_not_review(self):
        override = (
            self.env["carloan.risk.override"]
            .with_user(self.second)
            .create(
                {
                    "loan_id": self.good.id,
                    "grade_id": self.late.risk_grade_id.id,
                    "reason": "Debts elsewhere",
                    "expiry": AS_OF,
                }
            )
        )
        override.with_user(self.users["analyst"]).action_approve()
        review = self.ask()
        self.assertEqual(review.assessment_id.override_id, override)
        for user in (self.second, self.users["analyst"]):
            with self.subTest(user.login), self.assertRaises(UserError) as caught:
                review.with_user(user).action_take()
            self.assertIn("had no part in the decision", str(caught.exception))
        review.with_user(self.users["manager"]).action_take()

    def test_a_party_of_the_loan_or_somebody_without_the_role_does_not_review(self):
        review = self.ask()
        manager = review.with_user(self.users["manager"])
        for user in (self.users["officer"], self.users["auditor"]):
            with self.subTest(user.login), self.assertRaises(UserError):
                manager.user_id = user
        self.users["approver"].partner_id.parent_id = self.good.partner_id
        with self.assertRaises(UserError):
            manager.user_id = self.users["approver"]

    def test_only_the_reviewer_answers(self):
        review = self.ask()
        review.with_user(self.users["approver"]).action_take()
        review.with_user(self.users["manager"]).write(
            {"outcome": "upheld", "explanation": "It stands."}
        )
        with self.assertRaises(UserError) as caught:
            review.with_user(self.users["manager"]).action_answer()
        self.assertIn("gives the answer", str(caught.exception))

    def test_one_review_of_a_decision_at_a_time_and_none_is_deleted(self):
        review = self.ask()
        with self.assertRaises(UserError):
            review.sudo().unlink()
        for vals in ({"state": "answered"}, {"deadline": AS_OF}, {"name": "x"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                review.with_user(self.users["manager"]).write(vals)
        review.with_user(self.users["manager"]).action_withdraw()
        review.flush_recordset()
        self.assertEqual(self.ask().state, "asked")

    def test_who_sees_and_does_what(self):
        review = self.ask(self.late, "analyst")
        with self.assertRaises(AccessError):
            review.with_user(self.users["officer"]).read(["reason"])
        own = self.ask(self.good)
        with self.assertRaises(AccessError):
            own.with_user(self.users["officer"]).action_take()
        self.assertTrue(own.with_user(self.users["auditor"]).reason)
        with self.assertRaises(AccessError):
            own.with_user(self.users["auditor"]).reason = "x"
        with self.assertRaises(AccessError):
            own.with_user(self.users["employee"]).read(["reason"])

    def test_a_late_review_calls_somebody(self):
        review = self.ask()
        review.with_user(self.users["approver"]).action_take()
        reviews = self.env["carloan.risk.review"]
        with freeze_time("2026-07-07 20:00:00"):
            reviews._cron_remind()
            self.assertFalse(review.sudo().activity_ids)
        with freeze_time("2026-07-08 20:00:00"):
            review.invalidate_recordset()
            self.assertTrue(review.is_late)
            self.assertIn(review, reviews.search([("is_late", "=", True)]))
            reviews._cron_remind()
            reviews._cron_remind()
            activity = review.sudo().activity_ids
            self.assertEqual(activity.user_id, self.users["approver"])

"""The clock of a tier: working hours, pauses, reminders, escalation."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .test_approval_authority import TierCase

MONDAY = "2026-06-22 01:00:00"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestApprovalClock(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # eight hours a day in the zone of the clock: what is counted can be read
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Day",
                                "dayofweek": str(day),
                                "hour_from": 1,
                                "hour_to": 9,
                                "day_period": "full_day",
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.first.write(
            {
                "carloan_calendar_id": cls.calendar.id,
                "carloan_sla_hours": 8,
                "carloan_remind_hours": 2,
            }
        )
        cls.request = cls._ask(cls.loan)
        cls.review = cls.request.sudo().review_ids

    def _deadline(self, start, hours):
        with freeze_time(start):
            planned = self.review._plan_hours(hours, fields.Datetime.now())
        return fields.Datetime.to_string(planned)

    def test_working_hours(self):
        """(start, hours, deadline); a holiday of the new year in between"""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Lunar new year",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": "2027-02-05 00:00:00",
                "date_to": "2027-02-11 23:59:59",
            }
        )
        cases = [
            (MONDAY, 8, "2026-06-22 09:00:00"),
            (MONDAY, 9, "2026-06-23 02:00:00"),
            ("2026-06-20 12:00:00", 8, "2026-06-22 09:00:00"),
            ("2026-06-19 08:00:00", 2, "2026-06-22 02:00:00"),
            # Thursday before the holiday: the next working day is Friday the 12th
            ("2027-02-04 08:00:00", 2, "2027-02-12 02:00:00"),
            ("2027-02-04 08:00:00", 0, "2027-02-04 08:00:00"),
        ]
        for start, hours, expected in cases:
            with self.subTest(start=start, hours=hours):
                self.assertEqual(self._deadline(start, hours), expected)

    def test_the_clock_stops_while_papers_are_awaited(self):
        review = self.review
        self.assertEqual(
            fields.Datetime.to_string(review.carloan_deadline), "2026-06-22 09:00:00"
        )
        Pause = self.env["carloan.approval.pause"].with_user(self.approver)
        vals = {"request_id": self.request.id, "papers": "Pay slips"}
        with freeze_time("2026-06-22 04:00:00"):
            Pause.create(vals)
            self.assertFalse(review.carloan_deadline)
            self.assertEqual(review.carloan_hours_left, 5)
            self.assertEqual(self.request.papers_awaited, "Pay slips")
            with self.assertRaises(UserError):
                Pause.create(vals)
        with freeze_time("2026-06-24 05:00:00"):
            self._watch()
            self.assertFalse(review.carloan_escalated_on, "the clock stands still")
            self.request.with_user(self.officer).action_papers_received()
        self.assertEqual(
            fields.Datetime.to_string(review.carloan_deadline), "2026-06-25 02:00:00"
        )
        with freeze_time("2026-06-24 07:00:00"):
            self._approve(self.request, self.approver)
        given = self.request.sudo().approval_decision_ids
        # three hours on Monday, two on Wednesday
        self.assertEqual(given.hours, 5)
        self.assertFalse(given.late)

    def test_who_may_stop_the_clock(self):
        Pause = self.env["carloan.approval.pause"]
        vals = {"request_id": self.request.id, "papers": "Pay slips"}
        for user in (self.auditor, self.employee, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                Pause.with_user(user).create(vals)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.request.with_user(user).action_papers_received()
        pause = Pause.with_user(self.officer).create(
            {**vals, "date_begin": "2020-01-01", "user_id": self.manager.id}
        )
        self.assertEqual(pause.user_id, self.officer)
        self.assertEqual(pause.date_begin, fields.Datetime.now())
        with self.assertRaises(AccessError):
            pause.write({"date_begin": "2020-01-01"})
        self.request.action_withdraw()
        self.assertTrue(pause.date_end)

    def test_asking_the_borrower_stops_the_clock_once(self):
        for papers in ("Pay slips", "Bank statement"):
            self.request._await_papers(papers)
        self.assertEqual(self.request.approval_pause_ids.papers, "Pay slips")
        self.request._resume_approval()
        self.assertTrue(self.review.carloan_deadline)
        self.request.action_withdraw()
        self.request._await_papers("Pay slips")
        self.assertFalse(self.request.papers_awaited)

    def _watch(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.ir_cron_approval_watch")
            cron.method_direct_trigger()

    def _notes(self):
        return self.env["mail.message"].search(
            [
                ("model", "=", self.request._name),
                ("res_id", "=", self.request.id),
                ("message_type", "=", "user_notification"),
            ]
        )

    def test_reminder_before_escalation_after_each_once(self):
        self.request.flush_recordset()
        before = self._notes()
        for clock, reminded, escalated in (
            ("2026-06-22 06:30:00", False, False),
            ("2026-06-22 07:30:00", True, False),
            ("2026-06-22 08:30:00", True, False),
            ("2026-06-22 09:30:00", True, True),
            ("2026-06-23 09:30:00", True, True),
        ):
            with self.subTest(clock=clock), freeze_time(clock):
                self._watch()
                self.review.invalidate_recordset()
                self.assertEqual(bool(self.review.last_reminder_date), reminded)
                self.assertEqual(bool(self.review.carloan_escalated_on), escalated)
        notes = self._notes() - before
        self.assertEqual(len(notes), 2)
        reminder, escalation = notes.sorted("id")
        self.assertIn(self.approver.partner_id, reminder.notified_partner_ids)
        told = escalation.notified_partner_ids
        self.assertIn(self.manager.partner_id, told)
        self.assertNotIn(self.approver.partner_id, told)
        kind = self.env.ref("carloan_relief.mail_activity_relief_escalation")
        overdue = self.request.activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )
        self.assertEqual(
            overdue.filtered(lambda one: one.user_id == self.manager).user_id,
            self.manager,
        )
        with freeze_time("2026-06-23 10:00:00"):
            self._approve(self.request, self.approver)
        self.assertTrue(self.request.sudo().approval_decision_ids.late)
        self.assertFalse(self.request.activity_ids)

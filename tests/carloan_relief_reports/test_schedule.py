"""Who gets which workbook, when, and what happens when it cannot be made."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_reports import ReportCase

RUN_LOGGER = "odoo.addons.carloan_relief_reports.models.carloan_report_run"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-02 09:00:00")
class TestSchedule(ReportCase):
    def _run_due(self, schedule):
        """Do what the cron does, without its commits."""
        now = fields.Datetime.now()
        schedule.sudo()._queue_due(now)
        self._work(now)
        return schedule.run_ids

    def _work(self, now=None):
        runs = self.env["carloan.report.run"]._get_waiting(now or fields.Datetime.now())
        for run in runs:
            run._process()

    def _make_due(self, schedule):
        schedule.sudo().next_run = "2026-11-01 00:00:00"

    # --- who ---

    def test_without_a_recipient_there_is_no_schedule(self):
        with self.assertRaisesRegex(ValidationError, "has no recipient"):
            self._schedule(user_ids=[fields.Command.clear()])

    def test_a_recipient_without_an_address_is_named(self):
        self.officer.partner_id.email = False
        with self.assertRaisesRegex(ValidationError, "report_officer"):
            self._schedule(user_ids=[fields.Command.set(self.officer.ids)])

    def test_a_recipient_who_may_not_read_loans_is_named(self):
        clerk = self._user("report_clerk", "base.group_user")
        with self.assertRaisesRegex(ValidationError, "may not see loans"):
            self._schedule(user_ids=[fields.Command.set(clerk.ids)])

    def test_an_officer_sends_to_nobody_else(self):
        self._schedule(self.officer)
        with self.assertRaisesRegex(AccessError, "only a manager"):
            self._schedule(
                self.officer, user_ids=[fields.Command.set(self.manager.ids)]
            )
        contact = self.env["res.partner"].create({"name": "X", "email": "x@y.example"})
        own = self._schedule(self.officer, name="Own")
        with self.assertRaisesRegex(AccessError, "only a manager"):
            own.partner_ids = contact

    def test_an_officer_neither_reads_nor_changes_others_schedules(self):
        schedule = self._schedule()
        with self.assertRaises(AccessError):
            schedule.with_user(self.officer).read(["name"])
        with self.assertRaises(AccessError):
            schedule.with_user(self.officer).write({"name": "Mine"})

    def test_a_recipient_reads_but_does_not_change(self):
        schedule = self._schedule(user_ids=[fields.Command.set(self.officer.ids)])
        mine = schedule.with_user(self.officer)
        self.assertEqual(mine.name, "Monthly")
        with self.assertRaises(AccessError):
            mine.write({"name": "Mine"})
        with self.assertRaises(AccessError):
            mine.action_send_now()

    def test_an_auditor_reads_all_and_writes_nothing(self):
        schedule = self._schedule()
        self._make_due(schedule)
        run = self._run_due(schedule).with_user(self.auditor)
        self.assertEqual(run.state, "sent")
        self.assertTrue(run.attachment_id.raw)
        with self.assertRaises(AccessError):
            schedule.with_user(self.auditor).write({"name": "X"})
        with self.assertRaises(AccessError):
            self._schedule(self.auditor)
        with self.assertRaises(AccessError):
            run.action_retry()

    def test_a_run_cannot_be_forged(self):
        schedule = self._schedule()
        self._make_due(schedule)
        run = self._run_due(schedule)
        with self.assertRaises(AccessError):
            run.with_user(self.manager).write({"state": "queued"})
        with self.assertRaises(AccessError):
            run.with_user(self.manager).copy()

    def test_nobody_borrows_the_rights_of_another(self):
        """Whoever changes the content answers for it with the own rights."""
        schedule = self._schedule(user_id=self.env.ref("base.user_admin").id)
        self.assertEqual(schedule.user_id, self.manager)
        second = self._user("report_manager_2", "carloan_relief.group_manager")
        schedule.with_user(second).write({"user_id": self.manager.id, "domain": "[]"})
        self.assertEqual(schedule.user_id, second)

    # --- what ---

    def test_each_recipient_gets_the_own_view(self):
        schedule = self._schedule(
            user_ids=[fields.Command.set((self.manager | self.officer).ids)]
        )
        self._make_due(schedule)
        runs = self._run_due(schedule)
        self.assertEqual(len(runs), 2)
        for run, count in (
            (runs.filtered(lambda r: r.user_id == self.manager), 8),
            (runs.filtered(lambda r: r.user_id == self.officer), 4),
        ):
            self.assertEqual(run.partner_ids, run.user_id.partner_id)
            sheet = self._open(run.attachment_id.raw)["Loans"]
            self.assertEqual(sheet.max_row - 2, count)
        with self.assertRaises(AccessError):
            runs.filtered(lambda r: r.user_id == self.manager).with_user(
                self.officer
            ).attachment_id.read(["raw"])

    def test_the_mail_waits_in_the_outbox_once(self):
        schedule = self._schedule()
        self._make_due(schedule)
        run = self._run_due(schedule)
        self._run_due(schedule)
        mails = self.env["mail.mail"].search([("model", "=", run._name)])
        self.assertEqual(len(mails), 1)
        self.assertEqual(mails.state, "outgoing")
        self.assertEqual(mails.recipient_ids, self.manager.partner_id)
        self.assertEqual(mails.attachment_ids, run.attachment_id)
        self.assertIn("Monthly", mails.subject)
        self.assertEqual(schedule.next_run, fields.Datetime.to_datetime(NEXT))

    def test_sending_now_twice_queues_once(self):
        schedule = self._schedule()
        self.assertEqual(schedule.action_send_now()["params"]["type"], "success")
        self.assertEqual(schedule.action_send_now()["params"]["type"], "warning")
        self._work()
        self.assertEqual(schedule.run_ids.mapped("state"), ["sent"])

    def test_contacts_outside_get_what_the_responsible_sees(self):
        contact = self.env["res.partner"].create(
            {"name": "Regulator", "email": "desk@regulator.example"}
        )
        schedule = self._schedule(partner_ids=[fields.Command.set(contact.ids)])
        self._make_due(schedule)
        runs = self._run_due(schedule)
        self.assertEqual(len(runs), 2)
        self.assertEqual(runs.user_id, self.manager)
        self.assertEqual(runs.partner_ids, self.manager.partner_id | contact)

    def test_rights_that_are_gone_send_nothing(self):
        contact = self.env["res.partner"].create(
            {"name": "Regulator", "email": "desk@regulator.example"}
        )
        schedule = self._schedule(
            user_ids=[fields.Command.clear()],
            partner_ids=[fields.Command.set(contact.ids)],
        )
        self._make_due(schedule)
        group = self.env.ref("carloan_relief.group_manager")
        officer = self.env.ref("carloan_relief.group_officer")
        self.manager.group_ids = [
            fields.Command.unlink(group.id),
            fields.Command.link(officer.id),
        ]
        run = self._run_due(schedule)
        self.assertEqual(run.state, "failed")
        self.assertIn("no longer a manager", run.message)
        self.assertFalse(run.attachment_id or run.sudo().mail_id)

    # --- what goes wrong ---

    def test_a_bad_filter_is_refused_when_it_is_set(self):
        with self.assertRaisesRegex(UserError, "Choose the filter again"):
            self._schedule(domain="[('no_such_field', '=', 1)]")

    def test_a_filter_that_went_bad_fails_at_once_with_a_task(self):
        schedule = self._schedule()
        self._make_due(schedule)
        self.env.cr.execute(
            "UPDATE carloan_report_schedule SET domain = %s WHERE id = %s",
            ("[('gone', '=', 1)]", schedule.id),
        )
        schedule.invalidate_recordset()
        run = self._run_due(schedule)
        self.assertEqual((run.state, run.attempts), ("failed", 1))
        self.assertIn("gone", run.message)
        self.assertEqual(schedule.activity_ids.user_id, self.manager)
        self.assertFalse(self.env["mail.mail"].search([("model", "=", run._name)]))

    def test_nothing_found_is_mailed_with_the_reason_or_not_at_all(self):
        for send, state in ((True, "sent"), (False, "empty")):
            schedule = self._schedule(domain="[('dpd', '>', 9999)]", send_empty=send)
            self._make_due(schedule)
            run = self._run_due(schedule)
            self.assertEqual(run.state, state)
            self.assertIn("Widen the filter", run.message)
            self.assertEqual(bool(run.sudo().mail_id), send)
            if send:
                self.assertIn("Widen the filter", run.sudo().mail_id.body_html)

    def test_a_failure_is_tried_again_and_then_sent_once(self):
        schedule = self._schedule()
        self._make_due(schedule)
        target = type(self.env["carloan.report"])
        with (
            patch.object(target, "_build", side_effect=OSError("disk full")),
            mute_logger(RUN_LOGGER),
        ):
            run = self._run_due(schedule)
        self.assertEqual((run.state, run.attempts), ("retry", 1))
        self.assertIn("disk full", run.message)
        self.assertFalse(run.attachment_id)
        self._work()
        self.assertEqual(run.state, "retry", "not before its time")
        self._work(run.next_attempt)
        self.assertEqual((run.state, run.attempts), ("sent", 2))
        self.assertEqual(
            self.env["mail.mail"].search_count([("model", "=", run._name)]), 1
        )

    def test_two_workers_that_meet_are_no_failure_of_the_report(self):
        schedule = self._schedule()
        self._make_due(schedule)
        target = type(self.env["carloan.report"])
        schedule.sudo()._queue_due(fields.Datetime.now())
        with (
            patch.object(target, "_build", side_effect=SerializationFailure),
            # the transaction is undone, by `_in_own_transaction`
            self.assertRaises(SerializationFailure),
        ):
            self._work()
        run = schedule.run_ids
        self.assertEqual((run.state, run.attempts), ("queued", 0))
        self._work()
        self.assertEqual((run.state, run.attempts), ("sent", 1))

    def test_after_the_last_attempt_a_person_is_told_and_may_retry(self):
        schedule = self._schedule()
        self._make_due(schedule)
        target = type(self.env["carloan.report"])
        with (
            patch.object(target, "_build", side_effect=OSError("disk full")),
            mute_logger(RUN_LOGGER),
        ):
            run = self._run_due(schedule)
            while run.state == "retry":
                self._work(run.next_attempt)
        self.assertEqual((run.state, run.attempts), ("failed", 5))
        self.assertIn("disk full", schedule.activity_ids.note)
        run.with_user(self.manager).action_retry()
        self._work()
        self.assertEqual(run.state, "sent")

    def test_a_schedule_of_another_company_is_out_of_reach(self):
        self.manager.company_ids |= self.other_company
        schedule = self._schedule(
            self.env.user,
            company_id=self.other_company.id,
            user_id=self.manager.id,
            user_ids=[fields.Command.set(self.manager.ids)],
        )
        mine = schedule.with_user(self.manager)
        self.assertFalse(
            mine.with_context(allowed_company_ids=self.company.ids).search(
                [("id", "=", schedule.id)]
            )
        )
        self.manager.company_ids -= self.other_company
        self._make_due(schedule)
        run = self._run_due(schedule)
        self.assertEqual(run.state, "failed")
        self.assertIn("does not work in Other lender", run.message)

    def test_an_archived_schedule_rests(self):
        schedule = self._schedule()
        schedule.active = False
        self.assertFalse(schedule.next_run)
        schedule.active = True
        self.assertEqual(schedule.next_run, fields.Datetime.to_datetime(NEXT))


# the 31st at half past eight in Shanghai falls on the 30th in November
NEXT = "2026-11-30 00:30:00"

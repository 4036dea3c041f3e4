"""The life of a plan from its activation to each of its ends."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_plan import PlanCase
from .common_relief import TODAY

MONTHS = [f"2026-{month:02}-15" for month in range(7, 13)]
MONTHS += [f"2027-{month:02}-15" for month in range(1, 8)]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanLife(PlanCase):
    def test_an_activated_request_begins_its_plan(self):
        plan = self._plan()
        request = plan.request_id
        self.assertRecordValues(
            plan,
            [
                {
                    "phase": "running",
                    "start_date": self._today(),
                    "class_before": "special_mention",
                    "first_state": "waiting",
                    "again": False,
                    "trial_payments": 0,
                }
            ],
        )
        self.assertEqual(str(plan.first_due_date), "2026-07-15")
        self.assertEqual(plan.schedule_id, plan.loan_id.schedule_id)
        self.assertEqual(self._kinds(plan), ["begun"])
        self.assertEqual(plan.event_ids.user_id, self.accountant)
        self.assertEqual(request.with_user(self.officer).plan_phase, "running")
        # again: nothing more
        self.env["carloan.relief.plan"]._begin(request)
        self.env["carloan.relief.plan"]._begin_missing()
        self.assertEqual(len(request.relief_plan_ids), 1)

    def test_the_class_under_the_new_and_the_first_schedule(self):
        plan = self._plan()
        self._night(plan, "2026-07-15", pay=True)
        self.assertEqual((plan.dpd, plan.first_state), (0, "paid"))
        self.assertGreater(plan.dpd_original, 30)
        self.assertEqual((plan.cn_class, plan.stage), ("special_mention", "2"))
        self.assertEqual(plan.cn_class_original, "special_mention")
        # the first schedule still waits for the rest of May
        self._night(plan, "2026-08-14")
        self.assertEqual((plan.dpd, plan.dpd_original), (0, 91))
        self.assertEqual((plan.cn_class, plan.stage), ("special_mention", "2"))
        self.assertEqual(
            (plan.cn_class_original, plan.stage_original), ("substandard", "3")
        )

    def test_a_first_payment_is_watched(self):
        plan = self._plan(plan_first_days=3, plan_missed_days=5)
        self._night(plan, "2026-07-18")
        self.assertEqual(plan.first_state, "waiting")
        self._night(plan, "2026-07-19")
        self.assertEqual(plan.first_state, "late")
        self._night(plan, "2026-07-21")
        self.assertEqual(plan.first_state, "missed")
        self.assertEqual(self._kinds(plan).count("first_missed"), 1)
        asked = plan.request_id.activity_ids.filtered(
            lambda one: "first payment" in one.summary
        )
        self.assertEqual(len(asked), 1)
        self.assertEqual(asked.user_id, self.officer)

    def test_a_missed_payment_restarts_the_observation(self):
        plan = self._plan()
        self._kept_until(plan, MONTHS[:2])
        self.assertEqual(str(plan.observation_end), "2027-07-15")
        self._night(plan, "2026-09-16")
        self.assertEqual(str(plan.observation_start), "2026-09-15")
        self.assertEqual(str(plan.observation_end), "2027-09-15")
        clock = plan.clock_ids.filtered(lambda one: one.code == "cn.observation")
        self.assertEqual(clock.restart_count, 1)
        self.assertIn("Art.20", clock.source)
        self.assertEqual(self._kinds(plan)[-2:], ["missed", "restarted"])
        # the same night again: nothing new
        events = self._kinds(plan)
        self._night(plan, "2026-09-16")
        self.assertEqual(self._kinds(plan), events)

    def test_a_breach_made_up_for_in_time(self):
        plan = self._plan(plan_breach_count=2, plan_grace_days=14)
        self._night(plan, "2026-08-16")
        self.assertEqual(plan.phase, "notice")
        self.assertEqual(str(plan.grace_until), "2026-08-30")
        notice = plan.event_ids.filtered(lambda one: one.kind == "notice")
        self.assertIn("Payments are missing", notice.mail_id.subject)
        self.assertEqual(notice.mail_id.partner_ids, self.borrower)
        self.assertIn("08/30/2026", notice.mail_id.body)
        self._night(plan, "2026-08-30")
        self.assertEqual(plan.phase, "notice")
        self._night(plan, "2026-08-31", pay=True)
        self.assertEqual((plan.phase, plan.grace_until), ("running", False))
        self.assertEqual(self._kinds(plan).count("notice"), 1)
        self.assertEqual(self._kinds(plan)[-1], "recovered")
        self.assertEqual(plan.request_id.state, "active")

    def test_a_breach_that_outlasts_its_grace_breaks_the_plan(self):
        plan = self._plan(plan_breach_count=2, plan_grace_days=14)
        self._night(plan, "2026-08-16")
        self._night(plan, "2026-08-31")
        request = plan.request_id
        self.assertEqual((plan.phase, request.state), ("broken", "broken"))
        self.assertIn("2 payments missed", request.decline_reason)
        self.assertEqual(str(plan.end_date), "2026-08-31")
        summaries = request.activity_ids.mapped("summary")
        self.assertIn("Tell guarantors and co-borrowers", summaries)
        self.assertEqual(request.activity_ids.user_id, self.officer)
        # its clocks go on: the loan stays restructured
        self.assertTrue(plan.watched)
        self.assertBooks()

    def test_days_past_due_breach_as_well_and_a_person_may_decide(self):
        plan = self._plan(
            plan_breach_count=0,
            plan_breach_days=30,
            plan_grace_days=5,
            plan_breaks_alone=False,
        )
        self._night(plan, "2026-08-14")
        self.assertEqual((plan.dpd, plan.phase), (30, "running"))
        self._night(plan, "2026-08-15")
        self.assertEqual((plan.dpd, plan.phase), (31, "notice"))
        self._night(plan, "2026-08-21")
        self._night(plan, "2026-08-22")
        self.assertEqual(plan.phase, "notice")
        self.assertEqual(self._kinds(plan).count("to_decide"), 1)
        with self.on("2026-08-22"):
            plan.request_id.with_user(self.manager).action_break("no answer")
        self.assertEqual(plan.phase, "broken")
        broken = plan.event_ids.filtered(lambda one: one.kind == "broken")
        self.assertEqual((broken.user_id, broken.note), (self.manager, "no answer"))

    def test_a_trial_is_passed(self):
        plan = self._plan(trial=3)
        self.assertEqual(plan.phase, "trial")
        self._kept_until(plan, MONTHS[:2])
        self.assertEqual(plan.phase, "trial")
        self._kept_until(plan, MONTHS[2:3])
        self.assertEqual((plan.phase, str(plan.trial_end)), ("running", "2026-09-15"))
        self.assertEqual(self._kinds(plan)[-1], "passed")

    def test_a_failed_trial_ends_the_plan_and_pauses(self):
        plan = self._plan(
            trial=3, plan_trial_days=10, plan_pause_months=6, plan_breach_count=9
        )
        self._night(plan, "2026-07-15", pay=True)
        self._night(plan, "2026-08-25")
        self.assertEqual(plan.phase, "trial")
        self._night(plan, "2026-08-26")
        self.assertEqual((plan.phase, plan.request_id.state), ("failed", "broken"))
        self.assertEqual(str(plan.pause_until), "2027-02-26")
        self.assertIn(
            "Assess the risk of the loan again",
            plan.request_id.activity_ids.mapped("summary"),
        )
        with freeze_time("2026-10-01"):
            request = self._draft()
            with self.assertRefused("2027-02-26"):
                request.action_submit()
            with self.assertRaises(AccessError):
                plan.with_user(self.officer).action_end_pause()
            plan.with_user(self.manager).action_end_pause()
            request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_an_observation_is_left_and_the_plan_completed(self):
        plan = self._plan()
        self._kept_until(plan, MONTHS[:12])
        asked = plan.request_id.activity_ids.mapped("summary")
        self.assertIn("Is the difficulty of the borrower over?", asked)
        with self.on("2027-07-01"):
            with self.assertRaises(AccessError):
                plan.with_user(self.officer)._give_word("resolved", "Payslips")
            with self.assertRefused("Say what it rests on"):
                plan.with_user(self.approver)._give_word("resolved", " ")
            word = self.env["carloan.relief.plan.word"].with_user(self.approver)
            word.create(
                {"plan_id": plan.id, "kind": "resolved", "note": "Payslips of June"}
            ).action_confirm()
        self.assertEqual(plan.resolved_by_id, self.approver)
        self._night(plan, "2027-07-14")
        self.assertEqual((plan.phase, plan.left_on), ("running", False))
        self._night(plan, "2027-07-15", pay=True)
        self.assertEqual(str(plan.left_on), "2027-07-15")
        self.assertEqual((plan.phase, plan.request_id.state), ("completed", "cured"))
        self.assertFalse(plan.watched)
        self.assertEqual(plan.loan_id.cn_class, "normal")
        self.assertEqual((plan.cn_class, plan.stage), ("normal", "1"))
        # the day before it was restructured still
        before = fields.Date.to_date("2027-07-14")
        rows = plan.loan_id._read_position_rows(before)
        self.assertTrue(rows[0]["restructured"])

    def test_a_bad_loan_is_held_until_a_person_finds_it_able(self):
        plan = self._plan(plan_breach_count=0, plan_breach_days=0)
        self._night(plan, "2026-10-14")
        self.assertEqual((plan.dpd, plan.loan_id.cn_class), (91, "substandard"))
        self.assertEqual(
            (plan.held_class, str(plan.npl_since)[:7]), ("substandard", "2026-10")
        )
        self._night(plan, "2026-10-20", pay=True)
        # paid up, and bad all the same
        self.assertEqual((plan.dpd, plan.loan_id.cn_class), (0, "substandard"))
        self._kept_until(plan, MONTHS[4:10])
        self.assertFalse(plan.upgraded_on)
        with self.on("2027-04-15"):
            plan.with_user(self.approver)._give_word("able", "New job, payslips seen")
        self._night(plan, "2027-04-19")
        self.assertEqual(plan.loan_id.cn_class, "substandard")
        self._night(plan, "2027-04-20")
        self.assertEqual(str(plan.upgraded_on), "2027-04-20")
        self.assertEqual(plan.loan_id.cn_class, "special_mention")
        self.assertIn("upgraded", self._kinds(plan))

    def test_a_loan_repaid_to_its_end_completes_its_plan(self):
        plan = self._plan(plan_completes="end")
        self._night(plan, "2026-07-15", pay=True)
        with self.on("2026-07-16") as today:
            plan.loan_id.write({"state": "closed", "position_date": today})
            plan._follow(today)
        self.assertEqual((plan.phase, plan.request_id.state), ("completed", "cured"))
        # the last payment was not honoured: the loan owes again, the plan goes on
        with self.on("2026-07-17") as today:
            plan.loan_id.state = "closed"
            plan.loan_id._refresh_position(today)
        self.assertEqual(plan.loan_id.state, "active")
        self.assertEqual((plan.phase, plan.request_id.state), ("running", "active"))
        self.assertTrue(plan.watched)

    def test_an_undone_relief_has_no_plan(self):
        plan = self._plan()
        request = plan.request_id.with_user(self.manager)
        request._undo(self._today(), "Entered for the wrong loan")
        self.assertEqual((plan.phase, plan.watched), ("undone", False))
        self.assertEqual(self._kinds(plan), ["begun", "undone"])
        self.assertEqual(plan.loan_id.plan_id.id, False)

    def test_what_happened_is_never_changed(self):
        plan = self._plan()
        event = plan.event_ids
        for user in (self.officer, self.manager, self.accountant):
            for record, vals in ((event, {"note": "x"}), (plan, {"phase": "broken"})):
                with self.assertRaises(AccessError):
                    record.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()
        with self.assertRaises(AccessError):
            plan.with_user(self.officer).request_id.write(
                {"relief_plan_ids": [(1, plan.id, {"left_on": "2026-06-21"})]}
            )

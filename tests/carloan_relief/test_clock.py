"""Clocks of the law on a case: when due, met or missed, and who is told."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


def day(text):
    return fields.Date.to_date(text)


class ClockCase(ReliefCase):
    """The company of the relief tests, under the law of a place."""

    @classmethod
    def _under(cls, law, tz="UTC"):
        cls.company.partner_id.tz = tz
        cls.company.carloan_jurisdiction_id = cls.env.ref(
            f"carloan_relief.jurisdiction_{law}"
        )

    def _clock(self, request, kind):
        kind = self.env.ref(f"carloan_relief.clock_kind_{kind}")
        return request.sudo().clock_ids.filtered(lambda one: one.kind_id == kind)

    def _night(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.ir_cron_clock_watch")
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _inbox(self, request, kind):
        kind = self.env.ref(f"carloan_relief.mail_activity_clock_{kind}")
        found = request.sudo().activity_ids
        return found.filtered(lambda one: one.activity_type_id == kind)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClock(ClockCase):
    def test_a_word_at_the_telephone_starts_the_clock(self):
        self._under("au", "Australia/Sydney")
        request = self._draft(channel="phone", note="Lost the job, cannot pay")
        self.assertEqual((request.state, request.notice_form), ("draft", "oral"))
        clock = self._clock(request, "au_decide")
        self.assertRecordValues(
            clock,
            [
                {
                    "start_date": day("2026-06-20"),
                    "due_date": day("2026-07-11"),
                    "state": "running",
                    "source": "NCC s72, ASIC INFO 105",
                    "days_left": 21,
                }
            ],
        )
        self.assertEqual(request.clock_due, day("2026-07-11"))
        # staff hear of it late: the day it was said counts, and no later one
        request.notice_date = "2026-06-15"
        self.assertEqual(clock.due_date, day("2026-07-06"))
        for later in ("2026-06-16", False):
            with self.assertRefused("only be moved to an earlier day"):
                request.notice_date = later
        with self.assertRefused("still to come"):
            self._draft(
                self._create_active(), channel="phone", notice_date="2026-06-21"
            )

    def test_days_are_those_of_the_company(self):
        self._under("au", "Australia/Sydney")
        with freeze_time("2026-06-19 14:30:00"):  # half past midnight in Sydney
            request = self._draft()
        self.assertEqual(request.notice_date, day("2026-06-20"))
        self.company.partner_id.tz = "America/New_York"
        with freeze_time("2026-06-20 02:00:00"):
            self.assertEqual(self.company._get_carloan_day(), day("2026-06-19"))

    def test_waiting_for_papers_moves_no_clock_of_the_law(self):
        self._under("us")
        self.loan.write({"dpd": 0})
        request = self._proposed()
        clock = self._clock(request, "us_decide")
        self.assertEqual(clock.due_date, day("2026-07-20"))
        pause = self.env["carloan.approval.pause"].with_user(self.officer)
        pause.create({"request_id": request.id, "papers": "Payslip"})
        with freeze_time("2026-07-15"):
            request.with_user(self.officer).action_papers_received()
        self.assertEqual(clock.due_date, day("2026-07-20"))
        with freeze_time("2026-07-21 06:00:00"):
            self._night()
        self.assertEqual(clock.state, "missed")

    def test_the_laws_question_for_information_moves_the_day(self):
        self._under("au")
        request = self._draft()
        request.action_submit()
        decide = self._clock(request, "au_decide")
        with self.assertRefused("asked for once"):
            request.action_information_received()
        with freeze_time("2026-07-06"):
            request.action_information_asked()
        self.assertEqual(decide.due_date, day("2026-08-03"))
        self.assertEqual(self._clock(request, "au_ask").state, "met")
        self.assertEqual(self._clock(request, "au_inform").due_date, day("2026-07-27"))
        with freeze_time("2026-07-20"):
            request.action_information_received()
        self.assertEqual(decide.due_date, day("2026-08-10"))
        with self.assertRefused("asked for once"):
            request.action_information_asked()

    def test_no_question_where_the_law_knows_none(self):
        request = self._draft()
        self.assertFalse(request.asks_information)
        with self.assertRefused("where the law sets a day"):
            request.action_information_asked()

    def test_an_answer_meets_the_clock_and_keeps_the_day(self):
        self._under("us")
        self.loan.write({"dpd": 0})
        request = self._proposed()
        with freeze_time("2026-07-01"):
            self._approve(request, self.approver)
        clock = self._clock(request, "us_decide")
        self.assertRecordValues(
            clock,
            [{"state": "met", "met_on": day("2026-07-01"), "days_taken": 11}],
        )
        counter = self._clock(request, "us_counteroffer")
        self.assertEqual(
            (counter.due_date, counter.state), (day("2026-09-29"), "running")
        )
        keep = self._clock(request, "us_keep")
        self.assertEqual(keep.due_date, day("2028-08-01"))

    def test_a_loan_past_due_is_outside_regulation_b(self):
        self._under("us")
        request = self._draft()
        request.action_submit()
        self.assertGreater(request.dpd_submitted, 0)
        self.assertFalse(self._clock(request, "us_decide"))

    def test_warned_before_and_escalated_after_once(self):
        self._under("au")
        request = self._draft()
        request.action_submit()
        clock = self._clock(request, "au_decide")
        self._night()
        self.assertFalse(self._inbox(request, "warning"))
        with freeze_time("2026-07-06 06:00:00"):
            self._night()
            self._night()
        warning = self._inbox(request, "warning")
        self.assertEqual(warning.user_id, self.officer)
        self.assertEqual(warning.date_deadline, clock.due_date)
        with freeze_time("2026-07-12 06:00:00"):
            self._night()
            self._night()
        self.assertEqual(clock.state, "missed")
        missed = self._inbox(request, "missed")
        self.assertIn(self.manager, missed.user_id)
        self.assertEqual(len(missed), len(missed.user_id))
        self.assertFalse(self._inbox(request, "warning"))
        self.assertIn("2026-07-11", request.clock_missed)
        # told at last: too late, and nothing is left to do
        with freeze_time("2026-07-13"):
            request.with_user(self.officer).action_withdraw("No need any more")
        self.assertEqual(clock.state, "missed")

    def test_a_case_taken_back_in_time_needs_no_answer(self):
        self._under("au")
        request = self._draft()
        request.action_withdraw("Found work")
        clock = self._clock(request, "au_decide")
        self.assertEqual(clock.state, "ended")
        self.assertFalse(request.clock_due)
        for values in ({"notice_date": "2026-06-01"}, {"new_ground": False}):
            with self.assertRefused("facts stay"):
                request.write(values)

    def test_nobody_stops_a_clock_by_hand(self):
        self._under("au")
        request = self._draft()
        clock = self._clock(request, "au_decide")
        for user in (self.officer, self.manager, self.auditor):
            for values in ({"due_date": "2027-01-01"}, {"state": "met"}):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    clock.with_user(user).write(values)
            with self.assertRaises(AccessError):
                clock.with_user(user).unlink()
        for name in ("info_asked_on", "dpd_submitted", "stay_until", "clock_ids"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                request.with_user(self.manager).write({name: False})
        forged = {"info_asked_on": "2026-06-01", "dpd_submitted": 1, "state": "active"}
        by_default = {f"default_{name}": value for name, value in forged.items()}
        for values, context in ((forged, {}), ({}, by_default)):
            made = (
                self.Request.with_user(self.officer)
                .with_context(context)
                .create({"loan_id": self._create_active().id, **values})
            )
            self.assertFalse(made.info_asked_on or made.dpd_submitted)
            self.assertEqual(made.state, "draft")

    def test_who_sees_the_clocks(self):
        self._under("au")
        request = self._draft()
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [Command.set(self.officer_2.ids)]}
        )
        request.sudo().team_id = team
        clock = self._clock(request, "au_decide")
        for user in (self.officer_2, self.approver, self.manager, self.auditor):
            self.assertTrue(clock.with_user(user).has_access("read"), user.login)
        for user in (self.officer, self.employee):
            self.assertFalse(clock.with_user(user).has_access("read"), user.login)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "r_elsewhere",
            "carloan_relief.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(clock.with_user(stranger).has_access("read"))

    def test_a_kind_in_use_stays_as_it_is(self):
        self._under("au")
        self._draft()
        kind = self.env.ref("carloan_relief.clock_kind_au_decide")
        kind = kind.with_user(self.manager)
        with self.assertRefused("clocks run under"):
            kind.rule_code = "us.reg_b.decision"
        kind.warn_days = 10
        with self.assertRefused("no length of time", ValidationError):
            kind.copy({"rule_code": "cn.term.relaxed"})
        with self.assertRaises(AccessError):
            kind.with_user(self.officer).warn_days = 1

    def test_many_cases_cost_no_more_queries_than_one(self):
        self._under("au")
        loans = self.env["carloan.loan"].union(
            *(self._create_loan() for _number in range(6))
        )
        loans.write({"state": "active"})
        requests = self.Request.create([{"loan_id": one.id} for one in loans])
        counts = []
        for some in (requests[:1], requests):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["carloan.clock"]._sync(some)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_clocks_begin_with_older_cases_too(self):
        request = self._assessed()
        self._under("au")
        self.assertFalse(self._clock(request, "au_decide"))
        request.sudo().clock_ids.unlink()
        self.Request._seed_clocks()
        self.assertEqual(self._clock(request, "au_decide").start_date, self._today())
        self.assertRaises(UserError, request.action_reject)

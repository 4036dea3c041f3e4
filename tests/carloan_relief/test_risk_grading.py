"""Grades in force: rules that cap, steadiness, people, and the jobs that assess."""

import datetime
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .risk_common import AS_OF, RiskCase

ASSESSOR = "odoo.addons.carloan_relief.models.risk.carloan_risk_assessor"


class GradingCase(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("carloan_relief.carloan_risk_policy_start")
        cls.grades = {
            grade.name: grade for grade in cls.env["carloan.risk.grade"].search([])
        }

    def setUp(self):
        super().setUp()
        clock = freeze_time(f"{AS_OF} 09:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def flag(self, loan, kind, **vals):
        return self.env["carloan.risk.flag"].create(
            {
                "partner_id": loan.partner_id.id,
                "kind": kind,
                "date_from": AS_OF,
                "known_on": AS_OF,
                "reason": "Court file",
                **vals,
            }
        )

    def assess(self, loan, as_of=AS_OF, pd=None):
        """Assess; with a PD that the model is made to give."""
        if pd is None:
            return loan._assess(as_of)
        Card = type(
            self.env["carloan.risk.scorecard"]
            ._get_for_company(loan.company_id)
            ._get_engine_card()
        )
        real = Card.predict

        def predict(card, features, top=4):
            found = real(card, features, top)
            found.pd[:] = pd
            return found

        with patch.object(Card, "predict", predict):
            return loan._assess(as_of)

    def propose(self, loan, grade="B", user="officer", days=30, **vals):
        return (
            self.env["carloan.risk.override"]
            .with_user(self.users[user])
            .create(
                {
                    "loan_id": loan.id,
                    "grade_id": self.grades[grade].id,
                    "reason": "New job since Monday, contract seen",
                    "expiry": AS_OF + relativedelta(days=days),
                    **vals,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestRiskRules(GradingCase):
    def test_a_bankrupt_borrower_is_graded_worst_and_the_reason_says_so(self):
        before = self.assess(self.good)
        self.flag(self.good, "bankrupt")
        after = self.assess(self.good)
        self.assertEqual(after.grade_id, self.grades["E"])
        self.assertEqual(after.grade_held_id, before.grade_id)
        self.assertEqual(after.pd_raw, before.pd)
        # the probability that others read agrees with the grade in force
        self.assertEqual(after.pd, self.grades["E"].pd_min)
        self.assertEqual(self.good.risk_pd, after.pd)
        self.assertTrue(after.reason_text.startswith("The borrower is bankrupt"))
        self.assertIn(
            "Insolvency proceedings are open under your name",
            after._get_borrower_reasons(),
        )

    def test_a_suspicion_of_fraud_is_not_told_to_the_borrower(self):
        self.flag(self.good, "fraud")
        item = self.assess(self.good)
        self.assertEqual(item.grade_id, self.grades["E"])
        self.assertIn("Fraud", item.reason_text)
        self.assertNotIn("raud", " ".join(item._get_borrower_reasons()))

    def test_a_flag_holds_within_its_dates_and_since_it_is_known(self):
        months = {n: AS_OF + relativedelta(months=-n, day=31) for n in range(5)}
        flag = self.flag(self.good, "bankrupt", date_from=months[3], known_on=months[2])
        flag.date_to = months[1]
        caps = {n: bool(self.assess(self.good, months[n]).cap_id) for n in range(5)}
        self.assertEqual(caps, {4: False, 3: False, 2: True, 1: True, 0: False})

    def test_a_cap_that_goes_leaves_the_model_s_grade_at_once(self):
        plain = self.assess(self.good).grade_id
        flag = self.flag(self.good, "bankrupt")
        self.assess(self.good)
        flag.date_to = AS_OF - relativedelta(days=1)
        flag.date_from = flag.date_to
        self.assertEqual(self.assess(self.good).grade_id, plain)

    def test_a_loan_in_default_and_one_in_observation_are_capped(self):
        self.load_history(self.good, [(0, 95)])
        self.assertEqual(
            self.assess(self.good, pd=0.01).cap_id,
            self.env.ref("carloan_relief.carloan_risk_cap_default"),
        )
        relief = self.env["carloan.schedule"].create(
            {
                "loan_id": self.late.id,
                "reason": "relief",
                "state": "active",
                "version": 2,
                "date_from": AS_OF - relativedelta(months=11),
                "annual_rate": 0.05,
            }
        )
        self.assertEqual(
            self.assess(self.late, pd=0.01).cap_id,
            self.env.ref("carloan_relief.carloan_risk_cap_observation"),
        )
        relief.date_from = AS_OF - relativedelta(months=12)
        self.assertFalse(self.assess(self.late, pd=0.01).cap_id)

    def test_a_better_grade_needs_two_looks_and_a_margin(self):
        """PD of each month -> grade in force: C from 0.05 on, B below."""
        months = [
            (0.06, "C"),
            (0.049, "C"),  # B, but within the margin of ten per cent
            (0.03, "C"),  # clear, the first time
            (0.03, "B"),
            (0.051, "C"),  # a fall is at once
            (0.03, "C"),
            (0.055, "C"),  # the count begins anew
            (0.03, "C"),
            (0.03, "B"),
        ]
        start = AS_OF + relativedelta(months=-len(months) + 1)
        for at, (pd, grade) in enumerate(months):
            item = self.assess(self.good, start + relativedelta(months=at), pd)
            self.assertEqual(item.grade_id.name, grade, at)
            self.assertEqual(item.pd, item.pd_raw)
        self.assertIn("Held at C", self.held_text())

    def held_text(self):
        found = self.good.assessment_ids.filtered(
            lambda item: item.grade_held_id != item.grade_model_id
        )
        return found[:1].reason_text

    def test_many_looks_in_a_week_count_once(self):
        self.assess(self.good, AS_OF - relativedelta(days=60), 0.06)
        for days in (5, 4, 3, 0):
            item = self.assess(self.good, AS_OF - relativedelta(days=days), 0.03)
        self.assertEqual(item.grade_id, self.grades["C"])
        self.assertEqual(item.streak, 1)
        self.assertEqual(item.streak_date, AS_OF - relativedelta(days=5))

    def test_what_is_stored_says_what_predicted(self):
        item = self.assess(self.good)
        self.assertRecordValues(
            item,
            [
                {
                    "kind": "scorecard",
                    "version": item.scorecard_id.name,
                    "reference": item.scorecard_id._get_engine_card().reference,
                    "horizon": 12,
                    "trigger": "demand",
                    "policy_id": self.policy.id,
                    "grade_model_id": item.grade_id.id,
                    "grade_held_id": item.grade_id.id,
                }
            ],
        )

    def test_a_day_to_come_and_an_absurd_probability_leave_the_grade(self):
        self.assess(self.good)
        before = self.good.risk_grade_id
        with self.assertRaises(UserError) as caught:
            self.good._assess(AS_OF + relativedelta(days=1))
        self.assertIn("in the future", str(caught.exception))
        for pd in (float("nan"), -0.1, 1.5):
            with self.subTest(pd), self.assertRaises(UserError) as caught:
                self.assess(self.good, pd=pd)
            self.assertIn(self.good.name, str(caught.exception))
        self.assertEqual(self.good.risk_grade_id, before)

    def test_a_policy_in_use_stays_and_its_copy_begins_later(self):
        self.assess(self.good)
        for change in ({"margin_up": 0.2}, {"cap_ids": [(5,)]}):
            with self.subTest(change), self.assertRaises(UserError):
                self.policy.write(change)
        later = self.policy.copy({"valid_from": AS_OF, "confirmations": 1})
        self.assertEqual(len(later.cap_ids), len(self.policy.cap_ids))
        self.assess(self.good, AS_OF - relativedelta(days=1), 0.06)
        item = self.assess(self.good, AS_OF, 0.03)
        self.assertEqual((item.policy_id, item.grade_id.name), (later, "B"))

    def test_policies_that_cannot_be_are_refused(self):
        for vals in ({"margin_up": 1.0}, {"confirmations": 0}, {"review_days": 0}):
            with (
                self.subTest(vals),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.policy.copy({"valid_from": AS_OF, **vals}).flush_recordset()
        for text in ("5, x", "0", "-3"):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.policy.copy({"valid_from": AS_OF, "reassess_days": text})
        with self.assertRaises(ValidationError):
            self.policy.cap_ids[-1].copy({"threshold": 0})


@tagged("post_install", "-at_install")
class TestRiskOverride(GradingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good.team_id = cls.team

    def setUp(self):
        super().setUp()
        self.assess(self.good, pd=0.2)

    def test_a_second_person_puts_it_in_force_and_it_shows(self):
        item = self.propose(self.good)
        self.assertEqual(self.good.risk_grade_id, self.grades["D"])
        item.with_user(self.users["analyst"]).action_approve()
        self.assertRecordValues(
            item,
            [
                {
                    "state": "in_force",
                    "grade_before_id": self.grades["D"].id,
                    "direction": "better",
                    "proposer_id": self.users["officer"].id,
                    "approver_id": self.users["analyst"].id,
                    "date_from": AS_OF,
                }
            ],
        )
        self.assertEqual(self.good.risk_grade_id, self.grades["B"])
        latest = self.good.assessment_id
        self.assertEqual(latest.override_id, item)
        self.assertLess(latest.pd, 0.05)
        for shown in (
            self.good.risk_override_text,
            self.good.partner_id.risk_override_text,
            latest.reason_text,
        ):
            self.assertIn("Set by hand to B until 2026-07-30", shown)

    def test_nobody_decides_on_the_own_proposal(self):
        for user in ("analyst", "manager"):
            item = self.propose(self.good, user=user)
            with self.assertRaises(AccessError) as caught:
                item.action_approve()
            self.assertIn("a second person", str(caught.exception))
            item.sudo().state = "refused"
            item.flush_recordset()

    def test_who_may_decide(self):
        item = self.propose(self.good)
        for user in ("officer", "approver", "auditor", "accountant"):
            with self.subTest(user), self.assertRaises(AccessError):
                item.with_user(self.users[user]).action_approve()
        item.with_user(self.users["manager"]).action_refuse()
        self.assertEqual(item.state, "refused")
        self.assertEqual(self.good.risk_grade_id, self.grades["D"])
        with self.assertRaises(UserError):
            item.with_user(self.users["analyst"]).action_approve()

    def test_moves_cannot_be_forged_nor_history_deleted(self):
        item = self.propose(self.good)
        analyst = item.with_user(self.users["analyst"])
        for vals in (
            {"state": "in_force"},
            {"approver_id": self.users["manager"].id},
            {"proposer_id": self.users["manager"].id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                analyst.write(vals)
        analyst.action_approve()
        for vals in ({"expiry": AS_OF + relativedelta(days=60)}, {"reason": "x"}):
            with self.subTest(vals), self.assertRaises(UserError):
                analyst.write(vals)
        with self.assertRaises(UserError):
            item.sudo().unlink()

    def test_limits_of_the_policy(self):
        for vals in ({"days": 91}, {"days": -1}, {"grade": "A"}):
            with self.subTest(vals), self.assertRaises(UserError):
                self.propose(self.good, **vals)
        self.assertEqual(self.propose(self.good, "E").direction, "worse")

    def test_a_hard_rule_binds_an_override(self):
        self.flag(self.good, "bankrupt")
        self.assess(self.good, pd=0.2)
        item = self.propose(self.good, "C")
        item.with_user(self.users["analyst"]).action_approve()
        self.assertEqual(self.good.risk_grade_id, self.grades["E"])

    def test_it_ends_by_night_and_the_loan_returns(self):
        item = self.propose(self.good, days=10)
        item.with_user(self.users["analyst"]).action_approve()
        with freeze_time(AS_OF + relativedelta(days=10)):
            self.env["carloan.risk.override"]._cron_expire()
            self.assertEqual(item.state, "in_force")
        with freeze_time(AS_OF + relativedelta(days=11)):
            self.env["carloan.risk.override"]._cron_expire()
            self.assertRecordValues(item, [{"state": "ended", "date_end": item.expiry}])
            waiting = self.env["carloan.risk.queue"].search([])
            self.assertEqual(waiting.loan_id, self.good)
            waiting._process("override")
            self.assertNotEqual(self.good.risk_grade_id, self.grades["B"])
            self.assertFalse(self.good.risk_override_text)
        # what held on a day stays so
        past = self.assess(self.good, AS_OF)
        self.assertEqual(past.override_id, item)

    def test_it_can_be_ended_before(self):
        item = self.propose(self.good)
        item.with_user(self.users["analyst"]).action_approve()
        item.with_user(self.users["manager"]).action_end()
        self.assertEqual(item.state, "ended")
        self.assertFalse(self.good.assessment_id.override_id)

    def test_an_officer_sees_the_own_team_s(self):
        self.assess(self.late)
        item = self.propose(self.late, "E", user="analyst")
        with self.assertRaises(AccessError):
            item.with_user(self.users["officer"]).read(["reason"])
        item.sudo().state = "refused"
        item.flush_recordset()
        with self.assertRaises(AccessError):
            self.propose(self.late, "E", user="officer")


@tagged("post_install", "-at_install")
class TestRiskJobs(GradingCase):
    def waiting(self):
        return self.env["carloan.risk.queue"].search([])

    def run_queue(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_risk_queue_cron"
            ).method_direct_trigger()

    def test_what_is_new_lets_a_loan_wait_once_and_the_job_assesses_it(self):
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": self.good.partner_id.id,
                "date": AS_OF,
                "net_income": 3000.0,
            }
        )
        self.late.vehicle_id.valuation_ids = [(0, 0, {"date": AS_OF, "value": 5000.0})]
        self.flag(self.good, "bankrupt")
        waiting = self.waiting()
        self.assertEqual(
            {(row.loan_id, row.trigger) for row in waiting},
            {(self.good, "statement"), (self.late, "valuation")},
        )
        self.assertFalse(self.good.assessment_ids)
        self.run_queue()
        self.assertFalse(self.waiting())
        self.assertEqual(self.good.assessment_id.trigger, "statement")
        self.assertEqual(self.good.assessment_id.grade_id, self.grades["E"])
        self.assertEqual(self.late.assessment_id.trigger, "valuation")

    def test_an_assessment_made_meanwhile_empties_the_queue(self):
        self.flag(self.good, "bankrupt")
        self.assess(self.good)
        self.assertFalse(self.waiting())

    def test_what_cannot_be_assessed_says_why_and_keeps_its_grade(self):
        self.assess(self.good)
        grade = self.good.risk_grade_id
        self.flag(self.good, "fraud")
        self.env["carloan.risk.scorecard"].search([]).active = False
        self.waiting()._process("flag")
        row = self.waiting()
        self.assertIn("no active scorecard", row.error)
        self.assertEqual(self.good.risk_grade_id, grade)
        self.env["carloan.risk.scorecard"].with_context(active_test=False).search(
            []
        ).active = True
        with self.assertRaises(UserError):
            row.with_user(self.users["auditor"]).action_try_again()
        row.with_user(self.users["analyst"]).action_try_again()
        self.assertFalse(row.error)

    def test_a_missed_payment_is_seen_the_night_after(self):
        queue = self.env["carloan.risk.queue"]
        self.assess(self.late, AS_OF - relativedelta(days=30))
        for dpd, assessed, waits in (
            (4, 30, False),
            (5, 30, True),
            (5, 0, False),  # assessed since it came to 5 days
            (29, 25, True),  # at 5 days it was 24 days ago
            (29, 24, False),
            (31, 1, True),
        ):
            with self.subTest(dpd=dpd, assessed=assessed):
                self.waiting().unlink()
                self.late.assessment_ids.sudo().unlink()
                self.assess(self.late, AS_OF - relativedelta(days=assessed))
                self.late.dpd = dpd
                self.env.flush_all()
                queue._cron_night()
                self.assertEqual(self.waiting().loan_id == self.late, waits)

    def test_a_book_is_assessed_in_batches_and_goes_on_after_a_kill(self):
        runs = self.env["carloan.risk.rescoring"]
        run = runs._get_run(self.env.company, AS_OF)
        first, second = (self.good | self.late).sorted("id")
        self.assertEqual(run._run_batch(limit=1), 1)
        self.assertEqual(run.last_loan_id, first.id)
        self.assertTrue(first.assessment_ids)
        self.assertFalse(second.assessment_ids)
        # the next process goes on where the last batch ended
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_risk_rescoring_cron"
            ).method_direct_trigger()
        run.invalidate_recordset()
        self.assertRecordValues(run, [{"state": "done", "assessed": 2, "changed": 1}])
        self.assertEqual(len(first.assessment_ids.filtered("trigger")), 2)
        self.assertEqual(
            set(second.assessment_ids.mapped("date")),
            {AS_OF, datetime.date(2026, 5, 31)},
        )
        self.assertEqual(runs._get_run(self.env.company, AS_OF), run)

    def test_a_book_that_cannot_be_assessed_says_why_and_can_go_on(self):
        self.assess(self.good)
        grade = self.good.risk_grade_id
        self.grades["E"].pd_min = 0.5
        runs = self.env["carloan.risk.rescoring"]
        run = runs._get_run(self.env.company, AS_OF)
        self.env["carloan.risk.scorecard"].search([]).active = False
        run._run_batch()
        self.assertEqual(run.state, "failed")
        self.assertIn("no active scorecard", run.message)
        self.assertEqual(self.good.risk_grade_id, grade)
        with self.assertRaises(UserError):
            run.with_user(self.users["auditor"]).action_go_on()
        run.with_user(self.users["analyst"]).action_go_on()
        self.assertEqual(run.state, "running")

    def test_who_starts_a_book(self):
        runs = self.env["carloan.risk.rescoring"]
        with self.assertRaises(UserError):
            runs.with_user(self.users["officer"]).action_start()
        runs.with_user(self.users["analyst"]).action_start()
        run = runs.search([("as_of", "=", fields.Date.today())])
        self.assertEqual(run.state, "running")
        run.state = "done"
        with self.assertRaises(UserError):
            runs.with_user(self.users["analyst"]).action_start()

    def test_only_what_changed_is_written_on_the_loans(self):
        self.assess(self.good)
        xmin = "SELECT xmin FROM carloan_loan WHERE id = %s"
        self.env.cr.execute(xmin, [self.good.id])
        before = self.env.cr.fetchone()
        with self.env.cr.savepoint():
            assessor = self.env["carloan.risk.assessor"]
            self.assertEqual(
                assessor._assess_company(self.good, AS_OF, "book").changed, 0
            )
            self.env.cr.execute(xmin, [self.good.id])
            self.assertEqual(self.env.cr.fetchone(), before)

    def test_a_borrower_is_assessed_from_the_contact(self):
        partner = self.good.partner_id
        partner.with_user(self.users["officer"]).action_assess_risk()
        self.assertTrue(self.good.assessment_ids)
        self.good.state = "closed"
        with self.assertRaises(UserError):
            partner.with_user(self.users["officer"]).action_assess_risk()

    def test_the_chart_shows_each_day_once(self):
        self.assess(self.good, AS_OF - relativedelta(months=1))
        self.assess(self.good, pd=0.2)
        self.assess(self.good, pd=0.4)
        chart = self.good.risk_grade_chart
        self.assertEqual(chart["grades"], ["A", "B", "C", "D", "E"])
        (series,) = chart["series"]
        self.assertEqual(
            [point[0] for point in series["points"]],
            [
                "2026-05-30",
                "2026-06-30",
            ],
        )
        self.assertEqual(series["points"][-1][1], 4)
        self.assertEqual(self.good.partner_id.risk_grade_chart, chart)

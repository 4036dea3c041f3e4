"""The jobs that assess: what is new, missed payments, the whole book."""

import datetime
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .risk_common import AS_OF
from .risk_grading_common import GradingCase

ASSESSOR = "odoo.addons.carloan_relief.models.risk.carloan_risk_assessor"


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

    def test_a_challenger_that_fails_holds_up_nobody(self):
        shadow = self.env.registry["carloan.risk.shadow"]
        failing = patch.object(shadow, "_score", side_effect=ValueError("no such bin"))
        assessor = self.env["carloan.risk.assessor"]
        with failing as score, self.assertLogs(ASSESSOR, "WARNING") as logged:
            assessor._assess_company(self.good, AS_OF, "book")
        self.assertIn("no such bin", logged.output[0])
        self.assertEqual(score.call_count, 1)
        self.assertTrue(self.good.risk_grade_id)
        with patch.object(shadow, "_score") as score:
            assessor._assess_company(self.good, AS_OF, "demand")
        self.assertFalse(score.called)

    def test_no_outcome_is_learned_from_and_judged_by(self):
        """The first of the later dates counts, in whichever order they were typed."""
        trainings = self.env["carloan.risk.training"]
        for late, fits in (
            ("2025-06-30, 2024-12-31", True),
            ("2025-06-30, 2024-06-30", False),
        ):
            asked = trainings.create(
                {"train_dates": "2023-12-31", "test_dates": late, "horizon": 12}
            )
            with self.subTest(late):
                if fits:
                    _early, found = asked._get_split(None, None, asked._get_rule())
                    self.assertEqual(found[0], datetime.date(2024, 12, 31))
                    continue
                with self.assertRaisesRegex(UserError, "2024-06-30"):
                    asked._get_split(None, None, asked._get_rule())

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

"""A policy tried on the book before it is in force."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.relief.relief_simulation_line import _compare

from .common_relief import TODAY
from .test_relief_policy import PolicyCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefSimulation(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.analyst = cls._user("r_analyst", "carloan_relief.group_risk_analyst")
        cls.other = cls._create_late(principal=130000.0)
        cls.prompt = cls._create_late(principal=60000.0)
        cls.prompt._register_repayment(cls.prompt.overdue_amount, cls._today())
        cls.ungraded = cls._create_late(principal=30000.0)
        (cls.loan | cls.other | cls.prompt)._assess(cls._today())
        cls._put_grade(cls.loan, "B")
        cls._put_grade(cls.other, "E")
        cls._put_grade(cls.prompt, "C")
        cls.loans = cls.loan | cls.other | cls.prompt | cls.ungraded
        cls.new = cls._new_version()
        cls._rule_of(cls.new, "B").write({"max_extend": 0, "max_waive_penalty": 0})
        cls._rule_of(cls.new, "E").write({"max_extend": 18, "min_instalment_pct": 0})

    @classmethod
    def _put_grade(cls, loan, letter):
        grade = cls._grade(letter)
        pd = (grade.pd_min + min(grade.pd_max, 1)) / 2
        loan.write({"risk_grade_id": grade.id, "risk_pd": pd})
        loan.assessment_id.sudo().write({"grade_id": grade.id, "pd": pd})

    def _simulation(self, **values):
        return (
            self.env["carloan.relief.simulation"]
            .with_user(self.analyst)
            .create(
                {
                    "policy_id": self.new.id,
                    "loan_domain": f"[('id', 'in', {self.loans.ids})]",
                    **values,
                }
            )
        )

    def _run(self, run, limit=250):
        run.action_start()
        while run.sudo()._run_batch(limit):
            pass
        run.sudo()._finish()
        return run

    def _line(self, run, loan, version):
        return run.line_ids.filtered(
            lambda line: line.loan_id == loan and line.version == version
        )

    def test_every_loan_is_tried_under_both_policies(self):
        run = self._run(self._simulation())
        self.assertEqual((run.state, run.done_count, run.progress), ("done", 4, 100))
        self.assertEqual(run.baseline_id, self.policy)
        self.assertEqual(len(run.line_ids), 7)
        self.assertEqual(
            self._line(run, self.ungraded, "new").outcome, "ungraded", "and no guess"
        )
        old, new = (self._line(run, self.loan, v) for v in ("now", "new"))
        self.assertTrue(old.has_extension)
        self.assertFalse(new.has_extension)
        self.assertIn(new.change, ("higher", "loses"))
        self.assertEqual(new.change, old.change)
        self.assertIn(self._line(run, self.other, "new").change, ("lower", "gains"))
        same = self._line(run, self.prompt, "new")
        self.assertEqual(same.change, "same")
        self.assertEqual(same.plan, self._line(run, self.prompt, "now").plan)

    def test_a_line_is_what_the_case_would_be_offered(self):
        """The wizard's own way, one request, gives the same plan to the cent."""
        run = self._run(self._simulation())
        request = self._assessed("B")
        self._put_grade(self.loan, "B")
        assessment = self.loan.assessment_id
        request.sudo().write(request._prepare_expected_vals(assessment, self._today()))
        request.sudo()._generate_offers(request._get_position())
        line = self._line(run, self.loan, "now")
        self.assertEqual(line.plan, request.offer_id.plan)
        self.assertEqual(line.instalment, request.offer_id.instalment)
        self.assertEqual(line.concession, request.offer_id.concession)
        self.assertEqual(line.npv_gain, request.offer_id.npv_gain)
        self.assertEqual(line.outcome == "affordable", request.offer_id.affordable)
        self.assertEqual(line.straight_through, request._is_straight_through())
        self.assertEqual(line.plan_text, request.offer_id.plan_text)

    def test_conditions_say_why_nothing_is_open(self):
        rule = self._rule_of(self.new, "B")
        rule.write({"condition_ids": [(0, 0, {"min_age": 24})]})
        run = self._run(self._simulation())
        line = self._line(run, self.loan, "new")
        self.assertEqual((line.outcome, line.change), ("none", "loses"))
        self.assertIn("Every measure: the loan is too young", line.closed_text)
        self.assertEqual(line.instalment, line.instalment_before)
        self.assertEqual((line.concession, line.cut), (0, 0))

    def test_it_stops_when_told_and_goes_on_where_it_was(self):
        run = self._simulation()
        run.action_start()
        run.sudo()._run_batch(1)
        run.action_cancel()
        run.invalidate_recordset()
        self.assertEqual((run.done_count, run.progress), (1, 25))
        with self.assertRefused("not running"):
            run.action_cancel()
        run.sudo()._finish()
        self.assertEqual(run.state, "cancelled", "what was cancelled is not done")
        run.action_resume()
        while run.sudo()._run_batch(1):
            pass
        self.assertEqual(sorted(run.line_ids.loan_id.ids), sorted(self.loans.ids))
        self.assertEqual(len(run.line_ids), 7)

    def test_the_night_job_finishes_what_runs(self):
        run = self._simulation()
        run.action_start()
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.ir_cron_relief_simulation")
            cron.method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual((run.state, run.done_count), ("done", 4))

    def test_a_loan_that_cannot_be_worked_out_stops_no_other(self):
        self.env.cr.execute(
            "UPDATE carloan_schedule SET due_day = 99 WHERE id = %s",
            (self.other.schedule_id.id,),
        )
        run = self._run(self._simulation())
        line = self._line(run, self.other, "new")
        self.assertEqual(line.outcome, "failed")
        self.assertIn("due_day", line.closed_text)
        self.assertNotEqual(self._line(run, self.loan, "new").outcome, "failed")

    def test_less_than_a_unit_of_the_currency_is_no_change(self):
        """(decimals, new instalment, the one in force, change)"""
        cases = [
            (2, 100.00, 100.01, "lower"),
            (2, 100.004, 100.0, "same"),
            (0, 100.4, 100.0, "same"),
            (3, 100.001, 100.0, "higher"),
        ]
        for digits, new, now, change in cases:
            currency = self.env["res.currency"].new({"rounding": 10**-digits})
            new, now = (
                {"outcome": "affordable", "instalment": one} for one in (new, now)
            )
            self.assertEqual(_compare(new, now, currency), change, digits)

    def test_what_was_started_stays_as_it_is(self):
        run = self._simulation()
        run.action_start()
        with self.assertRefused("Duplicate it"):
            run.household_share = 0.1
        with self.assertRefused("Duplicate it"):
            run.state = "done"
        with self.assertRefused("started already"):
            run.action_start()
        with self.assertRefused("stays as it is"):
            run.user_id = self.manager
        forged = self._simulation(user_id=self.manager.id)
        self.assertEqual(forged.user_id, self.analyst)
        self.assertEqual(run.with_user(self.manager).copy().user_id, self.manager)
        empty = self._simulation(loan_domain="[('id', '=', 0)]")
        with self.assertRefused("nothing to try"):
            empty.action_start()
        broken = self._simulation(loan_domain="[('nothing', '=', 0)]")
        with self.assertRefused("Choose it anew"):
            broken.action_start()

    def test_who_may_try_and_who_may_look(self):
        run = self._run(self._simulation())
        for user in (self.auditor, self.approver, self.manager):
            self.assertTrue(run.with_user(user).line_ids)
        for user in (self.auditor, self.approver):
            with self.assertRaises(AccessError):
                run.with_user(user).action_start()
        for user in (self.officer, self.employee):
            with self.assertRaises(AccessError):
                run.with_user(user).read(["state"])
        with self.assertRaises(AccessError):
            run.line_ids[0].with_user(self.analyst).write({"cut": 0})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "r_stranger",
            "carloan_relief.group_risk_analyst",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(
            self.env["carloan.relief.simulation"].with_user(stranger).search([])
        )

"""Grades in force: rules that cap, steadiness, and the policy behind them."""

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .risk_common import AS_OF
from .risk_grading_common import GradingCase


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

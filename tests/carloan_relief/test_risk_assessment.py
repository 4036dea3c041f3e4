"""Grades, points, features as of a date, reasons, and what may not look ahead."""

import datetime

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .risk_common import AS_OF, RiskCase


@tagged("post_install", "-at_install")
class TestRiskAssessment(RiskCase):
    def assess(self, loan, as_of=AS_OF):
        return loan._assess(as_of)

    def test_late_borrower_gets_the_weaker_grade_and_the_reasons(self):
        good, late = (self.good | self.late)._assess(AS_OF)
        self.assertLess(good.pd, late.pd)
        self.assertLess(good.grade_id.sequence, late.grade_id.sequence)
        reasons = late.reason_text.splitlines()
        self.assertIn("Late today by 61 to 90 days", reasons[0])
        lost = [points for _key, points in late.reasons]
        self.assertEqual(lost, sorted(lost, reverse=True))

    def test_points_add_up_by_hand(self):
        """12,000 on a car of 10,000, no income known; every month paid."""
        self.env["carloan.risk.scorecard"].search([]).active = False
        card = self.env["carloan.risk.scorecard"].create(
            {
                "name": "By hand",
                "base_points": 600,
                "base_odds": 30,
                "points_to_double": 40,
                "depreciation": 0.0,
                "bin_ids": [
                    (0, 0, {"feature": "dpd", "upper": "1", "points": 20}),
                    (0, 0, {"feature": "dpd", "lower": "1", "points": -60}),
                    (0, 0, {"feature": "missed_12m", "upper": "1", "points": 10}),
                    (0, 0, {"feature": "missed_12m", "lower": "1", "points": -10}),
                    (0, 0, {"feature": "ltv", "upper": "0.8", "points": 5}),
                    (0, 0, {"feature": "ltv", "lower": "0.8", "points": -50}),
                ],
            }
        )
        good, late = (self.good | self.late)._assess(AS_OF)
        # balance 8,000 of 10,000 is 0.8: the upper bin, its lower end included
        self.assertEqual(good.points, 600 + 20 + 10 - 50)
        self.assertEqual(late.points, 600 - 60 - 10 - 50)
        self.assertAlmostEqual(good.pd, 1 / (1 + 30 * 2**-0.5), 6)
        self.assertEqual(good.scorecard_id, card)

    def test_the_features_are_those_of_the_history(self):
        late = self.assess(self.late)
        expected = {
            "dpd": 77,
            "max_dpd_12m": 77,
            "missed_12m": 3,
            "months_since_miss": 0,
            "paid_share_6m": 0.5,
            "seasoning": 20,
            "annual_rate": 0.072,
            "relief_24m": 0,
        }
        got = {name: late.features[name] for name in expected}
        self.assertEqual(got, expected)
        self.assertIsNone(late.features["bureau_score"])

    def test_nothing_after_the_date_is_looked_at(self):
        before = AS_OF + relativedelta(months=-3, day=31)
        plain = self.assess(self.late, before)
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": self.late.partner_id.id,
                "date": before + relativedelta(days=1),
                "net_income": 1.0,
            }
        )
        self.late.vehicle_id.valuation_ids = [
            (0, 0, {"date": before + relativedelta(days=1), "value": 1.0})
        ]
        self.load_history(self.late, [(0, 400)] * 3)
        again = self.assess(self.late, before)
        self.assertEqual(plain.features, again.features)
        self.assertEqual(plain.features["dpd"], 0)
        self.assertEqual(plain.points, again.points)

    def test_without_a_curve_the_vehicle_loses_the_yearly_share_of_the_card(self):
        self.env["carloan.vehicle.curve"].search([]).active = False
        self.late.vehicle_id.valuation_ids = [
            (
                0,
                0,
                {
                    "date": AS_OF - relativedelta(days=731),
                    "known_on": AS_OF,
                    "value": 10000.0,
                },
            )
        ]
        features = self.assess(self.late).features
        self.assertAlmostEqual(
            features["ltv"], 8000 / (10000 * 0.85 ** (731 / 365.25)), 5
        )

    def test_the_household_counts_from_its_latest_statement(self):
        for days, income in ((100, 9000.0), (10, 2000.0)):
            self.env["carloan.financial.statement"].create(
                {
                    "partner_id": self.late.partner_id.id,
                    "date": AS_OF - relativedelta(days=days),
                    "known_on": AS_OF - relativedelta(days=days),
                    "net_income": income,
                    "living_costs": 1000.0,
                    "other_debt": 300.0,
                    "bureau_score": 700,
                }
            )
        features = self.assess(self.late).features
        self.assertEqual(features["payment_to_income"], 500 / 2000)
        self.assertEqual(features["residual_income"], (2000 - 1000 - 300 - 500) / 2000)
        self.assertEqual(features["bureau_score"], 700)

    def test_grade_and_pd_stand_on_the_loan_and_a_past_date_does_not_move_them(self):
        assessment = self.assess(self.late)
        self.assertRecordValues(
            self.late,
            [
                {
                    "assessment_id": assessment.id,
                    "risk_grade_id": assessment.grade_id.id,
                    "risk_pd": assessment.pd,
                }
            ],
        )
        self.assess(self.late, AS_OF + relativedelta(months=-6))
        self.assertEqual(self.late.assessment_id, assessment)
        self.assertEqual(self.late.assessment_count, 2)

    def test_the_partner_shows_the_worst_grade_of_the_active_loans(self):
        partner = self.late.partner_id
        self.assess(self.late)
        self.assertEqual(partner.risk_grade_id, self.late.risk_grade_id)
        self.assertEqual(partner.carloan_loan_count, 1)
        found = self.env["res.partner"].search(
            [("risk_grade_id", "=", self.late.risk_grade_id.id)]
        )
        self.assertIn(partner, found)
        self.assertNotIn(self.good.partner_id, found)
        without = self.env["res.partner"].search([("risk_grade_id", "=", False)])
        self.assertIn(self.good.partner_id, without)
        self.assertNotIn(partner, without)

    def test_many_loans_take_as_many_queries_as_one(self):
        loans = self.env["carloan.loan"].concat(
            *(self.make_loan(f"L{at}", self.team) for at in range(20))
        )
        self.good._assess(AS_OF)
        counts = []
        for some in (loans[:2], loans):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._assess(AS_OF)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_only_active_loans_are_assessed_from_the_button(self):
        self.late.state = "closed"
        with self.assertRaises(UserError) as caught:
            self.late.action_assess_risk()
        self.assertIn(self.late.name, str(caught.exception))

    def test_no_scorecard_says_where_to_make_one(self):
        self.env["carloan.risk.scorecard"].search([]).active = False
        with self.assertRaises(UserError) as caught:
            self.assess(self.good)
        self.assertIn("Configuration > Scorecards", str(caught.exception))

    def test_the_company_s_own_card_comes_first(self):
        shared = self.env.ref("carloan_relief.carloan_risk_scorecard_default")
        own = shared.copy({"company_id": self.env.company.id, "sequence": 99})
        self.assertEqual(self.assess(self.good).scorecard_id, own)


@tagged("post_install", "-at_install")
class TestRiskTables(RiskCase):
    def test_every_probability_has_one_grade(self):
        grades = self.env["carloan.risk.grade"]
        names = [
            grades.browse(grade).name
            for grade in grades._for_pds([0, 0.0199, 0.02, 0.05, 0.12, 0.3, 1.0])
        ]
        self.assertEqual(names, ["A", "A", "B", "C", "D", "E", "E"])

    def test_a_gap_between_grades_is_said_when_it_is_hit(self):
        self.env.ref("carloan_relief.carloan_risk_grade_c").pd_max = 0.06
        with self.assertRaises(UserError) as caught:
            self.env["carloan.risk.grade"]._for_pds([0.1])
        self.assertIn("0.1000", str(caught.exception))

    def test_overlapping_grades_are_refused(self):
        with self.assertRaises(ValidationError):
            self.env.ref("carloan_relief.carloan_risk_grade_c").pd_max = 0.2

    def test_points_that_cannot_be_read_are_refused(self):
        card = self.env.ref("carloan_relief.carloan_risk_scorecard_default")
        for lower, upper in (("x", "2"), ("5", "2"), ("nan", "2"), ("90", "95")):
            with self.subTest(lower=lower), self.assertRaises(ValidationError):
                card.bin_ids = [
                    (
                        0,
                        0,
                        {
                            "feature": "dpd",
                            "lower": lower,
                            "upper": upper,
                            "points": 1,
                        },
                    )
                ]

    def test_a_scale_of_zero_is_refused(self):
        card = self.env.ref("carloan_relief.carloan_risk_scorecard_default")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            card.points_to_double = 0
            card.flush_recordset()

    def test_every_feature_of_the_engine_can_stand_on_a_card(self):
        from odoo.addons.carloan_relief.engine.risk import features

        labels = self.env["carloan.risk.scorecard.bin"]._get_feature_labels()
        self.assertEqual(set(labels), set(features.FEATURES))

    def test_what_a_household_can_carry(self):
        self.env.company.write(
            {"carloan_cost_per_dependant": 150.0, "carloan_income_reserve": 0.1}
        )
        statement = self.env["carloan.financial.statement"].create(
            {
                "partner_id": self.good.partner_id.id,
                "date": datetime.date(2026, 1, 31),
                "net_income": 3000.0,
                "living_costs": 1200.0,
                "other_debt": 200.0,
                "dependants": 2,
            }
        )
        self.assertEqual(statement.affordable_instalment, 1000.0)
        statement.other_debt = 2000.0
        self.assertEqual(statement.affordable_instalment, 0.0)

    def test_a_statement_of_the_future_or_below_zero_is_refused(self):
        vals = {"partner_id": self.good.partner_id.id}
        with self.assertRaises(ValidationError):
            self.env["carloan.financial.statement"].create(
                {**vals, "date": datetime.date(2100, 1, 1)}
            )
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["carloan.financial.statement"].create(
                {**vals, "date": AS_OF, "net_income": -1.0}
            )

    def test_loading_a_month_again_replaces_it(self):
        self.load_history(self.good, [(123, 5)])
        rows = self.good.behaviour_ids.filtered(lambda row: row.month_end == AS_OF)
        self.assertRecordValues(rows, [{"paid": 123.0, "dpd": 5}])
        self.assertEqual(len(self.good.behaviour_ids), 18)

"""Checks of the risk model: what raises an alarm, who sees it, and what it costs."""

import json

import numpy as np
from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .risk_common import AS_OF, RiskCase

BEFORE = AS_OF - relativedelta(months=3, day=31)
SIZE = 400
MONITOR = "odoo.addons.carloan_relief.models.risk.carloan_risk_monitor"


@tagged("post_install", "-at_install")
class TestRiskMonitor(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.good.company_id
        source = cls.env["carloan.risk.assessor"]._get_source(cls.company)
        cls.version = source.version
        cls.env["carloan.risk.assessment"].search([]).unlink()
        cls.loan_ids = cls.copy_loans(cls.good, SIZE)
        cls.grades = cls.env["carloan.risk.grade"].search([])

    @classmethod
    def copy_loans(cls, loan, count):
        """Return ids of ``count`` copies of a loan, each with a borrower of its own."""
        cls.env.flush_all()
        partners = cls.env["res.partner"].create([{"name": "Copy"}] * count)
        cls.env.flush_all()
        cls.env.cr.execute(
            """SELECT string_agg(quote_ident(column_name), ',')
                 FROM information_schema.columns
                WHERE table_name = 'carloan_loan'
                  AND column_name NOT IN ('id', 'partner_id', 'name')"""
        )
        columns = cls.env.cr.fetchone()[0]
        cls.env.cr.execute(
            f"""INSERT INTO carloan_loan (partner_id, name, {columns})
                SELECT p, 'COPY/' || p, {columns}
                  FROM carloan_loan, unnest(%s) p WHERE id = %s RETURNING id""",
            (partners.ids, loan.id),
        )
        return [row[0] for row in cls.env.cr.fetchall()]

    @classmethod
    def assess_all(cls, date, rates, grades=None):
        """Store one assessment for each loan: its rate as feature and points."""
        grades = grades or [cls.grades[0].id] * SIZE
        loans = cls.env["carloan.loan"].browse(cls.loan_ids)
        cls.env.cr.execute_values(
            """INSERT INTO carloan_risk_assessment (loan_id, partner_id, company_id,
                   date, version, grade_id, pd, points, features) VALUES %s""",
            [
                (loan.id, loan.partner_id.id, cls.company.id, date, cls.version)
                + (grade, 0.05, 600 - 100 * rate, json.dumps({"annual_rate": rate}))
                for loan, rate, grade in zip(loans, rates, grades, strict=True)
            ],
        )

    def check(self):
        return self.env["carloan.risk.monitor"]._run(self.company, AS_OF)

    def pick(self, check, kind, **match):
        match["kind"] = kind
        return check.line_ids.filtered(
            lambda line: all(line[name] == value for name, value in match.items())
        ).ensure_one()

    def test_a_book_that_did_not_change_is_fine(self):
        draw = np.random.default_rng(1)
        self.assess_all(BEFORE, draw.normal(0.1, 0.02, SIZE).tolist())
        self.assess_all(AS_OF, draw.normal(0.1, 0.02, SIZE).tolist())
        check = self.check()
        self.assertEqual((check.status, check.loan_count), ("ok", SIZE))
        self.assertEqual(check.reference_date, BEFORE)
        score = self.pick(check, "psi_score")
        self.assertEqual((score.loan_count, score.reference_count), (SIZE, SIZE))
        self.assertLess(score.value, score.limit_watch)
        self.assertLess(score.limit_watch, score.limit_act)
        self.assertFalse(check.activity_ids)

    def test_a_shift_raises_an_alarm_for_the_analysts(self):
        draw = np.random.default_rng(2)
        self.assess_all(BEFORE, draw.normal(0.1, 0.02, SIZE).tolist())
        self.assess_all(AS_OF, draw.normal(0.13, 0.02, SIZE).tolist())
        check = self.check()
        self.assertEqual(check.status, "act")
        self.assertEqual(
            self.pick(check, "psi_feature", feature="annual_rate").status, "act"
        )
        self.assertEqual(self.pick(check, "psi_feature", feature="ltv").status, "ok")
        self.assertIn(self.users["analyst"], check.activity_ids.user_id)
        self.assertNotIn(self.users["officer"], check.activity_ids.user_id)
        self.assertIn("Annual rate", check.activity_ids[0].note)

    def test_the_first_check_has_nothing_to_compare_with(self):
        check = self.check()
        self.assertEqual((check.status, check.loan_count), ("few", 0))
        self.assertFalse(check.reference_date)

    def test_a_group_that_fares_worse(self):
        worst, best = self.grades[-1].id, self.grades[0].id
        self.assess_all(AS_OF, [0.1] * SIZE, [worst] * 100 + [best] * 300)
        partners = self.env["carloan.loan"].browse(self.loan_ids[:120]).partner_id
        partners.city = "Hillside"
        groups = self.env["carloan.risk.group"].create(
            [
                {"name": "Hillside", "domain": "[('city', '=', 'Hillside')]"},
                {"name": "Nobody", "domain": "[('city', '=', 'Nowhere')]"},
            ]
        )
        check = self.check()
        line = self.pick(check, "fair_grade", group_id=groups[0])
        self.assertEqual((line.status, line.loan_count), ("act", 120))
        self.assertAlmostEqual(line.value, (20 / 120) / 1.0, 4)
        line = self.pick(check, "fair_grade", group_id=groups[1])
        self.assertEqual((line.status, line.known), ("few", False))
        line = self.pick(check, "fair_concession", group_id=groups[0])
        self.assertEqual(line.status, "few")

    def test_a_group_must_be_readable(self):
        for domain in ("[('no_such_field', '=', 1)]", "[(", "system()"):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self.env["carloan.risk.group"].create({"name": "X", "domain": domain})

    def test_the_night_checks_once_a_month(self):
        self.assess_all(AS_OF, [0.1] * SIZE)
        monitor = self.env["carloan.risk.monitor"]
        cron = self.env.ref("carloan_relief.carloan_risk_monitor_cron")
        with freeze_time(AS_OF), self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.assertEqual(len(monitor.search([("company_id", "=", self.company.id)])), 1)

    def test_limits_that_are_missing_are_named(self):
        self.env["carloan.risk.monitor.policy"].search([]).unlink()
        with self.assertRaisesRegex(UserError, "Limits of Monitoring"):
            self.check()

    def test_a_company_without_limits_holds_up_no_other(self):
        self.assess_all(AS_OF, [0.1] * SIZE)
        away = self.env["res.company"].create({"name": "Elsewhere"})
        limits = self.env["carloan.risk.monitor.policy"].search([])
        limits.company_id = self.company
        item = self.env["carloan.risk.assessment"].search([], limit=1)
        item.copy({"company_id": away.id, "loan_id": item.loan_id.id})
        cron = self.env.ref("carloan_relief.carloan_risk_monitor_cron")
        with (
            freeze_time(AS_OF),
            self.enter_registry_test_mode(),
            self.assertLogs(MONITOR, "WARNING") as logged,
        ):
            cron.method_direct_trigger()
        self.assertIn("Elsewhere", logged.output[0])
        checks = self.env["carloan.risk.monitor"].search([])
        self.assertEqual(checks.company_id, self.company)

    def test_who_checks_and_who_reads(self):
        self.assess_all(AS_OF, [0.1] * SIZE)
        monitor = self.env["carloan.risk.monitor"]
        for role in ("analyst", "manager"):
            action = monitor.with_user(self.users[role]).action_check()
            check = monitor.browse(action["res_id"])
            self.assertTrue(check.with_user(self.users["auditor"]).line_ids)
        for role in ("officer", "approver", "auditor", "accountant", "employee"):
            with self.subTest(role), self.assertRaises(AccessError):
                monitor.with_user(self.users[role]).action_check()
        for role in ("officer", "approver", "accountant", "employee"):
            with self.subTest(role), self.assertRaises(AccessError):
                check.with_user(self.users[role]).read(["status"])
        for role in ("analyst", "manager", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                check.line_ids.with_user(self.users[role]).write({"value": 0})

    def load_months(self, cohort, bad):
        """Give each loan thirteen months; a bad one stops paying in the third."""
        loans = self.env["carloan.loan"].browse(self.loan_ids)
        self.env["carloan.behaviour"]._load_rows(
            (
                loan.id,
                self.company.id,
                cohort + relativedelta(months=month, day=31),
                1000.0 - 10 * month,
                100.0,
                0.0 if is_bad and month > 2 else 100.0,
                90.0,
                30 * max(0, month - 2) if is_bad else 0,
            )
            for loan, is_bad in zip(loans, bad, strict=True)
            for month in range(14)
        )

    def test_loans_whose_outcome_is_known(self):
        cohort = AS_OF.replace(day=1) - relativedelta(months=12, days=1)
        draw = np.random.default_rng(6)
        pd = draw.uniform(0.01, 0.4, SIZE)
        bad = draw.random(SIZE) < pd
        grades = [self.grades[0 if one < 0.2 else 2].id for one in pd]
        self.assess_all(cohort, [0.1] * SIZE, grades)
        self.env.cr.execute_values(
            "UPDATE carloan_risk_assessment SET pd = v.pd FROM (VALUES %s) v(id, pd)"
            " WHERE loan_id = v.id AND date = '%s'" % ("%s", cohort),
            list(zip(self.loan_ids, pd.tolist(), strict=True)),
        )
        self.load_months(cohort, bad)
        self.assess_all(AS_OF, [0.1] * SIZE)
        check = self.check()
        self.assertEqual(check.outcome_date, cohort)
        auc = self.pick(check, "auc")
        self.assertEqual((auc.loan_count, auc.reference_count), (SIZE, bad.sum()))
        wins = (pd[bad][:, None] > pd[~bad][None, :]).mean()
        self.assertAlmostEqual(auc.value, wins, 4)
        for at, low, high in ((0, 0, 0.2), (2, 0.2, 1)):
            mine = (pd >= low) & (pd < high)
            line = self.pick(check, "calibration", grade_id=self.grades[at])
            self.assertAlmostEqual(line.value, bad[mine].mean(), 4)
            self.assertAlmostEqual(line.expected, pd[mine].mean(), 4)
            self.assertEqual(line.status, "ok")

    def override(self, count, date):
        """Mark the first loans as graded by hand on a date."""
        overrides = self.env["carloan.risk.override"]
        item = overrides.search([("loan_id", "=", self.good.id)]) or overrides.create(
            {
                "loan_id": self.good.id,
                "grade_id": self.grades[0].id,
                "reason": "Signed a new work contract",
                "expiry": fields.Date.today() + relativedelta(days=30),
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE carloan_risk_assessment SET override_id = %s, grade_model_id = %s
                WHERE loan_id = ANY(%s) AND date = %s""",
            (item.id, self.grades[3].id, self.loan_ids[:count], date),
        )

    def test_grades_that_people_set(self):
        for count, status in ((10, "ok"), (30, "watch"), (80, "act")):
            with self.subTest(count), self.env.cr.savepoint():
                self.assess_all(AS_OF, [0.1] * SIZE)
                self.override(count, AS_OF)
                line = self.pick(self.check(), "override")
                self.assertAlmostEqual(line.value, count / SIZE, 4)
                self.assertEqual((line.status, line.reference_count), (status, count))
                self.env["carloan.risk.assessment"].search([]).unlink()

    def test_what_became_of_grades_that_people_set(self):
        cohort = AS_OF.replace(day=1) - relativedelta(months=12, days=1)
        self.assess_all(cohort, [0.1] * SIZE)
        self.override(100, cohort)
        self.load_months(cohort, [at < 25 for at in range(SIZE)])
        line = self.pick(self.check(), "override_outcome")
        self.assertEqual((line.loan_count, line.reference_count), (100, 25))
        self.assertEqual((line.value, line.expected), (0.25, 0.05))

    def test_months_that_were_never_written_tell_nothing(self):
        self.assess_all(
            AS_OF.replace(day=1) - relativedelta(months=12, days=1), [0.1] * SIZE
        )
        self.assess_all(AS_OF, [0.1] * SIZE)
        check = self.check()
        self.assertFalse(check.outcome_date)
        self.assertFalse(check.line_ids.filtered(lambda line: line.kind == "auc"))

    def test_cost_does_not_grow_with_the_book(self):
        self.assess_all(BEFORE, [0.1] * SIZE)
        self.assess_all(AS_OF, [0.1] * SIZE)
        check = self.check()
        with self.assertQueryCount(4):
            check._read_book(AS_OF)

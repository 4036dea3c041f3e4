"""Who sees and does what in the risk room."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .risk_common import AS_OF, RiskCase

OURS = ("officer", "approver", "analyst", "manager", "auditor")


@tagged("post_install", "-at_install")
class TestRiskSecurity(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good._assess(AS_OF)
        cls.late._assess(AS_OF)
        cls.statement = cls.env["carloan.financial.statement"].create(
            {"partner_id": cls.late.partner_id.id, "date": AS_OF, "net_income": 2000.0}
        )

    def as_role(self, records, role):
        return records.with_user(self.users[role])

    def test_an_officer_sees_the_own_team_alone(self):
        for model in ("carloan.risk.assessment", "carloan.behaviour"):
            seen = self.as_role(self.env[model], "officer").search([])
            self.assertIn(self.good, seen.loan_id, model)
            self.assertNotIn(self.late, seen.sudo().loan_id, model)
            for role in ("approver", "analyst", "manager", "auditor", "accountant"):
                seen = self.as_role(self.env[model], role).search([])
                self.assertIn(self.late, seen.sudo().loan_id, (model, role))
        statements = self.as_role(self.env["carloan.financial.statement"], "officer")
        self.assertNotIn(self.statement, statements.search([]))
        self.late.team_id = self.team
        self.assertIn(self.statement, statements.search([]))

    def test_a_stranger_sees_nothing(self):
        for model in (
            "carloan.risk.assessment",
            "carloan.behaviour",
            "carloan.financial.statement",
            "carloan.risk.scorecard",
            "carloan.risk.grade",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.as_role(self.env[model], "employee").search([])
        with self.assertRaises(AccessError):
            self.as_role(self.late.partner_id, "employee").read(["risk_grade_id"])

    def test_an_accountant_sees_the_grade_but_not_the_household(self):
        assessment = self.as_role(self.late.assessment_id, "accountant")
        self.assertTrue(assessment.grade_id.name)
        self.assertTrue(assessment.reason_text)
        for name in ("features", "feature_text"):
            with self.assertRaises(AccessError):
                assessment.read([name])
        with self.assertRaises(AccessError):
            self.as_role(self.statement, "accountant").read(["net_income"])
        with self.assertRaises(AccessError):
            self.as_role(self.late.partner_id, "accountant").read(
                ["carloan_statement_ids"]
            )

    def test_facts_are_written_by_nobody(self):
        behaviour = self.late.behaviour_ids[:1]
        for role in (*OURS, "accountant"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(self.late.assessment_id, role).write({"pd": 0.001})
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(self.late.assessment_id, role).unlink()
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(behaviour, role).write({"dpd": 0})
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(self.env["carloan.risk.assessment"], role).create(
                    {"loan_id": self.good.id, "date": AS_OF}
                )

    def test_the_analyst_keeps_the_tables_and_others_read_them(self):
        card = self.env.ref("carloan_relief.carloan_risk_scorecard_default")
        grade = self.env.ref("carloan_relief.carloan_risk_grade_a")
        for role in ("analyst", "manager"):
            self.as_role(card.bin_ids[0], role).write({"points": 21})
            self.as_role(grade, role).write({"description": "Best"})
        for role in ("officer", "approver", "auditor"):
            self.assertTrue(self.as_role(card, role).bin_ids)
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(card.bin_ids[0], role).write({"points": 22})
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(grade, role).write({"pd_max": 0.5})

    def test_who_may_enter_a_household(self):
        vals = {
            "partner_id": self.good.partner_id.id,
            "date": AS_OF,
            "net_income": 1000.0,
        }
        for role in ("officer", "analyst", "manager"):
            statements = self.as_role(self.env["carloan.financial.statement"], role)
            self.assertTrue(statements.create(vals))
        for role in ("approver", "auditor", "accountant"):
            statements = self.as_role(self.env["carloan.financial.statement"], role)
            with self.subTest(role), self.assertRaises(AccessError):
                statements.create(vals)

    def test_who_may_assess(self):
        for role in ("officer", "analyst", "manager"):
            self.as_role(self.good, role).action_assess_risk()
        for role in ("approver", "auditor", "accountant"):
            with self.subTest(role), self.assertRaises(UserError):
                self.as_role(self.good, role).action_assess_risk()
        with self.assertRaises(AccessError):
            self.as_role(self.late, "officer").action_assess_risk()

    def test_another_company_stays_out(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self.users["manager"]
        manager.write({"company_ids": [(4, company.id)]})
        away = self.env["carloan.risk.assessment"].with_user(manager)
        self.assertFalse(
            away.with_company(company)
            .with_context(allowed_company_ids=company.ids)
            .search([("loan_id", "=", self.late.id)])
        )
        card = self.env["carloan.risk.scorecard"].create(
            {"name": "Theirs", "company_id": company.id}
        )
        with self.assertRaises(AccessError):
            card.with_user(self.users["analyst"]).read(["name"])

"""Tables of defaults again, repayments ahead and losses, and where they are used."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase
from .risk_common import AS_OF, RiskCase


@tagged("post_install", "-at_install")
class TestRiskTablePages(RiskCase):
    def test_a_row_that_cannot_be_read_is_refused_by_name(self):
        table = self.env.ref("carloan_relief.carloan_risk_table_redefault").copy()
        for vals in (
            {"lower": "x"},
            {"lower": "0.5", "upper": "0.2"},
            {"factor": 0.0},
            {"factor": -1.0},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError) as caught:
                table.row_ids = [(0, 0, {"feature": "cut", **vals})]
            self.assertIn(table.name, str(caught.exception))

    def test_the_company_s_own_table_of_the_latest_day_counts(self):
        tables = self.env["carloan.risk.table"]
        shared = self.env.ref("carloan_relief.carloan_risk_table_prepayment")
        company = self.env.company
        get = tables._get_in_force
        self.assertEqual(get("prepayment", company, AS_OF), shared)
        own = shared.copy({"company_id": company.id, "valid_from": "2026-01-01"})
        self.assertEqual(get("prepayment", company, AS_OF), own)
        shared.copy({"valid_from": "2026-06-01"})
        self.assertEqual(get("prepayment", company, AS_OF), own)
        self.assertFalse(get("redefault", company, "1999-12-31"))

    def test_who_keeps_tables(self):
        table = self.env.ref("carloan_relief.carloan_risk_table_redefault").copy()
        for role in ("analyst", "manager"):
            table.with_user(self.users[role]).base = 0.25
        for role in ("officer", "approver", "auditor"):
            self.assertTrue(table.with_user(self.users[role]).row_ids)
            with self.subTest(role), self.assertRaises(AccessError):
                table.with_user(self.users[role]).base = 0.3
        with self.assertRaises(AccessError):
            table.with_user(self.users["employee"]).read(["base"])

    def test_a_loan_shows_what_tables_expect_and_where_from(self):
        self.assertFalse(self.late.risk_expected_source)
        self.late._assess(AS_OF)
        loan = self.late.with_user(self.users["analyst"])
        # late today, 8,000 owed of 10,000 on a car that lost a fifth and more
        self.assertGreater(loan.risk_lgd, 0.0)
        facts = self.late.assessment_id.features
        self.assertEqual(facts["dpd"], 77)
        odds = 0.12 / 0.88 * 0.4
        odds *= 0.6 if facts["ltv"] >= 1 else 1
        self.assertAlmostEqual(loan.risk_prepayment, odds / (1 + odds), 6)
        self.assertIn("Repayment ahead of time, start", loan.risk_expected_source)
        with self.assertRaises(AccessError):
            self.late.with_user(self.users["accountant"]).read(["risk_lgd"])

    def test_the_loss_depends_on_the_age_of_the_loan_too(self):
        self.late._assess(AS_OF)
        policy = self.env["carloan.provision.policy"]._get_for_product(
            self.product, AS_OF
        )
        policy = policy.copy({"company_id": self.env.company.id})
        policy.lgd_ids = [
            (0, 0, {"sequence": 1, "months_max": 12, "lgd": 0.71}),
            (0, 0, {"sequence": 2, "months_max": 60, "lgd": 0.17}),
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.late.risk_lgd, 0.17)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRiskTableOffers(ReliefCase):
    def test_offers_are_valued_by_the_tables_and_say_so(self):
        request = self._assessed()
        redefault = self.env.ref("carloan_relief.carloan_risk_table_redefault")
        self.assertEqual(request.redefault_table_id, redefault)
        self.assertEqual(request.pd_no_relief, request.assessment_id.pd)
        self.assertGreater(request.prepayment, 0)
        self.assertIn(redefault.name, request.expected_text)
        offers = request.offer_ids
        for offer in offers:
            self.assertLessEqual(offer.pd_relief, request.pd_no_relief + 1e-9)
        # by its measures: not one share for all
        self.assertGreater(len(set(offers.mapped("pd_relief"))), 1)
        with self.assertRaises(UserError):
            redefault.base = 0.3

    def test_without_tables_the_policy_s_own_shares_count(self):
        tables = self.env["carloan.risk.table"].search([])
        tables.write({"valid_from": "2100-01-01"})
        request = self._assessed()
        self.assertFalse(request.redefault_table_id)
        self.assertEqual(request.prepayment, 0.0)
        eased = request.offer_ids.filtered("affordable")
        for offer in eased:
            self.assertAlmostEqual(
                offer.pd_relief,
                request.pd_no_relief * request.policy_id.pd_relief_factor,
                6,
            )
        self.assertIn(request.policy_id.name, request.expected_text)

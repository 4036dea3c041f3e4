"""Two lenders in one database that share borrowers, guarantors and staff."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_bank import BankCase

TODAY = "2026-04-20"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTwoCompanies(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create(
            {"name": "Sister lender", "country_id": cls.env.ref("base.us").id}
        )
        cls.env.user.company_ids += cls.sister
        cls.env["account.chart.template"].try_loading("generic_coa", cls.sister, False)
        both = cls.company | cls.sister
        cls.accountant.company_ids = [Command.set(both.ids)]
        # both are at hand, and one's own is the first
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=both.ids))
        cls.product_b = cls._create_product(
            cls.sister, name="Sister's", penalty_rate=0.1
        )
        cls.guarantor = cls.env["res.partner"].create({"name": "Guo Min"})
        party = [Command.create({"partner_id": cls.guarantor.id, "role": "guarantor"})]
        cls.loan.party_ids = party
        cls.loan_b = cls._create_active(
            company_id=cls.sister.id,
            product_id=cls.product_b.id,
            party_ids=party,
            instalments=12,
        )
        cls.ledger._bill(cls.loan_b.instalment_ids[:2])

    def _as(self, *companies):
        """Return the environment of an accountant who works in these companies."""
        ids = [company.id for company in companies]
        env = self.env(user=self.accountant)
        return env(context=dict(env.context, allowed_company_ids=ids))

    def assertOwnBooks(self):
        """Each company's books hold, and no entry of a loan is in the other's."""
        for company in (self.company, self.sister):
            self.assertBooks(company)
        for loan in (self.loan, self.loan_b):
            lines = loan.line_ids
            self.assertEqual(lines.company_id, loan.company_id)
            self.assertEqual(lines.move_id.journal_id.company_id, loan.company_id)
            for line in lines:
                self.assertIn(loan.company_id, line.account_id.company_ids)

    def _make_case(self, env, model, **values):
        return env[model].create({"loan_id": self.loan_b.id, "date": TODAY, **values})

    def test_events_belong_to_the_company_of_the_loan(self):
        """Whichever company one works in at the moment."""
        env = self._as(self.company, self.sister)
        loan = self.loan_b.with_env(env)
        wizard = env["carloan.repayment"].create(
            {"loan_id": loan.id, "amount": 50.0, "date": TODAY}
        )
        self.assertEqual(wizard.journal_id.company_id, self.sister)
        wizard.action_register()
        payment = loan.payment_ids
        self.assertEqual(payment.company_id, self.sister)
        self.ledger._charge_penalties(self.loan_b, TODAY)
        env["carloan.undo"].create(
            {"move_id": payment.move_id.id, "date": TODAY, "reason": "Mistake"}
        ).action_confirm()
        self.ledger._provision(self.company, TODAY)
        self.assertFalse(self.loan_b.provision_ids)
        self.ledger._provision(self.sister, TODAY)
        self.assertEqual(self.loan_b.provision_ids.company_id, self.sister)
        self.ledger._accrue(self.sister, "2026-03-31")
        self.assertOwnBooks()
        case = self._make_case(self.env, "carloan.settlement")
        case.with_env(env).action_settle()
        self.assertEqual(loan.state, "closed")
        self.assertIn("Sister", case.payment_id.company_id.name)
        self.assertOwnBooks()

    def test_a_journal_of_the_other_company_is_refused(self):
        env = self._as(self.company, self.sister)
        wizard = env["carloan.repayment"].create(
            {
                "loan_id": self.loan_b.id,
                "amount": 50.0,
                "date": TODAY,
                "journal_id": self.journal.id,
            }
        )
        with self.assertRaises(UserError):
            wizard.action_register()
        self.assertFalse(self.loan_b.payment_ids)
        for model, values in (
            ("carloan.settlement", {"journal_id": self.journal.id}),
            (
                "carloan.repossession",
                {"sale_journal_id": self.journal.id, "fair_value": 1.0},
            ),
        ):
            with self.subTest(model=model), self.assertRaises(UserError):
                self._make_case(self.env, model, **values)

    def test_who_works_in_one_company_reaches_no_loan_of_the_other(self):
        env = self._as(self.company)
        loan = self.loan_b.with_env(env)
        self.assertNotIn(loan, env["carloan.loan"].search([]))
        with self.assertRaises(AccessError):
            loan.read(["overdue_amount"])
        payment = self._pay(self.loan_b, 10.0, TODAY)
        for act in (
            lambda: env["carloan.repayment"]
            .create({"loan_id": loan.id, "amount": 50.0, "date": TODAY})
            .action_register(),
            lambda: env["carloan.undo"]
            .create({"move_id": payment.move_id.id, "reason": "x", "date": TODAY})
            .action_confirm(),
            lambda: env["carloan.statement"]
            .create({"loan_id": loan.id})
            .action_print(),
            loan.action_charge_penalties,
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertOwnBooks()

    def test_a_bank_file_pays_the_loans_of_its_own_company(self):
        """The same borrower, guarantor and reference: the journal decides."""
        self.loan_b.import_ref = self.loan.import_ref = "CONTRACT-7"
        row = self._row(1, "100.00", "CONTRACT-7")
        row += self._row(2, "90.00", self.loan_b.name + "X", payer="Guo Min")
        mine = self._import(row)
        self.assertEqual(mine.line_ids[0].loan_id, self.loan)
        self.assertNotIn(self.loan_b, mine.line_ids.candidate_ids)
        self.assertNotIn(self.loan_b, mine.line_ids.loan_id)
        theirs = self._import(
            self._row(1, "100.00", "CONTRACT-7"),
            journal_id=self.product_b.bank_journal_id.id,
            company_id=self.sister.id,
        )
        self.assertEqual(theirs.line_ids.loan_id, self.loan_b)
        theirs.action_post()
        self.assertEqual(self.loan_b.payment_ids.company_id, self.sister)
        self.assertFalse(self.loan.payment_ids)
        with self.assertRaises(UserError):
            mine.line_ids[0].loan_id = self.loan_b
        self.assertOwnBooks()

    def test_reports_hold_the_loans_of_one_company(self):
        for company, loans in (
            (self.company, self.loan | self.other),
            (self.sister, self.loan_b),
        ):
            report = self.env["carloan.aged.balance"].create(
                {"as_of": TODAY, "company_id": company.id}
            )
            action = report.action_show()
            lines = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(lines.loan_id, loans)
        statement = self.loan._get_statement("2026-01-01", TODAY)
        self.assertNotIn(self.loan_b.name, str(statement))
        self.assertNotIn(self.loan_b, self.loan.line_ids.carloan_loan_id)

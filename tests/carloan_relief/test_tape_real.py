"""The real tape of 2017: to the cent, its traps, and a plan for who fell behind."""

import datetime
from pathlib import Path

import numpy as np

from odoo import fields
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.carloan_relief.tools import tape as tape_reader

from . import tape_oracle
from .common_tape import TapeCase

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@tagged("post_install", "-at_install")
class TestRealTape(TapeCase):
    """The 2017 tape, imported once; skipped where the data is not at hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        files = [DATA / f"tape_2017_{name}.csv.gz" for name in ("loans", "payments")]
        missing = [str(path.name) for path in files if not path.is_file()]
        if missing:
            cls.skipTest(cls, f"no real tape: {', '.join(missing)} not in {DATA}")
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        usd = cls.env.ref("base.USD")
        usd.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Real tape", "currency_id": usd.id}
        )
        cls.env.user.company_ids += cls.company
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, False)
        cls.company.currency_id = usd
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.product = cls._make_product(cls.env)
        cls.as_of = datetime.date(2018, 12, 31)
        cls.tape = tape_reader.read_tape(
            str(files[0]), str(files[1]), tape_reader.Options(as_of=cls.as_of)
        )
        cls.files = [str(path) for path in files]
        cls.result = cls.env["carloan.tape.loader"]._load(cls.tape, cls.product)
        cls.loans = cls.env["carloan.loan"].browse(cls.result.loan_ids)

    def by_ref(self, ref):
        return self.loans.filtered(lambda loan: loan.import_ref == ref)

    def test_tape_and_ledger_agree_to_the_cent(self):
        self.assertEqual(len(self.loans), 2526)
        self.assertIn("33,690,555.95", self.result.lines[-1])
        ((total,),) = self.loans._read_group(
            [("id", "in", self.loans.ids)], [], ["principal_balance:sum"]
        )
        self.assertEqual(round(total, 2), 33690555.95)
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))

    def test_who_is_late_by_the_contract_rule(self):
        late = self.loans.filtered("dpd")
        self.assertEqual(len(late), 283)
        self.assertEqual(set(self.loans.mapped("position_date")), {self.as_of})

    def test_known_traps(self):
        # paid far ahead, then nothing for months: not late
        self.assertEqual(self.by_ref("AA17-20108562").dpd, 0)
        # misses doubled the month after: two behind at the end of 2018
        self.assertGreater(self.by_ref("AA17-19213698").dpd, 0)
        # paid off, charged off or empty before the date: not there
        self.assertFalse(self.by_ref("AA17-19406600"))
        self.assertEqual(self.by_ref("AA17-19587071").instalments, 75)

    def test_no_behaviour_after_the_date(self):
        rows = self.env["carloan.behaviour"].search_count(
            [("loan_id", "in", self.loans.ids), ("month_end", ">", self.as_of)]
        )
        self.assertEqual(rows, 0)
        self.assertEqual(
            self.env["carloan.behaviour"].search_count(
                [("loan_id", "in", self.loans.ids)]
            ),
            50520,
        )

    def test_loans_over_by_then_are_kept_for_their_months(self):
        past = (
            self.env["carloan.loan"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company.id), ("active", "=", False)])
        )
        groups = dict(
            past._read_group([("id", "in", past.ids)], ["history_end"], ["__count"])
        )
        self.assertEqual(len(past), 3513 - 2526)
        self.assertGreater(groups["repaid"], 900)
        self.assertEqual(groups["charged_off"], 52)
        self.assertTrue(
            all(day <= self.as_of for day in past.mapped("history_end_date"))
        )

    def test_features_by_a_second_count_at_two_dates(self):
        """Of every loan that owed on the day, also those that were over later."""
        gather = self.env["carloan.risk.features"]
        for day, count in (("2018-12-31", 2526), ("2018-06-30", 2790)):
            loans = gather._find_loans(self.company, fields.Date.to_date(day))
            self.assertEqual(len(loans), count)
            got = gather._gather(loans, fields.Date.to_date(day))
            rows = tape_oracle.read(*self.files, day)
            for at, ref in enumerate(loans.mapped("import_ref")):
                for name, value in tape_oracle.recompute(*rows[ref], day).items():
                    found = got[name][at]
                    if value is None:
                        self.assertTrue(np.isnan(found), (day, ref, name, found))
                    else:
                        self.assertAlmostEqual(found, value, 2, (day, ref, name))

    def test_the_whole_book_is_graded_and_late_loans_are_weaker(self):
        assessments = self.loans._assess(self.as_of)
        self.assertEqual(len(assessments), 2526)
        late = self.loans.filtered(lambda loan: loan.dpd > 30)
        good = self.loans.filtered(lambda loan: not loan.dpd)
        self.assertGreater(
            sum(late.mapped("risk_pd")) / len(late),
            5 * sum(good.mapped("risk_pd")) / len(good),
        )

    # ------------------------------------------------------------------
    # the main job, on a borrower who really fell behind
    # ------------------------------------------------------------------

    @freeze_time("2019-01-02")
    def test_a_truly_late_loan_goes_the_whole_way_to_relief(self):
        """Three instalments behind at the end of 2018, in time for a plan."""
        people = self._hire()
        self._allow_long_terms()
        loan = self.loans.filtered(lambda item: item.dpd == 77)[0]
        owed = loan.principal_balance
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": loan.partner_id.id,
                "date": "2019-01-02",
                "net_income": 2400.0,
                "living_costs": 1500.0,
                "other_debt": 200.0,
            }
        )
        request = self._ask(loan, people["officer"])
        self.assertEqual(request.grade_id, loan.risk_grade_id)
        self.assertEqual(loan.assessment_id.features["dpd"], 79)
        self.assertIn("Late today by 61 to 90 days", loan.risk_reason_text)
        self._decide(request, people)
        request.consent_ids.with_user(people["officer"]).action_give()
        request._accept(loan.partner_id.name)
        self.assertEqual(request.state, "accepted")
        old = loan.schedule_id
        request.with_user(people["accountant"]).action_activate()
        self.assertEqual(request.state, "active")
        self.assertEqual((old.state, loan.schedule_id.reason), ("superseded", "relief"))
        self.assertEqual(
            loan._to_minor(loan.instalment_ids.mapped("amount")),
            [row["instalment"] for row in request.offer_id.rows],
        )
        self.assertAlmostEqual(loan.principal_balance, owed, 2)
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))

    def _hire(self):
        """Return a user of each role in the company of the tape."""
        roles = {
            "officer": "carloan_relief.group_officer",
            "approver": "carloan_relief.group_approver",
            "manager": "carloan_relief.group_manager",
            "accountant": "account.group_account_invoice",
        }
        return {
            role: new_test_user(
                self.env,
                f"tape_path_{role}",
                groups=group,
                company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for role, group in roles.items()
        }

    def _allow_long_terms(self):
        """Give the company a policy of its own: these loans run for 72 months."""
        shared = self.env.ref("carloan_relief.relief_policy_china")
        own = shared.sudo().copy(
            {
                "company_id": self.company.id,
                "date_from": "2018-01-01",
                "jurisdiction_id": False,
            }
        )
        own.rule_ids.write({"max_total_term_new": 0, "max_total_term_used": 0})
        own.rule_ids.write({"may_capitalise": True, "max_extend": 12})
        own.state = "in_force"

    def _ask(self, loan, officer):
        """Return the request of a loan, assessed, with offers within its policy."""
        request = (
            self.env["carloan.relief.request"]
            .with_user(officer)
            .create(
                {
                    "loan_id": loan.id,
                    "reason_id": self.env.ref(
                        "carloan_relief.relief_reason_income_cut"
                    ).id,
                }
            )
        )
        request.action_submit()
        request.action_assess()
        self.assertEqual(request.state, "assessed")
        self.assertTrue(request.offer_ids)
        return request

    def _decide(self, request, people):
        """Every tier the case climbs, each by another person, who saw the papers."""
        for paper in request.checklist_ids.filtered(lambda one: one.state == "asked"):
            paper._receive(self.env["ir.attachment"], original_seen=True)
            paper.action_accept()
        request.action_request_approval()
        for role in ("approver", "manager"):
            if request.state != "to_approve":
                break
            action = request.with_user(people[role]).validate_tier()
            dialog = self.env["comment.wizard"].with_user(people[role])
            dialog = dialog.with_context(**action["context"])
            dialog.create({"comment": "Fine"}).add_comment()
        self.assertEqual(request.state, "offered")

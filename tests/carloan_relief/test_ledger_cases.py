"""The worked accounting cases of the shared file, posted and read back by account.

What a case books in one step may be several entries here, and what it books on one
account two roles (principal due and not due): compared is what its steps come to.
"""

import json
import unittest
from pathlib import Path

from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

CASES = Path(__file__).resolve().parents[3] / "shared/cases/rules_and_entries.json"
#: Accounts of the cases -> the roles that stand for them.
ROLES = {
    "LOAN_PRINCIPAL": ("principal", "principal_due"),
    "INT_RECEIVABLE": ("interest_due", "penalty_due"),
    "COLLECTION_COST_RECEIVABLE": ("fee_due",),
    "LOAN_ADJ": ("interest_adjustment",),
    "INT_INCOME": ("interest_income", "penalty_income"),
    "MOD_GAIN_LOSS": ("modification_result",),
    "ECL_ALLOWANCE": ("allowance",),
    "IMPAIRMENT_LOSS": ("impairment",),
    "OUTPUT_VAT": ("output_vat",),
}


@tagged("post_install", "-at_install")
@unittest.skipUnless(CASES.is_file(), "the worked cases are not on this machine")
class TestLedgerCases(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = json.loads(CASES.read_text(encoding="utf-8"))["accounting_cases"]
        cls.cases = {row["id"]: row for row in rows}
        accounts = cls.product._get_accounts_by_role()
        cls.names = {
            accounts[role].id: name for name, roles in ROLES.items() for role in roles
        }

    def _freeze(self, day):
        clock = freeze_time(day)
        clock.start()
        self.addCleanup(clock.stop)

    def _net(self, moves):
        """What entries come to by account of the cases, in cents."""
        sums = {}
        for line in moves.line_ids:
            name = self.names.get(line.account_id.id, "CASH")
            sums[name] = sums.get(name, 0) + round(line.balance * 100)
        return {name: amount for name, amount in sums.items() if amount}

    def _wanted(self, identifier, *steps):
        entries = self.cases[identifier]["expected"]["entries"]
        sums = {}
        for entry in [entries[k] for k in steps] if steps else entries:
            for line in entry["lines"]:
                amount = float(line["debit"]) - float(line["credit"])
                name = line["account"]
                sums[name] = sums.get(name, 0) + round(amount * 100)
        return {name: amount for name, amount in sums.items() if amount}

    def assertCase(self, identifier, moves, *steps):
        self.assertEqual(set(moves.mapped("state")) or {"posted"}, {"posted"})
        self.assertEqual(self._net(moves), self._wanted(identifier, *steps))
        self.assertBooks()

    def _create_after_12(self):
        """The base loan on the day of its 12th instalment, all paid."""
        self._freeze("2026-01-20")
        loan = self._create_active(start_date="2025-01-15", first_due_date="2025-02-15")
        self._bill("2026-01-20")
        self._pay(loan, 12 * 3716.23, "2026-01-16")
        self.assertEqual(loan.undue_principal, 82834.67)
        return loan

    def _create_owing(self, interest, day="2026-06-20"):
        """A loan of which the interest of one month is overdue, no more."""
        self._freeze(day)
        loan = self._create_active(
            principal=round(interest / 0.012, 2),
            annual_rate=0.144,
            method="interest_only",
            instalments=12,
            start_date="2026-05-15",
            first_due_date="2026-06-15",
        )
        self._bill("2026-06-15")
        self.assertEqual(loan.overdue_interest, interest)
        return loan

    def _relieve(self, loan, *plan, date="2026-01-20", **values):
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([list(plan)]))
        change = valuation.modification(position, revised)
        return loan._apply_relief(self.borrower, revised, change, date, **values)

    def _post(self, loan, event, date, **amounts):
        return self.ledger._post_events(
            [
                {
                    "loan": loan,
                    "event": event,
                    "key": f"case:{event}:{loan.id}",
                    "date": date,
                    "amounts": amounts,
                }
            ]
        )

    # -- earning and receiving -------------------------------------------------

    def test_a03_part_payment(self):
        self._freeze("2026-02-15")
        loan = self._create_active(fee=150.0)
        bill = self._bill("2026-02-15")
        of_interest = bill.line_ids.filtered(
            lambda line: line.carloan_role in ("interest_due", "interest_income")
        )
        found = {self.names[x.account_id.id]: x.balance * 100 for x in of_interest}
        self.assertEqual(found, self._wanted("A03", 0))
        payment = self._pay(loan, 2000.0, "2026-02-15")
        self.assertCase("A03", payment.move_id, 1)
        left = self.cases["A03"]["expected"]["amounts"]["principal_still_overdue"]
        self.assertEqual(loan.overdue_amount, float(left))

    def test_a04_accrual_of_seventeen_days(self):
        self.assertCase("A04", self._accrue_a04("360"))

    def test_a04_over_365_days(self):
        self._accrue_a04("365")

    def _accrue_a04(self, basis):
        self._freeze("2026-05-31")
        loan = self._create_active(
            principal=82834.67,
            instalments=24,
            day_count=f"ACT/{basis}",
            start_date="2026-05-14",
            first_due_date="2026-06-14",
        )
        moves = self.ledger._accrue(self.company, "2026-05-31")
        move = moves.filtered(lambda m: loan in m.line_ids.carloan_loan_id)
        due = move.line_ids.filtered(lambda x: x.carloan_role == "interest_due")
        amount = self.cases["A04"]["expected"]["amounts"][f"accrual_act_{basis}"]
        self.assertEqual(due.balance, float(amount))
        return move

    def test_a31_tax_within_the_interest(self):
        self._freeze("2026-06-20")
        loan = self._create_active(start_date="2026-05-20", first_due_date="2026-06-20")
        moves = self._post(loan, "accrue", "2026-06-19", interest=72000, vat=4075)
        self.assertEqual(self._net(moves), self._wanted("A31"))

    def test_a33_penalty_of_twenty_days(self):
        self._agree(penalty_rate=0.108)
        self._freeze("2027-01-15")
        loan = self._create_active(
            principal=3219.22,
            annual_rate=0.0,
            instalments=1,
            day_count="ACT/360",
            start_date="2027-01-15",
            first_due_date="2027-02-15",
        )
        self._freeze("2027-03-07")
        self._bill("2027-03-07")
        self.assertCase("A33", self.ledger._charge_penalties(loan, "2027-03-07"))

    # -- relief ----------------------------------------------------------------

    def test_a07_rate_cut_and_its_unwinding(self):
        loan = self._create_after_12()
        moves = self._relieve(loan, {"kind": "rate", "annual_rate": 0.036})
        self.assertCase("A07", moves, 0)
        self._freeze("2026-02-16")
        bill = self._bill("2026-02-16")
        bill = bill.filtered(lambda move: move.carloan_loan_id == loan)
        self.assertCase("A07", bill, 1)
        payment = self._pay(loan, 3582.36, "2026-02-16")
        self.assertCase("A07", payment.move_id, 2)
        after = self.cases["A07"]["expected"]["amounts"][
            "contract_balance_after_month1"
        ]
        self.assertEqual(loan.principal_balance, float(after))

    def test_a09_waiver_in_the_books(self):
        loan = self._create_owing(2150.40)
        whole = {"kind": "waive", "component": "interest", "amount": "2150.40"}
        self.assertCase("A09", self._relieve(loan, whole, date="2026-06-20"))

    def test_a11_waiver_beside_the_books(self):
        """100 days of 13,402.50 at 36.5 %, all of it suspended by then."""
        self._agree(penalty_rate=0.365, suspend_days=90)
        self._freeze("2026-01-15")
        loan = self._create_active(
            principal=13402.50,
            annual_rate=0.0,
            instalments=1,
            first_due_date="2026-02-15",
        )
        self._freeze("2026-05-26")
        self._bill("2026-05-26")
        self.ledger._charge_penalties(loan, "2026-05-26")
        loan._refresh_position()
        self.assertEqual(self._memo(loan, "suspended"), 1340.25)
        whole = {"kind": "waive", "component": "penalty", "percent": 100}
        moves = self._relieve(loan, whole, date="2026-05-26")
        self.assertFalse(self._net(moves))
        self.assertEqual(self._memo(loan, "suspended"), 0.0)
        self.assertBooks()

    def test_a13_forgiveness_above_the_allowance(self):
        self._freeze("2026-06-20")
        loan = self._create_active(
            principal=60000.0, start_date="2026-06-16", first_due_date="2026-07-16"
        )
        self._provide(loan, 25000.0)
        gift = {"kind": "forgive_principal", "amount": "30000"}
        moves = self._relieve(loan, gift, date="2026-06-20")
        self.assertCase("A13", moves, 0, 1)
        self.assertCase("A13", self._provide(loan, 12000.0, "rest"), 2)
        self.assertEqual(loan.allowance_balance, 12000.0)

    def test_a15_suspended_interest_joins_the_principal(self):
        self.product.suspend_days = 1
        loan = self._create_owing(2409.63)
        loan._refresh_position()
        self.assertEqual(self._memo(loan, "suspended"), 2409.63)
        self.ledger._recognise_receipt(loan, 149103, loan.position_date, "case")
        joins = {"kind": "capitalise", "components": ["interest"]}
        moves = self._relieve(loan, joins, date="2026-06-20")
        self.assertCase("A15", moves)
        self.assertEqual(self._memo(loan, "suspended"), 0.0)

    def test_a17_holiday_with_interest_later(self):
        loan = self._create_after_12()
        pause = {"kind": "holiday", "instalments": 3, "interest": "defer"}
        self.assertCase("A17", self._relieve(loan, pause))
        first = self.cases["A17"]["expected"]["amounts"]["first_payment_after"]
        self.assertEqual(loan.instalment_ids[3].amount, float(first))

    def test_a25_relief_in_error(self):
        loan = self._create_after_12()
        self._relieve(loan, {"kind": "rate", "annual_rate": 0.036})
        schedule = loan.schedule_id
        self._freeze("2026-02-20")
        self._bill("2026-02-20")
        self._pay(loan, 3582.36, "2026-02-15")
        before = loan.line_ids.move_id
        loan._undo_relief(schedule, "2026-02-20", "Mistake", cascade=True)
        loan.invalidate_recordset()
        undone = (loan.line_ids.move_id - before).filtered(
            lambda move: move.state == "posted"
        )
        self.assertCase("A25", undone)
        amounts = self.cases["A25"]["expected"]["amounts"]
        short = float(amounts["shortfall_on_instalment_13"])
        self.assertEqual((loan.overdue_amount, loan.dpd), (short, 5))

    def test_a27_a_waiver_on_completion_is_broken(self):
        loan = self._create_owing(2150.40)
        later = {
            "kind": "waive",
            "component": "interest",
            "percent": 100,
            "when": "on_completion",
        }
        moves = self._relieve(loan, later, date="2026-06-20", derecognise=True)
        self.assertCase("A27", moves, 0)
        self._freeze("2026-07-01")
        key = loan.schedule_id.event_key
        self.assertCase("A27", loan._break_conditional(key, "2026-07-01"), 1)

    # -- losses and ends -------------------------------------------------------

    def test_a19_write_off(self):
        self._freeze("2026-06-20")
        loan = self._create_a19()
        before = loan.line_ids.move_id
        self._written_off(loan)
        loan.invalidate_recordset()
        moves = (loan.line_ids.move_id - before).filtered(
            lambda move: move.state == "posted"
        )
        self.assertCase("A19", moves)
        memo = self.cases["A19"]["expected"]["amounts"]["memo_written_off"]
        self.assertEqual(self._memo(loan), float(memo))

    def test_a21_and_a23_stages(self):
        """Stage 1, then 2; in stage 3 interest is earned on what is left."""
        self._freeze("2026-01-31")
        self.env["carloan.provision.policy"].create(
            {
                "name": "Worked cases",
                "company_id": self.company.id,
                "product_id": self.product.id,
                "valid_from": "2026-01-01",
                "sicr_ratio": 0,
                "sicr_pd": 0,
                "lgd_ids": [Command.create({"lgd": 0.45})],
            }
        )
        loan = self._create_active(
            principal=83000.0, start_date="2026-01-31", first_due_date="2026-02-28"
        )
        self._stage(loan, "1", 0.02, "2026-01-31")
        second = self._stage(loan, "2", 1 - 0.88 ** (12 / 36), "2026-02-01")
        self.assertCase("A21", second.move_id)
        self._stage(loan, "3", 0.5, "2026-02-02")
        self._freeze("2026-02-28")
        bill = self._bill("2026-02-28")
        self.assertCase("A23", bill.filtered(lambda m: m.carloan_loan_id == loan))

    def _stage(self, loan, stage, pd, day):
        self._freeze(day)
        Grade = self.env["carloan.risk.grade"]
        scorecard = self.env["carloan.risk.scorecard"].search([], limit=1)
        assessment = self.env["carloan.risk.assessment"].create(
            {
                "loan_id": loan.id,
                "partner_id": loan.partner_id.id,
                "company_id": loan.company_id.id,
                "date": day,
                "scorecard_id": scorecard.id,
                "pd": pd,
                "grade_id": Grade.browse(Grade._for_pds([pd])).id,
            }
        )
        loan.write({"risk_grade_id": assessment.grade_id.id, "risk_pd": pd})
        if stage != "1":
            self.env["carloan.provision.overlay"].create(
                {
                    "loan_id": loan.id,
                    "least_stage": stage,
                    "reason": "as in the worked case",
                    "date_from": day,
                    "date_to": False if stage == "3" else day,
                }
            )
        return self.ledger._provision(self.company, day, loan)

    def test_a29_a_new_claim_for_the_old(self):
        """What the new claim is worth less, out of the allowance first."""
        self._freeze("2026-06-20")
        loan = self._create_active(
            principal=50000.0, start_date="2026-06-16", first_due_date="2026-07-16"
        )
        self._provide(loan, 20000.0)
        loss = {"kind": "forgive_principal", "amount": "22500"}
        moves = self._relieve(loan, loss, date="2026-06-20")
        wanted = self._wanted("A29")
        # the new claim stands on the account of the old one; the allowance that is
        # short is charged first, where the case shows the result of the exchange
        wanted["LOAN_PRINCIPAL"] += wanted.pop("LOAN_NEW")
        wanted["IMPAIRMENT_LOSS"] = wanted.pop("INVESTMENT_INCOME")
        self.assertEqual(self._net(moves), wanted)
        self.assertBooks()

    def test_every_case_with_entries_is_posted_here(self):
        posted = {
            part.upper()
            for name in dir(self)
            if name.startswith("test_a")
            for part in name.split("_")
            if part[1:].isdigit()
        }
        told = {key for key, row in self.cases.items() if row["expected"]["entries"]}
        self.assertEqual(told - posted, set())

"""Nights that were missed: many bills at once are what one after the other are."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase


@tagged("post_install", "-at_install")
class TestLedgerCatchUp(SuspendedCase):
    def _tax(self, day="2026-01-01", rate=0.06):
        self.product.suspend_days = 0
        return self.env["carloan.vat.rate"].create({"date_from": day, "rate": rate})

    def _lend(self, count=1, **values):
        with freeze_time("2026-01-15"):
            return self.env["carloan.loan"].concat(
                *(self._create_active(**values) for _number in range(count))
            )

    def _get_bills(self, loan):
        bills = loan.instalment_ids.sorted("sequence").move_id
        return [self._entry(bill) for bill in bills if bill.state == "posted"]

    def test_interest_of_an_impaired_loan(self):
        late, punctual = self._lend(2)
        for loan in late | punctual:
            self._charge(loan, 40000.0, "2026-01-31")
            loan.ifrs_stage = "3"
        with freeze_time("2026-03-20"):
            due = self.ledger._find_due(fields.Date.to_date("2026-03-20"))
            for line in due.filtered(lambda line: line.loan_id == punctual):
                self.ledger._bill(line)
            self.ledger._bill(due.filtered(lambda line: line.loan_id == late))
        self.assertEqual(
            [entry["allowance"] for entry in self._get_bills(late)], [-240.0, -234.01]
        )
        self.assertEqual(self._get_bills(late), self._get_bills(punctual))
        self.assertBooks()

    def test_the_same_when_drafts_post_themselves(self):
        (loan,) = self._lend()
        self._charge(loan, 40000.0, "2026-01-31")
        loan.ifrs_stage = "3"
        drafts = loan.instalment_ids.move_id.filtered(lambda m: m.state == "draft")
        with freeze_time("2026-03-20"):
            drafts._post()
        self.assertEqual(
            [entry["allowance"] for entry in self._get_bills(loan)], [-240.0, -234.01]
        )
        # the one of April is still to come
        self.assertEqual(drafts.mapped("state"), ["posted", "posted", "draft"])

    def test_tax_that_waits(self):
        self._tax()
        (loan,) = self._lend()
        with freeze_time("2026-06-15"):
            self._bill("2026-06-15")
        # 120 days after the first was left unpaid
        self.assertEqual(
            ["pending_vat" in entry for entry in self._get_bills(loan)],
            [False, False, False, False, True],
        )
        self.assertBooks()

    def test_credit_pays_on_the_day_of_each_bill(self):
        (loan,) = self._lend()
        self._lend(first_due_date="2026-02-20")
        with freeze_time("2026-01-15"):
            self._pay(loan, 4000.0, "2026-01-15")
        with freeze_time("2026-02-22"):
            self._bill("2026-02-22")
        use = self._moves(loan, "repay").filtered(lambda m: not m.origin_payment_id)
        self.assertEqual(str(use.date), "2026-02-15")

    def test_tax_is_due_on_the_day_of_each_receipt(self):
        self._tax()
        loans = self._lend(2)
        for month in range(2, 7):
            with freeze_time(f"2026-{month:02}-15"):
                self._bill(f"2026-{month:02}-15")
        days = ("2026-06-30", "2026-07-01")
        with freeze_time("2026-07-02"):
            loans._register_repayments(
                [
                    {"amount": loan.overdue_amount, "date": fields.Date.to_date(day)}
                    for loan, day in zip(loans, days, strict=True)
                ]
            )
        made = [str(self._moves(loan, "vat").date) for loan in loans]
        self.assertEqual(made, list(days))

    def test_a_law_that_came_after_the_draft(self):
        rate = self._tax()
        loan = self._lend()
        later = self._tax("2026-02-01", 0.09)
        with freeze_time("2026-02-15"):
            self._bill("2026-02-15")
        entry = self._get_bills(loan)[0]
        self.assertEqual(entry["output_vat"], -round(720 * 9 / 109, 2))
        claim = loan.instalment_ids[0].move_id.line_ids.filtered("carloan_vat")
        self.assertEqual(claim.carloan_vat, -entry["output_vat"])
        (rate | later).unlink()
        with freeze_time("2026-03-15"):
            self._bill("2026-03-15")
        self.assertNotIn("output_vat", self._get_bills(loan)[1])
        self.assertBooks()

    def test_an_account_that_was_mapped_after_the_draft(self):
        loan = self._lend()
        mapped = self.product.account_ids.filtered(
            lambda line: line.role == "interest_income"
        )
        mapped.account_id = mapped.account_id.copy({"code": "509999"})
        with freeze_time("2026-02-15"):
            self._bill("2026-02-15")
        income = loan.instalment_ids[0].move_id.line_ids.filtered(
            lambda line: line.carloan_role == "interest_income"
        )
        self.assertEqual(income.account_id, mapped.account_id)
        self.assertBooks()

    def test_drafts_behind_instalments_of_nothing(self):
        """A book of holidays must not keep the night from the loans behind it."""
        self.company.carloan_draft_horizon = 0
        plan = [{"kind": "holiday", "instalments": 3, "interest": "waive"}]
        (resting,) = self._lend()
        self._relieve(resting, plan, "2026-01-15")
        resting.instalment_ids[:3].sudo().unwind = 0.0
        (other,) = self._lend()
        self.company.carloan_draft_horizon = 3
        self.ledger._cron_draft_horizon(batch=3)
        self.assertEqual(other.instalment_ids[:3].mapped("state"), ["drafted"] * 3)

    def test_a_loan_that_cannot_be_drafted_stops_no_other(self):
        self.company.carloan_draft_horizon = 0
        broken = self._create_product(self.company, name="Broken")
        (bad,) = self._lend(product_id=broken.id)
        (good,) = self._lend()
        self.company.carloan_draft_horizon = 3
        broken.journal_id = False
        self.ledger._cron_draft_horizon()
        self.assertEqual(good.instalment_ids[:3].mapped("state"), ["drafted"] * 3)
        self.assertEqual(bad.instalment_ids[:3].mapped("state"), ["planned"] * 3)
        self.assertIn("could not be drafted", bad.message_ids[0].body)

    def test_a_figure_that_the_engine_refuses_stops_no_other(self):
        bad, good = self._lend(2)
        bill = type(self.ledger)._bill

        def refuse(ledger, instalments, date=None):
            if bad in instalments.loan_id:
                raise ValueError("principal 1.5 is not in minor units")
            return bill(ledger, instalments, date)

        self.patch(type(self.ledger), "_bill", refuse)
        with freeze_time("2026-02-15"):
            self.ledger._cron_bill_due()
        self.assertEqual(good.instalment_ids[0].state, "billed")
        self.assertNotEqual(bad.instalment_ids[0].state, "billed")
        self.assertIn("minor units", bad.message_ids[0].body)

"""VAT of what is entered after its day: taxed as if all had been entered in time."""

from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase

DUE = ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15", "2026-06-15")

# what is paid when, and which of the first five bills wait with their tax
STORIES = {
    # 15 May is 89 days after 15 February, 15 June is 120
    "nothing is paid": ([], [5]),
    "paid late, before the day": ([("2026-06-10", 4 * 3716.23)], []),
    "paid late, after the day": ([("2026-06-17", 4 * 3716.23)], [5]),
    "the oldest is paid before the day": ([("2026-06-10", 3716.23)], [5]),
    "the two oldest are": ([("2026-06-10", 2 * 3716.23)], []),
    "paid ahead": ([("2026-01-20", 2 * 3716.23)], []),
    "paid ahead in part": ([("2026-01-20", 700.0)], [5]),
    # interest is unpaid since 15 April, principal since 15 March
    "principal is left longer": ([("2026-03-15", 3716.23 + 702.02)], []),
}


@tagged("post_install", "-at_install")
class TestVatPending(SuspendedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 0
        cls.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )

    def _live(self, paid, billed):
        """Let a loan live: payments as they come, bills on the days of `billed`."""
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        amounts = dict(paid)
        for day in sorted({*amounts, *billed}):
            with freeze_time(day):
                if day in billed:
                    self._bill(day)
                if day in amounts:
                    self._pay(loan, amounts[day], day)
        return loan

    def _get_bills(self, loan):
        rows = loan.instalment_ids.sorted("sequence")
        return [self._entry(row.move_id) for row in rows[: len(DUE)]]

    def _get_waiting(self, loan):
        """The numbers of the bills whose tax waits."""
        bills = enumerate(self._get_bills(loan), start=1)
        return [number for number, entry in bills if "pending_vat" in entry]

    def test_billed_in_one_go_is_taxed_as_billed_in_time(self):
        for title, (paid, waiting) in STORIES.items():
            with self.subTest(story=title):
                in_time = self._live(paid, DUE)
                at_once = self._live(paid, ["2026-06-20"])
                self.assertEqual(self._get_waiting(in_time), waiting)
                self.assertEqual(self._get_bills(at_once), self._get_bills(in_time))
                for role in ("output_vat", "pending_vat", "interest_income"):
                    self.assertEqual(self._sum(at_once, role), self._sum(in_time, role))
        self.assertBooks()

    def test_billed_some_days_late_after_the_money(self):
        """The bill of 15 June is entered on the 20th, what was overdue paid on 17."""
        paid = [("2026-06-17", 4 * 3716.23)]
        loan = self._live(paid, [*DUE[:4], "2026-06-20"])
        self.assertFalse(self._sum(loan, "penalty_due"))
        self.assertEqual(self._get_waiting(loan), [5])
        self.assertEqual(self._sum(loan, "pending_vat"), -36.65)
        with freeze_time("2026-06-20"):
            self._pay(loan, 3716.23, "2026-06-20")
        self.assertEqual(self._sum(loan, "pending_vat"), 0.0)
        self.assertBooks()

    def test_odoo_posts_the_drafts_of_months_in_one_go(self):
        self.company.carloan_draft_horizon = 6
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        with freeze_time("2026-06-20"):
            drafts = loan.instalment_ids.move_id.filtered(lambda x: x.state == "draft")
            drafts.filtered(lambda x: str(x.date) <= "2026-06-20")._post()
        self.assertEqual(self._get_waiting(loan), [5])
        self.assertBooks()

    def test_a_waiver_of_later_was_none_on_the_day(self):
        loan = self._live([], DUE[:4])
        waive = [{"kind": "waive", "component": "interest", "percent": 100}]
        self._relieve(loan, waive, "2026-06-17")
        with freeze_time("2026-06-20"):
            self._bill("2026-06-20")
        bill = loan.schedule_id.instalment_ids.sorted("sequence")[0].move_id
        self.assertEqual(str(bill.date), "2026-06-15")
        self.assertEqual(self._entry(bill)["pending_vat"], -36.65)
        self.assertBooks()

    def test_suspended_it_is_unpaid_all_the_same(self):
        self.product.suspend_days = 90
        with freeze_time("2026-01-15"):
            loan = self._create_active(fee=10.6)
        for day in ("2026-02-15", "2026-05-15", "2026-05-17"):
            self._night(day)
        self.assertTrue(loan.suspended_since)
        self._night("2026-06-20")
        # the fee of 15 June: its 0.60 wait
        self.assertEqual(self._get_bills(loan)[4]["pending_vat"], -0.60)
        self.assertBooks()

    def test_penalties_count_from_the_day_they_were_charged(self):
        self._agree(
            penalty_rate=0.108,
            allocation_mode="vertical",
            allocation_order="principal,interest,fee,penalty",
        )
        loan = self._live([], DUE[:4])
        with freeze_time("2026-06-10"):
            self._pay(loan, 4 * 3716.23, "2026-06-10")
            # penalties of the instalment of February are left, a few minutes old
            self.assertEqual(loan.overdue_amount, loan.overdue_penalty)
            self.assertEqual(str(loan.oldest_due_date), "2026-02-15")
        with freeze_time("2026-06-20"):
            self._bill("2026-06-20")
        self.assertEqual(self._get_waiting(loan), [])

    def test_a_charge_entered_for_an_earlier_day_is_taxed_as_of_that_day(self):
        self._agree(penalty_rate=0.108, grace_days=0)
        loan = self._live([], DUE)
        with freeze_time("2026-06-20"):
            # money of 1 April comes to light: penalties are charged up to that day
            self._pay(loan, 100.0, "2026-04-01")
            self.ledger._charge_penalties(loan)
        charges = loan._find_penalty_moves()
        days = [str(move.date) for move in charges]
        self.assertEqual(days, ["2026-04-01", "2026-06-20"])
        taxes = [{"output_vat", "pending_vat"} & set(self._entry(m)) for m in charges]
        self.assertEqual(taxes, [{"output_vat"}, {"pending_vat"}])
        self.assertBooks()

    def test_many_loans_are_asked_about_at_once(self):
        with freeze_time("2026-01-15"):
            loans = [self._create_active().id for _number in range(12)]
            loans = self.env["carloan.loan"].browse(loans)
        with freeze_time("2026-06-20"):
            for loan in loans:
                self._pay(loan, 700.0, "2026-06-17")
            counts = []
            for some in (loans[:2], loans):
                pairs = [(loan, loan.start_date.replace(month=6)) for loan in some]
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                found = self.ledger._find_vat_pending(pairs)
                counts.append(self.cr.sql_log_count - before)
                self.assertEqual(set(found.values()), {True})
        self.assertEqual(counts[0], counts[1])

    def test_a_repayment_comes_back_on_the_day_of_the_accrual(self):
        """Interest that has run by a month end is no money of the borrower."""
        loan = self._live([], DUE[:1])
        with freeze_time("2026-02-27"):
            payment = self._pay(loan, 1000.0, "2026-02-27")
        with freeze_time("2026-02-28"):
            self.ledger._accrue(self.company, "2026-02-28")
            accrued = self._sum(loan, "interest_due")
            self._pay(loan, 500.0, "2026-02-20")
            self.assertEqual(self._sum(loan, "interest_due"), accrued)
            loan._undo_repayment(payment.move_id, "2026-02-28", "bounced")
            self.assertEqual(loan.overdue_interest, 220.0)
            self.assertEqual(loan.credit_balance, 0.0)
            self.assertBooks()

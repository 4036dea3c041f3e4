"""Interest of a loan that is long overdue: out of income, owed, and back."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestLedgerSuspension(LoanCase):
    """The base loan: the bills of February, March and April fall due and stay unpaid.

    Interest by month: 720.00, 702.02, 683.94, 665.74; the 91st day past the first due
    date (15 February) is 17 May.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 90
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()
        cls.memo = cls.env["carloan.memo"]

    def _night(self, day):
        """What a night does to the loan, seen on that day."""
        with freeze_time(day):
            self._bill(day)
            self.ledger._cron_refresh_positions()

    def _register(self, kind="suspended"):
        """The register as {(component, due date): amount}."""
        rows = self.memo._get_balances(self.loan, (kind,))
        return {
            (row["component"], str(row["due_date"])): row["amount"] / 100
            for row in rows
        }

    def _find_moves(self, event):
        return self.env["account.move"].search(
            [("carloan_loan_id", "=", self.loan.id), ("carloan_event", "=", event)],
            order="id",
        )

    def setUp(self):
        super().setUp()
        # the night commits its progress, which a test must not
        self.patch(
            type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: float("inf")
        )

    def test_on_the_last_day_of_the_policy_nothing_happens_yet(self):
        for day in ("2026-05-15", "2026-05-16"):
            self._night(day)
            self.assertFalse(self.loan.suspended_since)
        self.assertEqual(self.loan.dpd, 90)
        self.assertFalse(self.loan.memo_ids)

    def test_unpaid_interest_leaves_income_and_is_still_owed(self):
        self._night("2026-05-16")
        owed = self.loan.overdue_amount
        self._night("2026-05-17")
        self.assertEqual(str(self.loan.suspended_since), "2026-05-17")
        move = self._find_moves("suspend")
        self.assertEqual(
            self._entry(move), {"interest_income": 2771.70, "interest_due": -2771.70}
        )
        self.assertEqual(
            self._register(),
            {
                ("interest", "2026-02-15"): 720.00,
                ("interest", "2026-03-15"): 702.02,
                ("interest", "2026-04-15"): 683.94,
                ("interest", "2026-05-15"): 665.74,
            },
        )
        self.assertEqual(self.loan.overdue_amount, owed)
        self.assertEqual(self.loan.overdue_interest, 2771.70)
        self.assertEqual(self.loan.dpd, 91)
        with freeze_time("2026-05-17"):
            position, _ids = self.loan._get_positions()
            self.assertEqual(int(position.suspended_interest[0]), 277170)
            self.assertEqual(int(position.overdue_interest[0]), 277170)
            first = self.loan.instalment_ids[0]
            self.assertEqual(first.amount_residual, 3716.23)
            self.assertEqual(first.paid_state, "overdue")
        self.assertBooks()
        self._night("2026-05-18")
        self.assertEqual(len(self._find_moves("suspend")), 1)

    def test_bills_meanwhile_claim_the_principal_only(self):
        self._night("2026-05-17")
        self._night("2026-06-15")
        bill = self.loan.instalment_ids[4]
        self.assertEqual(
            self._entry(bill.move_id),
            {"principal_due": 3068.79, "principal": -3068.79},
        )
        self.assertEqual(self._register()["interest", "2026-06-15"], 647.44)
        self.assertEqual(bill.amount_residual, 3716.23)
        self.assertEqual(self.loan.overdue_interest, 3419.14)
        line = self.memo.search([("event", "=", "bill")])
        self.assertEqual(line.move_id, bill.move_id)
        self.assertBooks()

    def test_money_received_is_income_of_what_it_reaches(self):
        """In the agreed order: interest, then principal, the oldest first."""
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            self._pay(self.loan, 4000.0, "2026-05-20")
        resumed = self._find_moves("resume")
        # all of February, and the interest of March within 283.77 left for it
        self.assertEqual(
            self._entry(resumed), {"interest_due": 1003.77, "interest_income": -1003.77}
        )
        payment = self._find_moves("repay")
        entry = self._entry(payment)
        self.assertEqual(entry["interest_due"], -1003.77)
        self.assertEqual(entry["principal_due"], -2996.23)
        self.assertEqual(self._register()["interest", "2026-03-15"], 418.25)
        self.assertEqual(self.loan.overdue_amount, round(4 * 3716.23 - 4000, 2))
        self.assertEqual(self.loan.instalment_ids[0].paid_state, "paid")
        self.assertEqual(self.loan.dpd, 66)
        self.assertTrue(self.loan.suspended_since)
        self.assertBooks()

    def test_a_bounce_takes_the_income_back(self):
        self._night("2026-05-17")
        before = self._register()
        with freeze_time("2026-05-20"):
            payment = self._pay(self.loan, 4000.0, "2026-05-20")
        with freeze_time("2026-05-22"):
            self.loan._undo_repayment(payment.move_id, "2026-05-22", "bounced")
            self.assertEqual(self._register(), before)
            self.assertEqual(self.loan.overdue_amount, 4 * 3716.23)
            self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
            self.assertEqual(self._sum(self.loan, "interest_income"), 0.0)
            self.assertEqual(self.loan.dpd, 96)
        self.assertBooks()

    def test_a_bounce_lets_the_later_money_take_its_place(self):
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            first = self._pay(self.loan, 4000.0, "2026-05-20")
        with freeze_time("2026-05-21"):
            self._pay(self.loan, 1000.0, "2026-05-21")
        with freeze_time("2026-05-22"):
            self.loan._undo_repayment(first.move_id, "2026-05-22", "bounced")
            # 720.00 of February is income, and 280.00 went to its principal
            self.assertEqual(self._sum(self.loan, "interest_income"), -720.00)
            self.assertNotIn(("interest", "2026-02-15"), self._register())
            self.assertEqual(self._register()["interest", "2026-03-15"], 702.02)
            self.assertEqual(self.loan.instalment_ids[0].amount_residual, 2716.23)
        self.assertBooks()

    def test_cured_by_paying_everything(self):
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            self._pay(self.loan, 4 * 3716.23, "2026-05-20")
            self.assertFalse(self._register())
            self.assertFalse(self.loan.suspended_since)
            self.assertEqual(self.loan.dpd, 0)
            self.assertEqual(self._sum(self.loan, "interest_income"), -2771.70)
        self._night("2026-06-15")
        entry = self._entry(self.loan.instalment_ids[4].move_id)
        self.assertEqual(entry["interest_income"], -647.44)
        self.assertBooks()

    def test_cured_by_policy_what_is_left_returns(self):
        """Resumed at 30 days past due, with the last two instalments still open."""
        self.product.resume_days = 40
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            self._pay(self.loan, 2 * 3716.23, "2026-05-20")
            self.assertEqual(self.loan.dpd, 35)
            self.assertFalse(self.loan.suspended_since)
            resumed = self._find_moves("resume")[-1]
            self.assertEqual(
                self._entry(resumed),
                {"interest_due": 1349.68, "interest_income": -1349.68},
            )
            self.assertFalse(self._register())
            self.assertEqual(self.loan.overdue_amount, 2 * 3716.23)
        self.assertBooks()

    def test_penalties_meanwhile_stand_in_the_register(self):
        self._agree(penalty_rate=0.108, penalty_interval=1)
        with freeze_time("2026-05-16"):
            self._bill("2026-05-16")
            self.ledger._charge_penalties(self.loan)
        booked = self.loan.overdue_penalty
        self.assertGreater(booked, 0.0)
        self._night("2026-05-17")
        with freeze_time("2026-05-27"):
            self.assertFalse(self.ledger._charge_penalties(self.loan))
            self.assertEqual(self._sum(self.loan, "penalty_due"), 0.0)
            more = self.loan.overdue_penalty
            self.assertGreater(more, booked)
            total = sum(v for key, v in self._register().items() if key[0] == "penalty")
            self.assertEqual(round(total, 2), more)
            self.ledger._charge_penalties(self.loan)
            self.assertEqual(self.loan.overdue_penalty, more)
        self.assertBooks()

    def test_no_accrual_of_what_is_no_income(self):
        self._night("2026-05-17")
        with freeze_time("2026-05-31"):
            self.assertFalse(self.ledger._accrue(self.company, "2026-05-31"))

    def test_never_where_the_policy_says_never(self):
        self.product.suspend_days = 0
        self._night("2026-08-20")
        self.assertFalse(self.loan.suspended_since)
        self.assertFalse(self.loan.memo_ids)

    def test_a_change_of_the_policy_holds_from_that_night_on(self):
        """Nothing of before is posted anew, whatever the days were and are."""
        self._night("2026-05-16")
        self.product.suspend_days = 60
        self._night("2026-05-17")
        self.assertEqual(str(self.loan.suspended_since), "2026-05-17")
        register = self._register()
        self.product.write({"suspend_days": 180, "resume_days": 0})
        self._night("2026-05-18")
        # what is suspended waits for the cure, as the borrower was told
        self.assertEqual(str(self.loan.suspended_since), "2026-05-17")
        self.assertEqual(self._register(), register)
        self.product.write({"suspend_days": 180, "resume_days": 120})
        self._night("2026-05-19")
        self.assertFalse(self.loan.suspended_since)
        self.product.write({"suspend_days": 180, "resume_days": 0})
        self._night("2026-05-20")
        # a cure by the policy of its day stays one
        self.assertEqual(str(self.loan.resumed_on), "2026-05-19")
        self.assertFalse(self.loan.suspended_since)
        self.product.suspend_days = 90
        self._night("2026-05-21")
        self.assertEqual(str(self.loan.suspended_since), "2026-05-21")
        self.assertEqual(self._register(), register)
        self.assertBooks()

    def test_a_bill_with_penalties_beside_the_books_stays(self):
        self._agree(penalty_rate=0.18)
        self._night("2026-05-17")
        with freeze_time("2026-05-25"):
            self.ledger._charge_penalties(self.loan, "2026-05-25")
            bill = self.loan.instalment_ids[3].move_id
            with self.assertRefused("outside the books"):
                self.loan._undo_bill(bill, "2026-05-25", "mistake")
            self.assertBooks()

    def test_an_undone_bill_leaves_the_register_too(self):
        self._night("2026-05-17")
        self._night("2026-06-15")
        bill = self.loan.instalment_ids[4]
        with freeze_time("2026-06-16"):
            self.loan._undo_bill(bill.move_id, "2026-06-16", "too early")
            self.assertNotIn(("interest", "2026-06-15"), self._register())
            self.assertEqual(self.loan.overdue_interest, 2771.70)
        self._night("2026-06-17")
        self.assertEqual(self._register()["interest", "2026-06-15"], 647.44)
        self.assertBooks()

    def test_a_locked_day_is_noted_and_stops_nothing(self):
        self._night("2026-05-16")
        self.company.fiscalyear_lock_date = "2026-05-17"
        self._night("2026-05-17")
        self.assertEqual(self.loan.dpd, 91)
        self.assertFalse(self.loan.suspended_since)
        notes = self.loan.message_ids.mapped("body")
        self.assertTrue([note for note in notes if "brought up to date" in note])
        self.company.fiscalyear_lock_date = False
        self._night("2026-05-18")
        self.assertTrue(self.loan.suspended_since)

    def test_the_engine_conserves_what_is_owed(self):
        """Position and ledger and register say the same, whatever was paid."""
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            for amount in (500.0, 3.21, 2999.99):
                self._pay(self.loan, amount, "2026-05-20")
                position, _ids = self.loan._get_positions()
                register = sum(self._register().values())
                booked = self._sum(self.loan, "interest_due")
                self.assertEqual(
                    int(position.overdue_interest[0]), round((register + booked) * 100)
                )
                revised = measures.apply(
                    position,
                    measures.Plans.from_dicts(
                        [[{"kind": "capitalise", "components": ["interest"]}]]
                    ),
                )
                self.assertTrue(revised.capitalised["interest"][0])
        self.assertBooks()

    def test_suspended_twice_in_its_life(self):
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            self._pay(self.loan, 4 * 3716.23, "2026-05-20")
        for day in ("2026-06-20", "2026-07-20", "2026-08-20", "2026-09-15"):
            self._night(day)
        self.assertEqual(str(self.loan.suspended_since), "2026-09-15")
        self.assertEqual(len(self._find_moves("suspend")), 2)
        self.assertEqual(len(self._register()), 4)
        self.assertEqual(fields.Date.to_string(self.loan.oldest_due_date), "2026-06-15")
        self.assertBooks()

"""Penalty interest in the books: rate, grace, cap, order, and the way out."""

from datetime import date

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase
from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestLedgerPenalty(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})
        cls.loan = cls._create_active()
        cls._bill("2026-04-20")

    def _charge(self, day="2026-04-20", loan=None):
        return self.ledger._charge_penalties(loan or self.loan, day)

    def test_each_overdue_instalment_bears_its_days(self):
        move = self._charge()
        # 2,996.23 x 61, 3,014.21 x 33 and 3,032.29 x 2 days at 10.8 % over 365
        amounts = [54.08, 29.43, 1.79]
        self.assertEqual(self.loan.overdue_penalty, round(sum(amounts), 2))
        due = move.line_ids.filtered("carloan_component").sorted("date_maturity")
        self.assertEqual(due.mapped("balance"), amounts)
        self.assertEqual(due.carloan_instalment_id, self.loan.instalment_ids[:3])
        self.assertEqual(
            self._entry(move), {"penalty_due": 85.30, "penalty_income": -85.30}
        )
        self.assertEqual(move.carloan_event, "penalty")
        self.assertEqual(self.loan.penalty_date, fields.Date.to_date("2026-04-20"))
        self.assertBooks()

    def test_the_penalty_follows_the_rate_of_the_loan(self):
        """7.2 % and half as much again is the 10.8 % above, whatever the fixed rate."""
        self._agree(penalty_rate=0.0, penalty_uplift=0.5)
        self._charge()
        self.assertEqual(self.loan.overdue_penalty, 85.30)

    def test_a_rate_lowered_for_some_instalments_lowers_the_penalty(self):
        self._agree(penalty_uplift=0.5, grace_days=0)
        loan = self._create_active(start_date="2026-04-15", first_due_date="2026-05-15")
        plan = {"kind": "rate", "annual_rate": 0.036, "instalments": 2}
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([[plan]]))
        change = valuation.modification(position, revised)
        loan._apply_relief(self.borrower, revised, change, "2026-04-20")
        principal = loan.instalment_ids[0].principal
        with freeze_time("2026-06-14"):
            self._bill("2026-06-14")
            self._charge("2026-06-14", loan)
            lowered = round(principal * 0.054 * 30 / 365, 2)
            self.assertEqual(loan.overdue_penalty, lowered)
        # the second is past: 7.2 % again, and 10.8 % on what is overdue
        schedule = loan.schedule_id
        for day, rate in ((14, 0.036), (15, 0.072)):
            rates = schedule._get_rates_on(date(2026, 6, day))
            self.assertEqual(rates, {schedule: rate})

    def test_the_same_day_again_adds_nothing_and_the_next_only_its_own(self):
        self._charge()
        self.assertFalse(self._charge())
        with freeze_time("2026-04-21"):
            self._charge("2026-04-21")
        # one day on 9,042.73 overdue, each instalment rounded alone
        self.assertEqual(self.loan.overdue_penalty, round(85.30 + 0.89 * 2 + 0.90, 2))
        self.assertBooks()

    def test_a_repayment_pays_the_penalties_up_to_its_day_first(self):
        payment = self._pay(self.loan, 100.0, "2026-04-20")
        entry = self._entry(payment.move_id)
        # oldest instalment first: its penalty, then its interest
        self.assertEqual(entry["penalty_due"], -54.08)
        self.assertEqual(entry["interest_due"], -45.92)
        self.assertEqual(self.loan.overdue_penalty, 31.22)
        self.assertBooks()

    def test_a_payment_entered_in_accounting_meets_the_penalties_too(self):
        accountant = self._user("p_pay", "account.group_account_invoice")
        payment = (
            self.env["account.payment"]
            .with_user(accountant)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_id": self.borrower.id,
                    "amount": 60.0,
                    "date": "2026-04-20",
                    "journal_id": self.product.bank_journal_id.id,
                    "carloan_loan_id": self.loan.id,
                }
            )
        )
        payment.action_post()
        self.assertEqual(self._entry(payment.move_id)["penalty_due"], -54.08)
        self.assertBooks()

    def test_overdue_principal_bears_interest_and_the_uplift_on_top(self):
        self._agree(overdue_interest=True, penalty_rate=0.0, penalty_uplift=0.5)
        move = self._charge()
        # 7.2 % from the due date: 2,996.23 x 64, 3,014.21 x 36, 3,032.29 x 5 days;
        # half of that rate as penalty after three days
        interest = round(37.83 + 21.41 + 2.99, 2)
        penalty = round(18.03 + 9.81 + 0.60, 2)
        self.assertEqual(
            self._entry(move),
            {
                "interest_due": interest,
                "penalty_due": penalty,
                "interest_income": -interest,
                "penalty_income": -penalty,
            },
        )
        billed = 720.0 + 702.02 + 683.94
        self.assertAlmostEqual(self.loan.overdue_interest, billed + interest, 2)
        rows = self.loan._preview_repayment(800.0, fields.Date.today())
        self._pay(self.loan, 800.0, "2026-04-20")
        entry = self._entry(self.loan.payment_ids.move_id)
        self.assertEqual(
            {f"{part}_due": minor for part, *_key, minor in rows},
            {
                role: self.loan._to_minor([-amount])[0]
                for role, amount in entry.items()
                if amount < 0
            },
        )
        self.assertBooks()

    def test_without_any_penalty_interest_alone_goes_on(self):
        self._agree(overdue_interest=True, penalty_rate=0.0)
        loan = self._create_active(start_date="2026-03-18", first_due_date="2026-04-18")
        self._bill("2026-04-20")
        due = self.ledger._find_penalty_due(fields.Date.to_date("2026-04-20"))
        self.assertIn(self.loan, due)
        self._charge()
        # two days late, within the days of grace
        move = self._charge(loan=loan)
        self.assertEqual(set(self._entry(move)), {"interest_due", "interest_income"})
        self.assertEqual(
            move.line_ids.mapped("name")[:1], [f"{loan.name} - Interest due"]
        )
        self.loan._undo_penalty(self._moves_of(self.loan), "2026-04-20", "By mistake")
        self.assertEqual(self.loan.overdue_interest, 720.0 + 702.02 + 683.94)
        self.assertBooks()

    def test_late_money_recharges_the_interest_too(self):
        self._agree(overdue_interest=True, penalty_rate=0.036)
        self._charge()
        before = self._sum(self.loan, "interest_income")
        self._pay(self.loan, 3716.23 * 2, "2026-03-15")
        # the second instalment was there on its day; the first a month late
        self.assertGreater(self._sum(self.loan, "interest_income"), before)
        self.assertBooks()

    def _moves_of(self, loan):
        return loan._find_penalty_moves()[-1:]

    def test_cap_per_instalment(self):
        self._agree(penalty_cap=0.01)
        self._charge()
        self.assertEqual(self.loan.overdue_penalty, round(29.96 + 29.43 + 1.79, 2))
        with freeze_time("2027-01-20"):
            self._charge("2027-01-20")
            self.assertAlmostEqual(
                self.loan.overdue_penalty, 29.96 + 30.14 + 30.32, places=2
            )

    def test_paid_in_time_or_within_grace_nothing_is_charged(self):
        loan = self._create_active(start_date="2026-03-18", first_due_date="2026-04-18")
        self._bill("2026-04-20")
        self.assertFalse(self._charge(loan=loan))
        self._pay(loan, loan.overdue_amount, "2026-04-20")
        self.assertFalse(self._charge("2026-06-20", loan=loan))

    def test_the_night_charges_in_sets_and_waits_as_the_product_says(self):
        self.product.penalty_interval = 30
        others = self.env["carloan.loan"].concat(
            *(self._create_active() for _ in "abc")
        )
        self._bill("2026-04-20")
        due = self.ledger._find_penalty_due(fields.Date.to_date("2026-04-20"))
        self.assertEqual(others & due, others)
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_ledger_cron_penalty"
            ).method_direct_trigger()
        self.assertEqual(set((others + self.loan).mapped("overdue_penalty")), {85.30})
        for day, found in (("2026-05-19", False), ("2026-05-20", True)):
            due = self.ledger._find_penalty_due(fields.Date.to_date(day))
            self.assertEqual(self.loan in due, found)
        self.assertBooks()

    def test_what_is_charged_in_error_is_undone(self):
        first = self._charge()
        with freeze_time("2026-04-25"):
            second = self._charge("2026-04-25")
            wizard = self.env["carloan.undo"]
            vals = {"reason": "Bank holiday", "date": "2026-04-25"}
            with self.assertRefused(second.name):
                wizard.create({"move_id": first.id, **vals}).action_confirm()
            wizard.create({"move_id": second.id, **vals}).action_confirm()
            self.assertEqual(self.loan.overdue_penalty, 85.30)
            self.assertEqual(self.loan.penalty_date, first.date)
            bill = self.loan.instalment_ids[2].move_id
            with self.assertRefused("penalty"):
                wizard.create({"move_id": bill.id, **vals}).action_confirm()
            self.assertBooks()

    def test_waived_through_a_relief(self):
        self._charge()
        position, _ids = self.loan._get_positions()
        plan = [
            {"kind": "waive", "component": "penalty", "percent": 100},
            {"kind": "capitalise", "components": ["interest", "principal"]},
        ]
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        moves = self.loan._apply_relief(
            self.borrower, revised, modification, "2026-04-20"
        )
        waiver = moves.filtered(lambda move: move.carloan_event == "waive")
        self.assertEqual(
            self._entry(waiver), {"modification_result": 85.30, "penalty_due": -85.30}
        )
        self.assertEqual((self.loan.overdue_penalty, self.loan.dpd), (0.0, 0))
        self.assertBooks()

    def test_roles_and_locked_days(self):
        officer = self._user("p_officer", "carloan_relief.group_officer")
        with self.assertRaises(AccessError):
            self.loan.with_user(officer).action_charge_penalties()
        self.company.fiscalyear_lock_date = "2026-04-30"
        with self.assertRefused(self.loan.name):
            self._charge()
        self.assertFalse(self.loan.penalty_date)
        self.company.fiscalyear_lock_date = False
        accountant = self._user("p_acc", "account.group_account_invoice")
        self.loan.with_user(accountant).action_charge_penalties()
        self.assertEqual(self.loan.overdue_penalty, 85.30)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPenaltyAndRelief(ReliefCase):
    def test_nothing_is_charged_while_a_request_is_decided(self):
        self._agree(penalty_rate=0.108)
        today = self._today()
        self.assertIn(self.loan, self.ledger._find_penalty_due(today))
        request = self._assessed()
        # what was owed on the day is in the position that the offers rest on
        self.assertEqual(self.loan.penalty_date, today)
        self.assertEqual(
            request.position["overdue_penalty"],
            self.loan._to_minor([self.loan.overdue_penalty])[0],
        )
        later = fields.Date.add(today, days=60)
        self.assertNotIn(self.loan, self.ledger._find_penalty_due(later))
        request.action_withdraw("Paid instead")
        self.assertIn(self.loan, self.ledger._find_penalty_due(later))

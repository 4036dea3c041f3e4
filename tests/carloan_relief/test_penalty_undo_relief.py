"""Penalties, and a relief that is undone: no day on which it stood bears any.

Each case is one loan: 120,000 at 7.2 %, unpaid since February, charged at 10.8 % on
20 March, given a relief on 25 March and charged again on 20 May; the relief is undone
on 25 May. What must be owed is worked out here by days, piece by piece.
"""

from fractions import Fraction

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase

RATE = Fraction("0.108")
CHARGED, RELIEVED, AGAIN, UNDONE, LATER = (
    fields.Date.to_date(f"2026-{day}")
    for day in ("03-20", "03-25", "05-20", "05-25", "06-04")
)
ARREARS = {"kind": "capitalise", "components": ["interest", "principal"]}
EXTEND = {"kind": "extend", "instalments": 12}
HOLIDAY = {"kind": "holiday", "instalments": 2, "interest": "capitalise"}
# plan, and on how many of the first four bills penalties ran while it stood
PLANS = {
    "arrears stay beside it": ([EXTEND], True),
    "arrears are part of it": ([ARREARS, EXTEND], False),
    "nothing falls due": ([ARREARS, HOLIDAY], False),
}


@tagged("post_install", "-at_install")
class TestPenaltyUndoRelief(SuspendedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "grace_days": 0, "suspend_days": 0})

    def _begin(self, plan, number):
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        self._pass(loan, CHARGED)
        self._relieve(loan, plan, str(RELIEVED), number)
        return loan

    def _pass(self, loan, day, paid=0.0):
        """Bill and charge up to a day, and pay something before that."""
        with freeze_time(day):
            self._bill(day)
            if paid:
                self._pay(loan, paid, day)
            self.ledger._charge_penalties(loan, day)

    def _undo(self, loan, day=UNDONE):
        with freeze_time(day):
            schedule = loan.schedule_id
            loan._undo_relief(schedule, day, "mistake", cascade=True)
            loan._get_positions()  # refuses what is negative
        self.assertFalse(self._charged_on(loan, schedule.instalment_ids))
        return schedule

    def _charged_on(self, loan, instalments):
        """What is charged on instalments, in the books and beside them."""
        lines = loan.line_ids.filtered(
            lambda line: (
                line.carloan_role == "penalty_due"
                and line.carloan_event == "penalty"
                and line.parent_state == "posted"
                and line.carloan_instalment_id in instalments
            )
        )
        memos = self.env["carloan.memo"].search(
            [
                ("instalment_id", "in", instalments.ids),
                ("component", "=", "penalty"),
                ("event", "in", ("penalty", "reverse")),
            ]
        )
        return round(sum(lines.mapped("balance")) + sum(memos.mapped("amount")), 2)

    def _bear(self, line, *days):
        """What the principal of an instalment bears, in pieces between days."""
        principal, start, total = round(line.principal * 100), line.due_date, 0
        for day in days:
            since, start = start, max(start, day)
            piece = principal * RATE * (start - since).days / 365
            total += int(piece + Fraction(1, 2))
        return total / 100

    def test_the_table_of_cases(self):
        for number, (title, (plan, beside)) in enumerate(PLANS.items()):
            with self.subTest(title):
                loan = self._begin(plan, number)
                self._pass(loan, AGAIN)
                self._undo(loan)
                old, covered = loan.instalment_ids[:2], loan.instalment_ids[2:4]
                last = (AGAIN, UNDONE) if beside else (RELIEVED,)
                for line in old:
                    owed = self._bear(line, CHARGED, *last)
                    self.assertEqual(self._charged_on(loan, line), owed)
                self.assertFalse(self._charged_on(loan, covered))
                self.assertEqual(loan.dpd, (UNDONE - old[0].due_date).days)
                self.assertBooks()
                before = loan.overdue_penalty
                self._pass(loan, LATER)
                ten_days = sum(
                    round(line.principal * 0.108 * 10 / 365, 2)
                    for line in old | covered
                )
                self.assertAlmostEqual(loan.overdue_penalty - before, ten_days, 2)
                self.assertBooks()

    def test_undone_on_the_day_it_was_given(self):
        loan = self._begin([ARREARS, EXTEND], 1)
        self._undo(loan, RELIEVED)
        for line in loan.instalment_ids[:2]:
            owed = self._bear(line, CHARGED, RELIEVED)
            self.assertEqual(self._charged_on(loan, line), owed)
        self.assertBooks()

    def test_who_kept_the_relief_owes_the_shortfall_without_penalty(self):
        loan = self._begin([ARREARS, EXTEND], 1)
        for day in ("2026-04-15", "2026-05-15"):
            day = fields.Date.to_date(day)
            with freeze_time(day):
                self._bill(day)
            self._pass(loan, day, loan.overdue_amount)
            self.assertEqual(loan.overdue_amount, loan.overdue_penalty)
        old = loan.overdue_penalty
        self._undo(loan)
        lines = loan.instalment_ids[:4]
        self.assertGreater(loan.overdue_principal, 0.0)
        charged = self._charged_on(loan, lines)
        self.assertEqual(
            charged, sum(self._bear(line, CHARGED, RELIEVED) for line in lines[:2])
        )
        self.assertEqual(old, 0.0)
        self.assertBooks()

    def test_money_of_before_the_undo_comes_to_light(self):
        """A repayment entered late, and one returned: the days stay without penalty."""
        loan = self._begin([ARREARS, EXTEND], 1)
        self._pass(loan, AGAIN)
        self._undo(loan)
        self._pass(loan, LATER)
        lines = loan.instalment_ids[:4]
        before = self._charged_on(loan, lines)
        with freeze_time(LATER):
            payment = self._pay(loan, 3000.0, "2026-04-20")
            self.assertLess(self._charged_on(loan, lines), before)
            self.assertBooks()
            loan._undo_repayment(payment.move_id, LATER, "Returned")
        self.assertEqual(self._charged_on(loan, lines), before)
        self.assertBooks()

    def test_a_charge_of_before_is_undone_after_it(self):
        loan = self._begin([EXTEND], 1)
        self._pass(loan, AGAIN)
        self._undo(loan)
        with freeze_time(UNDONE):
            charge = loan._find_penalty_moves()[-1:]
            loan._undo_penalty(charge, UNDONE, "mistake")
        self.assertEqual(loan.penalty_date, UNDONE)
        self._pass(loan, UNDONE)
        self.assertFalse(self._charged_on(loan, loan.instalment_ids[2:4]))
        self.assertBooks()

    def test_charged_beside_the_books(self):
        self.product.suspend_days = 40
        loan = self._begin([EXTEND], 1)
        self._night("2026-03-30")
        self.assertTrue(loan.suspended_since)
        self._pass(loan, AGAIN)
        own = loan.schedule_id.instalment_ids
        self.assertGreater(self._charged_on(loan, own), 0.0)
        self._undo(loan)
        for line in loan.instalment_ids[:2]:
            owed = self._bear(line, CHARGED, AGAIN, UNDONE)
            self.assertEqual(self._charged_on(loan, line), owed)
        self.assertFalse(self._charged_on(loan, loan.instalment_ids[2:4]))
        register = self._register(loan)
        owed = sum(v for (part, _due), v in register.items() if part == "penalty")
        self.assertAlmostEqual(owed, loan.overdue_penalty, 2)
        self.assertBooks()

    def test_the_second_of_two_reliefs(self):
        loan = self._begin([ARREARS, EXTEND], 1)
        self._pass(loan, AGAIN)
        first = loan.schedule_id
        charged = self._charged_on(loan, first.instalment_ids)
        self.assertGreater(charged, 0.0)
        self._relieve(loan, [EXTEND], str(AGAIN), 2)
        self._undo(loan)
        self.assertEqual(loan.schedule_id, first)
        self.assertGreater(self._charged_on(loan, first.instalment_ids), charged)
        self._undo(loan)
        self.assertFalse(self._charged_on(loan, loan.instalment_ids[2:4]))
        self.assertBooks()

    def test_money_paid_ahead_that_never_was_opens_its_days(self):
        """No relief was relied on: what was asked for before is late from its day."""
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        with freeze_time(CHARGED):
            self._bill(CHARGED)
            owed = loan.overdue_amount
            payment = self._pay_more(loan, owed + 20000.0)
        schedule = loan.schedule_id
        self.assertEqual(schedule.reason, "prepayment")
        self._pass(loan, AGAIN)
        self.assertGreater(self._charged_on(loan, schedule.instalment_ids), 0.0)
        with freeze_time(UNDONE):
            loan._undo_prepayment(schedule, UNDONE, "bounced", cascade=True)
            self.assertFalse(self._charged_on(loan, schedule.instalment_ids))
            loan._undo_repayment(payment.move_id, UNDONE, "bounced")
        self._pass(loan, LATER)
        for line in loan.instalment_ids[2:4]:
            self.assertEqual(self._charged_on(loan, line), self._bear(line, LATER))
        self.assertBooks()

    def _pay_more(self, loan, amount):
        wizard = self.env["carloan.repayment"].create(
            {"loan_id": loan.id, "amount": amount, "in_advance": "reamortise"}
        )
        wizard.action_register()
        return loan.payment_ids.sorted("id")[-1:]

    def test_what_was_charged_beside_the_books_is_not_charged_anew(self):
        """Cured since, it is in the books; money of before comes to light."""
        self.product.suspend_days = 30
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        self._pass(loan, CHARGED)
        self.assertTrue(loan.suspended_since)
        self._pass(loan, AGAIN)
        self._pass(loan, UNDONE, 0.0)
        with freeze_time(UNDONE):
            self._pay(loan, loan.overdue_amount, UNDONE)
        self.assertFalse(loan.suspended_since)
        day = fields.Date.to_date("2026-06-25")
        self._pass(loan, day)
        lines = loan.instalment_ids[:4]
        before = self._charged_on(loan, lines)
        with freeze_time(day):
            self._pay(loan, 500.0, "2026-04-20")
        self.assertEqual(self._charged_on(loan, lines), before)
        self.assertBooks()

"""Penalties that a relief has disposed of are not taken back behind its back.

Taken back all the same, the borrower would owe less than nothing of them: they had been
waived, put off or made principal, and stand nowhere else.
"""

from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase

DISPOSED = {
    "waived": [{"kind": "waive", "component": "penalty", "percent": 40}],
    "waived on completion": [
        {
            "kind": "waive",
            "component": "penalty",
            "percent": 100,
            "when": "on_completion",
        },
        {"kind": "extend", "instalments": 3},
    ],
    "capitalised": [
        {"kind": "capitalise", "components": ["penalty", "interest", "principal"]}
    ],
}


@tagged("post_install", "-at_install")
class TestPenaltyAgreed(SuspendedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "grace_days": 0, "suspend_days": 0})

    def _overdue(self, suspend_days=0):
        """A loan that is charged on 20 April, and what was charged."""
        self.product.suspend_days = suspend_days
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        with freeze_time("2026-04-20"):
            self._bill("2026-04-20")
            return loan, self.ledger._charge_penalties(loan)

    def assertOwed(self, loan, day="2026-04-26"):
        """Nothing that the loan owes is below nothing, for who reads its position."""
        with freeze_time(day):
            loan._get_positions()  # refuses what is negative
            loan._refresh_position()
            self.assertBooks()

    def test_a_charge_that_a_relief_disposed_of_is_not_undone(self):
        for number, (title, plan) in enumerate(DISPOSED.items()):
            with self.subTest(title):
                loan, charge = self._overdue()
                self._relieve(loan, plan, "2026-04-25", number)
                with freeze_time("2026-04-26"):
                    text = f"{loan.name} - Request {number} of 2026-04-25 rests on it"
                    with self.assertRefused(text):
                        loan._undo_penalty(charge, "2026-04-26", "mistake")
                    self.assertOwed(loan)
                    # the way out that the message names
                    loan._undo_relief(loan.schedule_id, "2026-04-26", "mistake")
                    # which charged the days up to it: the last charge goes first
                    for one in loan._find_penalty_moves().sorted("id", reverse=True):
                        loan._undo_penalty(one, "2026-04-26", "mistake")
                    self.assertTrue(charge.reversal_move_ids)
                self.assertEqual(loan.overdue_penalty, 0.0)
                self.assertOwed(loan)

    def test_a_charge_after_a_relief_is_undone(self):
        loan, _charge = self._overdue()
        self._relieve(loan, DISPOSED["waived"], "2026-04-20")
        with freeze_time("2026-05-10"):
            later = self.ledger._charge_penalties(loan)
            before = loan.overdue_penalty
            loan._undo_penalty(later, "2026-05-10", "mistake")
        self.assertLess(loan.overdue_penalty, before)
        self.assertOwed(loan, "2026-05-10")

    def test_money_of_before_comes_to_light_after_a_relief(self):
        """What was charged up to the relief was part of what was agreed."""
        for number, (title, plan) in enumerate(DISPOSED.items()):
            with self.subTest(title):
                loan, charge = self._overdue()
                self._relieve(loan, plan, "2026-04-25", number)
                with freeze_time("2026-04-26"):
                    self._pay(loan, 3716.23, "2026-03-01")
                    self.assertFalse(charge.reversal_move_ids)
                self.assertOwed(loan)

    def test_disposed_of_in_the_register(self):
        for number, (title, plan) in enumerate(DISPOSED.items()):
            with self.subTest(title):
                loan, charge = self._overdue(suspend_days=66)
                self._night("2026-04-24")
                self.assertTrue(loan.suspended_since)
                self.assertEqual(self._sum(loan, "penalty_due"), 0.0)
                self._relieve(loan, plan, "2026-04-25", number)
                with freeze_time("2026-04-26"):
                    with self.assertRefused("of 2026-04-25 rests on it"):
                        loan._undo_penalty(charge, "2026-04-26", "mistake")
                    self.assertOwed(loan)
                    # cured, and then money of before comes to light
                    self._pay(loan, loan.overdue_amount + 100.0, "2026-04-26")
                    loan._refresh_position()
                    self.assertFalse(loan.suspended_since)
                    self._pay(loan, 100.0, "2026-03-01")
                    self.assertFalse(charge.reversal_move_ids)
                self.assertOwed(loan)

    def test_money_freed_while_interest_waits_for_an_instalment(self):
        """An entry of today is not dated on the day of what it pays ahead."""
        loan, charge = self._overdue()
        with freeze_time("2026-04-20"):
            self._pay(loan, 100.0, "2026-04-20")  # penalties come first
        plan = [
            {"kind": "carry", "components": ["interest"]},
            {"kind": "capitalise", "components": ["principal"]},
        ]
        self._relieve(loan, plan, "2026-04-25")
        with freeze_time("2026-04-26"):
            loan._undo_penalty(charge, "2026-04-26", "mistake")
            made = loan.line_ids.filtered(lambda line: str(line.date) > "2026-04-26")
            self.assertFalse(made.filtered(lambda x: x.parent_state == "posted"))
        self.assertOwed(loan)

"""The day on which accrued interest stands: nothing else may take it for its own."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase

MONTH_END = "2026-02-28"


@tagged("post_install", "-at_install")
class TestLedgerMonthEnd(SuspendedCase):
    def setUp(self):
        super().setUp()
        with freeze_time("2026-01-15"):
            self.loan = self._create_active()

    def _accrue(self, day=MONTH_END):
        with freeze_time(day):
            moves = self.ledger._accrue(self.company, day)
        return moves.filtered(lambda move: self.loan in move.line_ids.carloan_loan_id)

    def _get_accrued(self, move, role):
        own = move.line_ids.filtered(
            lambda line: (
                line.carloan_role == role
                and line.carloan_loan_id in (self.loan, self.loan.browse())
            )
        )
        return round(sum(own.mapped("balance")), 2)

    def _turn_of_month(self, move, day="2026-03-01"):
        with freeze_time(day):
            move.reversal_move_ids._post()

    def test_a_repayment_bounces(self):
        with freeze_time("2026-02-15"):
            self._bill("2026-02-15")
            payment = self._pay(self.loan, 5000.0, "2026-02-15")
        move = self._accrue()
        with freeze_time(MONTH_END):
            self.loan._undo_repayment(payment.move_id, MONTH_END, "bounced")
            self.assertEqual(self.loan.overdue_amount, 3716.23)
            self.assertEqual(self.loan.credit_balance, 0.0)
            self.assertBooks()
        self._turn_of_month(move)
        self.assertEqual(self._sum(self.loan, "principal_due"), 2996.23)
        self.assertBooks()

    def test_a_repayment_is_entered_late(self):
        with freeze_time(MONTH_END):
            self._bill(MONTH_END)
        self._accrue()
        with freeze_time(MONTH_END):
            day = fields.Date.to_date(MONTH_END)
            shown = self.loan._preview_repayment(100.0, day)
            self.assertEqual([row[0] for row in shown], ["interest"])
            self._pay(self.loan, 5000.0, "2026-02-10")
            self.assertEqual(self.loan.credit_balance, 1283.77)
            made = self._moves(self.loan, "repay")
            self.assertEqual(len(made), 1)  # nothing was to be allocated anew
            self.assertBooks()

    def test_a_relief_leaves_the_allowance_of_the_accrual_alone(self):
        self._charge(self.loan, 20000.0, "2026-01-31")
        self.loan.ifrs_stage = "3"
        with freeze_time("2026-02-15"):
            self._bill("2026-02-15")
        move = self._accrue()
        held = -self._get_accrued(move, "allowance")
        self.assertGreater(held, 0.0)
        left = self.loan._get_allowance()
        self.assertEqual(round(left + held, 2), self.loan.allowance_balance)
        plan = [{"kind": "forgive_principal", "amount": str(left + 10)}]
        self._relieve(self.loan, plan, MONTH_END)
        self.assertEqual(self.loan.allowance_balance, held)
        self._turn_of_month(move)
        self.assertEqual(self.loan.allowance_balance, 0.0)
        self.assertBooks()

    def test_income_at_the_effective_rate_and_no_claim_twice(self):
        """A row that collects deferred interest and an earlier claim of 1,422.02."""
        with freeze_time("2026-03-16"):
            self._bill("2026-03-16")
        plan = [
            {"kind": "capitalise", "components": ["principal"]},
            {"kind": "holiday", "instalments": 2, "interest": "defer"},
            {"kind": "carry", "components": ["interest"]},
        ]
        self._relieve(self.loan, plan, "2026-03-20")
        with freeze_time("2026-05-31"):
            self._bill("2026-05-31")
        row = self.loan.instalment_ids[2]
        self.assertEqual((str(row.due_date), row.carried), ("2026-06-15", 1422.02))
        income = round(row.interest - row.carried + row.unwind, 2)
        move = self._accrue("2026-05-31")
        accrued = self._get_accrued(move, "interest_due")
        self.assertAlmostEqual(accrued, income * 16 / 31, delta=0.01)
        self.assertEqual(self._get_accrued(move, "interest_income"), -accrued)

    def test_the_tax_of_what_is_not_due_waits(self):
        """Income before the tax falls due: circular 22/2016, 2 (1) 2."""
        self.env["carloan.vat.rate"].create({"date_from": "2026-01-01", "rate": 0.06})
        with freeze_time("2026-02-15"):
            self._bill("2026-02-15")
        declared = self._sum(self.loan, "output_vat")
        entry = self._entry(self._accrue())
        tax = round(entry["interest_due"] * 6 / 106, 2)
        self.assertEqual(entry["pending_vat"], -tax)
        self.assertNotIn("output_vat", entry)
        self.assertEqual(self._sum(self.loan, "output_vat"), declared)

    def test_a_loan_that_came_later_has_not_run_yet(self):
        """As of a day on which it was in no books; the terms are older."""
        self.env.cr.execute(
            "UPDATE account_move_line SET date = '2026-03-10'"
            " WHERE carloan_loan_id = %s",
            [self.loan.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self._accrue())

    def test_a_product_that_cannot_be_accrued_stops_no_other(self):
        self.env["res.company"].search([]).carloan_accrue = False
        self.company.carloan_accrue = True
        broken = self._create_product(self.company, name="Broken")
        with freeze_time("2026-01-15"):
            self._create_active(product_id=broken.id)
        # sorted first, so that the night meets it before the other
        broken.write({"name": "A", "journal_id": False})
        with freeze_time(MONTH_END):
            self.ledger._cron_accrue()
        moves = self.env["account.move"].search(
            [("carloan_event", "=", "accrue"), ("date", "=", MONTH_END)]
        )
        self.assertEqual(moves.line_ids.carloan_loan_id, self.loan)
        self.assertIn("could not be accrued", broken.message_ids[0].body)

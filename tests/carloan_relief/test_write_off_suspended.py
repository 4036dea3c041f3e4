"""What is suspended beside the books, whatever ends the loan."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase


@tagged("post_install", "-at_install")
class TestWriteOffSuspended(SuspendedCase):
    """What is suspended stays in its own register, whatever ends the loan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 90
        cls.vehicle = cls.env["carloan.vehicle"].create({"make": "Aurora"})
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active(vehicle_id=cls.vehicle.id)
        with freeze_time("2026-06-20"):
            cls._bill("2026-06-20")
            cls.loan._refresh_position()
        cls.suspended = cls.loan.overdue_interest

    def test_write_off_recovery_and_undo(self):
        self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
        with freeze_time("2026-06-20"):
            case = self._write_off_case(self.loan)
            owed = 120000.0 + self.suspended
            self.assertEqual((case.amount, case.suspended), (owed, self.suspended))
            case.action_submit()
            case.with_user(self.approver).action_approve()
            case.with_user(self.accountant).action_write_off()
            self.assertEqual((case.claim, case.interest), (120000.0, 0.0))
            # one figure for all that is owed, from the proposal on
            self.assertEqual((case.owed, case.balance), (owed, 120000.0))
            self.assertEqual(self.loan.written_off_claim, owed)
            window = self.env["carloan.repayment"].create({"loan_id": self.loan.id})
            self.assertEqual((window.amount, window.excess), (owed, 0.0))
            self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
            self.assertEqual(self.loan.memo_balance, 120000.0 + self.suspended)
            self.assertEmptied(self.loan)
            # what was written off comes first, then what is suspended, as income
            payment = self._pay(self.loan, 120100.0, "2026-06-20")
            self.assertEqual(self._memo(self.loan), 0.0)
            left = round(self.suspended - 100, 2)
            self.assertEqual(self._memo(self.loan, "suspended"), left)
            self.loan.invalidate_recordset()
            self.assertEqual((case.owed, self.loan.written_off_claim), (left, left))
            self.assertEmptied(self.loan)
            self.assertBooks()
            self._undo(move_id=payment.move_id.id)
            self._undo(write_off_id=case.id)
            self.assertEqual(self.loan.state, "active")
            self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
            self.assertEqual(self.loan.overdue_interest, self.suspended)
            self.assertBooks()

    def test_a_recovery_that_bounces_moves_nothing_else(self):
        loan, charge = self._create_late()
        # what the charge had paid pays suspended penalties now, later than it came
        with freeze_time("2026-07-01"):
            loan._reverse_events(charge, date(2026, 7, 1), "Mistake")
            key = f"replay:{charge.id}"
            loan._reopen_penalty_days(loan.penalty_date, date(2026, 7, 1), key)
            self.assertBooks()
            before = self._get_sums(loan)
            case = self._written_off(loan, date="2026-07-01")
            suspended = self._memo(loan, "suspended")
        with freeze_time("2026-07-20"):
            payment = self._pay(loan, 500.0, "2026-07-10")
            beyond = self._pay(loan, case.claim - 500 + 40, "2026-07-20")
            self.assertEqual(self._memo(loan), 0.0)
            self.assertEqual(self._memo(loan, "suspended"), round(suspended - 40, 2))
            lines = self.env["carloan.memo"].search([("loan_id", "=", loan.id)])
            for move in (beyond.move_id, payment.move_id):
                self._undo(move_id=move.id, date="2026-07-20")
                self.assertEmptied(loan)
                self.assertEqual(self._memo(loan, "suspended"), suspended)
                self.assertBooks()
            self.assertEqual(self._memo(loan), case.claim)
            after = self.env["carloan.memo"].search([("loan_id", "=", loan.id)])
            self.assertFalse(
                (after - lines).filtered(
                    lambda x: x.event not in ("reverse", "receipt")
                )
            )
            self._undo(write_off_id=case.id, date="2026-07-20")
            self.assertEqual(self._get_sums(loan), before)
            self.assertBooks()

    def _create_late(self):
        """A suspended loan with a charge from before that a repayment has paid."""
        self._agree(
            penalty_rate=0.18,
            grace_days=0,
            allocation_mode="vertical",
            allocation_order="principal,interest,fee,penalty",
        )
        with freeze_time("2026-03-20"):
            loan = self._create_active()
            self._bill("2026-03-20")
            charge = self.ledger._charge_penalties(loan, "2026-03-20")
        with freeze_time("2026-06-20"):
            self._bill("2026-06-20")
            loan._refresh_position()
            self.assertTrue(loan.suspended_since)
            self.ledger._charge_penalties(loan, "2026-06-20")
            owed = loan.overdue_amount
            self._pay(loan, owed - 100.0, "2026-06-20")
        return loan, charge

    def _get_sums(self, loan):
        roles = ("principal", "principal_due", "interest_due", "penalty_due")
        return {role: self._sum(loan, role) for role in roles}

    def test_a_settlement_pays_what_is_suspended(self):
        with freeze_time("2026-06-20"):
            case = self.env["carloan.settlement"].create({"loan_id": self.loan.id})
            self.assertEqual(case.overdue, self.loan.overdue_amount)
            case.with_user(self.accountant).action_settle()
            self.assertEqual(self.loan.state, "closed")
            self.assertEqual(self._memo(self.loan, "suspended"), 0.0)
            self.assertEmptied(self.loan)
            self.assertBooks()
            self._undo(settlement_id=case.id)
            self.assertEqual(self.loan.state, "active")
            self.assertBooks()

    def test_a_vehicle_for_the_whole_claim_ends_it_too(self):
        with freeze_time("2026-06-20"):
            for scope in ("full", "part"):
                case = (
                    self.env["carloan.repossession"]
                    .with_user(self.officer)
                    .create(
                        {
                            "loan_id": self.loan.id,
                            "fair_value": 90000.0,
                            "source": "Appraiser",
                            "scope": scope,
                        }
                    )
                )
                case.with_user(self.approver).action_approve()
                case.with_user(self.accountant).action_take()
                state = "closed" if scope == "full" else "active"
                self.assertEqual(self.loan.state, state)
                if scope == "full":
                    self.assertEqual(self._memo(self.loan, "suspended"), 0.0)
                self.assertBooks()
                self._undo(repossession_id=case.id)
                self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
                self.assertEqual(self.loan.overdue_interest, self.suspended)
                self.assertBooks()

    def test_the_rest_repaid_after_a_part_is_a_cure(self):
        """What was kept out of income is income, though a part is owed for ever."""
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        with freeze_time("2026-01-20"):
            self._written_off(
                loan, date="2026-01-20", scope="part", part_amount=20000.0
            )
        self._relieve(loan, [{"kind": "rate", "annual_rate": "0.036"}], "2026-02-01")
        self._night("2026-05-30")
        self.assertTrue(loan.suspended_since)
        with freeze_time("2026-06-01"):
            case = self.env["carloan.settlement"].create({"loan_id": loan.id})
            case.with_user(self.manager).action_settle()
            self.assertEqual(loan.state, "written_off")
            self.assertEqual(loan.overdue_amount, 0.0)
            self.assertFalse(loan.suspended_since)
            self.assertEqual(self._sum(loan, "interest_adjustment"), 0.0)
            self.assertEqual(self._memo(loan), 20000.0)
            self.assertBooks()

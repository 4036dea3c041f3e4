"""What ends a loan, or part of it, reads as such in the statement of account."""

from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestStatementClosing(ClosingCase):
    def _rows(self, loan):
        """{what happened: (charged, received, relieved)} of a loan's whole life."""
        account = loan._get_statement(*loan._get_statement_period())
        self.assertEqual(
            account["closing"]["due"],
            loan._to_minor([loan.overdue_amount - loan.credit_balance])[0],
        )
        names = ("charged", "received", "relieved")
        return {
            row["label"]: tuple(row[name] / 100 for name in names)
            for row in account["rows"]
        }

    def test_early_settlement(self):
        loan = self._create_active(start_date="2026-05-15", first_due_date="2026-06-15")
        self._bill("2026-06-20")
        case = self.env["carloan.settlement"].create(
            {"loan_id": loan.id, "date": "2026-06-20"}
        )
        case.action_settle()
        rows = self._rows(loan)
        rest = round(case.total - 3716.23, 2)
        self.assertEqual(rows["Early settlement: the rest falls due"], (rest, 0.0, 0.0))
        self.assertEqual(rows["Repayment: early settlement"], (0.0, case.total, 0.0))

    def test_repaid_ahead_and_written_off(self):
        loan = self._create_active(start_date="2026-05-15", first_due_date="2026-06-15")
        self._bill("2026-06-20")
        wizard = self.env["carloan.repayment"].create(
            {"loan_id": loan.id, "amount": 13716.23, "in_advance": "reamortise"}
        )
        wizard.action_register()
        self.assertEqual(
            self._rows(loan)["Principal repaid ahead"], (10000.0, 0.0, 0.0)
        )
        case = self._written_off(loan)
        rows = self._rows(loan)
        self.assertIn("Write-off", rows)
        account = loan._get_statement(*loan._get_statement_period())
        self.assertEqual(account["memo"][0][1], loan._to_minor([case.claim])[0])
        self.assertEqual(account["closing"]["outstanding"], 0)

    def test_a_recovery_is_money_paid(self):
        loan = self._create_a19()
        self._written_off(loan)
        payment = self._pay(loan, 9000.0, "2026-06-20")
        rows, label = self._rows(loan), "Repayment, for what was written off"
        # one event, one row: due as it comes in, and paid by it
        self.assertEqual(rows[label], (9000.0, 9000.0, 0.0))
        self.assertFalse([name for name in rows if "Recovery" in name])
        self._undo(move_id=payment.move_id.id)
        rows = self._rows(loan)
        self.assertEqual(rows[f"Undone: {label}"], (0.0, -9000.0, 9000.0))
        self.assertFalse([name for name in rows if "Recovery" in name])
        account = loan._get_statement(*loan._get_statement_period())
        self.assertEqual(account["totals"]["received"], 0)

    def test_a_vehicle_for_what_was_written_off(self):
        loan = self._create_a19()
        loan.vehicle_id = self.env["carloan.vehicle"].create({"make": "Aurora"})
        self._written_off(loan)
        case = (
            self.env["carloan.repossession"]
            .with_user(self.officer)
            .create(
                {
                    "loan_id": loan.id,
                    "date": "2026-06-20",
                    "fair_value": 20000.0,
                    "source": "Appraiser",
                }
            )
        )
        case.with_user(self.approver).action_approve()
        case.with_user(self.accountant).action_take()
        rows = self._rows(loan)
        label = "Vehicle taken in settlement, for what was written off"
        self.assertEqual(rows[label], (20000.0, 0.0, 20000.0))
        self.assertFalse([name for name in rows if "Recovery" in name])
        account = loan._get_statement(*loan._get_statement_period())
        self.assertEqual(account["closing"]["outstanding"], 0)

    def test_vehicle_taken_and_sold(self):
        vehicle = self.env["carloan.vehicle"].create({"make": "Aurora"})
        buyer = self.env["res.partner"].create({"name": "Car dealer"})
        loan = self._create_active(
            start_date="2026-05-15",
            first_due_date="2026-07-15",
            vehicle_id=vehicle.id,
        )
        case = (
            self.env["carloan.repossession"]
            .with_user(self.officer)
            .create(
                {
                    "loan_id": loan.id,
                    "date": "2026-06-20",
                    "fair_value": 50000.0,
                    "source": "Appraiser",
                    "scope": "part",
                    "sale_for": "borrower",
                }
            )
        )
        case.with_user(self.approver).action_approve()
        case.with_user(self.accountant).action_take()
        sale = {"sale_date": "2026-06-20", "sale_price": 49000.0}
        case.sudo().write({**sale, "buyer_id": buyer.id})
        case.with_user(self.accountant).action_sell()
        rows = self._rows(loan)
        self.assertGreater(rows["Vehicle taken: the rest falls due"][0], 120000.0)
        self.assertEqual(rows["Vehicle taken in settlement"], (0.0, 0.0, 50000.0))
        self.assertEqual(rows["Sale of a vehicle taken"], (1000.0, 0.0, 0.0))

"""The reports over the ledger: aged balances, instalments by month.

Every figure is computed a second time in Python from the journal items.
"""

from collections import defaultdict

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.receivables.carloan_aged_balance import (
    BUCKET_FIELDS,
    ROLES,
)

from .common_receivables import TODAY, ReceivablesCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceivablesAged(ReceivablesCase):
    def test_totals_of_aged_balances_are_the_accounts(self):
        for day in ("2025-08-31", "2025-11-05", "2026-02-03", "2026-03-03", TODAY):
            lines = self._aged(day)
            self.assertEqual(
                round(sum(lines.mapped("total")), 2), self._balance(ROLES, day), day
            )
            for component in ("interest", "fee", "penalty"):
                own = lines.filtered(lambda x, c=component: x.component == c)
                self.assertEqual(
                    round(sum(own.mapped("total")), 2),
                    self._balance((f"{component}_due",), day),
                )
            for line in lines:
                parts = sum(line[name] for name in BUCKET_FIELDS)
                self.assertAlmostEqual(parts, line.total, 2)

    def test_buckets_of_today_are_the_residuals(self):
        """A second way: what Odoo's reconciliation says is open."""
        expected = defaultdict(float)
        for item in self._items(ROLES[1:], TODAY):
            if not item.carloan_component or not item.amount_residual:
                continue
            days = (fields.Date.to_date(TODAY) - item.date_maturity).days
            name = next(
                name
                for name, limit in BUCKET_FIELDS.items()
                if limit is None or days <= limit
            )
            key = (item.carloan_loan_id, item.carloan_component, name)
            expected[key] += item.amount_residual
        found = {}
        for line in self._aged(TODAY):
            for name in BUCKET_FIELDS:
                amount = line[name]
                if line.component == "principal" and name == "not_due":
                    amount -= self._sum(line.loan_id, "principal")
                if line.component != "credit" and round(amount, 2):
                    found[line.loan_id, line.component, name] = round(amount, 2)
        self.assertEqual(
            found, {key: round(value, 2) for key, value in expected.items()}
        )
        self.assertIn((self.late, "principal", "due_360"), found)

    def test_a_past_day_does_not_know_what_came_later(self):
        lines = self._aged("2025-11-04")
        own = lines.filtered(lambda line: line.loan_id == self.relieved)
        interest = own.filtered(lambda line: line.component == "interest")
        bills = self._items(("interest_due",), "2025-11-04").filtered(
            lambda line: line.carloan_loan_id == self.relieved
        )
        self.assertEqual(
            round(interest.total, 2), round(sum(bills.mapped("balance")), 2)
        )
        self.assertGreater(interest.due_30, 0.0)

    def test_a_row_opens_its_open_items(self):
        for day in ("2025-11-04", TODAY):
            for line in self._aged(day):
                items = self.env["account.move.line"].search(
                    line.action_view_items()["domain"]
                )
                self.assertEqual(
                    round(sum(items.mapped("balance")), 2), round(line.total, 2)
                )

    # ------------------------------------------------------------------ months

    def test_instalments_by_month_agree_with_schedule_and_ledger(self):
        Month = self.env["carloan.instalment.month"]
        loans = self.good | self.late | self.relieved | self.undone
        for loan in loans:
            rows = Month.search([("loan_id", "=", loan.id)])
            by_instalment = {row.instalment_id: row for row in rows}
            billed = loan.schedule_ids.instalment_ids.filtered(
                lambda line: line.state == "billed"
            )
            coming = loan.instalment_ids - billed
            self.assertEqual(set(by_instalment), set(billed | coming))
            for line in billed:
                row = by_instalment[line]
                self.assertAlmostEqual(row.residual, line.amount_residual, 2)
                self.assertAlmostEqual(row.billed, line.amount, 2)
                self.assertAlmostEqual(
                    row.paid + row.relieved + row.residual, row.billed
                )
                late = line.due_date < fields.Date.today()
                self.assertEqual(row.overdue, row.residual if late else 0.0)
            self.assertEqual(
                sum(r.expected for r in rows if r.billed == 0),
                sum(coming.mapped("amount")),
            )
        paid = -sum(
            self._items(ROLES[1:])
            .filtered(
                lambda x: x.carloan_component and x.move_id.carloan_event == "repay"
            )
            .mapped("balance")
        )
        rows = Month.search([("loan_id", "in", loans.ids)])
        self.assertAlmostEqual(sum(rows.mapped("paid")), paid, 2)
        relieved = rows.filtered(lambda row: row.loan_id == self.relieved)
        self.assertGreater(sum(relieved.mapped("relieved")), 0)
        groups = Month._read_group(
            [("loan_id", "in", loans.ids)], ["due_date:month"], ["expected:sum"]
        )
        self.assertGreater(len(groups), 30)

    def test_a_row_opens_its_bill(self):
        row = self.env["carloan.instalment.month"].search(
            [("loan_id", "=", self.late.id), ("overdue", ">", 0)], limit=1
        )
        self.assertEqual(row.action_open_move()["res_id"], row.move_id.id)

    def test_what_was_paid_ahead_is_due_again_when_it_bounces(self):
        Month = self.env["carloan.instalment.month"]
        loan = self.good

        def find():
            self.env.flush_all()
            rows = Month.search([("loan_id", "=", loan.id)])
            items = self._items(ROLES[1:]).filtered(
                lambda x: x.carloan_loan_id == loan and x.carloan_component
            )
            self.assertAlmostEqual(
                sum(rows.mapped("residual")), sum(items.mapped("balance")), 2
            )
            found = rows.filtered(lambda row: row.state == "prepaid")
            return [
                (str(r.due_date), r.expected, r.billed, r.paid, r.relieved, r.residual)
                for r in found
            ]

        def pay(amount):
            self._pay(loan, amount + loan.overdue_amount, TODAY)
            return loan._prepay(loan.payment_ids.sorted("id")[-1], "last")

        with self.subTest("undone: as if it had never been"):
            self.assertFalse(find())
            schedule = pay(5000)
            self.assertEqual(find(), [(TODAY, 5000, 5000, 5000, 0, 0)])
            loan._undo_prepayment(schedule, TODAY, "mistake")
            self.assertFalse(find())
            last = loan.payment_ids.sorted("id")[-1]
            loan._undo_repayment(last.move_id, TODAY, "mistake")
        with self.subTest("an earlier payment bounces: what is due last is due again"):
            early = loan.payment_ids.sorted("id")[0]
            pay(7000)
            loan._undo_repayment(early.move_id, TODAY, "bounced")
            left = round(7000 - early.amount, 2)
            self.assertEqual(find(), [(TODAY, 7000, 7000, left, 0, early.amount)])
            self.assertBooks()

"""A loan leaves the books with its evidence: entries, register, and back."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestWriteOff(ClosingCase):
    def test_a19_entries_register_and_state(self):
        loan = self._create_a19()
        case = self._written_off(loan)
        top_up = self._moves(loan, "provision")[-1]
        self.assertEqual(
            self._entry(top_up), {"impairment": 4520.0, "allowance": -4520.0}
        )
        self.assertEqual(
            self._entry(self._moves(loan, "write_off")),
            {"allowance": 39520.0, "principal": -38000.0, "interest_due": -1520.0},
        )
        self.assertEmptied(loan)
        self.assertEqual(self._memo(loan), 39520.0)
        self.assertEqual(loan.state, "written_off")
        self.assertEqual(loan.written_off_balance, 39520.0)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "done",
                    "principal": 38000.0,
                    "interest": 1520.0,
                    "claim": 39520.0,
                    "allowance": 35000.0,
                    "charge": 4520.0,
                    "balance": 39520.0,
                    "recovered": 0.0,
                }
            ],
        )
        # the loan still looks like what it is
        self.assertEqual((loan.cn_class, loan.dpd), ("loss", 5))
        self.assertFalse(loan.next_due_date)
        self.assertFalse(
            loan.instalment_ids.move_id.filtered(lambda m: m.state == "draft")
        )
        self.assertBooks()
        self.assertFalse(self._bill("2026-07-20") & self._moves(loan, "bill"))
        first = loan.instalment_ids[0]
        self.assertEqual((first.paid_state, first.amount_residual), ("overdue", 1520.0))

    def test_overdue_parts_adjustment_and_too_much_allowance(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        event = {"loan": loan, "event": "modify", "key": "test:modify"}
        self.ledger._post_events(
            [{**event, "date": "2026-06-16", "amounts": {"loss": 100000}}]
        )
        planned = loan.instalment_ids.filtered(lambda x: x.state != "billed")
        planned[-1:].sudo().unwind = 1000.0
        self._provide(loan, 200000.0)
        owed = loan.principal_balance + loan.overdue_interest
        case = self._written_off(loan)
        self.assertAlmostEqual(case.claim, owed)
        self.assertAlmostEqual(case.charge, owed - 1000.0 - 200000.0)
        self.assertEmptied(loan)
        self.assertAlmostEqual(self._memo(loan), owed)
        by_component = dict(
            self.env["carloan.memo"]._read_group(
                [("loan_id", "=", loan.id)], ["component"], ["amount:sum"]
            )
        )
        self.assertAlmostEqual(by_component["interest"], case.interest)
        # each instalment keeps its own date in the register
        dates = loan.memo_ids.filtered(lambda x: x.component == "interest")
        self.assertEqual(
            sorted(str(day) for day in dates.mapped("due_date")),
            [f"2026-0{month}-15" for month in range(2, 7)],
        )
        self.assertBooks()

    def test_an_allowance_set_later_is_not_left_behind(self):
        loans = self._create_a19() | self._create_a19()
        rows = [{"id": loan.id, "charge": 100000} for loan in loans]
        day = fields.Date.to_date("2026-06-20")
        move = self.ledger._post_provisions(self.product, rows, day)
        with self.assertRefused(move.name):
            self._written_off(loans[0], date="2026-06-19")
        self.assertEqual(self._written_off(loans[0]).allowance, 36000.0)
        self.assertEmptied(loans[0])

    def test_books_and_register_change_on_one_day(self):
        """However a closed period moves the entries, the claim is in one of the two."""
        self.company.carloan_locked_policy = "next_open"
        loan = self._create_a19()
        with freeze_time("2026-07-10"):
            self.company.fiscalyear_lock_date = "2026-06-25"
            case = self._written_off(loan)
            payment = self._pay(loan, 500.0, "2026-06-22")
            self.assertEqual(self._memo(loan), case.claim - 500)
            self.company.fiscalyear_lock_date = "2026-06-30"
            self._undo(move_id=payment.move_id.id, date="2026-06-27")
            self._undo(write_off_id=case.id, date="2026-06-27")
            days = [
                sorted(set(lines.mapped("date")))
                for lines in (
                    loan.line_ids.filtered(
                        lambda x: (
                            x.move_id.carloan_event in ("write_off", "recovery")
                            and x.parent_state == "posted"
                        )
                    ),
                    loan.memo_ids,
                )
            ]
            self.assertEqual(days[0], days[1])
            self.assertEqual([day.isoformat() for day in days[0]][-1], "2026-07-01")
            self.assertBooks()

    def test_credit_of_the_borrower_is_used_first(self):
        loan = self._create_a19()
        self._pay(loan, 1620.0, "2026-06-18")
        self.assertEqual(loan.credit_balance, 100.0)
        case = self._written_off(loan)
        self.assertEqual(case.claim, 37900.0)
        self.assertEmptied(loan)
        self.assertBooks()

    def test_undo_puts_everything_back(self):
        loan = self._create_a19()
        before = {
            name: loan[name]
            for name in (
                "overdue_amount",
                "principal_balance",
                "dpd",
                "oldest_due_date",
            )
        }
        drafted = loan.instalment_ids.filtered(lambda x: x.state == "drafted")
        case = self._written_off(loan)
        self._undo(write_off_id=case.id)
        self.assertEqual((case.state, loan.state), ("undone", "active"))
        self.assertEqual({name: loan[name] for name in before}, before)
        self.assertEqual(self._sum(loan, "allowance"), -35000.0)
        self.assertEqual(self._sum(loan, "impairment"), 35000.0)
        self.assertEqual(self._memo(loan), 0.0)
        self.assertEqual(
            loan.instalment_ids.filtered(lambda x: x.state == "drafted"), drafted
        )
        self.assertBooks()
        with self.assertRefused("undone"):
            self._undo(write_off_id=case.id)
        # a new case can be made, and the books hold
        again = self._written_off(loan)
        self.assertEqual(again.balance, 39520.0)
        self.assertEqual(case.balance, 0.0)
        self.assertEmptied(loan)

    def test_the_entry_leads_to_the_case(self):
        loan = self._create_a19()
        case = self._written_off(loan)
        move = self._moves(loan, "write_off")
        context = move.action_carloan_undo()["context"]
        self.assertEqual(context, {"default_write_off_id": case.id})
        self.assertTrue(move.carloan_can_undo)

    def test_what_cannot_be_written_off(self):
        closed = self._create_active(
            instalments=1, start_date="2026-05-15", first_due_date="2026-06-15"
        )
        self._bill("2026-06-20")
        loan = self._create_a19()
        case = self._write_off_case(loan, date="2026-06-19")
        self._pay(closed, closed.overdue_amount, "2026-06-20")
        with self.assertRefused("Closed"):
            self._write_off_case(closed)
        self._pay(loan, 10.0, "2026-06-20")
        case.action_submit()
        case.with_user(self.approver).action_approve()
        with self.assertRefused("is in the books already"):
            case.with_user(self.accountant).action_write_off()
        self.assertEqual((case.state, loan.state), ("approved", "active"))
        late = self._write_off_case(self._create_a19(), date="2026-06-21")
        late.action_submit()
        late.with_user(self.approver).action_approve()
        with self.assertRefused("still to come"):
            late.with_user(self.accountant).action_write_off()

    def test_a_locked_period_leaves_the_loan_in_the_books(self):
        loan = self._create_a19()
        case = self._write_off_case(loan)
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.company.fiscalyear_lock_date = "2026-06-20"
        with self.assertRefused(loan.name):
            case.with_user(self.accountant).action_write_off()
        self.assertEqual((case.state, loan.state), ("approved", "active"))
        self.assertEqual(self._memo(loan), 0.0)

"""Money ahead of its day: part of the principal, or all that is left."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

# the base loan after 12 instalments: 82,834.67 at 0.6 % a month, 24 x 3,716.23
BALANCE = 82834.67


class AheadCase(ClosingCase):
    """The base loan, 12 instalments billed and paid; the clock is at 25 January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(
            start_date="2025-01-15", first_due_date="2025-02-15"
        )
        cls._bill("2026-01-25")
        cls._pay(cls.loan, 12 * 3716.23, "2026-01-15")

    def _register(self, amount, user=None, loan=None, **values):
        wizard = (
            self.env["carloan.repayment"]
            .with_user(user or self.accountant)
            .create({"loan_id": (loan or self.loan).id, "amount": amount, **values})
        )
        wizard.action_register()
        return (loan or self.loan).payment_ids.sorted("id")[-1:]

    def _ahead(self, loan=None):
        loan = loan or self.loan
        return loan.instalment_ids.filtered(lambda x: x.state != "billed")


@tagged("post_install", "-at_install")
@freeze_time("2026-01-25")
class TestPrepayment(AheadCase):
    def test_last_shortens_the_loan_and_keeps_the_instalment(self):
        before = self.loan.schedule_id
        self._register(20000.0, in_advance="last")
        self.assertEqual(
            self._entry(self._moves(self.loan, "prepay")),
            {"principal_due": 20000.0, "principal": -20000.0},
        )
        schedule = self.loan.schedule_id
        self.assertEqual((schedule.reason, before.state), ("prepayment", "superseded"))
        rows = self._ahead()
        self.assertEqual(rows[0].due_date.isoformat(), "2026-02-15")
        # ten days on the whole, twenty-one on what is left
        interest = round(BALANCE * 0.006 * 10 / 31, 2)
        interest += round((BALANCE - 20000) * 0.006 * 21 / 31, 2)
        self.assertAlmostEqual(rows[0].interest, interest, 2)
        self.assertEqual(set(rows[:-1].mapped("amount")), {3716.23})
        self.assertLess(len(rows), 24)
        self.assertAlmostEqual(sum(rows.mapped("principal")), BALANCE - 20000)
        self.assertEqual(self.loan.principal_balance, round(BALANCE - 20000, 2))
        self.assertEqual((self.loan.credit_balance, self.loan.dpd), (0.0, 0))
        drafts = rows.filtered(lambda x: x.state == "drafted")
        self.assertEqual(drafts.mapped("sequence"), [1, 2, 3])
        self.assertBooks()
        with freeze_time("2026-02-16"):
            self._bill("2026-02-16")
            self.assertEqual(self.loan.overdue_amount, 3716.23)
            self.assertBooks()

    def test_reamortise_keeps_the_number_and_lowers_the_instalment(self):
        self._register(20000.0, in_advance="reamortise")
        rows = self._ahead()
        self.assertEqual(len(rows), 24)
        # interest of ten days on what was repaid comes with the first of them
        owed = BALANCE - 20000 + 20000 * 0.006 * 10 / 31 / 1.006
        level = owed * 0.006 / (1 - 1.006**-24)
        self.assertEqual(set(rows[:-1].mapped("amount")), {round(level, 2)})
        self.assertBooks()

    def test_next_is_the_borrowers_credit(self):
        before = self.loan.schedule_id
        self._register(20000.0)
        self.assertEqual(self.loan.credit_balance, 20000.0)
        self.assertEqual(self.loan.schedule_id, before)
        self.assertFalse(self._moves(self.loan, "prepay"))

    def test_what_is_overdue_comes_first(self):
        with freeze_time("2026-02-20"):
            self._bill("2026-02-20")
            form = Form(
                self.env["carloan.repayment"].with_context(default_loan_id=self.loan.id)
            )
            form.amount = 10000.0
            self.assertEqual(form.excess, 6283.77)
            self._register(10000.0, in_advance="last", date="2026-02-20")
            entry = self._entry(self._moves(self.loan, "prepay"))
            self.assertEqual(entry["principal"], -6283.77)
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertBooks()

    def test_an_adjustment_goes_with_the_principal(self):
        event = {"loan": self.loan, "event": "modify", "key": "test:modify"}
        self.ledger._post_events(
            [{**event, "date": "2026-01-16", "amounts": {"loss": 100000}}]
        )
        self._ahead()[-1:].sudo().unwind = 1000.0
        self._register(20000.0, in_advance="last")
        taken = round(1000 * 20000 / BALANCE, 2)
        self.assertEqual(
            self._entry(self._moves(self.loan, "prepay")),
            {
                "principal_due": 20000.0,
                "principal": -20000.0,
                "interest_adjustment": taken,
                "interest_income": -taken,
            },
        )
        self.assertAlmostEqual(sum(self._ahead().mapped("unwind")), 1000 - taken)
        self.assertBooks()

    def test_undo_from_schedule_and_entry(self):
        before, owed = self.loan.schedule_id, self.loan.principal_balance
        payment = self._register(20000.0, in_advance="last")
        schedule = self.loan.schedule_id
        move = self._moves(self.loan, "prepay")
        context = {"default_schedule_id": schedule.id}
        self.assertEqual(move.action_carloan_undo()["context"], context)
        accountant = schedule.with_user(self.accountant)
        self.assertTrue(accountant.can_undo)
        self.assertEqual(accountant.action_undo()["context"], context)
        # the money it rests on cannot go first
        with self.assertRefused(schedule.name):
            self._undo(move_id=payment.move_id.id, date="2026-01-25")
        with self.assertRefused("choose that day"):
            self._undo(schedule_id=schedule.id, date="2026-01-24")
        self._undo(schedule_id=schedule.id, date="2026-01-25")
        self.assertEqual((self.loan.schedule_id, schedule.state), (before, "undone"))
        self.assertEqual(self.loan.principal_balance, owed)
        self.assertEqual(self.loan.credit_balance, 20000.0)
        self.assertEqual(len(self._ahead()), 24)
        self.assertBooks()
        with self.assertRefused("undone already"):
            self._undo(schedule_id=schedule.id, date="2026-01-25")
        self._undo(move_id=payment.move_id.id, date="2026-01-25")
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertBooks()

    def test_bills_made_since_are_undone_with_it_or_block_it(self):
        self._register(20000.0, in_advance="reamortise")
        schedule = self.loan.schedule_id
        with freeze_time("2026-02-16"):
            self._bill("2026-02-16")
            with self.assertRefused("#1"):
                self._undo(schedule_id=schedule.id, date="2026-02-16")
            self._undo(schedule_id=schedule.id, date="2026-02-16", cascade=True)
            # the instalment of the old schedule is billed, and the credit pays it
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertEqual(self.loan.credit_balance, round(20000 - 3716.23, 2))
            self.assertBooks()

    def test_a_second_one_in_the_same_month_and_a_running_relief(self):
        self._register(20000.0, in_advance="reamortise")
        self._register(10000.0, in_advance="last")
        self.assertEqual(self.loan.principal_balance, round(BALANCE - 30000, 2))
        self.assertEqual(self.loan.schedule_id.version, 3)
        self.assertBooks()
        position, _ids = self.loan._get_positions()
        plan = [{"kind": "holiday", "instalments": 3, "interest": "pay"}]
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        change = valuation.modification(position, revised)
        self.loan._apply_relief(self.borrower, revised, change, "2026-01-25")
        self._register(5000.0, in_advance="last")
        rows = self._ahead().sorted("sequence")
        # the pause goes on, the last instalments went
        self.assertEqual(rows[:4].mapped(lambda x: bool(x.principal)), [0, 0, 0, 1])
        self.assertEqual(self.loan.principal_balance, round(BALANCE - 35000, 2))
        self.assertEqual(
            round(sum(rows.mapped("principal")), 2), self.loan.principal_balance
        )
        self.assertBooks()

    def test_what_cannot_be_used_that_way(self):
        with self.assertRefused("Early settlement"):
            self._register(90000.0, in_advance="last")
        self.assertEqual(self.loan.credit_balance, 0.0)
        bullet = self._create_active(
            method="interest_only",
            start_date="2025-12-15",
            first_due_date="2026-01-15",
        )
        self._bill("2026-01-25")
        with self.assertRefused("has nothing to repay before its last instalment"):
            self._register(5000.0, loan=bullet, in_advance="last")
        self._register(5000.0, loan=bullet, in_advance="reamortise")
        self.assertEqual(bullet.principal_balance, 115720.0)
        with self.assertRaises(AccessError):
            self._register(10.0, user=self.officer, in_advance="last")
        origin = self.loan.schedule_id
        with self.assertRefused("not made by money paid ahead"):
            self._undo(schedule_id=origin.id, date="2026-01-25")
        self.company.fiscalyear_lock_date = "2026-01-25"
        with self.assertRefused(self.loan.name):
            self._register(20000.0, in_advance="last")
        self.assertEqual(self.loan.schedule_id, origin)


@tagged("post_install", "-at_install")
@freeze_time("2026-01-25")
class TestSettlement(AheadCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["carloan.settlement.fee"].create(
            {
                "name": "Three per cent",
                "valid_from": "2024-01-01",
                "kind": "percent",
                "share": 0.03,
                "cap_saved": False,
                "waiver_share": 0.5,
            }
        )
        # ten of the thirty-one days of the running month
        cls.interest = round(497.01 * 10 / 31, 2)
        cls.fee = round(BALANCE * 0.03, 2)

    def _quote(self, user=None, loan=None, **values):
        Case = self.env["carloan.settlement"].with_user(user or self.officer)
        return Case.create({"loan_id": (loan or self.loan).id, **values})

    def test_the_quote_and_its_settlement(self):
        case = self._quote()
        total = round(BALANCE + self.interest + self.fee, 2)
        self.assertRecordValues(
            case,
            [
                {
                    "overdue": 0.0,
                    "fallen": 0.0,
                    "principal": BALANCE,
                    "interest": self.interest,
                    "fee": self.fee,
                    "total": total,
                    "policy_id": self.policy.id,
                }
            ],
        )
        interest = sum(self._ahead().mapped("interest"))
        self.assertAlmostEqual(case.saved, interest - self.interest)
        case.with_user(self.accountant).action_settle()
        bill = self._moves(self.loan, "bill")[-1]
        self.assertEqual(
            self._entry(bill),
            {
                "principal_due": BALANCE,
                "principal": -BALANCE,
                "interest_due": self.interest,
                "interest_income": -self.interest,
                "fee_due": self.fee,
                "fee_income": -self.fee,
            },
        )
        self.assertEqual(
            self._entry(case.payment_id.move_id),
            {
                "asset_cash": total,
                "principal_due": -BALANCE,
                "interest_due": -self.interest,
                "fee_due": -self.fee,
            },
        )
        self.assertEqual((case.state, self.loan.state), ("done", "closed"))
        self.assertEmptied(self.loan)
        self.assertEqual(case.total, total)
        self.assertBooks()

    def test_a_day_to_come_counts_what_falls_due_by_then(self):
        case = self._quote(date="2026-02-20")
        rows = self._ahead()
        self.assertEqual(case.fallen, rows[0].amount)
        self.assertAlmostEqual(case.principal, BALANCE - rows[0].principal)
        self.assertEqual(case.interest, round(rows[1].interest * 5 / 28, 2))
        with self.assertRefused("still to come"):
            case.with_user(self.accountant).action_settle()
        with freeze_time("2026-02-20"):
            case.with_user(self.accountant).action_settle()
            self.assertEqual(self.loan.state, "closed")
            self.assertEmptied(self.loan)
            self.assertBooks()

    def test_overdue_penalties_and_credit_are_part_of_it(self):
        self.product.write({"penalty_rate": 0.108, "grace_days": 0})
        with freeze_time("2026-02-25"):
            self._bill("2026-02-25")
            case = self._quote(date="2026-02-25")
            self.assertEqual(case.overdue, 3716.23)
            penalty = round(3219.22 * 0.108 * 10 / 365, 2)
            self.assertEqual(case.penalty, penalty)
            case.with_user(self.manager).action_settle()
            self.assertEqual(self.loan.state, "closed")
            self.assertEmptied(self.loan)
            self.assertBooks()

    def test_credit_that_pays_all_needs_no_money(self):
        self._pay(self.loan, 90000.0, "2026-01-25")
        case = self._quote()
        self.assertEqual(case.credit, 90000.0)
        self.assertLess(case.total, 0)
        case.with_user(self.accountant).action_settle()
        self.assertFalse(case.payment_id)
        self.assertEqual(
            self.loan.credit_balance,
            round(90000 - BALANCE - self.interest - self.fee, 2),
        )
        self.assertBooks()

    def test_an_adjustment_goes_to_income(self):
        event = {"loan": self.loan, "event": "modify", "key": "test:modify"}
        self.ledger._post_events(
            [{**event, "date": "2026-01-16", "amounts": {"loss": 100000}}]
        )
        self._ahead()[-1:].sudo().unwind = 1000.0
        self._quote().with_user(self.accountant).action_settle()
        bill = self._entry(self._moves(self.loan, "bill")[-1])
        self.assertEqual(bill["interest_adjustment"], 1000.0)
        self.assertEqual(bill["interest_income"], round(-1000 - self.interest, 2))
        self.assertEmptied(self.loan)

    def test_undo_gives_the_loan_and_the_money_back(self):
        before = self.loan.schedule_id
        case = self._quote()
        case.with_user(self.accountant).action_settle()
        payment, total = case.sudo().payment_id, case.total
        bill = self._moves(self.loan, "bill")[-1]
        context = {"default_settlement_id": case.id}
        self.assertEqual(bill.action_carloan_undo()["context"], context)
        with self.assertRefused(case.name):
            self._undo(move_id=payment.move_id.id, date="2026-01-25")
        self._undo(settlement_id=case.id, date="2026-01-25")
        self.assertEqual((case.state, self.loan.state), ("undone", "active"))
        self.assertEqual(self.loan.schedule_id, before)
        self.assertEqual(self.loan.credit_balance, total)
        self.assertEqual(self.loan.principal_balance, BALANCE)
        drafts = self.loan.instalment_ids.filtered(lambda x: x.state == "drafted")
        self.assertEqual(drafts.mapped("sequence"), [13, 14, 15])
        self.assertBooks()
        with self.assertRefused("undone"):
            self._undo(settlement_id=case.id, date="2026-01-25")
        self._undo(move_id=payment.move_id.id, date="2026-01-25")
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertBooks()

    def test_waiver_reason_authority_and_limit(self):
        with self.assertRaises(ValidationError):
            self._quote(waived=self.fee + 0.01)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._quote(waived=-1.0)
        case = self._quote(waived=1000.0)
        accountant = case.with_user(self.accountant)
        with self.assertRefused("enter why"):
            accountant.action_settle()
        case.waiver_reason = "Loyal for ten years"
        case.waived = 2000.0
        with self.assertRefused("approval of a manager"):
            accountant.action_settle()
        for user in (self.officer, self.approver, self.accountant, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_approve_waiver()
        case.with_user(self.manager).action_approve_waiver()
        self.assertEqual(case.decider_id, self.manager)
        # another amount is another decision
        case.waived = 2100.0
        self.assertFalse(case.decider_id)
        case.with_user(self.manager).action_approve_waiver()
        accountant.action_settle()
        bill = self._entry(self._moves(self.loan, "bill")[-1])
        self.assertEqual(bill["fee_income"], -round(self.fee - 2100, 2))
        self.assertEmptied(self.loan)
        with self.assertRefused(case.name):
            case.waived = 0.0
        with self.assertRaises(AccessError):
            case.write({"total": 1.0})

    def test_who_asks_for_a_waiver_does_not_approve_it(self):
        case = self._quote(
            user=self.manager, waived=self.fee, waiver_reason="Our own error"
        )
        with self.assertRaises(AccessError):
            case.action_approve_waiver()

    def test_fee_policies(self):
        for values, fee in (
            ({"kind": "none"}, 0.0),
            ({"kind": "interest_months", "months": 2}, round(BALANCE * 0.012, 2)),
            ({"kind": "percent", "cap_share": 0.01}, round(BALANCE * 0.01, 2)),
            ({"cap_share": 0, "free_after": 12}, 0.0),
            ({"free_after": 13}, self.fee),
            ({"valid_from": "2025-01-16"}, 0.0),
        ):
            with self.subTest(**values):
                self.policy.write(values)
                case = self._quote()
                self.assertEqual(case.fee, fee)
                case.action_cancel()
        own = self.policy.copy(
            {"product_id": self.product.id, "valid_from": "2020-01-01", "share": 0.02}
        )
        self.policy.valid_from = "2024-01-01"
        self.assertEqual(self._quote().policy_id, own)

    def test_a_loan_that_moved_is_quoted_anew(self):
        case = self._quote()
        self._pay(self.loan, 100.0, "2026-01-25")
        with self.assertRefused("Press Recompute"):
            case.with_user(self.accountant).action_settle()
        self.assertEqual((case.state, self.loan.state), ("draft", "active"))
        case.action_recompute()
        self.assertEqual(case.credit, 100.0)
        case.with_user(self.accountant).action_settle()
        self.assertEqual(self.loan.state, "closed")

    def test_roles_companies_and_states(self):
        case = self._quote()
        for user in (self.officer, self.approver, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_settle()
        with self.assertRaises(AccessError):
            self._quote(user=self.auditor)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "c_stranger",
            "carloan_relief.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            case.with_user(stranger).action_settle()
        with self.assertRaises(UserError):
            self._quote(user=stranger)
        self.company.fiscalyear_lock_date = "2026-01-25"
        with self.assertRefused(self.loan.name):
            case.with_user(self.accountant).action_settle()
        self.company.fiscalyear_lock_date = False
        case.with_user(self.accountant).action_settle()
        with self.assertRefused("Closed"):
            self._quote()
        with self.assertRefused("is settled"):
            case.with_user(self.accountant).action_settle()

    def test_the_quote_prints(self):
        case = self._quote()
        html = self.env["ir.actions.report"]._render_qweb_html(
            "carloan_relief.report_carloan_settlement", case.ids
        )[0]
        self.assertIn(case.name, html.decode())
        self.assertIn("85,480.04", html.decode())

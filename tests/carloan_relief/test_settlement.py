"""All that is left ahead of its day: the quote, and the end of the loan."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_ahead import BALANCE, AheadCase


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
        self._agree(penalty_rate=0.108, grace_days=0)
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

    def test_who_changes_a_waiver_asks_for_it(self):
        case = self._quote()
        own = case.with_user(self.manager)
        own.write({"waived": self.fee, "waiver_reason": "Our own error"})
        with self.assertRaises(AccessError):
            own.action_approve_waiver()
        case.write({"waived": self.fee - 1.0})
        own.action_approve_waiver()
        with self.assertRaises(AccessError):  # approver and poster differ
            own.action_settle()
        case.waiver_reason = "Another story"
        self.assertFalse(case.decider_id)
        own.action_approve_waiver()
        case.with_user(self.accountant).action_settle()
        self.assertEqual(case.state, "done")

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

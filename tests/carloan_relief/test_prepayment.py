"""Part of the principal ahead of its day."""

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_ahead import BALANCE, AheadCase


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

    def test_nobody_undoes_what_another_company_did(self):
        self._register(20000.0, in_advance="last")
        schedule = self.loan.schedule_id
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "a_stranger",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self._undo(stranger, schedule_id=schedule.id, date="2026-01-25")
        self.assertEqual(schedule.state, "active")

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
        with self.assertRefused("so no instalment can go"):
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

    def test_money_of_a_closed_period_is_repaid_ahead_of_its_own_day(self):
        """The entries go to the first open day; interest stops when the money came."""
        with freeze_time("2026-02-05"):
            twin = self._twin()
            self._register(20000.0, loan=twin, date="2026-01-25", in_advance="last")
            self.env.flush_all()
            self.company.write(
                {
                    "fiscalyear_lock_date": "2026-01-31",
                    "carloan_locked_policy": "next_open",
                }
            )
            payment = self._register(20000.0, date="2026-01-25", in_advance="last")
            self.assertEqual(str(payment.date), "2026-01-25")
            move = self._moves(self.loan, "prepay")
            self.assertEqual(str(move.date), "2026-02-01")
            for record in (move, self.loan):
                said = " ".join(record.message_ids.mapped("body"))
                self.assertIn("of 2026-01-25 falls in a closed period", said)
            self.assertEqual(
                self._ahead().mapped("amount"), self._ahead(twin).mapped("amount")
            )
            self.assertEqual(self.loan.credit_balance, 0.0)
            self.assertBooks()
            schedule = self.loan.schedule_id
            self._undo(schedule_id=schedule.id, date="2026-02-05")
            self.assertEqual(self.loan.credit_balance, 20000.0)
            self.assertBooks()

    def _twin(self):
        """The same loan once more, as far paid."""
        loan = self._create_active(start_date="2025-01-15", first_due_date="2025-02-15")
        self._bill("2026-01-25")
        self._pay(loan, 12 * 3716.23, "2026-01-15")
        return loan

    def test_an_instalment_between_the_money_and_the_open_day(self):
        with freeze_time("2026-02-20"):
            self.env.flush_all()
            self.company.write(
                {
                    "fiscalyear_lock_date": "2026-02-18",
                    "carloan_locked_policy": "next_open",
                }
            )
            with self.assertRefused("2026-01-25 is before 2026-02-15"):
                self._register(20000.0, date="2026-01-25", in_advance="last")
            self._register(20000.0, date="2026-02-15", in_advance="last")
            self.assertBooks()

    def test_bounced_and_cancelled_money_is_not_counted(self):
        loan = self.loan.with_user(self.accountant)
        before = loan.payment_count
        payment = self._register(100.0)
        loan.invalidate_recordset(["payment_count"])
        self.assertEqual(loan.payment_count, before + 1)
        self._undo(move_id=payment.move_id.id, date="2026-01-25")
        loan.invalidate_recordset(["payment_count"])
        self.assertEqual(loan.payment_count, before)
        action = loan.action_view_repayments()
        view = self.env["account.payment"].get_view(view_type="search")
        for name in action["context"]:
            if name.startswith("search_default_"):
                self.assertIn(f'name="{name[15:]}"', view["arch"])

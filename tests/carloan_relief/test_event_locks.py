"""Every event in a closed period: refused in words, or booked later and it is said.

Odoo itself would move the date of an entry without a word.
"""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

DAY = fields.Date.to_date("2026-05-20")
LOCKED = fields.Date.to_date("2026-05-31")
OPEN_DAY = fields.Date.to_date("2026-06-01")
TODAY = fields.Date.to_date("2026-06-20")

PLAN = [
    {"kind": "waive", "component": "interest", "percent": "100"},
    {"kind": "extend", "instalments": 6},
]
#: What money brings with it: its tax is declared when it comes.
TAXED = ("repay", "confirm", "recover", "bank line", "undo fee")


class EventLockCase(ClosingCase):
    """Loans to which much has happened before a period is closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["carloan.vat.rate"].create({"date_from": "2026-01-01", "rate": 0.06})
        # Odoo locks for good only what holds no drafts
        cls.company.carloan_draft_horizon = 0
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})
        cls.env["carloan.return.fee"].create(
            {"name": "Twenty", "amount": 20.0, "valid_from": "2026-01-01"}
        )
        cls.funds = cls.env.ref("carloan_relief.return_reason_funds")

    @classmethod
    def _lend(cls, bills=4, **values):
        loan = cls._create_active(instalments=12, **values)
        cls.ledger._bill(loan.instalment_ids[:bills])
        return loan

    @classmethod
    def _close(cls, lock="fiscalyear_lock_date", policy="next_open"):
        cls.company[lock] = LOCKED
        cls.company.carloan_locked_policy = policy

    @classmethod
    def _relieve(cls, loan, date):
        position, _ids = loan._get_positions(fields.Date.to_date(date))
        revised = measures.apply(position, measures.Plans.from_dicts([PLAN]))
        modification = valuation.modification(position, revised)
        request = cls.env["res.partner"].create({"name": "request"})
        loan._apply_relief(request, revised, modification, date)
        return loan.schedule_id

    @classmethod
    def _write_off(cls, loan, date):
        case = cls.env["carloan.write.off"].create({"loan_id": loan.id, "date": date})
        case.sudo().state = "approved"
        case.sudo().write({"state": "done", **loan._write_off(case, case.date)})
        return case

    @classmethod
    def _take_vehicle(cls, loan, date):
        loan.vehicle_id = cls.env["carloan.vehicle"].create({"make": "M"})
        case = cls.env["carloan.repossession"].create(
            {
                "loan_id": loan.id,
                "date": date,
                "fair_value": 50000.0,
                "source": "Valuer",
                "sale_price": 52000.0,
                "buyer_id": cls.env["res.partner"].create({"name": "Buyer"}).id,
            }
        )
        case.action_approve()
        case.action_take()
        return case

    @classmethod
    def _make_bank_line(cls, loan, date):
        """A booking of a bank whose money waits on an account until the statement."""
        journal = cls.product.bank_journal_id
        waiting = cls.env["account.account"].create(
            {
                "name": "Outstanding",
                "code": "109999",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        journal.inbound_payment_method_line_ids.payment_account_id = waiting
        one = cls.env["carloan.bank.import"].create(
            {"journal_id": journal.id, "file": b"eA==", "file_name": "x.csv"}
        )
        return cls.env["carloan.bank.line"].create(
            {
                "import_id": one.id,
                "date": date,
                "amount": 5000.0,
                "currency_id": loan.currency_id.id,
                "bank_uid": "1",
                "loan_id": loan.id,
                "state": "matched",
                "payer_name": cls.borrower.name,
            }
        )

    def _post_line(self, line):
        line.action_post()
        if line.error:
            raise UserError(line.error)

    def _get_last_move(self):
        return self.env["account.move"].search([], order="id desc", limit=1)

    def assertSaid(self, loan):
        self.assertIn(
            "falls in a closed period", " ".join(loan.message_ids.mapped("body"))
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestEventLocksRefused(EventLockCase):
    """A company that refuses: each event names the lock, and leaves nothing behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._lend()
        cls.penalty = cls.ledger._charge_penalties(cls.loan, "2026-05-18")
        cls.paid = cls._pay(cls.loan, 5000.0, "2026-05-18")
        cls.charged = cls._lend()
        returned = cls._pay(cls.charged, 5000.0, "2026-05-18").move_id
        cls.charged._return_repayment(returned, DAY, cls.funds, note="x")
        cls.fee = cls.env["account.move"].search(
            [("carloan_loan_id", "=", cls.charged.id), ("carloan_event", "=", "fee")]
        )
        cls.ahead = cls._lend()
        payment = cls._pay(cls.ahead, 60000.0, "2026-05-19")
        cls.prepaid = cls.ahead._prepay(payment, "last")
        cls.relieved = cls._lend()
        cls.relief = cls._relieve(cls.relieved, "2026-05-19")
        cls.lost = cls._lend()
        cls.write_off = cls._write_off(cls.lost, "2026-05-18")
        cls.gone = cls._lend()
        cls._write_off(cls.gone, "2026-05-18")
        cls.money = cls._pay(cls.gone, 300.0, "2026-05-19").move_id
        cls.vehicle = cls._take_vehicle(cls._lend(), "2026-05-18")
        cls.sold = cls._take_vehicle(cls._lend(), "2026-05-18")
        cls.sold.sale_date = cls.vehicle.sale_date = "2026-05-19"
        cls.sold.action_sell()
        cls.line = cls._make_bank_line(cls.loan, DAY)
        cls.new = cls._create_loan(start_date=DAY, first_due_date="2026-06-20")
        cls.draft = cls.env["account.payment"].create(
            cls.loan._prepare_repayment_vals(5000.0, DAY)
        )
        cls.quote = cls.env["carloan.settlement"].create(
            {"loan_id": cls.loan.id, "date": DAY}
        )
        cls.case = cls.env["carloan.write.off"].create(
            {"loan_id": cls.loan.id, "date": DAY}
        )
        cls.part = cls.env["carloan.write.off"].create(
            {
                "loan_id": cls.charged.id,
                "date": DAY,
                "scope": "part",
                "part_amount": 10000.0,
            }
        )
        cls.env.flush_all()

    def _get_events(self):
        loan, ledger, undo = self.loan, self.ledger, ("2026-05-25", "Mistake")
        return {
            "disburse": self.new.action_disburse,
            "undo bill": lambda: self.charged._undo_bill(
                self.charged.instalment_ids[3].move_id, *undo
            ),
            "penalty": lambda: ledger._charge_penalties(loan, DAY),
            "undo penalty": lambda: loan._undo_penalty(self.penalty, *undo),
            "accrue": lambda: ledger._accrue(self.company, LOCKED),
            "provision": lambda: ledger._provision(self.company, DAY, loan),
            "repay": lambda: self._pay(loan, 5000.0, DAY),
            "confirm": self.draft.action_post,
            "bank line": lambda: self._post_line(self.line),
            "bounce": lambda: loan._undo_repayment(self.paid.move_id, *undo),
            "reverse": lambda: self.paid.move_id._reverse_moves(
                [{"date": undo[0]}], cancel=True
            ),
            "return": lambda: loan._return_repayment(
                self.paid.move_id, undo[0], self.funds, note="x"
            ),
            "waive fee": lambda: self.charged._waive_fee(self.fee, *undo),
            "undo fee": lambda: self.charged._undo_fee(self.fee, *undo),
            "relief": lambda: self._relieve(loan, DAY),
            "undo relief": lambda: self.relieved._undo_relief(self.relief, *undo),
            "undo prepayment": lambda: self.ahead._undo_prepayment(
                self.prepaid, *undo, cascade=True
            ),
            "settle": self.quote.action_settle,
            "write off": lambda: loan._write_off(self.case, DAY),
            "write off part": lambda: self.charged._write_off_part(self.part, DAY),
            "undo write-off": lambda: self.write_off._undo(*undo),
            "recover": lambda: self._pay(self.lost, 300.0, DAY),
            "undo recovery": lambda: self.gone._undo_repayment(self.money, *undo),
            "undo vehicle": lambda: self.vehicle._undo(*undo),
            "sell": self.vehicle.action_sell,
            "undo sale": lambda: self.sold._undo(*undo),
        }

    def _refuse(self, event):
        """Return how an event is refused, None where it is not; nothing may stay."""
        last = self._get_last_move()
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            event()
            self.env.flush_all()
            return None
        except UserError as error:
            return str(error)
        finally:
            savepoint.rollback()
            savepoint.close()
            self.env.invalidate_all()
            self.assertEqual(self._get_last_move(), last)

    def test_each_event_names_the_lock(self):
        self._close(policy="refuse")
        for name, event in self._get_events().items():
            with self.subTest(event=name):
                said = self._refuse(event)
                self.assertIn("Global Lock Date", said or "posted")
                self.assertIn("2026-05-", said)

    def test_a_closed_tax_return_takes_no_more_tax(self):
        self._close("tax_lock_date", policy="refuse")
        events = self._get_events()
        for name in TAXED:
            with self.subTest(event=name):
                said = self._refuse(events[name])
                self.assertIn("Tax Return Lock Date", said or "posted")

    def test_locks_of_other_journals_are_none_of_ours(self):
        self._close("sale_lock_date", policy="refuse")
        self._close("purchase_lock_date", policy="refuse")
        self.assertEqual(self._pay(self.loan, 10.0, DAY).move_id.date, DAY)

    def test_an_exception_is_for_whom_it_was_made(self):
        self._close(policy="refuse")
        other = self._user("lock_other", "account.group_account_invoice")
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": self.accountant.id,
                "fiscalyear_lock_date": "2026-04-30",
            }
        )
        wizard = self.env["carloan.repayment"].create(
            {"loan_id": self.loan.id, "amount": 10.0, "date": DAY}
        )
        with self.assertRefused("Global Lock Date"):
            wizard.with_user(other).action_register()
        wizard = wizard.copy()
        wizard.with_user(self.accountant).action_register()
        payment = self.loan.payment_ids.filtered(lambda one: one.amount == 10.0)
        self.assertEqual(payment.move_id.date, DAY)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestEventLocksLater(EventLockCase):
    """A company that books on the first open day: the loan is as if none was closed."""

    def _get_outcome(self, loan, act):
        """Return what a loan owes tonight after an event, which leaves no trace."""
        savepoint = self.env.cr.savepoint(flush=True)
        act(loan)
        self.ledger._charge_penalties(loan, TODAY)
        row = loan._read_position_rows(TODAY)[0]
        names = [name for name in row if name.startswith(("overdue", "credit"))]
        self.assertBooks()
        savepoint.rollback()
        savepoint.close()
        self.env.invalidate_all()
        return {name: row[name] for name in (*names, "principal")}

    def test_penalties_of_a_closed_period_are_charged_once(self):
        """They are booked later; what they run up to is their own day."""

        loan = self._lend()

        def act(loan):
            self._pay(loan, 5000.0, DAY)

        plain = self._get_outcome(loan, act)
        self._close()
        self.assertEqual(self._get_outcome(loan, act), plain)

    def test_penalty_undone_is_charged_again_for_the_same_day(self):
        loan = self._lend()
        self._close()
        move = self.ledger._charge_penalties(loan, DAY)
        self.assertEqual(move.date, OPEN_DAY)
        loan._undo_penalty(move, OPEN_DAY, "Mistake")
        again = self.ledger._charge_penalties(loan, DAY)
        self.assertFalse(again.reversal_move_ids)
        self.assertEqual(self._entry(again), self._entry(move))
        self.assertBooks()

    def test_the_money_of_a_buyer_is_booked_with_the_sale(self):
        case = self._take_vehicle(self._lend(), "2026-05-18")
        case.sale_date = "2026-05-19"
        self._close()
        case.action_sell()
        paid = case.sale_payment_id.move_id
        self.assertEqual(paid.date, OPEN_DAY)
        self.assertEqual(str(case.sale_payment_id.date), "2026-05-19")
        self.assertIn("closed period", " ".join(paid.message_ids.mapped("body")))
        self.company.fiscalyear_lock_date = "2026-06-05"
        case._undo("2026-06-03", "Mistake")
        self.assertEqual(str(paid.reversal_move_ids.date), "2026-06-06")
        self.assertIn("2026-06-06", " ".join(paid.message_ids.mapped("body")))
        self.assertBooks()

    def test_a_line_of_the_bank_statement_is_booked_with_the_money(self):
        loan = self._lend()
        line = self._make_bank_line(loan, DAY)
        self._close()
        self._post_line(line)
        moves = line.statement_line_id.move_id | line.payment_id.move_id
        self.assertEqual(set(moves.mapped("date")), {OPEN_DAY})
        for move in moves:
            self.assertIn("closed period", " ".join(move.message_ids.mapped("body")))
        self.assertSaid(loan)
        self.assertBooks()

    def test_an_allowance_is_taken_back_by_the_policy(self):
        loan = self._lend()
        item = self.ledger._provision(self.company, DAY, loan)
        self._close()
        item.action_undo()
        self.assertEqual(item.undo_move_id.date, OPEN_DAY)
        self.assertSaid(loan)
        again = self.ledger._provision(self.company, TODAY, loan)
        again.action_undo()
        self.assertEqual(again.undo_move_id.date, TODAY)

    def test_an_allowance_is_taken_back_today_where_the_company_refuses(self):
        loan = self._lend()
        item = self.ledger._provision(self.company, DAY, loan)
        self._close(policy="refuse")
        item.action_undo()
        self.assertEqual(item.undo_move_id.date, TODAY)
        self.assertIn(
            f"{DAY} lies in a closed period", " ".join(loan.message_ids.mapped("body"))
        )

    def test_what_ends_a_loan_names_the_closed_tax_return(self):
        loan = self._lend()
        quote = self.env["carloan.settlement"].create({"loan_id": loan.id, "date": DAY})
        self._close("tax_lock_date")
        with self.assertRefused("Tax Return Lock Date"):
            quote.action_settle()

    def test_money_for_suspended_interest_pays_what_it_would_have(self):
        product = self._create_product(self.company, name="Susp", suspend_days=30)
        product.write({"penalty_rate": 0.108, "grace_days": 3})

        with freeze_time("2026-05-17"):
            loan = self._lend(product_id=product.id)
            loan._refresh_position()
        self.assertTrue(loan.suspended_since)

        def act(loan):
            self._pay(loan, 9000.0, DAY)

        plain = self._get_outcome(loan, act)
        self._close()
        self.assertEqual(self._get_outcome(loan, act), plain)

"""Relief in the books and beside them: the same events as the quotation shows."""

from types import SimpleNamespace

from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation
from odoo.addons.carloan_relief.engine.quotation import entries

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestLedgerReliefEvents(LoanCase):
    """The base loan with the instalments from February to May 2026 unpaid.

    Their interest: 720.00, 702.02, 683.94, 665.74, in all 2,771.70.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()
        with freeze_time("2026-05-20"):
            cls._bill("2026-05-20")
        cls.memo = cls.env["carloan.memo"]

    def setUp(self):
        super().setUp()
        clock = freeze_time("2026-05-20")
        clock.start()
        self.addCleanup(clock.stop)

    def _suspend(self):
        self.product.suspend_days = 90
        self.loan._refresh_position()
        self.assertTrue(self.loan.suspended_since)

    def _provide(self, amount):
        self.ledger._post_events(
            [
                {
                    "loan": self.loan,
                    "event": "provision",
                    "key": f"test:{amount}",
                    "date": "2026-05-20",
                    "amounts": {"charge": self.loan._to_minor([amount])[0]},
                }
            ]
        )

    def _compute(self, *plan):
        position, _ids = self.loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([list(plan)]))
        return position, revised, valuation.modification(position, revised)

    def _relieve(self, *plan, **values):
        """Post a plan and prove that the quotation shows the same entries."""
        position, revised, change = self._compute(*plan)
        shown = [
            (event, {line.role: line.debit - line.credit for line in lines})
            for event, lines in entries.of_relief(position, revised, change)
        ]
        moves = self.loan._apply_relief(
            self.borrower, revised, change, "2026-05-20", **values
        )
        if not values:
            posted = [
                (
                    move.carloan_event,
                    {role: round(v * 100) for role, v in self._entry(move).items()},
                )
                for move in moves.filtered(
                    lambda move: move.carloan_event not in ("hold", "carry")
                )
            ]
            self.assertEqual(posted, shown[: len(posted)])
            self.assertEqual(
                {event for event, _lines in shown[len(posted) :]} - {"bill", "repay"},
                set(),
            )
        self.assertBooks()
        return moves

    def _register(self, kind="suspended"):
        rows = self.memo._get_balances(self.loan, (kind,))
        return {
            (row["component"], str(row["due_date"])): row["amount"] / 100
            for row in rows
        }

    def _entries(self, moves):
        return [(move.carloan_event, self._entry(move)) for move in moves]

    # ------------------------------------------------------------------

    def test_waived_without_allowance(self):
        """A09: a loss of the modification."""
        moves = self._relieve(
            {"kind": "waive", "component": "interest", "percent": 100}
        )
        self.assertEqual(
            self._entries(moves),
            [("waive", {"modification_result": 2771.70, "interest_due": -2771.70})],
        )

    def test_waived_against_an_allowance_that_falls_short(self):
        """A10: topped up, then used; never below zero."""
        self._provide(1000.0)
        moves = self._relieve(
            {"kind": "waive", "component": "interest", "percent": 100}
        )
        self.assertEqual(
            self._entries(moves),
            [
                ("provision", {"impairment": 1771.70, "allowance": -1771.70}),
                ("waive", {"allowance": 2771.70, "interest_due": -2771.70}),
            ],
        )
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)

    def test_waived_off_the_books(self):
        """A11: the register alone."""
        self._suspend()
        moves = self._relieve(
            {"kind": "waive", "component": "interest", "percent": 100}
        )
        self.assertFalse(moves)
        self.assertFalse(self._register())
        self.assertEqual(self.loan.overdue_interest, 0.0)
        waived = self.memo.search([("event", "=", "waive")])
        self.assertEqual(sum(waived.mapped("amount")), -2771.70)

    def test_forgiven_against_the_allowance(self):
        """A13: the shortfall is charged first."""
        self._provide(25000.0)
        moves = self._relieve({"kind": "forgive_principal", "amount": "30000.00"})
        found = dict(self._entries(moves))
        self.assertEqual(
            found["provision"], {"impairment": 5000.0, "allowance": -5000.0}
        )
        self.assertEqual(found["forgive"], {"allowance": 30000.0, "principal": -30000})

    def test_capitalised_recognised_and_suspended(self):
        """A15: what was never income joins the principal through the adjustment."""
        self._suspend()
        self.ledger._recognise_receipt(
            self.loan, 72000, self.loan.position_date, "test"
        )
        moves = self._relieve(
            {"kind": "capitalise", "components": ["principal", "interest"]}
        )
        entry = self._entry(moves[0])
        self.assertEqual(moves[0].carloan_event, "capitalise")
        self.assertEqual(entry["interest_due"], -720.00)
        self.assertEqual(entry["interest_adjustment"], -2051.70)
        self.assertNotIn("interest_income", entry)
        self.assertFalse(self._register())
        self.assertEqual(self.loan.adjustment_balance, -2051.70)
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.assertFalse(self.loan.suspended_since)

    def test_undo_restores_the_books_and_the_register(self):
        self._suspend()
        before = (self._register(), self.loan.overdue_amount, self.loan.dpd)
        old = self.loan.schedule_id
        self._relieve(
            {"kind": "waive", "component": "interest", "percent": 30},
            {"kind": "capitalise", "components": ["principal", "interest"]},
        )
        self.assertFalse(self.loan.suspended_since)
        self.loan._undo_relief(self.loan.schedule_id, "2026-05-20", "mistake")
        self.assertEqual(self.loan.schedule_id, old)
        self.assertEqual(
            (self._register(), self.loan.overdue_amount, self.loan.dpd), before
        )
        self.assertTrue(self.loan.suspended_since)
        self.assertBooks()

    # ------------------------------------------------------------------
    # CARRIED
    # ------------------------------------------------------------------

    def _carry(self):
        return self._relieve(
            {"kind": "capitalise", "components": ["principal"]},
            {"kind": "carry", "components": ["interest"]},
        )

    def test_carried_interest_is_income_once(self):
        self._carry()
        first = self.loan.instalment_ids.sorted("sequence")[0]
        self.assertEqual(first.carried, 2771.70)
        # owed, and due with that instalment only
        self.assertEqual((self.loan.dpd, self.loan.overdue_interest), (0, 0.0))
        self.assertEqual(self._sum(self.loan, "interest_due"), 2771.70)
        with freeze_time("2026-06-15"):
            self._bill("2026-06-15")
            own = round(first.interest - 2771.70, 2)
            entry = self._entry(first.move_id)
            self.assertEqual(entry["interest_due"], own)
            self.assertEqual(first.amount_residual, first.amount)
            self.assertBooks()
            self._pay(self.loan, first.amount, "2026-06-15")
            self.assertEqual(first.paid_state, "paid")
            self.assertEqual(self.loan.overdue_amount, 0.0)
            # what bears no interest while it is carried: a loss, returned with the bill
            income = round(2771.70 + own + first.unwind, 2)
            self.assertEqual(self._sum(self.loan, "interest_income"), -income)
            self.assertBooks()

    def test_carried_and_suspended(self):
        self._suspend()
        self._carry()
        # nothing is late any more: it returns to the books, due with the instalment
        self.assertFalse(self.loan.suspended_since)
        self.assertEqual(self._sum(self.loan, "interest_due"), 2771.70)
        self.loan._undo_relief(self.loan.schedule_id, "2026-05-20", "mistake")
        self.assertEqual(sum(self._register().values()), 2771.70)
        self.assertIn(("interest", "2026-02-15"), self._register())
        self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
        self.assertBooks()

    def test_carried_into_lowered_instalments(self):
        moves = self._relieve(
            {"kind": "capitalise", "components": ["principal"]},
            {"kind": "carry", "components": ["interest"]},
            {
                "kind": "lower_instalment",
                "amount": "1500.00",
                "instalments": 6,
                "then": "reamortise",
            },
        )
        self.assertIn("carry", moves.mapped("carloan_event"))
        carried = self.loan.instalment_ids.mapped("carried")
        self.assertEqual(round(sum(carried), 2), 2771.70)
        self.assertEqual([bool(x) for x in carried[:3]], [True, True, False])
        with freeze_time("2026-08-20"):
            self._bill("2026-08-20")
            self.assertBooks()

    # ------------------------------------------------------------------
    # CONDITIONAL
    # ------------------------------------------------------------------

    PLAN = (
        {"kind": "capitalise", "components": ["principal"]},
        {
            "kind": "waive",
            "component": "interest",
            "percent": 100,
            "when": "on_completion",
        },
    )

    def test_waived_on_completion_is_provided_and_not_late(self):
        moves = self._relieve(*self.PLAN)
        self.assertEqual(
            self._entries(moves)[0],
            ("provision", {"impairment": 2771.70, "allowance": -2771.70}),
        )
        self.assertEqual((self.loan.dpd, self.loan.overdue_amount), (0, 0.0))
        self.assertEqual(self._sum(self.loan, "interest_due"), 2771.70)
        self._pay(self.loan, 100.0, "2026-05-20")
        self.assertEqual(self.loan.credit_balance, 100.0)
        self.assertBooks()

    def _repay_all(self):
        with freeze_time("2029-02-01"):
            self._bill("2029-02-01")
            payment = self._pay(self.loan, self.loan.overdue_amount, "2029-02-01")
        return payment

    def test_completed_with_the_last_repayment(self):
        self._relieve(*self.PLAN)
        self._repay_all()
        self.assertEqual(self.loan.state, "closed")
        waived = self.loan.line_ids.move_id.filtered(
            lambda move: move.carloan_event == "waive"
        )
        self.assertEqual(
            self._entry(waived), {"allowance": 2771.70, "interest_due": -2771.70}
        )
        self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        self.assertBooks()

    def test_a_bounce_of_the_last_repayment_holds_it_again(self):
        self._relieve(*self.PLAN)
        payment = self._repay_all()
        with freeze_time("2029-02-03"):
            self.loan._undo_repayment(payment.move_id, "2029-02-03", "bounced")
            self.assertEqual(self.loan.state, "active")
            self.assertEqual(
                sum(self.loan._find_held_lines().mapped("balance")), 2771.7
            )
            self.assertBooks()
            self._pay(self.loan, self.loan.overdue_amount, "2029-02-03")
            self.assertEqual(self.loan.state, "closed")
            self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
            self.assertBooks()

    def test_broken_under_p1_nothing_to_reinstate(self):
        """A26: it was only provided for."""
        self._relieve(*self.PLAN)
        key = self.loan.schedule_id.event_key
        with freeze_time("2026-07-01"):
            moves = self.loan._break_conditional(key, "2026-07-01")
            self.assertEqual(self._entry(moves), {"interest_due": 0.0})
            self.assertFalse(self.loan._break_conditional(key, "2026-07-01"))
            self.assertEqual(self.loan.overdue_interest, 2771.70)
            self.assertEqual(str(self.loan.oldest_due_date), "2026-02-15")
            self.assertBooks()

    def test_two_broken_plans_of_numbers_that_begin_alike(self):
        """Request 1 comes back although request 12 of the same loan did before."""
        plan = [self.PLAN[0], {**self.PLAN[1], "percent": 50}]
        keys = []
        for number in (1, 12):
            request = SimpleNamespace(_name="x", id=number, display_name="Request")
            _position, revised, change = self._compute(*plan)
            self.loan._apply_relief(
                request, revised, change, "2026-05-20", derecognise=True
            )
            keys.insert(0, self.loan.schedule_id.event_key)
        self.assertEqual(keys, ["relief:x:12", "relief:x:1"])
        for key in keys:
            self.assertTrue(self.loan._break_conditional(key, "2026-05-20"))
        self.assertEqual(self.loan.overdue_interest, 2771.70)
        self.assertBooks()

    def test_broken_under_p2_comes_back_fully_provided(self):
        """A27: derecognised at the grant, reinstated against the allowance."""
        moves = self._relieve(*self.PLAN, derecognise=True)
        self.assertEqual(
            self._entries(moves)[0],
            ("waive", {"modification_result": 2771.70, "interest_due": -2771.70}),
        )
        key = self.loan.schedule_id.event_key
        with freeze_time("2026-07-01"):
            moves = self.loan._break_conditional(key, "2026-07-01")
            self.assertEqual(
                self._entry(moves), {"interest_due": 2771.70, "allowance": -2771.70}
            )
            self.assertEqual(self.loan._break_conditional(key, "2026-07-01"), moves)
            self.assertEqual(self.loan.overdue_interest, 2771.70)
            self.assertEqual(str(self.loan.oldest_due_date), "2026-02-15")
            self.assertBooks()

    def test_suspended_and_waived_on_completion(self):
        self._suspend()
        moves = self._relieve(*self.PLAN)
        self.assertNotIn("hold", moves.mapped("carloan_event"))
        self.assertFalse(self._register())
        self.assertEqual(sum(self._register("held").values()), 2771.70)
        self.assertEqual((self.loan.dpd, self.loan.overdue_amount), (0, 0.0))
        key = self.loan.schedule_id.event_key
        with self.subTest("broken"), self.env.cr.savepoint() as point:
            self.loan._break_conditional(key, "2026-05-20")
            self.assertFalse(self._register("held"))
            self.assertEqual(self.loan.overdue_interest, 2771.70)
            self.assertEqual(self.loan.dpd, 94)
            point.rollback()
            self.env.invalidate_all()
        with self.subTest("completed"):
            self._repay_all()
            self.assertFalse(self._register("held"))
            self.assertEqual(self.loan.state, "closed")

    def test_undone_with_what_it_held(self):
        self._relieve(*self.PLAN)
        self.loan._undo_relief(self.loan.schedule_id, "2026-05-20", "mistake")
        self.assertFalse(self.loan._find_held_lines())
        self.assertEqual(self.loan.overdue_interest, 2771.70)
        self.assertEqual(self.loan.dpd, 94)
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        self.assertBooks()

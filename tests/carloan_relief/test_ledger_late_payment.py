"""Money entered after its day, or returned: the books end as had it been known."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase

OWED = (
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "credit_balance",
    "dpd",
)

# what happens on which day: a charge of penalties, or a repayment of so much
STORIES = {
    "paid in full": [("2026-03-01", 3716.23), ("2026-04-20", "charge")],
    "part, then part": [
        ("2026-02-25", 1000.0),
        ("2026-03-20", "charge"),
        ("2026-04-01", 500.0),
        ("2026-04-20", "charge"),
    ],
    "more than is due": [("2026-02-20", 9000.0), ("2026-04-20", "charge")],
}


@tagged("post_install", "-at_install")
class TestLatePayment(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})

    def _live(self, events, loan=None):
        """Let a loan live through events, each on the day it is entered."""
        loan = loan or self._create_active()
        payments = []
        for day, what in events:
            with freeze_time(day):
                self._bill(day)
                if what == "charge":
                    self.ledger._charge_penalties(loan, day)
                else:
                    payments.append(self._pay(loan, what, day))
        return loan, payments

    def _owed(self, loan):
        loan._refresh_position(fields.Date.to_date("2026-04-20"))
        owed = {name: loan[name] for name in OWED}
        paid = loan.instalment_ids.mapped("amount_residual")
        return {**owed, "open": paid}

    @freeze_time("2026-04-20")
    def test_entered_late_ends_as_entered_in_time(self):
        for title, story in STORIES.items():
            with self.subTest(story=title):
                first, *rest = story
                in_time, _payments = self._live(story)
                late, _payments = self._live(rest)
                self.assertGreater(late.overdue_penalty, in_time.overdue_penalty)
                self._pay(late, first[1], first[0])
                self.assertEqual(self._owed(late), self._owed(in_time))
                self.assertBooks()

    @freeze_time("2026-04-20")
    def test_the_window_shows_the_charges_that_will_be_made_anew(self):
        story = [("2026-03-20", "charge"), ("2026-04-20", "charge")]
        loan, _payments = self._live(story)
        day, amount = fields.Date.to_date("2026-03-01"), 3000.0
        now = {move.date: move.amount_total for move in loan._find_penalty_moves()}
        wizard = self.env["carloan.repayment"].create(
            {"loan_id": loan.id, "date": day, "amount": amount}
        )
        shown = loan._preview_recharge(day, loan._to_minor([amount])[0])
        split = {}
        for line in wizard.line_ids:
            key = (line.component, line.instalment_id)
            split[key] = round(split.get(key, 0) + line.amount, 2)
        notes = wizard.notes
        wizard.action_register()
        moves = loan._find_penalty_moves()
        then = {move.date: move.amount_total for move in moves}
        changed = [
            (charged, *loan._to_minor([now.get(charged, 0), then.get(charged, 0)]))
            for charged in sorted({*now, *then})
            if now.get(charged) != then.get(charged)
        ]
        self.assertEqual(shown, changed)
        self.assertTrue(shown)
        self.assertEqual(notes.count("instead of"), len(shown))
        lines = loan.line_ids.filtered(
            lambda line: line.move_id.carloan_event == "repay"
        )
        posted = {}
        for line in lines.filtered("carloan_component"):
            key = (line.carloan_component, line.carloan_instalment_id)
            posted[key] = round(posted.get(key, 0) - line.balance, 2)
        self.assertEqual(split, {key: value for key, value in posted.items() if value})

    @freeze_time("2026-04-20")
    def test_a_bounce_ends_as_had_the_money_never_come(self):
        # days on which penalties are charged are the same in both lives
        story = [("2026-03-01", "charge"), ("2026-04-10", "charge")]
        paid = [story[0], ("2026-03-01", 3000.0), story[1]]
        never, _payments = self._live(story)
        bounced, payments = self._live(paid)
        self.assertLess(bounced.overdue_penalty, never.overdue_penalty)
        bounced._undo_repayment(
            payments[0].move_id, fields.Date.to_date("2026-04-20"), "Returned"
        )
        self.assertEqual(self._owed(bounced), self._owed(never))
        # nothing of it is dated before the day of the bounce
        made = bounced._find_penalty_moves().filtered(
            lambda move: "replay" in move.carloan_event_key
        )
        self.assertEqual(set(made.mapped("date")), {fields.Date.to_date("2026-04-20")})
        self.assertBooks()

    @freeze_time("2026-04-20")
    def test_the_entries_of_a_late_payment(self):
        loan, _payments = self._live([("2026-04-20", "charge")])
        wrong = loan._find_penalty_moves()
        # 2,996.23 x 61, 3,014.21 x 33 and 3,032.29 x 2 days at 10.8 % over 365
        self.assertEqual(self._entry(wrong)["penalty_due"], 85.30)
        payment = self._pay(loan, 3725.98, "2026-03-01")
        self.assertEqual(
            self._entry(wrong.reversal_move_ids),
            {"penalty_due": -85.30, "penalty_income": 85.30},
        )
        self.assertEqual(wrong.reversal_move_ids.date, wrong.date)
        first, second = loan._find_penalty_moves()
        # 2,996.23 for 11 days after grace, and all of the first instalment is paid
        self.assertEqual(first.date, payment.date)
        self.assertEqual(
            self._entry(first), {"penalty_due": 9.75, "penalty_income": -9.75}
        )
        self.assertEqual(
            self._entry(second), {"penalty_due": 31.22, "penalty_income": -31.22}
        )
        self.assertEqual(loan.instalment_ids[0].amount_residual, 0.0)
        self.assertEqual(loan.overdue_penalty, 31.22)
        self.assertEqual(loan.penalty_date, wrong.date)
        self.assertBooks()

    @freeze_time("2026-04-20")
    def test_charges_that_stay_right_are_left_alone(self):
        loan, _payments = self._live([("2026-03-01", "charge"), ("2026-04-20", 500.0)])
        charges = loan._find_penalty_moves()
        self._pay(loan, 100.0, "2026-04-20")
        self.assertEqual(loan._find_penalty_moves(), charges)
        self.assertFalse(charges.reversal_move_ids)

    @freeze_time("2026-08-20")
    def test_principal_first_when_the_contract_says_so(self):
        self.product.principal_first_days = 90
        loan = self._create_active()
        other = self._create_active(principal_first_days=0)
        self.product.principal_first_days = 30  # the signed loan keeps its own
        self._bill("2026-08-20")
        in_time = self._pay(loan, 1000.0, "2026-05-16")  # 90 days late, not more
        self.assertIn("interest_due", self._entry(in_time.move_id))
        late = self._pay(loan, 1000.0, "2026-08-20")
        entry = self._entry(late.move_id)
        self.assertEqual(entry["principal_due"], -1000.0)
        self.assertEqual(set(entry), {"principal_due", "asset_cash"})
        usual = self._entry(self._pay(other, 1000.0, "2026-08-20").move_id)
        self.assertLess(usual["penalty_due"], 0.0)
        self.assertBooks()

    @freeze_time("2026-05-28")
    def test_what_was_settled_by_agreement_is_not_charged_anew(self):
        story = [("2026-03-01", 3000.0), ("2026-04-20", "charge")]
        waive = [{"kind": "waive", "component": "penalty", "percent": 100}]
        for plan in (waive, None):
            with self.subTest(plan=plan):
                loan, payments = self._live(story)
                with freeze_time("2026-04-20"):
                    self._relieve(loan, plan) if plan else self._take(loan)
                charges = loan._find_penalty_moves()
                loan._undo_repayment(
                    payments[0].move_id, fields.Date.to_date("2026-05-28"), "Returned"
                )
                self.assertTrue(charges)
                self.assertEqual(loan._find_penalty_moves(), charges)
                self.assertBooks()

    def _relieve(self, loan, plan):
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(
            request, revised, modification, fields.Date.to_date("2026-04-20")
        )

    def _take(self, loan):
        loan.vehicle_id = self.env["carloan.vehicle"].create({"make": "Aurora"})
        case = self.env["carloan.repossession"].create(
            {
                "loan_id": loan.id,
                "date": "2026-04-20",
                "fair_value": 100000.0,
                "scope": "full",
                "source": "Appraiser",
            }
        )
        case.action_approve()
        case.action_take()

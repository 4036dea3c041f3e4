"""Loans in currencies of no and of three decimals: the books after each event."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from .test_ledger_currency import CurrencyCase

TODAY = "2026-04-20"
#: Of each currency: what it is worth in the books beside the dollar, and a principal.
CURRENCIES = {"JPY": (0.01, 1_200_000.0), "KWD": (3.3, 4_000.125)}
PLANS = (
    [
        {"kind": "waive", "component": "penalty", "percent": 100},
        {"kind": "holiday", "instalments": 2, "interest": "defer"},
    ],
    [
        {"kind": "waive", "component": "interest", "percent": 33},
        {"kind": "capitalise", "components": ["interest", "principal", "penalty"]},
        {"kind": "rate", "annual_rate": 0.03},
    ],
    [
        {"kind": "forgive_principal", "percent": 7.5},
        {"kind": "extend", "instalments": 3},
    ],
    [{"kind": "defer_principal", "percent": 30}],
    [{"kind": "holiday", "instalments": 1, "interest": "capitalise"}],
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCurrencyLife(CurrencyCase):
    @classmethod
    def _lend_in(cls, code, **values):
        currency = cls.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", code)])
        currency.active = True
        factor, principal = CURRENCIES[code]
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                    "name": rate.name,
                    "inverse_company_rate": rate.inverse_company_rate * factor,
                }
                for rate in cls.usd.rate_ids
            ]
        )
        cls.product = cls._create_product(
            cls.company,
            name=f"Car in {code}",
            currency_id=currency.id,
            penalty_rate=0.108,
            **values,
        )
        loan = cls._create_active(principal=principal, instalments=8)
        loan.vehicle_id = cls.env["carloan.vehicle"].create({"make": code})
        cls.ledger._bill(loan.instalment_ids[:2])
        return loan

    def _step(self, name, act):
        with self.subTest(step=name):
            act()
            self.assertBooks()

    def _live_by_money(self, loan):
        """Pay in part, too much, back-dated, and see it bounce."""
        penalties = self.ledger._charge_penalties
        self._step("penalty", lambda: penalties(loan, "2026-03-20"))
        self._step("part", lambda: self._pay(loan, loan.overdue_amount / 3, TODAY))
        self._step("back", lambda: self._pay(loan, loan.next_amount / 7, "2026-03-10"))
        self._step("accrue", lambda: self.ledger._accrue(self.company, "2026-03-31"))
        self._step("bill", lambda: self.ledger._bill(loan.instalment_ids[2]))
        over = loan.overdue_amount + loan.next_amount / 2
        over = loan.currency_id.round(over)
        payment = self._pay(loan, over, TODAY)
        self.assertTrue(loan.credit_balance)
        self._step("over", lambda: None)
        move = payment.move_id
        self._step("bounce", lambda: loan._undo_repayment(move, TODAY, "Bounced"))

    def _live_by_relief(self, loan):
        """Give each relief, and undo it."""
        for plan in PLANS:
            kinds = "+".join(measure["kind"] for measure in plan)
            owed = loan.overdue_amount
            request = self.env["res.partner"].create({"name": "request"})
            self.borrower = request
            self._step(kinds, lambda plan=plan: self._relieve(loan, plan, TODAY))
            schedule = loan.schedule_id
            undo = loan._undo_relief
            self._step(
                f"undo {kinds}", lambda s=schedule, u=undo: u(s, TODAY, "x", True)
            )
            self.assertEqual(loan.overdue_amount, owed)

    def _end_all_ways(self, loan):
        """Provide, write off, recover, take the vehicle, settle; undo each."""
        provision = self.ledger._provision
        self._step("provision", lambda: provision(self.company, TODAY, loan))
        part = self._write_off(loan, scope="part", part_amount=loan.undue_principal / 3)
        self._step("undo part", lambda: part._undo(TODAY, "x"))
        whole = self._write_off(loan)
        payment = self._pay(loan, loan.written_off_balance / 3, TODAY)
        self._step("recover", lambda: None)
        undo = loan._undo_repayment
        self._step("undo recovery", lambda: undo(payment.move_id, TODAY, "x"))
        self._step("undo write-off", lambda: whole._undo(TODAY, "x"))
        self._take_and_sell(loan)
        quote = self.env["carloan.settlement"].create({"loan_id": loan.id})
        self._step("settle", quote.action_settle)
        self.assertEqual(loan.state, "closed")
        for role in ("principal", "principal_due", "interest_due", "penalty_due"):
            self.assertEqual(self._get_sum(loan, role), (0.0, 0.0), role)
        self._step("undo settlement", lambda: quote._undo(TODAY, "x"))

    def _write_off(self, loan, **values):
        if "part_amount" in values:
            amount = loan.currency_id.round(values["part_amount"])
            values["part_amount"] = amount
        case = self.env["carloan.write.off"].create({"loan_id": loan.id, **values})
        case.sudo().state = "approved"
        post = loan._write_off_part if values else loan._write_off
        done = post(case, fields.Date.to_date(TODAY))
        case.sudo().write({"state": "done", **done})
        self._step(f"write off {case.scope}", lambda: None)
        return case

    def _take_and_sell(self, loan):
        worth = loan.currency_id.round(loan.undue_principal / 2)
        case = self.env["carloan.repossession"].create(
            {
                "loan_id": loan.id,
                "fair_value": worth,
                "source": "Valuer",
                "sale_for": "borrower",
                "sale_date": TODAY,
                "sale_price": loan.currency_id.round(worth * 1.1),
                "buyer_id": self.env["res.partner"].create({"name": "Buyer"}).id,
            }
        )
        case.action_approve()
        self._step("take", case.action_take)
        self._step("sell", case.action_sell)
        self._step("undo sale", lambda: case._undo(TODAY, "x"))
        self._step("undo taking", lambda: case._undo(TODAY, "x"))

    def test_yen_paid_and_relieved(self):
        loan = self._lend_in("JPY")
        self._live_by_money(loan)
        self._live_by_relief(loan)

    def test_dinar_ended_in_every_way(self):
        loan = self._lend_in("KWD")
        self._end_all_ways(loan)

    def test_suspended_and_cured(self):
        loan = self._lend_in("KWD", suspend_days=30)
        loan._refresh_position()
        self.assertTrue(loan.suspended_since)
        penalties = self.ledger._charge_penalties
        self._step("penalty", lambda: penalties(loan, "2026-04-01"))
        self._step("part", lambda: self._pay(loan, 200.125, TODAY))
        self._step("cure", lambda: self._pay(loan, loan.overdue_amount, TODAY))
        self.assertFalse(loan.suspended_since)
        self.assertEqual(loan.overdue_amount, 0.0)

"""Loans in a foreign currency: owed in their own, booked in both."""

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase

# what one dollar is worth in the books, from a day on
RATES = {
    "2026-01-01": 7.0,
    "2026-02-15": 7.1,
    "2026-03-01": 7.3,
    "2026-03-15": 7.2,
    "2026-04-10": 7.4,
}


class CurrencyCase(LoanCase):
    """A product in dollars of a company whose books are in another currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls._pick_currency()
        cls.product = cls._create_product(
            cls.company, name="New car, dollars", currency_id=cls.usd.id
        )

    @classmethod
    def _pick_currency(cls):
        usd = cls.env.ref("base.USD")
        currency = usd if cls.company.currency_id != usd else cls.env.ref("base.EUR")
        currency.active = True
        currency.rate_ids.unlink()
        for day, rate in RATES.items():
            cls._set_rate(day, rate, currency)
        return currency

    @classmethod
    def _set_rate(cls, day, rate, currency=None):
        cls.env["res.currency.rate"].create(
            {
                "currency_id": (currency or cls.usd).id,
                "company_id": cls.company.id,
                "name": day,
                "inverse_company_rate": rate,
            }
        )

    def _both(self, move):
        """An entry as {role: (in the loan's currency, in the books)}."""
        return {
            line.carloan_role or line.account_id.account_type: (
                round(line.amount_currency, 2),
                round(line.balance, 2),
            )
            for line in move.line_ids
        }

    def _get_sum(self, loan, role):
        """What stands on a role in (the loan's currency, the books)."""
        lines = loan.line_ids.filtered(
            lambda line: line.carloan_role == role and line.parent_state == "posted"
        )
        return (
            round(sum(lines.mapped("amount_currency")), 2),
            round(sum(lines.mapped("balance")), 2),
        )

    def _relieve(self, loan, plan, date):
        """Compute a plan on today's position and post it."""
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        return loan._apply_relief(self.borrower, revised, modification, date)

    def _get_exchange_moves(self, loan):
        journal = self.company.currency_exchange_journal_id
        return loan.line_ids.move_id.filtered(lambda move: move.journal_id == journal)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestLedgerCurrency(CurrencyCase):
    def test_disburse_and_bill_stand_in_both_currencies(self):
        loan = self._create_active(principal=12000.0)
        self.assertEqual(loan.currency_id, self.usd)
        self.assertEqual(loan.instalment_ids.currency_id, self.usd)
        disburse = loan.line_ids.move_id.filtered(
            lambda move: move.carloan_event == "disburse"
        )
        self.assertEqual(disburse.currency_id, self.usd)
        self.assertEqual(
            self._both(disburse),
            {"principal": (12000.0, 84000.0), "bank": (-12000.0, -84000.0)},
        )
        bill = self._bill("2026-02-15")
        self.assertEqual(
            self._both(bill),
            {
                "principal_due": (299.62, 2127.30),
                "principal": (-299.62, -2127.30),
                "interest_due": (72.0, 511.2),
                "interest_income": (-72.0, -511.2),
            },
        )
        # principal lent at 7.0 falls due at 7.1: the difference is Odoo's
        self.assertEqual(self._get_sum(loan, "principal"), (11700.38, 81902.66))
        exchange = self._get_exchange_moves(loan)
        self.assertEqual(exchange.carloan_loan_id, loan)
        self.assertEqual(max(exchange.line_ids.mapped("balance")), 29.96)
        self.assertEqual(loan.overdue_amount, 371.62)
        self.assertEqual(loan.dpd, 64)
        self.assertBooks()

    def test_drafts_are_converted_at_the_rate_of_their_day(self):
        with freeze_time("2026-01-15"):
            loan = self._create_active(principal=12000.0)
        draft = loan.instalment_ids[2].move_id
        interest = loan.instalment_ids[2].interest
        self.assertEqual(
            self._both(draft)["interest_due"], (interest, round(interest * 7.4, 2))
        )
        self._set_rate("2026-04-15", 7.5)  # entered after the draft was made
        self._bill("2026-04-15")
        self.assertEqual(draft.state, "posted")
        half_up = self.company.currency_id.round(interest * 7.5)
        self.assertEqual(self._both(draft)["interest_due"], (interest, half_up))
        self.assertBooks()

    def test_part_payment_at_another_rate_is_split_in_both(self):
        loan = self._create_active(principal=12000.0)
        self._bill("2026-03-20")
        payment = self._pay(loan, 400.0, "2026-03-05")
        liquidity = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        self.assertEqual(liquidity.amount_currency, 400.0)
        self.assertEqual(liquidity.balance, 2920.0)
        first, second = loan.instalment_ids[:2]
        self.assertEqual(first.paid_state, "paid")
        self.assertEqual(first.amount_residual, 0.0)
        self.assertEqual(second.amount_residual, 343.24)
        self.assertEqual(loan.overdue_amount, 343.24)
        self.assertEqual(loan.overdue_principal, 301.42)
        own = payment.move_id.line_ids.filtered("carloan_component")
        self.assertEqual(round(sum(own.mapped("amount_currency")), 2), -400.0)
        self.assertEqual(round(sum(own.mapped("balance")), 2), -2920.0)
        # the first instalment was billed at 7.1 and paid at 7.3
        paid = loan.line_ids.filtered(
            lambda line: (
                line.carloan_instalment_id == first and line.carloan_component
            )
        )
        self.assertEqual(round(sum(paid.mapped("balance")), 2), 0.0)
        self.assertFalse(any(paid.mapped("amount_residual")))
        self.assertBooks()
        # as of a day before the payment nothing was paid
        position, _ids = loan._get_positions(first.due_date)
        self.assertEqual(int(position.overdue_principal[0]), 29962)

    def test_undone_payment_leaves_what_stood_before(self):
        loan = self._create_active(principal=12000.0)
        self._bill("2026-03-20")
        before = self._get_sum(loan, "principal_due")
        payment = self._pay(loan, 400.0, "2026-03-05")
        loan._undo_repayment(payment.move_id, "2026-04-15", "Bounced")
        self.assertEqual(self._get_sum(loan, "principal_due"), before)
        self.assertEqual(loan.overdue_amount, 743.24)
        self.assertEqual(loan.dpd, 64)
        self.assertBooks()

    def test_credit_of_another_rate_pays_the_next_bill(self):
        loan = self._create_active(principal=12000.0)
        self._bill("2026-02-15")
        self._pay(loan, 500.0, "2026-03-05")
        self.assertEqual(loan.credit_balance, 128.38)
        self._bill("2026-03-15")
        self.assertEqual(loan.credit_balance, 0.0)
        self.assertEqual(loan.overdue_amount, 371.62 - 128.38)
        self.assertBooks()

    def test_relief_and_its_undoing(self):
        loan = self._create_active(principal=12000.0)
        self._bill("2026-04-15")
        owed = loan.overdue_amount
        plan = [
            {"kind": "waive", "component": "interest", "percent": "100"},
            {"kind": "capitalise", "components": ["principal"]},
            {"kind": "extend", "instalments": 6},
        ]
        self._relieve(loan, plan, "2026-04-20")
        self.assertEqual(loan.overdue_amount, 0.0)
        self.assertEqual(loan.principal_balance, 12000.0)
        self.assertBooks()
        waive = loan.line_ids.move_id.filtered(
            lambda move: move.carloan_event == "waive"
        )
        amount, booked = self._both(waive)["modification_result"]
        self.assertEqual(booked, round(amount * 7.4, 2))
        loan._undo_relief(loan.schedule_id, "2026-04-20", "By mistake")
        self.assertEqual(loan.overdue_amount, owed)
        self.assertEqual(loan.dpd, 64)
        self.assertBooks()

    def test_nothing_stays_when_the_loan_is_repaid(self):
        loan = self._create_active(principal=12000.0, instalments=3)
        self._bill("2026-04-15")
        self._pay(loan, loan.overdue_amount, "2026-04-16")
        self.assertEqual(loan.state, "closed")
        for role in ("principal", "principal_due", "interest_due"):
            self.assertEqual(self._get_sum(loan, role), (0.0, 0.0), role)
        self.assertBooks()

    def test_nothing_stays_of_an_allowance_that_is_released(self):
        """Set aside at 7.1 and released at 7.4: the difference is Odoo's."""
        loan = self._create_active(principal=12000.0)
        for day, charge in (("2026-02-20", 100000), ("2026-04-15", -100000)):
            self.ledger._post_events(
                [
                    {
                        "loan": loan,
                        "event": "provision",
                        "key": f"test:{loan.id}:{day}",
                        "date": day,
                        "amounts": {"charge": charge},
                    }
                ]
            )
        self.assertEqual(self._get_sum(loan, "allowance"), (0.0, 0.0))
        self.assertBooks()

    def test_a_currency_of_coins_that_are_no_power_of_ten_is_refused(self):
        coins = self.env["res.currency"].create(
            {"name": "XCN", "symbol": "x", "rounding": 0.05}
        )
        with self.assertRefused("0.05", ValidationError):
            self._create_product(self.company, name="Coins", currency_id=coins.id)

    def test_penalty_and_accrual_are_in_the_loans_currency(self):
        self._agree(penalty_rate=0.108)
        loan = self._create_active(principal=12000.0)
        self._bill("2026-02-15")
        self.ledger._charge_penalties(loan, "2026-03-17")
        amount, booked = self._get_sum(loan, "penalty_income")
        self.assertEqual(amount, round(-299.62 * 0.108 * 30 / 365, 2))
        self.assertEqual(booked, round(amount * 7.2, 2))
        accruals = self.ledger._accrue(self.company, "2026-02-28")
        line = accruals.line_ids.filtered(lambda line: line.carloan_loan_id == loan)
        self.assertEqual(line.currency_id, self.usd)
        self.assertEqual(line.balance, round(line.amount_currency * 7.1, 2))
        self.assertBooks()

    def test_payment_in_another_currency_is_refused(self):
        loan = self._create_active(principal=12000.0)
        with self.assertRefused(loan.name, ValidationError):
            self.env["account.payment"].create(
                {
                    **loan._prepare_repayment_vals(10.0, "2026-04-20", None, None),
                    "currency_id": self.company.currency_id.id,
                }
            )

    def test_currency_without_rate_is_refused(self):
        self.usd.rate_ids.unlink()
        loan = self._create_loan(principal=12000.0)
        with self.assertRefused("exchange rate"):
            loan.action_disburse()
        self.assertEqual(loan.state, "draft")

    def test_currency_of_a_product_with_loans_stays(self):
        loan = self._create_active(principal=12000.0)
        with self.assertRefused(loan.name):
            self.product.currency_id = self.company.currency_id

    def test_bank_of_another_currency_is_refused(self):
        journal = self.product.bank_journal_id.copy(
            {"currency_id": self.usd.id, "code": "BNKX"}
        )
        product = self._create_product(self.company, name="Home")
        with self.assertRefused(journal.name, ValidationError):
            product.bank_journal_id = journal
        self.product.bank_journal_id = journal

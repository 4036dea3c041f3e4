"""The reports on a loan in a foreign currency: in its own, and in that of the books."""

from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.receivables.columns import KINDS, get_steps

from .test_ledger_currency import CurrencyCase

TODAY = "2026-04-20"
OWED = ("principal", "principal_due", "interest_due", "fee_due", "penalty_due")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceivablesCurrency(CurrencyCase):
    def setUp(self):
        super().setUp()
        with freeze_time("2026-03-20"):
            self.loan = self._create_active()
            self._bill("2026-03-20")
            self._pay(self.loan, 3716.23, "2026-03-20")
        self._bill(TODAY)

    def _lines(self, model, **values):
        action = self.env[model].create(values).action_show()
        return self.env[action["res_model"]].search(
            [*action["domain"], ("loan_id", "=", self.loan.id)]
        )

    def test_aged_balances_in_both_currencies(self):
        for kind, index in (("loan", 0), ("company", 1)):
            lines = self._lines("carloan.aged.balance", currency_kind=kind)
            owed = sum(self._get_sum(self.loan, role)[index] for role in OWED)
            self.assertAlmostEqual(sum(lines.mapped("total")), owed, 2, kind)
            expected = self.usd if kind == "loan" else self.company.currency_id
            self.assertEqual(lines.currency_id, expected)

    def test_exchange_differences_have_their_column(self):
        period = {"date_from": "2026-01-01", "date_to": TODAY}
        for kind, index in (("loan", 0), ("company", 1)):
            lines = self._lines("carloan.rollforward", currency_kind=kind, **period)
            closing = sum(
                self._get_sum(self.loan, role)[index] for role in KINDS["principal"][0]
            )
            self.assertAlmostEqual(sum(lines.mapped("closing")), closing, 2)
            moved = sum(sum(lines.mapped(step)) for step in get_steps("principal"))
            self.assertAlmostEqual(moved, closing, 2)
            self.assertEqual(sum(lines.mapped("other")), 0.0)
            exchange = round(sum(lines.mapped("exchange")), 2)
            self.assertEqual(bool(exchange), kind == "company")

    def test_statement_and_months_are_in_the_loans_currency(self):
        account = self.loan._get_statement("2026-01-01", TODAY)
        owed = self.loan._to_minor([self.loan.overdue_amount])[0]
        self.assertEqual(account["closing"]["due"], owed)
        rows = self.env["carloan.instalment.month"].search(
            [("loan_id", "=", self.loan.id)]
        )
        self.assertEqual(rows.currency_id, self.usd)
        self.assertAlmostEqual(
            sum(rows.mapped("residual")), self.loan.overdue_amount, 2
        )

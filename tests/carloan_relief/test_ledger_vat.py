"""VAT within interest: due when billed for 90 days, then when received."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestLedgerVat(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()

    def _bill_until(self, day):
        with freeze_time(day):
            self._bill(day)

    def _get_bill(self, number):
        return self.loan.instalment_ids.sorted("sequence")[number - 1].move_id

    def _relieve(self, plan, day):
        position, _ids = self.loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        change = valuation.modification(position, revised)
        return self.loan._apply_relief(self.borrower, revised, change, day)

    def test_within_the_days(self):
        """A31: 720.00 = 679.25 + 40.75."""
        self._bill_until("2026-02-15")
        entry = self._entry(self._get_bill(1))
        self.assertEqual(entry["interest_due"], 720.00)
        self.assertEqual(entry["interest_income"], -679.25)
        self.assertEqual(entry["output_vat"], -40.75)
        self.assertBooks()

    def test_after_the_days_it_waits_for_the_money(self):
        """A32: pending until received, in proportion."""
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            self._bill_until(day)
        # the bill of June falls due 120 days after the first unpaid one
        self._bill_until("2026-06-15")
        entry = self._entry(self._get_bill(5))
        # 647.44 x 6/106
        self.assertEqual(entry["pending_vat"], -36.65)
        self.assertEqual(entry["interest_income"], -610.79)
        self.assertNotIn("output_vat", entry)
        declared = self._sum(self.loan, "output_vat")
        with freeze_time("2026-06-20"):
            payment = self._pay(self.loan, 4 * 3716.23 + 323.72, "2026-06-20")
            # half of the interest of June has come in
            self.assertEqual(self._sum(self.loan, "pending_vat"), -18.33)
            moved = round(self._sum(self.loan, "output_vat") - declared, 2)
            self.assertEqual(moved, -18.32)
            self.loan._undo_repayment(payment.move_id, "2026-06-20", "bounced")
            self.assertEqual(self._sum(self.loan, "pending_vat"), -36.65)
            self.assertEqual(self._sum(self.loan, "output_vat"), declared)
            self._pay(self.loan, 5 * 3716.23, "2026-06-20")
            self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
        self.assertBooks()

    def test_waived_it_is_never_due(self):
        self._bill_until("2026-05-15")
        self._bill_until("2026-06-15")
        with freeze_time("2026-06-15"):
            moves = self._relieve(
                [{"kind": "waive", "component": "interest", "percent": 100}],
                "2026-06-15",
            )
            entry = self._entry(moves)
            # declared tax is part of the loss, pending tax is not
            self.assertEqual(entry["interest_due"], -3419.14)
            self.assertEqual(entry["pending_vat"], 36.65)
            self.assertEqual(entry["modification_result"], 3382.49)
            self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
            self.assertBooks()
            self.loan._undo_relief(self.loan.schedule_id, "2026-06-15", "mistake")
            self.assertEqual(self._sum(self.loan, "pending_vat"), -36.65)
        self.assertBooks()

    def test_capitalised_it_is_due(self):
        self._bill_until("2026-05-15")
        self._bill_until("2026-06-15")
        declared = self._sum(self.loan, "output_vat")
        with freeze_time("2026-06-15"):
            self._relieve(
                [{"kind": "capitalise", "components": ["principal", "interest"]}],
                "2026-06-15",
            )
        self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
        self.assertEqual(
            round(self._sum(self.loan, "output_vat") - declared, 2), -36.65
        )
        self.assertBooks()

    def test_suspended_no_tax_on_what_is_no_income(self):
        self.product.suspend_days = 90
        self._bill_until("2026-05-15")
        with freeze_time("2026-05-17"):
            self.loan._refresh_position()
            self.assertTrue(self.loan.suspended_since)
            # 40.75 + 39.74 + 38.71 + 37.68 were declared and stay claims
            self.assertEqual(self._sum(self.loan, "output_vat"), -156.88)
            self.assertEqual(self._sum(self.loan, "interest_due"), 156.88)
            self.assertEqual(self._sum(self.loan, "interest_income"), 0.0)
            self.assertEqual(self.loan.overdue_interest, 2771.70)
        self._bill_until("2026-06-15")
        self.assertEqual(self._sum(self.loan, "output_vat"), -156.88)
        self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
        line = self.loan.memo_ids.filtered(lambda memo: memo.event == "bill")
        self.assertEqual((line.amount, line.vat), (647.44, 36.65))
        with freeze_time("2026-06-20"):
            self._pay(self.loan, 5 * 3716.23, "2026-06-20")
            # received: taxed now, and income of the rest
            self.assertEqual(self._sum(self.loan, "output_vat"), -193.53)
            self.assertEqual(
                self._sum(self.loan, "interest_income"), -round(3419.14 - 193.53, 2)
            )
            self.assertFalse(self.loan.suspended_since)
        self.assertBooks()

    def test_penalties_include_it_too(self):
        self._agree(penalty_rate=0.108)
        self._bill_until("2026-02-15")
        with freeze_time("2026-03-10"):
            move = self.ledger._charge_penalties(self.loan)
            entry = self._entry(move)
            whole = entry["penalty_due"]
            self.assertEqual(entry["output_vat"], -round(whole * 6 / 106, 2))
            self.assertEqual(round(sum(entry.values()), 2), 0.0)

    def test_accrued_at_month_end(self):
        self._bill_until("2026-02-15")
        with freeze_time("2026-02-28"):
            move = self.ledger._accrue(self.company, "2026-02-28")
            entry = self._entry(move)
            # income before the tax falls due: it waits, see test_ledger_month_end
            self.assertEqual(
                entry["pending_vat"], -round(entry["interest_due"] * 6 / 106, 2)
            )
            self.assertEqual(round(sum(entry.values()), 2), 0.0)

    def test_the_rate_of_the_day_and_of_the_product(self):
        Rate = self.env["carloan.vat.rate"]
        march = Rate.create({"date_from": "2026-03-01", "rate": 0.05})
        Rate.create(
            {"date_from": "2026-04-01", "rate": 0.0, "product_id": self.product.id}
        )
        for day, rate in (
            ("2025-12-31", 0.0),
            ("2026-02-28", 0.06),
            ("2026-03-01", 0.05),
            ("2026-04-01", 0.0),
        ):
            self.assertEqual(Rate._get_at(self.product, day)[0], rate, day)
        with self.assertQueryCount(0):  # read once, whatever the night asks
            Rate._get_at(self.product, "2026-03-02")
        march.rate = 0.07
        self.assertEqual(Rate._get_at(self.product, "2026-03-01")[0], 0.07)
        march.unlink()
        self.assertEqual(Rate._get_at(self.product, "2026-03-01")[0], 0.06)

    def test_only_who_keeps_the_policy_changes_it(self):
        officer = self._user("vat_officer", "carloan_relief.group_officer")
        manager = self._user("vat_manager", "carloan_relief.group_manager")
        rate = self.env["carloan.vat.rate"].search([], limit=1)
        with self.assertRaises(AccessError):
            rate.with_user(officer).read(["rate"])
        rate.with_user(manager).write({"days": 60})

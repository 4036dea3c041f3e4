"""Loans before they are in the ledger: defaults, refusals, duplicates."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLoan(LoanCase):
    def test_form_takes_the_terms_of_the_product(self):
        with Form(self.env["carloan.loan"]) as form:
            form.partner_id = self.borrower
            form.product_id = self.product
            form.principal = 50000.0
        loan = form.save()
        self.assertEqual(loan.annual_rate, 0.072)
        self.assertEqual(loan.instalments, 36)
        self.assertEqual(str(loan.first_due_date), "2026-07-20")
        self.assertEqual(loan.due_day, 20)
        self.assertRegex(loan.name, r"^LN/\d{4}/\d{5}$")

    def test_numbers_differ_when_many_are_created_from_one_dict(self):
        vals = {
            "partner_id": self.borrower.id,
            "product_id": self.product.id,
            "principal": 1000.0,
        }
        loans = self.env["carloan.loan"].create([vals] * 3)
        self.assertEqual(len(set(loans.mapped("name"))), 3)

    def test_preview_shows_the_schedule_and_posts_nothing(self):
        loan = self._create_loan()
        loan.action_build_preview()
        loan.action_build_preview()
        self.assertEqual(len(loan.schedule_ids), 1)
        self.assertEqual(loan.instalment_ids[0].amount, 3716.23)
        self.assertFalse(loan.line_ids)
        loan.action_disburse()
        self.assertEqual(len(loan.schedule_ids), 1)
        self.assertEqual(loan.schedule_id.state, "active")

    def test_due_day_31_falls_on_the_last_day_and_comes_back(self):
        loan = self._create_loan(start_date="2026-01-01", first_due_date="2026-01-31")
        loan.action_build_preview()
        days = [str(day) for day in loan.instalment_ids[:3].mapped("due_date")]
        self.assertEqual(days, ["2026-01-31", "2026-02-28", "2026-03-31"])

    def test_bad_terms_are_refused_by_name(self):
        for values, text in (
            ({"principal": -5.0}, "-5"),
            ({"principal": 0.0}, "above zero"),
            ({"annual_rate": 8.0}, "800"),
            ({"annual_rate": -0.01}, "-1"),
            ({"instalments": 0}, "instalments"),
            ({"first_due_date": "2026-01-10"}, "2026-01-10"),
            ({"due_day": 40}, "40"),
            ({"balloon": 100.0}, "needs the method Balloon"),
            ({"method": "balloon", "balloon": 10.0**9}, "not below the amount lent"),
            ({"method": "flat", "instalment_rounding": 1.0}, "rounded"),
        ):
            with self.subTest(values=values), self.assertRefused(text, ValidationError):
                self._create_loan(**values)

    def test_bad_products_are_refused_by_name(self):
        for values, text in (
            ({"annual_rate": 8.0}, "800"),
            ({"penalty_rate": 1.5}, "150"),
            ({"allocation_order": "fee,interest"}, "fee,interest"),
            ({"allocation_order": "fee,fee,interest,principal"}, "once each"),
        ):
            with self.subTest(values=values), self.assertRefused(text, ValidationError):
                self._create_product(self.company, **values)

    def test_a_reference_is_used_once_per_company(self):
        self._create_loan(import_ref="A-1")
        import psycopg2

        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self._create_loan(import_ref="A-1")

    def test_a_loan_in_the_books_is_neither_deleted_nor_cancelled(self):
        loan = self._create_active()
        with self.assertRefused(loan.name):
            loan.unlink()
        with self.assertRefused(loan.name):
            loan.action_cancel()
        draft = self._create_loan()
        draft.action_cancel()
        self.assertEqual(draft.state, "cancelled")
        with self.assertRefused(draft.name):
            draft.action_disburse()

    def test_nothing_is_repaid_to_a_loan_that_is_not_running(self):
        loan = self._create_loan()
        with self.assertRaises(UserError):
            self._pay(loan, 10.0, "2026-06-20")
        active = self._create_active()
        with self.assertRefused(active.name):
            self._pay(active, 0.0, "2026-06-20")

    def test_the_window_proposes_what_is_due(self):
        loan = self._create_active()
        self._bill("2026-03-01")
        action = loan.action_register_repayment()
        wizard = (
            self.env["carloan.repayment"].with_context(action["context"]).create({})
        )
        self.assertEqual(wizard.amount, 3716.23)
        self.assertEqual(wizard.journal_id, self.product.bank_journal_id)
        wizard.action_register()
        self.assertEqual(loan.overdue_amount, 0.0)

    def test_value_of_a_vehicle_is_its_latest_valuation(self):
        vehicle = self.env["carloan.vehicle"].create(
            {"make": "Wuling", "model": "Binguo", "purchase_value": 70000.0}
        )
        self.assertEqual(vehicle.value, 70000.0)
        vehicle.valuation_ids = [
            (0, 0, {"date": "2026-05-01", "value": 52000.0}),
            (0, 0, {"date": "2025-05-01", "value": 61000.0}),
        ]
        self.assertEqual(vehicle.value, 52000.0)

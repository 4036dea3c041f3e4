"""The window that takes a repayment: what it shows is what is posted."""

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestRepayment(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})
        cls.loan = cls._create_active()
        cls._bill("2026-04-20")

    def _window(self, loan=None, **values):
        loan = loan or self.loan
        form = Form(self.env["carloan.repayment"].with_context(default_loan_id=loan.id))
        for name, value in values.items():
            form[name] = value
        return form

    def _shown(self, form):
        """The split on the window as {(component, instalment): amount}."""
        return {
            (row["component"], row["instalment_id"]): row["amount"]
            for row in form.line_ids._records
        }

    def _posted(self, payment):
        lines = payment.carloan_split_ids
        return {
            (line.carloan_component or "credit", line.carloan_instalment_id.id): (
                line.credit
            )
            for line in lines
        }

    def test_what_is_shown_is_what_is_posted(self):
        for amount in (60.0, 1000.0, 3716.23, 20000.0):
            for mode in ("horizontal", "vertical"):
                with self.subTest(amount=amount, mode=mode):
                    self._agree(allocation_mode=mode)
                    loan = self._create_active()
                    self._bill("2026-04-20")
                    form = self._window(loan, amount=amount)
                    shown = self._shown(form)
                    self.assertAlmostEqual(sum(shown.values()), amount, places=2)
                    # nothing is in the books before the button is pressed
                    self.assertFalse(loan._find_penalty_moves())
                    form.save().action_register()
                    self.assertEqual(self._posted(loan.payment_ids), shown)
        self.assertBooks()

    def test_the_first_hundred_in_figures(self):
        first = self.loan.instalment_ids[0]
        self.assertEqual(
            self._shown(self._window(amount=100.0)),
            {("penalty", first.id): 54.08, ("interest", first.id): 45.92},
        )

    def test_a_late_one_says_what_follows(self):
        self._pay(self.loan, 100.0, "2026-04-18")
        self.assertFalse(self._window(date="2026-04-20").notes)
        self.assertIn("allocated anew", self._window(date="2026-03-01").notes)

    def test_on_behalf_needs_a_note_and_a_guarantor_is_at_hand(self):
        guarantor = self.env["res.partner"].create({"name": "Zhao Min"})
        party = self.env["carloan.loan.party"].create(
            {
                "loan_id": self.loan.id,
                "partner_id": guarantor.id,
                "role": "guarantor",
            }
        )
        form = self._window(amount=100.0, party_id=party)
        self.assertEqual(form.payer_id, guarantor)
        with self.assertRefused("Zhao Min"):
            form.save().action_register()
        form = self._window(
            amount=100.0, party_id=party, payer_note="Called upon by letter of 1 April"
        )
        form.save().action_register()
        payment = self.loan.payment_ids
        self.assertEqual(payment.partner_id, self.borrower)
        self.assertEqual(payment.carloan_payer_id, guarantor)
        self.assertEqual(payment.move_id.line_ids.partner_id, self.borrower)

    def test_a_stranger_in_accounting_needs_a_note_too(self):
        stranger = self.env["res.partner"].create({"name": "Li Na"})
        values = {
            "payment_type": "inbound",
            "partner_id": stranger.id,
            "amount": 60.0,
            "date": "2026-04-20",
            "journal_id": self.product.bank_journal_id.id,
            "carloan_loan_id": self.loan.id,
        }
        with self.assertRefused("Li Na", ValidationError):
            self.env["account.payment"].create(values)
        payment = self.env["account.payment"].create(
            {**values, "carloan_payer_note": "Sister of the borrower"}
        )
        payment.action_post()
        self.assertEqual(self.loan.overdue_penalty, 31.22)

    def test_what_cannot_be(self):
        day = fields.Date.to_date("2026-04-20")
        for amount in (0.0, -5.0):
            with self.subTest(amount=amount), self.assertRefused(self.loan.name):
                self.loan._register_repayment(amount, day)
        with self.assertRefused("future", ValidationError):
            self.loan._register_repayment(5.0, fields.Date.to_date("2026-04-21"))
        draft = self._create_loan()
        with self.assertRefused(draft.name, UserError):
            draft._register_repayment(5.0, day)
        self.assertFalse(self.loan.payment_ids)

    def test_two_of_one_loan_confirmed_together_pay_one_after_the_other(self):
        other = self._create_active()
        self._bill("2026-04-20")
        due = self.loan.overdue_amount
        rows = [(self.loan, due, "2026-04-20"), (self.loan, 500.0, "2026-04-19")]
        rows.append((other, 700.0, "2026-04-20"))
        payments = self.env["account.payment"].create(
            [
                loan._prepare_repayment_vals(amount, fields.Date.to_date(day))
                for loan, amount, day in rows
            ]
        )
        payments.action_post()
        self.assertEqual(set(payments.mapped("state")), {"paid"})
        # the earlier one first; what is too much is the borrower's
        self.assertFalse(self.loan.overdue_amount)
        penalties = sum(self.loan._find_penalty_moves().mapped("amount_total"))
        self.assertAlmostEqual(self.loan.credit_balance, 500.0 - penalties, places=2)
        self.assertAlmostEqual(other.overdue_amount, due + penalties - 700.0, delta=3)
        self.assertBooks()

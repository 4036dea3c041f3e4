"""A borrower's credit paid back: the entry, who is paid, what is refused."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common_refund import ABOVE, TODAY, RefundCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefund(RefundCase):
    def _partner(self, name, **values):
        return self.env["res.partner"].create({"name": name, **values})

    # ------------------------------------------------------------------
    # THE ENTRY
    # ------------------------------------------------------------------

    def test_the_window_pays_the_whole_credit_back(self):
        window = self._window()
        self.assertEqual(window.amount, ABOVE)
        self.assertEqual(window.payee_id, self.borrower)
        self.assertEqual(window.journal_id, self.journal)
        window.action_pay_back()
        payment = self.loan._find_standing_payments("outbound")
        move = payment.move_id
        self.assertEqual(
            self._entry(move), {"principal_due": ABOVE, "asset_cash": -ABOVE}
        )
        self.assertRecordValues(
            move,
            [
                {
                    "carloan_event": "refund",
                    "carloan_event_key": f"refund:{payment.id}",
                    "carloan_loan_id": self.loan.id,
                    "state": "posted",
                }
            ],
        )
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertCreditClosed()
        self.assertIn(payment, self.loan.payment_ids)
        self.assertEqual(payment.partner_id, self.borrower)
        self.assertBooks()

    def test_a_part_leaves_the_rest_for_the_next_bill(self):
        self._refund(self.loan, 120.0)
        self.assertEqual(self.loan.credit_balance, 380.0)
        with freeze_time("2026-07-15"):
            self._bill("2026-07-15")
            # the credit paid the instalment
            bill = self.loan.instalment_ids[5]
            self.assertEqual(bill.paid_state, "paid")
            left = round(380.0 - bill.amount, 2)
            self.assertEqual(self.loan.credit_balance, left)
            self.assertBooks()

    def test_the_window_pays_once(self):
        window = self._window(amount=100.0)
        window.action_pay_back()
        with self.assertRefused("already"):
            window.action_pay_back()
        self.assertEqual(self.loan.credit_balance, 400.0)

    def test_one_after_the_other_until_nothing_is_left(self):
        payments = self.env["account.payment"].create(
            [
                self.loan._prepare_refund_vals(amount, TODAY, self.borrower)
                for amount in (300.0, 200.0)
            ]
        )
        payments.action_post()
        self.assertEqual(self.loan.credit_balance, 0.0)
        more = self.env["account.payment"].create(
            [
                self.loan._prepare_refund_vals(amount, TODAY, self.borrower)
                for amount in (300.0, 201.0)
            ]
        )
        with self.assertRefused(self.loan.name):
            more.action_post()

    def test_money_in_and_out_confirmed_together(self):
        loan = self._create_overpaid(0.0)
        vals = [
            loan._prepare_refund_vals(50.0, TODAY, self.borrower),
            loan._prepare_repayment_vals(50.0, TODAY),
        ]
        self.env["account.payment"].create(vals).action_post()
        self.assertEqual(loan.credit_balance, 0.0)
        self.assertCreditClosed(loan)
        self.assertBooks()

    # ------------------------------------------------------------------
    # LOANS THAT ARE OVER
    # ------------------------------------------------------------------

    def test_a_loan_repaid_to_its_end(self):
        loan = self._create_active(principal=1000.0, instalments=2)
        self._bill(TODAY)
        self._pay(loan, loan.overdue_amount + 33.0, TODAY)
        self.assertEqual((loan.state, loan.credit_balance), ("closed", 33.0))
        self._window(loan).action_pay_back()
        self.assertEqual((loan.state, loan.credit_balance), ("closed", 0.0))
        self.assertEmptied(loan)
        self.assertCreditClosed(loan)
        self.assertBooks()

    def test_a_loan_settled_early(self):
        loan = self._create_overpaid(20000.0)
        case = self.env["carloan.settlement"].with_user(self.accountant)
        case = case.create({"loan_id": loan.id, "date": TODAY})
        case.action_settle()
        credit = loan.credit_balance
        self.assertEqual(loan.state, "closed")
        self.assertGreater(credit, 0.0)
        self._window(loan).action_pay_back()
        self.assertEmptied(loan)
        self.assertBooks()

    def test_a_loan_written_off_and_recovered_beyond_its_claim(self):
        loan = self._create_a19()
        self._written_off(loan)
        self._pay(loan, loan.written_off_balance + 70.0, TODAY)
        self.assertEqual((loan.state, loan.credit_balance), ("written_off", 70.0))
        payment = self._refund(loan, 70.0)
        self.assertEmptied(loan)
        self.assertCreditClosed(loan)
        self._undo(move_id=payment.move_id.id)
        self.assertEqual(loan.credit_balance, 70.0)
        self.assertBooks()

    # ------------------------------------------------------------------
    # WHAT IS REFUSED
    # ------------------------------------------------------------------

    def test_amounts_and_days(self):
        cases = (
            ({"amount": 0.0}, "above zero"),
            ({"amount": -5.0}, "above zero"),
            ({"amount": 500.01}, "500.00"),
            ({"date": "2026-06-21"}, "2026-06-21"),
            # the credit came on the 16th
            ({"date": "2026-06-15"}, self.payment.move_id.name),
        )
        for values, text in cases:
            with self.subTest(values=values):
                with self.assertRefused(text):
                    self._refund(self.loan, **values)
                self.assertEqual(self.loan.credit_balance, ABOVE)
        self.assertFalse(self._moves(self.loan, "refund"))
        self._refund(self.loan, date="2026-06-16")
        self.assertBooks()

    def test_what_is_due_comes_first(self):
        """Also what the night has not billed yet."""
        due = self.loan.instalment_ids[5].amount
        with freeze_time("2026-07-20"):
            with self.assertRefused(self.loan.name):
                self._refund(self.loan, date="2026-07-20")
            self.assertEqual(self.loan.instalment_ids[5].state, "drafted")
            free = round(ABOVE - due, 2)
            self._refund(self.loan, free, date="2026-07-20")
            self.assertEqual(self.loan.instalment_ids[5].paid_state, "paid")
            self.assertEqual(self.loan.credit_balance, 0.0)
            self.assertBooks()

    def test_a_credit_used_since_is_gone(self):
        with freeze_time("2026-07-20"):
            self._bill("2026-07-15")
            with self.assertRefused("2026-07-15"):
                self._refund(self.loan, 100.0, date="2026-07-14")

    def test_no_credit_no_refund(self):
        loan = self._create_overpaid(0.0)
        for other in (loan, self._create_loan()):
            with self.assertRefused(other.name):
                self._refund(other, 1.0)

    def test_another_company_and_another_currency(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.env["account.journal"].create(
            {"name": "Bank", "type": "bank", "code": "ELS", "company_id": company.id}
        )
        with self.assertRaises(UserError):
            self._refund(self.loan, journal=foreign)
        usd = self.env.ref("base.USD")
        other = usd if self.loan.currency_id != usd else self.env.ref("base.EUR")
        other.active = True
        vals = self.loan._prepare_refund_vals(5.0, TODAY, self.borrower)
        with self.assertRefused(self.loan.name, ValidationError):
            self.env["account.payment"].create({**vals, "currency_id": other.id})

    def test_closed_periods(self):
        self.company.fiscalyear_lock_date = "2026-06-18"
        self.company.carloan_locked_policy = "refuse"
        with self.assertRefused("2026-06-17"):
            self._refund(self.loan, 100.0, date="2026-06-17")
        self.company.carloan_locked_policy = "next_open"
        payment = self._refund(self.loan, 100.0, date="2026-06-17")
        self.assertEqual(str(payment.date), "2026-06-17")
        self.assertEqual(str(payment.move_id.date), "2026-06-19")
        notes = " ".join(self.loan.message_ids.mapped("body"))
        self.assertIn("of 2026-06-17 falls in a closed period", notes)
        self.assertEqual(self.loan.credit_balance, 400.0)
        self.assertBooks()

    def test_once_posted_it_stays(self):
        payment = self._refund(self.loan).with_user(self.accountant)
        for values in ({"amount": 1.0}, {"date": "2026-06-19"}, {"state": "draft"}):
            with self.subTest(values=values), self.assertRefused(self.loan.name):
                payment.write(values)
        with self.assertRefused(self.loan.name):
            payment.action_draft()
        with self.assertRefused(self.loan.name):
            payment.move_id._reverse_moves([{"date": TODAY}], cancel=True)
        vals = self.loan._prepare_refund_vals(1.0, TODAY, self.borrower)
        draft = self.env["account.payment"].with_user(self.accountant).create(vals)
        with self.assertRefused(self.loan.name):
            draft.write({"state": "paid"})

    # ------------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------------

    def test_roles(self):
        may = {"manager", "accountant"}
        for name in (*may, "officer", "approver", "auditor", "employee"):
            user = getattr(self, name)
            loan = self._create_overpaid()
            with self.subTest(role=name):
                if name in may:
                    loan.with_user(user).action_pay_back_credit()
                    self._window(loan, user).action_pay_back()
                    self.assertEqual(loan.credit_balance, 0.0)
                    continue
                with self.assertRaises(AccessError):
                    loan.with_user(user).action_pay_back_credit()
                with self.assertRaises(AccessError):
                    self._window(loan, user)
                with self.assertRaises(AccessError):
                    loan.with_user(user).payment_ids.create(
                        loan._prepare_refund_vals(5.0, TODAY, self.borrower)
                    )
        self.assertBooks()

    def test_an_accountant_by_the_form_of_payments(self):
        vals = self.loan._prepare_refund_vals(ABOVE, TODAY, self.borrower)
        payment = self.env["account.payment"].with_user(self.accountant).create(vals)
        payment.action_post()
        self.assertEqual(self.loan.credit_balance, 0.0)
        self.assertCreditClosed()
        self.assertBooks()

    def test_nobody_pays_to_themselves(self):
        own = self.accountant.partner_id
        with self.assertRaises(AccessError):
            self._window(payee_id=own.id, note="My expenses").action_pay_back()
        self.loan.party_ids = [
            Command.create({"partner_id": own.id, "role": "guarantor"})
        ]
        with self.assertRaises(AccessError):
            self._window().action_pay_back()
        self._window(user=self.manager).action_pay_back()

    # ------------------------------------------------------------------
    # WHO IS PAID
    # ------------------------------------------------------------------

    def test_who_paid_is_paid(self):
        sister, boss = self._partner("Li Na"), self._partner("Boss")
        party = {"payer": sister, "payer_name": "Li Na", "payer_note": "Sister"}
        name = {"payer_name": "Somebody Ltd", "payer_note": "As in the statement"}
        other = {"payer": boss, "payer_name": "Boss", "payer_note": "Employer"}
        cases = (
            ([{}], self.borrower),
            ([party], sister),
            # a bank gives a name alone: a person says who that is
            ([name], self.env["res.partner"]),
            # who paid the bills is not who paid too much
            ([party, {}], self.borrower),
            ([{}, party], sister),
        )
        for payers, payee in cases:
            loan = self._create_active(principal=12000.0)
            self._bill(TODAY)
            amounts = [loan.overdue_amount] * (len(payers) - 1)
            amounts.append(loan.overdue_amount * (len(payers) == 1) + 80.0)
            for amount, payer in zip(amounts, payers, strict=True):
                loan._register_repayments([{"amount": amount, "date": TODAY, **payer}])
            with self.subTest(payers=payers):
                form = Form(
                    self.env["carloan.refund"].with_context(default_loan_id=loan.id)
                )
                self.assertEqual(form.payee_id, payee)
                self.assertEqual(form.amount, 80.0)
                if payers[-1]:
                    self.assertIn(payers[-1]["payer_name"], form.paid_by)
        # two made the credit: it is the borrower's
        loan = self._create_overpaid(10.0)
        for payer in (party, other):
            loan._register_repayments([{"amount": 30.0, "date": TODAY, **payer}])
        self.assertEqual(loan._get_default_payee(), self.borrower)
        self._refund(loan, 30.0, payee=boss)
        self._refund(loan, 30.0, payee=sister)

    def test_a_stranger_in_accounting(self):
        stranger = self._partner("Li Na")
        loan = self._create_overpaid(0.0)
        vals = loan._prepare_repayment_vals(40.0, TODAY, payer_note="A friend")
        vals["partner_id"] = stranger.id
        self.env["account.payment"].create(vals).action_post()
        self.assertEqual(self._window(loan).payee_id, stranger)

    def test_somebody_else_needs_a_reason(self):
        stranger = self._partner("Zhao Min")
        with self.assertRefused("Zhao Min", ValidationError):
            self._window(payee_id=stranger.id).action_pay_back()
        window = self._window(payee_id=stranger.id, note="Assigned by letter of 1 June")
        window.action_pay_back()
        payment = self.loan._find_standing_payments("outbound")
        self.assertEqual(payment.partner_id, stranger)
        # what the loan owed is the borrower's all the same
        lines = payment.move_id.line_ids.filtered("carloan_role")
        self.assertEqual(lines.partner_id, self.borrower)
        self.assertCreditClosed()
        self.assertBooks()

    def test_the_account_is_that_of_who_is_paid(self):
        own, foreign = self.env["res.partner.bank"].create(
            [
                {"acc_number": number, "partner_id": partner.id}
                for number, partner in (
                    ("6222001", self.borrower),
                    ("6222002", self._partner("Zhao Min")),
                )
            ]
        )
        window = self._window()
        self.assertEqual(window.bank_account_id, own)
        window.bank_account_id = foreign
        with self.assertRefused("6222002"):
            window.action_pay_back()
        window.bank_account_id = own
        window.action_pay_back()
        payment = self.loan._find_standing_payments("outbound")
        self.assertEqual(payment.partner_bank_id, own)

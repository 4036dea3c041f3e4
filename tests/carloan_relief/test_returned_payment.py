"""A payment that the bank took back: its reason, its fee, and the way out."""

import base64

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_bank import BankCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestReturnedPayment(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user(
            "ret_manager", "carloan_relief.group_manager,account.group_account_invoice"
        )
        cls.funds = cls.env.ref("carloan_relief.return_reason_funds")
        cls.mandate = cls.env.ref("carloan_relief.return_reason_mandate")
        cls.policy = cls.env["carloan.return.fee"].create(
            {"name": "Twenty", "amount": 20.0, "valid_from": "2026-01-01"}
        )
        cls.payment = cls._pay(cls.loan, 3716.23, "2026-04-16")

    def _window(self, action, user=None, **values):
        """Fill in the window that an entry or a payment opens."""
        Undo = self.env["carloan.undo"].with_user(user or self.accountant)
        Undo = Undo.with_context(action["context"])
        return Undo.create({"reason": "As the bank says", **values})

    def _return(self, reason=None, user=None, **values):
        wizard = self._window(
            self.payment.action_carloan_undo(),
            user,
            return_reason_id=(reason or self.funds).id,
            **values,
        )
        wizard.action_confirm()
        return self._fee()

    def _fee(self):
        return self.env["account.move"].search(
            [("carloan_loan_id", "=", self.loan.id), ("carloan_event", "=", "fee")],
            order="id desc",
            limit=1,
        )

    def test_the_borrower_pays_what_a_return_costs(self):
        wizard = self._window(
            self.payment.action_carloan_undo(), return_reason_id=self.funds.id
        )
        self.assertEqual(wizard.return_fee, 20.0)
        wizard.action_confirm()
        move = self._fee()
        self.assertEqual(self._entry(move), {"fee_due": 20.0, "fee_income": -20.0})
        self.assertEqual(self.loan.overdue_fee, 20.0)
        self.assertEqual(self.payment.state, "rejected")
        self.assertEqual(self.payment.carloan_return_reason_id, self.funds)
        self.assertIn(self.funds.name, move.ref)
        # paid with the next money, in the agreed order
        self._pay(self.loan, self.loan.overdue_amount, "2026-04-20")
        self.assertFalse(self.loan.overdue_fee)
        self.assertBooks()

    def test_it_is_a_row_of_its_own_among_the_instalments(self):
        self._return()
        months = self.env["carloan.instalment.month"]
        of_fee = [("loan_id", "=", self.loan.id), ("state", "=", "charged")]
        names = ["due_date", "billed", "paid", "relieved", "residual"]
        day = fields.Date.to_date("2026-04-20")
        self.assertEqual(
            [tuple(row[name] for name in names) for row in months.search(of_fee)],
            [(day, 20.0, 0.0, 0.0, 20.0)],
        )
        self._pay(self.loan, self.loan.overdue_amount, "2026-04-20")
        months.invalidate_model()
        self.assertEqual(
            [tuple(row[name] for name in names) for row in months.search(of_fee)],
            [(day, 20.0, 20.0, 0.0, 0.0)],
        )

    def test_what_is_due_is_the_policy_agreed_with_the_loan(self):
        self.policy.copy({"product_id": self.product.id, "amount": 35.0})
        later = self.policy.copy({"product_id": self.product.id, "amount": 99.0})
        later.valid_from = "2026-02-01"  # the loan is older
        self.assertEqual(self.loan._get_return_fee(self.funds, "2026-04-20"), 3500)
        self.assertEqual(self.loan._get_return_fee(self.mandate, "2026-04-20"), 0)
        self.policy.search([]).active = False
        self.assertEqual(self.loan._get_return_fee(self.funds, "2026-04-20"), 0)
        with self.assertRaises(ValidationError):
            self.policy.valid_to = "2025-12-31"

    def test_the_lenders_mistake_and_an_entry_by_mistake_cost_nothing(self):
        self.assertFalse(self._return(self.mandate))
        payment = self._pay(self.loan, 10.0, "2026-04-20")
        self._window(payment.action_carloan_undo(), returned=False).action_confirm()
        self.assertFalse(payment.carloan_return_reason_id)
        self.assertFalse(self._fee())
        payment = self._pay(self.loan, 10.0, "2026-04-20")
        with self.assertRefused(payment.move_id.name):
            self._window(payment.action_carloan_undo()).action_confirm()

    def test_waived_at_once_or_later_by_who_may(self):
        with self.assertRaises(AccessError):
            self._return(waive_return_fee=True)
        self.assertEqual(self.payment.state, "paid")
        self.policy.desk_waiver = True
        self.assertFalse(self._return(waive_return_fee=True))
        self.assertFalse(self.loan.overdue_fee)
        self.assertBooks()

    def test_waived_later_and_the_waiver_undone(self):
        fee = self._return()
        self.assertTrue(fee.carloan_can_waive)
        with self.assertRaises(AccessError):
            self._window(fee.action_carloan_waive()).action_confirm()
        self._window(fee.action_carloan_waive(), self.manager).action_confirm()
        self.assertFalse(self.loan.overdue_fee)
        self.assertFalse(fee.carloan_can_waive)
        waiver = self.env["account.move"].search(
            [("carloan_event_key", "=like", f"waive:fee:{fee.id}:%")]
        )
        self.assertEqual(
            self._entry(waiver), {"modification_result": 20.0, "fee_due": -20.0}
        )
        with self.assertRefused("nothing of it is unpaid"):
            self.loan._waive_fee(fee, "2026-04-20", "Twice")
        with self.assertRefused(waiver.name):
            self._window(fee.action_carloan_undo()).action_confirm()
        self._window(waiver.action_carloan_undo()).action_confirm()
        self.assertEqual(self.loan.overdue_fee, 20.0)
        self._window(fee.action_carloan_undo()).action_confirm()
        self.assertFalse(self.loan.overdue_fee)
        self.assertBooks()

    def test_nothing_but_a_fee_is_waived(self):
        """The window is told over RPC which entry it is for."""
        bill = self.loan.instalment_ids.move_id.filtered(
            lambda move: move.carloan_event == "bill" and move.state == "posted"
        )[:1]
        window = self._window(bill.action_carloan_undo(), self.manager)
        window.waive = True
        with self.assertRefused("charged no fee"):
            window.action_confirm()

    def test_a_fee_that_was_paid_is_undone(self):
        fee = self._return()
        self._pay(self.loan, self.loan.overdue_amount, "2026-04-20")
        self.assertFalse(self.loan.overdue_fee)
        self._window(fee.action_carloan_undo()).action_confirm()
        # the money of the fee is the borrower's again
        self.assertEqual(self.loan.credit_balance, 20.0)
        self.assertBooks()

    def test_a_statement_names_the_reason(self):
        one = self._import(
            f"9,2026-04-20,Chen Lei,6222,-3716.23,AM04 {self.loan.name}\n"
            f"10,2026-04-20,Chen Lei,6222,-1.00,what\n"
        )
        line, other = one.line_ids.sorted("number")
        self.assertEqual(line.return_reason_id, self.funds)
        self.assertFalse(other.return_reason_id)
        line.action_post()
        self.assertFalse(line.error)
        self.assertEqual(self.loan.overdue_fee, 20.0)
        self.assertEqual(self.payment.carloan_return_reason_id, self.funds)
        self.assertBooks()

    def test_a_statement_with_a_column_of_reasons(self):
        data = "Number,Date,Payer,Account,Amount,Text,Why\n"
        data += f"9,2026-04-20,Chen Lei,6222,-3716.23,{self.loan.name},余额不足\n"
        one = self._import(
            "", column_reason="Why", file=base64.b64encode(data.encode())
        )
        self.assertEqual(one.line_ids.return_code, "余额不足")
        self.assertEqual(one.line_ids.return_reason_id, self.funds)
        # a person may know better
        one.line_ids.with_user(self.accountant).return_reason_id = self.mandate
        one.line_ids.action_post()
        self.assertFalse(self.loan.overdue_fee)

    def test_reasons_and_fees_are_for_managers_to_set(self):
        for user, may in ((self.accountant, False), (self.manager, True)):
            for record in (self.funds, self.policy):
                record = record.with_user(user)
                self.assertEqual(record.has_access("write"), may)
                self.assertTrue(record.has_access("read"))
        employee = self._user("ret_employee", "base.group_user")
        self.assertFalse(self.policy.with_user(employee).has_access("read"))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.policy.company_id = other
        self.assertFalse(self.policy.with_user(self.manager).has_access("read"))

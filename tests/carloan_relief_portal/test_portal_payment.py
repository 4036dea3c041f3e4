"""A borrower pays online: the right amount, once, on the right loan."""

from odoo.exceptions import AccessError
from odoo.tests import mute_logger, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalPayment(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        form = cls.env["ir.ui.view"].create(
            {"name": "Form", "type": "qweb", "arch": "<form action='x'/>"}
        )
        cls.method = cls.env.ref("payment.payment_method_unknown")
        cls.provider = cls.env["payment.provider"].create(
            {
                "name": "Test bank",
                "code": "none",
                "state": "test",
                "is_published": True,
                "payment_method_ids": [(6, 0, cls.method.ids)],
                "redirect_form_view_id": form.id,
            }
        )
        cls.method.active = True
        cls.env["account.payment.method.line"].create(
            {
                "name": "Test bank",
                "payment_method_id": cls.env.ref(
                    "account.account_payment_method_manual_in"
                ).id,
                "journal_id": cls.product.bank_journal_id.id,
                "payment_provider_id": cls.provider.id,
            }
        )
        cls.rival = cls.env["res.currency"].search(
            [("id", "!=", cls.loan.currency_id.id)], limit=1
        )

    def _call(self, what="overdue", loan=None, **values):
        loan = loan or self.loan
        return self.make_jsonrpc_request(
            f"/my/loans/{loan.id}/pay/{what}/transaction",
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "token_id": None,
                "flow": "redirect",
                "tokenization_requested": False,
                "landing_route": "/evil",
                # what Odoo's own form sends beside
                "amount": None,
                "is_validation": False,
                "access_token": "",
                "csrf_token": "x",
                **values,
            },
        )

    def _transaction(self, loan=None):
        loan = loan or self.loan
        return self.env["payment.transaction"].search(
            [("carloan_loan_id", "=", loan.id)], order="id desc", limit=1
        )

    def _finish(self, transaction):
        transaction._set_done()
        transaction._post_process()

    def test_the_page_offers_amounts_and_the_form(self):
        self.sign_in(self.alice)
        loan_page = self.page(f"/my/loans/{self.loan.id}").text
        self.assertIn(f"/my/loans/{self.loan.id}/pay", loan_page)
        text = self.page(f"/my/loans/{self.loan.id}/pay").text
        for words in ("The oldest instalment", "Everything due", "o_payment_form"):
            self.assertIn(words, text)
        self.assertIn(f"/my/loans/{self.loan.id}/pay/due/transaction", text)
        other = self.page(f"/my/loans/{self.loan.id}/pay?what=other&amount=1,500").text
        self.assertIn(f"/my/loans/{self.loan.id}/pay/other/transaction", other)
        for amount in ("-5", "0", "ten", "nan", "1e400", "99999999", "12,50"):
            with self.subTest(amount=amount):
                page = self.page(
                    f"/my/loans/{self.loan.id}/pay?what=other&amount={amount}"
                )
                self.assertEqual(page.status_code, 200)
                self.assertIn("pay_refusal", page.text)
                self.assertNotIn("/transaction", page.text)

    def test_what_is_due_is_paid_and_allocated_once(self):
        due = self.loan.overdue_amount
        self.sign_in(self.alice)
        # amount, currency and partner of the page do not count
        answer = self._call("overdue", amount=0.01)
        transaction = self._transaction()
        self.assertEqual(answer["reference"], transaction.reference)
        self.assertEqual(transaction.amount, due)
        self.assertEqual(transaction.currency_id, self.loan.currency_id)
        self.assertEqual(transaction.partner_id, self.alice.partner_id)
        self.assertEqual(transaction.landing_route, f"/my/loans/{self.loan.id}")
        count = len(self.loan.payment_ids)
        # a draft does nothing, whoever looks after it
        transaction._post_process()
        self.assertEqual(self.loan.overdue_amount, due)
        self._finish(transaction)
        payment = transaction.payment_id
        self.assertEqual(payment.carloan_loan_id, self.loan)
        self.assertEqual(payment.amount, due)
        self.assertEqual(self.loan.overdue_amount, 0.0)
        roles = {
            item.carloan_role: item.balance
            for item in payment.move_id.line_ids
            if item.carloan_instalment_id == self.loan.instalment_ids[2]
        }
        third = self.loan.instalment_ids[2]
        self.assertEqual(
            roles, {"principal_due": -third.principal, "interest_due": -third.interest}
        )
        transaction._post_process()
        transaction._post_process()
        self.assertEqual(len(self.loan.payment_ids), count + 1)
        self.assertIn(
            "Thank you. We received", self.page(f"/my/loans/{self.loan.id}").text
        )

    def test_a_cancelled_payment_takes_nothing_and_says_so(self):
        due = self.loan.overdue_amount
        self.sign_in(self.alice)
        self._call("due")
        transaction = self._transaction()
        transaction._set_canceled()
        transaction._post_process()
        self.assertEqual(self.loan.overdue_amount, due)
        self.assertFalse(transaction.payment_id)
        text = self.page(f"/my/loans/{self.loan.id}").text
        self.assertIn("Nothing was taken", text)

    def test_another_amount_within_what_is_owed(self):
        self.sign_in(self.alice)
        self._call("other", amount=1234.567)
        self.assertEqual(self._transaction().amount, 1234.57)
        before = self._transaction()
        with mute_logger("odoo.http"):
            for amount in (None, -1, 0, "x", 10**9):
                with self.subTest(amount=amount), self.assertRaises(Exception):  # noqa: B017
                    self._call("other", amount=amount)
        self.assertEqual(self._transaction(), before)

    def test_in_a_holiday_the_next_payment_is_the_one_after_it(self):
        """An instalment that asks for nothing is none that could be paid."""
        loan = self.loan
        loan._refresh_position()
        position, _ids = loan._get_positions()
        plan = [
            {"kind": "capitalise", "components": ["principal", "interest"]},
            {"kind": "holiday", "instalments": 2, "interest": "defer"},
        ]
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        change = valuation.modification(position, revised)
        loan._apply_relief(loan.partner_id, revised, change, self.today)
        self.assertEqual(loan.next_amount, 0.0)
        self.assertGreater(loan.next_payment, 0.0)
        choices = loan._portal_pay_choices()
        self.assertEqual(choices["next"]["amount"], loan.next_payment)

    @mute_logger("odoo.http")
    def test_closed_foreign_and_forged(self):
        self.sign_in(self.alice)
        self.assertIn("error", self._call(loan=self.other_loan))
        self.assertFalse(self._transaction(self.other_loan))
        for extra in (
            {"currency_id": self.rival.id},
            {"partner_id": self.bob.partner_id.id},
            {"carloan_loan_id": self.other_loan.id},
            {"custom_create_values": {}},
        ):
            with self.subTest(extra=extra):
                self.assertIn("error", self._call(**extra))
        self.loan.sudo().state = "closed"
        with self.assertRaises(Exception) as caught:
            self._call()
        self.assertIn("UserError", str(caught.exception))
        answer = self.page(f"/my/loans/{self.loan.id}/pay")
        self.assertTrue(answer.url.endswith(f"/my/loans/{self.loan.id}"))
        self.assertFalse(self._transaction())

    def test_money_for_a_loan_settled_meanwhile_is_kept(self):
        self.sign_in(self.alice)
        self._call("due")
        transaction = self._transaction()
        self.loan.sudo().state = "closed"
        self._finish(transaction)
        self.assertTrue(transaction.payment_id)
        self.assertFalse(transaction.payment_id.carloan_loan_id)
        self.assertEqual(transaction.payment_id.partner_id, self.alice.partner_id)
        self.assertEqual(self.loan.activity_ids.summary, "Money for a settled loan")

    def test_what_was_written_off_can_be_paid(self):
        self.loan.sudo().overdue_amount = 0.0
        self.loan.sudo().state = "written_off"
        self.env["carloan.memo"]._record(
            [
                {
                    "loan_id": self.loan.id,
                    "kind": "written_off",
                    "component": "principal",
                    "due_date": "2026-05-15",
                    "date": "2026-06-01",
                    "amount": 700.0,
                    "event": "write_off",
                    "event_key": "test",
                }
            ]
        )
        choices = self.loan._portal_pay_choices()
        self.assertEqual(choices["overdue"]["amount"], 700.0)
        self.assertEqual(self.loan._portal_check_amount(650.0), 650.0)

    def test_over_rpc_a_borrower_reads_no_transaction(self):
        self.sign_in(self.alice)
        self._call("due")
        with self.assertRaises(AccessError):
            self._transaction().with_user(self.bob).read(["amount"])

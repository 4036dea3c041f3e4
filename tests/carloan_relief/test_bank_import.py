"""Bank statements become repayments: matched, checked by a person, posted once."""

import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_bank import BankCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestBankImport(BankCase):
    def test_a_reference_is_posted_and_its_entry_is_right(self):
        one = self._import(self._row(1, "3716.23", f"rate {self.loan.name}"))
        line = one.line_ids
        self.assertEqual(
            (line.state, line.loan_id, line.match_reason, line.confidence),
            ("matched", self.loan, "reference", 100),
        )
        line.action_post()
        self.assertEqual(line.state, "posted")
        payment = line.payment_id
        self.assertEqual(payment.carloan_loan_id, self.loan)
        self.assertEqual(payment.date, fields.Date.to_date("2026-04-20"))
        by_account = {
            item.account_id: item.balance
            for item in payment.move_id.line_ids
            if not item.carloan_role
        }
        # the payment debits the bank itself: no statement line doubles it
        self.assertEqual(by_account, {self.bank: 3716.23})
        self.assertFalse(
            self.env["account.bank.statement.line"].search(
                [("journal_id", "=", self.journal.id), ("date", "=", line.date)]
            )
        )
        entry = self._entry(payment.move_id)
        self.assertEqual(entry["interest_due"], -720.0)
        self.assertEqual(entry["principal_due"], -2996.23)
        self.assertEqual(self.loan.instalment_ids[0].paid_state, "paid")
        self.assertBooks()

    def _make_outstanding(self):
        """Let payments wait on an account until the bank statement comes."""
        outstanding = self.env["account.account"].create(
            {
                "name": "Outstanding receipts",
                "code": "100999",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        method = self.journal.inbound_payment_method_line_ids[:1]
        method.payment_account_id = outstanding
        return outstanding

    def test_with_an_outstanding_account_the_bank_is_debited_once(self):
        outstanding = self._make_outstanding()
        one = self._import(self._row(1, "100.00", self.loan.name))
        one.action_post()
        self.assertFalse(one.line_ids.error)
        items = self.env["account.move.line"].search(
            [
                ("account_id", "in", (self.bank + outstanding).ids),
                ("date", "=", "2026-04-20"),
                ("parent_state", "=", "posted"),
            ]
        )
        sums = {
            account: round(sum(lines.mapped("balance")), 2)
            for account, lines in items.grouped("account_id").items()
        }
        self.assertEqual(sums, {self.bank: 100.0, outstanding: 0.0})
        self.assertEqual(one.line_ids.payment_id.state, "paid")
        self.assertBooks()

    def test_a_return_leaves_nothing_outstanding(self):
        outstanding = self._make_outstanding()
        self._import(self._row(1, "100.00", self.loan.name)).action_post()
        one = self._import(self._row(2, "-100.00", f"AM04 {self.loan.name}"))
        one.action_post()
        self.assertEqual(one.line_ids.state, "posted", one.line_ids.error)
        items = self.env["account.move.line"].search(
            [
                ("account_id", "in", (self.bank + outstanding).ids),
                ("date", "=", "2026-04-20"),
                ("parent_state", "=", "posted"),
            ]
        )
        # in at the bank and out again, and no payment that waits for a statement
        self.assertEqual(
            sorted(
                items.filtered(lambda i: i.account_id == self.bank).mapped("balance")
            ),
            [-100.0, 100.0],
        )
        own = items.filtered(lambda item: item.account_id == outstanding)
        self.assertEqual(sum(own.mapped("balance")), 0.0)
        self.assertTrue(all(own.mapped("reconciled")))
        self.assertBooks()

    def test_a_return_is_of_its_own_account_and_currency(self):
        other = self.journal.copy({"name": "Other bank", "code": "BNKO"})
        paid = self.loan._register_repayment(77.0, fields.Date.today(), other)
        line = self._import(self._row(1, "-77.00", f"AM04 {self.loan.name}")).line_ids
        self.assertFalse(line.returned_payment_id)
        line.returned_payment_id = paid
        line.action_post()
        self.assertEqual((line.state, paid.state), ("matched", "paid"))
        self.assertIn(other.name, line.error)
        self.assertBooks()

    def test_money_entered_by_hand_is_not_posted_again(self):
        outstanding = self._make_outstanding()
        paid = self._pay(self.loan, 3716.23, "2026-04-18")
        one = self._import(
            self._row(1, "3716.23", self.loan.name)
            # of the same day and amount, yet more money
            + self._row(2, "3716.23", self.loan.name)
        )
        first, second = one.line_ids.sorted("number")
        self.assertEqual((first.state, first.entered_payment_id), ("to_check", paid))
        self.assertEqual((second.state, second.loan_id), ("matched", self.loan))
        self.assertFalse(second.entered_payment_id)
        first.action_confirm()
        first.action_post()
        self.assertEqual((first.state, first.payment_id), ("posted", paid))
        self.assertEqual(self.loan.payment_ids, paid)
        items = self.env["account.move.line"].search(
            [("account_id", "=", outstanding.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(sum(items.mapped("balance")), 0.0)
        self.assertEqual(paid.state, "paid")
        # a second booking for it, chosen by hand
        second.entered_payment_id = paid
        second.action_post()
        self.assertIn("no other booking may stand", second.error)
        second.entered_payment_id = False
        second.action_post()
        self.assertEqual(len(self.loan.payment_ids), 2)
        self.assertBooks()

    def test_what_was_posted_by_mistake_is_assigned_again(self):
        outstanding = self._make_outstanding()
        line = self._import(self._row(1, "100.00", self.loan.name)).line_ids
        line.action_post()
        wrong, entry = line.payment_id, line.statement_line_id
        self.assertEqual(entry.partner_id, self.borrower)
        self.loan._undo_repayment(wrong.move_id, "2026-04-20", "Another loan")
        self.assertEqual((line.state, line.payment_id.id), ("to_check", False))
        line.loan_id = self.other
        line.action_post()
        self.assertEqual((line.state, line.error), ("posted", False))
        self.assertEqual(line.payment_id.carloan_loan_id, self.other)
        self.assertEqual(line.payment_id.state, "paid")
        # the money of the bank, now of the other borrower in Odoo's own statement too
        self.assertEqual(line.statement_line_id, entry)
        partners = entry.partner_id | entry.move_id.line_ids.partner_id
        self.assertEqual(partners, self.fang)
        items = self.env["account.move.line"].search(
            [("parent_state", "=", "posted"), ("date", "=", "2026-04-20")]
        )
        for account, amount in ((self.bank, 100.0), (outstanding, 0.0)):
            own = items.filtered(lambda item, a=account: item.account_id == a)
            self.assertEqual(round(sum(own.mapped("balance")), 2), amount)
        self.assertBooks()

    def test_other_money_than_what_was_entered(self):
        paid = self._pay(self.loan, 100.0, "2026-04-10")
        line = self._import(self._row(1, "100.00", self.loan.name)).line_ids
        self.assertEqual(line.state, "matched")  # ten days lie between
        self.company.carloan_entered_days = 10
        line.action_match()
        self.assertEqual(line.entered_payment_id, paid)
        self.assertEqual(line.state, "to_check")
        line.loan_id = self.other
        self.assertFalse(line.entered_payment_id)
        line.loan_id = self.loan
        line.entered_payment_id = self._pay(self.loan, 99.0, "2026-04-20")
        line.action_post()
        self.assertIn("not the money of this booking", line.error)

    def test_name_and_amount_and_the_work_list(self):
        due = self.other.next_amount
        one = self._import(
            self._row(1, due, "thanks", "wang  FANG")
            + self._row(2, "5.00", "thanks", "Wang Fang")
            + self._row(3, "77.77", "gift", "Nobody")
        )
        first, second, third = one.line_ids.sorted("number")
        self.assertEqual(
            (first.state, first.loan_id, first.match_reason),
            ("matched", self.other, "name_amount"),
        )
        self.assertEqual((second.state, second.match_reason), ("to_check", "name"))
        self.assertEqual((third.state, third.loan_id.id), ("unmatched", False))
        self.assertEqual(one.activity_ids.user_id, self.accountant)
        with self.assertRefused("matched to a loan"):
            (second + third).action_post()
        second.action_confirm()
        self.assertEqual(second.state, "matched")
        third.loan_id = self.loan
        self.assertEqual((third.state, third.match_reason), ("matched", "manual"))
        third.loan_id = False
        self.assertEqual(third.state, "unmatched")
        action = third.action_ignore()
        wizard = self.env["carloan.bank.ignore"].with_user(self.accountant)
        wizard = wizard.with_context(**action["context"])
        with self.assertRefused("The reason is blank"):
            wizard.create({"reason": "  "})
        wizard.create({"reason": "A gift"}).action_confirm()
        self.assertEqual((third.state, third.ignore_reason), ("ignored", "A gift"))
        one.action_post()
        self.assertEqual(
            one.line_ids.sorted("number").mapped("state"),
            ["posted", "posted", "ignored"],
        )
        self.assertBooks()

    def test_the_account_that_paid_before_is_known(self):
        self._import(self._row(1, "10.00", self.loan.name, "Li Na")).action_post()
        line = self._import(self._row(2, "20.00", "hello", "Li Na")).line_ids
        self.assertEqual((line.loan_id, line.match_reason), (self.loan, "account"))
        # somebody else's name and no amount that is due: it may be another's money
        self.assertEqual(line.state, "to_check")

    def test_a_guarantor_pays_and_the_payment_says_so(self):
        guarantor = self.env["res.partner"].create({"name": "Zhao Min"})
        self.env["carloan.loan.party"].create(
            {
                "loan_id": self.loan.id,
                "partner_id": guarantor.id,
                "role": "guarantor",
            }
        )
        one = self._import(self._row(1, "100.00", self.loan.name, "zhao min"))
        self.assertTrue(one.line_ids.is_on_behalf)
        one.action_post()
        payment = one.line_ids.payment_id
        self.assertEqual(payment.partner_id, self.borrower)
        self.assertEqual(payment.carloan_payer_id, guarantor)
        self.assertEqual(payment.carloan_payer_name, "zhao min")
        self.assertIn(self.loan.name, payment.carloan_payer_note)

    def test_a_returned_debit_undoes_its_payment_on_the_day(self):
        with freeze_time("2026-03-02"):
            self._pay(self.loan, 3716.23, "2026-03-02")
        later = self._pay(self.loan, 3716.23, "2026-04-15")
        one = self._import(
            self._row(9, "-3716.23", f"AM04 {self.loan.name}", "Chen Lei")
        )
        line = one.line_ids
        self.assertEqual(
            (line.state, line.match_reason, line.returned_payment_id),
            ("matched", "return_reference", later),
        )
        line.action_post()
        self.assertEqual((line.state, line.payment_id), ("posted", later))
        self.assertEqual(later.state, "rejected")
        reversal = later.move_id.reversal_move_ids
        self.assertEqual(reversal.date, fields.Date.to_date("2026-04-20"))
        self.assertEqual(self._sum_account(reversal, self.bank), -3716.23)
        self.assertEqual(self.loan.oldest_due_date, fields.Date.to_date("2026-03-15"))
        self.assertBooks()

    def _sum_account(self, move, account):
        items = move.line_ids.filtered(lambda item: item.account_id == account)
        return round(sum(items.mapped("balance")), 2)

    def test_money_out_that_returns_nothing_waits(self):
        one = self._import(self._row(1, "-15.00", "charges", "Bank"))
        self.assertEqual(one.line_ids.state, "unmatched")

    def test_what_cannot_be_posted_keeps_its_reason_and_the_rest_is_posted(self):
        closed = self._create_active(
            instalments=1, start_date="2026-03-15", first_due_date="2026-04-15"
        )
        self._bill("2026-04-20")
        one = self._import(
            self._row(1, "10.00", self.loan.name)
            + self._row(2, "10.00", closed.name)
            + self._row(3, "10.00", self.loan.name, date="2026-05-20")
        )
        self._pay(closed, closed.overdue_amount, "2026-04-20")
        self.assertEqual(closed.state, "closed")
        one.action_post()
        first, second, third = one.line_ids.sorted("number")
        self.assertEqual(
            (first.state, second.state, third.state), ("posted", "matched", "matched")
        )
        self.assertIn(closed.name, second.error)
        self.assertIn("2026-05-20", third.error)
        self.assertBooks()

    def test_rights(self):
        one = self._import(self._row(1, "10.00", self.loan.name))
        line = one.line_ids
        for values in ({"amount": 5.0}, {"state": "posted"}, {"bank_uid": "x"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                line.write(values)
        officer = self._user("bank_off", "carloan_relief.group_officer")
        auditor = self._user("bank_aud", "carloan_relief.group_auditor")
        manager = self._user("bank_man", "carloan_relief.group_manager")
        with self.assertRaises(AccessError):
            line.with_user(officer).read(["amount"])
        for user in (auditor, manager):
            line.with_user(user).read(["amount", "loan_id"])
            for step in ("action_post", "action_confirm", "action_match"):
                with self.subTest(step=step), self.assertRaises(AccessError):
                    getattr(line.with_user(user), step)()
            with self.assertRaises(AccessError):
                one.with_user(user).action_import()
        self.assertEqual(line.state, "matched")

    def test_another_company_sees_nothing_and_chooses_nothing(self):
        company = self.env["res.company"].create({"name": "Other lender"})
        stranger = self._user(
            "bank_str",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        one = self._import(self._row(1, "10.00", self.loan.name))
        self.assertFalse(self.env["carloan.bank.line"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            one.line_ids.with_user(stranger).action_post()
        with self.assertRaises(UserError):
            self.env["carloan.bank.import"].create(
                {
                    "company_id": company.id,
                    "journal_id": self.journal.id,
                    "file": base64.b64encode(b"x"),
                    "file_name": "x",
                }
            )

    def test_many_lines_take_few_statements(self):
        rows = "".join(
            self._row(n, "10.00", self.loan.name if n % 2 else "x") for n in range(200)
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        one = self._import(rows)
        self.env.flush_all()
        self.assertEqual(len(one.line_ids), 200)
        self.assertLess(self.env.cr.sql_log_count - before, 120)

    def test_more_than_a_screenful_goes_on_in_the_background(self):
        rows = "".join(self._row(n, "1.00", self.loan.name) for n in range(53))
        one = self._import(rows)
        one.action_post()
        self.assertEqual(len(one.line_ids.filtered("queued")), 3)
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_bank_cron_post"
            ).method_direct_trigger()
        one.line_ids.invalidate_recordset()
        self.assertEqual(set(one.line_ids.mapped("state")), {"posted"})
        self.assertFalse(one.line_ids.filtered("queued"))
        self.assertBooks()

    def test_a_line_that_was_just_posted_is_refused(self):
        line = self._import(self._row(1, "10.00", self.loan.name)).line_ids
        stale = self.env["carloan.bank.line"].browse(line.id)
        line.action_post()
        with self.assertRefused("somebody else"):
            stale.action_post()
        with self.assertRefused("somebody else"):
            line.sudo()._lock_open()
        self.assertEqual(len(self.loan.payment_ids), 1)

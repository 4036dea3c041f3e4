"""What is taken of a bank's file, what is known already, and what is refused."""

import base64

from odoo.tests import freeze_time, tagged

from .common_bank import HEADER, BankCase


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestBankFile(BankCase):
    def test_a_number_that_the_bank_uses_again(self):
        """Instalments are equal: only day or payer tell two bookings apart."""
        rows = [
            self._row(1, "10.00", self.loan.name, date="2026-04-18"),
            self._row(1, "10.00", self.loan.name, date="2026-04-19"),
            self._row(1, "10.00", self.other.name, "Wang Fang", date="2026-04-19"),
        ]
        first, second = self._import(rows[0]), self._import(rows[1])
        self.assertEqual((len(first.line_ids), len(second.line_ids)), (1, 1))
        third = self._import("".join(rows[::-1]))
        self.assertEqual(third.line_ids.loan_id, self.other)
        self.assertFalse(self._import("".join(rows)).line_ids)

    def test_the_file_of_another_account(self):
        ofx = (
            "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>"
            "{account}</BANKACCTFROM><STMTTRN><DTPOSTED>20260420<TRNAMT>10.00"
            "<FITID>{account}</STMTTRN></STMTRS>"
        )
        files = [
            ofx.format(currency=self.company.currency_id.name, account=account)
            for account in ("6222000011112222", "6222000011113333")
        ]
        Bank = self.env["carloan.bank.import"].with_user(self.accountant)

        def take(text):
            one = Bank.create(
                {
                    "file": base64.b64encode(text.encode()),
                    "journal_id": self.journal.id,
                }
            )
            one.action_import()
            return one

        both = files[0] + files[1].partition("<OFX>")[2] + "</OFX>"
        self.assertIn("several accounts", take(both).problem_ids.reason)
        self.journal.bank_account_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "6222 0000 1111 2222",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.assertIn("3333", take(files[1] + "</OFX>").problem_ids.reason)
        one = take(both)
        self.assertEqual(one.line_ids.bank_uid, "6222000011112222")
        self.assertIn("6222000011113333", one.summary)

    def test_an_amount_that_the_currency_does_not_have(self):
        one = self._import(self._row(1, "10.005", "x"))
        self.assertEqual(one.state, "refused")
        self.assertIn("decimal", one.problem_ids.reason)

    def test_the_same_file_again_and_one_that_overlaps(self):
        rows = self._row(1, "10.00", self.loan.name)
        self._import(rows)
        again = self._import(rows)
        self.assertFalse(again.line_ids)
        self.assertIn("nothing new", again.summary)
        more = self._import(rows + self._row(2, "11.00", self.loan.name))
        self.assertEqual(more.line_ids.mapped("bank_uid"), ["2"])
        twice = self._row(3, "12.00", "x") * 2
        self.assertEqual(len(self._import(twice).line_ids), 1)

    def test_files_that_are_refused_leave_nothing(self):
        one = self._import(self._row(1, "ten", self.loan.name))
        self.assertEqual(one.state, "refused")
        self.assertFalse(one.line_ids)
        problem = one.problem_ids
        self.assertEqual(
            (problem.line, problem.column, problem.value), (2, "Amount", "ten")
        )
        # put right in the same form
        one.file = base64.b64encode((HEADER + self._row(1, 10, "x")).encode())
        one.action_check()
        self.assertEqual(one.state, "checked")
        self.assertFalse(one.line_ids)
        one.action_import()
        self.assertEqual(len(one.line_ids), 1)
        with self.assertRefused("imported"):
            one.action_import()
        self.env["res.currency"].search([("name", "=", "CHF")]).active = False
        foreign = self._import(
            self._row(5, "10.00", "x"),
            column_currency="Account",
        )
        self.assertEqual(foreign.state, "refused")
        self.assertIn("currency", foreign.problem_ids.column)

    def test_sums_of_a_file_keep_currencies_apart(self):
        own = self.company.currency_id.name
        other = "USD" if own == "EUR" else "EUR"
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies.search([("name", "=", other)]).active = True
        one = self._import(
            f"1,2026-04-20,Chen Lei,{own},50.00,x\n"
            f"2,2026-04-20,Chen Lei,{other},100.00,x\n",
            column_currency="Account",
        )
        self.assertIn(f"50.00 {own} + 100.00 {other}", one.summary)

    def test_columns_are_remembered_per_bank(self):
        self._import(self._row(1, "10.00", "x"))
        form = self.env["carloan.bank.import"].with_user(self.accountant)
        new = form.new({"journal_id": self.journal.id})
        new.file = base64.b64encode((HEADER + self._row(2, "10", "x")).encode())
        new._onchange_file()
        self.assertEqual(new.column_uid, "Number")
        self.assertEqual(new.column_account, "Account")
        self.assertIn("Payer", new.titles)

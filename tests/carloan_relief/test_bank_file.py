"""What is taken of a bank's file, what is known already, and what is refused."""

import base64

from odoo.exceptions import UserError
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

    def _take_ofx(self, rows, closing, start="20260401", end="20260410", **values):
        """Import an OFX with bookings (day, amount) and a closing balance."""
        bookings = "".join(
            f"<STMTTRN><DTPOSTED>{day}<TRNAMT>{amount}<FITID>{day}/{amount}</STMTTRN>"
            for day, amount in rows
        )
        text = (
            f"OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>{self.company.currency_id.name}"
            f"<BANKTRANLIST><DTSTART>{start}<DTEND>{end}{bookings}</BANKTRANLIST>"
            f"<LEDGERBAL><BALAMT>{closing}<DTASOF>{end}</LEDGERBAL></STMTRS></OFX>"
        )
        data = base64.b64encode(text.encode())
        one = self.env["carloan.bank.import"].with_user(self.accountant)
        one = one.create({"file": data, "journal_id": self.journal.id, **values})
        one.action_import()
        return one

    def test_the_balance_of_an_ofx_follows_from_the_file_before(self):
        first = self._take_ofx([("20260402", "10.00")], "510.00")
        self.assertEqual(first.state, "done")
        self.assertEqual(
            (first.closing_balance, str(first.closing_date)[-5:]), (510.0, "04-10")
        )
        with self.assertRaises(UserError):
            first.write({"closing_balance": 1.0})
        # a file that overlaps, with 7.00 of the day of the balance that came after it
        rows = [("20260402", "10.00"), ("20260410", "7.00"), ("20260415", "20.00")]
        gap = self._take_ofx(rows[:2], "537.00", end="20260418")
        self.assertEqual((gap.state, gap.problem_ids.column), ("refused", "LEDGERBAL"))
        for said in ("2026-04-10", "510.00", "from 2026-04-10 on"):
            self.assertIn(said, gap.problem_ids.reason)
        self.assertFalse(gap.line_ids)
        second = self._take_ofx(rows, "537.00", end="20260418")
        self.assertEqual((second.state, len(second.line_ids)), ("done", 2))
        # the way out, and the check goes on from there
        odd = self._take_ofx([("20260419", "1.00")], "999.00", end="20260419")
        self.assertEqual(odd.state, "refused")
        odd.skip_balance = True
        odd.action_import()
        self.assertEqual((odd.state, odd.closing_balance), ("done", 999.0))
        last = self._take_ofx([("20260420", "-4.00")], "995.00", end="20260420")
        self.assertEqual(last.state, "done")

    def test_bookings_entered_since_by_another_file_count(self):
        self._take_ofx([("20260402", "10.00")], "510.00")
        self._import(self._row(1, "5.00", self.loan.name, date="2026-04-12"))
        rows = [("20260415", "20.00")]
        self.assertEqual(
            self._take_ofx(rows, "530.00", end="20260418").state, "refused"
        )
        self.assertEqual(self._take_ofx(rows, "535.00", end="20260418").state, "done")

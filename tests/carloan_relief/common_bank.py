"""A bank's journal, two loans, and the import of a CSV of theirs."""

import base64

from .common_loan import LoanCase

HEADER = "Number,Date,Payer,Account,Amount,Text\n"
COLUMNS = {
    "column_date": "Date",
    "column_amount": "Amount",
    "column_payer": "Payer",
    "column_account": "Account",
    "column_reference": "Text",
    "column_uid": "Number",
}


class BankCase(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.product.bank_journal_id
        cls.bank = cls.journal.default_account_id
        cls.accountant = cls._user("bank_acc", "account.group_account_invoice")
        cls.loan = cls._create_active()
        cls.fang = cls.env["res.partner"].create({"name": "Wang Fang"})
        cls.other = cls._create_active(partner_id=cls.fang.id, principal=60000.0)
        cls._bill("2026-04-20")

    def _import(self, rows, user=None, **values):
        """Import a CSV with these rows and return the import."""
        data = (HEADER + rows).encode()
        one = (
            self.env["carloan.bank.import"]
            .with_user(user or self.accountant)
            .create(
                {
                    "file": base64.b64encode(data),
                    "file_name": "april.csv",
                    "journal_id": self.journal.id,
                    **COLUMNS,
                    **values,
                }
            )
        )
        one.action_import()
        return one

    def _row(self, number, amount, text, payer="Chen Lei", date="2026-04-20"):
        return f"{number},{date},{payer},62220000{payer[:2]},{amount},{text}\n"

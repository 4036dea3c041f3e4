from decimal import Decimal

from odoo import fields, models

from ...tools import bank


class CarloanBankImport(models.Model):
    """The closing balance of a file proves that no booking is missing.

    An OFX file has no opening balance: that of the file before takes its place.
    """

    _inherit = "carloan.bank.import"

    closing_balance = fields.Monetary(
        readonly=True, copy=False, help="Of the account, as the file gives it."
    )
    closing_date = fields.Date(
        string="Balance as of", readonly=True, copy=False, index="btree_not_null"
    )
    skip_balance = fields.Boolean(
        string="Do not check the balance",
        copy=False,
        help="For a file whose closing balance does not follow from the file before: "
        "the next one is checked against it.",
    )

    def _read_file(self, data):
        """Extended: check the closing balance, where the file has one."""
        lines, others = super()._read_file(data)
        closing = bank.read_closing(data, self._get_account())
        if closing and not self.skip_balance:
            self._check_closing(closing, self._find_new(lines))
        # sudo: what follows from the file is written by the system
        self.sudo().write(
            {
                "closing_balance": float(closing.amount) if closing else 0.0,
                "closing_date": closing.date if closing else False,
            }
        )
        return lines, others

    def _check_closing(self, closing, lines):
        """Refuse a closing balance that the bookings since the last one do not give.

        Bookings of the day of the last balance may be part of it, or have come after.

        :param Closing closing: of the file
        :param lines: its bookings that are new
        :raises BankFileError: naming both balances
        """
        before = self._find_closing_before(closing.date)
        if not before:
            return
        rows = [(line.date, line.amount, line.currency) for line in lines]
        rows += self._get_rows_since(before)
        if {row[2] for row in rows} - {self.currency_id.name}:
            return
        since = sum(row[1] for row in rows if row[0] > before.closing_date)
        same_day = sum(row[1] for row in rows if row[0] == before.closing_date)
        opening = self._to_decimal(before.closing_balance)
        if closing.amount - opening not in (since, since + same_day):
            bank.refuse(
                self.env._(
                    "is the balance of %(date)s, but that of %(before)s (%(opening)s) "
                    "and the bookings since (%(booked)s) make %(sum)s. Ask the bank "
                    "for a file from %(before)s on; if the books are right as they "
                    "are, set “Do not check the balance”.",
                    date=closing.date,
                    before=before.closing_date,
                    opening=opening,
                    booked=since,
                    sum=opening + since,
                ),
                column="LEDGERBAL",
                value=closing.amount,
            )

    def _find_closing_before(self, date):
        """Return the last import of the journal that has a balance by a day."""
        return self.sudo().search(
            [
                ("journal_id", "=", self.journal_id.id),
                ("state", "=", "done"),
                ("closing_date", "!=", False),
                ("closing_date", "<=", date),
                ("id", "!=", self.id),
            ],
            order="closing_date desc, id desc",
            limit=1,
        )

    def _get_rows_since(self, before):
        """Return (date, amount, currency) of what was imported after a file."""
        lines = self.env["carloan.bank.line"].sudo()
        lines = lines.search_fetch(
            [("journal_id", "=", self.journal_id.id), ("import_id", ">", before.id)],
            ["date", "amount", "currency_id"],
        )
        return [
            (line.date, self._to_decimal(line.amount), line.currency_id.name)
            for line in lines
        ]

    def _to_decimal(self, amount):
        """Return an amount of the books exactly, as the files have theirs."""
        return Decimal(f"{amount:.{self.currency_id.decimal_places}f}")

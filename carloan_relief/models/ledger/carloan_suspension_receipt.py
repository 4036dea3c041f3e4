from odoo import api, models

from ...engine import vat
from .carloan_memo import SHARES


class CarloanLedger(models.AbstractModel):
    """Suspended interest that is received: income on a cash basis."""

    _inherit = "carloan.ledger"

    @api.model
    def _recognise_receipt(self, loan, amount, date, key):
        """Take out of the register what money that has come in will settle.

        Suspended interest is income when it is received, in the agreed order with
        everything else that is owed; the repayment then finds it in the books.

        :param int amount: minor units that came in
        """
        balances = self.env["carloan.memo"]._get_balances(loan)
        if not balances or amount <= 0:
            return
        lines = self._get_open_lines(loan).filtered(
            lambda line: line.carloan_component and line.amount_residual_currency > 0
        )
        rows = [
            (line.carloan_component, line.date_maturity, residual)
            for line, residual in zip(
                lines,
                loan._to_minor(lines.mapped("amount_residual_currency")),
                strict=True,
            )
        ]
        rows += [(row["component"], row["due_date"], row["amount"]) for row in balances]
        shares = loan._split(amount, rows, date)[len(lines) :]
        parts = [
            {**row, **self._get_share(row, share)}
            for row, share in zip(balances, shares, strict=True)
            if share
        ]
        self._post_receipt(loan, parts, date, key)

    def _recognise_credit(self, loan, date):
        """Take out of the register what money paid ahead will settle."""
        lines = self._get_open_lines(loan)
        credits = self._find_credits(lines)
        amount = -sum(loan._to_minor(credits.mapped("amount_residual_currency")))
        register = self.env["carloan.memo"].sudo()  # nobody writes it by hand
        last = register.search([("loan_id", "=", loan.id)], order="id desc", limit=1)
        key = f"credit:{loan.id}:{last.id}:{max(credits.ids, default=0)}"
        self._recognise_receipt(loan, amount, date, key)

    @staticmethod
    def _find_credits(lines):
        """Return the lines of what a borrower paid ahead."""
        return lines.filtered(
            lambda line: (
                line.carloan_role == "principal_due"
                and not line.carloan_component
                and line.amount_residual_currency < 0
            )
        )

    @staticmethod
    def _get_share(row, share):
        """Return what a share of a row of the register carries, minor units."""
        return {
            "amount": share,
            **{
                name: int(vat.part([row[name]], [share], [row["amount"]])[0])
                for name in SHARES
            },
        }

    def _post_receipt(self, loan, parts, date, key):
        """Post income on a cash basis; negative parts take it back after a bounce."""
        return self._post_register(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "memo_event": "receipt",
                    "key": f"{key}:receipt",
                    "date": date,
                    "parts": parts,
                    "vat": "vat",
                    "sign": -1,
                }
            ]
            if parts
            else []
        )

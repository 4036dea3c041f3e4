from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import ledger as engine_ledger

OPENING_AMOUNTS = (
    "principal",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
)


class CarloanLedger(models.AbstractModel):
    """The opening entry of a book that comes from elsewhere."""

    _inherit = "carloan.ledger"

    @api.model
    def _post_opening(self, product, date, rows, account, import_id):
        """Post the balances of imported loans: one move, a line per loan and role.

        :param rows: list of dicts: `loan`, amounts in minor units (`principal` not
            yet due, `overdue_principal`, `overdue_interest`, `overdue_fee`,
            `overdue_penalty`) and `oldest_due_date` where anything is overdue;
            `overdue_dates`, a list of (due date, minor units), spreads the overdue
            principal over its instalments, so that lateness falls as they are paid.
        :param account: contra account (equity).
        :param import_id: what makes the import unique; the same one posts once.
        :return: the move
        """
        key = f"opening:{product.id}:{import_id}"
        loans = self.env["carloan.loan"].union(*(row["loan"] for row in rows))
        existing = self._find_opening(product, key)
        if existing or not rows:
            return existing
        self._check_opening(product, loans)
        lines = [vals for row in rows for vals in self._prepare_opening(row, date)]
        total = sum(vals["balance"] for vals in lines)
        total = product.currency_id.round(total)
        lines.append({"account_id": account.id, "balance": -total, "name": key})
        move = self._create_moves(
            [self._prepare_opening_move(product, date, key, lines)]
        )
        # what they owed then is the opening: penalties run from that day on
        loans.sudo().filtered(lambda loan: loan.state == "draft").write(
            {"state": "active", "penalty_date": date, "penalty_free_until": date}
        )
        move._post(soft=False)
        return move

    def _find_opening(self, product, key):
        """Return the opening move of a key, empty when there is none."""
        Move = self.env["account.move"].sudo()
        return Move.search(
            [
                ("carloan_event_key", "=", key),
                ("company_id", "=", product.company_id.id),
            ]
        )

    def _check_opening(self, product, loans):
        """Refuse loans of another product, or that are in the books already."""
        if not product.journal_id:
            self._raise_no_journal(product)
        wrong = loans.filtered(
            lambda loan: loan.product_id != product or loan.state not in ("draft",)
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(count)s loans cannot be opened with product %(product)s, the "
                    "first is %(loan)s: they are of another product or already in "
                    "the books. Take them out of the import.",
                    count=len(wrong),
                    product=product.display_name,
                    loan=wrong[0]._get_label(),
                )
            )

    def _prepare_opening_move(self, product, date, key, lines):
        """Return the values of the opening move."""
        return {
            "move_type": "entry",
            "journal_id": product.journal_id.id,
            "company_id": product.company_id.id,
            "date": date,
            "ref": self.env._("Opening of %(product)s", product=product.display_name),
            "carloan_event": "open",
            "carloan_event_key": key,
            "line_ids": [Command.create(vals) for vals in lines],
        }

    def _prepare_opening(self, row, date):
        """Return the journal items of one loan, its contra left to the total."""
        loan = row["loan"]
        amounts = {name: row.get(name, 0) for name in OPENING_AMOUNTS}
        result = []
        for line in engine_ledger.entry("open", **amounts):
            if line.role == engine_ledger.OPENING:
                continue
            amount = line.debit - line.credit
            parts = [(row.get("oldest_due_date") or date, amount)]
            if line.role == "principal_due":
                parts = row.get("overdue_dates") or parts
            for maturity, part in parts:
                vals = self._prepare_line_vals(loan, line.role, line.component, part)
                result.append({**vals, "date_maturity": maturity})
        return result

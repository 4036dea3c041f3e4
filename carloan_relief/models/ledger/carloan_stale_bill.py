from odoo import Command, models

from ...engine import vat
from .carloan_ledger import QUICK, RECEIVABLE_ROLES

# what of a bill bears VAT
TAXED = ("interest", "fee")


class CarloanLedger(models.AbstractModel):
    """Bills that were made ahead, under a law or on accounts that hold no more."""

    _inherit = "carloan.ledger"

    def _before_post(self, moves, soft):
        """Extended: a draft is posted as it would be made today.

        A VAT rate may have been entered since, or another account been mapped.
        """
        result = super()._before_post(moves, soft)
        for bill in self._find_stale_bills(moves._filter_carloan_bills(soft)):
            self._make_bill_anew(bill)
        return result

    def _find_stale_bills(self, bills):
        """Return the drafts whose tax or accounts are no longer those of their day."""
        accounts = {
            product: product._get_accounts_by_role()
            for product in bills.carloan_loan_id.product_id
        }
        stale = bills.browse()
        for line in bills.line_ids:
            mapped = accounts[line.move_id.carloan_loan_id.product_id]
            account = mapped.get(line.carloan_role)
            if account and account != line.account_id:
                stale |= line.move_id
        return stale | self._find_taxed_otherwise(bills - stale)

    def _find_taxed_otherwise(self, bills):
        """Return the drafts that hold another tax than the law asks for."""
        claims = bills.line_ids.filtered(
            lambda line: (
                line.carloan_role in RECEIVABLE_ROLES
                and line.carloan_component in TAXED
            )
        )
        if not claims:
            return bills.browse()
        minor = [
            line.carloan_loan_id._to_minor([line.amount_currency, line.carloan_vat])
            for line in claims
        ]
        amounts, within = zip(*minor, strict=True)
        rates = [
            self._get_vat(line.carloan_loan_id.product_id, line.date_maturity)[0]
            for line in claims
        ]
        wanted = vat.included(amounts, rates).tolist()
        return bills.browse().union(
            *(
                line.move_id
                for line, tax, right in zip(claims, within, wanted, strict=True)
                if tax != right
            )
        )

    def _make_bill_anew(self, bill):
        """Write the items of a draft bill as they would be made today."""
        vals = self._prepare_bill_vals(bill.carloan_instalment_id, bill.date)
        (vals,) = self._convert_moves([vals])
        bill.with_context(**QUICK).write(
            {"line_ids": [Command.clear(), *vals["line_ids"]]}
        )

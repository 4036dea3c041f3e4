from odoo import api, models

from ...engine import vat
from .carloan_ledger import QUICK

# what makes tax that was pending due: the claim is received, or turned into principal
RECEIVING = ("repay", "capitalise")


class CarloanLedger(models.AbstractModel):
    """VAT within interest, penalties and fees; the rule is in `engine/vat.py`."""

    _inherit = "carloan.ledger"

    def _get_vat(self, product, date):
        """Return (rate, days) of a product on a day."""
        return self.env["carloan.vat.rate"]._get_at(product, date)

    def _add_vat(self, product, date, amounts, names):
        """Return {component: VAT within} of amounts, by the engine.

        :param amounts: {component: minor units} that include it
        """
        rate, _days = self._get_vat(product, date)
        if not rate:
            return {}
        values = [max(amounts[name], 0) for name in names]
        taxes = vat.included(values, rate).tolist()
        return {name: tax for name, tax in zip(names, taxes, strict=True) if tax}

    def _get_suspended_vat(self, line):
        """Override: taxed when it is received."""
        loan = line.loan_id
        amount = loan._to_minor([line.suspended])[0]
        names = ("interest",)
        taxes = self._add_vat(
            loan.product_id, line.due_date, {"interest": amount}, names
        )
        return loan._from_minor([taxes.get("interest", 0)])[0]

    # ------------------------------------------------------------------
    # BILLS
    # ------------------------------------------------------------------

    @api.model
    def _before_post(self, moves, soft):
        """Extended: whether the tax of a bill waits is known from its day on only."""
        result = super()._before_post(moves, soft)
        bills = moves._filter_carloan_bills(soft)
        taxed = bills.line_ids.filtered("carloan_vat").move_id
        due = {
            bill: (bill.carloan_loan_id, bill.carloan_instalment_id.due_date)
            for bill in taxed
        }
        pending = self._find_vat_pending(due.values())
        for bill, day in due.items():
            self._set_pending(bill, pending[day])
        return result

    def _set_pending(self, bill, pending):
        """Put the tax of a draft bill where it belongs."""
        wrong, right = ("output_vat", "pending_vat")[:: 1 if pending else -1]
        taxes = bill.line_ids.filtered(lambda line: line.carloan_role == wrong)
        if not taxes:
            return
        account = bill.carloan_loan_id.product_id._get_account(right)
        bill = bill.with_context(**QUICK)
        taxes.with_env(bill.env).write(
            {"carloan_role": right, "account_id": account.id}
        )
        bill.line_ids.filtered("carloan_vat").carloan_vat_pending = pending

    # ------------------------------------------------------------------
    # RECEIVED
    # ------------------------------------------------------------------

    def _after_post(self, moves):
        """Extended: tax that waited for the money is due with it."""
        result = super()._after_post(moves)
        received = moves.sudo().filtered(lambda move: move.carloan_event in RECEIVING)
        if received:
            # sudo: whoever posts need not read the books of the loans
            self.sudo()._settle_vat(received.grouped("carloan_loan_id"))
        return result

    def _settle_vat(self, moves_by_loan):
        """Bring pending tax in line with what is unpaid of the claims it is within.

        :param moves_by_loan: {loan: what brought the money in}; the tax of each is due
            on the day of its own
        """
        loans = self.env["carloan.loan"].union(*moves_by_loan)
        pending = dict(
            self.env["account.move.line"]._read_group(
                [
                    ("carloan_loan_id", "in", loans.ids),
                    ("carloan_role", "=", "pending_vat"),
                    ("parent_state", "=", "posted"),
                ],
                ["carloan_loan_id"],
                ["amount_currency:sum"],
            )
        )
        loans = loans.browse([loan.id for loan in pending])
        lines = self._get_open_lines(loans, held=(False, True)).filtered(
            lambda line: line.carloan_vat_pending and line.carloan_vat
        )
        grouped = lines.grouped("carloan_loan_id")
        self._post_events(
            [
                {
                    "loan": loan,
                    "event": "vat",
                    "key": f"vat:{loan.id}:{max(moves_by_loan[loan].ids)}",
                    "date": max(moves_by_loan[loan].mapped("date")),
                    "amounts": {
                        "received": -loan._to_minor([amount])[0]
                        - sum(self._get_line_vat(grouped.get(loan, lines.browse())))
                    },
                }
                for loan, amount in pending.items()
            ]
        )

    def _get_line_vat(self, lines, amounts=None):
        """Return the VAT within parts of receivable lines, by the engine.

        :param amounts: minor units of each; what is unpaid where they are not given
        """
        if not lines:
            return []
        loan = lines.carloan_loan_id[:1]
        if amounts is None:
            amounts = loan._to_minor(lines.mapped("amount_residual_currency"))
        return vat.part(
            loan._to_minor(lines.mapped("carloan_vat")),
            amounts,
            loan._to_minor(lines.mapped("amount_currency")),
        ).tolist()

    def _get_line_shares(self, line, amount):
        """Return what a part of a receivable line carries of it, values of an item."""
        loan = line.carloan_loan_id
        vals = {}
        for name in ("carloan_vat", "carloan_to_allowance"):
            whole = loan._to_minor([line[name], line.amount_currency])
            share = vat.part([whole[0]], [amount], [whole[1]])
            if share[0]:
                vals[name] = loan._from_minor(share.tolist())[0]
        if "carloan_vat" in vals:
            vals["carloan_vat_pending"] = line.carloan_vat_pending
        return vals

    def _get_pending_vat(self, targets):
        """Return the pending VAT within what is settled: [(line, minor units)]."""
        targets = [
            (line, amount)
            for line, amount in targets
            if line.carloan_vat_pending and line.carloan_vat
        ]
        lines = self.env["account.move.line"].concat(*(line for line, _a in targets))
        return sum(self._get_line_vat(lines, [amount for _line, amount in targets]))

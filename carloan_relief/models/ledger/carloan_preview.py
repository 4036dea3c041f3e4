from odoo import models

from ..loan.selections import DUE_ROLES


class CarloanLoan(models.Model):
    """How a repayment would be split, by the functions that split it."""

    _inherit = "carloan.loan"

    def _preview_repayment(self, amount, date):
        """Return what a repayment would settle; nothing is posted.

        Penalties up to its day are charged first, as they are when it is posted.

        :param amount: in the currency of the loan
        :return: [(component or False for credit, instalment, due date, minor units)];
            "recovery" stands for what comes back of a claim written off
        """
        self.ensure_one()
        minor = self._to_minor([amount])[0]
        if minor <= 0:
            return []
        recovered = self._get_recoverable(minor)
        lines = self._find_receivable_lines()
        paid = self._get_paid_lines(lines)
        live = self._find_live_repayments(paid.move_id)
        dues = self._get_dues(lines - paid) + self._preview_penalties(date)
        dues.sort(key=lambda due: (due[0][3], due[1]))
        before = self._get_replayed(dues, live)
        more = sorted([*live, (date, minor - recovered)], key=lambda one: one[0])
        after = self._get_replayed(dues, more)
        rows = [
            (key[1], key[2], key[3], after[key] - before.get(key, 0))
            for key in sorted(after, key=lambda key: (not key[1], str(key[3])))
            if after[key] != before.get(key, 0)
        ]
        empty = self.env["carloan.instalment"]
        return [("recovery", empty, False, recovered)] * bool(recovered) + rows

    def _preview_penalties(self, date):
        """Return the penalties that a repayment of a day brings into the books."""
        # sudo: a cashier takes money for any officer's loan
        ledger = self.env["carloan.ledger"].sudo()
        parts = ledger._compute_penalties(ledger._read_penalty_rows(self, date), date)
        return [
            ((DUE_ROLES[component], component, instalment, due_date), date, amount)
            for component, instalment, due_date, amount in parts.get(self, [])
        ]

    def _preview_notes(self, date):
        """Return in words what else a repayment of a day does."""
        notes = []
        if self._has_later_entries(date):
            notes.append(
                self.env._(
                    "Something fell due or came in after %(date)s: later repayments "
                    "are allocated anew, and penalties charged since then are "
                    "charged anew.",
                    date=date,
                )
            )
        if self.principal_first_days and self.dpd > self.principal_first_days:
            notes.append(
                self.env._(
                    "The loan is %(days)s days late: by its contract principal is "
                    "paid first.",
                    days=self.dpd,
                )
            )
        return notes

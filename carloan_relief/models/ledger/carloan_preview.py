from odoo import models
from odoo.tools import format_date

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
        self._check_repaid(amount)
        recovered = self._get_recoverable(minor, date)
        lines = self._find_receivable_lines()
        paid = self._get_paid_lines(lines)
        live = self._find_live_repayments(paid.move_id)
        dues = self._get_dues(lines - paid) + self._preview_penalties(date)
        dues.sort(key=lambda due: (due[0][3], due[1]))
        before = self._get_replayed(dues, live)
        more = sorted([*live, (date, minor - recovered)], key=lambda one: one[0])
        after = self._get_replayed(
            self._preview_dues(lines - paid, date, minor - recovered) or dues, more
        )
        rows = [
            (key[1], key[2], key[3], after[key] - before.get(key, 0))
            for key in sorted(after, key=lambda key: (not key[1], str(key[3])))
            if after[key] != before.get(key, 0)
        ]
        empty = self.env["carloan.instalment"]
        return [("recovery", empty, False, recovered)] * bool(recovered) + rows

    def _preview_dues(self, lines, date, minor):
        """Return what would be owed once charges since a day are made anew.

        :return: as `_get_dues`; empty where no charge would change
        """
        later, wanted = self._plan_recharge(date, [(date, minor)])
        if not wanted:
            return []
        redone = later | later.reversal_move_ids
        dues = self._get_dues(lines - redone.line_ids)
        dues += [
            ((DUE_ROLES[part[0]], *part), day, amount)
            for day, parts in wanted.items()
            for part, amount in parts.items()
        ]
        return sorted(dues, key=lambda due: (due[0][3], due[1]))

    def _preview_recharge(self, date, minor):
        """Return [(day, minor units now, minor units then)] of charges that change."""
        later, wanted = self._plan_recharge(date, [(date, minor)])
        if not wanted:
            return []
        now = {move.date: sum(self._get_charge(move).values()) for move in later}
        then = {day: sum(parts.values()) for day, parts in wanted.items()}
        return [
            (day, now.get(day, 0), then.get(day, 0))
            for day in sorted({*now, *then})
            if now.get(day, 0) != then.get(day, 0)
        ]

    def _preview_penalties(self, date):
        """Return the penalties that a repayment of a day brings into the books."""
        # sudo: a cashier takes money for any officer's loan
        ledger = self.env["carloan.ledger"].sudo()
        parts = ledger._compute_penalties(ledger._read_penalty_rows(self, date), date)
        return [
            ((DUE_ROLES[component], component, instalment, due_date), date, amount)
            for component, instalment, due_date, amount in parts.get(self, [])
        ]

    def _preview_notes(self, date, amount):
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
        minor = self._to_minor([amount])[0]
        recharged = self._preview_recharge(date, minor) if minor > 0 else []
        for day, now, then in recharged:
            notes.append(
                self.env._(
                    "Penalty of %(day)s: %(then)s instead of %(now)s.",
                    day=format_date(self.env, day),
                    now=self._format_minor(now),
                    then=self._format_minor(then),
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

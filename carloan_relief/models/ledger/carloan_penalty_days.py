from collections import Counter

from odoo import fields, models


class CarloanLoan(models.Model):
    """Days whose penalties are settled, and those of a relief that is undone.

    Who relied on a relief was not late while it stood, not even where it was granted by
    mistake: that was an error of the lender. So what was charged on its bills goes with
    it, and what the schedule before asks for bears penalties, and interest on overdue
    principal, for no day on which the relief stood: up to its first day, and from the
    day of the undo on. What the relief had left overdue was late all the time, and
    bears them without a break. Any other schedule that is undone (of money paid ahead
    that never was) settles nothing: its days are open again.
    """

    _inherit = "carloan.loan"

    penalty_free_until = fields.Date(
        string="Penalties settled up to",
        readonly=True,
        copy=False,
        help="Penalties of the days up to this one are settled: they are neither "
        "charged nor charged anew. The loan came from other books on that day, the law "
        "kept a plan free of them, or a relief that stood until then was undone.",
    )

    def _settle_penalties(self, date):
        """Note that nothing more is charged for the days up to one."""
        for loan in self:
            charged, free = loan.penalty_date or date, loan.penalty_free_until or date
            loan.write(
                {
                    "penalty_date": max(charged, date),
                    "penalty_free_until": max(free, date),
                }
            )

    def _find_settled_days(self):
        """Return the days up to which penalties are not made anew: settled, or charged
        outside the books."""
        days = self._find_penalty_memos().mapped("date")
        return [*days, *filter(None, [self.penalty_free_until])]

    def _get_charge_days(self):
        """Return the days of the charges that stand, in the books and beside them."""
        booked = self._get_days_charged(self._find_penalty_moves())
        return [*booked.values(), *self._find_penalty_memos().mapped("date")]

    def _get_charged_until(self, days):
        """Return the day up to which this loan is charged, False where it never was.

        :param days: of the charges that count
        """
        return max([*days, *filter(None, [self.penalty_free_until])], default=False)

    def _take_back_penalties(self, schedule, date, reason):
        """Reverse what was charged on the bills of a schedule that is undone.

        A charge bears on all instalments that were overdue: what it charged on others
        is charged again.

        :return: the entries made
        """
        own = schedule.instalment_ids
        made, again = self.env["account.move"], {}
        days = self._get_days_charged(self._find_penalty_moves())
        for move in self._find_penalty_moves().sorted("id", reverse=True):
            parts = self._get_charge(move)
            kept = {
                part: amount for part, amount in parts.items() if part[1] not in own
            }
            if kept == parts:
                continue
            made += self._reverse_events(move, max(move.date, date), reason)
            again.setdefault(days[move], Counter()).update(kept)
        beside = self._find_penalty_memos()
        beside = beside.filtered(lambda line: line.instalment_id in own)
        beside._reverse(date)
        if made or beside:
            # what is charged again keeps its day, whatever the date of its entry
            again = {day: parts for day, parts in again.items() if parts}
            days = [*self._get_charge_days(), *again]
            made += self._post_recharge(again, date, f"undo:{schedule.id}")
            self.write({"penalty_date": self._get_charged_until(days)})
        return made

    # ------------------------------------------------------------------
    # RELIEF
    # ------------------------------------------------------------------

    def _get_covered(self, schedule, moves):
        """Return what tells later which claims a relief had settled, and since when.

        To be called when its bills are reversed and its entries are not yet.

        :param moves: the entries of the relief
        :return: dict; empty for a schedule that no relief made
        """
        if schedule.reason != "relief":
            return {}
        day = min(moves.mapped("date"), default=None)
        charges = [one for one in self._get_charge_days() if day and one <= day]
        beside = self._read_overdue(day) if day else []
        return {
            "day": day,
            "since": self._get_charged_until(charges) or None,
            "beside": {place: row["overdue"] for place, row in beside},
        }

    def _charge_beside(self, covered, date):
        """Charge what a relief had left overdue up to the day of its undo."""
        if not covered:
            return self.env["account.move"]
        return self.env["carloan.ledger"]._charge_penalties(self, date)

    def _charge_covered(self, covered, date, key):
        """Charge what a relief had settled for the days before it stood, and no more.

        Those days had waited for its decision, and bear what they bear after a request
        that was withdrawn.

        :param covered: of `_get_covered`
        :param date: day of the undo
        :return: the entry made
        """
        if not covered:
            return self.env["account.move"]
        parts = self._compute_covered(**covered) if covered["day"] else {}
        made = self._post_recharge({covered["day"]: parts} if parts else {}, date, key)
        self._settle_penalties(date)
        return made

    def _compute_covered(self, day, since, beside):
        """Return {(component, instalment, due date): minor units}, by the engine."""
        rows = []
        for place, row in self._read_overdue(day):
            overdue = row["overdue"] - beside.get(place, 0)
            if overdue > 0:
                rows.append({**row, "overdue": overdue, "since": since})
        parts = self.env["carloan.ledger"]._compute_penalties(rows, day)
        return {tuple(part): amount for *part, amount in parts.get(self, [])}

    def _read_overdue(self, day):
        """Return [((instalment, due date), row)] of what is overdue on a day."""
        rows = self.env["carloan.ledger"]._read_penalty_rows(self, day)
        return [((row["instalment_id"], row["due_date"]), row) for row in rows]

from collections import defaultdict

import numpy as np

from odoo import models

from ...engine import penalty
from ...engine.reallocation import recharge

# what changes the debt by agreement: penalties up to then were part of the deal
AGREED_EVENTS = (
    "waive",
    "capitalise",
    "forgive",
    "carry",
    "hold",
    "write_off",
    "repossession",
)
# what a relief does to a claim outside the books
AGREED_MEMO = ("waive", "capitalise", "carry", "hold")


class CarloanLoan(models.Model):
    """Penalties charged while a repayment was unknown, put right."""

    _inherit = "carloan.loan"

    def _recharge_penalties(self, day, posted_from, key):
        """Charge the penalties after a day anew, from the repayments known now.

        A repayment of that day was entered late, or came back: charges made since
        then rest on money that was there, or was not. Charges that would be others
        are reversed and charged as they should have been, so that nobody pays for
        days on which they had paid. What a relief settled meanwhile stays settled.

        :param day: day of the repayment
        :param posted_from: earliest day of the entries
        :return: the entries made
        """
        self.ensure_one()
        later, wanted = self._plan_recharge(day)
        if not later:
            return later
        days = self._get_days_charged(later)
        if self.suspended_since:
            self._note_suspended_penalties(day)
            return later.browse()
        wrong = later.filtered(
            lambda move: self._get_charge(move) != wanted.get(days[move])
        )
        keep = {days[move] for move in later - wrong}
        made = later.browse()
        for move in wrong.sorted("id", reverse=True):
            date = max(move.date, posted_from)
            made += self._reverse_events(move, date, self.env._("Charged anew"))
        fresh = {date: parts for date, parts in wanted.items() if date not in keep}
        return made + self._post_recharge(fresh, posted_from, key)

    def _plan_recharge(self, day, more=()):
        """Return the charges after a day, and what they should be.

        :param more: [(date, minor units)] of repayments that are not posted yet
        :return: (entries, {day: {(component, instalment, due date): minor units}})
        """
        start = max([day, *self._find_agreed_days(), *self._find_settled_days()])
        charges = self._find_penalty_moves()
        day_of = self._get_days_charged(charges)
        later = charges.filtered(lambda move: day_of[move] > start)
        if not later or self.suspended_since:
            return later, {}
        days = sorted({day} - set(day_of.values()) | {day_of[move] for move in later})
        days = [one for one in days if one >= start]
        return later, self._compute_recharge(charges, later, days, more)

    def _note_suspended_penalties(self, day):
        """Say that penalties in the register rest on what was known before.

        What is suspended is no income, so nothing in the books is wrong; how much of
        it is asked for is decided when the loan is cured or relieved.
        """
        self._message_log(
            body=self.env._(
                "A repayment of %(date)s was entered or returned later. Interest is "
                "suspended, so the penalties charged since then stand as they are: "
                "look at them before they are asked for.",
                date=day,
            )
        )

    def _find_agreed_days(self):
        """Return the days on which a relief, a write-off or a vehicle settled the
        debt, and nobody undid it."""
        moves = self.env["account.move"].search(self._get_agreed_domain())
        return [*moves.mapped("date"), *self._find_agreed_memos([]).mapped("date")]

    def _get_agreed_domain(self):
        """Return which entries stand by which somebody settled or put off a claim."""
        return [
            ("carloan_loan_id", "=", self.id),
            ("carloan_event", "in", AGREED_EVENTS),
            ("state", "=", "posted"),
            ("reversed_entry_id", "=", False),
            ("reversal_move_ids", "=", False),
            # a break lets go what was put off
            ("carloan_event_key", "not like", ":break:"),
        ]

    def _find_agreed_memos(self, domain):
        """Return the lines that stand by which a relief did so outside the books."""
        Memo = self.env["carloan.memo"]
        lines = [("loan_id", "=", self.id), ("event", "in", AGREED_MEMO), *domain]
        lines = Memo.search(lines, order="id")
        return lines - Memo.search([("reversed_id", "in", lines.ids)]).reversed_id

    def _get_charge(self, move):
        """Return {(component, instalment, due date): minor units} of one charge."""
        lines = move.line_ids.filtered("carloan_component")
        amounts = self._to_minor(lines.mapped("amount_currency"))
        return {
            (
                line.carloan_component,
                line.carloan_instalment_id,
                line.date_maturity,
            ): amount
            for line, amount in zip(lines, amounts, strict=True)
        }

    def _compute_recharge(self, charges, later, days, more=()):
        """Return {day: {(component, instalment, due date): minor units}}."""
        lines = self._find_receivable_lines()
        paid = self._get_paid_lines(lines)
        redone = later | later.reversal_move_ids
        dues = self._get_dues(lines - paid - redone.line_ids)
        repayments = [*self._find_live_repayments(paid.move_id), *more]
        repayments.sort(key=lambda one: one[0])
        kept = charges - later
        since = self._get_charged_until(self._get_days_charged(kept).values())
        columns = self._get_recharge_columns(dues, kept, days[-1])
        late = recharge(
            [date for date, _amount in repayments],
            [amount for _date, amount in repayments],
            [amount for _key, _day, amount in dues],
            [key[3] for key, _day, _amount in dues],
            [key[1] for key, _day, _amount in dues],
            owed_from=np.array([day for _key, day, _amount in dues], dtype="M8[D]"),
            charge_dates=days,
            since=np.datetime64(since or "NaT", "D"),
            **columns,
            **self._get_allocation_rule(),
        )
        result = defaultdict(dict)
        for component, amounts in late._asdict().items():
            for row, turn in zip(*np.nonzero(amounts.T), strict=True):
                part = (component, *dues[row][0][2:])
                result[days[turn]][part] = int(amounts[turn, row])
        return result

    def _get_recharge_columns(self, dues, kept, day):
        """Return terms of a day, and per row what was lent and is charged already."""
        charged = defaultdict(int)
        for move in kept:
            for (component, *part), amount in self._get_charge(move).items():
                if component == "penalty":
                    charged[tuple(part)] += amount
        lent = [
            self._to_minor([key[2].principal])[0] if key[2] else amount
            for key, _day, amount in dues
        ]
        interest, rate = penalty.rates_on_top(
            self.penalty_rate,
            self.schedule_id._get_rates_on(day)[self.schedule_id],
            self.penalty_uplift,
            self.overdue_bears_interest,
        )
        return {
            "terms": {
                "rate": rate,
                "interest": interest,
                "day_count": self.day_count,
                "grace": self.grace_days,
                "cap": self.penalty_cap,
            },
            "lent": np.array(lent, dtype=np.int64),
            "charged": np.array(
                [charged[key[2], key[3]] for key, _day, _amount in dues],
                dtype=np.int64,
            ),
        }

    def _post_recharge(self, fresh, posted_from, key):
        """Post the charges of some days as they should have been."""
        ledger = self.env["carloan.ledger"]
        events = []
        pending = ledger._find_vat_pending([(self, day) for day in fresh])
        for day in sorted(fresh):
            parts = [(*part, amount) for part, amount in fresh[day].items()]
            event = ledger._prepare_penalty_event(self, parts, day, pending[self, day])
            event["key"] = f"{event['key']}:{key}"
            event["date"] = max(day, posted_from)
            events.append(event)
        return ledger._post_events(events)

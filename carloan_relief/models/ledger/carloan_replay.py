from collections import defaultdict

from odoo import fields, models

from ...engine.reallocation import reallocate
from ..loan.selections import DUE_ROLES
from .carloan_ledger import RECEIVABLE_ROLES

# claims, and the borrower's credit; interest accrued at a month end is neither: it is
# not due, nothing settles it, and it leaves the books on the next day
CLAIMS = [
    ("carloan_role", "in", RECEIVABLE_ROLES),
    ("parent_state", "=", "posted"),
    "|",
    ("carloan_component", "!=", False),
    ("carloan_role", "=", "principal_due"),
]


class CarloanLoan(models.Model):
    """Repayments allocated anew after one came late or came back."""

    _inherit = "carloan.loan"

    def _after_reversed_repayment(self, reversal):
        """Allocate anew what came in later, however a repayment was reversed."""
        undone = reversal.reversed_entry_id
        # a rejected payment is one that the bank did not honour
        payment = undone.origin_payment_id
        payment.write({"state": "rejected"})
        key = f"replay:{undone.id}"
        made = self._recharge_penalties(payment.date, reversal.date, key)
        return made + self._replay_repayments(reversal.date, key)

    def _has_later_entries(self, date, move=None):
        """Tell whether something fell due or came in after a day.

        :param move: the entry that is not counted
        """
        domain = [
            *CLAIMS,
            ("carloan_loan_id", "=", self.id),
            ("move_id", "!=", move.id if move else False),
            "|",
            ("date", ">", date),
            ("date_maturity", ">", date),
        ]
        # sudo: managers take repayments without reading the ledger
        lines_sudo = self.env["account.move.line"].sudo()
        return bool(lines_sudo.search_count(domain, limit=1))

    def _replay_repayments(self, date, key):
        """Allocate all repayments anew and post the difference as one entry.

        :return: the entry; empty where every repayment pays what it paid already
        """
        self.ensure_one()
        lines = self._find_receivable_lines()
        paid = self._get_paid_lines(lines)
        dues = self._get_dues(lines - paid)
        target = self._get_replayed(dues, self._find_live_repayments(paid.move_id))
        difference = self._get_difference(lines, paid, target)
        owed_from = {line_key: day for line_key, day, _amount in dues}
        # what a repayment pays later than it came is in the books on that later day;
        # what it pays ahead of its day, as interest that coming instalments collect,
        # is paid now
        today = fields.Date.context_today(self)
        days = [owed_from[k] for k, v in difference.items() if v and k in owed_from]
        date = max([fields.Date.to_date(date), *(day for day in days if day <= today)])
        due = self._sum_by_key(lines - paid)
        suspended = bool(self.suspended_since) or self._has_lapsed(dues, target)
        self._shift_register(due, target, date, key, suspended)
        made = self._post_replay(difference, date, key)
        if self.suspended_since:
            # what a repayment had settled before the suspension and no longer does
            self.env["carloan.ledger"]._hide_open(self, date)
        return made

    def _get_difference(self, lines, paid, target):
        """Return {key: minor units} by which the books part from an allocation.

        A credit that was paid back stands in the books as less credit; what no
        repayment covers of it (one came back since) is a claim from its own day.
        """
        refunds = (lines - paid).filtered(lambda one: one.carloan_event == "refund")
        now = self._sum_by_key(paid | refunds)
        target = dict(target)
        for line in refunds:
            line_key = self._get_claim_key(line)
            amount = self._to_minor([line.amount_currency])[0]
            target[line_key] = target.get(line_key, 0) - amount
        return {
            line_key: now.get(line_key, 0) + target.get(line_key, 0)
            for line_key in {**now, **target}
        }

    def _find_receivable_lines(self):
        """Return all posted lines of claims on these loans, and of their credits.

        What has run by a month end has no component either, and is no claim yet.
        """
        return self.env["account.move.line"].search(
            [
                *CLAIMS,
                ("carloan_loan_id", "in", self.ids),
                ("carloan_held", "=", False),
            ],
            order="date, id",
        )

    @staticmethod
    def _get_paid_lines(lines):
        """Return what repayments settle, with credits that came otherwise than as
        money: the surplus of a vehicle. What was paid back of them is a claim on them.
        """
        return lines.filtered(
            lambda line: (
                line.carloan_event == "repay"
                or (not line.carloan_component and line.carloan_event != "refund")
            )
        )

    @staticmethod
    def _get_line_key(line):
        """Return (role, component, instalment, maturity) of a receivable line."""
        component = line.carloan_component
        return (
            line.carloan_role,
            component,
            line.carloan_instalment_id,
            line.date_maturity if component else False,
        )

    def _get_claim_key(self, line):
        """Return the key of what a line claims: of a credit paid back, that money."""
        if line.carloan_event != "refund":
            return self._get_line_key(line)
        return (
            DUE_ROLES["principal"],
            "principal",
            self.instalment_ids.browse(),
            line.date_maturity,
        )

    def _sum_by_key(self, lines):
        """Return {(role, component, instalment, maturity): minor units}."""
        sums = defaultdict(float)
        for line in lines:
            sums[self._get_line_key(line)] += line.amount_currency
        amounts = self._to_minor([self.currency_id.round(v) for v in sums.values()])
        return dict(zip(sums, amounts, strict=True))

    def _get_dues(self, lines, register=None):
        """Return [(key, day from which it is owed, minor units)], the oldest first.

        What is suspended is owed as what is in the books. What a relief or a reversal
        took away is taken from what came last.

        :param register: of this loan, when already at hand
        """
        register = self._get_register() if register is None else register
        pieces = defaultdict(lambda: defaultdict(int))
        claims = lines.filtered(
            lambda one: one.carloan_component or one.carloan_event == "refund"
        )
        own_day = self._get_own_days(lines.move_id)
        for line in claims:
            # carried into a later instalment it may be paid before that
            owed_from = min(line.date_maturity, line.date)
            borne = line.carloan_event == "penalty"
            if borne or line.carloan_component == "penalty":
                # it ranks with its instalment, charged later
                owed_from = own_day.get(line.move_id, line.date)
            amount = self._to_minor([line.amount_currency])[0]
            pieces[self._get_claim_key(line)][owed_from] += amount
        for key, row in register.items():
            pieces[key][min(key[3], row["since"])] += row["amount"]
        dues = [
            (key, day, amount)
            for key, by_day in pieces.items()
            for day, amount in self._net_pieces(by_day)
        ]
        return sorted(dues, key=lambda due: (due[0][3], due[1]))

    def _get_own_days(self, moves):
        """Return {entry: its own day} of charges of penalty, and of what repayments
        made income: where that lies in a closed period, they are booked later."""
        moves = moves.filtered(lambda move: not move.reversed_entry_id)
        days = self._get_days_charged(
            moves.filtered(lambda move: move.carloan_event == "penalty")
        )
        payments = {payment.id: payment for payment in self.payment_ids}
        for move in moves.filtered(lambda move: move.carloan_event == "resume"):
            kind, number, *_step = move.carloan_event_key.split(":")
            if kind == "repay" and int(number) in payments:
                days[move] = payments[int(number)].date
        return days

    @staticmethod
    def _net_pieces(by_day):
        """Return [(day, amount above zero)] of one receivable, negatives netted."""
        taken = -sum(amount for amount in by_day.values() if amount < 0)
        result = []
        for day in sorted(by_day, reverse=True):
            amount = max(by_day[day], 0)
            used = min(amount, taken)
            taken -= used
            if amount > used:
                result.append((day, amount - used))
        return result

    def _find_live_repayments(self, moves):
        """Return [(date, minor units)] of what came in and was not reversed."""
        live = moves.filtered(
            lambda move: (
                (move.origin_payment_id or move.carloan_event != "repay")
                and not move.reversed_entry_id
                and "posted" not in move.reversal_move_ids.mapped("state")
            )
        )
        result = []
        # the day the money came in: the entry may be later, after a closed period
        days = {move: move.origin_payment_id.date or move.date for move in live}
        for move in live.sorted(lambda move: (days[move], move.id)):
            # what came in for a claim written off is no part of the receivables
            own = self._get_paid_lines(
                move.line_ids.filtered(
                    lambda line: (
                        line.carloan_role in RECEIVABLE_ROLES
                        and line.carloan_loan_id == self
                    )
                )
            )
            amount = self.currency_id.round(-sum(own.mapped("amount_currency")))
            result.append((days[move], self._to_minor([amount])[0]))
        return [one for one in result if one[1]]

    def _get_replayed(self, dues, repayments):
        """Return what the repayments settle when allocated anew, by key.

        The borrower's credit is the key without component; credits are negative.
        """
        shares = reallocate(
            [date for date, _amount in repayments],
            [amount for _date, amount in repayments],
            [amount for _key, _day, amount in dues],
            [key[3] for key, _day, _amount in dues],
            [key[1] for key, _day, _amount in dues],
            owed_from=[day for _key, day, _amount in dues],
            **self._get_allocation_rule(),
        ).tolist()
        target = defaultdict(int)
        for (key, _day, _amount), share in zip(dues, shares, strict=True):
            target[key] += share
        rest = sum(amount for _date, amount in repayments) - sum(shares)
        target["principal_due", False, self.env["carloan.instalment"], False] = rest
        return target

    def _post_replay(self, difference, date, key):
        """Post the lines that lead from the allocation of now to the new one."""
        ledger = self.env["carloan.ledger"]
        lines = [
            self._prepare_replay_line(line_key, -amount)
            for line_key, amount in difference.items()
            if amount
        ]
        if not lines:
            return self.env["account.move"]
        event = {
            "loan": self,
            "event": "repay",
            "key": key,
            "date": date,
            "lines": lines,
            "ref": self.env._("%(loan)s - Repayments allocated anew", loan=self.name),
        }
        return ledger._post_events([event])

    def _prepare_replay_line(self, line_key, amount):
        """Return one journal item of a replay; `amount` in minor units, + debit."""
        ledger = self.env["carloan.ledger"]
        role, component, instalment, maturity = line_key
        if not component:
            return ledger._prepare_credit_line(self, amount)
        return {
            **ledger._prepare_line_vals(self, role, component, amount),
            "date_maturity": maturity,
            "carloan_instalment_id": instalment.id,
        }

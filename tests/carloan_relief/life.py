"""A random life of many loans: what may happen happens, by a seed, month after month.

Whoever runs it freezes the clock and hands over what moves it. Refusals are part of
life (a payment of a closed loan, an undo that something stands on): they are counted,
and must leave nothing behind. Everything else that fails is a bug, and `history` of a
loan tells how to get there again.
"""

import calendar
from collections import Counter
from datetime import timedelta
from random import Random

from odoo.exceptions import UserError

from odoo.addons.carloan_relief.engine import measures, valuation

#: How often what happens to a loan in a month.
WEIGHTS = {
    "pay_due": 50,
    "skip": 14,
    "pay_part": 9,
    "pay_over": 6,
    "pay_late_entered": 5,
    "bounce": 4,
    "undo_bill": 2,
    "charge": 3,
    "undo_penalty": 1,
    "relieve": 6,
    "undo_relief": 2,
    "undo_provision": 2,
    "write_off": 2,
    "recover": 4,
    "undo_write_off": 1,
    "settle": 1,
    "undo_settlement": 1,
}
#: A bad payer pays so much less often.
BAD = {"pay_due": 8, "pay_part": 14, "skip": 40, "pay_over": 1}

PLANS = (
    lambda r: [{"kind": "extend", "instalments": r.randint(1, 12)}],
    lambda r: [{"kind": "rate", "annual_rate": round(r.uniform(0, 0.1), 4)}],
    lambda r: [
        {
            "kind": "holiday",
            "instalments": r.randint(1, 3),
            "interest": r.choice(["pay", "capitalise", "defer", "waive"]),
        }
    ],
    lambda r: [
        {"kind": "capitalise", "components": ["interest", "penalty", "principal"]},
        {"kind": "extend", "instalments": r.randint(1, 6)},
    ],
    lambda r: [
        {"kind": "waive", "component": "interest", "percent": r.choice([30, 50, 100])},
        {"kind": "capitalise", "components": ["interest", "principal"]},
    ],
    lambda r: [{"kind": "waive", "component": "penalty", "percent": 100}],
    lambda r: [
        {
            "kind": "waive",
            "component": r.choice(["interest", "penalty"]),
            "percent": r.choice([40, 100]),
            "when": "on_completion",
        },
        {"kind": "extend", "instalments": r.randint(1, 4)},
    ],
    lambda r: [
        {"kind": "forgive_principal", "percent": r.choice([1, 5, 12.5])},
        {"kind": "rate", "annual_rate": 0.03},
    ],
    lambda r: [{"kind": "defer_principal", "percent": r.choice([10, 30])}],
)


class Life:
    """Loans of one company and what becomes of them."""

    def __init__(self, env, product, loans, seed, move_clock, begin):
        """Lend so many loans with terms drawn at random.

        :param move_clock: called with each new date
        :param date begin: first day of the first month
        """
        self.env, self.product, self.random = env, product, Random(seed)
        self.ledger = env["carloan.ledger"]
        self.move_clock, self.month = move_clock, begin
        self.counts, self.refusals, self.history = Counter(), Counter(), {}
        self.today = begin
        move_clock(begin)
        self.loans = self._lend(loans)
        self.bad = set(self.random.sample(self.loans.ids, max(1, loans // 3)))

    # ------------------------------------------------------------------
    # LENDING
    # ------------------------------------------------------------------

    def _lend(self, count):
        loans = self.env["carloan.loan"].create(
            [self._draw_terms(number) for number in range(count)]
        )
        loans.action_disburse()
        for loan in loans:
            terms = f"{loan.method} {loan.principal} {loan.annual_rate}"
            self.history[loan.id] = [f"{terms} {loan.instalments} {loan.day_count}"]
        return loans

    def _draw_terms(self, number):
        r = self.random
        method = r.choice(
            ["annuity"] * 4 + ["equal_principal", "interest_only", "balloon", "flat"]
        )
        principal = float(r.randint(20_000, 300_000))
        if r.random() < 0.3:
            principal += round(r.random(), 2)
        start = self.month - timedelta(days=r.randint(0, 25))
        day = min(r.choice([1, 5, 15, 28, 31]), 28 if start.month == 1 else 30)
        first = (start.replace(day=1) + timedelta(days=32)).replace(day=day)
        return {
            "partner_id": self.env["res.partner"].create({"name": f"B {number}"}).id,
            "product_id": self.product[number % len(self.product)].id,
            "principal": principal,
            "annual_rate": r.choice([0.0, 0.036, 0.072, 0.12, 0.1837]),
            "instalments": r.randint(6, 40),
            "method": method,
            "balloon": round(principal * 0.3, 2) if method == "balloon" else 0.0,
            "day_count": r.choice(["period", "period", "ACT/365", "30/360"]),
            "fee": r.choice([0.0, 0.0, 12.5]),
            "start_date": start,
            "first_due_date": first,
        }

    # ------------------------------------------------------------------
    # TIME
    # ------------------------------------------------------------------

    def run_month(self):
        """Let a month pass: nights, events, month end."""
        last = calendar.monthrange(self.month.year, self.month.month)[1]
        days = sorted(self.random.sample(range(2, last), 3))
        chosen = {loan.id: self.random.choice(days) for loan in self.loans}
        for day in days:
            self._begin_day(self.month.replace(day=day))
            for loan in self.loans:
                if chosen[loan.id] == day:
                    self._happen(loan)
        self._end_month(self.month.replace(day=last))
        self.month = self.today + timedelta(days=1)

    def _begin_day(self, day):
        """What the night does before the day."""
        self.today = day
        self.move_clock(day)
        drafts = self.env["account.move"].search(
            [
                ("state", "=", "draft"),
                ("auto_post", "=", "at_date"),
                ("carloan_event", "!=", False),
                ("date", "<=", day),
                ("company_id", "=", self.env.company.id),
            ]
        )
        drafts._post()
        self.ledger._bill_due(day)
        self.ledger._charge_penalties(self.ledger._find_penalty_due(day), day)
        self.loans._refresh_position(day)

    def _end_month(self, day):
        self._begin_day(day)
        self.ledger._accrue(self.env.company, day)
        self.ledger._provision(self.env.company, day)
        self.env.flush_all()
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------------

    def _happen(self, loan):
        """Let one thing happen to a loan, wholly or not at all."""
        weights = {**WEIGHTS, **(BAD if loan.id in self.bad else {})}
        (name,) = self.random.choices(list(weights), list(weights.values()))
        # the same draws, whatever becomes of the event
        draw = Random(self.random.random())
        try:
            with self.env.cr.savepoint():
                done = getattr(self, f"_{name}")(loan, draw)
        except (UserError, ValueError) as refusal:
            self.refusals[f"{name}: {str(refusal)[-60:]}"] += 1
            self._note(loan, f"{name} refused: {refusal}")
            return
        if done is not None:
            self.counts[name] += 1
            self._note(loan, f"{name} {done}")

    def _note(self, loan, text):
        self.history[loan.id].append(f"{self.today} {text}")

    def _pay(self, loan, amount, day=None):
        if amount <= 0 or loan.state not in ("active", "written_off"):
            return None
        loan._register_repayment(round(amount, 2), day or self.today)
        return round(amount, 2)

    def _skip(self, loan, draw):
        return None

    def _pay_due(self, loan, draw):
        return self._pay(loan, loan.overdue_amount - loan.credit_balance)

    def _pay_part(self, loan, draw):
        return self._pay(loan, loan.overdue_amount * draw.random())

    def _pay_over(self, loan, draw):
        ahead = (loan.next_amount or 0.0) * 2 * draw.random()
        return self._pay(loan, loan.overdue_amount + ahead)

    def _pay_late_entered(self, loan, draw):
        day = max(self.today - timedelta(days=draw.randint(1, 40)), loan.start_date)
        amount = max(loan.overdue_amount, 100.0) * draw.choice([0.5, 1, 1.5])
        return self._pay(loan, amount, day) and f"{amount} on {day}"

    def _find(self, loan, event):
        """The last entry of an event that stands and can be undone."""
        moves = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", loan.id),
                ("carloan_event", "=", event),
                ("state", "=", "posted"),
            ],
            order="date desc, id desc",
        )
        return moves.filtered("carloan_can_undo")[:1]

    def _bounce(self, loan, draw):
        move = self._find(loan, "repay")
        if not move:
            return None
        if draw.random() < 0.5:
            move._reverse_moves([{"date": self.today}], cancel=True)
        else:
            loan._undo_repayment(move, self.today, "bounced")
        return move.name

    def _undo_bill(self, loan, draw):
        move = self._find(loan, "bill")
        return move and (loan._undo_bill(move, self.today, "by mistake"), move.name)[1]

    def _charge(self, loan, draw):
        return self.ledger._charge_penalties(loan, self.today).mapped("name") or None

    def _undo_penalty(self, loan, draw):
        move = self._find(loan, "penalty")
        if not move:
            return None
        loan._undo_penalty(move, self.today, "by mistake")
        return move.name

    def _relieve(self, loan, draw):
        if loan.state != "active":
            return None
        plan = draw.choice(PLANS)(draw)
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        # whatever record asks for a relief makes its key
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(request, revised, modification, self.today)
        return plan

    def _undo_relief(self, loan, draw):
        if loan.schedule_id.reason != "relief" or loan.state != "active":
            return None
        made = loan._undo_relief(
            loan.schedule_id, self.today, "by mistake", draw.random() < 0.7
        )
        return len(made)

    def _undo_provision(self, loan, draw):
        last = loan.provision_ids.filtered(lambda item: item.state == "posted")[:1]
        if not last:
            return None
        last.action_undo()
        return last.date

    def _write_off(self, loan, draw):
        if loan.state != "active" or loan.dpd < 60:
            return None
        case = self.env["carloan.write.off"].create({"loan_id": loan.id})
        case.sudo().write({"state": "done", **loan._write_off(case, self.today)})
        return loan.written_off_balance

    def _recover(self, loan, draw):
        if loan.state != "written_off":
            return None
        return self._pay(loan, loan.written_off_balance * draw.uniform(0.1, 1.1))

    def _undo_write_off(self, loan, draw):
        case = loan.write_off_ids.filtered(lambda one: one.state == "done")[:1]
        if not case:
            return None
        loan._undo_write_off(case, self.today, "by mistake")
        case.sudo().write({"state": "undone"})
        return case.id

    def _settle(self, loan, draw):
        if loan.state != "active":
            return None
        case = self.env["carloan.settlement"].create(
            {"loan_id": loan.id, "date": self.today}
        )
        case.action_settle()
        return case.total

    def _undo_settlement(self, loan, draw):
        case = loan.settlement_ids.filtered(lambda one: one.state == "done")[:1]
        return case and (case._undo(self.today, "by mistake"), case.name)[1] or None

    # ------------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------------

    def find_differences(self):
        """Return the differences of the books, with the history of their loans."""
        found = self.ledger._check_books(self.env.company)
        ids = {row.get("loan_id") for row in found} - {None}
        told = ["\n".join(self.history.get(i, [str(i)])[-12:]) for i in sorted(ids)[:3]]
        return [*found, *told]

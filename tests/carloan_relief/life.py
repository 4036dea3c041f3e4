"""A random life of many loans: what may happen happens, by a seed, month after month.

Whoever runs it freezes the clock and hands over what moves it. Refusals are part of
life (a payment of a closed loan, an undo that something stands on): they are counted,
and must leave nothing behind. Everything else that fails is a bug, and `history` of a
loan tells how to get there again.
"""

import calendar
import traceback
from collections import Counter
from datetime import timedelta
from random import Random

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.carloan_relief.models.ledger.carloan_billing import BILL_BATCH

from .life_border_events import BORDER_WEIGHTS, LifeBorderEvents
from .life_events import BAD, PAYMENTS, WEIGHTS, LifeEvents
from .life_proof import LifeProof

#: What the planner must know the size of: nothing here is committed, and without
#: statistics it joins tables of thousands of rows as if they were empty.
GROWING = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "carloan_instalment",
    "carloan_memo",
    "carloan_schedule",
)


def make_products(env):
    """Return two products that differ in all that a life may stumble over."""
    company = env.company
    company.carloan_draft_horizon = 1
    common = {
        "company_id": company.id,
        "currency_id": company.currency_id.id,
        "annual_rate": 0.072,
        "instalments": 36,
    }
    new = {"name": "New car", "penalty_rate": 0.108, "grace_days": 3}
    used = {
        "name": "Used car",
        "penalty_rate": 0.18,
        "grace_days": 5,
        "penalty_cap": 0.2,
        "allocation_mode": "vertical",
        "allocation_order": "principal,interest,fee,penalty",
        "suspend_days": 90,
    }
    products = env["carloan.product"].create([{**common, **new}, {**common, **used}])
    for product in products:
        product.action_map_accounts()
    env["carloan.vat.rate"].create(
        {"product_id": products[1].id, "date_from": "2020-01-01", "rate": 0.06}
    )
    return products


class Life(LifeEvents, LifeBorderEvents, LifeProof):
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
        self.ended, self.failures = set(), []
        self.today = begin
        move_clock(begin)
        self.loans = self._lend(loans)
        self._tell_planner()
        self.bad = set(self.random.sample(self.loans.ids, max(1, loans // 3)))

    # ------------------------------------------------------------------
    # LENDING
    # ------------------------------------------------------------------

    def _lend(self, count):
        loans = self.env["carloan.loan"].create(
            [self._draw_terms(number, self.random) for number in range(count)]
        )
        loans.action_disburse()
        for loan in loans:
            terms = f"{loan.method} {loan.principal} {loan.annual_rate}"
            self.history[loan.id] = [f"{terms} {loan.instalments} {loan.day_count}"]
        return loans

    def _draw_terms(self, number, r, start=None):
        """Return the terms of a loan, drawn from `r`.

        :param date start: day on which it is paid out, drawn where it is not given
        """
        method = r.choice(
            ["annuity"] * 4 + ["equal_principal", "interest_only", "balloon", "flat"]
        )
        principal = float(r.randint(20_000, 300_000))
        if r.random() < 0.3:
            principal += round(r.random(), 2)
        start = start or self.month - timedelta(days=r.randint(0, 25))
        day = min(r.choice([1, 5, 15, 28, 31]), 28 if start.month == 1 else 30)
        first = (start.replace(day=1) + timedelta(days=32)).replace(day=day)
        vehicle = self.env["carloan.vehicle"].create({"make": f"M {number}"})
        return {
            "partner_id": self.env["res.partner"].create({"name": f"B {number}"}).id,
            "vehicle_id": vehicle.id,
            "product_id": self.product[number % len(self.product)].id,
            "principal": principal,
            "annual_rate": r.choice([0.0, 0.036, 0.072, 0.12, 0.1837]),
            "instalments": r.randint(6, 40),
            "method": method,
            "balloon": round(principal * 0.3, 2) if method == "balloon" else 0.0,
            "period": r.choice(["month"] * 6 + ["fortnight", "week"]),
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
        chosen = {
            loan.id: self.random.choice([*days, *days, last]) for loan in self.loans
        }
        self._change_the_rules()
        for day in days:
            self._begin_day(self.month.replace(day=day))
            self._live([loan for loan in self.loans if chosen.get(loan.id) == day])
        self._end_month(self.month.replace(day=last))
        # the night has accrued and provided, and the last day is a day like any other
        self._live([loan for loan in self.loans if chosen.get(loan.id) == last])
        self.month = self.today + timedelta(days=1)

    def _begin_day(self, day):
        """What the night does before the day, unless it was missed."""
        self.today = day
        self.move_clock(day)
        if self.random.random() < 0.1:
            return
        drafts = self.env["account.move"].search(
            [
                ("state", "=", "draft"),
                ("auto_post", "=", "at_date"),
                ("carloan_event", "!=", False),
                ("date", "<=", day),
                ("company_id", "=", self.env.company.id),
            ]
        )
        self._post_drafts(drafts)
        self._bill(day)
        self._do(self._charge_penalties, day)
        self.loans._refresh_position(day)

    def _post_drafts(self, drafts):
        """Post the drafts of a night as Odoo's job does: by the hundred."""
        for number in range(0, len(drafts), BILL_BATCH):
            batch = drafts[number : number + BILL_BATCH].exists()
            try:
                with self.env.cr.savepoint():
                    batch._post()
            except Exception:  # noqa: BLE001 - whose it is, and why, is found one by one
                for draft in batch.sorted("date"):
                    self._post_draft(draft)

    def _post_draft(self, draft):
        if not draft.exists():  # another bill has taken it away
            return
        loan = draft.carloan_loan_id
        try:
            with self.env.cr.savepoint():
                draft._post()
        except UserError as refusal:  # its period is closed
            self.refusals[f"draft: {str(refusal)[-60:]}"] += 1
        except Exception:  # noqa: BLE001 - a bug: it is told with the differences
            self.failures.append((loan.id, traceback.format_exc()))

    def _bill(self, day):
        """Bill as the night does: a loan that cannot be billed stops no other."""
        failed = set()
        while batch := self.ledger._find_due(day, limit=BILL_BATCH, skip=failed):
            refused = self.ledger._bill_batch(batch)
            self.refusals["bill: not billed this night"] += len(refused)
            failed |= refused

    def _charge_penalties(self, day):
        self.ledger._charge_penalties(self.ledger._find_penalty_due(day), day)

    def _do(self, step, *args):
        """Take a step of the night; where it fails life goes on, the bug is told."""
        try:
            with self.env.cr.savepoint():
                step(*args)
        except Exception:  # noqa: BLE001 - a bug: it is told with the differences
            self.failures.append((None, traceback.format_exc()))

    def _tell_planner(self):
        """Bring the statistics of the tables up to date."""
        self.env.flush_all()
        for table in GROWING:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def _end_month(self, day):
        self._begin_day(day)
        self._tell_planner()
        self._do(self.ledger._accrue, self.env.company, day)
        self._do(self.ledger._provision, self.env.company, day)
        self.env.flush_all()
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # WHAT HAPPENS
    # ------------------------------------------------------------------

    def _live(self, loans):
        """Let one thing happen to each of these loans."""
        events = [self._draw_event(loan) for loan in loans]
        # money comes as from a bank: that of many loans at once
        rows = [
            (loan, name, getattr(self, f"_draw_{name}")(loan, draw))
            for loan, name, draw in events
            if name in PAYMENTS
        ]
        self._pay_together([(loan, name, row) for loan, name, row in rows if row])
        for loan, name, draw in events:
            if name not in PAYMENTS:
                self._happen(loan, name, getattr(self, f"_{name}"), draw)

    def _draw_event(self, loan):
        """Return (loan, name of what happens to it, what it draws from)."""
        weights = {**WEIGHTS, **BORDER_WEIGHTS, **(BAD if loan.id in self.bad else {})}
        (name,) = self.random.choices(list(weights), list(weights.values()))
        # the same draws, whatever becomes of the event
        return loan, name, Random(self.random.random())

    def _pay_together(self, rows):
        """Register repayments of many loans at once, one by one where that fails."""
        loans = self.loans.browse([loan.id for loan, _name, _row in rows])
        try:
            with self.env.cr.savepoint():
                loans._register_repayments([row for _loan, _name, row in rows])
        except Exception:  # noqa: BLE001 - whose it is, and why, is found one by one
            for loan, name, row in rows:
                self._happen(loan, name, self._pay, row)
            return
        for loan, name, row in rows:
            self._count(loan, name, row)

    def _happen(self, loan, name, event, draw):
        """Let one thing happen to a loan, wholly or not at all.

        Whoever is at a loan has opened it alone, and reads nothing of the others.
        """
        loan = loan.with_prefetch()
        try:
            with self.env.cr.savepoint():
                done = event(loan, draw)
        except (UserError, ValueError, IntegrityError) as refusal:
            self.refusals[f"{name}: {str(refusal)[-60:]}"] += 1
            self._note(loan, f"{name} refused: {refusal}")
        except Exception:  # noqa: BLE001 - a bug: it is told with the differences
            self._note(loan, f"{name} failed")
            self.failures.append((loan.id, traceback.format_exc()))
        else:
            if done is not None:
                self._count(loan, name, done)

    def _count(self, loan, name, done):
        self.counts[name] += 1
        self._note(loan, f"{name} {done}")

    def _note(self, loan, text):
        self.history[loan.id].append(f"{self.today} {text}")

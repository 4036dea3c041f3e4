"""A second opinion on reliefs: one loan, one row at a time, by slow decimals.

Written from the rules of the contract and ``domain.md`` 11, not from the engine.
"""

import datetime
from decimal import Decimal, localcontext

from reference import PER_YEAR, cents, fraction, length, next_due


def day(text):
    return datetime.date.fromisoformat(text)


class Relief:
    """What remains of a loan after a plan; money and rates are Decimal.

    ``loan``: principal (not yet due), rate, count, method, period, day_count, last,
    next (dates), due_day, level (agreed, or None), base (original principal).
    ``plan``: any of joined, rate, rate_rows, extend, holiday, mode, start, carried,
    deferred, low, low_rows, then, redate.
    """

    def __init__(self, loan, plan):
        self.loan, self.plan = loan, plan
        self.holiday, self.mode = plan.get("holiday", 0), plan.get("mode", "pay")
        self.count = loan["count"] + plan.get("extend", 0)
        self.rows = self.count + self.holiday
        self.carried = plan.get("carried", Decimal(0))
        self.deferred = plan.get("deferred", Decimal(0))
        self.low_rows = plan.get("low_rows", 0)
        self.low_end = self.holiday + self.low_rows
        self.balance = loan["principal"] + plan.get("joined", 0) - self.deferred
        self.base = loan["base"]
        if self.deferred:
            whole = loan["principal"]
            self.base = max(cents(self.base * (whole - self.deferred) / whole), CENT)
        self._rates()
        self._dates()
        self._pieces()

    def _rates(self):
        old, new = self.loan["rate"], self.plan.get("rate")
        window = self.plan.get("rate_rows") or self.rows
        self.rates = [old] * self.rows
        self.changes = new is not None and new != old
        self.ends = None
        if self.changes:
            self.rates[:window] = [new] * min(window, self.rows)
            if window < self.rows:
                self.ends = window

    def _dates(self):
        loan, redate = self.loan, self.plan.get("redate")
        first = redate or loan["next"]
        due_day = first.day if redate else loan["due_day"]
        self.due = [
            next_due(first, n, loan["period"], due_day) for n in range(self.rows)
        ]
        dates = [loan["last"], *self.due]
        self.parts = [
            fraction(dates[k], dates[k + 1], loan["day_count"], loan["period"])
            for k in range(self.rows)
        ]
        self.parts[0] = self._first(self.due[0], due_day)

    def _first(self, due, due_day):
        loan = self.loan
        if loan["day_count"] != "period":
            return fraction(loan["last"], due, loan["day_count"], loan["period"])
        odd = length(loan["last"], due, loan["period"], due_day)
        return odd / PER_YEAR[loan["period"]]

    def _pieces(self):
        """Split the first row at the start of the plan, where interest changes."""
        loan, start = self.loan, self.plan.get("start")
        self.accrued = Decimal(0)
        joins = self.plan.get("joined", 0) or self.deferred or self.carried
        touches = joins or self.changes or self.plan.get("redate")
        touches = touches or self.plan.get("extend")
        pauses = self.holiday and self.mode == "waive"
        if not start or start <= loan["last"] or not (touches or pauses):
            return
        whole = self._first(loan["next"], loan["due_day"])
        gone = self._gone(start, loan["next"], whole)
        on = self.loan["principal"] if loan["method"] != "flat" else loan["base"]
        self.accrued = cents(on * loan["rate"] * gone)
        self.parts[0] -= self._gone(start, self.due[0], self.parts[0])

    def _gone(self, start, due, whole):
        last, basis = self.loan["last"], self.loan["day_count"]
        if basis == "period":
            return whole * (start - last).days / (due - last).days
        return min(fraction(last, start, basis, self.loan["period"]), whole)

    # -- the rows --------------------------------------------------------------

    def schedule(self):
        with localcontext() as context:
            context.prec = 45
            return self._schedule()

    def _level(self, row, brought):
        factor, discount, first = Decimal(0), Decimal(1), None
        for part in self.parts[row:]:
            # the rate of the row in which it is worked out, held to the end
            discount /= 1 + self.rates[row] * part
            first = discount if first is None else first
            factor += discount
        balloon = min(self.loan["balloon"], self.loan["principal"] - self.deferred)
        worth = self.balance + brought * first - balloon * discount
        return cents(worth / factor)

    def _fresh(self):
        plan = self.plan
        keys = ("joined", "extend", "carried", "deferred", "redate", "low_rows")
        adds = self.holiday and self.mode == "capitalise"
        return self.changes or adds or any(plan.get(key) for key in keys)

    def _schedule(self):
        method = self.loan["method"]
        levelled = method in ("annuity", "balloon")
        level = None if self._fresh() else self.loan["level"]
        self.relevel = {self.low_end} if level is None else set()
        if self.ends is not None and self.ends > self.low_end:
            self.relevel.add(self.ends)
        top, short, result = Decimal(0), Decimal(0), []
        for k in range(self.rows):
            inside, over = (self.accrued if k == 0 else Decimal(0)), Decimal(0)
            if k == self.holiday and self.carried:
                if level is None or not levelled or self.low_rows:
                    short += self.carried
                else:
                    over = self.carried
            if k >= self.low_end:
                inside, short = inside + short, Decimal(0)
            if k in self.relevel:
                level = self._part(k, inside, levelled)
            base = self.base if method == "flat" else self.balance
            interest = cents(base * self.rates[k] * self.parts[k]) + inside
            last = k == self.rows - 1
            if k < self.holiday:
                top, row = self._rest(k, top, interest)
            elif k < self.low_end and not last:
                short, row = self._lowered(short, interest)
            else:
                row = self._pay(k, level, interest, levelled, last)
            if k == self.holiday:
                row, top = (row[0], row[1] + top, row[2]), Decimal(0)
            result.append((row[0], row[1] + over, row[2]))
        return self._with_deferred(result)

    def _part(self, row, inside, levelled):
        if levelled:
            return self._level(row, inside)
        return cents(self.balance / (self.rows - row))

    def _pay(self, k, level, interest, levelled, last):
        principal = level - interest if levelled else level
        if self.loan["method"] == "interest_only":
            principal = Decimal(0)
        if principal < 0:
            principal = Decimal(0)
            self.relevel.add(k + 1)
        principal = min(principal, self.balance)
        if last:
            principal = self.balance
        self.balance -= principal
        return principal, interest, self.balance

    def _lowered(self, short, interest):
        owed, low = short + interest, self.plan["low"]
        paid = min(owed, low)
        principal = min(low - paid, self.balance)
        self.balance -= principal
        return owed - paid, (principal, paid, self.balance)

    def _rest(self, k, top, interest):
        if self.mode == "capitalise":
            self.balance += interest
            return top, (-interest, interest, self.balance)
        if self.mode == "defer":
            return top + interest, (Decimal(0), Decimal(0), self.balance)
        if self.mode == "waive":
            waits = self.accrued if k == 0 else Decimal(0)
            return top + waits, (Decimal(0), Decimal(0), self.balance)
        return top, (Decimal(0), interest, self.balance)

    def _with_deferred(self, rows):
        principal, interest, _ = rows[-1]
        body = [(p, i, b + self.deferred) for p, i, b in rows[:-1]]
        return [*body, (principal + self.deferred, interest, Decimal(0))]


CENT = Decimal("0.01")

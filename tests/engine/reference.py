"""A second opinion for the tests: schedules and reliefs by slow decimal arithmetic.

Written from the rules, not from the engine: one loan, one row at a time, Decimal with
50 digits, dates of the standard library.
"""

import calendar
import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

PER_YEAR = {"month": 12, "fortnight": 26, "week": 52}
CENT = Decimal("0.01")


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def next_due(first, n, period, due_day):
    if period != "month":
        days = 14 if period == "fortnight" else 7
        return first + datetime.timedelta(days=days * n)
    if n == 0:
        return first
    months = first.year * 12 + first.month - 1 + n
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(due_day, last))


def fraction(start, end, basis, period):
    if basis == "period":
        return Decimal(1) / PER_YEAR[period]
    if basis in ("ACT/365", "ACT/360"):
        return Decimal((end - start).days) / int(basis[4:])
    if basis == "ACT/ACT":
        total, day = Decimal(0), start
        while day < end:
            new_year = datetime.date(day.year + 1, 1, 1)
            stop = min(new_year, end)
            length = 366 if calendar.isleap(day.year) else 365
            total += Decimal((stop - day).days) / length
            day = stop
        return total
    d1, d2 = min(start.day, 30), end.day
    if d2 == 31 and (basis == "30E/360" or d1 == 30):
        d2 = 30
    months = (end.year - start.year) * 12 + end.month - start.month
    return Decimal(months * 30 + d2 - d1) / 360


def length(start, end, period, due_day):
    """The length of a first period in periods, whole ones back from its end."""
    if next_due(start, 1, period, start.day) == end:
        return Decimal(1)
    whole = 0
    while next_due(end, -(whole + 1), period, due_day) >= start:
        whole += 1
    edge = next_due(end, -whole, period, due_day)
    before = next_due(end, -(whole + 1), period, due_day)
    return whole + Decimal((edge - start).days) / (edge - before).days


class Loan:
    """One loan; ``rate`` and amounts are Decimal."""

    def __init__(self, terms):
        self.principal = Decimal(terms["principal"])
        self.rate = Decimal(terms["annual_rate"])
        self.count = terms["instalments"]
        self.method, self.period = terms["method"], terms["period"]
        self.balloon = Decimal(terms.get("balloon", 0))
        self.start = datetime.date.fromisoformat(terms["start_date"])
        first = datetime.date.fromisoformat(terms["first_due_date"])
        day = terms.get("due_day") or first.day
        self.holiday = terms.get("holiday", 0)
        self.mode = terms.get("mode")
        self.level = terms.get("level")
        rows = self.count + self.holiday
        self.due = [next_due(first, n, self.period, day) for n in range(rows)]
        dates = [self.start, *self.due]
        self.parts = [
            fraction(dates[k], dates[k + 1], terms["day_count"], self.period)
            for k in range(rows)
        ]
        if terms["day_count"] == "period" and rows:
            odd = length(self.start, self.due[0], self.period, day)
            self.parts[0] = odd / PER_YEAR[self.period]

    def schedule(self):
        with localcontext() as context:
            context.prec = 50
            return self._schedule()

    def _level(self, row, balance):
        factor, discount = Decimal(0), Decimal(1)
        for part in self.parts[row:]:
            discount /= 1 + self.rate * part
            factor += discount
        return cents((balance - self.balloon * discount) / factor)

    def _schedule(self):
        balance, carried, rows = self.principal, Decimal(0), []
        level = self.level
        if level is None and self.method in ("annuity", "balloon"):
            level = self._level(0, balance) if not self.holiday else None
        part = cents(self.principal / self.count)
        for k, length in enumerate(self.parts):
            base = self.principal if self.method == "flat" else balance
            interest = cents(base * self.rate * length)
            if k < self.holiday:
                balance, carried, row = self._rest(balance, carried, interest)
                rows.append(row)
                continue
            if level is None and self.method in ("annuity", "balloon"):
                level = self._level(k, balance)
            if self.method == "interest_only":
                principal = Decimal(0)
            elif self.method in ("annuity", "balloon"):
                principal = level - interest
            else:
                principal = part
            if principal < 0:
                principal, level = Decimal(0), None
            principal = min(principal, balance)
            if k == len(self.parts) - 1:
                principal = balance
            balance -= principal
            rows.append((principal, interest + carried, balance))
            carried = Decimal(0)
        return rows

    def _rest(self, balance, carried, interest):
        if self.mode == "capitalise":
            balance += interest
            return balance, carried, (-interest, interest, balance)
        if self.mode == "defer":
            return balance, carried + interest, (Decimal(0), Decimal(0), balance)
        paid = interest if self.mode == "pay" else Decimal(0)
        return balance, carried, (Decimal(0), paid, balance)


def in_cents(rows):
    return [tuple(int(value * 100) for value in row) for row in rows]

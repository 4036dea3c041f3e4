"""The terms of N loans, checked once and then trusted."""

from dataclasses import dataclass, fields, replace

import numpy as np

from . import fields as check
from .calendar import (
    DAY_COUNTS,
    PERIODS,
    due_dates,
    odd_period,
    periods_per_year,
    year_fraction,
)

METHODS = ("annuity", "equal_principal", "interest_only", "balloon", "flat")
HOLIDAY_INTEREST = ("pay", "capitalise", "defer", "waive")
#: Rates above this are a slip of the decimal point (7.2 for 7.2 %), never a loan.
MAX_RATE = 1.0
#: The longest first period in days, some five years: beyond it the year is a slip.
MAX_FIRST = 1830


@dataclass(frozen=True)
class Terms:
    """Terms of N loans, every field an (N,) array.

    ``principal``, ``balloon``, ``fee``, ``instalment_rounding``, ``level`` and
    ``interest_base`` are int64 minor units. ``instalments`` counts the instalments
    made; a ``holiday`` comes before them and adds its own rows.

    - ``level``: an instalment already agreed and kept (the principal part of it
      for equal principal and flat), 0 = work it out;
    - ``interest_base``: the original principal, on which flat interest is charged,
      0 = the principal;
    - ``first_rate`` for the ``first_rate_rows`` rows at the start, then
      ``annual_rate``: the instalment is worked out anew where the rate changes;
    - ``holiday`` rows at the start, during which interest is paid, capitalised,
      deferred (simple interest, collected with the first instalment after) or
      waived;
    - ``deferred``: principal that bears no interest and is due with the last row;
    - ``low_rows`` instalments of at most ``low`` (fee excluded) after the holiday:
      interest first, what they leave of it is collected, without interest, in the
      first instalment after them;
    - ``interest_from``: the day from which ``principal`` and the rates here bear
      interest in the first row (NaT = ``start_date``); the interest of the days
      before it is ``accrued``, worked out and rounded alone;
    - ``carried``: unpaid interest brought in, collected whole in the first
      instalment after the holiday, within the level where that is worked out in
      that row, on top of a level that is kept;
    - ``deferred_interest``: interest that a running holiday has deferred so far;
    - ``unpaid``: interest that lowered instalments have left so far, collected within
      the first instalment after them.
    """

    principal: np.ndarray
    annual_rate: np.ndarray
    instalments: np.ndarray
    method: np.ndarray
    period: np.ndarray
    day_count: np.ndarray
    start_date: np.ndarray
    first_due_date: np.ndarray
    due_day: np.ndarray
    balloon: np.ndarray
    fee: np.ndarray
    instalment_rounding: np.ndarray
    level: np.ndarray
    interest_base: np.ndarray
    first_rate: np.ndarray
    first_rate_rows: np.ndarray
    holiday: np.ndarray
    holiday_interest: np.ndarray
    deferred: np.ndarray
    low: np.ndarray
    low_rows: np.ndarray
    interest_from: np.ndarray
    accrued: np.ndarray
    carried: np.ndarray
    deferred_interest: np.ndarray
    unpaid: np.ndarray

    @classmethod
    def of(
        cls,
        *,
        principal,
        annual_rate,
        instalments,
        start_date,
        first_due_date,
        method="annuity",
        period="month",
        day_count="period",
        due_day=0,
        balloon=0,
        fee=0,
        instalment_rounding=0,
        level=0,
        interest_base=0,
    ):
        """Check and broadcast scalars, lists or arrays to the terms of N loans.

        :raises FieldError: (a ValueError) naming the field, the row and the value
        """
        top = check.MAX_INSTALMENTS
        columns = {
            "principal": check.integers("principal", principal, 1),
            "annual_rate": check.floats("annual_rate", annual_rate, 0, MAX_RATE),
            "instalments": check.integers("instalments", instalments, 1, top),
            "method": check.choices("method", method, METHODS),
            "period": check.choices("period", period, PERIODS),
            "day_count": check.choices("day_count", day_count, DAY_COUNTS),
            "start_date": check.dates("start_date", start_date),
            "first_due_date": check.dates("first_due_date", first_due_date),
            "due_day": check.integers("due_day", due_day, 0, 31),
            "balloon": check.integers("balloon", balloon),
            "fee": check.integers("fee", fee),
            "instalment_rounding": check.integers(
                "instalment_rounding", instalment_rounding
            ),
            "level": check.integers("level", level),
            "interest_base": check.integers("interest_base", interest_base),
        }
        terms = cls.plain(**columns)
        terms._check_together()
        return terms

    @classmethod
    def plain(cls, **columns):
        """Build from columns known to be sound, without holiday or rate window."""
        return cls(**check.align({**_PLAIN, **columns}))

    def _check_together(self):
        early = self.first_due_date <= self.start_date
        message = "must be after start_date"
        check.refuse("first_due_date", self.first_due_date, early, message)
        late = self.first_due_date > self.start_date + np.timedelta64(MAX_FIRST, "D")
        message = "is more than five years after start_date"
        check.refuse("first_due_date", self.first_due_date, late, message)
        over = self.balloon >= self.principal
        check.refuse("balloon", self.balloon, over, "must be below the principal")
        stray = (self.balloon > 0) & (self.method != "balloon")
        check.refuse("balloon", self.balloon, stray, "needs method balloon")
        stray = (self.instalment_rounding > 0) & ~self.levelled
        message = "needs method annuity or balloon"
        check.refuse("instalment_rounding", self.instalment_rounding, stray, message)

    @property
    def levelled(self):
        """Rows whose instalment, interest included, is level."""
        return (self.method == "annuity") | (self.method == "balloon")

    @property
    def rows(self):
        """Rows of each schedule: the holiday and the instalments."""
        return self.holiday + self.instalments

    def take(self, index):
        """Return the terms of the loans at ``index`` (an index or bool array)."""
        return Terms(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def with_(self, **columns):
        """Return a copy with some columns replaced."""
        return replace(self, **columns)


_PLAIN = {
    "first_rate": np.float64(0),
    "first_rate_rows": np.int64(0),
    "holiday": np.int64(0),
    "holiday_interest": np.str_("pay"),
    "deferred": np.int64(0),
    "low": np.int64(0),
    "low_rows": np.int64(0),
    "interest_from": np.datetime64("NaT", "D"),
    "accrued": np.int64(0),
    "carried": np.int64(0),
    "deferred_interest": np.int64(0),
    "unpaid": np.int64(0),
}


class Clock:
    """Due dates and year fractions of N loans, laid out one row per instalment.

    Arrays are (M, N) so that the loop over instalments reads contiguous memory.
    ``num`` is (M, N) or (1, N), ``den`` is (N,): the year fraction of each row.
    ``whole`` is None, or the year fraction (num, den) of the first row where some
    loan has a broken one; ``first`` likewise counts it from ``interest_from`` on.
    """

    def __init__(self, terms):
        self.terms = terms
        self.due = due_dates(
            terms.first_due_date, terms.rows, terms.period, terms.due_day
        ).T
        self.per_year = periods_per_year(terms.period)
        self.by_days = terms.day_count != "period"
        self.num = np.ones((1, terms.principal.size), dtype=np.int64)
        self.den = self.per_year.copy()
        self.any_by_days = bool(self.by_days.any())
        if self.any_by_days:
            self._count_days()
        self.whole = self._whole_first()
        self.first = self.whole
        if not np.isnat(terms.interest_from).all():
            self.first = split_first(terms, self.fraction(0), terms.interest_from)[1]

    def _count_days(self):
        self.num = np.ones((max(len(self.due), 1), self.den.size), dtype=np.int64)
        for basis in np.unique(self.terms.day_count[self.by_days]):
            loans = np.flatnonzero(self.terms.day_count == basis)
            whole = slice(None) if loans.size == self.den.size else loans
            start = self.terms.start_date[whole]
            for row, due in enumerate(self.due):
                # NaT beyond the last row: no days, and the row is never used
                end = np.where(np.isnat(due[whole]), start, due[whole])
                self.num[row, whole], den = year_fraction(start, end, str(basis))
                start = end
            self.den[loans] = den if len(self.due) else 1

    def _whole_first(self):
        """Return the fraction of first rows where ``period`` breaks, or None."""
        terms = self.terms
        args = terms.start_date, terms.first_due_date, terms.period, terms.due_day
        num, den = odd_period(*args)
        num[self.by_days] = den[self.by_days] = 1
        if (num == den).all():
            return None
        odd = num != den
        first = np.where(odd, num, self.num[0])
        return first, np.where(odd, den * self.per_year, self.den)

    def fraction(self, row):
        """Return the year fraction (num, den) of a row, interest of it all."""
        if row == 0 and self.whole is not None:
            return self.whole
        return self.num[min(row, len(self.num) - 1)], self.den

    def running(self, row):
        """Return the year fraction (num, den) that the terms bear interest for."""
        if row == 0 and self.first is not None:
            return self.first
        return self.fraction(row)

    def interest_fraction(self, row, rate_num, rate_den):
        """Return (num, den) of the interest of ``row`` on one unit of balance."""
        num, den = self.running(row)
        return rate_num * num, rate_den * den

    def weights(self):
        """Return each row's length in periods, (M, N), (2, N) or (1, N) float64."""
        weights = self.num * (self.per_year / self.den)
        if self.whole is None:
            return weights
        if len(weights) == 1:
            weights = np.repeat(weights, 2, axis=0)
        weights[0] = self.whole[0] * (self.per_year / self.whole[1])
        return weights


def split_first(terms, whole, date):
    """Split first rows at a date: the year fractions before it and from it on.

    ``period`` shares the row out by its actual days; a day count has its own days
    up to the date, and the rest of the row after it.

    :param whole: (num, den) of the first rows
    :param date: (N,) between start and first due date; NaT leaves all to the second
    :return: ((num, den), (num, den)) with one den for both
    """
    start, due = terms.start_date, terms.first_due_date
    date = np.where(np.isnat(date), start, date)
    num, den = (np.array(np.broadcast_to(part, start.shape)) for part in whole)
    before = np.zeros_like(num)
    for basis in np.unique(terms.day_count):
        loans = np.flatnonzero((terms.day_count == basis) & (date > start))
        if basis != "period":
            before[loans], _ = year_fraction(start[loans], date[loans], str(basis))
            continue
        days = (due[loans] - start[loans]).astype(np.int64)
        before[loans] = num[loans] * (date[loans] - start[loans]).astype(np.int64)
        num[loans] *= days
        den[loans] *= days
    before = np.minimum(before, num)
    return (before, den), (num - before, den)

"""The terms of N loans, checked once and then trusted."""

from dataclasses import dataclass, fields, replace

import numpy as np

from . import fields as check
from .calendar import DAY_COUNTS, PERIODS, due_dates, periods_per_year, year_fraction

METHODS = ("annuity", "equal_principal", "interest_only", "balloon", "flat")
HOLIDAY_INTEREST = ("pay", "capitalise", "defer", "waive")
#: Rates above this are a slip of the decimal point (7.2 for 7.2 %), never a loan.
MAX_RATE = 1.0


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
      waived.
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
        rest = {
            "first_rate": np.float64(0),
            "first_rate_rows": np.int64(0),
            "holiday": np.int64(0),
            "holiday_interest": np.str_("pay"),
        }
        return cls(**check.align({**rest, **columns}))

    def _check_together(self):
        early = self.first_due_date <= self.start_date
        message = "must be after start_date"
        check.refuse("first_due_date", self.first_due_date, early, message)
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


class Clock:
    """Due dates and year fractions of N loans, laid out one row per instalment.

    Arrays are (M, N) so that the loop over instalments reads contiguous memory.
    ``num`` is (M, N) or (1, N), ``den`` is (N,): the year fraction of each row.
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
        if self.by_days.any():
            self._count_days()

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

    def interest_fraction(self, row, rate_num, rate_den):
        """Return (num, den) of the interest of ``row`` on one unit of balance."""
        return rate_num * self.num[min(row, len(self.num) - 1)], rate_den * self.den

    def weights(self):
        """Return each row's length in periods, (M, N) or (1, N) float64."""
        return self.num * (self.per_year / self.den)

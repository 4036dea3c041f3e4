"""Numbers of law and policy: value, comparison, from when, by what authority.

No formula of the engine holds such a number. It asks a :class:`Book` of rows, and a
caller who keeps the rows elsewhere passes a book of its own. ``DEFAULT`` holds the rows
of ``rule_rows``, which seed the policy data of a company.
"""

from typing import NamedTuple

import numpy as np

from . import calendar
from .rule_rows import ROWS

UNITS = (
    "seconds",
    "days",
    "business_days",
    "weeks",
    "months",
    "years",
    "periods",
    "share",
    "rate",
    "times",
    "minor",
    "minute_of_day",
    "switch",
)
_COMPARE = {
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}
_DAY = "datetime64[D]"


class RuleError(ValueError):
    """A rule that is not in the book, or not in force on a day."""


class Rule(NamedTuple):
    """One row: what is compared with, how, and since when.

    :ivar str code: jurisdiction first, ``cn.substandard.dpd``
    :ivar value: the number; None = the law sets none (a limit that never binds)
    :ivar str unit: one of ``UNITS``
    :ivar str operator: gt, ge, lt or le: "measured OP value" is when the rule holds;
        empty for a length of time and a switch
    :ivar str valid_from: ISO date, empty = since ever
    :ivar str source: legal basis in words
    :ivar bool confirmed: False = from general knowledge of the rule; to be checked
        against the official text before anyone relies on it legally
    :ivar str valid_to: last day in force, empty = still
    """

    code: str
    value: float | None
    unit: str
    operator: str = ""
    valid_from: str = ""
    source: str = ""
    confirmed: bool = True
    valid_to: str = ""


class Book:
    """Rows by code and date. Every answer takes scalars or (N,) arrays."""

    def __init__(self, rows):
        """Index the rows; each a :class:`Rule` or what makes one.

        :raises RuleError: naming the code, for an unknown unit or operator, and for
            two rows of one code from the same day
        """
        self.rows = tuple(_rule(row) for row in rows)
        self._by_code = {}
        for row in sorted(self.rows, key=lambda row: (row.code, row.valid_from)):
            dated = self._by_code.setdefault(row.code, [])
            if dated and dated[-1].valid_from == row.valid_from:
                raise RuleError(f"{row.code}: two rows from {row.valid_from or '...'}")
            dated.append(row)

    def changed(self, *rows):
        """Return a book with these rows added; the same code and day replaces."""
        new = [_rule(row) for row in rows]
        taken = {(row.code, row.valid_from) for row in new}
        kept = [r for r in self.rows if (r.code, r.valid_from) not in taken]
        return Book([*kept, *new])

    def since_ever(self):
        """Return a book whose first row of each code holds for all days before it.

        For measuring what is older than the rule by the rule, such as a book of loans
        imported as of a day in the past.
        """
        first = {rows[0] for rows in self._by_code.values()}
        return Book(
            row._replace(valid_from="") if row in first else row for row in self.rows
        )

    def at(self, code, day=None):
        """Return the row in force on one day; the newest without a day.

        :raises RuleError: naming the code and the day
        """
        return self._dated(code)[int(self._which(code, day))]

    def value(self, code, as_of=None):
        """Return the number in force at each date, float64; nan = none is set."""
        numbers = [r.value for r in self._dated(code)]
        numbers = np.array([np.nan if n is None else n for n in numbers], np.float64)
        return numbers[self._which(code, as_of)]

    def holds(self, code, measured, as_of=None):
        """Tell where "measured OP value" is true, bool.

        A rule without a number never holds when it asks for more than it, always
        when it asks for less: nothing exceeds a limit that is not there.
        """
        measured, which = np.asarray(measured), self._which(code, as_of)
        shape = np.broadcast_shapes(measured.shape, which.shape)
        true = np.zeros(shape, dtype=bool)
        for k, row in enumerate(self._dated(code)):
            if not row.operator:
                raise RuleError(f"{code}: has no comparison operator")
            if row.value is None:
                found = np.bool_(row.operator in ("lt", "le"))
            else:
                found = _COMPARE[row.operator](measured, row.value)
            true |= (which == k) & found
        return true[()]

    def on(self, code, as_of=None):
        """Tell where a switch is on, bool."""
        return self.value(code, as_of) > 0

    def later(self, code, start, times=1, holidays=()):
        """Return the date a length of time after ``start``; NaT stays NaT.

        The length in force on the start counts. Day one is the day after the start; a
        month ends on the same day number, or the last day of a shorter month.

        :param start: scalar or (N,) dates
        :param int times: how often the length is added
        :param holidays: days that are no business days, besides weekends
        """
        start = np.asarray(start, dtype=_DAY)
        missing = np.isnat(start)
        rows = self._dated(code)
        any_day = np.datetime64(rows[-1].valid_from or "2026-01-01")
        safe = np.where(missing, any_day, start).astype(_DAY)
        length = np.rint(self.value(code, safe) * times).astype(np.int64)
        moved = _move(safe, length, rows[0].unit, holidays)
        return np.where(missing, np.datetime64("NaT"), moved)[()]

    def in_force(self, code, as_of):
        """Tell at which dates a row of the rule is in force, bool; not on NaT."""
        return self._found(self._dated(code), as_of)[1][()]

    def _dated(self, code):
        try:
            return self._by_code[code]
        except KeyError:
            raise RuleError(f"{code}: is not in the book of rules") from None

    def _which(self, code, as_of):
        """Return the index of the row in force at each date, of the shape of them."""
        rows = self._dated(code)
        if as_of is None:
            return np.asarray(len(rows) - 1)
        which, held = self._found(rows, as_of)
        if not np.all(held):
            day = np.ravel(np.asarray(as_of, dtype=_DAY))[np.argmin(np.ravel(held))]
            raise RuleError(f"{code}: no rule is in force on {day}")
        return which

    @staticmethod
    def _found(rows, as_of):
        """Return the index of the last row begun at each date, and if it holds."""
        as_of = np.asarray(as_of, dtype=_DAY)
        starts = np.array([r.valid_from or "0001-01-01" for r in rows], _DAY)
        ends = np.array([r.valid_to or "9999-12-31" for r in rows], _DAY)
        which = np.searchsorted(starts, as_of, side="right") - 1
        return which, ~np.isnat(as_of) & (which >= 0) & (as_of <= ends[which])


def _rule(row):
    rule = row if isinstance(row, Rule) else Rule(*row)
    if rule.unit not in UNITS:
        raise RuleError(f"{rule.code}: unknown unit {rule.unit!r}")
    if rule.operator and rule.operator not in _COMPARE:
        raise RuleError(f"{rule.code}: unknown operator {rule.operator!r}")
    return rule


def _move(date, length, unit, holidays):
    if unit == "business_days":
        return np.busday_offset(date, length, roll="backward", holidays=list(holidays))
    if unit in ("days", "weeks"):
        return date + length * (7 if unit == "weeks" else 1)
    if unit in ("months", "years"):
        months = length * (12 if unit == "years" else 1)
        return calendar.add_periods(date, months, "month")
    raise RuleError(f"{unit}: is no length of time")


DEFAULT = Book(ROWS)

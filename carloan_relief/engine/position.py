"""Where N loans stand on a day: what is not yet due, and what is overdue."""

from dataclasses import dataclass, fields

import numpy as np

from . import fields as check
from .calendar import DAY_COUNTS, PERIODS, add_periods, periods_per_year
from .terms import HOLIDAY_INTEREST, MAX_RATE, METHODS, Terms

COMPONENTS = ("principal", "interest", "fee", "penalty")
#: Fields that hold what an earlier relief left running, as :class:`Terms` names them.
RUNNING = (
    "holiday",
    "holiday_interest",
    "deferred_interest",
    "first_rate",
    "first_rate_rows",
    "deferred",
    "low",
    "low_rows",
    "unpaid",
    "interest_from",
    "accrued",
    "carried",
)
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Position:
    """Position of N loans, every field an (N,) array; money is int64 minor units.

    ``principal`` is not yet due, overdue principal comes on top. ``instalments``
    are those not yet billed, the first due on ``next_due_date``; the running
    interest period began on ``last_due_date``. ``adjustment`` is the interest
    adjustment that takes the contract balance to the carrying amount. ``level`` is
    the agreed instalment, fee excluded (its principal part for equal principal and
    flat): without it the remaining schedule is worked out afresh and may differ
    from the contract's by the cents of earlier roundings. ``interest_base`` is the
    original principal of a flat loan. ``eir_period`` is nan for the contract rate.

    What an earlier relief left running: ``holiday`` rows still to come, before the
    ``instalments``, with their ``holiday_interest`` and the ``deferred_interest``
    of those past; ``first_rate`` for ``first_rate_rows`` rows still to come;
    ``deferred`` principal, part of ``principal``, that bears no interest and is due
    with the last row; ``low_rows`` instalments of at most ``low`` (fee excluded)
    still to come, and the ``unpaid`` interest that those past have left;
    ``interest_from`` (NaT = the first day of the running period), the day on which
    it began within that period, and the interest ``accrued`` up to it; the interest
    ``carried`` into the first instalment after the holiday. ``claimed`` is the part of
    ``carried`` and ``unpaid`` that was billed before: a claim that the coming
    instalments collect, no part of the overdue amounts. ``suspended_interest`` and
    ``suspended_penalty`` are the part of the overdue amounts that was never recognised
    as income.
    """

    as_of: np.ndarray
    principal: np.ndarray
    overdue_principal: np.ndarray
    overdue_interest: np.ndarray
    overdue_fee: np.ndarray
    overdue_penalty: np.ndarray
    dpd: np.ndarray
    annual_rate: np.ndarray
    instalments: np.ndarray
    next_due_date: np.ndarray
    last_due_date: np.ndarray
    method: np.ndarray
    period: np.ndarray
    day_count: np.ndarray
    due_day: np.ndarray
    balloon: np.ndarray
    fee: np.ndarray
    instalment_rounding: np.ndarray
    adjustment: np.ndarray
    allowance: np.ndarray
    level: np.ndarray
    interest_base: np.ndarray
    eir_period: np.ndarray
    holiday: np.ndarray
    holiday_interest: np.ndarray
    deferred_interest: np.ndarray
    first_rate: np.ndarray
    first_rate_rows: np.ndarray
    deferred: np.ndarray
    low: np.ndarray
    low_rows: np.ndarray
    unpaid: np.ndarray
    interest_from: np.ndarray
    accrued: np.ndarray
    carried: np.ndarray
    claimed: np.ndarray
    suspended_interest: np.ndarray
    suspended_penalty: np.ndarray

    @classmethod
    def of(
        cls,
        *,
        as_of,
        principal,
        annual_rate,
        instalments,
        next_due_date,
        last_due_date,
        overdue_principal=0,
        overdue_interest=0,
        overdue_fee=0,
        overdue_penalty=0,
        dpd=0,
        method="annuity",
        period="month",
        day_count="period",
        due_day=0,
        balloon=0,
        fee=0,
        instalment_rounding=0,
        adjustment=0,
        allowance=0,
        level=0,
        interest_base=0,
        eir_period=np.nan,
        holiday=0,
        holiday_interest="pay",
        deferred_interest=0,
        first_rate=0.0,
        first_rate_rows=0,
        deferred=0,
        low=0,
        low_rows=0,
        unpaid=0,
        interest_from=_NEVER,
        accrued=0,
        carried=0,
        claimed=0,
        suspended_interest=0,
        suspended_penalty=0,
    ):
        """Check and broadcast scalars, lists or arrays to N positions.

        :raises FieldError: (a ValueError) naming the field, the row and the value
        """
        money, top = check.integers, check.MAX_INSTALMENTS
        columns = {
            "as_of": check.dates("as_of", as_of),
            "annual_rate": check.floats("annual_rate", annual_rate, 0, MAX_RATE),
            "instalments": check.integers("instalments", instalments, 0, top),
            "dpd": check.integers("dpd", dpd),
            "next_due_date": check.dates("next_due_date", next_due_date, True),
            "last_due_date": check.dates("last_due_date", last_due_date),
            "method": check.choices("method", method, METHODS),
            "period": check.choices("period", period, PERIODS),
            "day_count": check.choices("day_count", day_count, DAY_COUNTS),
            "due_day": check.integers("due_day", due_day, 0, 31),
            "adjustment": money("adjustment", adjustment, -check.MAX_MINOR),
            "eir_period": check.floats("eir_period", eir_period, -0.5, 1.0, True),
            "holiday": check.integers("holiday", holiday, 0, top),
            "holiday_interest": check.choices(
                "holiday_interest", holiday_interest, HOLIDAY_INTEREST
            ),
            "first_rate": check.floats("first_rate", first_rate, 0, MAX_RATE),
            "first_rate_rows": check.integers(
                "first_rate_rows", first_rate_rows, 0, top
            ),
            "low_rows": check.integers("low_rows", low_rows, 0, top),
            "interest_from": check.dates("interest_from", interest_from, True),
        }
        amounts = {
            "principal": principal,
            "overdue_principal": overdue_principal,
            "overdue_interest": overdue_interest,
            "overdue_fee": overdue_fee,
            "overdue_penalty": overdue_penalty,
            "balloon": balloon,
            "fee": fee,
            "instalment_rounding": instalment_rounding,
            "allowance": allowance,
            "level": level,
            "interest_base": interest_base,
            "deferred_interest": deferred_interest,
            "deferred": deferred,
            "low": low,
            "unpaid": unpaid,
            "accrued": accrued,
            "carried": carried,
            "claimed": claimed,
            "suspended_interest": suspended_interest,
            "suspended_penalty": suspended_penalty,
        }
        columns |= {name: money(name, value) for name, value in amounts.items()}
        position = cls(**check.align(columns))
        return position._checked()

    def _checked(self):
        missing = np.isnat(self.next_due_date)
        if missing.any():
            self._go_on(np.flatnonzero(missing))
        early = self.next_due_date <= self.last_due_date
        message = "must be after last_due_date"
        check.refuse("next_due_date", self.next_due_date, early, message)
        orphan = (self.instalments == 0) & (self.principal > 0)
        message = "is not yet due, but no instalment remains"
        check.refuse("principal", self.principal, orphan, message)
        parts = {
            "deferred": self.principal,
            "claimed": self.carried + self.unpaid,
            "suspended_interest": self.overdue_interest,
            "suspended_penalty": self.overdue_penalty,
        }
        for name, whole in parts.items():
            part = getattr(self, name)
            check.refuse(name, part, part > whole, "is more than what it is part of")
        return self

    def _go_on(self, loans):
        """Give loans past their last instalment the period that ``as_of`` is in.

        New instalments fall due after ``as_of``. Interest runs from the start of that
        period: what was owed before it is part of the overdue amounts.
        """
        last, as_of = self.last_due_date[loans], self.as_of[loans]
        period, day = self.period[loans], self.due_day[loans]
        # no period is longer than 31 days: start low, then step to the right one
        steps = np.maximum((as_of - last).astype(np.int64) // 31, 0)
        while True:
            following = add_periods(last, steps + 1, period, day)
            early = following <= as_of
            if not early.any():
                break
            steps += early
        self.last_due_date[loans] = np.where(
            steps > 0, add_periods(last, steps, period, day), last
        )
        self.next_due_date[loans] = following

    @property
    def size(self):
        """The number of loans."""
        return self.principal.size

    def overdue(self, component):
        """Return the overdue amount of a component, (N,) int64."""
        return getattr(self, f"overdue_{component}")

    @property
    def overdue_total(self):
        """Everything overdue, (N,) int64."""
        return sum(self.overdue(c) for c in COMPONENTS)

    @property
    def eir(self):
        """The effective rate per period: the given one, else the contract's."""
        contract = self.annual_rate / periods_per_year(self.period)
        return np.where(np.isnan(self.eir_period), contract, self.eir_period)

    def take(self, index):
        """Return the positions of the loans at ``index``; repeats are fine."""
        return Position(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def terms(self):
        """Return the terms of what remains, untouched."""
        return Terms.plain(
            principal=self.principal,
            annual_rate=self.annual_rate,
            instalments=self.instalments,
            method=self.method,
            period=self.period,
            day_count=self.day_count,
            start_date=self.last_due_date,
            first_due_date=self.next_due_date,
            due_day=self.due_day,
            balloon=self.balloon,
            fee=self.fee,
            instalment_rounding=self.instalment_rounding,
            level=self.level,
            interest_base=self.interest_base,
            **{name: getattr(self, name) for name in RUNNING}
            | {"first_rate_rows": np.minimum(self.first_rate_rows, self.rows)},
        )

    @property
    def rows(self):
        """Rows still to come: the running holiday and the instalments, (N,)."""
        return self.instalments + self.holiday

"""Relief plans of N loans."""

from dataclasses import dataclass, fields

import numpy as np

from . import fields as check
from .fields import FieldError
from .plan_json import LOW_THEN, WAIVABLE, read_plan, write_plan
from .terms import HOLIDAY_INTEREST, MAX_RATE

__all__ = ["LOW_THEN", "WAIVABLE", "Plans"]


@dataclass(frozen=True)
class Plans:
    """Relief plans, every field an (N,) array.

    - ``extend``: instalments added;
    - ``annual_rate`` (nan = unchanged) for ``rate_instalments`` rows (0 = all);
    - ``holiday`` rows before the instalments, ``holiday_interest`` in them;
    - ``capitalise_*``: overdue amounts that join the principal; overdue principal
      rejoins it whenever any of the four is set;
    - ``waive_*``: fraction 0..1 of the overdue amount, or ``waive_*_amount`` int64
      minor units (used where above zero);
    - ``on_completion_*``: the waiver of that component is conditional: neither due
      nor capitalised while the plan is kept, and gone when it is completed;
    - ``forgive`` / ``forgive_amount``: principal given up, likewise;
    - ``carry_interest``: overdue interest goes whole into the first new instalment;
    - ``defer`` / ``defer_amount``: principal without interest until the last row;
    - ``low_rows`` instalments of ``low`` (int64, fee included); ``low_then`` spreads
      the rest anew (``reamortise``), lets the agreed instalment run on for longer
      (``extend``) or leaves the rest to the last one (``balloon``);
    - ``redate``: the next due date (NaT = unchanged), and the due day from then on;
    - ``start``: the day within the running period on which the plan begins (NaT =
      the first day of that period).
    """

    extend: np.ndarray
    annual_rate: np.ndarray
    rate_instalments: np.ndarray
    holiday: np.ndarray
    holiday_interest: np.ndarray
    capitalise_principal: np.ndarray
    capitalise_interest: np.ndarray
    capitalise_fee: np.ndarray
    capitalise_penalty: np.ndarray
    waive_interest: np.ndarray
    waive_fee: np.ndarray
    waive_penalty: np.ndarray
    waive_interest_amount: np.ndarray
    waive_fee_amount: np.ndarray
    waive_penalty_amount: np.ndarray
    forgive: np.ndarray
    forgive_amount: np.ndarray
    on_completion_interest: np.ndarray
    on_completion_fee: np.ndarray
    on_completion_penalty: np.ndarray
    carry_interest: np.ndarray
    defer: np.ndarray
    defer_amount: np.ndarray
    low: np.ndarray
    low_rows: np.ndarray
    low_then: np.ndarray
    redate: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, size=1, **columns):
        """Check and broadcast columns; what is not given changes nothing.

        :raises FieldError: (a ValueError) naming the field, the row and the value
        """
        unknown = set(columns) - {f.name for f in fields(cls)}
        if unknown:
            raise FieldError(sorted(unknown)[0], "is not a field of a plan")
        names = [f.name for f in fields(cls)]
        given = {name: columns.get(name, _DEFAULT.get(name, 0)) for name in names}
        checked = {name: _CHECK[name](name, value) for name, value in given.items()}
        checked["_size"] = np.zeros(size) if size > 1 else np.float64(0)
        checked = check.align(checked)
        del checked["_size"]
        return cls(**checked)

    @classmethod
    def from_dicts(cls, plans, digits=2):
        """Read lists of measures in their JSON form, one list per loan.

        :param plans: list of N lists of dicts, ``{"kind": "extend",
            "instalments": 12}`` and so on; percent counts from 0 to 100, amounts
            are in the currency (decimal strings)
        :raises FieldError: naming ``measures[k].field``
        """
        rows = [read_plan(measures, digits) for measures in plans]
        columns = {
            f.name: [row.get(f.name, _DEFAULT.get(f.name, 0)) for row in rows]
            for f in fields(cls)
        }
        return cls.of(len(rows) or 1, **columns) if rows else cls.of().take([])

    def to_dicts(self, i=0, digits=2):
        """Return plan ``i`` as a list of measure dicts, in the order applied."""
        row = {f.name: getattr(self, f.name)[i].item() for f in fields(self)}
        return write_plan(row, digits)

    def take(self, index):
        """Return the plans at ``index``; repeats are fine."""
        return Plans(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    @property
    def any_capitalise(self):
        """Plans that capitalise anything, (N,) bool: overdue principal rejoins."""
        return (
            self.capitalise_principal
            | self.capitalise_interest
            | self.capitalise_fee
            | self.capitalise_penalty
        )


def _count(name, value):
    return check.integers(name, value, 0, check.MAX_INSTALMENTS)


def _share(name, value):
    return check.floats(name, value, 0, 1)


def _flag(name, value):
    return np.asarray(value, dtype=bool)


def _date(name, value):
    return check.dates(name, value, True)


_NEVER = np.datetime64("NaT", "D")
_DEFAULT = {
    "annual_rate": np.nan,
    "holiday_interest": "pay",
    "low_then": "reamortise",
    "redate": _NEVER,
    "start": _NEVER,
}
_CHECK = {
    "extend": _count,
    "annual_rate": lambda name, value: check.floats(name, value, 0, MAX_RATE, True),
    "rate_instalments": _count,
    "holiday": _count,
    "holiday_interest": lambda n, v: check.choices(n, v, HOLIDAY_INTEREST),
    **{f"capitalise_{c}": _flag for c in ("principal", *WAIVABLE)},
    **{f"waive_{c}": _share for c in WAIVABLE},
    **{f"waive_{c}_amount": check.integers for c in WAIVABLE},
    "forgive": _share,
    "forgive_amount": check.integers,
    **{f"on_completion_{c}": _flag for c in WAIVABLE},
    "carry_interest": _flag,
    "defer": _share,
    "defer_amount": check.integers,
    "low": check.integers,
    "low_rows": _count,
    "low_then": lambda n, v: check.choices(n, v, LOW_THEN),
    "redate": _date,
    "start": _date,
}

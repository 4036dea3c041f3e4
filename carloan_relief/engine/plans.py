"""Relief plans of N loans, and their form as lists of measures."""

from dataclasses import dataclass, fields

import numpy as np

from . import fields as check
from .fields import FieldError
from .money import to_decimal, to_minor
from .terms import HOLIDAY_INTEREST, MAX_RATE

WAIVABLE = ("interest", "fee", "penalty")
#: Measures of the contract that this engine does not apply yet.
LATER = ("lower_instalment", "defer_principal", "redate")


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
    - ``forgive`` / ``forgive_amount``: principal given up, likewise.
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
        rows = [_read_plan(measures, digits) for measures in plans]
        columns = {
            f.name: [row.get(f.name, _DEFAULT.get(f.name, 0)) for row in rows]
            for f in fields(cls)
        }
        return cls.of(len(rows) or 1, **columns) if rows else cls.of().take([])

    def to_dicts(self, i=0, digits=2):
        """Return plan ``i`` as a list of measure dicts, in the order applied."""
        row = {f.name: getattr(self, f.name)[i].item() for f in fields(self)}
        return [m for write in _WRITERS for m in write(row, digits)]

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


_DEFAULT = {"annual_rate": np.nan, "holiday_interest": "pay"}
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
}


# -- from JSON ---------------------------------------------------------------


def _read_plan(measures, digits):
    if not isinstance(measures, (list, tuple)):
        raise FieldError("measures", "must be a list of measures")
    plan = {}
    for k, measure in enumerate(measures):
        if not isinstance(measure, dict):
            raise FieldError(f"measures[{k}]", "must be an object with a kind")
        kind = measure.get("kind")
        if kind in LATER:
            raise FieldError(f"measures[{k}].kind", f"{kind!r} is not supported yet")
        if not isinstance(kind, str) or kind not in _READERS:
            raise FieldError(f"measures[{k}].kind", f"{kind!r} is not a known measure")
        _Reader(f"measures[{k}]", measure, digits, plan).read(kind)
    return plan


class _Reader:
    """Reads one measure into the row of a plan, refusing what it does not know."""

    def __init__(self, where, measure, digits, plan):
        self.where, self.measure, self.digits = where, measure, digits
        self.plan, self.known = plan, {"kind"}

    def read(self, kind):
        _READERS[kind](self)
        stray = sorted(map(str, set(self.measure) - self.known))
        if stray:
            raise FieldError(f"{self.where}.{stray[0]}", f"is no field of {kind!r}")

    def set(self, **columns):
        for name, value in columns.items():
            if name in self.plan:
                message = "a plan holds one measure of each sort; this is a second"
                raise FieldError(self.where, message)
            self.plan[name] = value

    def get(self, name, convert, default=FieldError):
        self.known.add(name)
        value = self.measure.get(name)
        if value is None:
            if default is FieldError:
                raise FieldError(f"{self.where}.{name}", "is missing")
            return default
        try:
            return convert(value)
        except FieldError as error:
            raise FieldError(f"{self.where}.{name}", _after_colon(error)) from None
        except (TypeError, ValueError) as error:
            raise FieldError(f"{self.where}.{name}", str(error)) from None

    def count(self, name="instalments", low=0, **default):
        return self.get(name, lambda v: int_of(v, low), **default)

    def amount_or_percent(self, share, amount):
        """Set column ``share`` from percent, or ``amount`` from amount."""
        money = self.get("amount", lambda v: minor_of(v, self.digits), None)
        percent = self.get("percent", lambda v: number_of(v, 0, 100), None)
        if (money is None) == (percent is None):
            raise FieldError(f"{self.where}.amount", "give an amount or a percent")
        if money is None:
            self.set(**{share: percent / 100})
        else:
            self.set(**{amount: money})
        taken = share if money is not None else amount
        self.set(**{taken: 0})


def _after_colon(error):
    return str(error).split(": ", 1)[-1]


def int_of(value, low=0, high=check.MAX_INSTALMENTS):
    """Return a whole number given as int or digits, within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not a whole number")
    if isinstance(value, str) and not value.strip().lstrip("-").isdecimal():
        raise FieldError("value", f"{value!r} is not a whole number")
    whole = float(value)
    return int(check.integers("value", whole, low, high))


def number_of(value, low=None, high=None):
    """Return a float given as a number or decimal text, within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise FieldError("value", f"{value!r} is not a number") from None
    return float(check.floats("value", number, low, high))


def minor_of(value, digits, low=0):
    """Return an amount of the currency in minor units, at least ``low``."""
    if not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not an amount")
    return int(check.integers("value", to_minor(value, digits), low))


def _read_extend(reader):
    reader.set(extend=reader.count())


def _read_rate(reader):
    rate = reader.get("annual_rate", lambda v: number_of(v, 0, MAX_RATE))
    rows = reader.count(default=0, low=1)
    reader.set(annual_rate=rate, rate_instalments=rows)


def _read_holiday(reader):
    mode = reader.get("interest", str, "pay")
    if mode not in HOLIDAY_INTEREST:
        message = f"{mode!r} is not one of {', '.join(HOLIDAY_INTEREST)}"
        raise FieldError(f"{reader.where}.interest", message)
    reader.set(holiday=reader.count(), holiday_interest=mode)


def _read_capitalise(reader):
    known = ("principal", *WAIVABLE)
    names = reader.get("components", list)
    for name in names:
        if name not in known:
            message = f"{name!r} is not one of {', '.join(known)}"
            raise FieldError(f"{reader.where}.components", message)
    reader.set(**{f"capitalise_{name}": True for name in dict.fromkeys(names)})


def _read_waive(reader):
    component = reader.get("component", str)
    if component not in WAIVABLE:
        message = f"{component!r} is not one of {', '.join(WAIVABLE)}"
        raise FieldError(f"{reader.where}.component", message)
    when = reader.get("when", str, "now")
    if when != "now":
        message = f"{when!r} is not supported yet, only 'now'"
        raise FieldError(f"{reader.where}.when", message)
    reader.amount_or_percent(f"waive_{component}", f"waive_{component}_amount")


def _read_forgive(reader):
    reader.amount_or_percent("forgive", "forgive_amount")


_READERS = {
    "extend": _read_extend,
    "rate": _read_rate,
    "holiday": _read_holiday,
    "capitalise": _read_capitalise,
    "waive": _read_waive,
    "forgive_principal": _read_forgive,
}


# -- to JSON -----------------------------------------------------------------


def _part(row, share, amount, digits):
    if row[amount]:
        return {"amount": str(to_decimal(row[amount], digits))}
    return {"percent": round(row[share] * 100, 6)} if row[share] else None


def _write_waive(row, digits):
    for component in WAIVABLE:
        name = f"waive_{component}"
        part = _part(row, name, f"{name}_amount", digits)
        if part:
            yield {"kind": "waive", "component": component, "when": "now", **part}


def _write_forgive(row, digits):
    part = _part(row, "forgive", "forgive_amount", digits)
    if part:
        yield {"kind": "forgive_principal", **part}


def _write_capitalise(row, digits):
    names = [c for c in ("principal", *WAIVABLE) if row[f"capitalise_{c}"]]
    if names:
        yield {"kind": "capitalise", "components": names}


def _write_terms(row, digits):
    if not np.isnan(row["annual_rate"]):
        rows = row["rate_instalments"] or None
        rate = round(row["annual_rate"], 8)
        yield {"kind": "rate", "annual_rate": rate, "instalments": rows}
    if row["holiday"]:
        mode = row["holiday_interest"]
        yield {"kind": "holiday", "instalments": row["holiday"], "interest": mode}
    if row["extend"]:
        yield {"kind": "extend", "instalments": row["extend"]}


_WRITERS = (_write_waive, _write_forgive, _write_capitalise, _write_terms)

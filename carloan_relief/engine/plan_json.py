"""Relief plans as lists of measures, in the JSON form of the contract."""

import datetime
import re
from decimal import Decimal

import numpy as np

from . import fields as check
from .fields import FieldError
from .money import to_decimal, to_minor
from .terms import HOLIDAY_INTEREST, MAX_RATE

_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WAIVABLE = ("interest", "fee", "penalty")
#: What follows a run of lowered instalments.
LOW_THEN = ("reamortise", "extend", "balloon")


def read_plan(measures, digits):
    """Return the columns that a list of measures sets: {column: value}."""
    if not isinstance(measures, (list, tuple)):
        raise FieldError("measures", "must be a list of measures")
    plan = {}
    for k, measure in enumerate(measures):
        if not isinstance(measure, dict):
            raise FieldError(f"measures[{k}]", "must be an object with a kind")
        kind = measure.get("kind")
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

    def add(self, name, value):
        """Set a column, or add to it: the same measure again goes further."""
        self.plan[name] = self.plan.get(name, 0) + value

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

    def choice(self, name, allowed, default=FieldError):
        value = self.get(name, str, default)
        if value not in allowed:
            message = f"{value!r} is not one of {', '.join(allowed)}"
            raise FieldError(f"{self.where}.{name}", message)
        return value

    def amount_or_percent(self, share, amount):
        """Set column ``share`` from percent, or ``amount`` from amount."""
        money = self.get("amount", lambda v: minor_of(v, self.digits), None)
        percent = self.get("percent", lambda v: number_of(v, 0, 100), None)
        if (money is None) == (percent is None):
            raise FieldError(f"{self.where}.amount", "give an amount or a percent")
        if money is not None and not self.plan.get(share):
            self.plan[share] = 0
            self.add(amount, money)
        else:  # a share of what another measure left is no single share
            self.set(**{share: (percent or 0) / 100, amount: 0})


def _after_colon(error):
    return str(error).split(": ", 1)[-1]


def _list(value):
    if not isinstance(value, (list, tuple)):
        raise FieldError("value", f"{value!r} is not a list")
    return value


def check_text(value):
    """Refuse text that is no plain decimal number: no blanks, exponents, other digits.

    :raises FieldError: for such text; other types pass
    """
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise FieldError("value", f"{value!r} is not a decimal number")


def int_of(value, low=0, high=check.MAX_INSTALMENTS):
    """Return a whole number given as int or digits, within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not a whole number")
    check_text(value)
    if isinstance(value, str) and "." in value:
        raise FieldError("value", f"{value!r} is not a whole number")
    return int(check.integers("value", _float(value), low, high))


def number_of(value, low=None, high=None):
    """Return a float given as a number or decimal text, within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not a number")
    check_text(value)
    return float(check.floats("value", _float(value), low, high))


def _float(value):
    try:
        return float(value)
    except OverflowError:
        raise FieldError("value", f"{value!r} is too large a number") from None


def date_of(value):
    """Return an ISO date as text, checked, between 1900 and 2200."""
    message = f"{value!r} is not a date (YYYY-MM-DD)"
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise FieldError("value", message)
    try:
        parsed = datetime.date.fromisoformat(value)
    except ValueError:
        raise FieldError("value", message) from None
    if not 1900 <= parsed.year <= 2200:
        raise FieldError("value", f"{value!r} is not a date between 1900 and 2200")
    return parsed.isoformat()


def minor_of(value, digits, low=0):
    """Return an amount of the currency in minor units, at least ``low``.

    :raises FieldError: for text finer than the currency; a float is rounded
    """
    if not isinstance(value, (int, float, str)):
        raise FieldError("value", f"{value!r} is not an amount")
    check_text(value)
    minor = to_minor(value, digits)
    if isinstance(value, str) and to_decimal(minor, digits) != Decimal(value):
        raise FieldError("value", f"{value!r} is finer than the currency unit")
    return int(check.integers("value", minor, low))


def _read_extend(reader):
    reader.add("extend", reader.count())


def _start(reader):
    """Read the optional day on which a measure, and with it the plan, begins."""
    day = reader.get("from", date_of, None)
    if day is None:
        return
    if reader.plan.setdefault("start", day) != day:
        message = f"{day} differs from another measure's: a plan begins on one day"
        raise FieldError(f"{reader.where}.from", message)


def _read_rate(reader):
    _start(reader)
    rate = reader.get("annual_rate", lambda v: number_of(v, 0, MAX_RATE))
    rows = reader.count(default=0, low=1)
    reader.set(annual_rate=rate, rate_instalments=rows)


def _read_holiday(reader):
    _start(reader)
    mode = reader.choice("interest", HOLIDAY_INTEREST, "pay")
    if reader.plan.setdefault("holiday_interest", mode) != mode:
        message = "differs from another holiday's: a plan has one sort of holiday"
        raise FieldError(f"{reader.where}.interest", message)
    reader.add("holiday", reader.count())


def _components(reader, known):
    names = reader.get("components", _list)
    for name in names:
        if name not in known:
            message = f"{name!r} is not one of {', '.join(known)}"
            raise FieldError(f"{reader.where}.components", message)
    return names


def _read_carry(reader):
    if _components(reader, ("interest",)):
        reader.set(carry_interest=True)


def _read_defer(reader):
    reader.amount_or_percent("defer", "defer_amount")


def _read_lower(reader):
    reader.set(
        low=reader.get("amount", lambda v: minor_of(v, reader.digits, 1)),
        low_rows=reader.count(low=1),
        low_then=reader.choice("then", LOW_THEN, "reamortise"),
    )


def _read_redate(reader):
    reader.set(redate=reader.get("first_due_date", date_of))


def _read_capitalise(reader):
    names = _components(reader, ("principal", *WAIVABLE))
    reader.plan.update({f"capitalise_{name}": True for name in names})


def _read_waive(reader):
    component = reader.choice("component", WAIVABLE)
    when = reader.choice("when", ("now", "on_completion"), "now")
    name, later = f"on_completion_{component}", when == "on_completion"
    if reader.plan.setdefault(name, later) != later:
        message = f"differs from another waiver's of {component}"
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
    "carry": _read_carry,
    "defer_principal": _read_defer,
    "lower_instalment": _read_lower,
    "redate": _read_redate,
}


#: What an engine refuses -> the kind of measure and its field.
_PLACES = {
    "extend": ("extend", "instalments"),
    "holiday": ("holiday", "instalments"),
    "holiday_interest": ("holiday", "interest"),
    "lower_instalment": ("lower_instalment", "amount"),
    "low_rows": ("lower_instalment", "instalments"),
    "low_then": ("lower_instalment", "then"),
    "forgive": ("forgive_principal", "amount"),
    "defer_principal": ("defer_principal", "amount"),
    "redate": ("redate", "first_due_date"),
    **{f"waive_{component}": ("waive", "amount") for component in WAIVABLE},
}


def place_of(measures, field):
    """Return where in a list of measures a refused column came from.

    :param str field: as :class:`FieldError` of the engine names it
    :return: ``measures[k].name``, or ``measures.field`` for what no measure set
    """
    kind, name = _PLACES.get(field, (None, field))
    for k, measure in enumerate(measures):
        other = field.startswith("waive_") and field[6:] != measure.get("component")
        if kind in (None, measure["kind"]) and name in measure and not other:
            return f"measures[{k}].{name}"
    return f"measures.{field}"


# -- to JSON -----------------------------------------------------------------


def write_plan(row, digits):
    """Return the list of measures of one plan, given its columns as plain values."""
    return [m for write in _WRITERS for m in write(row, digits)]


def _begin(row):
    return {"from": row["start"].isoformat()} if row["start"] else {}


def _part(row, share, amount, digits):
    if row[amount]:
        return {"amount": str(to_decimal(row[amount], digits))}
    return {"percent": round(row[share] * 100, 6)} if row[share] else None


def _write_waive(row, digits):
    for component in WAIVABLE:
        name = f"waive_{component}"
        part = _part(row, name, f"{name}_amount", digits)
        if part:
            later = row[f"on_completion_{component}"]
            when = "on_completion" if later else "now"
            yield {"kind": "waive", "component": component, "when": when, **part}


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
        yield {
            "kind": "rate",
            "annual_rate": rate,
            "instalments": rows,
            **_begin(row),
        }
    if row["holiday"]:
        mode = row["holiday_interest"]
        yield {
            "kind": "holiday",
            "instalments": row["holiday"],
            "interest": mode,
            **_begin(row),
        }
    if row["extend"]:
        yield {"kind": "extend", "instalments": row["extend"]}


def _write_rest(row, digits):
    if row["carry_interest"]:
        yield {"kind": "carry", "components": ["interest"]}
    part = _part(row, "defer", "defer_amount", digits)
    if part:
        yield {"kind": "defer_principal", **part}
    if row["low_rows"]:
        yield {
            "kind": "lower_instalment",
            "amount": str(to_decimal(row["low"], digits)),
            "instalments": row["low_rows"],
            "then": row["low_then"],
        }
    if row["redate"]:
        yield {"kind": "redate", "first_due_date": row["redate"].isoformat()}


_WRITERS = (
    _write_waive,
    _write_forgive,
    _write_capitalise,
    _write_terms,
    _write_rest,
)

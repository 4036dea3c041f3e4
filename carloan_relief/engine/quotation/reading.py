"""JSON in -> checked values. Everything that is not understood is refused."""

import json
from decimal import Decimal

from ..allocation import ORDER
from ..cashflows import MAX_FLOWS, UNIT_PERIODS
from ..fields import FieldError
from ..money import to_decimal
from ..plan_json import date_of, int_of, minor_of, number_of

#: Names the request itself in a refusal.
WHOLE = "input"


def parse(text):
    """Return the JSON value of ``text`` (bytes); decimals keep their digits.

    :raises FieldError: for what is not JSON, a repeated key, NaN or Infinity
    """
    try:
        return json.loads(
            text.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except FieldError:
        raise
    except UnicodeDecodeError:
        raise FieldError(WHOLE, "is not UTF-8 text") from None
    except RecursionError:
        raise FieldError(WHOLE, "is nested too deeply") from None
    except ValueError as error:
        raise FieldError(WHOLE, f"is not JSON: {error}") from None


def _refuse_constant(name):
    raise FieldError(WHOLE, f"{name} is not a number")


def _unique_keys(pairs):
    result = {}
    for key, value in pairs:
        if key in result:
            raise FieldError(key, "is given twice")
        result[key] = value
    return result


#: Leading digits of the smallest coins there are.
_UNITS = ((1,), (2,), (5,), (2, 5))


class Reader:
    """Reads the fields of one JSON object, naming each in a refusal."""

    def __init__(self, where, value):
        if not isinstance(value, dict):
            raise FieldError(where or WHOLE, "must be an object")
        self.where, self.value, self.known = where, value, set()

    def path(self, name):
        """Return the name of a field as a person finds it in the input."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name):
        """Tell whether a field is given (null counts as absent)."""
        self.known.add(name)
        return self.value.get(name) is not None

    def get(self, name, convert, default=FieldError):
        """Return a field converted, or its default."""
        if not self.has(name):
            if default is FieldError:
                raise FieldError(self.path(name), "is missing")
            return default
        try:
            return convert(self.value[name])
        except FieldError as error:
            message = str(error).split(": ", 1)[-1]
            raise FieldError(self.path(name), message) from None
        except (TypeError, ValueError, OverflowError) as error:
            raise FieldError(self.path(name), str(error)) from None

    def section(self, name):
        """Return a reader of an object within."""
        return Reader(self.path(name), self.value.get(name))

    def close(self):
        """Refuse the fields that nobody asked for."""
        for name in map(str, self.value):
            if name not in self.known:
                raise FieldError(self.path(name), "is not a field of this object")


def text(value):
    """Return ``value`` if it is text."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def rate(value):
    """Return a yearly rate, exact to 8 decimals, between 0 and 1 (100 %)."""
    number = number_of(value, 0, 1)
    if Decimal(str(value)) != round(Decimal(str(value)), 8):
        raise ValueError(f"{value!r} has more than 8 decimals")
    return number


def digits_of(value):
    """Return the decimals of a currency unit such as "0.01", or a unit as "0.05"."""
    number_of(value, 0)
    unit = Decimal(str(value)).normalize()
    if not -4 <= unit.adjusted() <= 2 or unit.as_tuple().digits not in _UNITS:
        message = f"{value!r} is not a currency unit: 1, 2, 5 or 25 of a decimal place"
        raise ValueError(message)
    if unit <= 1 and unit == Decimal(1).scaleb(unit.adjusted()):
        return -unit.adjusted()
    return Decimal(f"{unit:f}")  # 10, not 1E+1, and so every multiple of it


def signed(digits):
    """Return a converter to minor units that takes negative amounts."""
    return lambda value: minor_of(value, digits, -(10**13))


def exact_amount(digits, low=0):
    """Return a converter of amounts to minor units that refuses what is finer."""

    def convert(value):
        minor = minor_of(value, digits, low)
        if Decimal(str(value)) != to_decimal(minor, digits):
            raise ValueError(f"{value!r} is finer than the currency unit")
        return minor

    return convert


def read_terms(reader):
    """Return (columns of :class:`terms.Terms`, digits, upfront fee in minor units)."""
    digits = reader.get("rounding", digits_of, 2)
    money = exact_amount(digits)
    columns = {
        "principal": reader.get("principal", exact_amount(digits, 1)),
        "annual_rate": reader.get("annual_rate", rate),
        "instalments": reader.get("instalments", lambda v: int_of(v, 1)),
        "start_date": reader.get("start_date", date_of),
        "first_due_date": reader.get("first_due_date", date_of),
        "method": reader.get("method", text, "annuity"),
        "period": reader.get("period", text, "month"),
        "day_count": reader.get("day_count", text, "period"),
        "due_day": reader.get("due_day", lambda v: int_of(v, 1, 31), 0),
        "balloon": reader.get("balloon", money, 0),
        "fee": reader.get("fee", money, 0),
        "instalment_rounding": reader.get("instalment_rounding", money, 0),
    }
    upfront = reader.get("upfront_fee_in_eir", signed(digits), 0)
    if abs(upfront) >= columns["principal"]:
        raise FieldError(
            reader.path("upfront_fee_in_eir"), "must be below the principal"
        )
    reader.close()
    return columns, digits, upfront


def read_status(reader, digits, start):
    """Return the status as a dict of plain values."""
    status = {
        "as_of": reader.get("as_of", date_of),
        "penalty_rate": reader.get("penalty_rate", rate, 0.0),
        "grace": reader.get("grace_days", lambda v: int_of(v, 0, 366), 0),
        "order": reader.get("allocation", _order, ORDER),
        "allowance": reader.get("allowance", exact_amount(digits), 0),
    }
    status |= _read_suspended(reader, exact_amount(digits))
    if status["as_of"] < start:
        raise FieldError(reader.path("as_of"), f"is before start_date {start}")
    status["reliefs"] = _read_reliefs(reader, start, status["as_of"])
    paid = {"instalments": 0, "payments": []}
    if reader.has("paid"):
        until = (status["reliefs"] or [status])[0]["as_of"]
        paid |= _read_paid(reader.section("paid"), digits, start, until)
    reader.close()
    return status | paid


def _read_reliefs(reader, start, as_of):
    """Read earlier reliefs: [{as_of, measures}], in the order of their days."""
    reliefs = []
    for k, row in enumerate(reader.get("reliefs", _list, [])):
        item = Reader(f"{reader.path('reliefs')}[{k}]", row)
        day = item.get("as_of", date_of)
        if not start <= day <= as_of:
            message = f"{day} is not between {start} and {as_of}"
            raise FieldError(item.path("as_of"), message)
        reliefs.append({"as_of": day, "measures": item.get("measures", _list)})
        item.close()
        start = day
    return reliefs


def _read_suspended(reader, money):
    """Read what was never recognised: an amount of interest, or one per component."""
    if isinstance(reader.value.get("interest_suspended"), dict):
        section = reader.section("interest_suspended")
        reader.known.add("interest_suspended")
        parts = {name: section.get(name, money, 0) for name in ("interest", "penalty")}
        section.close()
    else:
        parts = {"interest": reader.get("interest_suspended", money, 0), "penalty": 0}
    return {f"suspended_{name}": value for name, value in parts.items()}


def _order(value):
    if not isinstance(value, list) or sorted(map(str, value)) != sorted(ORDER):
        raise ValueError(f"must list each of {', '.join(ORDER)} once")
    return tuple(value)


def _read_paid(reader, digits, start, as_of):
    if reader.has("instalments") == reader.has("payments"):
        raise FieldError(reader.where, "give either instalments or payments")
    if reader.has("instalments"):
        count = reader.get("instalments", int_of)
        reader.close()
        return {"instalments": count}
    rows = reader.get("payments", _list)
    payments = []
    for k, row in enumerate(rows):
        item = Reader(f"{reader.path('payments')}[{k}]", row)
        day = item.get("date", date_of)
        if not start <= day <= as_of:
            message = f"{day} is not between start_date and as_of"
            raise FieldError(item.path("date"), message)
        payments.append((day, item.get("amount", exact_amount(digits, 1))))
        item.close()
    reader.close()
    return {"payments": sorted(payments, key=lambda payment: payment[0])}


def _list(value):
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return value


def read_household(reader, digits):
    """Return the arguments of :func:`affordability.affordable_instalment`."""
    money = exact_amount(digits)
    household = {
        "net_income": reader.get("net_income", money),
        "living": reader.get("living", money, 0),
        "other_debt": reader.get("other_debt", money, 0),
        "dependants": reader.get("dependants", lambda v: int_of(v, 0, 50), 0),
        "per_dependant": reader.get("per_dependant", money, 0),
        "buffer": reader.get("buffer", lambda v: number_of(v, 0, 1), 0.0),
    }
    reader.close()
    return household


def read_assume(reader):
    """Return the assumptions of the expected value; cure and redefault may miss."""
    names = ("pd_no_relief", "pd_relief", "lgd", "discount_rate")
    values = {name: reader.get(name, lambda v: number_of(v, 0, 1)) for name in names}
    for name in ("cure", "redefault"):
        values[name] = reader.get(name, lambda v: number_of(v, 0, 1), 0.0)
    reader.close()
    return values


def read_cashflows(reader):
    """Return (dates, amounts in minor units, unit-period) of an irregular plan."""
    digits = reader.get("rounding", digits_of, 2)
    unit = reader.get("unit_period", text)
    if unit not in UNIT_PERIODS:
        message = f"{unit!r} is not one of {', '.join(UNIT_PERIODS)}"
        raise FieldError(reader.path("unit_period"), message)
    rows = reader.get("cashflows", _list)
    if not 2 <= len(rows) <= MAX_FLOWS:
        message = f"must be 2 to {MAX_FLOWS} flows, not {len(rows)}"
        raise FieldError(reader.path("cashflows"), message)
    flows = []
    for k, row in enumerate(rows):
        item = Reader(f"{reader.path('cashflows')}[{k}]", row)
        flow = item.get("date", date_of), item.get("amount", signed(digits))
        if not flow[1]:
            raise FieldError(item.path("amount"), "is nothing")
        item.close()
        flows.append(flow)
    reader.close()
    days, amounts = zip(*flows, strict=True)
    return days, amounts, unit

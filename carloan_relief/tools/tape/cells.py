"""One cell of a tape: text in, a checked value out."""

import datetime
import re
from decimal import Decimal, InvalidOperation

from ..words import Words as _

MAX_RATE = Decimal(1)
MAX_AMOUNT = Decimal(10) ** 11


class ValueProblem(ValueError):
    """A cell that cannot be read."""


def read_text(value):
    return "" if value is None else str(value).strip()


def _decimal(value):
    """Return the exact number in a cell; a float of a workbook is read as shown."""
    if isinstance(value, float):
        value = repr(round(value, 8))
    text = read_text(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueProblem(_("is not a number; write it as 1234.56."))
    return number


def read_amount(value, digits):
    """Return an amount in minor units, exact."""
    number = _decimal(value)
    if abs(number) > MAX_AMOUNT:
        raise ValueProblem(_("is larger than any loan; check the column."))
    minor = number.scaleb(digits)
    if minor != minor.to_integral_value():
        reason = _(
            "has more than %(digits)s decimals; round it in the file.", digits=digits
        )
        raise ValueProblem(reason)
    return int(minor)


def _integer(value):
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueProblem(_("is not a whole number."))
    return int(number)


def _rate(value):
    number = _decimal(value)
    if not 0 <= number <= MAX_RATE:
        reason = _(
            "means %(percent)s %% a year; write a rate as a fraction, 0.072 for "
            "7.2 %%.",
            percent=f"{number * 100:f}",
        )
        raise ValueProblem(reason)
    return float(number)


_MONTH = re.compile(r"(\d{4})-(\d{1,2})$")


def read_date(value, day=None):
    """Return the date in a cell; a bare month becomes ``day`` of that month."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    text = read_text(value)
    bare = _MONTH.match(text)
    try:
        if bare and day:
            return month_day(int(bare[1]), int(bare[2]), day)
        return datetime.date.fromisoformat(text)
    except ValueError:
        form = _("YYYY-MM or YYYY-MM-DD") if day else "YYYY-MM-DD"
        reason = _("is not a date; write it as %(form)s.", form=form)
        raise ValueProblem(reason) from None


def month_day(year, month, day):
    """Return ``day`` of a month, or its last day when the month is shorter."""
    first = datetime.date(year, month, 1)
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    last = (following - datetime.timedelta(days=1)).day
    return first.replace(day=min(day, last))


def add_months(date, months):
    """Return a date so many months later; the last day of a month stays the last."""
    following = date + datetime.timedelta(days=1)
    day = 31 if following.day == 1 else date.day
    number = date.year * 12 + date.month - 1 + months
    return month_day(number // 12, number % 12 + 1, day)


def read_cell(kind, value, options):
    if kind == "amount":
        return read_amount(value, options.digits)
    if kind == "integer":
        return _integer(value)
    if kind == "rate":
        return _rate(value)
    if kind == "month":
        return read_date(value, options.due_day)
    if kind == "date":
        return read_date(value)
    return read_text(value)

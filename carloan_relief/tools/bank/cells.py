"""Dates and amounts as banks write them."""

import datetime
import re
from decimal import Decimal, InvalidOperation

from ..words import Words as _

MAX_AMOUNT = Decimal(10) ** 11
_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%d.%m.%Y", "%Y年%m月%d日")
_MARKS = {"CR": 1, "DR": -1, "贷": 1, "借": -1}


class CellError(ValueError):
    """A cell that cannot be read."""


def read_date(text, form=""):
    """Return the date in a text; a time of day after it is left out.

    Day before month cannot be told from month before day: where a bank writes
    03/04/2026 the form has to be given.
    """
    text = text.strip()
    for one in [form] if form else _FORMS:
        for part in (text, text[:10], text[:8]):
            try:
                return datetime.datetime.strptime(part, one).date()
            except ValueError:
                continue
    shown = form or "2026-03-31, 2026/03/31, 20260331, 31.03.2026"
    raise CellError(_("is not a date; expected is %(form)s.", form=shown))


def read_amount(text, decimal="."):
    """Return the exact amount in a text: sign, brackets, blanks, thousands.

    >>> read_amount("1,234.50"), read_amount("1 234,50-", ",")
    (Decimal('1234.50'), Decimal('-1234.50'))
    """
    plain = re.sub(r"[\s'’]|[¥￥$€]|CNY|RMB", "", text)
    sign = 1
    for mark, value in _MARKS.items():
        if plain.upper().endswith(mark):
            plain, sign = plain[: -len(mark)], value
    if plain.startswith("(") and plain.endswith(")"):
        plain, sign = plain[1:-1], -1
    if plain.endswith(("-", "+")):
        plain, sign = plain[:-1], -1 if plain.endswith("-") else 1
    plain = plain.replace("," if decimal == "." else ".", "").replace(",", ".")
    try:
        number = sign * Decimal(plain)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or "E" in plain.upper():
        shown = f"1234{decimal}56"
        raise CellError(_("is not an amount; expected is %(form)s.", form=shown))
    if abs(number) > MAX_AMOUNT:
        raise CellError(_("is larger than any payment; check the column."))
    return number

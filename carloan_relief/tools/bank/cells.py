"""Dates and amounts as banks write them."""

import datetime
import re
import unicodedata
from decimal import Decimal

from ..words import Words as _

MAX_AMOUNT = Decimal(10) ** 11
_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%d.%m.%Y", "%Y年%m月%d日")
_MARKS = {"CR": 1, "DR": -1, "贷": 1, "借": -1}
#: What banks write in a column of its own: received, or paid.
_SIDES = {
    1: "C CR CRDT CREDIT H HABEN IN + 贷 贷方 收 收入 来账",
    -1: "D DR DBIT DEBIT S SOLL OUT - 借 借方 支 支出 往账",
}
_SIGN_BY_SIDE = {word: sign for sign, text in _SIDES.items() for word in text.split()}
#: Digits in one piece or in groups, of which the last has three: where a file has the
#: other mark for decimals, 12,50 is not 1250.
_NUMBER = re.compile(
    r"[+-]?(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d*)?|[+-]?\.\d+", re.ASCII
)


class CellError(ValueError):
    """A cell that cannot be read."""


def read_date(text, form=""):
    """Return the date in a text; a time of day after it is left out.

    Day before month cannot be told from month before day: where a bank writes
    03/04/2026 the form has to be given.
    """
    text = text.strip()
    # a time may follow: after a blank or a T, or after eight digits at once
    parts = [text, re.split(r"[T\s]", text, maxsplit=1)[0]]
    parts += re.findall(r"^\d{8}(?=\d\d)", text)
    for one in [form] if form else _FORMS:
        for part in parts:
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
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    plain = re.sub(r"[\s'’]|[¥$€]|CNY|RMB", "", plain)
    sign = 1
    for mark, value in _MARKS.items():
        if plain.upper().endswith(mark):
            plain, sign = plain[: -len(mark)], value
    if plain.startswith("(") and plain.endswith(")"):
        plain, sign = plain[1:-1], -1
    if plain.endswith(("-", "+")):
        plain, sign = plain[:-1], -1 if plain.endswith("-") else 1
    if decimal == ",":
        plain = plain.translate({ord("."): ",", ord(","): "."})
    if not _NUMBER.fullmatch(plain):
        shown = f"1234{decimal}56"
        raise CellError(_("is not an amount; expected is %(form)s.", form=shown))
    number = sign * Decimal(plain.replace(",", ""))
    if abs(number) > MAX_AMOUNT:
        raise CellError(_("is larger than any payment; check the column."))
    return number


def read_side(text):
    """Return 1 for money received, -1 for money paid, as banks mark it."""
    sign = _SIGN_BY_SIDE.get(unicodedata.normalize("NFKC", text).strip().upper())
    if not sign:
        raise CellError(_("does not say whether money was received or paid."))
    return sign

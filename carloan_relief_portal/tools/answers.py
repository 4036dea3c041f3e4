"""What a borrower types into the forms, read with care. Plain Python, no ORM.

Every reader takes the raw text and returns a value or raises ``Unreadable`` with a
code; the model puts the code into the borrower's language. Nothing here guesses:
what cannot be read is said to be unreadable, never taken for zero.
"""

import unicodedata
from decimal import Decimal, InvalidOperation

#: a household's month in any currency stays far below this
MAX_AMOUNT = Decimal("999999999.99")
#: signs people write around an amount
_DECORATION = "¥$€£元圆 \u00a0\u202f'"


class Unreadable(ValueError):
    """An answer that cannot be taken; ``code`` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def clean(text, limit):
    """Return the text without control characters, cut to what a form may hold.

    :param int limit: characters that are kept; forms refuse less than this, so that
        a person never loses words unnoticed
    """
    if not isinstance(text, str):
        return ""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return "".join(kept)[:limit]


def amount(text, decimal_point=".", thousands_sep=","):
    """Read an amount of money as people write it, full-width digits included.

    :param str decimal_point: of the borrower's language
    :param str thousands_sep: of the borrower's language
    :rtype: Decimal or None when nothing was typed
    """
    plain = unicodedata.normalize("NFKC", text or "").strip()
    plain = plain.translate({ord(sign): None for sign in _DECORATION})
    if not plain:
        return None
    if thousands_sep and thousands_sep.strip():
        plain = plain.replace(thousands_sep, "")
    if decimal_point != ".":
        plain = plain.replace(decimal_point, ".")
    return _bounded(plain)


def _bounded(plain):
    # Decimal() takes "1e9", "nan" and "1_000"; a form does not
    if not plain.lstrip("+-").replace(".", "", 1).isdecimal():
        raise Unreadable("not_a_number")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise Unreadable("not_a_number") from None
    if value < 0:
        raise Unreadable("negative")
    if value > MAX_AMOUNT:
        raise Unreadable("too_large")
    return value.quantize(Decimal("0.01"))


def count(text, highest):
    """Read a whole number from 0 to a highest one.

    :rtype: int or None when nothing was typed
    """
    plain = unicodedata.normalize("NFKC", str(text or "")).strip()
    if not plain:
        return None
    if not plain.isdecimal() or len(plain) > 9:
        raise Unreadable("not_a_count")
    value = int(plain)
    if value > highest:
        raise Unreadable("too_many")
    return value


def choice(text, allowed):
    """Read one of the offered choices; a doctored one is refused.

    :rtype: str or None when nothing was chosen
    """
    if not text:
        return None
    if text not in allowed:
        raise Unreadable("not_a_choice")
    return text


def ticked(text):
    """Whether a box was ticked."""
    return text in ("1", "on", "true")

"""What a bank statement file is once it is read: its lines, options and refusals."""

import datetime
import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal

#: A year of a busy account; what is larger is no statement.
MAX_BYTES = 25 * 1024 * 1024
MAX_LINES = 50_000
#: Problems listed before the reader gives up on a file that is wrong throughout.
MAX_PROBLEMS = 200

#: What a column of a CSV may hold, and what it must.
FIELDS = {
    # field: required
    "date": True,
    "amount": False,
    "credit": False,
    "debit": False,
    "currency": False,
    "payer": False,
    "account": False,
    "reference": False,
    "uid": False,
    "reason": False,
    "side": False,
    "balance": False,
}


@dataclass(frozen=True)
class Line:
    """One booking on the account; what was received is positive."""

    number: int
    date: datetime.date
    amount: Decimal
    currency: str
    payer: str = ""
    account: str = ""
    reference: str = ""
    uid: str = ""
    #: why the bank took a payment back: its code, or its words
    reason: str = ""
    #: the account whose statement it is in, where the file names it
    own: str = ""

    def get_digest(self, turn=""):
        """Return what the line says, in short; `turn` of several that say the same."""
        said = (self.date, self.amount.normalize(), self.currency)
        said += (self.payer, self.account, self.reference)
        text = "\x1f".join(map(str, (*said, turn) if turn else said))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def get_full_uid(self):
        """Return the bank's number with what the line says: numbers are used again."""
        return f"{self.uid}#{self.get_digest()}"


@dataclass(frozen=True)
class Closing:
    """What the account held on a day, by the file; ``own`` as of a line."""

    date: datetime.date
    amount: Decimal
    own: str = ""


@dataclass(frozen=True)
class Problem:
    """A place in a file (line 0: the whole file) that cannot be read, and why."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self):
        where = f"line {self.line}: " if self.line else ""
        what = f"{self.column} {self.value!r} " if self.column else ""
        return f"{where}{what}{self.reason}"


class BankFileError(ValueError):
    """A file that is refused as a whole, with every problem found."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems[:5]))


def refuse(reason, line=0, column="", value=""):
    """Raise the refusal of a file for one reason."""
    raise BankFileError([Problem(line, column, str(value)[:80], reason)])


@dataclass(frozen=True)
class Options:
    """How a file is to be read.

    ``columns`` {field: title} and ``date_format`` (as ``strptime``; empty: the usual
    ones) and ``decimal`` ("." or ",") matter to a CSV alone; ``encoding`` empty means
    UTF-8, else GB 18030. ``currency`` is that of lines that name none, ``digits``
    {currency: decimals}, ``account`` the number of the account whose lines are wanted.
    """

    currency: str
    currencies: frozenset = frozenset()
    columns: dict = field(default_factory=dict)
    date_format: str = ""
    decimal: str = "."
    encoding: str = ""
    digits: dict = field(default_factory=dict)
    account: str = ""


def is_same_account(one, other):
    """Tell whether two numbers mean one account: an IBAN holds the national number,
    and banks mask what they print.

    >>> is_same_account("DE02 1203 0000 0000 2020 51", "202051")
    True
    """
    short, long = sorted(map(_get_shown, (one, other)), key=len)
    return short == long or (len(short) >= 4 and short in long)


def _get_shown(number):
    """Return letters and digits of an account, of a masked one those after the mask."""
    return re.sub(r"[\W_]", "", re.split(r"[*•]|[xX]{2,}", number)[-1]).upper()

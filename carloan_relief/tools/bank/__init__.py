"""Bank statement files read without Odoo: CSV, CAMT.053 and OFX.

Whatever the bank, a file becomes a list of :class:`Line`. A file that cannot be read
in full is refused in full: a statement with holes would never agree with the account.
"""

import hashlib
from collections import Counter
from dataclasses import replace

from ..words import Words as _
from . import camt, delimited, ofx
from .model import (
    FIELDS,
    MAX_BYTES,
    MAX_LINES,
    BankFileError,
    Line,
    Options,
    Problem,
    refuse,
)

__all__ = [
    "FIELDS",
    "BankFileError",
    "Line",
    "Options",
    "Problem",
    "detect",
    "guess_titles",
    "read_statement",
]

guess_titles = delimited.guess_titles
_BINARY = {b"PK\x03\x04": "XLSX, ZIP", b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "XLS"}


def detect(data):
    """Return "camt", "ofx" or "csv", by what is in the file and not by its name.

    :raises BankFileError: for an empty, too large or other kind of file
    """
    if not data.strip():
        refuse(_("the file is empty."))
    if len(data) > MAX_BYTES:
        reason = _(
            "the file has %(size)s MB, more than the %(limit)s MB that a statement may "
            "have. Split it by month.",
            size=len(data) // 2**20,
            limit=MAX_BYTES // 2**20,
        )
        refuse(reason)
    kind = _BINARY.get(data[:4])
    if kind:
        reason = _(
            "the file is %(kind)s. Ask the bank for CSV, CAMT.053 or OFX, or save "
            "it as CSV.",
            kind=kind,
        )
        refuse(reason)
    if ofx.is_ofx(data):
        return "ofx"
    return "camt" if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "csv"


def read_statement(data, options):
    """Return the lines of a statement file, each with an id that no other has.

    :param bytes data: the file
    :param Options options: how to read it
    :raises BankFileError: with every problem found; nothing is read then
    """
    kind = detect(data)
    if kind == "csv":
        lines = delimited.read_lines(data, options)
    elif kind == "ofx":
        lines = ofx.read_lines(data, options)
    else:
        root = camt.parse_xml(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
        if not camt.is_camt(root):
            refuse(_("the file is XML, but neither CAMT.053 nor OFX."))
        lines = camt.read_lines(root, options)
    _check(lines, options)
    return _with_ids(lines)


def _check(lines, options):
    """Refuse a file without bookings, with too many, or in an unknown currency."""
    if not lines:
        refuse(_("there is no booking in the file."))
    if len(lines) > MAX_LINES:
        reason = _(
            "there are %(count)s bookings in the file, more than %(limit)s. Split it.",
            count=len(lines),
            limit=MAX_LINES,
        )
        refuse(reason)
    known = options.currencies or {options.currency}
    reason = _("is no currency of the books. Activate it, or correct the file.")
    problems = [
        Problem(line.number, _("currency"), line.currency, reason)
        for line in lines
        if line.currency not in known
    ]
    if problems:
        raise BankFileError(problems[:200])


def _with_ids(lines):
    """Give each line without a bank's id one made of what it says.

    Two bookings that say the same on one day differ by their turn, so that the same
    file read again, or another that overlaps with it, gives the same ids.
    """
    turns = Counter()
    result = []
    for line in lines:
        if not line.uid:
            said = (line.date, line.amount.normalize(), line.currency)
            said += (line.payer, line.account, line.reference)
            turns[said] += 1
            text = "\x1f".join(map(str, (*said, turns[said])))
            digest = hashlib.sha256(text.encode()).hexdigest()[:32]
            line = replace(line, uid=f"#{digest}")
        result.append(line)
    return result

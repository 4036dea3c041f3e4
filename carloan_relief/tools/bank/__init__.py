"""Bank statement files read without Odoo: CSV, CAMT.053 and OFX.

Whatever the bank, a file becomes a list of :class:`Line`. A file that cannot be read
in full is refused in full: a statement with holes would never agree with the account.
"""

from collections import Counter, defaultdict
from dataclasses import replace

from ..words import Words as _
from . import camt, delimited, ofx
from .matching import normalise_name
from .model import (
    FIELDS,
    MAX_BYTES,
    MAX_LINES,
    MAX_PROBLEMS,
    BankFileError,
    Closing,
    Line,
    Options,
    Problem,
    is_same_account,
    refuse,
)

__all__ = [
    "FIELDS",
    "BankFileError",
    "Closing",
    "Line",
    "Options",
    "Problem",
    "detect",
    "find_new",
    "get_possible_uids",
    "guess_titles",
    "read_closing",
    "read_statement",
    "refuse",
    "split_own",
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


def read_closing(data, account=""):
    """Return the last closing balance of an account, None where the file has none.

    CSV and CAMT.053 prove their bookings within the file.

    :param str account: its number; empty where it is not known
    :rtype: Closing
    """
    if detect(data) != "ofx":
        return None
    own = [
        closing
        for closing in ofx.read_closings(data)
        if not account or not closing.own or is_same_account(closing.own, account)
    ]
    return max(own, key=lambda closing: closing.date, default=None)


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
    problems = _find_wrong_currencies(lines, options)
    problems = problems or _find_fractions(lines, options)
    if problems:
        raise BankFileError(problems[:MAX_PROBLEMS])


def _find_wrong_currencies(lines, options):
    known = options.currencies or {options.currency}
    reason = _("is no currency of the books. Activate it, or correct the file.")
    return [
        Problem(line.number, _("currency"), line.currency, reason)
        for line in lines
        if line.currency not in known
    ]


def _find_fractions(lines, options):
    """Return the amounts that a currency does not have: mostly the other mark."""
    reason = _("has more decimals than its currency: choose the other decimal mark.")
    return [
        Problem(line.number, _("amount"), str(line.amount), reason)
        for line in lines
        if line.currency in options.digits
        and line.amount != round(line.amount, options.digits[line.currency])
    ]


def _with_ids(lines):
    """Give each line an id that no other has.

    A line without a bank's number gets one made of what it says: two bookings that say
    the same on one day differ by their turn, so that the same file read again, or
    another that overlaps with it, gives the same ids. A number that stands on several
    lines of the file is completed by what they say.
    """
    digests = defaultdict(set)
    for line in lines:
        digests[line.own, line.uid].add(line.get_digest())
    turns = Counter()
    result = []
    for line in lines:
        if not line.uid:
            said = line.own, line.get_digest()
            turns[said] += 1
            line = replace(line, uid=f"#{line.get_digest(turns[said])}")
        elif len(digests[line.own, line.uid]) > 1:
            line = replace(line, uid=line.get_full_uid())
        result.append(line)
    return result


def split_own(lines, account):
    """Return (lines of the account, lines of others in the same file).

    :param str account: its number; empty where it is not known
    :raises BankFileError: where the file is of another account, or of several and it
        is not known of which
    """
    named = ", ".join(sorted({line.own for line in lines if line.own}))
    if not account:
        if "," in named:
            refuse(
                _(
                    "the file holds statements of several accounts (%(named)s). Enter "
                    "the account on the bank journal, so that its own are taken.",
                    named=named,
                )
            )
        return lines, []
    own, others = [], []
    for line in lines:
        ours = not line.own or is_same_account(line.own, account)
        (own if ours else others).append(line)
    if not own:
        refuse(
            _(
                "the statement is of account %(named)s, the bank journal has "
                "%(account)s. Choose the journal of that account.",
                named=named,
                account=account,
            )
        )
    return own, others


def get_possible_uids(lines):
    """Return every id under which these lines may have been imported before."""
    return {
        uid
        for line in lines
        for uid in (line.uid, line.get_full_uid(), line.uid.rpartition("#")[0])
        if uid
    }


def find_new(lines, known):
    """Return the lines that were not imported before, each once.

    A number alone does not tell: some banks begin to count anew every day, or number
    vouchers. It is the same booking where date and amount agree as well, and no other
    payer is named.

    :param known: {uid: :class:`Line`} imported before
    """
    imported = {*known, *(line.get_full_uid() for line in known.values())}
    new = {}
    for line in lines:
        before = known.get(line.uid)
        if before and not _is_same(before, line):
            line, before = replace(line, uid=line.get_full_uid()), None
        if not before and not imported & {line.uid, line.get_full_uid()}:
            new.setdefault(line.uid, line)
    return list(new.values())


def _is_same(one, other):
    """Tell whether two lines of one number are one booking."""
    names = {normalise_name(line.payer) for line in (one, other)} - {""}
    facts = [(line.date, line.amount, line.currency) for line in (one, other)]
    return facts[0] == facts[1] and len(names) < 2

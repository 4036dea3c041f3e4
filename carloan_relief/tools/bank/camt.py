"""A bank statement as CAMT.053 (or .052, .054), whatever its version."""

from dataclasses import replace
from decimal import Decimal

from lxml import etree

from ..words import Words as _
from .cells import CellError, read_amount, read_date
from .model import BankFileError, Line, Problem, refuse

#: Ids that the bank gives once. Others come again: who pays by standing order gives
#: one end-to-end id for all of it, and entries are counted anew in each statement.
_IDS = ("Refs/AcctSvcrRef", "Refs/TxId")
_ENTRY_ID = "AcctSvcrRef"
_RETURN_REASON = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_NOT_BOOKED = ("PDNG", "INFO", "FUTR")
_ZERO = Decimal(0)


def parse_xml(data):
    """Return the root of an XML file, tags without namespace.

    Entities are not resolved, nothing is fetched, and a document type is refused:
    no bank sends one, and whoever does wants to read files or fill the memory.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        refuse(_("the file is no valid XML (%(error)s).", error=error))
    if root.getroottree().docinfo.doctype:
        refuse(_("the file declares a document type: a bank's file has none."))
    for node in root.iter(etree.Element):
        node.tag = etree.QName(node).localname
    return root


def is_camt(root):
    """Tell whether an XML file is a bank's statement or report."""
    return any(
        root.find(name) is not None
        for name in ("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
    )


def read_lines(root, options):
    """Return the lines of a statement, one per transaction of an entry.

    :raises BankFileError: naming the entry and what is wrong
    """
    lines, problems, number = [], [], 0
    for statement in root.iter(*_STATEMENTS):
        own = _first(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id")
        start = len(lines)
        for entry in statement.iter("Ntry"):
            number += 1
            if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) in _NOT_BOOKED:
                continue
            try:
                found = _read_entry(number, entry, options)
                lines += [replace(line, own=own) for line in found]
            except CellError as error:
                column, value, reason = error.args
                problems.append(Problem(number, column, value, reason))
        if not problems:
            problems += _find_gap(statement, lines[start:])
    if problems:
        raise BankFileError(problems)
    return lines


def _find_gap(statement, lines):
    """Return the problem of a statement whose balances and bookings do not agree.

    A page that is not the last has no closing balance, a report during the day none
    at all.
    """
    opening = _read_balance(statement, "OPBD", "PRCD")
    closing = _read_balance(statement, "CLBD")
    pages = _text(statement, "StmtPgntn/PgNb"), _text(statement, "StmtPgntn/LastPgInd")
    if None in (opening, closing) or pages not in (("", ""), ("1", "true")):
        return []
    booked = sum((line.amount for line in lines), _ZERO)
    if opening + booked == closing:
        return []
    reason = _(
        "is the closing balance, but %(opening)s and the bookings of %(booked)s make "
        "%(sum)s. Bookings are missing: ask the bank for the file again.",
        opening=opening,
        booked=booked,
        sum=opening + booked,
    )
    return [Problem(0, "Bal", str(closing), reason)]


def _read_balance(statement, *codes):
    """Return the one balance of these codes, signed; None where there is none."""
    found = [
        node
        for node in statement.findall("Bal")
        if _first(node, "Tp/CdOrPrtry/Cd", "Tp/Cd") in codes
    ]
    return _read_amount(found[0], found[0])[0] if len(found) == 1 else None


def _read_entry(number, entry, options):
    """Return the lines of one entry: a collective booking has several."""
    date = _read(entry, read_date, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt")
    uid = _text(entry, _ENTRY_ID)
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) == 1:
        parts = (uid, _get_own_id(details[0]))
        uid = "/".join(part for part in parts if part)
        return [_make_line(number, entry, details[0], date, uid, options, entry)]
    if not _can_split(entry, details):
        return [_make_line(number, entry, entry, date, uid, options)]
    lines = []
    for index, detail in enumerate(details, start=1):
        own = _get_own_id(detail)
        parts = (uid, own, str(index) if uid else "")
        key = "/".join(part for part in parts if part)
        lines.append(_make_line(number, entry, detail, date, key, options, detail))
    return lines + _make_rest(number, entry, lines, date, uid, options)


def _get_own_id(detail):
    own = _first(detail, *_IDS)
    return "" if own == "NOTPROVIDED" else own


def _can_split(entry, details):
    """Tell whether each transaction of an entry says what it is of the amount."""
    currency = _read_amount(entry, entry)[1]
    try:
        return bool(details) and all(
            _read_amount(detail, entry)[1] in ("", currency) for detail in details
        )
    except CellError:
        if any(detail.find("Amt") is not None for detail in details):
            raise
        return False


def _make_rest(number, entry, lines, date, uid, options):
    """Return the line of what an entry is more or less than its transactions: what the
    bank kept for itself, or did not list."""
    whole = _make_line(number, entry, entry, date, uid, options)
    rest = whole.amount - sum(line.amount for line in lines)
    if not rest:
        return []
    uid = f"{uid}/rest" if uid else ""
    text = _("Difference of a collective booking of %(amount)s", amount=whole.amount)
    text = f"{text} {whole.reference}".strip()
    return [replace(whole, amount=rest, uid=uid, reference=text, payer="", account="")]


def _make_line(number, entry, detail, date, uid, options, amounts=None):
    """Return the line of a transaction; who paid is the other side of the money."""
    source = entry if amounts is None else amounts
    amount, currency = _read_amount(source, entry)
    side = "Dbtr" if amount > 0 else "Cdtr"
    if detail.find("RtrInf") is not None or _text(entry, "RvslInd") in (
        "true",
        "1",
    ):
        # money that comes back bears the parties of the payment it returns
        side = "Dbtr"
    parties = detail.find("RltdPties")
    payer = account = ""
    if parties is not None:
        payer = _first(parties, f"{side}/Pty/Nm", f"{side}/Nm")
        account = _first(
            parties, f"{side}Acct/Id/IBAN", f"{side}Acct/Id/Othr/Id", f"{side}Acct/Id"
        )
    return Line(
        number,
        date,
        amount,
        currency or options.currency,
        payer,
        account,
        _get_reference(entry, detail),
        uid,
        _first(detail, *_RETURN_REASON),
    )


def _read_amount(source, entry):
    """Return (signed amount, currency)."""
    node = source.find("Amt")
    if node is None:
        node = source.find("AmtDtls/TxAmt/Amt")
    if node is None:
        raise CellError("Amt", "", _("is missing in an entry."))
    try:
        amount = abs(read_amount(node.text or ""))
    except CellError as error:
        raise CellError("Amt", node.text or "", error.args[0]) from None
    mark = _text(source, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    if mark not in ("CRDT", "DBIT"):
        raise CellError("CdtDbtInd", mark, _("must be CRDT or DBIT."))
    sign = Decimal(1 if mark == "CRDT" else -1)
    return sign * amount, (node.get("Ccy") or "").upper()


def _get_reference(entry, detail):
    """Return all that was written for whoever is paid, and why it came back."""
    found = []
    for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/EndToEndId"):
        found += [node.text.strip() for node in detail.findall(path) if node.text]
    found += [
        _text(detail, "AddtlTxInf"),
        _first(detail, *_RETURN_REASON),
    ]
    if detail is entry or not any(found):
        found.append(_text(entry, "AddtlNtryInf"))
    seen = dict.fromkeys(text for text in found if text and text != "NOTPROVIDED")
    return " ".join(seen)


def _text(node, path):
    found = node.find(path)
    return (found.text or "").strip() if found is not None else ""


def _first(node, *paths):
    return next((text for path in paths if (text := _text(node, path))), "")


def _read(node, read, *paths):
    text = _first(node, *paths)
    try:
        return read(text)
    except CellError as error:
        raise CellError(paths[0], text, error.args[0]) from None

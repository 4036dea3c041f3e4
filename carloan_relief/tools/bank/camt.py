"""A bank statement as CAMT.053 (or .052, .054), whatever its version."""

from decimal import Decimal

from lxml import etree

from ..words import Words as _
from .cells import CellError, read_amount, read_date
from .model import BankFileError, Line, Problem, refuse

#: Ids that identify a transaction, and texts that say what it is for.
_IDS = ("Refs/AcctSvcrRef", "Refs/TxId", "Refs/EndToEndId", "Refs/InstrId")
_RETURN_REASON = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
_ENTRY_IDS = ("AcctSvcrRef", "NtryRef")


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
    lines, problems = [], []
    for number, entry in enumerate(root.iter("Ntry"), start=1):
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        if status in ("PDNG", "INFO"):  # not booked yet
            continue
        try:
            lines += _read_entry(number, entry, options)
        except CellError as error:
            column, value, reason = error.args
            problems.append(Problem(number, column, value, reason))
    if problems:
        raise BankFileError(problems)
    return lines


def _read_entry(number, entry, options):
    """Return the lines of one entry: a collective booking has several."""
    date = _read(entry, read_date, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt")
    uid = _first(entry, *_ENTRY_IDS)
    details = entry.findall("NtryDtls/TxDtls")
    if not details:
        return [_make_line(number, entry, entry, date, uid, options)]
    lines = []
    for index, detail in enumerate(details, start=1):
        own = _first(detail, *_IDS)
        if own == "NOTPROVIDED":
            own = ""
        parts = [uid, own] if uid and len(details) == 1 else [uid, own, str(index)]
        key = "/".join(part for part in parts if part) if uid or own else ""
        whole = entry if len(details) == 1 else detail
        lines.append(_make_line(number, entry, detail, date, key, options, whole))
    return lines


def _make_line(number, entry, detail, date, uid, options, amounts=None):
    """Return the line of a transaction; who paid is the other side of the money."""
    source = entry if amounts is None else amounts
    amount, currency = _read_amount(source, entry)
    side = "Dbtr" if amount > 0 else "Cdtr"
    if detail.find("RtrInf") is not None or _text(entry, "RvslInd") == "true":
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

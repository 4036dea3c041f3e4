"""A bank statement as OFX: 1.x in SGML, whose tags need no end, or 2.x in XML."""

import html
import re
from dataclasses import replace

from lxml import etree

from ..words import Words as _
from .camt import parse_xml
from .cells import CellError, read_amount, read_date
from .delimited import decode
from .model import BankFileError, Closing, Line, Problem, refuse

_START = re.compile(rb"<OFX>", re.I)
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9_.]+)[^<>]*>([^<]*)")
_MAX_DEPTH = 50


def is_ofx(data):
    """Tell whether a file is OFX, by its header or first tag."""
    head = data[:4096]
    return b"OFXHEADER" in head or _START.search(head) is not None


def _parse(data):
    """Return the root of an OFX file, SGML or XML."""
    if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml"):
        return parse_xml(data)
    return _parse_sgml(data)


def _parse_sgml(data):
    """Return the tree of an SGML file: what has a value ends by itself."""
    match = _START.search(data)
    if not match:
        refuse(_("the file has no OFX part."))
    header = data[: match.start()].decode("ascii", "ignore").upper()
    encoding = "" if "UTF" in header or "UNICODE" in header else _legacy(header)
    text = decode(data[match.start() :], encoding)
    root = top = etree.Element("OFX")
    for closing, name, value in _TOKEN.findall(text)[1:]:
        tag, value = name.upper(), html.unescape(value.strip())
        if closing:
            top = _close(top, tag)
        else:
            node = etree.SubElement(top, tag)
            if value:
                node.text = _CONTROL.sub("", value)
            elif sum(1 for _parent in node.iterancestors()) > _MAX_DEPTH:
                refuse(_("the file is nested too deep to be OFX."))
            else:
                top = node
    return root


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _legacy(header):
    """Return the encoding that an old header means; empty: try the usual ones."""
    western = ("CHARSET:1252", "8859-1", "8859-15")
    return "cp1252" if any(name in header for name in western) else ""


def _close(top, tag):
    """Return where an end tag leads; an end without a start changes nothing."""
    node = top
    while node is not None and node.tag != tag:
        node = node.getparent()
    if node is None:
        return top
    parent = node.getparent()
    return node if parent is None else parent


def read_lines(data, options):
    """Return the lines of an OFX file.

    :raises BankFileError: naming the transaction and what is wrong
    """
    root = _parse(data)
    lines, problems = [], []
    number = 0
    for statement in root.iter("STMTRS", "CCSTMTRS"):
        currency = _text(statement, "CURDEF").upper() or options.currency
        own = _text(statement, "BANKACCTFROM/ACCTID")
        own = own or _text(statement, "CCACCTFROM/ACCTID")
        for node in statement.iter("STMTTRN"):
            number += 1
            try:
                line = _read_line(number, node, currency)
                lines.append(replace(line, own=own))
            except CellError as error:
                column, reason = error.args
                value = _text(node, column)
                problems.append(Problem(number, column, value, reason))
    if problems:
        raise BankFileError(problems)
    return lines


def read_closings(data):
    """Return the closing balances of an OFX file that its bookings lead up to.

    Many banks give the balance of the moment instead, whatever the period: one from
    after the period proves nothing about its bookings.
    """
    closings = []
    for statement in _parse(data).iter("STMTRS", "CCSTMTRS"):
        own = _text(statement, "BANKACCTFROM/ACCTID")
        own = own or _text(statement, "CCACCTFROM/ACCTID")
        try:
            end = _read(statement, "BANKTRANLIST/DTEND", _read_day)
            date = _read(statement, "LEDGERBAL/DTASOF", _read_day)
            amount = _read(statement, "LEDGERBAL/BALAMT", _read_amount)
        except CellError:
            continue  # not every bank gives them
        if date <= end:
            closings.append(Closing(date, amount, own))
    return closings


def _read_day(text):
    return read_date(text[:8], "%Y%m%d")


def _read_line(number, node, currency):
    return Line(
        number,
        _read(node, "DTPOSTED", _read_day),
        _read(node, "TRNAMT", _read_amount),
        _text(node, "CURRENCY/CURSYM").upper() or currency,
        _text(node, "NAME") or _text(node, "PAYEE/NAME"),
        _text(node, "BANKACCTFROM/ACCTID"),
        " ".join(filter(None, (_text(node, tag) for tag in ("MEMO", "CHECKNUM")))),
        _text(node, "FITID"),
    )


def _read_amount(text):
    """Return an amount; some banks write the comma of their country."""
    return read_amount(text, "," if "," in text and "." not in text else ".")


def _read(node, tag, read):
    try:
        return read(_text(node, tag))
    except CellError as error:
        raise CellError(tag, error.args[0]) from None


def _text(node, path):
    found = node.find(path)
    return (found.text or "").strip() if found is not None else ""

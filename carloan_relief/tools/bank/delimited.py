"""A bank statement as CSV, with the columns and marks of any bank."""

import csv
import io

from ..words import Words as _
from .cells import CellError, read_amount, read_date
from .model import FIELDS, MAX_PROBLEMS, BankFileError, Line, Problem, refuse

#: Rows before the header (name of the account, period) that are looked through.
PREAMBLE = 30
TEXTS = ("payer", "account", "reference", "reason")


def decode(data, encoding=""):
    """Return the text of a file: UTF-8 where it is that, else GB 18030."""
    for one in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            return data.decode(one)
        except UnicodeDecodeError:
            continue
    return refuse(
        _(
            "the file is not text in the encoding %(encoding)s. Choose another "
            "encoding, or save it as CSV in UTF-8.",
            encoding=encoding or "UTF-8, GB 18030",
        )
    )


def read_table(data, encoding=""):
    """Return [(line number, cells)] of a CSV, blank rows left out."""
    text = decode(data, encoding)
    if "\x00" in text[:4096]:
        refuse(_("the file is no text: save it as CSV."))
    sample = text[:65536]
    mark = max(",;\t", key=sample.count)
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    try:
        rows = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    except csv.Error as error:
        refuse(_("the file cannot be read (%(error)s).", error=error))
    return [(number, row) for number, row in rows if any(row)]


def guess_titles(data, encoding=""):
    """Return the cells of the row that looks most like a header."""
    rows = read_table(data, encoding)[:PREAMBLE]
    widest = max((len([c for c in row if c]) for _number, row in rows), default=0)
    for _number, row in rows:
        if len([c for c in row if c]) == widest:
            return [cell for cell in row if cell]
    return []


def _find_header(rows, columns):
    """Return (index of the header row, {field: position})."""
    wanted = {name: title.strip() for name, title in columns.items() if title.strip()}
    for index, (_number, row) in enumerate(rows[:PREAMBLE]):
        if set(wanted.values()) <= set(row):
            return index, {name: row.index(title) for name, title in wanted.items()}
    seen = {cell for _number, row in rows[:PREAMBLE] for cell in row}
    missing = [title for title in wanted.values() if title not in seen]
    return refuse(
        _(
            "no row of the file has these titles together: %(titles)s. Correct the "
            "columns of the import.",
            titles=", ".join(missing or wanted.values()),
        )
    )


def _check_columns(columns):
    named = {name for name, title in columns.items() if title.strip()}
    for name, required in FIELDS.items():
        if required and name not in named:
            refuse(_("say which column holds the date."), column=name)
    if not named & {"amount", "credit"}:
        refuse(_("say which column holds the amount, or the money received."))


def read_lines(data, options):
    """Return the lines of a CSV file.

    :raises BankFileError: naming line, column, value and what is wrong
    """
    _check_columns(options.columns)
    rows = read_table(data, options.encoding)
    start, places = _find_header(rows, options.columns)
    lines, problems = [], []
    for number, row in rows[start + 1 :]:
        cells = {
            name: row[place] if place < len(row) else ""
            for name, place in places.items()
        }
        if not cells["date"]:  # totals at the end
            continue
        _read_line(number, cells, options, lines, problems)
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        raise BankFileError(problems)
    return lines


def _read_line(number, cells, options, lines, problems):
    """Append one line, or the problems that it has."""
    values = {}
    for name, read in (("date", _read_date), ("amount", _read_amount)):
        try:
            values[name] = read(cells, options)
        except CellError as error:
            column, reason = error.args
            value = cells.get(column, "")
            title = options.columns.get(column, column)
            problems.append(Problem(number, title, value, reason))
    if len(values) < 2:
        return
    texts = {name: cells.get(name, "") for name in TEXTS}
    uid, currency = cells.get("uid", ""), cells.get("currency") or options.currency
    lines.append(Line(number, **values, currency=currency.upper(), uid=uid, **texts))


def _named(column, read, text, *args):
    """Read a cell; a failure names its column."""
    try:
        return read(text, *args)
    except CellError as error:
        raise CellError(column, error.args[0]) from None


def _read_date(cells, options):
    return _named("date", read_date, cells["date"], options.date_format)


def _read_amount(cells, options):
    """Return the amount: signed, or money received less money paid."""
    if cells.get("amount"):
        return _named("amount", read_amount, cells["amount"], options.decimal)
    received, paid = cells.get("credit"), cells.get("debit")
    if not received and not paid:
        column = "amount" if "amount" in cells else "credit"
        raise CellError(column, _("is empty: a booking needs an amount."))
    amount = _named("credit", read_amount, received or "0", options.decimal)
    return amount - abs(_named("debit", read_amount, paid or "0", options.decimal))

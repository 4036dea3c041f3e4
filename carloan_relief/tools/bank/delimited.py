"""A bank statement as CSV, with the columns and marks of any bank."""

import codecs
import csv
import io
from collections import Counter
from itertools import islice

from ..words import Words as _
from .cells import CellError, read_amount, read_date, read_side
from .model import FIELDS, MAX_PROBLEMS, BankFileError, Line, Problem, refuse

#: Rows before the header (name of the account, period) that are looked through.
PREAMBLE = 30
TEXTS = ("payer", "account", "reference", "reason")


def decode(data, encoding=""):
    """Return the text of a file: UTF-8 where it is that, else GB 18030; UTF-16, as
    spreadsheets save it, where the file says so."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
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
    try:
        mark = max(",;\t", key=lambda one: _count_regular(text[:65536], one))
        reader = csv.reader(io.StringIO(text), delimiter=mark)
        rows = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    except csv.Error as error:
        refuse(_("the file cannot be read (%(error)s).", error=error))
    return [(number, row) for number, row in rows if any(row)]


def _count_regular(sample, mark):
    """Return how many cells stand in rows of one length, were this the mark."""
    rows = islice(csv.reader(io.StringIO(sample), delimiter=mark), 4 * PREAMBLE)
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    return max((length * count for length, count in lengths.items()), default=0)


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
    table = [
        (
            number,
            {
                name: row[place] if place < len(row) else ""
                for name, place in places.items()
            },
        )
        for number, row in rows[start + 1 :]
    ]
    lines, problems = _read_rows(table, options)
    if not problems and "balance" in places:
        rows = {line.number: line.amount for line in lines}
        booked = [(n, rows[n], cells["balance"]) for n, cells in table if n in rows]
        problems = _find_gaps(booked, options)
    if problems:
        raise BankFileError(problems)
    return lines


def _read_rows(table, options):
    """Return (lines, problems) of [(line number, {field: text})]."""
    dated = [index for index, (_number, cells) in enumerate(table) if cells["date"]]
    last = max(dated, default=-1)
    lines, problems = [], []
    for index, (number, cells) in enumerate(table):
        if cells["date"] or _is_undated(cells, index > last):
            _read_line(number, cells, options, lines, problems)
        if len(problems) >= MAX_PROBLEMS:
            break
    return lines, problems


def _find_gaps(booked, options):
    """Return the problem of balances that the bookings do not explain.

    :param booked: [(line number, amount, text of the balance after it)], the oldest
        first or last
    """
    balances, problems = [], []
    for number, _amount, text in booked:
        try:
            balances.append(read_amount(text, options.decimal))
        except CellError as error:
            title = options.columns["balance"]
            problems.append(Problem(number, title, text, error.args[0]))
    if problems:
        return problems
    amounts = [amount for _number, amount, _text in booked]
    down = [before + more for before, more in zip(balances, amounts[1:], strict=False)]
    up = [after + more for after, more in zip(balances[1:], amounts, strict=False)]
    wrong = min(
        [at + 1 for at, sum_ in enumerate(down) if sum_ != balances[at + 1]],
        [at for at, sum_ in enumerate(up) if sum_ != balances[at]],
        key=len,
    )
    if not wrong:
        return []
    number, _amount, text = booked[wrong[0]]
    reason = _(
        "is not what the booking before and this one make. Bookings are missing: ask "
        "the bank for the file again; if it is sorted otherwise, leave the column of "
        "the balance empty."
    )
    return [Problem(number, options.columns["balance"], text, reason)]


def _is_undated(cells, at_the_end):
    """Tell whether a row is a booking without its day, not a heading or the totals."""
    amounts = (cells.get(name) for name in ("amount", "credit", "debit"))
    other_side = cells.get("payer") or cells.get("account")
    return any(amounts) and bool(other_side or not at_the_end)


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
    """Return the amount: signed, by a column that says which way the money went, or
    money received less money paid."""
    if cells.get("amount"):
        amount = _named("amount", read_amount, cells["amount"], options.decimal)
        if "side" not in cells or not amount:
            return amount
        paid = _named("side", read_side, cells["side"]) < 0
        return -abs(amount) if paid else amount
    received, paid = cells.get("credit"), cells.get("debit")
    if not received and not paid:
        column = "amount" if "amount" in cells else "credit"
        raise CellError(column, _("is empty: a booking needs an amount."))
    amount = _named("credit", read_amount, received or "0", options.decimal)
    return amount - abs(_named("debit", read_amount, paid or "0", options.decimal))

"""Read a loan tape: one file of loans, one file of monthly payments.

Parsing and checking only: no ORM, no formula. Files are streamed (CSV or XLSX,
either may be gzipped); the payment rows are kept in compact arrays, so that a tape of
100,000 loans fits in memory.

What is fatal and what is not
    A loan row that cannot be right (a missing column, an amount below zero, a rate of
    800 %, dates in the wrong order, the same reference twice, a foreign currency) is
    fatal: :class:`TapeError` carries every such problem and nothing is imported.
    A payment row that cannot be used (no balance, a negative balance, an unknown loan,
    the same month twice) is rejected alone and listed; the rest goes on.

What is never read
    Columns that are not mapped (``outcome`` above all), and whatever stands in a
    payment row after the as-of date: the row is left at its date.
"""

import contextlib
import csv
import datetime
import gzip
import io
import re
import zipfile
import zlib
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

import numpy as np

from .words import Words as _

MAX_RATE = Decimal(1)
MAX_AMOUNT = Decimal(10) ** 11
MAX_TERM = 600
#: Problems listed before the reader gives up on a file that is wrong throughout.
MAX_PROBLEMS = 200

LOAN_FIELDS = {
    # field: (kind, required)
    "loan_ref": ("text", True),
    "originated": ("month", True),
    "original_amount": ("amount", True),
    "original_term": ("integer", True),
    "annual_rate": ("rate", True),
    "first_payment": ("month", True),
    "scheduled_payment": ("amount", True),
    "tape_date": ("date", True),
    "maturity": ("month", False),
    "borrower": ("text", False),
    "currency": ("text", False),
    "make": ("text", False),
    "model": ("text", False),
    "condition": ("text", False),
    "model_year": ("integer", False),
    "vehicle_value": ("amount", False),
    "credit_score": ("integer", False),
    "payment_to_income": ("rate", False),
    "state": ("text", False),
}
PAYMENT_FIELDS = {
    "loan_ref": ("text", True),
    "month_end": ("date", True),
    "balance": ("amount", True),
    "principal_paid": ("amount", True),
    "total_paid": ("amount", True),
}
FIELDS = {"loans": LOAN_FIELDS, "payments": PAYMENT_FIELDS}


@dataclass(frozen=True)
class Rejection:
    """A row (or, with line 0, a file) that was not taken, and why."""

    file: str
    line: int
    column: str
    value: str
    reason: str

    def __str__(self):
        where = f"{self.file}, line {self.line}" if self.line else self.file
        what = f", {self.column} = {self.value!r}" if self.column else ""
        return f"{where}{what}: {self.reason}"


class TapeError(Exception):
    """Nothing of the tape can be taken; ``problems`` says why."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class ValueProblem(ValueError):
    """A cell that cannot be read."""


@dataclass(frozen=True)
class Options:
    """How the person who imports reads the tape.

    ``due_day``: day of the month on which instalments fall due when the tape gives
    only months. ``term_rule``: ``origination`` when the term counts the months since
    origination (73 months, first payment one month after: 72 instalments),
    ``instalments`` when it counts the instalments themselves.
    """

    as_of: datetime.date
    currency: str = "USD"
    currencies: frozenset = frozenset()
    digits: int = 2
    due_day: int = 15
    term_rule: str = "origination"
    loan_columns: dict = field(default_factory=dict)
    payment_columns: dict = field(default_factory=dict)


@dataclass
class Loan:
    """One row of the loans file, amounts in minor units."""

    line: int
    ref: str
    originated: datetime.date
    first_due: datetime.date
    principal: int
    annual_rate: float
    payment: int
    instalments: int
    tape_date: datetime.date
    maturity: datetime.date | None = None
    borrower: str = ""
    make: str = ""
    model: str = ""
    condition: str = ""
    model_year: int | None = None
    vehicle_value: int | None = None
    credit_score: int | None = None
    payment_to_income: float | None = None
    state: str = ""


@dataclass
class Tape:
    """The tape as of a date: every loan, the usable history, what was refused.

    The history arrays are sorted by loan and month; ``position`` holds for each loan
    the row of the history at the as-of date, or -1.
    """

    options: Options
    loans: list
    loan_index: np.ndarray
    month_end: np.ndarray
    balance: np.ndarray
    principal_paid: np.ndarray
    paid: np.ndarray
    position: np.ndarray
    rejected: list
    notes: Counter
    rows_read: int
    rows_future: int
    names: tuple = ("loans", "payments")

    @property
    def open_loans(self):
        """Return the indices of the loans that owe something on the as-of date."""
        at = self.position
        owed = np.where(at >= 0, self.balance[np.maximum(at, 0)], 0)
        return np.flatnonzero(owed > 0)

    def total_open(self):
        """Return the sum of the balances open on the as-of date, minor units."""
        return int(self.balance[self.position[self.open_loans]].sum())

    def shifted(self, months):
        """Return the tape with every date moved by whole months.

        An old tape becomes a book of today: the distances between dates, and with
        them ages, lateness and terms, stay as they were.
        """
        moved = [
            replace(
                loan,
                **{
                    name: add_months(getattr(loan, name), months)
                    for name in ("originated", "first_due", "tape_date", "maturity")
                    if getattr(loan, name)
                },
                model_year=loan.model_year and loan.model_year + months // 12,
            )
            for loan in self.loans
        ]
        days, place = np.unique(self.month_end, return_inverse=True)
        later = [add_months(day, months) for day in days.tolist()]
        return replace(
            self,
            loans=moved,
            month_end=np.array(later, "datetime64[D]")[place],
            options=replace(self.options, as_of=add_months(self.options.as_of, months)),
        )


# --------------------------------------------------------------------- reading files


def _opened(source):
    """Return a binary file object on a path, on bytes or on an open file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if hasattr(source, "read"):
        return contextlib.nullcontext(source)
    return open(source, "rb")


def _head(raw, size=4):
    head = raw.read(size)
    raw.seek(0)
    return head


def _csv_rows(raw):
    """Yield the rows of a CSV: UTF-8 or GB 18030, with comma, semicolon or tab."""
    sample = raw.read(65536)
    raw.seek(0)
    encoding = "utf-8-sig"
    try:
        # a character may be cut by the end of the sample: only look before it
        sample[: sample.rfind(b"\n") + 1].decode(encoding)
    except UnicodeDecodeError:
        encoding = "gb18030"
    header = sample.split(b"\n", 1)[0]
    delimiter = max(",;\t", key=lambda mark: header.count(mark.encode()))
    text = io.TextIOWrapper(raw, encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter)
    for row in reader:
        yield reader.line_num, row
    text.detach()


def _xlsx_rows(raw):
    """Yield the rows of the first sheet of a workbook, read row by row."""
    import openpyxl  # only who brings a workbook needs the library

    book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        # some writers store a wrong sheet size, which would cut the rows short
        sheet.reset_dimensions()
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)
    finally:
        book.close()


def read_rows(source, name):
    """Yield (line number, cells) of a CSV or XLSX file, gzipped or not.

    :param source: path, bytes or binary file object
    :param str name: what messages call the file
    :raise TapeError: when the file is damaged or of another kind
    """
    unreadable = (
        OSError,
        EOFError,
        UnicodeDecodeError,
        KeyError,
        csv.Error,
        zlib.error,
        zipfile.BadZipFile,
    )
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(_opened(source))
            if _head(raw, 2) == b"\x1f\x8b":
                raw = stack.enter_context(gzip.open(raw))
            reader = _xlsx_rows if _head(raw) == b"PK\x03\x04" else _csv_rows
            yield from reader(raw)
    except unreadable as error:
        reason = _(
            "the file cannot be read (%(error)s). Send it as CSV (UTF-8) or XLSX, "
            "plain or gzipped, and check that it is complete.",
            error=error,
        )
        raise TapeError([Rejection(name, 0, "", "", reason)]) from error


def read_header(source, name):
    """Return the column titles of a file."""
    for _line, cells in read_rows(source, name):
        return [str(cell).strip() for cell in cells if cell not in (None, "")]
    return []


# --------------------------------------------------------------------- reading cells


def _text(value):
    return "" if value is None else str(value).strip()


def _decimal(value):
    """Return the exact number in a cell; a float of a workbook is read as shown."""
    if isinstance(value, float):
        value = repr(round(value, 8))
    text = _text(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueProblem(_("is not a number; write it as 1234.56."))
    return number


def _amount(value, digits):
    """Return an amount in minor units, exact."""
    number = _decimal(value)
    if abs(number) > MAX_AMOUNT:
        raise ValueProblem(_("is larger than any loan; check the column."))
    minor = number.scaleb(digits)
    if minor != minor.to_integral_value():
        reason = _(
            "has more than %(digits)s decimals; round it in the file.", digits=digits
        )
        raise ValueProblem(reason)
    return int(minor)


def _integer(value):
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueProblem(_("is not a whole number."))
    return int(number)


def _rate(value):
    number = _decimal(value)
    if not 0 <= number <= MAX_RATE:
        reason = _(
            "means %(percent)s %% a year; write a rate as a fraction, 0.072 for "
            "7.2 %%.",
            percent=f"{number * 100:f}",
        )
        raise ValueProblem(reason)
    return float(number)


_MONTH = re.compile(r"(\d{4})-(\d{1,2})$")


def _date(value, day=None):
    """Return the date in a cell; a bare month becomes ``day`` of that month."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    text = _text(value)
    bare = _MONTH.match(text)
    try:
        if bare and day:
            return month_day(int(bare[1]), int(bare[2]), day)
        return datetime.date.fromisoformat(text)
    except ValueError:
        form = _("YYYY-MM or YYYY-MM-DD") if day else "YYYY-MM-DD"
        reason = _("is not a date; write it as %(form)s.", form=form)
        raise ValueProblem(reason) from None


def month_day(year, month, day):
    """Return ``day`` of a month, or its last day when the month is shorter."""
    first = datetime.date(year, month, 1)
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    last = (following - datetime.timedelta(days=1)).day
    return first.replace(day=min(day, last))


def add_months(date, months):
    """Return a date so many months later; the last day of a month stays the last."""
    following = date + datetime.timedelta(days=1)
    day = 31 if following.day == 1 else date.day
    number = date.year * 12 + date.month - 1 + months
    return month_day(number // 12, number % 12 + 1, day)


def _read_cell(kind, value, options):
    if kind == "amount":
        return _amount(value, options.digits)
    if kind == "integer":
        return _integer(value)
    if kind == "rate":
        return _rate(value)
    if kind == "month":
        return _date(value, options.due_day)
    if kind == "date":
        return _date(value)
    return _text(value)


class _Sheet:
    """One file of the tape: finds its columns, hands out its rows."""

    def __init__(self, source, name, fields, columns):
        self.name, self.fields = name, fields
        self.columns = {key: columns.get(key) or key for key in fields}
        self.rows = read_rows(source, name)
        header = next(self.rows, None)
        if header is None:
            raise TapeError([self.reject(0, "", "", _("the file is empty."))])
        self.places = self._find_columns(header[1])

    def reject(self, line, column, value, reason):
        """Build the record of a refusal, in the words of the file."""
        title = self.columns.get(column, column)
        return Rejection(self.name, line, title, _text(value)[:80], reason)

    def _find_columns(self, header):
        titles = [_text(cell) for cell in header]
        # the import is only as good as its columns: two of one name are a guess
        doubled = [t for t, n in Counter(filter(None, titles)).items() if n > 1]
        problems = [
            self.reject(
                1,
                key,
                "",
                _(
                    "the column is missing. Add it, or say in the column mapping "
                    "which of these holds it: %(titles)s.",
                    titles=", ".join(filter(None, titles)),
                ),
            )
            for key, (_kind, required) in self.fields.items()
            if required and self.columns[key] not in titles
        ] + [
            self.reject(1, "", title, _("the column stands twice; rename one."))
            for title in doubled
            if title in self.columns.values()
        ]
        if problems:
            raise TapeError(problems)
        return {
            key: titles.index(title)
            for key, title in self.columns.items()
            if title in titles
        }

    def __iter__(self):
        for line, cells in self.rows:
            if any(cell not in (None, "") for cell in cells):
                yield line, cells

    def cell(self, cells, key):
        """Return the raw cell of a field, or None."""
        place = self.places.get(key)
        return cells[place] if place is not None and place < len(cells) else None


# ---------------------------------------------------------------------- the two files


def _months_between(start, end):
    return (end.year - start.year) * 12 + end.month - start.month


class _LoanReader:
    """Turns the loans file into :class:`Loan` rows and a list of fatal problems."""

    def __init__(self, source, name, options):
        self.options = options
        self.sheet = _Sheet(source, name, LOAN_FIELDS, options.loan_columns)
        self.problems = []
        self.lines = {}

    def read(self):
        loans = []
        for line, cells in self.sheet:
            known = len(self.problems)
            values = self._values(line, cells)
            if len(self.problems) == known:
                loans.append(self._loan(line, values))
            if len(self.problems) >= MAX_PROBLEMS:
                break
        if not loans and not self.problems:
            self._problem(0, "", "", _("the file holds no loan."))
        if self.problems:
            raise TapeError(self.problems)
        return loans

    def _problem(self, line, column, value, reason):
        self.problems.append(self.sheet.reject(line, column, value, reason))

    def _values(self, line, cells):
        """Read the cells of a row, noting each that cannot be right."""
        values = {}
        for key, (kind, required) in LOAN_FIELDS.items():
            cell = self.sheet.cell(cells, key)
            if _text(cell) == "":
                if required:
                    self._problem(line, key, "", _("is empty; every loan needs it."))
                continue
            try:
                values[key] = _read_cell(kind, cell, self.options)
            except ValueProblem as problem:
                self._problem(line, key, cell, problem.args[0])
        self._check_reference(line, values)
        self._check_amounts(line, values)
        self._check_dates(line, values)
        return values

    def _check_reference(self, line, values):
        ref = values.get("loan_ref")
        if not ref:
            return
        if ref in self.lines:
            self._problem(
                line,
                "loan_ref",
                ref,
                _(
                    "the reference stands on line %(line)s already; a loan comes once. "
                    "Remove one of the two rows.",
                    line=self.lines[ref],
                ),
            )
        self.lines.setdefault(ref, line)
        currency = values.get("currency") or self.options.currency
        if self.options.currencies and currency not in self.options.currencies:
            self._problem(
                line,
                "currency",
                currency,
                _(
                    "is not a currency of this database; activate it under Accounting "
                    "> Configuration > Currencies, or correct the tape."
                ),
            )
        elif currency != self.options.currency:
            self._problem(
                line,
                "currency",
                currency,
                _(
                    "while this import is in %(currency)s; one import holds one "
                    "currency. Split the tape.",
                    currency=self.options.currency,
                ),
            )

    def _check_amounts(self, line, values):
        for key in ("original_amount", "scheduled_payment"):
            if values.get(key, 1) <= 0:
                shown = self._shown(values[key])
                self._problem(line, key, shown, _("must be above zero."))
        if values.get("vehicle_value", 0) < 0:
            shown = self._shown(values["vehicle_value"])
            self._problem(line, "vehicle_value", shown, _("must not be below zero."))
        if not 1 <= values.get("original_term", 1) <= MAX_TERM:
            self._problem(
                line,
                "original_term",
                values["original_term"],
                _("must lie between 1 and %(most)s months.", most=MAX_TERM),
            )
        elif {"originated", "first_payment", "original_term"} <= values.keys():
            if self._instalments(values) < 1:
                self._problem(
                    line,
                    "original_term",
                    values["original_term"],
                    _(
                        "leaves no instalment after the month of the first payment; "
                        "check the term, or the way the term is counted."
                    ),
                )

    def _check_dates(self, line, values):
        """Origination, first payment, maturity and tape date follow each other."""
        order = ("originated", "first_payment", "maturity")
        known = [(key, values[key]) for key in order if values.get(key)]
        for (before, start), (after, end) in zip(known, known[1:], strict=False):
            if start > end:
                self._problem(
                    line,
                    after,
                    end,
                    _(
                        "lies before %(column)s %(date)s; check the two dates.",
                        column=self.sheet.columns[before],
                        date=start,
                    ),
                )
        tape_date, originated = values.get("tape_date"), values.get("originated")
        if not tape_date:
            return
        if originated and _months_between(originated, tape_date) < 0:
            reason = _("lies before origination %(date)s.", date=originated)
            self._problem(line, "tape_date", tape_date, reason)
        if tape_date > self.options.as_of:
            self._problem(
                line,
                "tape_date",
                tape_date,
                _(
                    "the as-of date %(as_of)s lies before the tape; choose %(date)s or "
                    "later.",
                    as_of=self.options.as_of,
                    date=tape_date,
                ),
            )

    def _shown(self, minor):
        return str(Decimal(minor).scaleb(-self.options.digits))

    def _instalments(self, values):
        term = values["original_term"]
        if self.options.term_rule == "instalments":
            return term
        return term - max(
            0, _months_between(values["originated"], values["first_payment"])
        )

    def _loan(self, line, values):
        optional = (
            "maturity borrower make model condition model_year vehicle_value "
            "credit_score payment_to_income state"
        ).split()
        return Loan(
            line=line,
            ref=values["loan_ref"],
            originated=values["originated"],
            first_due=values["first_payment"],
            principal=values["original_amount"],
            annual_rate=values["annual_rate"],
            payment=values["scheduled_payment"],
            instalments=self._instalments(values),
            tape_date=values["tape_date"],
            **{key: values[key] for key in optional if key in values},
        )


class _PaymentReader:
    """Turns the payments file into arrays, rows of the future left unread."""

    def __init__(self, source, name, options, refs):
        self.options = options
        self.sheet = _Sheet(source, name, PAYMENT_FIELDS, options.payment_columns)
        self.refs = refs
        self.rejected = []
        self.lines, self.loan, self.day = array("q"), array("q"), array("q")
        self.money = {
            key: array("q") for key in ("balance", "principal_paid", "total_paid")
        }
        self.read_count = self.future = 0

    def read(self):
        for line, cells in self.sheet:
            self.read_count += 1
            self._row(line, cells)
        return self

    def _row(self, line, cells):
        try:
            day = _date(self.sheet.cell(cells, "month_end"))
        except ValueProblem as problem:
            self._reject(line, cells, "month_end", problem.args[0])
            return
        if day > self.options.as_of:
            # what comes after the date must not be able to change anything
            self.future += 1
            return
        ref = _text(self.sheet.cell(cells, "loan_ref"))
        index = self.refs.get(ref)
        if index is None:
            reason = _("no loan of this reference stands in the loans file.")
            self._reject(line, cells, "loan_ref", reason)
            return
        amounts = self._amounts(line, cells)
        if amounts:
            self.lines.append(line)
            self.loan.append(index)
            self.day.append(day.toordinal())
            for key, amount in amounts.items():
                self.money[key].append(amount)

    def _amounts(self, line, cells):
        """Return the three amounts of a row, or None after rejecting it."""
        amounts = {}
        for key in self.money:
            cell = self.sheet.cell(cells, key)
            if _text(cell) == "" and key == "balance":
                reason = _("the balance is empty: written off, sold or not reported.")
                self._reject(line, cells, key, reason)
                return None
            try:
                amounts[key] = _amount(cell, self.options.digits) if cell else 0
            except ValueProblem as problem:
                self._reject(line, cells, key, problem.args[0])
                return None
        if amounts["balance"] < 0:
            reason = _("a balance below zero is a credit, not a loan.")
            self._reject(line, cells, "balance", reason)
            return None
        return amounts

    def _reject(self, line, cells, column, reason):
        value = self.sheet.cell(cells, column)
        self.rejected.append(self.sheet.reject(line, column, value, reason))

    def arrays(self):
        """Return (loan, day ordinal, balance, principal, paid), sorted, no doubles."""
        loan, day = np.array(self.loan, "int64"), np.array(self.day, "int64")
        order = np.lexsort((day, loan))
        loan, day = loan[order], day[order]
        lines = np.array(self.lines, "int64")[order]
        double = np.zeros(loan.size, bool)
        if loan.size:
            double[1:] = (loan[1:] == loan[:-1]) & (day[1:] == day[:-1])
        names = list(self.refs)
        for row in np.flatnonzero(double):
            date = datetime.date.fromordinal(int(day[row]))
            self.rejected.append(
                self.sheet.reject(
                    int(lines[row]),
                    "month_end",
                    date,
                    _(
                        "the month of loan %(loan)s stands on an earlier line already; "
                        "the first one counts.",
                        loan=names[loan[row]],
                    ),
                )
            )
        money = [np.array(self.money[key], "int64")[order] for key in self.money]
        return [column[~double] for column in (loan, day, *money)]


def read_tape(loans, payments, options, names=("loans", "payments")):
    """Read and check both files of a tape as of ``options.as_of``.

    :param loans: path, bytes or binary file object of the loans file
    :param payments: the same of the payments file
    :param Options options: as-of date, currency, column mapping
    :param names: what messages call the two files
    :return: the tape
    :rtype: Tape
    :raise TapeError: with every problem, when nothing may be imported
    """
    rows = _LoanReader(loans, names[0], options).read()
    refs = {loan.ref: index for index, loan in enumerate(rows)}
    reader = _PaymentReader(payments, names[1], options, refs).read()
    loan, day, balance, principal, paid = reader.arrays()
    unix_epoch = datetime.date(1970, 1, 1).toordinal()
    month_end = (day - unix_epoch).astype("datetime64[D]")
    position = np.full(len(rows), -1, "int64")
    at_date = np.flatnonzero(day == options.as_of.toordinal())
    position[loan[at_date]] = at_date
    if not at_date.size:
        _refuse_date(reader, options, day)
    rejected = _silent_loans(rows, names[0], options, loan, day, balance, position)
    rejected += sorted(reader.rejected, key=lambda item: item.line)
    return Tape(
        options=options,
        loans=rows,
        loan_index=loan,
        month_end=month_end,
        balance=balance,
        principal_paid=principal,
        paid=paid,
        position=position,
        rejected=rejected,
        notes=_oddities(loan, balance, principal, paid),
        rows_read=reader.read_count,
        rows_future=reader.future,
        names=tuple(names),
    )


def _refuse_date(reader, options, day):
    """Refuse an as-of date on which no balance is reported."""
    last = datetime.date.fromordinal(int(day.max())) if day.size else _("none")
    reason = _(
        "no loan has a row on the as-of date %(as_of)s, so no balance is known. Choose "
        "a month end of the tape (the last one before that date: %(last)s).",
        as_of=options.as_of,
        last=last,
    )
    raise TapeError(
        [reader.sheet.reject(0, "month_end", options.as_of.isoformat(), reason)]
    )


def _silent_loans(rows, name, options, loan, day, balance, position):
    """List the loans that owed something and then report nothing on the date."""
    last = np.flatnonzero(np.diff(loan, append=-1) != 0)
    silent = last[(position[loan[last]] < 0) & (balance[last] > 0)]
    rejected = []
    for at in silent:
        row = rows[loan[at]]
        owed = Decimal(int(balance[at])).scaleb(-options.digits)
        rejected.append(
            Rejection(
                name,
                row.line,
                options.loan_columns.get("loan_ref", "loan_ref"),
                row.ref,
                _(
                    "owed %(owed)s on %(date)s and has no balance on %(as_of)s: "
                    "written off, sold or not reported. Not imported.",
                    owed=owed,
                    date=datetime.date.fromordinal(int(day[at])),
                    as_of=options.as_of,
                ),
            )
        )
    return rejected


def _oddities(loan, balance, principal, paid):
    """Count what a real tape does and an importer takes as it stands."""
    same = np.zeros(loan.size, bool)
    same[1:] = loan[1:] == loan[:-1]
    rise = same & (np.diff(balance, prepend=balance[:1]) > 0)
    owing = balance > 0
    return Counter(
        {
            _("rows without a payment while something is owed"): int(
                (owing & (paid == 0)).sum()
            ),
            _("rows paid without principal (interest and fees only)"): int(
                (owing & (paid > 0) & (principal == 0)).sum()
            ),
            _("rows whose balance rises"): int(rise.sum()),
            _("rows with a negative payment"): int((paid < 0).sum()),
        }
    )

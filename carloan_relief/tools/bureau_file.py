"""A file of bureau reports: CSV or XLSX rows in, checked reports out.

A row is an account or an inquiry of a report; rows of the same person and date make
one report. A row without a kind is the score alone. Nothing is taken when one cell
cannot be right: every problem comes back with its row and column.
"""

from dataclasses import dataclass, field

from .tape.cells import ValueProblem, read_cell, read_text
from .tape.model import MAX_PROBLEMS, TapeError
from .tape.sheet import Sheet
from .words import Words as _

FIELDS = {
    # column: (kind, required)
    "reference": ("text", True),
    "report_date": ("date", True),
    "score": ("integer", False),
    "kind": ("text", False),
    "lender": ("text", False),
    "date": ("date", False),
    "limit": ("amount", False),
    "balance": ("amount", False),
    "instalment": ("amount", False),
    "arrears": ("amount", False),
    "dpd": ("integer", False),
}
KINDS = ("account", "inquiry")
MONEY = ("limit", "balance", "instalment", "arrears")


@dataclass
class Report:
    """One report of the file, amounts in minor units."""

    line: int
    reference: str
    date: object
    score: int = 0
    lines: list = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """What the cells are read with: decimals of the currency, the day of today."""

    digits: int
    today: object
    due_day: int = 1


def read(source, name, options, known):
    """Return the reports of a file.

    :param source: bytes or path of the file
    :param str name: what messages call it
    :param Options options: decimals and today
    :param known: references that a person of the company has
    :raise TapeError: with every problem; nothing may be imported then
    """
    sheet = Sheet(source, name, FIELDS, {})
    reports, problems = {}, []
    for line, cells in sheet:
        row = _Row(sheet, line, cells, options, known)
        values = row.read()
        problems += row.problems
        if not row.problems:
            _add(reports, line, values)
        if len(problems) >= MAX_PROBLEMS:
            break
    if not reports and not problems:
        problems.append(sheet.reject(0, "", "", _("the file holds no report.")))
    if problems:
        raise TapeError(problems)
    return list(reports.values())


def _add(reports, line, values):
    """Put a row into the report of its person and date."""
    key = (values["reference"], values["report_date"])
    report = reports.setdefault(key, Report(line, *key))
    report.score = values.get("score") or report.score
    if values.get("kind"):
        report.lines.append(
            {name: values[name] for name in values if name not in _OF_REPORT}
        )


_OF_REPORT = ("reference", "report_date", "score")


class _Row:
    """One row of the file and what is wrong with it."""

    def __init__(self, sheet, line, cells, options, known):
        self.sheet, self.line, self.cells = sheet, line, cells
        self.options, self.known, self.problems = options, known, []

    def read(self):
        values = {}
        for key, (kind, required) in FIELDS.items():
            cell = self.sheet.cell(self.cells, key)
            if read_text(cell) == "":
                if required:
                    self._problem(key, _("is empty; every row needs it."))
                continue
            try:
                values[key] = read_cell(kind, cell, self.options)
            except ValueProblem as problem:
                self._problem(key, problem.args[0])
        self._check(values)
        return values

    def _check(self, values):
        if values.get("reference") and values["reference"] not in self.known:
            self._problem(
                "reference",
                _("no person and no loan of the company has this reference."),
            )
        if values.get("kind") and values["kind"] not in KINDS:
            self._problem("kind", _("is neither account nor inquiry."))
        if values.get("kind") == "inquiry" and not values.get("date"):
            self._problem("date", _("is empty; an inquiry needs its date."))
        for key in (*MONEY, "dpd", "score"):
            if values.get(key, 0) < 0:
                self._problem(key, _("must not be below zero."))
        told, report = values.get("date"), values.get("report_date")
        if report and report > self.options.today:
            self._problem("report_date", _("lies in the future."))
        if told and report and told > report:
            self._problem("date", _("lies after the date of the report."))

    def _problem(self, key, reason):
        cell = self.sheet.cell(self.cells, key)
        self.problems.append(self.sheet.reject(self.line, key, cell, reason))

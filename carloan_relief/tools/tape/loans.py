"""The file of loans: every row must be right, or nothing is imported."""

from decimal import Decimal

from ..words import Words as _
from .cells import ValueProblem, read_cell, read_text
from .model import LOAN_FIELDS, MAX_PROBLEMS, MAX_TERM, Loan, TapeError
from .sheet import Sheet


def _months_between(start, end):
    return (end.year - start.year) * 12 + end.month - start.month


class LoanReader:
    """Turns the loans file into :class:`Loan` rows and a list of fatal problems."""

    def __init__(self, source, name, options):
        self.options = options
        self.sheet = Sheet(source, name, LOAN_FIELDS, options.loan_columns)
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
            if read_text(cell) == "":
                if required:
                    self._problem(line, key, "", _("is empty; every loan needs it."))
                continue
            try:
                values[key] = read_cell(kind, cell, self.options)
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

"""The file of monthly payments: a row that cannot be used is listed alone."""

import datetime
from array import array

import numpy as np

from ..words import Words as _
from .cells import ValueProblem, read_amount, read_date, read_text
from .model import PAYMENT_FIELDS, RECOVERY_FIELDS
from .sheet import Sheet


class PaymentReader:
    """Turns the payments file into arrays, rows of the future left unread."""

    def __init__(self, source, name, options, refs):
        self.options = options
        self.sheet = Sheet(source, name, PAYMENT_FIELDS, options.payment_columns)
        self.refs = refs
        self.rejected = []
        self.lines, self.loan, self.day = array("q"), array("q"), array("q")
        self.money = {
            key: array("q") for key in ("balance", "principal_paid", "total_paid")
        }
        self.recovered = array("q")
        # months without a balance: loan, day, paid, recovered
        self.blank = [array("q") for _column in range(4)]
        self.read_count = self.future = 0

    def read(self):
        for line, cells in self.sheet:
            self.read_count += 1
            self._row(line, cells)
        return self

    def _row(self, line, cells):
        try:
            day = read_date(self.sheet.cell(cells, "month_end"))
        except ValueProblem as problem:
            self._reject(line, cells, "month_end", problem.args[0])
            return
        if day > self.options.as_of:
            # what comes after the date must not be able to change anything
            self.future += 1
            return
        ref = read_text(self.sheet.cell(cells, "loan_ref"))
        index = self.refs.get(ref)
        if index is None:
            reason = _("no loan of this reference stands in the loans file.")
            self._reject(line, cells, "loan_ref", reason)
            return
        amounts = self._amounts(line, cells, index, day)
        if amounts:
            self.recovered.append(self._recovered(line, cells))
            self.lines.append(line)
            self.loan.append(index)
            self.day.append(day.toordinal())
            for key, amount in amounts.items():
                self.money[key].append(amount)

    def _amounts(self, line, cells, index, day):
        """Return the three amounts of a row, or None after rejecting it."""
        amounts = {}
        for key in self.money:
            cell = self.sheet.cell(cells, key)
            if read_text(cell) == "" and key == "balance":
                reason = _("the balance is empty: written off, sold or not reported.")
                self._reject(line, cells, key, reason)
                self._keep_blank(line, cells, index, day)
                return None
            try:
                amounts[key] = read_amount(cell, self.options.digits) if cell else 0
            except ValueProblem as problem:
                self._reject(line, cells, key, problem.args[0])
                return None
        if amounts["balance"] < 0:
            reason = _("a balance below zero is a credit, not a loan.")
            self._reject(line, cells, "balance", reason)
            return None
        return amounts

    def _keep_blank(self, line, cells, index, day):
        """Note a month without a balance: it tells a charge-off and what came after."""
        paid = read_text(self.sheet.cell(cells, "total_paid"))
        try:
            paid = read_amount(paid, self.options.digits) if paid else 0
        except ValueProblem:
            paid = 0  # the row is rejected as it is
        values = (index, day.toordinal(), paid, self._recovered(line, cells))
        for column, value in zip(self.blank, values, strict=True):
            column.append(value)

    def _recovered(self, line, cells):
        """Return what came in for a loan that was charged off, costs taken off."""
        total = 0
        for key in RECOVERY_FIELDS:
            cell = self.sheet.cell(cells, key)
            try:
                total += read_amount(cell, self.options.digits) if cell else 0
            except ValueProblem as problem:
                reason = _("%(why)s It counts as 0.", why=problem.args[0])
                self._reject(line, cells, key, reason)
        return total

    def _reject(self, line, cells, column, reason):
        value = self.sheet.cell(cells, column)
        self.rejected.append(self.sheet.reject(line, column, value, reason))

    def arrays(self):
        """Return (loan, day ordinal, balance, principal, paid, recovered).

        Sorted by loan and day, a month once.
        """
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
        money = [*self.money.values(), self.recovered]
        money = [np.array(column, "int64")[order] for column in money]
        return [column[~double] for column in (loan, day, *money)]

    def blanks(self):
        """Return (loan, day ordinal, paid, recovered) of months without a balance."""
        columns = [np.array(column, "int64") for column in self.blank]
        order = np.lexsort((columns[1], columns[0]))
        return [column[order] for column in columns]

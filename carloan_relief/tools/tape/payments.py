"""The file of monthly payments: a row that cannot be used is listed alone."""

import datetime
from array import array

import numpy as np

from ..words import Words as _
from .cells import ValueProblem, read_amount, read_date, read_text
from .model import PAYMENT_FIELDS
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
            if read_text(cell) == "" and key == "balance":
                reason = _("the balance is empty: written off, sold or not reported.")
                self._reject(line, cells, key, reason)
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

import numpy as np

from odoo import models

from odoo.addons.carloan_relief.engine import kpi

from .workbook import Column, Formula, criterion


class CarloanReportPortfolio(models.AbstractModel):
    """The sheets of the portfolio: each figure a formula over the sheet of loans."""

    _inherit = "carloan.report.portfolio"

    def _write_sheets(self, book, scope, frames):
        """Extend with the summaries first and the loans they add up last.

        A summary names cells of the loans sheet, so its place is fixed beforehand.
        """
        summary = book.sheet(self.env._("Summary"))
        lateness = book.sheet(self.env._("Lateness"))
        quality = book.sheet(self.env._("Class and grade"))
        loans = self._write_loans(book, frames["loans"])
        self._write_summary(book, summary, frames["loans"], loans)
        self._write_lateness(book, lateness, frames["loans"], loans)
        self._write_quality(book, quality, frames["loans"], loans)
        return super()._write_sheets(book, scope, frames)

    def _write_loans(self, book, frame):
        sheet = book.sheet(self.env._("Loans"))
        return book.table(sheet, 0, frame.columns, frame.rows, totals="above")

    def _write_summary(self, book, sheet, frame, loans):
        book.heading(
            sheet,
            self.env._("Portfolio and delinquency"),
            self.env._(
                "Relief lowers the lateness that is measured: read both columns."
            ),
        )
        columns = [
            Column("indicator", self.env._("Indicator"), width=52),
            Column("current", self.env._("On the schedule in force"), "rate", 20),
            Column("original", self.env._("On the original schedule"), "rate", 20),
        ]
        book.table(sheet, 3, self._amount_columns(columns), self._amounts(frame, loans))
        book.table(sheet, 8, columns, self._rates(frame, loans))

    def _amount_columns(self, columns):
        return [
            Column("indicator", self.env._("Size"), width=columns[0].width),
            Column("count", self.env._("Loans"), "int", columns[1].width),
            Column("money", self.env._("Amount"), "money", columns[2].width),
        ]

    def _amounts(self, frame, loans):
        """Return the sizes: loans and money, each a formula over the loans sheet."""
        hidden, hidden_balance = kpi.reaged(frame.balance, frame.dpd, frame.original)
        later = f"{loans.ref('dpd_original')}>{loans.ref('dpd')}"
        return [
            (
                self.env._("Outstanding"),
                Formula(f"COUNTA({loans.ref('loan')})", len(frame)),
                Formula(f"SUM({loans.ref('balance')})", _money(frame.balance.sum())),
            ),
            (
                self.env._("Overdue"),
                Formula(
                    f'COUNTIFS({loans.ref("dpd")},">0")', int((frame.dpd > 0).sum())
                ),
                Formula(f"SUM({loans.ref('overdue')})", _money(frame.overdue.sum())),
            ),
            (
                self.env._(
                    "Less late than on the original schedule, because of relief"
                ),
                Formula(f"SUMPRODUCT(--({later}))", hidden),
                Formula(
                    f"SUMPRODUCT(--({later}),{loans.ref('balance')})",
                    _money(hidden_balance),
                ),
            ),
        ]

    def _rates(self, frame, loans):
        """Return the rates on both schedules, each a formula over the loans sheet."""
        now = kpi.overdue(frame.balance, frame.overdue, frame.dpd)
        then = kpi.overdue(frame.balance, frame.overdue, frame.original)
        npl = kpi.npl_ratio(frame.balance, self._class_codes(frame))
        return [
            (
                self.env._("Overdue rate by outstanding principal"),
                self._late_formula(loans, "dpd", 0, now.by_balance),
                self._late_formula(loans, "dpd_original", 0, then.by_balance),
            ),
            (
                self.env._("Overdue rate by number of loans"),
                self._count_formula(loans, "dpd", now.by_count),
                self._count_formula(loans, "dpd_original", then.by_count),
            ),
            (
                self.env._("Overdue amount to outstanding principal"),
                Formula(
                    f"IFERROR(SUM({loans.ref('overdue')})"
                    f'/SUM({loans.ref("balance")}),"")',
                    now.by_amount,
                ),
                None,
            ),
            (
                self.env._("More than 30 days past due, by outstanding principal"),
                self._late_formula(loans, "dpd", 30, now.over_30),
                self._late_formula(loans, "dpd_original", 30, then.over_30),
            ),
            (
                self.env._("More than 90 days past due, by outstanding principal"),
                self._late_formula(loans, "dpd", 90, now.over_90),
                self._late_formula(loans, "dpd_original", 90, then.over_90),
            ),
            (self.env._("Non-performing ratio"), self._npl_formula(loans, npl), None),
        ]

    def _late_formula(self, loans, key, days, value):
        return Formula(
            f'IFERROR(SUMIFS({loans.ref("balance")},{loans.ref(key)},">{days}")'
            f'/SUM({loans.ref("balance")}),"")',
            value,
        )

    def _count_formula(self, loans, key, value):
        return Formula(
            f'IFERROR(COUNTIFS({loans.ref(key)},">0")/COUNTA({loans.ref("loan")}),"")',
            value,
        )

    def _npl_formula(self, loans, value):
        labels = self._get_labels("carloan.loan", "cn_class")
        parts = "+".join(
            f"SUMIFS({loans.ref('balance')},{loans.ref('class')},{criterion(labels[code])})"
            for code in kpi.NON_PERFORMING
        )
        return Formula(f'IFERROR(({parts})/SUM({loans.ref("balance")}),"")', value)

    # --- lateness, class, grade: one table each, by a label of the loans sheet ---

    def _write_lateness(self, book, sheet, frame, loans):
        book.heading(
            sheet,
            self.env._("Lateness"),
            self.env._("Outstanding principal by days past due."),
        )
        columns = [
            Column("label", self.env._("Days past due"), width=22),
            Column("count", self.env._("Loans"), "int", 10, True),
            Column("balance", self.env._("Outstanding principal"), "money", 18, True),
            Column("share", self.env._("Share"), "rate", 10, True),
            Column("overdue", self.env._("Overdue in all"), "money", 18, True),
            Column(
                "count_original",
                self.env._("Loans, original schedule"),
                "int",
                18,
                True,
            ),
            Column(
                "balance_original",
                self.env._("Outstanding principal, original schedule"),
                "money",
                20,
                True,
            ),
            Column(
                "share_original",
                self.env._("Share, original schedule"),
                "rate",
                14,
                True,
            ),
        ]
        rows = [
            (*row, *self._group_formulas(frame, loans, "bucket_original", row[0], 3))
            for row in self._group_rows(
                frame, loans, "bucket", self._get_bucket_labels()
            )
        ]
        table = book.table(sheet, 3, columns, rows, totals="below")
        book.chart(
            sheet,
            table.last + 3,
            0,
            "column",
            self.env._("Outstanding principal by days past due"),
            table.chart_range("label"),
            [
                (self.env._("On the schedule in force"), table.chart_range("balance")),
                (
                    self.env._("On the original schedule"),
                    table.chart_range("balance_original"),
                ),
            ],
            width=860,
        )

    def _write_quality(self, book, sheet, frame, loans):
        """Write the five classes, then the risk grades, each with its chart."""
        book.heading(sheet, self.env._("Class and grade"))
        classes = list(self._get_labels("carloan.loan", "cn_class").values())
        grades = sorted(set(frame.values("grade")))
        row = self._write_groups(
            book,
            sheet,
            2,
            frame,
            loans,
            ("class", self.env._("Five-grade class"), classes),
        )
        self._write_groups(
            book, sheet, row, frame, loans, ("grade", self.env._("Risk grade"), grades)
        )

    def _write_groups(self, book, sheet, row, frame, loans, group):
        """Write one table with its chart; return the row after both."""
        key, title, labels = group
        columns = [
            Column("label", title, width=26),
            Column("count", self.env._("Loans"), "int", 10, True),
            Column("balance", self.env._("Outstanding principal"), "money", 20, True),
            Column("share", self.env._("Share"), "rate", 10, True),
            Column("overdue", self.env._("Overdue in all"), "money", 20, True),
        ]
        rows = self._group_rows(frame, loans, key, labels)
        table = book.table(sheet, row, columns, rows, totals="below")
        book.chart(
            sheet,
            row,
            6,
            "bar",
            self.env._("Outstanding principal by %(group)s", group=title),
            table.chart_range("label"),
            [(self.env._("Outstanding principal"), table.chart_range("balance"))],
        )
        return max(table.last, row + 15) + 3

    def _group_rows(self, frame, loans, key, labels):
        return [
            (label, *self._group_formulas(frame, loans, key, label, 4))
            for label in labels
        ]

    def _group_formulas(self, frame, loans, key, label, width):
        """Return count, balance, share and overdue of the loans under a label."""
        inside = np.asarray(frame.values(key), dtype=object) == label
        where = f"{loans.ref(key)},{criterion(label)}"
        total = f"SUM({loans.ref('balance')})"
        held = frame.balance[inside].sum()
        return (
            Formula(f"COUNTIFS({where})", int(inside.sum())),
            Formula(f"SUMIFS({loans.ref('balance')},{where})", _money(held)),
            Formula(
                f'IFERROR(SUMIFS({loans.ref("balance")},{where})/{total},"")',
                float(kpi.share(held, frame.balance.sum())),
            ),
            Formula(
                f"SUMIFS({loans.ref('overdue')},{where})",
                _money(frame.overdue[inside].sum()),
            ),
        )[:width]


def _money(cents):
    return int(cents) / 100

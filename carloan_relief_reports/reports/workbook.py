"""An Excel workbook written row by row, whatever its length.

No Odoo here. Text that people typed goes in as text and can never become a formula;
every total is a formula over the rows it adds up, stored with its value for viewers
that do not calculate (mail previews, phones).
"""

import datetime
import math
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

INK = "#1F3B4D"
ACCENT = "#0F766E"
BAND = "#E6F2F0"
LINE = "#C9D6DA"
MUTED = "#5B6B73"
PALETTE = (ACCENT, "#F59E0B", "#7C3AED", "#DC2626", "#2563EB", "#65A30D", "#DB2777")

WIDTHS = {
    "text": 18,
    "int": 9,
    "money": 15,
    "rate": 10,
    "date": 11,
    "month": 11,
    "datetime": 16,
    "days": 10,
}
NUMBER_FORMATS = {
    "int": "#,##0",
    "rate": "0.00%",
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "datetime": "yyyy-mm-dd hh:mm",
    "days": "0.0",
}
DATE_KINDS = ("date", "month", "datetime")
# A cell that is edited in Excel is read again: these would then turn into formulas.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHEET_NAME_LIMIT = 31
WIDE = 12
TEXT_LIMIT = 32767


@dataclass(frozen=True)
class Column:
    """One column of a table: its key for formulas, its heading and its kind."""

    key: str
    title: str
    kind: str = "text"
    width: int = 0
    total: bool = False


@dataclass(frozen=True)
class Formula:
    """A formula and the value it has now."""

    text: str
    value: object = 0


@dataclass(frozen=True)
class Table:
    """Where a table stands, so that formulas and charts can name its columns."""

    sheet: str
    first: int
    last: int
    columns: dict

    def ref(self, key):
        """Return the absolute range of a column, one cell at least."""
        return f"{quote_sheetname(self.sheet)}!{self.local_ref(key)}"

    def local_ref(self, key):
        """Return the range without the sheet, for formulas on the sheet itself."""
        col = self.columns[key]
        first = xl_rowcol_to_cell(self.first, col, True, True)
        last = xl_rowcol_to_cell(max(self.first, self.last), col, True, True)
        return f"{first}:{last}"

    def cell(self, row, key):
        """Return the address of one cell, row counted from the first of the table."""
        return xl_rowcol_to_cell(self.first + row, self.columns[key])

    def chart_range(self, key):
        col = self.columns[key]
        return [self.sheet, self.first, col, max(self.first, self.last), col]


class Book:
    """The workbook; use it in a `with` block, then read `data`."""

    def __init__(self, title, company="", decimals=2):
        self._stream = BytesIO()
        self._book = xlsxwriter.Workbook(
            self._stream,
            {
                # rows leave memory as soon as the next one begins
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
            },
        )
        self._book.set_properties({"title": title, "company": company})
        self._book.set_calc_mode("auto")
        self._money = "#,##0" + ("." + "0" * decimals if decimals else "")
        self._formats = {}
        self._names = set()
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self._book.close()
            self.data = self._stream.getvalue()

    # --- FORMATS ---

    def format(self, kind="text", **style):
        """Return the cell format of a kind; equal ones are one object."""
        key = (kind, *sorted(style.items()))
        if key not in self._formats:
            props = {"font_name": "Arial", "font_size": 10, "valign": "top"}
            number = self._money if kind == "money" else NUMBER_FORMATS.get(kind)
            if number:
                props["num_format"] = number
            self._formats[key] = self._book.add_format(props | style)
        return self._formats[key]

    # --- SHEETS ---

    def sheet(self, name, landscape=True):
        """Add a sheet whose name is made fit for Excel and unlike the others."""
        name = self._sheet_name(name)
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&L&8&F&C&8&A&R&8&P / &N")
        return sheet

    def _sheet_name(self, name):
        clean = "".join(" " if c in "[]:*?/\\" else c for c in name).strip(" '")
        clean = clean[:SHEET_NAME_LIMIT] or "Sheet"
        base, number = clean, 2
        while clean.lower() in self._names:
            tail = f" {number}"
            clean = base[: SHEET_NAME_LIMIT - len(tail)] + tail
            number += 1
        self._names.add(clean.lower())
        return clean

    def heading(self, sheet, text, note="", row=0):
        """Write the headline of a sheet and a line of explanation under it."""
        sheet.set_row(row, 24)
        self.text(sheet, row, 0, text, bold=True, font_size=15, font_color=INK)
        if note:
            self.text(sheet, row + 1, 0, note, font_color=MUTED, italic=True)

    # --- CELLS ---

    def text(self, sheet, row, col, value, **style):
        """Write text as text, whatever it begins with."""
        value = str(value)[:TEXT_LIMIT]
        if value.startswith(FORMULA_STARTS):
            style["quote_prefix"] = True
        sheet.write_string(row, col, value, self.format(**style))

    def formula(self, sheet, row, col, formula, kind="int", **style):
        """Write a formula with the value it has now."""
        value = formula.value
        if value is None or (isinstance(value, float) and math.isnan(value)):
            value = ""
        sheet.write_formula(
            row, col, "=" + formula.text, self.format(kind, **style), value
        )

    def value(self, sheet, row, col, value, kind, **style):
        """Write one value of a kind; empty stays empty."""
        if isinstance(value, Formula):
            self.formula(sheet, row, col, value, kind, **style)
        elif value is None or value is False or value == "":
            if style:
                sheet.write_blank(row, col, None, self.format(kind, **style))
        elif kind == "text":
            self.text(sheet, row, col, value, **style)
        elif kind in DATE_KINDS:
            sheet.write_datetime(row, col, _naive(value), self.format(kind, **style))
        elif not math.isnan(value):
            sheet.write_number(row, col, value, self.format(kind, **style))

    # --- TABLES ---

    def table(self, sheet, row, columns, rows, totals="", start=0):
        """Write a table and return where it stands.

        :param totals: "above" (SUBTOTAL that follows the filter; for long lists, with
            heading frozen and filter on), "below" (SUM under the last row) or ""
        :param start: first column
        """
        above = totals == "above"
        head = row + 1 if above else row
        table = Table(
            sheet.get_name(),
            head + 1,
            head + len(rows),
            {column.key: start + i for i, column in enumerate(columns)},
        )
        self._widths(sheet, columns, start)
        if above:
            self._total_row(sheet, row, columns, rows, table, "SUBTOTAL(109,%s)")
        self._head_row(sheet, head, columns, start)
        self._body(sheet, columns, rows, table, start)
        if totals == "below":
            self._total_row(
                sheet, head + len(rows) + 1, columns, rows, table, "SUM(%s)"
            )
        if above:
            # a list this wide is read on paper as A3 only
            sheet.set_paper(8 if len(columns) > WIDE else 9)
            sheet.freeze_panes(head + 1, start + 1)
            sheet.repeat_rows(head)
            last = max(table.first, table.last)
            sheet.autofilter(head, start, last, start + len(columns) - 1)
        return table

    def _widths(self, sheet, columns, start):
        for i, column in enumerate(columns, start):
            sheet.set_column(i, i, column.width or WIDTHS[column.kind])

    def _head_row(self, sheet, row, columns, start):
        style = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK}
        sheet.set_row(row, 30)
        for i, column in enumerate(columns, start):
            align = "left" if column.kind == "text" else "right"
            self.text(sheet, row, i, column.title, text_wrap=True, align=align, **style)

    def _body(self, sheet, columns, rows, table, start):
        """Write the rows; formats are looked up once, not for each cell."""
        style = {"bottom": 1, "bottom_color": LINE}
        writers = [
            (i, self._writer(sheet, column.kind, style), column.kind)
            for i, column in enumerate(columns, start)
        ]
        for number, values in enumerate(rows, table.first):
            for (col, write, kind), value in zip(writers, values, strict=True):
                if isinstance(value, Formula):
                    self.formula(sheet, number, col, value, kind, **style)
                elif value is not None and value is not False and value != "":
                    write(number, col, value)
                else:
                    sheet.write_blank(number, col, None, self.format(kind, **style))

    def _writer(self, sheet, kind, style):
        """Return a function (row, col, value) that writes values of one kind."""
        plain = self.format(kind, **style)
        if kind == "text":
            quoted = self.format(quote_prefix=True, **style)

            def write(row, col, value):
                value = str(value)[:TEXT_LIMIT]
                risky = value.startswith(FORMULA_STARTS)
                sheet.write_string(row, col, value, quoted if risky else plain)

        elif kind in DATE_KINDS:

            def write(row, col, value):
                sheet.write_datetime(row, col, _naive(value), plain)

        else:

            def write(row, col, value):
                if math.isnan(value):
                    sheet.write_blank(row, col, None, plain)
                else:
                    sheet.write_number(row, col, value, plain)

        return write

    def _total_row(self, sheet, row, columns, rows, table, function):
        style = {"bold": True, "bg_color": BAND, "top": 1, "top_color": ACCENT}
        for position, column in enumerate(columns):
            col = table.columns[column.key]
            if column.total:
                formula = Formula(
                    function % table.local_ref(column.key),
                    math.fsum(_number(values[position]) for values in rows),
                )
                self.formula(sheet, row, col, formula, column.kind, **style)
            else:
                label = "Σ" if position == 0 else ""
                sheet.write_string(row, col, label, self.format(**style))

    # --- CHARTS ---

    def chart(self, sheet, row, col, kind, title, categories, series, **options):
        """Insert a native chart.

        :param categories: range as Table.chart_range gives it
        :param series: list of (name, range)
        """
        shape = {"type": kind}
        if options.get("stacked"):
            shape["subtype"] = "stacked"
        chart = self._book.add_chart(shape)
        for (name, values), color in zip(series, PALETTE, strict=False):
            chart.add_series(
                {
                    "name": name,
                    "categories": categories,
                    "values": values,
                    "fill": {"color": color},
                    "line": {"color": color},
                    "gap": 60,
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12, "color": INK}})
        chart.set_legend({"position": "bottom"} if len(series) > 1 else {"none": True})
        number = options.get("num_format", "#,##0")
        # the values: a bar chart has them on its x axis
        grid = {"visible": True, "line": {"color": LINE}}
        values_axis = {"num_format": number, "major_gridlines": grid}
        if options.get("from_zero", True):
            # bars that begin elsewhere make small differences look large
            values_axis["min"] = 0
        if kind == "bar":
            # first category on top, yet the values below; a label at every bar
            chart.set_x_axis({**values_axis, "label_position": "high"})
            chart.set_y_axis({"reverse": True, "interval_unit": 1})
        else:
            chart.set_y_axis(values_axis)
            if "category_format" in options:
                # as text: on an axis of dates a lone month is a day among days
                chart.set_x_axis(
                    {"num_format": options["category_format"], "text_axis": True}
                )
        size = {"width": options.get("width", 560)}
        chart.set_size({**size, "height": options.get("height", 300)})
        sheet.insert_chart(row, col, chart)


def plain(value):
    """Return a value of the database as a cell takes it: decimals become floats."""
    return float(value) if hasattr(value, "as_tuple") else value


def criterion(label):
    """Return a label as the criterion of COUNTIFS and SUMIFS, matched letter by letter.

    The equals sign and the tildes keep Excel from reading a comparison or wildcards.
    """
    for mark in "~*?":
        label = label.replace(mark, "~" + mark)
    return '"=' + label.replace('"', '""') + '"'


def _naive(value):
    """Return a date or datetime without zone, as Excel keeps them."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    return value


def _number(value):
    """Return what a cell adds to a total: text and blanks add nothing."""
    if isinstance(value, Formula):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return 0.0 if math.isnan(value) else float(value)

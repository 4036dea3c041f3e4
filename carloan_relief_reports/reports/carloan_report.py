import datetime
import re
from ast import literal_eval
from dataclasses import dataclass, field

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .domain_words import describe
from .workbook import Book, Column

COVER_WIDTHS = (34, 86)


@dataclass(frozen=True)
class Scope:
    """What a report covers: fixed before the first row is read."""

    company: models.BaseModel
    domain: Domain
    filters: str
    as_of: datetime.date
    oldest: datetime.date
    tz: datetime.tzinfo


@dataclass(frozen=True)
class Frame:
    """Rows of one statement, with their columns by key."""

    columns: list
    rows: list
    index: dict = field(init=False)

    def __post_init__(self):
        keys = {column.key: i for i, column in enumerate(self.columns)}
        object.__setattr__(self, "index", keys)

    def __len__(self):
        return len(self.rows)

    def values(self, key):
        """Return one column as a list."""
        position = self.index[key]
        return [row[position] for row in self.rows]


@dataclass(frozen=True)
class Result:
    """A finished workbook."""

    name: str
    data: bytes
    row_count: int
    as_of: datetime.date
    message: str


class CarloanReport(models.AbstractModel):
    """A report: what it is called, what it reads, and the sheets it writes.

    A new report is a model that inherits this one (or other reports, to join their
    sheets) and sets `_report_offered`; it can then be downloaded and scheduled. It
    reads with the rights, the company and the language of its environment.
    """

    _name = "carloan.report"
    _description = "Report"

    # whether people can ask for it, under the name in `_description`
    _report_offered = False

    # ------------------------------------------------------------------
    # REGISTRY
    # ------------------------------------------------------------------

    @api.model
    def _get_reports(self):
        """Return [(name, label)] of all reports that can be asked for."""
        names = self.env.registry.descendants(["carloan.report"], "_inherit")
        reports = (self.env[name] for name in names)
        return sorted(
            (
                (report._name, report._get_label())
                for report in reports
                if report._report_offered
            ),
            key=lambda item: item[1],
        )

    # ------------------------------------------------------------------
    # HOOKS
    # ------------------------------------------------------------------

    def _gather(self, scope):
        """Return {name: Frame}, one statement each. Extend in a report."""
        return {}

    def _write_sheets(self, book, scope, frames):
        """Write the sheets after the cover. Extend in a report."""

    def _get_definitions(self):
        """Return [(term, definition)] for the cover. Extend in a report."""
        return [
            (
                self.env._("Amounts"),
                self.env._(
                    "In %(currency)s. What is owed in another currency is converted at "
                    "the rate of the as-of day.",
                    currency=self.env.company.currency_id.name,
                ),
            )
        ]

    # ------------------------------------------------------------------
    # BUILD
    # ------------------------------------------------------------------

    def _build(self, domain=(), tz=None):
        """Return the workbook of the current company as a Result.

        :param domain: domain on loans, added to what the user may see anyway
        :param tz: name of the time zone in which times are shown
        """
        scope = self._get_scope(domain, tz)
        frames = self._gather(scope)
        count = sum(len(frame) for frame in frames.values())
        message = "" if count else self._get_empty_message(scope)
        title = self._get_label()
        company = scope.company
        with Book(title, company.name, company.currency_id.decimal_places) as book:
            self._write_cover(book, scope, frames, message)
            self._write_sheets(book, scope, frames)
        return Result(
            self._get_file_name(scope), book.data, count, scope.as_of, message
        )

    def _get_label(self):
        """Return the name of the report in the reader's language."""
        # sudo: model names are technical data, closed to users but not secret
        model_sudo = self.env["ir.model"].sudo()._get(self._name)
        return model_sudo.name or self._description

    def _get_scope(self, domain, tz):
        company = self.env.company
        domain = self._check_domain(domain)
        base = Domain("company_id", "=", company.id) & domain
        [(oldest, newest)] = self.env["carloan.loan"]._read_group(
            base & Domain("state", "=", "active"),
            aggregates=["position_date:min", "position_date:max"],
        )
        today = fields.Date.context_today(self)
        return Scope(
            company=company,
            domain=base,
            filters=self._describe_domain(domain),
            as_of=newest or today,
            oldest=oldest or newest or today,
            tz=pytz.timezone(tz or self.env.user.tz or "UTC"),
        )

    @api.model
    def _parse_domain(self, text):
        """Return the domain that a text stands for, or say what is wrong with it."""
        try:
            domain = literal_eval(text or "[]")
        except (ValueError, SyntaxError) as error:
            raise UserError(self._get_domain_message(text, error)) from error
        return self._check_domain(domain)

    @api.model
    def _check_domain(self, domain):
        """Return a domain on loans that works, or say what is wrong with it."""
        try:
            domain = Domain(list(domain)) if domain else Domain.TRUE
            domain.validate(self.env["carloan.loan"])
            self.env["carloan.loan"].search(domain, limit=1)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(self._get_domain_message(domain, error)) from error
        return domain

    def _get_domain_message(self, domain, error):
        return self.env._(
            "The filter %(domain)s is not one of loans: %(error)s. Choose the filter "
            "again with the editor.",
            domain=str(domain),
            error=str(error),
        )

    def _describe_domain(self, domain):
        """Return a domain in words a manager can check."""
        if domain.is_true():
            return self.env._("All loans")
        return describe(self.env["carloan.loan"], domain)

    def _get_empty_message(self, scope):
        return self.env._(
            "No loan or request of %(company)s matches the filter “%(filter)s” among "
            "what %(user)s may see. Widen the filter, or check the rights.",
            company=scope.company.name,
            filter=scope.filters,
            user=self.env.user.name,
        )

    def _get_file_name(self, scope):
        name = re.sub(r"[^\w-]+", "_", self._get_label()).strip("_")
        return f"{name}_{scope.as_of:%Y-%m-%d}.xlsx"

    # ------------------------------------------------------------------
    # READ
    # ------------------------------------------------------------------

    def _fetch(self, model, domain, paths, order):
        """Return rows of dotted paths in one statement, within the user's rules.

        :param paths: field names of the model; `a_id.b` follows a many2one
        """
        records = self.env[model]
        query = records._search(Domain(domain), order=order)
        columns = [self._path_to_sql(records, query, path) for path in paths]
        return self.env.execute_query(query.select(*columns))

    def _fetch_in_books(self, scope, model, domain, paths, order, amounts):
        """Return rows like `_fetch`, with amounts in the currency of the company.

        A loan may be owed in another currency: one sum over both would be none.

        :param amounts: the paths that are amounts in `currency_id` of the model
        """
        rows = self._fetch(model, domain, [*paths, "currency_id"], order)
        rates = self._get_rates(scope, {row[-1] for row in rows})
        places = {paths.index(path) for path in amounts}
        books = scope.company.currency_id
        return [
            row[:-1]
            if rates[row[-1]] == 1.0
            else tuple(
                books.round(float(value or 0) * rates[row[-1]])
                if place in places
                else value
                for place, value in enumerate(row[:-1])
            )
            for row in rows
        ]

    def _get_rates(self, scope, currency_ids):
        """Return {currency id: units of the books for one of it} on the as-of day."""
        currencies = self.env["res.currency"].browse(currency_ids)
        books, company = scope.company.currency_id, scope.company
        return {
            currency.id: currency._get_conversion_rate(
                currency, books, company, scope.as_of
            )
            for currency in currencies
        }

    def _path_to_sql(self, model, query, path):
        """Return the SQL of a path, joining what it passes through.

        The name at the end of a many2one is shown like everywhere in Odoo: whoever
        may read the record may read the names it points to.
        """
        alias = query.table
        *links, name = path.split(".")
        for link in links:
            comodel = self.env[model._fields[link].comodel_name]
            alias = query.left_join(alias, link, comodel._table, "id", link)
            model = comodel
        return model._field_to_sql(alias, name, query)

    def _get_labels(self, model, name):
        """Return {value: label} of a selection in the reader's language."""
        labels = self.env[model]._fields[name]._description_selection(self.env)
        return dict(labels)

    # ------------------------------------------------------------------
    # COVER
    # ------------------------------------------------------------------

    def _write_cover(self, book, scope, frames, message):
        """Write what was asked, of whom, as of when, and what the words mean."""
        sheet = book.sheet(self.env._("Cover"), landscape=False)
        sheet.set_column(0, 0, COVER_WIDTHS[0])
        sheet.set_column(1, 1, COVER_WIDTHS[1])
        book.heading(sheet, self._get_label(), scope.company.name)
        row = 3
        if message:
            book.text(sheet, row, 0, self.env._("Nothing found"), bold=True)
            book.text(sheet, row, 1, message, text_wrap=True, font_color="#B91C1C")
            row += 2
        row = self._write_pairs(book, sheet, row, self._get_facts(scope, frames))
        row += 1
        book.text(sheet, row, 0, self.env._("Definitions"), bold=True, font_size=12)
        self._write_pairs(book, sheet, row + 1, self._get_definitions())

    def _get_facts(self, scope, frames):
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(scope.tz)
        as_of = f"{scope.as_of:%Y-%m-%d}"
        if scope.oldest < scope.as_of:
            as_of = self.env._(
                "%(newest)s (the oldest position is of %(oldest)s: let the nightly "
                "run finish)",
                newest=as_of,
                oldest=f"{scope.oldest:%Y-%m-%d}",
            )
        return [
            (self.env._("As of"), as_of),
            (self.env._("Filter"), scope.filters),
            (self.env._("Made at"), f"{now:%Y-%m-%d %H:%M} ({scope.tz.zone})"),
            (self.env._("Holds what may be seen by"), self.env.user.name),
            (self.env._("Currency"), scope.company.currency_id.name),
            *((frame_name, str(len(f))) for frame_name, f in self._count(frames)),
        ]

    def _count(self, frames):
        """Return [(label, frame)] of what is counted on the cover."""
        return []

    def _write_pairs(self, book, sheet, row, pairs):
        for term, text in pairs:
            # a viewer that does not measure text needs the height of wrapped lines
            lines = max(map(_lines, (term, text), COVER_WIDTHS))
            sheet.set_row(row, 14 * lines)
            book.text(sheet, row, 0, term, font_color="#5B6B73", text_wrap=True)
            book.text(sheet, row, 1, text, text_wrap=True)
            row += 1
        return row

    # ------------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------------

    def _local(self, scope, moment):
        """Return a UTC datetime of the database on the clock of the reader."""
        if not moment:
            return None
        return pytz.utc.localize(moment).astimezone(scope.tz).replace(tzinfo=None)

    def _columns(self, *specs):
        """Return columns from (key, title, kind, width, total) tuples."""
        return [Column(*spec) for spec in specs]


def _lines(text, width):
    """Return how many lines a text takes in a column: wide signs count twice."""
    length = sum(2 if ord(sign) > 0x2E80 else 1 for sign in str(text))
    return max(1, -(-length // width))

"""One file of a tape: its columns and its rows."""

from collections import Counter

from ..words import Words as _
from .cells import read_text
from .files import read_rows
from .model import Rejection, TapeError


class Sheet:
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
        return Rejection(self.name, line, title, read_text(value)[:80], reason)

    def _find_columns(self, header):
        titles = [read_text(cell) for cell in header]
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

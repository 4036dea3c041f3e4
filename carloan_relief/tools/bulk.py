"""Many rows into PostgreSQL and out of it, by COPY: an order faster than INSERT.

Only for tables and columns named in code; values travel as text, escaped.
"""

import io
from itertools import islice

from odoo.tools import SQL

#: Rows written at a time: bounds the memory of a large load.
CHUNK = 50_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_in(cr, table, columns, rows):
    """Append rows to a table; return how many.

    :param cr: cursor; what the ORM still holds back must be flushed
    :param str table: name of the table, never from outside
    :param columns: names of the columns, in the order of the values
    :param rows: iterable of tuples; None becomes NULL
    """
    command = SQL(
        "COPY %s (%s) FROM STDIN",
        SQL.identifier(table),
        SQL(", ").join(SQL.identifier(name) for name in columns),
    )
    rows, count = iter(rows), 0
    while chunk := list(islice(rows, CHUNK)):
        text = "".join("\t".join(map(_encode, row)) + "\n" for row in chunk)
        cr.copy_expert(command.code, io.StringIO(text))
        count += len(chunk)
    return count


def _encode(value):
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    return str(value)

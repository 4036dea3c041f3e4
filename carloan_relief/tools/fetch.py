"""Many rows out of PostgreSQL into numpy: binary COPY, parsed in chunks.

Every column of the query must be a number (days as ``date - '1970-01-01'``, flags as
``::int``). All travel as float8 and NULL as nan, so that every row has the same number
of bytes and numpy reads them where they lie: millions of rows cost no object each.
"""

import numpy as np

#: Bytes that are parsed at a time.
CHUNK = 1 << 24
#: What a binary COPY begins with: signature, flags, length of an extension of none.
HEADER = 19


class _Parser:
    """A file for COPY to write into: turns bytes into numbers as they come."""

    def __init__(self, width):
        cell = np.dtype([("length", ">i4"), ("value", ">f8")])
        self.row = np.dtype([("count", ">i2"), ("cells", cell, (width,))])
        self.width, self.parts = width, []
        self.held, self.skip = bytearray(), HEADER

    def write(self, data):
        self.held += data
        if len(self.held) > CHUNK:
            self._parse()
        return len(data)

    def _parse(self):
        whole = (len(self.held) - self.skip) // self.row.itemsize
        if whole <= 0:
            return
        rows = np.frombuffer(self.held, self.row, whole, self.skip)
        self.parts.append(rows["cells"]["value"].astype(np.float64))
        end = self.skip + whole * self.row.itemsize
        del rows  # it looks into what is cut off next
        self.held, self.skip = self.held[end:], 0

    def table(self):
        """Return everything that was written, (R, width)."""
        self._parse()
        if not self.parts:
            return np.empty((0, self.width))
        return self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)


def fetch(env, query, width):
    """Return the rows of a query as float64 (R, width).

    :param env: what the ORM still holds back is flushed before
    :param SQL query: its columns are numbers
    :param width: number of its columns
    """
    env.flush_all()
    parser = _Parser(width)
    inner = env.cr.mogrify(query.code, query.params).decode()
    names = [f"c{number}" for number in range(width)]
    cells = ", ".join(f"COALESCE({name}::float8, 'NaN')" for name in names)
    command = (
        f"COPY (SELECT {cells} FROM ({inner}) AS found ({', '.join(names)}))"
        " TO STDOUT WITH (FORMAT binary)"
    )
    env.cr.copy_expert(command, parser)
    return parser.table()

"""Many rows out of PostgreSQL into numpy, by COPY and in chunks.

Every column of the query must be a number (days as ``date - '1970-01-01'``, flags as
``::int``); NULL becomes nan. 100,000 loans x 24 months take seconds and stay small.
"""

import numpy as np

#: Bytes of text that are parsed at a time.
CHUNK = 1 << 24


class _Parser:
    """A file for COPY to write into: turns text into numbers as it comes."""

    def __init__(self, width):
        self.width, self.parts, self.held, self.size = width, [], [], 0

    def write(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.held.append(data)
        self.size += len(data)
        if self.size > CHUNK:
            self._parse()
        return len(text)

    def _parse(self):
        whole = b"".join(self.held)
        end = whole.rfind(b"\n") + 1
        rest = whole[end:]
        self.held, self.size = [rest] if rest else [], len(rest)
        if end:
            numbers = np.fromstring(whole[:end].decode("ascii"), np.float64, sep=" ")
            self.parts.append(numbers.reshape(-1, self.width))

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
    command = f"COPY ({inner}) TO STDOUT WITH (DELIMITER ' ', NULL 'nan')"
    env.cr.copy_expert(command, parser)
    return parser.table()

"""Read a loan tape: one file of loans, one file of monthly payments.

Parsing and checking only: no ORM, no formula. Files are streamed (CSV or XLSX,
either may be gzipped); the payment rows are kept in compact arrays, so that a tape of
100,000 loans fits in memory.

What is fatal and what is not
    A loan row that cannot be right (a missing column, an amount below zero, a rate of
    800 %, dates in the wrong order, the same reference twice, a foreign currency) is
    fatal: :class:`TapeError` carries every such problem and nothing is imported.
    A payment row that cannot be used (no balance, a negative balance, an unknown loan,
    the same month twice) is rejected alone and listed; the rest goes on.

What is never read
    Columns that are not mapped (``outcome`` above all), and whatever stands in a
    payment row after the as-of date: the row is left at its date.
"""

from .cells import ValueProblem
from .files import read_header
from .model import (
    FIELDS,
    LOAN_FIELDS,
    PAYMENT_FIELDS,
    Loan,
    Options,
    Rejection,
    Tape,
    TapeError,
)
from .reader import read_tape

__all__ = [
    "FIELDS",
    "LOAN_FIELDS",
    "PAYMENT_FIELDS",
    "Loan",
    "Options",
    "Rejection",
    "Tape",
    "TapeError",
    "ValueProblem",
    "read_header",
    "read_tape",
]

"""What a tape is once it is read: its fields, options, loans and refusals."""

import datetime
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from .cells import add_months

MAX_TERM = 600
#: Problems listed before the reader gives up on a file that is wrong throughout.
MAX_PROBLEMS = 200

LOAN_FIELDS = {
    # field: (kind, required)
    "loan_ref": ("text", True),
    "originated": ("month", True),
    "original_amount": ("amount", True),
    "original_term": ("integer", True),
    "annual_rate": ("rate", True),
    "first_payment": ("month", True),
    "scheduled_payment": ("amount", True),
    "tape_date": ("date", True),
    "maturity": ("month", False),
    "borrower": ("text", False),
    "currency": ("text", False),
    "make": ("text", False),
    "model": ("text", False),
    "condition": ("text", False),
    "model_year": ("integer", False),
    "vehicle_value": ("amount", False),
    "credit_score": ("integer", False),
    "payment_to_income": ("rate", False),
    "state": ("text", False),
}
PAYMENT_FIELDS = {
    "loan_ref": ("text", True),
    "month_end": ("date", True),
    "balance": ("amount", True),
    "principal_paid": ("amount", True),
    "total_paid": ("amount", True),
    "recovered": ("amount", False),
    "repossession_proceeds": ("amount", False),
}
#: What still comes in for a loan that was charged off.
RECOVERY_FIELDS = ("recovered", "repossession_proceeds")
FIELDS = {"loans": LOAN_FIELDS, "payments": PAYMENT_FIELDS}


@dataclass(frozen=True)
class Rejection:
    """A row (or, with line 0, a file) that was not taken, and why."""

    file: str
    line: int
    column: str
    value: str
    reason: str

    def __str__(self):
        where = f"{self.file}, line {self.line}" if self.line else self.file
        what = f", {self.column} = {self.value!r}" if self.column else ""
        return f"{where}{what}: {self.reason}"


class TapeError(Exception):
    """Nothing of the tape can be taken; ``problems`` says why."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


@dataclass(frozen=True)
class Options:
    """How the person who imports reads the tape.

    ``due_day``: day of the month on which instalments fall due when the tape gives
    only months. ``term_rule``: ``origination`` when the term counts the months since
    origination (73 months, first payment one month after: 72 instalments),
    ``instalments`` when it counts the instalments themselves.
    """

    as_of: datetime.date
    currency: str = "USD"
    currencies: frozenset = frozenset()
    digits: int = 2
    due_day: int = 15
    term_rule: str = "origination"
    loan_columns: dict = field(default_factory=dict)
    payment_columns: dict = field(default_factory=dict)


@dataclass
class Loan:
    """One row of the loans file, amounts in minor units."""

    line: int
    ref: str
    originated: datetime.date
    first_due: datetime.date
    principal: int
    annual_rate: float
    payment: int
    instalments: int
    tape_date: datetime.date
    maturity: datetime.date | None = None
    borrower: str = ""
    make: str = ""
    model: str = ""
    condition: str = ""
    model_year: int | None = None
    vehicle_value: int | None = None
    credit_score: int | None = None
    payment_to_income: float | None = None
    state: str = ""


@dataclass
class Tape:
    """The tape as of a date: every loan, the usable history, what was refused.

    The history arrays are sorted by loan and month; ``position`` holds for each loan
    the row of the history at the as-of date, or -1. ``blanks`` are the months without
    a balance: (loan index, month end, paid, recovered), sorted alike.
    """

    options: Options
    loans: list
    loan_index: np.ndarray
    month_end: np.ndarray
    balance: np.ndarray
    principal_paid: np.ndarray
    paid: np.ndarray
    position: np.ndarray
    rejected: list
    notes: Counter
    rows_read: int
    rows_future: int
    names: tuple = ("loans", "payments")
    recovered: np.ndarray | None = None
    blanks: tuple = ()

    @property
    def open_loans(self):
        """Return the indices of the loans that owe something on the as-of date."""
        at = self.position
        owed = np.where(at >= 0, self.balance[np.maximum(at, 0)], 0)
        return np.flatnonzero(owed > 0)

    def total_open(self):
        """Return the sum of the balances open on the as-of date, minor units."""
        return int(self.balance[self.position[self.open_loans]].sum())

    def shifted(self, months):
        """Return the tape with every date moved by whole months.

        An old tape becomes a book of today: the distances between dates, and with
        them ages, lateness and terms, stay as they were.
        """
        moved = [
            replace(
                loan,
                **{
                    name: add_months(getattr(loan, name), months)
                    for name in ("originated", "first_due", "tape_date", "maturity")
                    if getattr(loan, name)
                },
                model_year=loan.model_year and loan.model_year + months // 12,
            )
            for loan in self.loans
        ]
        blanks = self.blanks
        if blanks:
            blanks = (blanks[0], _move(blanks[1], months), *blanks[2:])
        return replace(
            self,
            loans=moved,
            month_end=_move(self.month_end, months),
            blanks=blanks,
            options=replace(self.options, as_of=add_months(self.options.as_of, months)),
        )


def _move(days, months):
    """Return days moved by whole months, each distinct one computed once."""
    distinct, place = np.unique(days, return_inverse=True)
    later = [add_months(day, months) for day in distinct.tolist()]
    return np.array(later, "datetime64[D]")[place]

"""How a loan of a tape ended: hand-made months, and the real tape by a second count."""

import csv
import datetime
import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from engine.risk import history
from tools import tape

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MONTHS = np.array(["2020-01-31", "2020-02-29", "2020-03-31"], "datetime64[D]")

# (balances, principal paid; None = no balance) -> (ending, month)
CASES = {
    "owes": ([(900, 100), (800, 100), (700, 100)], "open", None),
    "repaid": ([(900, 100), (0, 900), None], "repaid", 1),
    "zero twice": ([(900, 100), (0, 900), (0, 0)], "repaid", 1),
    "repaid at once": ([(0, 900)], "repaid", 0),
    "written off": ([(900, 100), (0, 0), None], "charged_off", 1),
    "written off with a payment": ([(900, 100), (0, 40)], "charged_off", 1),
    "balance gone": ([(900, 100), None, None], "charged_off", 1),
    "rows stop": ([(900, 100), (800, 100)], "stopped", 1),
    "zero and back": ([(900, 100), (0, 0), (900, 0)], "open", None),
}


@pytest.mark.parametrize("name", CASES)
def test_ending(name):
    """A case alone, and behind another loan."""
    rows, kind, month = CASES[name]
    for before in ([], [(500, 0), (500, 0), (500, 0)]):
        loans = [loan for loan in (before, rows) if loan]
        code, end = endings(loans)
        assert history.ENDINGS[code[-1]] == kind
        assert (np.isnat(end[-1])) if month is None else end[-1] == MONTHS[month]


def endings(loans):
    """Return the endings of loans given as lists of months."""
    rows, blanks = [], []
    for at, months in enumerate(loans):
        for month, cells in zip(MONTHS, months, strict=False):
            if cells is None:
                blanks.append((at, month))
            else:
                rows.append((at, month, *cells))
    loan, day, balance, principal = map(np.array, zip(*rows, strict=True))
    blank = tuple(zip(*blanks, strict=True)) or ([], [])
    return history.endings(
        loan, day, balance, principal, *blank, len(loans), MONTHS[-1]
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="the real tape is not at hand")
def test_the_real_tape_by_a_plain_loop():
    """Every loan of 2017, by a loop over its rows as text."""
    files = [str(DATA / f"tape_2017_{name}.csv.gz") for name in ("loans", "payments")]
    one = tape.read_tape(*files, tape.Options(as_of=datetime.date(2020, 12, 31)))
    code, end = history.endings(
        one.loan_index,
        one.month_end,
        one.balance,
        one.principal_paid,
        *one.blanks[:2],
        len(one.loans),
        one.options.as_of,
    )
    wanted = loop(files[1])
    for loan, kind, day in zip(one.loans, code, end, strict=True):
        shown = None if np.isnat(day) else str(day)
        assert (history.ENDINGS[kind], shown) == wanted[loan.ref], loan.ref


def loop(path):
    """Return {reference: (ending, month)} by reading the rows one by one."""
    months = defaultdict(list)
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if not row["balance"].startswith("-"):
                months[row["loan_ref"]].append(row)
    return {ref: ending(sorted(rows, key=when)) for ref, rows in months.items()}


def when(row):
    return row["month_end"]


def ending(rows):
    owing = [at for at, row in enumerate(rows) if float(row["balance"] or 0) > 0]
    if not owing:
        return "repaid", when(rows[0])
    last = owing[-1]
    if last + 1 == len(rows):
        stopped = when(rows[last]) != "2020-12-31"
        return ("stopped", when(rows[last])) if stopped else ("open", None)
    after = rows[last + 1]
    paid = float(after["principal_paid"]) >= float(rows[last]["balance"]) / 2
    repaid = after["balance"] != "" and paid
    return "repaid" if repaid else "charged_off", when(after)

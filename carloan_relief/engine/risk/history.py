"""How did the loans of a tape end, as far as its months tell?

A tape has no column that can be trusted for it: the balances tell. After the last
month with a balance above zero comes

* a balance of zero of which at least half was paid as principal: repaid;
* a balance of zero that was not paid (``FORGIVEN``), or a month without any balance:
  charged off in that month;
* nothing: the rows stop, and nobody knows. Not a bad loan and not a good one.
"""

import numpy as np

OPEN, REPAID, CHARGED_OFF, STOPPED = range(4)
#: Names of the endings, in the order of the codes.
ENDINGS = ("open", "repaid", "charged_off", "stopped")
#: Less of the last balance than this paid as principal is no repayment: 1 in 2.
FORGIVEN = 2


def endings(loan, day, balance, principal, blank_loan, blank_day, size, as_of):
    """Return how each of ``size`` loans ended, and when.

    :param loan: (R,) loan index of each month, sorted by loan and day
    :param day: (R,) datetime64[D] month ends, none after ``as_of``
    :param balance: (R,) int64 balance at the month end
    :param principal: (R,) int64 principal paid in the month
    :param blank_loan: (B,) loan index of the months without a balance, sorted alike
    :param blank_day: (B,) their month ends
    :param size: number of loans
    :param as_of: the last month end that was read
    :return: ((size,) int8 code, (size,) datetime64[D] date of the end, NaT when open)
    """
    code = np.full(size, STOPPED, np.int8)
    end = np.full(size, "NaT", "datetime64[D]")
    loan, balance = np.asarray(loan, np.int64), np.asarray(balance, np.int64)
    last, following = _last_owing(loan, balance, size)
    owed = last >= 0
    has_next = owed & (following >= 0)
    before, after = balance[last[has_next]], following[has_next]
    paid = FORGIVEN * np.asarray(principal, np.int64)[after] >= before
    code[has_next] = np.where(paid, REPAID, CHARGED_OFF)
    end[has_next] = day[after]
    rest = np.flatnonzero(owed & ~has_next)
    blank = _first_after(blank_loan, blank_day, day[last[rest]], rest, size)
    gone = ~np.isnat(blank)
    code[rest[gone]], end[rest[gone]] = CHARGED_OFF, blank[gone]
    kept = rest[~gone]
    still = day[last[kept]] == np.datetime64(as_of, "D")
    code[kept[still]] = OPEN
    end[kept[~still]] = day[last[kept[~still]]]
    _end_at_once(code, end, loan, day, owed)
    return code, end


def _last_owing(loan, balance, size):
    """Return the last row of each loan that owes, and the row after it (-1: none)."""
    rows = np.flatnonzero(balance > 0)
    last = np.full(size, -1, np.int64)
    last[loan[rows]] = rows
    after = last + 1
    inside = (last >= 0) & (after < loan.size)
    same = np.zeros(size, bool)
    same[inside] = loan[after[inside]] == np.flatnonzero(inside)
    return last, np.where(same, after, -1)


def _first_after(blank_loan, blank_day, since, loans, size):
    """Return the first blank month of some loans after a day of each."""
    start = np.full(size, "9999-12-31", "datetime64[D]")
    start[loans] = since
    blank_loan = np.asarray(blank_loan, np.int64)
    blank_day = np.asarray(blank_day, "datetime64[D]")
    later = blank_day > start[blank_loan]
    first = np.full(size, "NaT", "datetime64[D]")
    # backwards: the first of each loan is written last
    first[blank_loan[later][::-1]] = blank_day[later][::-1]
    return first[loans]


def _end_at_once(code, end, loan, day, owed):
    """A loan that never owes on the tape was repaid in its first month."""
    first = np.full(code.size, -1, np.int64)
    first[loan[::-1]] = np.arange(loan.size)[::-1]
    rows = np.flatnonzero(~owed & (first >= 0))
    code[rows], end[rows] = REPAID, day[first[rows]]

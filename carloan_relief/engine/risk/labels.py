"""Which of N loans defaulted within a horizon after a date?

The history is a table of months, loans x months, as a tape or the ledger tells it.

* A month is *missed* when something was due and owed, no more than ``missed_share`` of
  it was paid, and the loan is not ahead of its contract: who paid three instalments in
  advance and then skips three has missed nothing (``skips_count`` counts them all the
  same, for a comparison with tapes that look at payments alone).
* The clock stands still in a month of relief or extension: neither missed nor paid, it
  neither lengthens a run of missed months nor ends it.
* Default: ``missed`` missed months in a row, or more than ``dpd`` days past due, or a
  charge-off, whichever comes first within ``horizon`` months after the date. A run
  that began before the date goes on; the loans already in default are left out.
* Repaid within the horizon without default: good. Rows that stop before the end of the
  horizon without payoff or default: nobody knows, left out and counted.

A tape does not mark its extensions. :func:`detect_extensions` finds them by what no
single borrower can do: an unusual share of the whole book stops paying at once.
Labels may look ahead of the date, that is their purpose; features never may.
"""

from dataclasses import dataclass, replace

import numpy as np

from .. import arrears
from ..fields import FieldError

NOT_OPEN, IN_DEFAULT, CENSORED, GOOD, BAD = range(5)
#: What becomes of a loan at a date, in the order of the codes.
OUTCOMES = ("not_open", "in_default", "censored", "good", "bad")
#: A month of extension makes a loan this many days later by its original contract.
DAYS = 365.25 / 12


@dataclass(frozen=True)
class Default:
    """The definition of default: policy data, never a constant of a caller.

    :ivar int missed: missed months in a row; 0 = not looked at
    :ivar int dpd: more days past due than this; 0 = not looked at
    :ivar bool charge_off: a charge-off is a default
    :ivar int horizon: months after the date
    :ivar float missed_share: a month is missed up to this share of the instalment
    :ivar bool skips_count: months skipped by a borrower who is ahead count as missed
    """

    missed: int = 3
    dpd: int = 0
    charge_off: bool = True
    horizon: int = 12
    missed_share: float = 0.0
    skips_count: bool = False

    def __post_init__(self):
        if not (self.missed > 0 or self.dpd > 0 or self.charge_off):
            raise FieldError("default", "no rule is left that makes a default")
        if not 1 <= self.horizon <= 60:
            raise FieldError("horizon", f"{self.horizon} is not within 1 to 60 months")


@dataclass(frozen=True)
class Extensions:
    """When an unmarked extension is assumed: settings of the detection.

    :ivar float times: a month is unusual when the share of open loans within a run of
        months without payment is so many times its median over all months
    :ivar float floor: and at least this share
    :ivar int shortest: months without payment that make such a run
    :ivar int longest: a longer run is no extension
    """

    times: float = 2.5
    floor: float = 0.05
    shortest: int = 2
    longest: int = 6


@dataclass(frozen=True)
class Months:
    """The months of N loans: (N, T) arrays, nan or False where there is no row.

    :ivar first: datetime64[M] of the first column
    :ivar balance: owed at the end of the month; ``due``, ``paid`` in the month
    :ivar dpd: days past due at its end
    :ivar ahead: nothing of what fell due is missing, whatever was paid in the month
    :ivar stopped: relief or extension; the clock stands still
    :ivar charged_off: the month of the charge-off
    """

    first: np.datetime64
    balance: np.ndarray
    due: np.ndarray
    paid: np.ndarray
    dpd: np.ndarray
    ahead: np.ndarray
    stopped: np.ndarray
    charged_off: np.ndarray

    @property
    def count(self):
        """The number of months."""
        return self.balance.shape[1]

    def place(self, date):
        """Return the column of the last month that ends on or before a date.

        :raises FieldError: for a date before the first month or after the last
        """
        month = np.datetime64(date, "D") + 1
        at = int((month.astype("datetime64[M]") - self.first).astype(int)) - 1
        if not 0 <= at < self.count:
            last = self.first + self.count - 1
            raise FieldError(
                "as_of", f"{date} lies outside the months {self.first} to {last}"
            )
        return at

    def open_at(self):
        """Return (N, T): something is owed at the end of the month."""
        return self.balance > 0


@dataclass(frozen=True)
class Outcome:
    """(N,) code of :data:`OUTCOMES` and months from the date to default (-1: none)."""

    code: np.ndarray
    after: np.ndarray

    @property
    def usable(self):
        """(N,) bool: loans a model can learn from."""
        return self.code >= GOOD

    @property
    def bad(self):
        """(N,) bool."""
        return self.code == BAD

    def counts(self):
        """Return {name: number of loans}."""
        found = np.bincount(self.code, minlength=len(OUTCOMES))
        return dict(zip(OUTCOMES, found.tolist(), strict=True))


def grid(loan, month, columns, size, first=None):
    """Return rows (R,) as a table {name: (size, T)}, nan where there is no row.

    :param loan: (R,) loan index; ``month``: (R,) datetime64
    :param dict columns: name -> (R,) values
    :return: (datetime64[M] of the first column, {name: table})
    """
    month = np.asarray(month, "datetime64[M]")
    if not month.size:
        raise FieldError("months", "there is no month of payment history")
    first = month.min() if first is None else first
    place = (month - first).astype(np.int64)
    tables = {}
    for name, values in columns.items():
        table = np.full((size, int(place.max()) + 1), np.nan)
        table[loan, place] = np.asarray(values, np.float64)
        tables[name] = table
    return first, tables


def owing(months):
    """Return (N, T): owed before and after the month, and an instalment was due."""
    is_open = months.open_at()
    before = np.zeros_like(is_open)
    before[:, 1:] = is_open[:, :-1] | np.isnan(months.balance[:, :-1])
    before[:, 0] = True
    return is_open & before & (months.due > 0)


def unpaid(months, rule):
    """Return (N, T): due, still owed, and next to nothing was paid."""
    paid = np.nan_to_num(months.paid)
    return owing(months) & (paid <= rule.missed_share * np.nan_to_num(months.due))


def missed(months, rule):
    """Return (N, T): months that count as missed; see the head of this module."""
    skipped = months.ahead & (not rule.skips_count)
    return unpaid(months, rule) & ~skipped & ~months.stopped


def runs(flags, held=None):
    """Return (N, T) int: flagged months in a row up to and with each month.

    :param held: (N, T) bool; such months neither lengthen nor end a run
    """
    length = np.zeros(flags.shape, np.int32)
    running = np.zeros(flags.shape[0], np.int32)
    for at in range(flags.shape[1]):
        ended = ~flags[:, at] if held is None else ~flags[:, at] & ~held[:, at]
        running = np.where(flags[:, at], running + 1, np.where(ended, 0, running))
        length[:, at] = running
    return length


def detect_extensions(months, rule, setting=None):
    """Return ((N, T) bool months of extension, (T,) bool unusual months of the book).

    A loan's month is taken for one when the book's month is unusual, the loan is in a
    run of months without payment that is no longer than ``longest``, and it pays or
    is paid off after the run. Who never resumes has simply stopped paying.
    """
    setting = setting or Extensions()
    nothing = unpaid(months, replace(rule, missed_share=0.0))
    so_far = runs(nothing)
    whole = _whole_runs(nothing, so_far)
    inside = nothing & (whole >= setting.shortest)
    is_owing = owing(months)
    count = is_owing.sum(axis=0)
    share = inside.sum(axis=0) / np.maximum(count, 1)
    usual = float(np.median(share[count > 0])) if (count > 0).any() else 0.0
    unusual = (share >= setting.floor) & (share > setting.times * usual)
    fits = inside & (whole <= setting.longest) & _resumes(months, nothing)
    return fits & unusual & ~months.stopped, unusual


def _whole_runs(flags, so_far):
    """Return (N, T): the full length of the run that each flagged month is in."""
    whole = so_far.copy()
    for at in range(flags.shape[1] - 2, -1, -1):
        goes_on = flags[:, at] & flags[:, at + 1]
        whole[:, at] = np.where(goes_on, whole[:, at + 1], so_far[:, at])
    return whole


def _resumes(months, flags):
    """Return (N, T): after the run of this month the loan pays, or is paid off."""
    is_open = months.open_at()
    after = np.zeros(flags.shape, bool)
    coming = np.zeros(flags.shape[0], bool)
    for at in range(flags.shape[1] - 1, -1, -1):
        after[:, at] = coming
        done = ~np.isnan(months.balance[:, at]) & ~months.charged_off[:, at]
        pays = (months.paid[:, at] > 0) | (done & ~is_open[:, at])
        coming = np.where(flags[:, at], coming, pays)
    return after & flags


def with_extensions(months, rule, setting=None):
    """Return the months with the extensions found marked, and how many there are.

    :return: (Months, number of months of loans, [datetime64[M]] unusual months)
    """
    found, unusual = detect_extensions(months, rule, setting)
    # the original contract goes on counting days in an extension; the clock does not
    late = months.dpd - DAYS * np.cumsum(found, axis=1)
    marked = replace(
        months, stopped=months.stopped | found, dpd=np.where(months.dpd > 0, late, 0)
    )
    when = months.first + np.flatnonzero(unusual)
    return marked, int(found.sum()), when.tolist()


def default_months(months, rule):
    """Return (N, T): the loan is in default at the end of the month."""
    bad = np.zeros(months.balance.shape, bool)
    if rule.missed:
        bad |= runs(missed(months, rule), months.stopped) >= rule.missed
    if rule.dpd:
        bad |= (np.nan_to_num(months.dpd) > rule.dpd) & ~months.stopped
    if rule.charge_off:
        bad |= months.charged_off
    return bad


def outcomes(months, date, rule, bad=None):
    """Return what became of each loan within the horizon after a date.

    :param Months months: with extensions marked
    :param date: month end; the horizon must lie within the months
    :param Default rule: the definition
    :param bad: :func:`default_months`, when known already
    :raises FieldError: when the horizon reaches beyond the last month
    :rtype: Outcome
    """
    at = months.place(date)
    if at + rule.horizon >= months.count:
        last = months.first + months.count - 1
        raise FieldError(
            "as_of",
            f"{date}: {rule.horizon} months later is after the last month known, "
            f"{last}; choose an earlier date or a shorter horizon",
        )
    bad = default_months(months, rule) if bad is None else bad
    ahead = bad[:, at + 1 : at + 1 + rule.horizon]
    defaulted = ahead.any(axis=1)
    after = np.where(defaulted, ahead.argmax(axis=1) + 1, -1)
    code = np.where(defaulted, BAD, np.where(_stops(months, at, rule), CENSORED, GOOD))
    code = np.where(bad[:, at], IN_DEFAULT, code)
    code = np.where(months.open_at()[:, at], code, NOT_OPEN)
    return Outcome(code.astype(np.int8), np.where(code == BAD, after, -1))


def _stops(months, at, rule):
    """Return (N,): owed at its last row, which comes before the end of the horizon."""
    window = months.balance[:, at : at + 1 + rule.horizon]
    known = ~np.isnan(window)
    last = window.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    owed = np.take_along_axis(window, last[:, None], axis=1)[:, 0] > 0
    return owed & (last < window.shape[1] - 1)


def ahead_of_contract(contract, balance, first):
    """Return (N, T): the balance is no more than the contract schedules.

    Who pays in advance may skip months without missing any; days past due, counted
    from whole payments that are missing, begin a month too late to tell.

    :param Contract contract: N loans, see :mod:`..arrears`
    :param balance: (N, T) int64 minor units at the month ends
    :param first: datetime64[M] of the first column
    """
    months = np.datetime64(first, "M") + np.arange(balance.shape[1])
    ends = (months + 1).astype("datetime64[D]") - 1
    due = np.stack([contract.count_due(day) for day in ends], axis=1)
    table = arrears.scheduled_balances(contract, due.max(initial=0))
    return balance <= np.take_along_axis(table, due, axis=1)

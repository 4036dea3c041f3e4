"""Terms of N loans in, repayment schedules of N loans out."""

from dataclasses import dataclass

import numpy as np

from .level import level_instalment, level_principal
from .money import INT64_MAX, Ratio, rate_fraction
from .terms import METHODS, Clock, Terms

__all__ = ["METHODS", "Schedule", "Terms", "balance_at", "build"]


@dataclass(frozen=True)
class Schedule:
    """Schedules of N loans; amounts are (N, M) int64 minor units, 0 beyond count.

    ``balance`` is what remains after the row. A row that capitalises interest has
    an instalment of 0, its interest, and the same amount as negative principal:
    principal always sums to the opening balance, and each balance is the one before
    less the row's principal.

    ``weight`` is each row's length in periods, (N, M) or (N, 1) float64: 1 unless
    the day count goes by days. ``opening`` is (N,) int64.
    """

    count: np.ndarray
    due_date: np.ndarray
    principal: np.ndarray
    interest: np.ndarray
    fee: np.ndarray
    balance: np.ndarray
    opening: np.ndarray
    weight: np.ndarray

    @property
    def instalment(self):
        """What the borrower pays in each row, (N, M)."""
        return self.principal + self.interest + self.fee

    @property
    def total_interest(self):
        """Interest of the whole schedule, (N,)."""
        return self.interest.sum(axis=1)

    @property
    def total(self):
        """Everything the borrower pays, (N,)."""
        return self.instalment.sum(axis=1)

    def rows(self, i=0):
        """Return loan ``i`` as a list of dicts of plain Python values."""
        n = int(self.count[i])
        names = ("due_date", "principal", "interest", "fee", "balance")
        columns = [getattr(self, name)[i, :n].tolist() for name in names]
        return [
            {
                "n": number,
                "due_date": due,
                "instalment": principal + interest + fee,
                "principal": principal,
                "interest": interest,
                "fee": fee,
                "balance": balance,
            }
            for number, (due, principal, interest, fee, balance) in enumerate(
                zip(*columns, strict=True), 1
            )
        ]

    def take(self, index):
        """Return the schedules of the loans at ``index``."""
        return Schedule(*(getattr(self, name)[index] for name in self._columns()))

    @classmethod
    def _columns(cls):
        return tuple(cls.__dataclass_fields__)


def build(terms):
    """Return the :class:`Schedule` of N loans.

    Annuity and interest of a period are rounded half-up, the last instalment takes
    the residue and every balance ends at exactly 0. Interest of a row is balance x
    rate x year fraction of the row's days, in exact integers; ``period`` charges
    rate / periods a year whatever the days, and a broken first period by its days
    (:func:`calendar.odd_period`). An instalment never falls below its interest
    (unless a plan lowers it): where a long first period would make it so, that row
    pays the interest and the level is worked out again after it.

    :param Terms terms: N loans
    :raises OverflowError: when an amount does not fit 64 bits of minor units
    """
    run = Run(terms)
    for row in range(run.depth):
        run.step(row)
    return run.schedule()


def run_out(terms):
    """Return how many instalments repay the loans at their kept level, (N,) int64.

    :param Terms terms: with a ``level`` and with all the instalments they may have;
        the answer is that many where they do not suffice
    """
    run = Run(terms)
    count = terms.instalments.copy()
    for row in range(run.depth):
        run.step(row)
        done = (run.left == 0) & (run.short == 0) & (row >= run.low_end)
        count = np.where(done, np.minimum(count, row + 1 - terms.holiday), count)
        if done.all():
            break
    return count


class Run:
    """One pass over the instalments, on arrays of N loans; memory is (M, N)."""

    def __init__(self, terms):
        self.terms, self.clock = terms, Clock(terms)
        self.rows = terms.rows
        size = terms.principal.size
        self.depth = int(self.rows.max(initial=0))
        shape = (self.depth, size)
        self.principal = np.zeros(shape, dtype=np.int64)
        self.interest = np.zeros(shape, dtype=np.int64)
        self.fee = np.zeros(shape, dtype=np.int64)
        self.any_fee = bool(terms.fee.any())
        self.balance = np.zeros(shape, dtype=np.int64)
        self.left = terms.principal - terms.deferred
        self.carried = terms.deferred_interest.copy()
        self.level = terms.level.copy()
        self._prepare_extras()
        self._sort_methods()
        self._prepare_rates()
        self._plan_resets()

    def _prepare_extras(self):
        """Note what few loans have, so that the rows of most do not look for it."""
        terms = self.terms
        self.lowered = terms.low_rows > 0
        self.any_lowered = bool(self.lowered.any())
        self.low_end = terms.holiday + terms.low_rows
        # interest that lowered instalments have not paid yet
        self.short = terms.unpaid.copy()
        self.any_short = bool(terms.unpaid.any())
        self.any_accrued = bool(terms.accrued.any())
        self.any_carried = bool(terms.carried.any())
        self.any_inside = self.any_carried or self.any_lowered or self.any_short
        self.any_extra = self.any_accrued or self.any_inside
        self.kept = (self.lowered | (terms.unpaid > 0)) & (terms.level > 0)

    def _sort_methods(self):
        method = self.terms.method
        self.levelled = self.terms.levelled
        self.all_levelled = bool(self.levelled.all())
        self.flat = method == "flat"
        self.any_flat = bool(self.flat.any())
        # the principal that only the last row repays
        self.bullet = method == "interest_only"
        base = self.terms.interest_base
        self.base = np.where(base > 0, base, self.terms.principal)

    def _prepare_rates(self):
        self.rate = rate_fraction(self.terms.annual_rate)
        self.first_rate = rate_fraction(self.terms.first_rate)
        window = np.minimum(self.terms.first_rate_rows, self.rows)
        self.window = window if window.any() else None
        self.last_window = int(window.max(initial=0))

    def _plan_resets(self):
        """Find the rows in which the level is worked out: {row: loans}."""
        terms, resets = self.terms, {}
        fresh = (terms.level == 0) & (terms.instalments > 0)
        for row in np.unique(self.low_end[fresh]):
            resets[int(row)] = fresh & (self.low_end == row)
        ends = terms.first_rate_rows
        later = (ends > self.low_end) & (ends < self.rows)
        for row in np.unique(ends[later]):
            here = later & (ends == row)
            resets[int(row)] = resets.get(int(row), False) | here
        self.resets = resets
        self.last_holiday = int(terms.holiday.max(initial=0))
        self.shortest = int(self.rows.min(initial=0))

    def rate_at(self, row):
        """Return the yearly rate in ``row`` as (num, den)."""
        if self.window is None or row >= self.last_window:
            return self.rate
        early = row < self.window
        return tuple(
            np.where(early, first, rest)
            for first, rest in zip(self.first_rate, self.rate, strict=True)
        )

    def step(self, row):
        """Write one row of all loans."""
        top = 0
        if self.any_carried:
            top = self._bring(row)
        if row in self.resets:
            self._reset(row, self.resets[row])
        last = self._last(row)
        # written where they stay: no array is made and thrown away
        interest, principal = self.interest[row], self.principal[row]
        self._put_interest(interest, row)
        if self.any_extra:
            interest += self._inside(row)
        self._put_principal(principal, interest, row, last)
        if self.any_lowered:
            self._lower(row, principal, interest, last)
        if self.any_fee:
            self.fee[row] = np.where(row < self.rows, self.terms.fee, 0)
        if row < self.last_holiday:
            self._rest(row, principal, interest)
        if row <= self.last_holiday:
            self._collect(row, interest)
        if self.any_carried:
            interest += top
        self.left = np.subtract(self.left, principal, out=self.balance[row])

    def _last(self, row):
        """Tell the loans that end with ``row``; none of them before the shortest."""
        return np.False_ if row + 1 < self.shortest else row == self.rows - 1

    def _bring(self, row):
        """Place the carried interest: return what comes on top of a kept level."""
        here = (self.terms.holiday == row) & (self.terms.carried > 0)
        fresh = self.resets.get(row, np.False_) | ~self.levelled
        self.short = self.short + np.where(
            here & (fresh | self.lowered), self.terms.carried, 0
        )
        return np.where(here & ~(fresh | self.lowered), self.terms.carried, 0)

    def _inside(self, row):
        """Return interest that this row collects beside its own, within the level."""
        extra = self.terms.accrued if row == 0 and self.any_accrued else 0
        if not self.any_inside:
            return extra
        brought = np.where(row < self.low_end, 0, self.short)
        self.short = self.short - brought
        return extra + brought

    def _lower(self, row, principal, interest, last):
        """Turn the lowered rows, in place, into what their amount pays."""
        low = self.lowered & (row < self.low_end) & (row >= self.terms.holiday) & ~last
        if not low.any():
            return
        owed = (interest + self.short)[low]
        paid = np.minimum(owed, self.terms.low[low])
        self.short[low] = owed - paid
        principal[low] = np.minimum(self.terms.low[low] - paid, self.left[low])
        interest[low] = paid

    def _put_interest(self, interest, row):
        """Write the interest of ``row`` on the balance, or on what flat loans are."""
        ratio = self._ratio_at(row)
        if not self.any_flat:
            ratio.of(self.left, out=interest)
            return
        ratio.of(np.where(self.flat, self.base, self.left), out=interest)
        interest[row >= self.rows] = 0

    def _ratio_at(self, row):
        """Return the interest of ``row`` on one unit, kept while rows are alike."""
        if row <= max(1, self.last_window) or self.clock.any_by_days:
            fraction = self.clock.interest_fraction(row, *self.rate_at(row))
            self.ratio = Ratio(*fraction)
        return self.ratio

    def _put_principal(self, principal, interest, row, last):
        """Write the principal of ``row``: what the level leaves beside the interest."""
        if self.all_levelled:
            np.subtract(self.level, interest, out=principal)
        else:
            part = np.where(self.levelled, self.level - interest, self.level)
            np.copyto(principal, np.where(self.bullet, 0, part))
        if principal.min(initial=0) < 0:
            self._relevel_after(row, principal < 0)
            np.maximum(principal, 0, out=principal)
        np.minimum(principal, self.left, out=principal)
        if last.any():
            np.copyto(principal, self.left, where=last)

    def _relevel_after(self, row, short):
        short = short & (row >= self.low_end) & (row + 1 < self.rows) & ~self.kept
        if short.any():
            self.resets[row + 1] = self.resets.get(row + 1, False) | short

    def _rest(self, row, principal, interest):
        """Turn the rows of a holiday, in place, into what its mode says."""
        resting = row < self.terms.holiday
        mode = self.terms.holiday_interest
        capitalise = resting & (mode == "capitalise")
        principal[resting] = 0
        principal[capitalise] = -interest[capitalise]
        if int(self.left.max(initial=0)) > INT64_MAX // 4:
            raise OverflowError("capitalised interest does not fit 64 bits")
        self.fee[row, resting] = 0
        deferred = resting & (mode == "defer")
        self.carried[deferred] += interest[deferred]
        if row == 0 and self.any_accrued:
            # what ran before the pause is not waived with it
            waived = resting & (mode == "waive")
            self.carried[waived] += self.terms.accrued[waived]
        interest[deferred | (resting & (mode == "waive"))] = 0

    def _collect(self, row, interest):
        """Add the deferred interest to the first instalment after the holiday."""
        first = (row == self.terms.holiday) & (self.carried > 0)
        interest[first] += self.carried[first]

    def _reset(self, row, chosen):
        """Work out the level of ``chosen`` loans for ``row`` and after."""
        rate = self.rate_at(row)
        loans = np.flatnonzero(chosen & self.levelled)
        if loans.size:
            exact = rate[0][loans], rate[1][loans]
            brought = self.short[loans]
            if row == 0:
                brought = brought + self.terms.accrued[loans]
            self.level[loans] = level_instalment(
                self.clock, loans, row, self.left[loans], exact, brought
            )
        loans = np.flatnonzero(chosen & ~self.levelled)
        if loans.size:
            self.level[loans] = level_principal(
                self.clock, loans, row, self.left[loans]
            )

    def schedule(self):
        """Return the result, loans first."""
        if self.terms.deferred.any():
            self._add_deferred()
        return Schedule(
            count=self.rows,
            due_date=self.clock.due.T,
            principal=self.principal.T,
            interest=self.interest.T,
            fee=self.fee.T,
            balance=self.balance.T,
            opening=self.terms.principal,
            weight=self.clock.weights().T,
        )

    def _add_deferred(self):
        """Lay the deferred principal under every balance, due with the last row."""
        row, last = np.arange(self.depth)[:, None], self.rows - 1
        self.balance += np.where(row < last, self.terms.deferred, 0)
        self.principal += np.where(row == last, self.terms.deferred, 0)


def balance_at(schedule, opening_principal, date):
    """Return the scheduled balance once all instalments due by ``date`` are paid.

    :param opening_principal: (N,) int64, the balance before the first row
    :param date: one date or (N,)
    :return: (N,) int64 minor units
    """
    date = np.asarray(date, dtype="datetime64[D]").reshape(-1, 1)
    past = (schedule.due_date <= date).sum(axis=1)  # NaT compares false
    opening = np.asarray(opening_principal, dtype=np.int64)
    columns = np.maximum(past - 1, 0)
    after = np.take_along_axis(schedule.balance, columns[:, None], axis=1)[:, 0]
    return np.where(past > 0, after, opening)

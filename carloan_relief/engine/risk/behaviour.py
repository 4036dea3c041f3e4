"""The months of N loans -> how they were paid, as features.

The grid holds the ``WINDOW`` months up to the date, the newest in the last column. A
month of relief counts for nothing here: neither missed nor paid. A month is missed
when something was due and owed and nothing came.
"""

from dataclasses import dataclass

import numpy as np

#: Months looked back at most; what lies before is not known.
WINDOW = 24
#: Less than this of what was due is a part, not a payment: 95 %.
WHOLE = 0.95


@dataclass(frozen=True)
class Grid:
    """(N, M) float64 of the months of N loans; nan where there is no row."""

    due: np.ndarray
    paid: np.ndarray
    balance: np.ndarray
    dpd: np.ndarray
    relief: np.ndarray  # bool

    @classmethod
    def empty(cls, size, months=WINDOW):
        """Return a grid without a row."""
        blank = (np.full((size, months), np.nan) for _column in range(4))
        return cls(*blank, np.zeros((size, months), bool))

    @property
    def counted(self):
        """Tell which months count: there is a row, and no relief."""
        return ~np.isnan(self.paid) & ~self.relief

    @property
    def missed(self):
        """Tell which months were missed."""
        with np.errstate(invalid="ignore"):
            owed = (self.balance > 0) & (self.due > 0)
            return self.counted & owed & (self.paid <= 0)


def features(grid, dpd_now=None):
    """Return the features that the months alone tell.

    :param Grid grid: N loans
    :param dpd_now: (N,) days past due on the date where they are known better than
        by the last month end; nan elsewhere
    :return: {name: (N,) float64}, nan where there is no month to tell
    """
    last = newest(grid.dpd)
    now = last if dpd_now is None else np.where(np.isnan(dpd_now), last, dpd_now)
    return {
        **_lateness(grid, now),
        **_misses(grid),
        **_shares(grid),
        "relief_months_12m": _count(grid.relief, ~np.isnan(grid.paid), 12),
    }


def _lateness(grid, now):
    found = {"dpd": now}
    for months in (3, 6, 12):
        worst = np.fmax.reduce(grid.dpd[:, -months:], axis=1)
        found[f"max_dpd_{months}m"] = np.fmax(worst, now)
    before = grid.dpd[:, -4] if grid.dpd.shape[1] > 3 else np.full(len(now), np.nan)
    found["dpd_change_3m"] = now - before
    with np.errstate(invalid="ignore"):
        late = grid.dpd > 0
    found["late_months_12m"] = _count(late, ~np.isnan(grid.dpd), 12)
    return found


def _misses(grid):
    missed, counted = grid.missed, grid.counted
    with np.errstate(invalid="ignore"):
        part = counted & (grid.paid > 0) & (grid.paid < WHOLE * grid.due)
    since = np.argmax(missed[:, ::-1], axis=1).astype(float)
    run, longest = _runs(missed, grid.relief, counted)
    return {
        "missed_3m": _count(missed, counted, 3),
        "missed_12m": _count(missed, counted, 12),
        "miss_run": run,
        "longest_run_12m": longest,
        "months_since_miss": np.where(missed.any(axis=1), since, np.nan),
        "partial_12m": _count(part, counted, 12),
    }


def _runs(missed, relief, counted):
    """Return (run of misses up to now, longest run in 12 months); relief pauses."""
    run = np.zeros(missed.shape[0])
    longest = np.zeros(missed.shape[0])
    width = missed.shape[1]
    for month in range(width):
        here = missed[:, month]
        run = np.where(here, run + 1, np.where(relief[:, month], run, 0))
        if month >= width - 12:
            longest = np.maximum(longest, run)
    known = counted[:, -12:].any(axis=1)
    return np.where(known, run, np.nan), np.where(known, longest, np.nan)


def _shares(grid):
    found = {}
    counted = grid.counted
    paid, due = np.where(counted, grid.paid, 0), np.where(counted, grid.due, 0)
    for months in (3, 6, 12):
        whole = due[:, -months:].sum(axis=1)
        found[f"paid_share_{months}m"] = ratio(paid[:, -months:].sum(axis=1), whole)
    count = counted[:, -12:].sum(axis=1)
    mean = ratio(paid[:, -12:].sum(axis=1), count)
    spread = np.where(counted[:, -12:], paid[:, -12:] - mean[:, None], 0)
    deviation = np.sqrt(ratio((spread**2).sum(axis=1), count))
    found["payment_volatility"] = ratio(deviation, mean)
    return found


def reduction(grid, months=6):
    """Return the principal reduced per instalment due over ``months``, (N,).

    Near the share of principal in an instalment for who pays; 0 for who does not.
    """
    if grid.balance.shape[1] <= months:
        return np.full(grid.balance.shape[0], np.nan)
    before, now = grid.balance[:, -1 - months], grid.balance[:, -1]
    due = np.where(grid.counted, grid.due, 0)[:, -months:].sum(axis=1)
    return ratio(before - now, due)


def _count(flags, known, months):
    """Count flags over the last months; nan where no month is known."""
    total = flags[:, -months:].sum(axis=1).astype(float)
    return np.where(known[:, -months:].any(axis=1), total, np.nan)


def newest(values):
    """Return the newest value of each row that is not nan."""
    place = values.shape[1] - 1 - np.argmax(~np.isnan(values[:, ::-1]), axis=1)
    return values[np.arange(len(values)), place]


def ratio(part, whole):
    """Return ``part / whole``, nan where the whole is not above zero."""
    part, whole = np.broadcast_arrays(
        np.asarray(part, np.float64), np.asarray(whole, np.float64)
    )
    known = whole > 0
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=known)

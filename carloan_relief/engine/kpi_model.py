"""Indicators of a risk model: stability, separation, calibration, overrides, fairness.

Shares and probabilities are fractions; what has no denominator is NaN.
"""

import numpy as np

from .kpi import share
from .rules import DEFAULT

#: Stands in for an empty bin, whose logarithm does not exist.
_FLOOR = 1e-6


def psi(expected, actual, floor=_FLOOR):
    """Return the population stability index: sum of (a - e) ln(a / e).

    :param expected, actual: (K,) counts or shares of the same bins; an empty bin
        counts as ``floor``
    :raises ValueError: for different numbers of bins
    """
    expected, actual = _shares(expected, floor), _shares(actual, floor)
    if expected.shape != actual.shape:
        raise ValueError(f"actual: {actual.size} bins for {expected.size} of expected")
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _shares(bins, floor):
    bins = np.asarray(bins, dtype=np.float64)
    return np.maximum(share(bins, bins.sum()), floor)


def psi_band(value, book=DEFAULT):
    """Return stable, watch or act for a stability index (a convention)."""
    act, watch = book.holds("kpi.psi.act", value), book.holds("kpi.psi.watch", value)
    return str(np.where(act, "act", np.where(watch, "watch", "stable")))


def auc(pd, bad):
    """Return the area under the ROC curve; ties count half.

    :param pd: (N,) probability or anything that grows with risk; ``bad``: (N,) bool
    """
    pd, bad = np.asarray(pd, dtype=np.float64), np.asarray(bad, dtype=bool)
    _, place, count = np.unique(pd, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2  # average rank of each value
    ill, well = int(bad.sum()), int((~bad).sum())
    above = rank[place][bad].sum() - ill * (ill + 1) / 2
    return float(share(above, ill * well))


def gini(pd, bad):
    """Return 2 x AUC - 1."""
    return 2 * auc(pd, bad) - 1


def ks(pd, bad):
    """Return the largest gap between the distributions of bad and good."""
    pd, bad = np.asarray(pd, dtype=np.float64), np.asarray(bad, dtype=bool)
    values, place = np.unique(pd, return_inverse=True)
    both = [np.bincount(place[flag], minlength=len(values)) for flag in (bad, ~bad)]
    return ks_of_bins(*both)


def ks_of_bins(bads, goods):
    """Return the largest gap of cumulative shares over bins in order of risk."""
    gap = np.cumsum(share(bads, np.sum(bads))) - np.cumsum(share(goods, np.sum(goods)))
    return float(np.abs(gap).max(initial=0.0)) if gap.size else float("nan")


def calibration(pd, bad, grades):
    """Return {grade: (loans, predicted, observed)} of N loans, shares as floats."""
    pd, bad = np.asarray(pd, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    grades = np.asarray(grades, dtype=str)
    return {
        str(grade): (
            int((grades == grade).sum()),
            float(pd[grades == grade].mean()),
            float(bad[grades == grade].mean()),
        )
        for grade in np.unique(grades)
    }


def overrides(decisions, high_side, low_side, model_declines=None):
    """Return (all, high side, low side) override rates.

    :param high_side: model accepts, declined by hand; ``low_side``: the reverse
    :param model_declines: denominator of the low side, and the rest of ``decisions``
        that of the high side; None leaves both NaN
    """
    total = float(share(high_side + low_side, decisions))
    if model_declines is None:
        return total, float("nan"), float("nan")
    high = float(share(high_side, decisions - model_declines))
    return total, high, float(share(low_side, model_declines))


def adverse_impact(rate, reference, book=DEFAULT):
    """Return (ratio of two approval or concession rates, passes the screen)."""
    ratio = share(rate, reference)
    return float(ratio), bool(book.holds("kpi.fairness", ratio))

"""Has the book moved away from what a model was built on? An index and its noise.

A stability index is never zero: two samples of one and the same book differ by chance.
Without any change it follows (1/n + 1/m) x chi-square with one degree of freedom less
than there are bins (Yurdakul, "Statistical properties of population stability index",
2018). The usual limits 0.10 and 0.25 leave n out, so they cry wolf on 200 rows and
sleep on 100,000. Here a limit is the quantile of the index when the true shift is as
large as is tolerated: a non-central chi-square. On few rows the noise decides, on many
rows the tolerated shift does.

    >>> round(limit(200, 100_000, 10, tolerated=0.02, confidence=0.99), 3)
    0.15
    >>> round(limit(100_000, 100_000, 10, tolerated=0.02, confidence=0.99), 3)
    0.023
"""

from dataclasses import dataclass

import numpy as np

#: What an empty bin counts as: half a loan, in both samples (Jeffreys).
_HALF = 0.5


@dataclass(frozen=True)
class Limits:
    """From where on a figure is watched, and from where on somebody must act."""

    watch: float
    act: float

    def status(self, value):
        """Return ok, watch or act of a value; what is not known is ``few``."""
        if np.isnan(value):
            return "few"
        return "act" if value > self.act else "watch" if value > self.watch else "ok"


def edges(values, bins=10):
    """Return the inner edges of bins that hold about as many loans each.

    A value that many loans share (zero days past due) gets an edge of its own, so the
    bins are as many as the values allow, at most ``bins``.

    :param values: (N,) float64 of the reference, nan left out
    :return: (K,) rising float64, K < bins; bin k holds edge k-1 <= value < edge k
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return np.empty(0)
    cuts = np.quantile(known, np.arange(1, bins) / bins, method="higher")
    cuts = np.unique(cuts)
    lowest = known.min()
    cuts = cuts[cuts > lowest]
    if cuts.size < bins - 1 and (known == lowest).mean() > 1 / bins:
        # the crowd at the lowest value ends where the next value begins
        above = known[known > lowest]
        cuts = np.unique(np.append(cuts, above.min())) if above.size else cuts
    return cuts


def counts(values, cuts):
    """Return how many values fall into each bin, the unknown ones last.

    :param values: (N,) float64 with nan
    :param cuts: (K,) inner edges of ``edges``
    :return: (K + 2,) int64
    """
    values = np.asarray(values, np.float64)
    place = np.where(
        np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="right")
    )
    return np.bincount(place, minlength=len(cuts) + 2)


def index(expected, actual):
    """Return the stability index of two rows of counts; nan when one is empty.

    Bins that are empty in both are left out; other empty ones count half a loan.

    :param expected, actual: (K,) counts of the same bins
    :raises ValueError: for different numbers of bins
    """
    expected, actual = np.asarray(expected, float), np.asarray(actual, float)
    if expected.shape != actual.shape:
        raise ValueError(f"actual: {actual.size} bins for {expected.size} of expected")
    used = (expected + actual) > 0
    if not expected.sum() or not actual.sum():
        return float("nan")
    first, second = expected[used] + _HALF, actual[used] + _HALF
    first, second = first / first.sum(), second / second.sum()
    return float(np.sum((second - first) * np.log(second / first)))


def limit(expected_size, actual_size, bins, tolerated, confidence):
    """Return the index that chance exceeds with probability 1 - ``confidence``.

    :param expected_size, actual_size: loans in the two samples
    :param int bins: bins that hold a loan
    :param float tolerated: true shift that is of no concern (policy)
    :param float confidence: such as 0.99 (policy)
    """
    from scipy.stats import chi2, ncx2  # slow to import: only who monitors needs it

    noise = 1 / max(expected_size, 1) + 1 / max(actual_size, 1)
    freedom = max(bins - 1, 1)
    if tolerated <= 0:
        return float(noise * chi2.ppf(confidence, freedom))
    return float(noise * ncx2.ppf(confidence, freedom, tolerated / noise))


def stability(expected, actual, tolerated, confidence):
    """Return (index, Limits) of two rows of counts.

    :param tolerated: (watch, act) tolerated true shifts
    :param confidence: (watch, act) confidences
    """
    expected, actual = np.asarray(expected), np.asarray(actual)
    bins = int(((expected + actual) > 0).sum())
    bars = [
        limit(expected.sum(), actual.sum(), bins, shift, sure)
        for shift, sure in zip(tolerated, confidence, strict=True)
    ]
    return index(expected, actual), Limits(*bars)

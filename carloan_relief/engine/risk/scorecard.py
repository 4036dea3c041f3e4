"""An expert points scorecard: features of N loans -> points, PD, reasons.

Points add up over bins; log odds of staying good are linear in them:
odds = base_odds x 2 ^ ((points - base_points) / points_to_double).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..fields import FieldError


class Bin(NamedTuple):
    """Points of a feature within [lower, upper); nan bounds = value missing."""

    feature: str
    lower: float
    upper: float
    points: float
    reason: str = ""


@dataclass(frozen=True)
class Card:
    """A scorecard: its bins and the scale of its points.

    ``base_odds`` (good to bad) hold at ``base_points``; ``points_to_double`` more
    points double them.
    """

    bins: tuple
    base_points: float = 600.0
    base_odds: float = 19.0
    points_to_double: float = 40.0
    offset: float = 0.0

    def features(self):
        """Return the names of the features, in the order of the bins."""
        return list(dict.fromkeys(b.feature for b in self.bins))


@dataclass(frozen=True)
class Score:
    """Points (N,), PD (N,), and per loan the (reason, points lost), worst first."""

    points: np.ndarray
    pd: np.ndarray
    reasons: list


def score(features, card, top=4):
    """Score N loans.

    A missing value (nan) takes the points of the feature's bin with nan bounds, or,
    without one, the average of its bins: ignorance neither helps nor hurts.

    :param features: {name: (N,) float array with nan}; a feature that is absent
        counts as missing for all
    :param Card card: the scorecard
    :param int top: reasons kept per loan
    :rtype: Score
    """
    size = max((np.size(v) for v in features.values()), default=1)
    names = card.features()
    earned, lost, reasons = [], [], []
    for name in names:
        values = np.asarray(features.get(name, np.nan), dtype=np.float64)
        points, which, best = _points(np.broadcast_to(values, (size,)), name, card)
        earned.append(points)
        lost.append(best - points)
        reasons.append(which)
    total = card.offset + np.sum(earned, axis=0)
    return Score(total, pd_of(total, card), _worst(lost, reasons, top))


def pd_of(points, card):
    """Return the probability of default at a number of points."""
    doublings = (np.asarray(points) - card.base_points) / card.points_to_double
    return 1.0 / (1.0 + card.base_odds * np.exp2(doublings))


def _points(values, name, card):
    """Return (points, reason of the bin, best points) of one feature."""
    bins = [b for b in card.bins if b.feature == name]
    real = [b for b in bins if not np.isnan(b.lower)]
    missing = next((b for b in bins if np.isnan(b.lower)), None)
    if not real:
        raise FieldError(name, "the scorecard has no bin with bounds")
    average = sum(b.points for b in real) / len(real)
    points = np.full(values.shape, missing.points if missing else average)
    label = f"{name}_missing" if missing is None else missing.reason
    reasons = np.full(values.shape, label, dtype=object)
    for b in real:
        inside = (values >= b.lower) & (values < b.upper)
        points[inside], reasons[inside] = b.points, b.reason or name
    return points, reasons, max(b.points for b in bins)


def _worst(lost, reasons, top):
    lost = np.array(lost).T
    order = np.argsort(-lost, axis=1, kind="stable")[:, :top]
    return [
        [(reasons[k][i], float(lost[i, k])) for k in row if lost[i, k] > 0]
        for i, row in enumerate(order)
    ]


_INF = float("inf")
_NAN = float("nan")

# feature -> [(lower, upper, points, reason)]; nan bounds = not known
_DEFAULT = {
    "dpd": [
        (0, 1, 90, ""),
        (1, 31, 60, "late_now"),
        (31, 61, 25, "late_over_30"),
        (61, 91, 5, "late_over_60"),
        (91, _INF, -60, "late_over_90"),
    ],
    "max_dpd_12m": [
        (0, 1, 90, ""),
        (1, 31, 65, "was_late"),
        (31, 61, 40, "was_late_over_30"),
        (61, _INF, 10, "was_late_over_60"),
    ],
    "months_since_miss": [
        (0, 3, 35, "recent_miss"),
        (3, 12, 55, "miss_this_year"),
        (12, _INF, 80, ""),
        (_NAN, _NAN, 80, ""),  # never missed
    ],
    "paid_share_6m": [
        (-_INF, 0.8, 20, "paid_far_less_than_due"),
        (0.8, 0.98, 45, "paid_less_than_due"),
        (0.98, _INF, 80, ""),
        (_NAN, _NAN, 60, "no_payment_history"),
    ],
    "payment_to_income": [
        (-_INF, 0.25, 90, ""),
        (0.25, 0.4, 70, "instalment_weighs"),
        (0.4, 0.6, 45, "instalment_weighs_heavily"),
        (0.6, _INF, 20, "instalment_beyond_means"),
        (_NAN, _NAN, 65, "income_not_known"),
    ],
    "ltv": [
        (-_INF, 0.7, 90, ""),
        (0.7, 0.9, 75, "little_equity"),
        (0.9, 1.1, 55, "no_equity"),
        (1.1, _INF, 35, "owes_more_than_vehicle"),
        (_NAN, _NAN, 65, "vehicle_value_not_known"),
    ],
    "seasoning": [
        (0, 6, 55, "young_loan"),
        (6, 18, 65, "fairly_young_loan"),
        (18, _INF, 80, ""),
        (_NAN, _NAN, 60, "age_not_known"),
    ],
    "annual_rate": [
        (-_INF, 0.06, 80, ""),
        (0.06, 0.12, 65, "dear_loan"),
        (0.12, _INF, 45, "very_dear_loan"),
    ],
    "relief_24m": [
        (0, 1, 80, ""),
        (1, 2, 55, "had_relief"),
        (2, _INF, 25, "had_relief_repeatedly"),
        (_NAN, _NAN, 80, ""),
    ],
}


def default_card():
    """Return the card that seeds a new company; the risk analyst edits it there."""
    bins = tuple(Bin(name, *row) for name, rows in _DEFAULT.items() for row in rows)
    return Card(bins)

"""An expert points scorecard: features of N loans -> points, PD, reasons.

Points add up over bins, so a reader can check a score with a pencil; log odds of
staying good are linear in them:
odds = base_odds x 2 ^ ((points - base_points) / points_to_double).

    >>> rows = [("dpd", -np.inf, 30, 0, "ok"), ("dpd", 30, np.inf, -40, "late")]
    >>> card = Card.of(rows, base_odds=30.0, offset=600.0)
    >>> got = score({"dpd": [0, 45]}, card)
    >>> got.points.tolist()
    [600.0, 560.0]
    >>> [round(float(p), 4) for p in got.pd]
    [0.0323, 0.0625]
    >>> got.reasons
    [[], [('late', 40.0)]]

The card itself is data: the analyst edits it, the engine only reads it.
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
    reason: object = ""  # whatever names the bin to the caller


@dataclass(frozen=True)
class Card:
    """A scorecard: its bins and the scale of its points.

    ``base_odds`` (good to bad) hold at ``base_points``; ``points_to_double`` more
    points double them. ``offset`` are the points of a loan before any bin counts.
    """

    bins: tuple
    base_points: float = 600.0
    base_odds: float = 19.0
    points_to_double: float = 40.0
    offset: float = 0.0

    @classmethod
    def of(cls, rows, **scale):
        """Build from (feature, lower, upper, points, reason) rows, checking them.

        :raises FieldError: for a range that is empty or overlaps another, or a
            scale that is not above zero; the message names the feature
        """
        card = cls(tuple(Bin(*row) for row in rows), **scale)
        for name in card.features():
            _check_ranges(name, [b for b in card.bins if b.feature == name])
        for name in ("base_odds", "points_to_double"):
            if not getattr(card, name) > 0:
                raise FieldError(name, "must be above zero")
        return card

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
    doublings = np.clip(doublings, -60, 60)  # beyond that a float has no odds left
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


def _check_ranges(feature, bins):
    """Refuse bins of one feature that leave open which of them counts."""
    if sum(bool(np.isnan(b.lower)) for b in bins) > 1:
        raise FieldError(feature, "two bins for an unknown value")
    known = sorted(b for b in bins if not np.isnan(b.lower))
    for item in known:
        if not item.lower < item.upper:
            raise FieldError(feature, f"{item.lower} is not below {item.upper}")
    for item, following in zip(known, known[1:], strict=False):
        if following.lower < item.upper:
            raise FieldError(
                feature,
                f"{item.lower} to {item.upper} and {following.lower} to "
                f"{following.upper} overlap",
            )

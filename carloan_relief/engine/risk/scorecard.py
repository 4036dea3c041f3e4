"""A points scorecard: features of N loans -> points, probability of default, reasons.

Points add up, so a reader can check a score with a pencil. They mean odds: at
``base_points`` there are ``base_odds`` good loans for one bad, and every
``points_to_double`` more points double the odds.

    >>> rows = [("dpd", -np.inf, 30, 0, "ok"), ("dpd", 30, np.inf, -40, "late")]
    >>> card = Card.of(rows)
    >>> got = score({"dpd": [0, 45]}, card)
    >>> got.points.tolist()
    [600.0, 560.0]
    >>> [round(float(p), 4) for p in got.pd]
    [0.0323, 0.0625]
    >>> got.reasons
    [[], [('late', 40.0)]]
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bin:
    """Points for ``lower <= value < upper``; nan ends mean "value unknown"."""

    feature: str
    lower: float
    upper: float
    points: float
    reason: object  # whatever names the bin to the caller

    @property
    def unknown(self):
        """Tell whether the bin holds the loans whose value is not known."""
        return bool(np.isnan(self.lower) or np.isnan(self.upper))


@dataclass(frozen=True)
class Card:
    """A scorecard: its bins and the scale that turns points into odds."""

    bins: tuple
    base_points: float = 600.0
    base_odds: float = 30.0
    points_to_double: float = 40.0

    @classmethod
    def of(cls, rows, **scale):
        """Build from (feature, lower, upper, points, reason) rows, checking them.

        :raises ValueError: for a range that is empty or overlaps another, or a
            scale that is not above zero; the message names the feature
        """
        bins = tuple(Bin(*row) for row in rows)
        for feature in {item.feature for item in bins}:
            _check_ranges(feature, [b for b in bins if b.feature == feature])
        card = cls(bins, **scale)
        if card.base_odds <= 0 or card.points_to_double <= 0:
            raise ValueError("base_odds and points_to_double must be above zero")
        return card

    @property
    def features(self):
        """Return the names of the features the card reads, in order."""
        return tuple(dict.fromkeys(item.feature for item in self.bins))

    def to_pd(self, points):
        """Return the probability of default that points stand for."""
        doublings = (np.asarray(points, np.float64) - self.base_points) / (
            self.points_to_double
        )
        return 1.0 / (1.0 + self.base_odds * np.exp2(np.clip(doublings, -60, 60)))


@dataclass(frozen=True)
class Score:
    """The answer for N loans; ``reasons`` are (bin reason, points lost), worst first.

    Points are lost against the best bin of the same feature.
    """

    points: np.ndarray
    pd: np.ndarray
    reasons: list


def score(features, card):
    """Score N loans.

    :param dict features: name -> (N,) floats, nan for unknown; a feature the card
        does not name is ignored, one that is missing counts as unknown
    :param Card card: the scorecard
    :rtype: Score
    """
    size = max((np.size(values) for values in features.values()), default=0)
    points = np.full(size, card.base_points)
    lost = np.zeros((size, len(card.bins)))
    for name in card.features:
        values = np.asarray(features.get(name, np.full(size, np.nan)), np.float64)
        own = [(at, item) for at, item in enumerate(card.bins) if item.feature == name]
        best = max(item.points for _at, item in own)
        for at, item in own:
            hit = _hits(values, item)
            points[hit] += item.points
            lost[hit, at] = best - item.points
    return Score(points, card.to_pd(points), _reasons(lost, card))


def _hits(values, item):
    if item.unknown:
        return np.isnan(values)
    return (values >= item.lower) & (values < item.upper)


def _reasons(lost, card):
    """Return per loan the bins that cost points, most adverse first."""
    order = np.argsort(-lost, axis=1, kind="stable")
    reasons = [[] for _row in range(lost.shape[0])]
    for rank in range(order.shape[1]):
        at = order[:, rank]
        cost = np.take_along_axis(lost, at[:, None], axis=1)[:, 0]
        rows = np.flatnonzero(cost > 0)
        if not rows.size:
            break
        for row in rows:
            reasons[row].append((card.bins[at[row]].reason, float(cost[row])))
    return reasons


def _check_ranges(feature, bins):
    if sum(item.unknown for item in bins) > 1:
        raise ValueError(f"{feature}: two bins for an unknown value")
    known = sorted((b for b in bins if not b.unknown), key=lambda b: b.lower)
    for item in known:
        if not item.lower < item.upper:
            raise ValueError(f"{feature}: {item.lower} is not below {item.upper}")
    for item, following in zip(known, known[1:], strict=False):
        if following.lower < item.upper:
            raise ValueError(
                f"{feature}: {item.lower} to {item.upper} and {following.lower} to "
                f"{following.upper} overlap"
            )

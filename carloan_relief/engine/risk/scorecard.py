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
    >>> [got.reasons_of(at) for at in (0, 1)]
    [[], [('late', 40.0)]]

The card itself is data: the analyst edits it, the engine only reads it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..fields import FieldError
from .prediction import REFERENCES, Prediction, columns, worst


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
    ``reference``: reasons are points below the best bin of a feature ("max"), or below
    the average points of the feature in the portfolio ("mean"), given as ``averages``.
    """

    bins: tuple
    base_points: float = 600.0
    base_odds: float = 19.0
    points_to_double: float = 40.0
    offset: float = 0.0
    reference: str = "max"
    averages: dict = field(default_factory=dict)
    kind: str = "scorecard"

    @classmethod
    def of(cls, rows, **scale):
        """Build from (feature, lower, upper, points, reason) rows, checking them.

        :raises FieldError: for a range that is empty or overlaps another, a scale that
            is not above zero, or a reference without averages; it names the feature
        """
        card = cls(tuple(Bin(*row) for row in rows), **scale)
        for name in card.features:
            _check_ranges(name, [b for b in card.bins if b.feature == name])
        for name in ("base_odds", "points_to_double"):
            if not getattr(card, name) > 0:
                raise FieldError(name, "must be above zero")
        _check_reference(card)
        return card

    @property
    def features(self):
        """The names of the features, in the order of the bins."""
        return list(dict.fromkeys(b.feature for b in self.bins))

    def predict(self, features, top=4):
        """Score N loans; see :func:`score`."""
        return score(features, self, top)


def score(features, card, top=4):
    """Score N loans.

    A missing value (nan) takes the points of the feature's bin with nan bounds, or,
    without one, the average of its bins: ignorance neither helps nor hurts.

    :param features: {name: (N,) float array with nan}; a feature that is absent
        counts as missing for all
    :param Card card: the scorecard
    :param int top: reasons kept per loan
    :rtype: Prediction
    """
    earned, codes, names, best = _look_up(features, card)
    total = card.offset + earned.sum(axis=1)
    wanted = best
    if card.reference == "mean":
        wanted = [card.averages[name] for name in card.features]
    chosen, weights = worst(np.asarray(wanted) - earned, codes, top)
    return Prediction(pd_of(total, card), total, tuple(names), chosen, weights)


def averages(features, card):
    """Return {feature: average points} of N loans, what "mean" reasons start from."""
    earned, *_rest = _look_up(features, card)
    return dict(zip(card.features, earned.mean(axis=0).tolist(), strict=True))


def shares(features, card):
    """Return the share of N loans in each bin of a card, in the order of its bins."""
    table = columns(features, card.features)
    found = np.zeros(len(card.bins))
    for at, name in enumerate(card.features):
        rows = [k for k, b in enumerate(card.bins) if b.feature == name]
        bins = [card.bins[k] for k in rows]
        _earned, place = _points(table[:, at], name, bins)
        count = np.bincount(place, minlength=len(bins) + 1)[: len(bins)]
        found[rows] = count / max(len(table), 1)
    return found


def averages_of(bins, share):
    """Return {feature: average points} of bins that hold these shares of the loans.

    A feature of which no share is known counts each of its bins once.

    :param bins: :class:`Bin` rows; ``share``: one for each
    """
    found = {}
    for name in dict.fromkeys(b.feature for b in bins):
        pairs = [
            (b.points, part)
            for b, part in zip(bins, share, strict=True)
            if b.feature == name
        ]
        whole = sum(part for _points, part in pairs)
        weights = [part / whole if whole else 1 / len(pairs) for _points, part in pairs]
        found[name] = float(
            sum(w * points for w, (points, _part) in zip(weights, pairs, strict=True))
        )
    return found


def pd_of(points, card):
    """Return the probability of default at a number of points."""
    doublings = (np.asarray(points) - card.base_points) / card.points_to_double
    doublings = np.clip(doublings, -60, 60)  # beyond that a float has no odds left
    return 1.0 / (1.0 + card.base_odds * np.exp2(doublings))


def _look_up(features, card):
    """Return (points (N, K), codes (N, K), names of the codes, best points (K,))."""
    table = columns(features, card.features)
    earned = np.empty_like(table)
    codes = np.empty(table.shape, np.int16)
    names, best = [], []
    for at, name in enumerate(card.features):
        bins = [b for b in card.bins if b.feature == name]
        earned[:, at], place = _points(table[:, at], name, bins)
        codes[:, at] = place + len(names)
        names += [b.reason or name for b in bins] + [f"{name}_missing"]
        best.append(max(b.points for b in bins))
    return earned, codes, names, np.array(best)


def _points(values, name, bins):
    """Return (points (N,), place of the bin (N,)) of one feature.

    A value in no bin stands at the place after the last one.
    """
    real = [b.points for b in bins if not np.isnan(b.lower)]
    if not real:
        raise FieldError(name, "the scorecard has no bin with bounds")
    points = np.full(values.shape, sum(real) / len(real))
    place = np.full(values.shape, len(bins), np.int16)
    missing = next((at for at, b in enumerate(bins) if np.isnan(b.lower)), None)
    if missing is not None:
        points[:], place[:] = bins[missing].points, missing
    for at, b in enumerate(bins):
        inside = (values >= b.lower) & (values < b.upper)
        points[inside], place[inside] = b.points, at
    return points, place


def _check_reference(card):
    if card.reference not in REFERENCES:
        raise FieldError("reference", f"{card.reference!r} is not one of {REFERENCES}")
    lacking = [name for name in card.features if name not in card.averages]
    if card.reference == "mean" and lacking:
        raise FieldError(lacking[0], "no average points to measure reasons against")


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

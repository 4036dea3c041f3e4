"""A monotone scorecard learned from outcomes: bins, weight of evidence, points.

Each feature is cut where the share of defaults changes, always in one direction; the
unknown has a bin of its own. A bin's weight of evidence is the log of its odds against
those of the book; a logistic regression weighs the features, and the product is points
that a person can add up on paper. Stored as plain JSON: the same card the expert fills.
"""

import numpy as np

from ... import kpi_model
from ...fields import FieldError
from .. import scorecard
from . import scale
from .spline import choose, regress

#: Fine bins to start from, and the least a final bin must hold.
FINE, LEAST_SHARE, LEAST_BAD = 20, 0.03, 5
#: Pulls the weight of evidence of small bins towards nothing, in defaults.
SMOOTH = 3.0


def cuts(values, bad, direction):
    """Return the rising inner cuts of a feature, rates of default all one way.

    :param values: (N,) without nan; ``bad``: (N,) bool
    :param int direction: +1 = the more, the riskier; -1 the reverse
    """
    fine = np.unique(np.quantile(values, np.arange(1, FINE) / FINE, method="higher"))
    fine = np.unique(np.append(fine, _next_above_lowest(values)))
    fine = fine[fine > values.min()]
    place = np.searchsorted(fine, values, side="right")
    count = np.bincount(place, minlength=fine.size + 1).astype(float)
    ill = np.bincount(place, weights=bad, minlength=fine.size + 1)
    kept = _pool(count, ill, direction)
    return fine[_enough(kept, count, ill)]


def _next_above_lowest(values):
    above = values[values > values.min()]
    return above.min() if above.size else values.max()


def _pool(count, ill, direction):
    """Return the last bins of blocks with rates in order (pool adjacent violators)."""
    blocks = []  # [last bin, loans, defaults]
    for at in range(count.size):
        blocks.append([at, count[at], ill[at]])
        while len(blocks) > 1 and _violates(blocks[-2], blocks[-1], direction):
            last = blocks.pop()
            blocks[-1] = [last[0], blocks[-1][1] + last[1], blocks[-1][2] + last[2]]
    return [block[0] for block in blocks]


def _violates(before, after, direction):
    rate = [block[2] / block[1] if block[1] else 0.0 for block in (before, after)]
    return direction * (rate[1] - rate[0]) <= 0


def _enough(ends, count, ill):
    """Return the fine cuts that leave every bin with enough loans and defaults."""
    least = LEAST_SHARE * count.sum()
    kept, start = [], 0
    for end in ends[:-1]:
        here = slice(start, end + 1)
        rest = slice(end + 1, None)
        if all(
            count[part].sum() >= least and ill[part].sum() >= LEAST_BAD
            for part in (here, rest)
        ):
            kept.append(end)
            start = end + 1
    return np.array(kept, np.int64)


def evidence(count, ill, rate):
    """Return the weight of evidence of bins: log odds of default above the book's."""
    bad = ill + SMOOTH * rate
    good = count - ill + SMOOTH * (1 - rate)
    return np.log(bad / good) - np.log(rate / (1 - rate))


def _bins(values, bad, direction):
    """Return [(lower, upper, weight of evidence)] of one feature, the unknown last."""
    known = ~np.isnan(values)
    rate = bad.mean()
    edges = cuts(values[known], bad[known], direction)
    place = np.where(known, np.searchsorted(edges, values, side="right"), -1)
    ends = [-np.inf, *edges.tolist(), np.inf]
    found = []
    for at in range(len(ends) - 1):
        mine = place == at
        found.append((ends[at], ends[at + 1], mine.sum(), bad[mine].sum()))
    found.append((np.nan, np.nan, (~known).sum(), bad[~known].sum()))
    return [(low, up, float(evidence(n, k, rate))) for low, up, n, k in found]


def _direction(values, bad, declared):
    """Return the declared direction, or the one in which the training rows rank."""
    if declared:
        return declared
    known = ~np.isnan(values)
    area = kpi_model.auc(values[known], bad[known])
    return 1 if not area < 0.5 else -1


def fit(sample, cleaner, directions=None, seed=0, reference="mean", tuned=None):
    """Return the learned :class:`scorecard.Card`, its kind "woe".

    A feature whose bins all say the same, or whose weight comes out against its own
    evidence, is left out.

    :param dict directions: feature -> +1, -1 or 0 (unknown: as the sample ranks)
    :param tuned: strength of the ridge; default chosen by cross-validation
    :raises FieldError: when no feature tells the defaults apart
    """
    directions = directions or {}
    table, _counts = cleaner.apply(sample.features)
    bins, made = {}, {}
    for at, name in enumerate(cleaner.features):
        values = table[:, at]
        way = _direction(values, sample.bad, directions.get(name, 0))
        found = _bins(values, sample.bad, way)
        if len(found) > 2:  # at least two bins of known values
            bins[name] = found
            made[name] = _look_up(values, found)
    if not made:
        raise FieldError("features", "none tells defaults from other loans")
    weights, intercept = _weigh(made, sample, seed, tuned)
    return _card(bins, weights, intercept, cleaner, sample, reference)


def _look_up(values, bins):
    edges = [low for low, _up, _woe in bins[1:-1]]
    place = np.searchsorted(edges, values, side="right")
    place = np.where(np.isnan(values), len(bins) - 1, place)
    return np.array([woe for _low, _up, woe in bins])[place]


def _weigh(made, sample, seed, strength):
    """Return ({feature: weight above zero}, intercept) of a ridge regression."""
    names = list(made)
    while True:
        table = np.column_stack([made[name] for name in names])
        spread = np.where(table.std(axis=0) > 0, table.std(axis=0), 1.0)
        strength = strength or choose(table / spread, sample, seed)
        weights, intercept = regress(table / spread, sample.bad, strength)
        if (weights > 0).all() or len(names) == 1:
            weights = np.maximum(weights / spread, 0)
            return dict(zip(names, weights.tolist(), strict=True)), intercept
        names.pop(int(np.argmin(weights)))


def _card(bins, weights, intercept, cleaner, sample, reference):
    rows = []
    for name, weight in weights.items():
        for low, up, woe in bins[name]:
            rows.append((name, low, up, -scale.FACTOR * weight * woe, name))
    names = list(weights)
    settings = {
        "base_points": scale.BASE_POINTS,
        "base_odds": scale.BASE_ODDS,
        "points_to_double": scale.TO_DOUBLE,
        "offset": float(scale.points(intercept)),
        "kind": "woe",
    }
    card = scorecard.Card.of(rows, **settings)
    table, _counts = cleaner.apply(sample.features)
    known = dict(zip(cleaner.features, table.T, strict=True))
    averages = scorecard.averages({name: known[name] for name in names}, card)
    return scorecard.Card.of(rows, reference=reference, averages=averages, **settings)

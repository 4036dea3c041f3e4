"""Values that cannot be right, codes that are no values, features that say nothing.

What is learned here from the training rows goes with the model: a value that the
training never saw is treated at scoring as it would have been in training.
"""

from dataclasses import dataclass, field

import numpy as np

from ... import kpi_model
from ...fields import FieldError
from ..prediction import columns

#: Bounds within which values count as they are: beyond, they count as the bound.
TAIL = 0.001
#: A feature of which less is known says too little.
FEWEST_KNOWN = 0.02
#: Rows that share an extreme value before it is suspected to be a code.
_SHARED = 5
#: A code stands so many times the spread of all other values away from them.
_APART = 5.0


@dataclass(frozen=True)
class Cleaner:
    """Learned bounds and codes of K features; see :func:`learn`.

    :ivar tuple features: names that remain, in the order of the columns
    :ivar low, high: (K,) bounds
    :ivar tuple codes: per feature the values that are codes for "not known"
    :ivar fill: (K,) median, for models that cannot take nan
    :ivar dict dropped: {name: why} of the features left out
    """

    features: tuple
    low: np.ndarray
    high: np.ndarray
    codes: tuple
    fill: np.ndarray
    dropped: dict = field(default_factory=dict)

    def apply(self, features):
        """Return ((N, K) cleaned with nan, {name: (clipped, codes)} counts)."""
        table = columns(features, self.features)
        table[~np.isfinite(table)] = np.nan
        counts = {}
        for at, name in enumerate(self.features):
            values = table[:, at]
            coded = np.isin(values, self.codes[at])
            values[coded] = np.nan
            with np.errstate(invalid="ignore"):
                out = (values < self.low[at]) | (values > self.high[at])
            counts[name] = int(out.sum()), int(coded.sum())
            np.clip(values, self.low[at], self.high[at], out=values)
        return table, {name: pair for name, pair in counts.items() if any(pair)}


def learn(features, names):
    """Return the :class:`Cleaner` of training rows.

    :param dict features: {name: (N,)}
    :param names: the features to look at
    :raises FieldError: when no feature is left
    """
    kept, dropped = {}, {}
    for name in names:
        values = np.asarray(features.get(name, np.nan), np.float64).ravel()
        values = np.where(np.isfinite(values), values, np.nan)
        codes = special_codes(values)
        values = np.where(np.isin(values, codes), np.nan, values)
        why = _useless(values)
        if why:
            dropped[name] = why
        else:
            kept[name] = (*_bounds(values), codes, np.nanmedian(values))
    if not kept:
        raise FieldError("features", "every feature is unknown or constant")
    low, high, codes, fill = zip(*kept.values(), strict=True)
    return Cleaner(
        tuple(kept), np.array(low), np.array(high), codes, np.array(fill), dropped
    )


def _useless(values):
    """Return why a feature says nothing (unknown, constant), or an empty text."""
    known = ~np.isnan(values)
    if known.mean() < FEWEST_KNOWN:
        return "unknown"
    if np.nanmin(values) == np.nanmax(values) and known.all():
        return "constant"
    return ""


def _bounds(values):
    """Return the values below and above which only a few stand."""
    known = values[~np.isnan(values)]
    low = np.quantile(known, TAIL, method="lower")
    high = np.quantile(known, 1 - TAIL, method="higher")
    return float(low), float(high)


def special_codes(values):
    """Return the extreme values that many rows share and that stand far off: 9999, -1.

    Such a number is no measurement but a code of whoever filled the column; taken as
    a value it would pull every linear model its way.
    """
    known = values[~np.isnan(values)]
    codes = []
    for side in (np.max, np.min):
        rest = known[~np.isin(known, codes)]
        if rest.size < 2 * _SHARED:
            break
        extreme = side(rest)
        others = rest[rest != extreme]
        if rest.size - others.size < _SHARED or others.size < rest.size / 2:
            continue
        spread = np.quantile(others, 0.99) - np.quantile(others, 0.01)
        if spread > 0 and abs(extreme - others).min() > _APART * spread:
            codes.append(float(extreme))
    return tuple(codes)


def distinct(features, cleaner, bad, limit=0.9):
    """Return the cleaner without features that say what a stronger one says already.

    Of two whose ranks go together closer than ``limit`` the one stays that tells
    defaults better. Twins share their weight by chance: their reasons would point
    both ways.

    :param dict features: {name: (N,)} of the training rows
    :param bad: (N,) bool
    """
    table, _counts = cleaner.apply(features)
    table = np.where(np.isnan(table), cleaner.fill, table)
    ranks = np.column_stack([_ranks(column) for column in table.T])
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.abs(np.nan_to_num(np.corrcoef(ranks, rowvar=False)))
    together = np.atleast_2d(together)
    strength = [abs(kpi_model.auc(column, bad) - 0.5) for column in table.T]
    kept, twins = [], {}
    for at in np.argsort(-np.array(strength), kind="stable").tolist():
        twin = next((other for other in kept if together[at, other] > limit), None)
        if twin is None:
            kept.append(at)
        else:
            name = cleaner.features[at]
            twins[name] = f"as {cleaner.features[twin]}"
    return _keep(cleaner, sorted(kept), twins)


def _ranks(values):
    _values, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _keep(cleaner, at, dropped):
    return Cleaner(
        tuple(cleaner.features[k] for k in at),
        cleaner.low[at],
        cleaner.high[at],
        tuple(cleaner.codes[k] for k in at),
        cleaner.fill[at],
        {**cleaner.dropped, **dropped},
    )

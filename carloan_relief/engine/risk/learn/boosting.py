"""Monotone histogram gradient boosting, sized to the data.

Directions of risk that are known beforehand are constraints, not hopes: more days past
due never lower a PD. Every tree looks at one feature only, so that the model adds up
over features: each is a curve of steps that can be drawn, reasons are exact, and a
whole book is scored by looking up steps. Trees are small while defaults are few; their
number is chosen by cross-validation over borrowers.
"""

from dataclasses import dataclass

import numpy as np

from ..metrics import sigmoid
from ..prediction import Prediction, worst
from . import scale
from .sample import folds
from .spline import log_loss

#: From so many defaulted borrowers on trees may be larger.
MANY = 1000
#: Trees at most.
TREES = 300
RATE = 0.05


@dataclass(frozen=True)
class Boosting:
    """A fitted model; a predictor in the sense of :mod:`..prediction`.

    :ivar model: the trees, kept for whoever wants to look at them
    :ivar base: log odds of a loan whose features all stand at their medians
    :ivar steps: per feature (edges (E,), log odds above the median's (E + 2,)): up to
        and with each edge, beyond the last, and unknown
    """

    cleaner: object
    model: object
    base: float
    steps: tuple
    averages: np.ndarray
    best: np.ndarray
    reference: str = "mean"
    slope: float = 1.0
    shift: float = 0.0
    tuned: int = 0
    kind: str = "boosting"

    @property
    def features(self):
        """The names it needs."""
        return list(self.cleaner.features)

    def predict(self, features, top=4):
        """Return the :class:`Prediction` of N loans."""
        table, _counts = self.cleaner.apply(features)
        parts = look_up(self.steps, table)
        score = (self.base + parts.sum(axis=1)) * self.slope + self.shift
        start = self.averages if self.reference == "mean" else self.best
        lost = (parts - start) * self.slope * scale.FACTOR
        codes, weights = worst(lost, np.arange(parts.shape[1]), top)
        names = tuple(self.features)
        return Prediction(sigmoid(score), scale.points(score), names, codes, weights)


def look_up(steps, table):
    """Return (N, K) log odds of cleaned values by the steps of each feature."""
    parts = np.empty(table.shape)
    for at, (edges, values) in enumerate(steps):
        column = table[:, at]
        place = np.searchsorted(edges, column, side="left")
        parts[:, at] = values[np.where(np.isnan(column), len(edges) + 1, place)]
    return parts


def read_steps(model, fill):
    """Return (base, steps) of trees that look at one feature each."""
    base = float(model.decision_function(fill[None, :])[0])
    # trees split at the edges of the bins alone, values up to an edge on one side
    cuts = [np.asarray(edges) for edges in model._bin_mapper.bin_thresholds_]
    steps = []
    for at, edges in enumerate(cuts):
        probes = np.tile(fill, (len(edges) + 2, 1))
        beyond = edges[-1] + 1.0 if len(edges) else fill[at]
        probes[:, at] = [*edges, beyond, np.nan]
        steps.append((edges, model.decision_function(probes) - base))
    return base, tuple(steps)


def fit(sample, cleaner, directions=None, seed=0, reference="mean", tuned=None):
    """Return the fitted :class:`Boosting` of a sample.

    :param dict directions: feature -> +1, -1 or 0
    :param tuned: number of trees; default chosen by cross-validation over borrowers
    """
    table, _counts = cleaner.apply(sample.features)
    directions = directions or {}
    way = [directions.get(name, 0) for name in cleaner.features]
    settings = size(sample, way, seed)
    trees = tuned or choose(table, sample, settings, seed)
    model = _model(settings, trees).fit(table, sample.bad)
    base, steps = read_steps(model, cleaner.fill)
    parts = look_up(steps, table)
    return Boosting(
        cleaner,
        model,
        base,
        steps,
        parts.mean(axis=0),
        parts.min(axis=0),
        reference,
        tuned=trees,
    )


def size(sample, way, seed=0):
    """Return the settings of a model sized to the defaults there are."""
    rate = max(sample.bad.mean(), 1e-6)
    few = sample.defaulted < MANY
    return {
        "learning_rate": RATE,
        "max_leaf_nodes": 4 if few else 8,
        # a leaf should expect a handful of defaults
        "min_samples_leaf": int(np.clip(10 / rate, 20, max(len(sample) // 10, 20))),
        "l2_regularization": 5.0,
        "monotonic_cst": way,
        "interaction_cst": "no_interactions",
        "early_stopping": False,
        "max_bins": 64,
        "random_state": seed,
    }


def choose(table, sample, settings, seed=0):
    """Return the number of trees with the least loss on borrowers left out."""
    fold = folds(sample.borrower, sample.bad, parts=4, seed=seed)
    losses = np.zeros(TREES)
    for part in np.unique(fold):
        train = fold != part
        model = _model(settings, TREES).fit(table[train], sample.bad[train])
        bad = sample.bad[~train]
        for at, p in enumerate(model.staged_predict_proba(table[~train])):
            losses[at] += log_loss(p[:, 1], bad)
    return int(np.argmin(losses)) + 1


def _model(settings, trees):
    from sklearn.ensemble import HistGradientBoostingClassifier  # slow to import

    return HistGradientBoostingClassifier(max_iter=trees, **settings)

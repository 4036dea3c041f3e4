"""Monotone histogram gradient boosting, sized to the data.

Directions of risk that are known beforehand are constraints, not hopes: more days past
due never lower a PD. Trees stay small while defaults are few, and up to a declared
number of defaults every tree looks at one feature only, so that the model adds up over
features; the number of trees is chosen by cross-validation over borrowers.

Reasons: how far the log odds fall when a feature is put to its median, against the
same in training. Where the model adds up over features this is exact.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..metrics import sigmoid
from ..prediction import Prediction, worst
from . import scale
from .sample import folds
from .spline import log_loss
from .threads import one_thread

#: Below so many defaulted borrowers no tree may combine features.
ADDITIVE_BELOW = 1000
#: Trees at most.
TREES = 300
RATE = 0.05
#: Rows scored at a time: bounds the memory of reasons.
CHUNK = 20_000


@dataclass(frozen=True)
class Boosting:
    """A fitted model; a predictor in the sense of :mod:`..prediction`."""

    cleaner: object
    model: object
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
        start = self.averages if self.reference == "mean" else self.best
        score = np.empty(len(table))
        codes = np.empty((len(table), min(top, table.shape[1])), np.int16)
        weights = np.empty(codes.shape, np.float32)
        with one_thread():
            for begin in range(0, len(table), CHUNK):
                rows = slice(begin, begin + CHUNK)
                if not top:
                    score[rows] = self.model.decision_function(table[rows])
                    continue
                score[rows], parts = self.explain(table[rows])
                lost = (parts - start) * self.slope * scale.FACTOR
                codes[rows], weights[rows] = worst(lost, np.arange(len(start)), top)
        score = score * self.slope + self.shift
        names = tuple(self.features)
        return Prediction(sigmoid(score), scale.points(score), names, codes, weights)

    def explain(self, table):
        """Return ((N,) raw log odds, (N, K) what each feature adds to its median's)."""
        score = self.model.decision_function(table)
        parts = np.empty(table.shape)
        for at in range(table.shape[1]):
            column = table[:, at].copy()
            table[:, at] = self.cleaner.fill[at]
            parts[:, at] = score - self.model.decision_function(table)
            table[:, at] = column
        return score, parts


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
    zero = np.zeros(len(way))
    fitted = Boosting(cleaner, model, zero, zero, reference, tuned=trees)
    rows = np.random.default_rng(seed).permutation(len(table))[:5000]
    _score, parts = fitted.explain(table[rows])
    return replace(fitted, averages=parts.mean(axis=0), best=parts.min(axis=0))


def size(sample, way, seed=0):
    """Return the settings of a model sized to the defaults there are."""
    rate = max(sample.bad.mean(), 1e-6)
    few = sample.defaulted < ADDITIVE_BELOW
    return {
        "learning_rate": RATE,
        "max_leaf_nodes": 4 if few else 12,
        # a leaf should expect a handful of defaults
        "min_samples_leaf": int(np.clip(10 / rate, 20, max(len(sample) // 10, 20))),
        "l2_regularization": 5.0,
        "monotonic_cst": way,
        "interaction_cst": "no_interactions" if few else None,
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

"""Logistic regression on linear splines: the learned model for few hundred defaults.

Each feature bends at a few quantiles of its own, is flat outside its bounds, and has
a column for "not known"; so heavy tails and codes do no harm, which they do to a plain
scaled regression. A ridge holds the many columns together; its strength is chosen by
cross-validation over borrowers. Where it is known which way risk goes with a feature,
stretches that would go the other way are left out, as flat. The score adds up over
features, so reasons are exact.
"""

from dataclasses import dataclass

import numpy as np

from ..metrics import logit, sigmoid
from ..prediction import Prediction, worst
from . import scale
from .sample import folds

#: Quantiles of the known values at which a feature may bend.
BENDS = (0.25, 0.5, 0.75, 0.9)
#: Strengths of the ridge that are tried, strongest first.
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
#: Rows that the choice looks at, at most: more cost time and change nothing.
ENOUGH = 20_000


@dataclass(frozen=True)
class Basis:
    """Bends of K features; turns cleaned values into columns."""

    knots: tuple  # per feature (B,) rising
    fill: np.ndarray
    scale: np.ndarray  # per feature, spread of the known values
    has_missing: np.ndarray

    @classmethod
    def of(cls, table, fill):
        """Learn from the cleaned (N, K) training values."""
        knots, spread = [], []
        for at in range(table.shape[1]):
            known = table[:, at][~np.isnan(table[:, at])]
            bends = np.unique(np.quantile(known, BENDS))
            knots.append(bends[(bends > known.min()) & (bends < known.max())])
            spread.append(known.std() or 1.0)
        missing = np.isnan(table).mean(axis=0) > 0
        return cls(tuple(knots), np.asarray(fill), np.array(spread), missing)

    def build(self, table):
        """Return ((N, C) columns, (C,) feature of each column)."""
        made, of = [], []
        for at, knots in enumerate(self.knots):
            missing = np.isnan(table[:, at])
            values = np.where(missing, self.fill[at], table[:, at])
            ends = [-np.inf, *knots.tolist(), np.inf]
            # a column per stretch between two bends: its weight is the slope there
            parts = [
                np.clip(values, low, high) - np.clip(self.fill[at], low, high)
                for low, high in zip(ends, ends[1:], strict=False)
            ]
            made += [part / self.scale[at] for part in parts]
            if self.has_missing[at]:
                parts.append(None)
                made.append(missing.astype(np.float64))
            of += [at] * len(parts)
        return np.column_stack(made), np.array(of)


@dataclass(frozen=True)
class Spline:
    """A fitted regression; a predictor in the sense of :mod:`..prediction`."""

    cleaner: object
    basis: Basis
    weights: np.ndarray
    intercept: float
    averages: np.ndarray  # (K,) mean contribution in training
    best: np.ndarray  # (K,) lowest contribution in training
    reference: str = "mean"
    slope: float = 1.0
    shift: float = 0.0
    tuned: float = 0.0
    kind: str = "logistic"

    @property
    def features(self):
        """The names it needs."""
        return list(self.cleaner.features)

    def parts(self, features):
        """Return the (N, K) log odds that each feature contributes."""
        table, _counts = self.cleaner.apply(features)
        made, of = self.basis.build(table)
        total = np.zeros((len(table), len(self.features)))
        for at in range(len(self.features)):
            mine = of == at
            total[:, at] = made[:, mine] @ self.weights[mine]
        return total * self.slope

    def predict(self, features, top=4):
        """Return the :class:`Prediction` of N loans."""
        parts = self.parts(features)
        score = parts.sum(axis=1) + self.intercept * self.slope + self.shift
        start = self.averages if self.reference == "mean" else self.best
        lost = (parts - start * self.slope) * scale.FACTOR
        chosen, weights = worst(lost, np.arange(parts.shape[1]), top)
        names = tuple(self.features)
        return Prediction(sigmoid(score), scale.points(score), names, chosen, weights)


def fit(sample, cleaner, directions=None, seed=0, reference="mean", tuned=None):
    """Return the fitted :class:`Spline` of a sample.

    :param Sample sample: N rows
    :param Cleaner cleaner: learned from them
    :param dict directions: feature -> +1 = the more, the riskier, -1, or 0
    :param tuned: strength of the ridge; default chosen by cross-validation
    """
    table, _counts = cleaner.apply(sample.features)
    basis = Basis.of(table, cleaner.fill)
    made, of = basis.build(table)
    middle, spread = made.mean(axis=0), made.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = (made - middle) / spread
    strength = tuned or choose(scaled, sample, seed)
    ways = _ways(basis, of, cleaner.features, directions or {})
    weights, intercept = _one_way(scaled, sample.bad, strength, ways)
    weights = weights / spread
    intercept = intercept - middle @ weights
    parts = np.column_stack(
        [made[:, of == at] @ weights[of == at] for at in range(table.shape[1])]
    )
    return Spline(
        cleaner,
        basis,
        weights,
        float(intercept),
        parts.mean(axis=0),
        parts.min(axis=0),
        reference,
        tuned=strength,
    )


def _ways(basis, of, names, directions):
    """Return (C,) direction of each column; 0 for one that may go either way."""
    ways = np.array([directions.get(names[at], 0) for at in of])
    last = np.append(of[1:] != of[:-1], True)
    ways[last & basis.has_missing[of]] = 0  # the unknown may be better or worse
    return ways


def _one_way(table, bad, strength, ways):
    """Regress, leaving out columns that come out against their direction."""
    kept = np.ones(table.shape[1], bool)
    weights = np.zeros(table.shape[1])
    while True:
        weights[:] = 0.0
        if not kept.any():
            return weights, float(logit(bad.mean()))
        weights[kept], intercept = regress(table[:, kept], bad, strength)
        wrong = kept & (weights * ways < 0)
        if not wrong.any():
            return weights, intercept
        kept &= ~wrong


def choose(scaled, sample, seed=0):
    """Return the strength with the least loss on borrowers left out."""
    fold, rows = folds(sample.borrower, sample.bad, seed=seed), len(sample)
    if rows > ENOUGH:  # a part of the borrowers, with all that is known of each
        part = folds(sample.borrower, sample.bad, -(-rows // ENOUGH), seed + 1) == 0
        scaled, sample, fold = scaled[part], sample.take(part), fold[part]
    losses = np.zeros(len(STRENGTHS))
    for part in np.unique(fold):
        train = fold != part
        for at, strength in enumerate(STRENGTHS):
            weights, intercept = regress(scaled[train], sample.bad[train], strength)
            p = sigmoid(scaled[~train] @ weights + intercept)
            losses[at] += log_loss(p, sample.bad[~train])
    return STRENGTHS[int(np.argmin(losses))]


def log_loss(pd, bad):
    """Return the sum of -log of the probability of what came true."""
    return float(-np.log(np.where(bad, pd, 1 - pd).clip(1e-9)).sum())


def regress(table, bad, strength):
    """Return (weights, intercept) of a logistic regression with a ridge."""
    from sklearn.linear_model import LogisticRegression  # slow to import

    model = LogisticRegression(C=strength, solver="newton-cholesky").fit(table, bad)
    return model.coef_[0], float(model.intercept_[0])

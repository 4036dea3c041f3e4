"""How good are predicted probabilities? Each figure with the noise of its sample.

Separation (AUC, KS), Brier score, calibration by tenths of the book, slope and
intercept, and bootstrap intervals. One borrower may stand in the sample on several
dates; these rows are not independent, so the bootstrap draws borrowers, not rows.
"""

from dataclasses import asdict, dataclass

import numpy as np

from .. import kpi_model
from . import drift, outcomes

#: Rows times draws that are held at a time: bounds the memory of a bootstrap.
_CHUNK = 4_000_000
_EDGE = 1e-6


@dataclass(frozen=True)
class Interval:
    """A figure and what chance allows of it."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Quality:
    """Figures of N predictions against what came true."""

    rows: int
    borrowers: int
    defaults: int
    auc: Interval
    ks: Interval
    brier: Interval
    brier_constant: float
    predicted: float
    observed: float
    slope: float
    intercept: float
    deciles: list

    def as_dict(self):
        """Return plain data that JSON can hold."""
        return asdict(self)


def logit(pd):
    """Return log odds, probabilities kept a little away from 0 and 1."""
    pd = np.clip(np.asarray(pd, np.float64), _EDGE, 1 - _EDGE)
    return np.log(pd / (1 - pd))


def sigmoid(score):
    """Return 1 / (1 + exp(-score)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(score, np.float64)))


def brier(pd, bad):
    """Return the mean squared error of the probabilities."""
    return float(np.mean((np.asarray(pd, np.float64) - np.asarray(bad)) ** 2))


def slope_and_intercept(score, bad, rounds=50):
    """Return (slope, intercept) of log odds of default over a score.

    Of a well calibrated log odds score they are 1 and 0; below 1 the predictions are
    too extreme. Newton's method; nan when every loan or none defaulted, or when the
    score is the same for all.

    :param score: (N,) log odds or anything linear in them
    :param bad: (N,) bool
    """
    score, bad = np.asarray(score, np.float64), np.asarray(bad, np.float64)
    if not 0 < bad.sum() < bad.size or np.ptp(score) == 0:
        return float("nan"), float("nan")
    middle, spread = score.mean(), score.std()
    table = np.column_stack([np.ones(score.size), (score - middle) / spread])
    weights = np.array([logit(bad.mean()), 0.0])
    for _round in range(rounds):
        p = sigmoid(table @ weights)
        # a thousandth of a row of ridge keeps a perfect separation finite
        gradient = table.T @ (bad - p) - 1e-3 * np.array([0.0, weights[1]])
        hessian = (table * (p * (1 - p))[:, None]).T @ table + 1e-3 * np.diag([0, 1.0])
        step = np.linalg.solve(hessian, gradient)
        weights = weights + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    slope = weights[1] / spread
    return float(slope), float(weights[0] - slope * middle)


def deciles(pd, bad, parts=10):
    """Return rows of calibration by equal parts of the book, the safest first.

    :return: list of dicts: part, loans, defaults, predicted, observed, low, high
    """
    pd = np.asarray(pd, np.float64)
    place = np.empty(pd.size, np.int64)
    place[np.argsort(pd, kind="stable")] = np.arange(pd.size) * parts // max(pd.size, 1)
    found = outcomes.calibration(pd, bad, place)
    return [{"part": part + 1, **asdict(row)} for part, row in sorted(found.items())]


def quality(pd, bad, borrower=None, draws=200, seed=0, parts=10):
    """Return the :class:`Quality` of N predictions.

    :param pd: (N,) predicted; ``bad``: (N,) bool observed
    :param borrower: (N,) key of who a row belongs to; default: each its own
    :param int draws: bootstrap samples; ``seed``: of their random numbers
    """
    pd, bad = np.asarray(pd, np.float64), np.asarray(bad, bool)
    found = bootstrap(pd, bad, borrower, draws, seed)
    slope, intercept = slope_and_intercept(logit(pd), bad)
    rate = float(bad.mean()) if bad.size else float("nan")
    return Quality(
        rows=int(bad.size),
        borrowers=int(bad.size if borrower is None else np.unique(borrower).size),
        defaults=int(bad.sum()),
        **found,
        brier_constant=rate * (1 - rate),
        predicted=float(pd.mean()) if pd.size else float("nan"),
        observed=rate,
        slope=slope,
        intercept=intercept,
        deciles=deciles(pd, bad, parts),
    )


def bootstrap(pd, bad, borrower=None, draws=200, seed=0, level=0.95):
    """Return {auc, ks, brier: Interval} by drawing borrowers with replacement."""
    pd, bad = np.asarray(pd, np.float64), np.asarray(bad, bool)
    point = {
        "auc": kpi_model.auc(pd, bad),
        "ks": kpi_model.ks(pd, bad),
        "brier": brier(pd, bad),
    }
    drawn = _draw(pd, bad, borrower, draws, seed) if bad.any() else {}
    tail = (1 - level) / 2
    return {
        name: Interval(value, *_range(drawn.get(name), tail))
        for name, value in point.items()
    }


def compare(first, second, bad, borrower=None, draws=200, seed=0, level=0.95):
    """Return the Interval of AUC(first) - AUC(second), both on the same draws."""
    bad = np.asarray(bad, bool)
    value = kpi_model.auc(first, bad) - kpi_model.auc(second, bad)
    drawn = [
        _draw(np.asarray(score, np.float64), bad, borrower, draws, seed)["auc"]
        for score in (first, second)
    ]
    return Interval(value, *_range(drawn[0] - drawn[1], (1 - level) / 2))


def stability(expected, actual, bins=10):
    """Return the stability index of values (N,) and (M,): bins of the first."""
    cuts = drift.edges(expected, bins)
    return drift.index(drift.counts(expected, cuts), drift.counts(actual, cuts))


def _range(values, tail):
    if values is None or not np.isfinite(values).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _draw(pd, bad, borrower, draws, seed):
    """Return {name: (draws,)} of bootstrap samples, as weights on the sorted rows."""
    order = np.argsort(pd, kind="stable")
    pd, bad = pd[order], bad[order].astype(np.float64)
    who = np.arange(pd.size) if borrower is None else np.asarray(borrower)[order]
    _keys, who = np.unique(who, return_inverse=True)
    starts = np.flatnonzero(np.diff(pd, prepend=np.nan) != 0)  # ties share a place
    error = (pd - bad) ** 2
    rng = np.random.default_rng(seed)
    people, step = int(who.max()) + 1, max(1, _CHUNK // max(pd.size, 1))
    parts = []
    for begin in range(0, draws, step):
        count = min(step, draws - begin)
        chances = np.full(people, 1 / people)
        weights = rng.multinomial(people, chances, size=count)[:, who]
        parts.append(_weighted(weights.astype(np.float64), bad, error, starts))
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def _weighted(weights, bad, error, starts):
    """Return {auc, ks, brier} of each row of weights over rows in order of risk."""
    ill = np.add.reduceat(weights * bad, starts, axis=1)
    well = np.add.reduceat(weights * (1 - bad), starts, axis=1)
    ills, wells = ill.sum(axis=1), well.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.cumsum(well, axis=1) - well / 2
        area = (ill * below).sum(axis=1) / (ills * wells)
        gap = np.cumsum(ill, 1) / ills[:, None] - np.cumsum(well, 1) / wells[:, None]
        squared = (weights @ error) / weights.sum(axis=1)
    return {"auc": area, "ks": np.abs(gap).max(axis=1), "brier": squared}

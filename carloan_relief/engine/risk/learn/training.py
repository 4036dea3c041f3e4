"""Train the candidates on earlier dates, judge them on later ones, say which to take.

The choice between candidates looks at borrowers left out of training (cross-validation)
and never at the later dates: those stay what they are for, an honest last look.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from ...fields import FieldError
from .. import metrics
from . import boosting, cleaning, scale, spline, woe
from .sample import Needs, Sample, advice, check, folds
from .threads import one_thread

KINDS = ("logistic", "woe", "boosting")
#: A calibration slope further from one than this is put right.
SLOPE_OFF = 0.10
#: Points of a feature at which its effect is drawn, and rows averaged over.
GRID, ROWS = 9, 400


@dataclass(frozen=True)
class Candidate:
    """A trained model with what is known of it."""

    kind: str
    predictor: object
    left_out: metrics.Quality  # on borrowers left out of training
    later: metrics.Quality | None  # on later dates
    slope: float  # of the left-out scores, before any correction
    calibrated: bool
    stability: float  # index of its PD, training against later dates
    loss: float  # mean log loss of the left-out scores: what the choice goes by


@dataclass(frozen=True)
class Training:
    """What a training found."""

    candidates: dict
    baselines: dict  # name -> (Quality, {kind: Interval of the AUC gained})
    best: str
    advice: str
    train: Sample
    test: Sample | None
    dropped: dict
    clipped: dict
    notes: list = field(default_factory=list)


def split(dates, horizon):
    """Return (training dates, later dates): no outcome is in both.

    A training date's horizon ends by the first later date. Of the ways to cut, the one
    that leaves most dates on the shorter side is taken, then most to learn from.

    :param dates: (D,) month ends; ``horizon``: months
    """
    dates = np.unique(np.asarray(dates, "datetime64[D]"))
    best, found = (0, 0), (dates, dates[:0])
    for first in dates:
        early = dates[is_over(dates, first, horizon)]
        late = dates[dates >= first]
        worth = min(early.size, late.size), early.size
        if early.size and worth > best:
            best, found = worth, (early, late)
    return found


def is_over(dates, later, horizon):
    """Tell of which dates the months of the horizon have passed on a later one.

    :param dates: (D,) month ends; ``later``: a month end; ``horizon``: months
    :return: (D,) bool
    """
    month = np.datetime64(later, "M")
    return (month - np.asarray(dates, "datetime64[M]")).astype(np.int64) >= horizon


def train(
    sample, test=None, directions=None, kinds=KINDS, seed=0, needs=None, extra=None,
    reference="mean", report=None,
):  # fmt: skip
    """Train candidates on a sample and judge them on another.

    :param Sample sample: rows of the earlier dates
    :param Sample test: rows of later dates, or None
    :param dict directions: feature -> +1, -1 or 0
    :param dict extra: name -> predictor to judge beside them (the expert scorecard)
    :param report: called with (share done, text) as the work goes on
    :rtype: Training
    :raises FieldError: for too few defaults, saying how many are needed
    """
    needs, say = needs or Needs(), report or (lambda share, text: None)
    check(sample, needs)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise FieldError("kinds", f"{unknown or 'none'}: choose of {', '.join(KINDS)}")
    with one_thread():
        cleaner = cleaning.learn(sample.features, list(sample.features))
        cleaner = cleaning.distinct(sample.features, cleaner, sample.bad)
        found = {}
        for at, kind in enumerate(kinds):
            say(at / (len(kinds) + 1), kind)
            fit = _fitter(kind, directions, seed, reference)
            found[kind] = _candidate(kind, fit, sample, test, cleaner, seed)
        say(len(kinds) / (len(kinds) + 1), "baselines")
        judged = _baselines(sample, test, extra or {}, found)
    return Training(
        candidates=found,
        baselines=judged,
        best=min(found, key=lambda kind: found[kind].loss),
        advice=advice(sample.defaulted, needs),
        train=sample,
        test=test,
        dropped=cleaner.dropped,
        clipped=cleaner.apply(sample.features)[1],
    )


def _fitter(kind, directions, seed, reference):
    """Return a function (sample, cleaner, tuned setting or None) -> predictor."""
    module = {"logistic": spline, "woe": woe, "boosting": boosting}[kind]

    def fit(rows, cleaner, tuned=None):
        return module.fit(rows, cleaner, directions, seed, reference, tuned)

    return fit


def _candidate(kind, fit, sample, test, cleaner, seed):
    """Fit, put the slope right where it is off, and judge."""
    predictor = fit(sample, cleaner)
    tuned = getattr(predictor, "tuned", None)
    left_out = _left_out(fit, sample, cleaner, seed, tuned)
    slope, shift = metrics.slope_and_intercept(left_out, sample.bad)
    off = bool(abs(slope - 1) > SLOPE_OFF)
    if off:
        predictor = calibrated(predictor, slope, shift)
        left_out = slope * left_out + shift
    draws = 200 if len(sample) <= 20_000 else 50
    quality = metrics.quality(
        metrics.sigmoid(left_out), sample.bad, sample.borrower, draws, seed
    )
    later = moved = None
    if test is not None:
        pd = predictor.predict(test.features, top=0).pd
        later = metrics.quality(pd, test.bad, test.borrower, draws, seed)
        before = predictor.predict(sample.features, top=0).pd
        moved = metrics.stability(before, pd)
    loss = spline.log_loss(metrics.sigmoid(left_out), sample.bad) / len(sample)
    return Candidate(kind, predictor, quality, later, slope, off, moved, loss)


def _left_out(fit, sample, cleaner, seed, tuned):
    """Return the (N,) log odds of each row by a model that never saw its borrower."""
    fold = folds(sample.borrower, sample.bad, seed=seed + 7)
    score = np.empty(len(sample))
    for part in np.unique(fold):
        rows = np.flatnonzero(fold != part)
        rest = np.flatnonzero(fold == part)
        fitted = fit(sample.take(rows), cleaner, tuned)
        score[rest] = metrics.logit(
            fitted.predict(sample.take(rest).features, top=0).pd
        )
    return score


def calibrated(predictor, slope, shift):
    """Return the predictor with its log odds made ``slope`` x score + ``shift``."""
    if predictor.kind != "woe":
        return replace(
            predictor,
            slope=predictor.slope * slope,
            shift=predictor.shift * slope + shift,
        )
    # a card stays a card: its points are stretched around the base
    start = predictor.offset - scale.points(0.0)
    return replace(
        predictor,
        bins=tuple(b._replace(points=b.points * slope) for b in predictor.bins),
        averages={name: value * slope for name, value in predictor.averages.items()},
        offset=float(scale.points(shift) + start * slope),
    )


def baseline(values, train_values, bad, sign):
    """Return the PD by one feature alone: a logistic regression on its rank.

    :param values: (N,) to predict; ``train_values``, ``bad``: to learn from
    :param int sign: +1 = the more, the riskier; the unknown stands in the middle
    """
    known = np.sort(train_values[np.isfinite(train_values)])

    def rank(column):
        low = np.searchsorted(known, column, side="left")
        high = np.searchsorted(known, column, side="right")
        return np.where(np.isfinite(column), (low + high) / 2 / max(known.size, 1), 0.5)

    slope, shift = metrics.slope_and_intercept(rank(train_values), bad)
    if not slope * sign > 0:  # nothing learned: the order alone counts
        slope, shift = sign * 1e-3, float(metrics.logit(bad.mean()))
    return metrics.sigmoid(slope * rank(values) + shift)


def _baselines(sample, test, extra, found):
    """Return {name: (Quality, {kind: gain})} of what a model has to beat."""
    rows = sample if test is None else test
    judged = {}
    for name, sign in (("bureau_score", -1), ("dpd", 1)):
        if name in sample.features:
            judged[name] = baseline(
                rows.features[name], sample.features[name], sample.bad, sign
            )
    for name, predictor in extra.items():
        judged[name] = predictor.predict(rows.features, top=0).pd
        before = metrics.logit(predictor.predict(sample.features, top=0).pd)
        slope, shift = metrics.slope_and_intercept(before, sample.bad)
        if slope > 0:  # its order, with probabilities of this book
            judged[f"{name}_scaled"] = metrics.sigmoid(
                slope * metrics.logit(judged[name]) + shift
            )
    draws = 200 if len(rows) <= 20_000 else 50
    scores = {
        kind: one.predictor.predict(rows.features, top=0).pd
        for kind, one in found.items()
    }
    return {
        name: (
            metrics.quality(pd, rows.bad, rows.borrower, draws),
            {
                kind: metrics.compare(mine, pd, rows.bad, rows.borrower, draws)
                for kind, mine in scores.items()
            },
        )
        for name, pd in judged.items()
    }


def effects(predictor, sample, seed=0):
    """Return how the PD goes with each feature, others as they are.

    :return: [{"feature", "values", "pd", "spread"}], the strongest first
    """
    rng = np.random.default_rng(seed)
    rows = sample.take(np.sort(rng.permutation(len(sample))[:ROWS]))
    drawn = []
    for name in predictor.features:
        known = sample.features[name][np.isfinite(sample.features[name])]
        if not known.size:
            continue
        values = np.unique(np.quantile(known, np.linspace(0.02, 0.98, GRID)))
        many = {
            key: np.tile(column, values.size) for key, column in rows.features.items()
        }
        many[name] = np.repeat(values, len(rows))
        pd = predictor.predict(many, top=0).pd.reshape(values.size, -1).mean(axis=1)
        drawn.append(
            {
                "feature": name,
                "values": values.tolist(),
                "pd": pd.tolist(),
                "spread": float(np.ptp(metrics.logit(pd))),
            }
        )
    return sorted(drawn, key=lambda row: -row["spread"])

"""What every predictor answers: a PD, points and the reasons of N loans, as arrays.

A predictor is any object with

- ``kind``: "scorecard", "logistic", "woe" or "boosting";
- ``features``: the names it needs;
- ``reference``: what a reason is measured against: "max" (points below the most that a
  loan can have) or "mean" (points below the average loan). The two disagree for many
  borrowers, so it is a declared setting that is stored with each assessment;
- ``predict(features, top=4)``: {name: (N,) float64 with nan} -> :class:`Prediction`.

Reasons are codes into one tuple of names, never a list per loan: 100,000 loans with
four reasons take three megabytes.
"""

from dataclasses import dataclass

import numpy as np

#: What a reason may be measured against.
REFERENCES = ("max", "mean")


@dataclass(frozen=True)
class Prediction:
    """PD (N,), points (N,) and the reasons of N loans, most adverse first.

    ``reason_codes`` (N, top) int16 index ``reason_names``, -1 = no further reason;
    ``reason_weights`` (N, top) float32 are points lost against the reference.
    """

    pd: np.ndarray
    points: np.ndarray
    reason_names: tuple
    reason_codes: np.ndarray
    reason_weights: np.ndarray

    def __len__(self):
        return len(self.pd)

    def reasons_of(self, at):
        """Return [(name, weight)] of loan ``at``, most adverse first."""
        return [
            (self.reason_names[code], float(weight))
            for code, weight in zip(
                self.reason_codes[at], self.reason_weights[at], strict=True
            )
            if code >= 0
        ]


def columns(features, names):
    """Return (N, K) float64 of the named features; an absent one is nan throughout.

    :param features: {name: (N,) or scalar}
    """
    size = max((np.size(values) for values in features.values()), default=1)
    table = np.full((size, len(names)), np.nan)
    for at, name in enumerate(names):
        if name in features:
            table[:, at] = np.asarray(features[name], np.float64)
    return table


def worst(lost, codes, top):
    """Return (codes, weights) of the ``top`` largest losses above zero of N loans.

    :param lost: (N, K) points lost per feature
    :param codes: (N, K) or (K,) code of the reason of each
    :return: (N, top) int16 with -1 where there is no reason, (N, top) float32
    """
    lost = np.asarray(lost, np.float64)
    codes = np.broadcast_to(np.asarray(codes, np.int16), lost.shape)
    order = np.argsort(-lost, axis=1, kind="stable")[:, :top]
    weights = np.take_along_axis(lost, order, axis=1)
    chosen = np.where(weights > 0, np.take_along_axis(codes, order, axis=1), -1)
    return chosen.astype(np.int16), np.maximum(weights, 0).astype(np.float32)

"""Editable tables that predict where no history is there to learn from.

A table multiplies the odds of a base probability by a factor for each range that a
loan or a plan falls in, so that a reader can follow it with a pencil:

    odds = odds(base) x factor x factor x ...,   probability = odds / (1 + odds)

    >>> rows = [("cut", 0.2, np.inf, 0.5, "a fifth less to pay")]
    >>> table = FactorTable.of("redefault", 0.2, rows)
    >>> table.share({"cut": [0.0, 0.25]}).round(4).tolist()
    [0.2, 0.1111]

Used for a default again after a relief, for a repayment ahead of time, and, with the
rows of the provisioning policy, for the loss on a default. A table is a predictor like
any other (:mod:`prediction`): ``pd`` of its answer is the share that it predicts.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import provision
from ..fields import FieldError
from .prediction import Prediction, columns, worst

#: Points that double the odds, as on the scorecards: reasons are told in points.
DOUBLE = 40.0
#: Name of the feature that, where it is known, takes the place of the base.
BASE = "base"


class Row(NamedTuple):
    """Factor of the odds within [lower, upper); ``reason`` names the row."""

    feature: str
    lower: float
    upper: float
    factor: float
    reason: object = ""


@dataclass(frozen=True)
class FactorTable:
    """A base probability and the factors of its odds.

    :ivar str kind: what is predicted: "redefault" or "prepayment"
    :ivar float base: probability where the feature ``base`` is not known
    :ivar tuple rows: of :class:`Row`; of a feature the first that fits counts, and a
        value that is not known or in no range leaves the odds as they are
    """

    kind: str
    base: float
    rows: tuple
    reference: str = "max"

    @classmethod
    def of(cls, kind, base, rows, reference="max"):
        """Build from (feature, lower, upper, factor, reason) rows, checking them.

        :raises FieldError: naming the feature, for an empty range or a factor that is
            not above zero; naming the base when it is no probability
        """
        rows = tuple(Row(*row) for row in rows)
        if not 0 < base < 1:
            raise FieldError("base", f"{base} is not between 0 and 1")
        for row in rows:
            if not row.lower < row.upper:
                raise FieldError(row.feature, f"{row.lower} is not below {row.upper}")
            if not 0 < row.factor < np.inf:
                raise FieldError(row.feature, "the factor must be above zero")
        return cls(kind, base, rows, reference)

    @property
    def features(self):
        """The names of the features, the base first."""
        return [BASE, *dict.fromkeys(row.feature for row in self.rows)]

    def share(self, features):
        """Return the probability of N loans or plans, (N,) float64.

        :param features: {name: (N,) or scalar, nan = not known}
        """
        logs, _codes = self._look_up(features)
        return self._share(features, logs)

    def predict(self, features, top=4):
        """Return a :class:`Prediction`; reasons are rows that raise the odds."""
        logs, codes = self._look_up(features)
        least = self._least() if self.reference == "max" else logs.mean(axis=0)
        chosen, weights = worst((logs - least) * DOUBLE, codes, top)
        names = tuple(row.reason or row.feature for row in self.rows)
        points = -DOUBLE * logs.sum(axis=1)
        share = self._share(features, logs)
        return Prediction(share, points, names, chosen, weights)

    def _share(self, features, logs):
        base = columns(features, [BASE])[:, 0]
        base = np.where(np.isnan(base), self.base, np.clip(base, 0.0, 1.0))
        odds = base * np.exp2(logs.sum(axis=1))
        return odds / (1.0 - base + odds)

    def _look_up(self, features):
        """Return (log2 of the factors (N, K), row of each or -1), K features."""
        names = self.features[1:]
        table = columns(features, names)
        logs = np.zeros(table.shape)
        codes = np.full(table.shape, -1, np.int16)
        for code, row in reversed(list(enumerate(self.rows))):
            at = names.index(row.feature)
            inside = (table[:, at] >= row.lower) & (table[:, at] < row.upper)
            logs[inside, at], codes[inside, at] = np.log2(row.factor), code
        return logs, codes

    def _least(self):
        """Return the log2 of the best factor of each feature, 1 included, (K,)."""
        return np.array(
            [
                min([0.0, *(np.log2(r.factor) for r in self.rows if r.feature == name)])
                for name in self.features[1:]
            ]
        )


@dataclass(frozen=True)
class LossTable:
    """Loss on a default: the first row of the provisioning policy that fits.

    :ivar list rows: of :class:`provision.LgdRow`
    """

    rows: list
    kind: str = "lgd"
    reference: str = "max"
    features = ("stage", "used", "ltv", "months")

    def share(self, features):
        """Return the loss of N loans, (N,) float64.

        :raises ValueError: when no row fits a loan
        """
        stage, used, ltv, months = columns(features, self.features).T
        return provision.lgd(self.rows, stage, used == 1, ltv, months)

    def predict(self, features, top=4):
        """Return a :class:`Prediction` without points; the row is the reason."""
        share = self.share(features)
        none = np.full((len(share), top), -1, np.int16)
        return Prediction(share, np.zeros(len(share)), (), none, np.zeros(none.shape))


def plan_features(plans, cut, rate):
    """Return {name: (K,)} of K relief plans, as the rows of a table read them.

    :param Plans plans: K plans
    :param cut: (K,) share by which the regular instalment falls
    :param rate: (K,) yearly rate before the plan
    """
    lowered = np.where(np.isnan(plans.annual_rate), 0.0, rate - plans.annual_rate)
    overdue = ("interest", "fee", "penalty")
    return {
        "cut": cut,
        "extend": plans.extend,
        "rate_cut": lowered,
        "holiday": plans.holiday,
        "capitalise": _any(plans, (f"capitalise_{name}" for name in overdue)),
        "waive": _any(
            plans, (f"waive_{name}{end}" for name in overdue for end in ("", "_amount"))
        ),
        "forgive": _any(plans, ("forgive", "forgive_amount")),
        "defer": _any(plans, ("defer", "defer_amount")),
    }


def _any(plans, names):
    """Return where any of some fields of the plans is above zero, (K,) float64."""
    found = [np.asarray(getattr(plans, name)) > 0 for name in names]
    return np.any(found, axis=0).astype(np.float64)

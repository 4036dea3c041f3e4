"""What became of graded loans: separation, calibration, overrides, groups.

Every judgement here carries the noise of its sample: a figure that chance explains
raises no alarm, and too few loans are said to be too few.
"""

from dataclasses import dataclass

import numpy as np

from .. import kpi_model


@dataclass(frozen=True)
class Separation:
    """AUC and KS of matured loans, with the standard error of the AUC."""

    auc: float
    error: float
    ks: float
    loans: int
    defaults: int

    def status(self, watch, act, fewest):
        """Return ok, watch, act, or few below the fewest defaults.

        A limit counts as missed when the AUC lies below it by more than chance: two
        standard errors.
        """
        if self.defaults < fewest:
            return "few"
        surely = self.auc + 2 * self.error
        return "act" if surely < act else "watch" if surely < watch else "ok"


@dataclass(frozen=True)
class Calibrated:
    """Predicted and observed default rate of a grade, and what chance allows."""

    loans: int
    defaults: int
    predicted: float
    observed: float
    low: float
    high: float

    def status(self):
        """Return ok, watch (too careful), act (too hopeful) or few."""
        if not self.loans:
            return "few"
        if self.predicted < self.low:
            return "act"
        return "watch" if self.predicted > self.high else "ok"


@dataclass(frozen=True)
class Impact:
    """A group beside the others: shares or means, their ratio, and its noise."""

    group: float
    others: float
    ratio: float
    chance: float
    loans: int


def separation(pd, bad):
    """Return the :class:`Separation` of N matured loans.

    The error is Hanley and McNeil's (Radiology 143, 1982).

    :param pd: (N,) predicted; ``bad``: (N,) bool observed
    """
    pd, bad = np.asarray(pd, np.float64), np.asarray(bad, bool)
    ill, well = int(bad.sum()), int((~bad).sum())
    if not ill or not well:
        nan = float("nan")
        return Separation(nan, nan, nan, len(bad), ill)
    area = kpi_model.auc(pd, bad)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (
        area * (1 - area)
        + (ill - 1) * (first - area**2)
        + (well - 1) * (second - area**2)
    ) / (ill * well)
    error = float(np.sqrt(max(spread, 0.0)))
    return Separation(area, error, kpi_model.ks(pd, bad), len(bad), ill)


def calibration(pd, bad, grades, confidence=0.95):
    """Return {grade: Calibrated}; the interval is Jeffreys'.

    :param pd: (N,) predicted; ``bad``: (N,) bool observed; ``grades``: (N,) keys
    """
    from scipy.stats import beta  # slow to import

    pd, bad, grades = np.asarray(pd, float), np.asarray(bad, bool), np.asarray(grades)
    tail, found = (1 - confidence) / 2, {}
    for grade in np.unique(grades):
        mine = grades == grade
        loans, defaults = int(mine.sum()), int(bad[mine].sum())
        shape = defaults + 0.5, loans - defaults + 0.5
        found[grade.item()] = Calibrated(
            loans,
            defaults,
            float(pd[mine].mean()),
            defaults / loans,
            float(beta.ppf(tail, *shape)) if defaults else 0.0,
            float(beta.ppf(1 - tail, *shape)) if defaults < loans else 1.0,
        )
    return found


def impact_of_share(member, favoured):
    """Return the :class:`Impact` of a yes-or-no outcome on a group.

    ``chance`` is the p-value of the two-sided test of two proportions.

    :param member: (N,) bool, in the group; ``favoured``: (N,) bool, the good outcome
    """
    member, favoured = np.asarray(member, bool), np.asarray(favoured, bool)
    sizes = int(member.sum()), int((~member).sum())
    if not all(sizes):
        return _unknown(sizes[0])
    mine, theirs = favoured[member].mean(), favoured[~member].mean()
    pooled = favoured.mean()
    error = np.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    return _impact(mine, theirs, error, sizes[0])


def impact_of_size(member, amount):
    """Return the :class:`Impact` of an amount (a concession) on a group: Welch's test.

    :param member: (N,) bool, in the group; ``amount``: (N,) float
    """
    member, amount = np.asarray(member, bool), np.asarray(amount, float)
    mine, theirs = amount[member], amount[~member]
    if len(mine) < 2 or len(theirs) < 2:
        return _unknown(len(mine))
    error = np.sqrt(mine.var(ddof=1) / len(mine) + theirs.var(ddof=1) / len(theirs))
    return _impact(mine.mean(), theirs.mean(), error, len(mine))


def _impact(mine, theirs, error, loans):
    from scipy.stats import norm  # slow to import

    ratio = float(kpi_model.share(mine, theirs))
    gap = abs(mine - theirs)
    chance = float(2 * norm.sf(gap / error)) if error > 0 else float(gap == 0)
    return Impact(float(mine), float(theirs), ratio, chance, loans)


def _unknown(loans):
    nan = float("nan")
    return Impact(nan, nan, nan, nan, loans)

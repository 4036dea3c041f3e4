"""What a relief takes off the borrower's obligation, and the tests on it.

The thresholds are policy data; the defaults are those of the rules named.
"""

from dataclasses import dataclass

import numpy as np

from .money import rate_fraction
from .rules import DEFAULT
from .valuation import original_eir, present_value, unearned_before

#: EBA/GL/2016/07 paragraph 51, kept by EBA/GL/2026/05: more than this share.
DIMINISHED = DEFAULT.value("eu.diminished")
#: IFRS 9 B3.3.6, written for liabilities: for assets an aid to judgement only.
SUBSTANTIAL = 0.10


@dataclass(frozen=True)
class Obligation:
    """Present values at the original effective rate, (N,) int64 minor units each.

    ``before``: everything overdue and the remaining instalments; ``after``: what
    stays due and the revised ones.
    """

    before: np.ndarray
    after: np.ndarray

    @property
    def diminished_pct(self):
        """Diminution in per cent of the obligation before, float64."""
        return 100.0 * share(self.before - self.after, self.before)

    def diminished(self, threshold=DIMINISHED):
        """Tell where the diminution is above the threshold, (N,) bool."""
        return diminished(self.before, self.after, threshold)

    @property
    def change_pct(self):
        """Change in per cent, whichever its direction, float64."""
        return np.abs(self.diminished_pct)

    def substantial(self, threshold=SUBSTANTIAL):
        """Tell where the change reaches the threshold (at least), (N,) bool.

        Where nothing was owed nothing changed.
        """
        num, den = rate_fraction(threshold)
        change = np.abs(_exact(self.before) - _exact(self.after))
        reached = (change * int(den) >= _exact(self.before) * int(num)).astype(bool)
        return reached & (self.before > 0)


def obligation(position, revised):
    """Return the :class:`Obligation` of N loans before and after a relief.

    A waiver on completion counts as given: the debtor who keeps the plan will not
    pay it. An untouched loan has the same on both sides.
    """
    rate = original_eir(position, revised.before)
    before = present_value(revised.before, rate) + position.overdue_total
    stays = sum(revised.remaining_overdue.values())
    after = present_value(revised.after, rate) + stays
    after = after + unearned_before(revised, rate)
    same = revised.unchanged & (stays == position.overdue_total)
    return Obligation(before, np.where(same, before, after))


def diminished(before, after, threshold=DIMINISHED):
    """Tell where ``before`` exceeds ``after`` by more than a share of ``before``.

    :param before, after: (N,) int64 minor units
    :return: (N,) bool, exact: a diminution of exactly the threshold is not above it
    """
    num, den = rate_fraction(threshold)
    loss = _exact(before) - _exact(after)
    return np.asarray(loss * int(den) > _exact(before) * int(num), dtype=bool)


def share(part, whole):
    """Return ``part / whole``, 0 where there is no whole; float64."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    blank = np.zeros(np.broadcast_shapes(part.shape, whole.shape))
    return np.divide(part, whole, out=blank, where=whole > 0)


def _exact(amount):
    # Python integers: the product with a rate's denominator may pass 64 bits
    return np.asarray(amount, dtype=np.int64).astype(object)

"""From probabilities to grades: bands, steadiness, an override, caps.

    raw    the band that holds the probability of default
    held   what hysteresis makes of it: a grade must not flap at the edge of a band
    grade  the held grade, or an override by people, cut by rules that cap it

Grades are numbers from 0, the best; -1 stands for none. The order matters: a cap that
goes leaves the loan at once where its probability and history put it, because caps
and overrides are no part of the history that hysteresis looks at.

    >>> bands = Bands.of([0.0, 0.05, 0.2], [0.05, 0.2, 1.0])
    >>> bands.grade_of([0.01, 0.05, 1.0]).tolist()
    [0, 1, 2]
"""

from typing import NamedTuple

import numpy as np

#: A probability set back into a band stays so far below its upper end, which is out.
EDGE = 1e-6


class Bands(NamedTuple):
    """Bands of default probability, best first: ``start <= pd < end``, (G,) each."""

    start: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, start, end):
        """Build from the lower and upper ends; the last band includes a PD of 1."""
        start, end = np.asarray(start, np.float64), np.array(end, np.float64)
        if len(end) and end[-1] >= 1.0:
            end[-1] = np.nextafter(1.0, 2.0)
        return cls(start, end)

    def grade_of(self, pd):
        """Return the band of each probability, (N,) int64; -1 = in none, or nan."""
        pd = np.asarray(pd, np.float64)
        if not len(self.start):
            return np.full(pd.shape, -1)
        at = np.searchsorted(self.start, pd, side="right") - 1
        inside = (at >= 0) & (pd < self.end[np.maximum(at, 0)])
        return np.where(inside, at, -1)


class Hysteresis(NamedTuple):
    """How steady a grade is held.

    :ivar float margin_up: share of a PD by which it must lie below the end of a better
        band before it counts as being there; 0.1 = ten per cent
    :ivar float margin_down: share of a PD by which it must lie above the band in force
        before the grade falls; 0 = at once
    :ivar int confirmations: assessments in a row that must see the better band
    """

    margin_up: float = 0.0
    margin_down: float = 0.0
    confirmations: int = 1


class Before(NamedTuple):
    """What the last assessment left, (N,) each.

    :ivar grade: the held grade; -1 = never assessed
    :ivar streak: assessments in a row that saw a better band
    :ivar counts: bool, whether enough time passed since the last that counted
    """

    grade: np.ndarray
    streak: np.ndarray
    counts: np.ndarray

    @classmethod
    def none(cls, size):
        """Return the state of loans that were never assessed."""
        return cls(np.full(size, -1), np.zeros(size, np.int64), np.ones(size, bool))


class Caps(NamedTuple):
    """Rules that keep a grade from being better than theirs.

    :ivar hit: (N, C) bool, which rule holds for which loan
    :ivar grade: (C,) best grade that each allows
    :ivar hard: (C,) bool, a hard one binds an override too
    """

    hit: np.ndarray
    grade: np.ndarray
    hard: np.ndarray

    @classmethod
    def none(cls, size):
        """Return no rules."""
        return cls(np.zeros((size, 0), bool), np.zeros(0, int), np.zeros(0, bool))


class Graded(NamedTuple):
    """Grades of N loans, (N,) each.

    :ivar raw: by the bands alone; ``held`` by the bands and the history
    :ivar grade: in force
    :ivar pd: probability of default in agreement with the grade in force
    :ivar streak: see :class:`Before`, to be kept for the next time
    :ivar cap: the rule that binds; -1 = none
    """

    raw: np.ndarray
    held: np.ndarray
    grade: np.ndarray
    pd: np.ndarray
    streak: np.ndarray
    cap: np.ndarray


def grade(pd, bands, before, caps, override=-1, policy=Hysteresis()):  # noqa: B008
    """Grade N loans.

    :param pd: (N,) probability of default as predicted
    :param Bands bands: of the grades
    :param Before before: what the last assessment left
    :param Caps caps: rules that cap
    :param override: (N,) grade set by people; -1 = none
    :rtype: Graded
    :raises ValueError: for a probability without a grade; the message holds it
    """
    pd = np.asarray(pd, np.float64)
    raw = bands.grade_of(pd)
    if (raw < 0).any():
        raise ValueError(f"{pd[raw < 0][0]:.6f}")
    held, streak = hold(pd, raw, before, bands, policy)
    override = np.broadcast_to(np.asarray(override), pd.shape)
    chosen = np.where(override >= 0, override, held)
    final, cap = capped(chosen, caps, override >= 0)
    agreed = np.where(final == held, pd, inside(pd, final, bands))
    return Graded(raw, held, final, agreed, streak, cap)


def hold(pd, raw, before, bands, policy):
    """Return (held grade, streak) of N loans, (N,) each.

    A fall counts once the PD lies ``margin_down`` above the band in force; a rise once
    it lies ``margin_up`` below the end of the better band, ``confirmations`` times.
    """
    known = before.grade >= 0
    rise = bands.grade_of(np.minimum(pd / (1.0 - policy.margin_up), 1.0))
    better = known & (rise >= 0) & (rise < before.grade)
    fall = bands.grade_of(pd * (1.0 - policy.margin_down))
    worse = known & (fall > before.grade)
    streak = np.where(better, before.streak + before.counts, 0)
    risen = better & (streak >= policy.confirmations)
    held = np.where(known & ~worse, before.grade, raw)
    return np.where(risen, rise, held), np.where(risen, 0, streak)


def capped(chosen, caps, by_people):
    """Return (grade, rule that binds or -1): no better than the rules allow, (N,).

    Of rules that cap at the same grade the first counts.

    :param chosen: (N,) grade before the rules
    :param by_people: (N,) bool, chosen by an override: only hard rules bind it
    """
    if not caps.hit.shape[1]:
        return chosen, np.full(chosen.shape, -1)
    binds = caps.hit & (caps.hard | ~by_people[:, None])
    limits = np.where(binds, caps.grade, -1)
    rule = limits.argmax(axis=1)
    limit = np.take_along_axis(limits, rule[:, None], axis=1)[:, 0]
    return np.maximum(chosen, limit), np.where(limit > chosen, rule, -1)


def inside(pd, grade, bands):
    """Return the probability nearest to ``pd`` inside the band of a grade, (N,)."""
    low = bands.start[grade]
    return np.clip(pd, low, np.maximum(bands.end[grade] - EDGE, low))

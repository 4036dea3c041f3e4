"""The stepped waterfall: measure by measure until the instalment is cut enough.

The published standard for hardship offers (domain 11.13), beside the search of
``offers``: capitalise what is overdue, then cut the rate, then lengthen the term, then
forbear principal. Each step goes as far as the target needs and no further, and the
first that meets it is the last. Nothing is tried that the policy box does not allow.
"""

from dataclasses import dataclass

import numpy as np

from .fields import MAX_INSTALMENTS, FieldError, floats
from .measures import Revised, apply
from .money import rate_fraction
from .offers import Assume, Box, written
from .plans import Plans
from .position import COMPONENTS
from .rules import DEFAULT

STEPS = ("capitalise", "rate", "term", "forbear")


@dataclass(frozen=True)
class Waterfall:
    """What the waterfall makes of N loans; money is int64 minor units.

    ``base`` and ``instalment``: the first regular instalment before and after;
    ``cut``: 1 - instalment / base (below zero where arrears joined the balance);
    ``met``: the target is reached; ``last_step``: index into ``STEPS`` of the last
    measure used, -1 = none.
    """

    plans: Plans
    revised: Revised
    base: np.ndarray
    instalment: np.ndarray
    cut: np.ndarray
    met: np.ndarray
    last_step: np.ndarray


def run(position, box, target=None, as_of=None, book=DEFAULT):
    """Run the waterfall for N loans.

    The target is a share of the instalment of today, fee included. Where the policy
    sets a lowest instalment above it, the steps stop before they go below that one.
    A step that would lower nothing is left out, and so is every step of a loan
    without remaining instalments.

    :param Position position: N loans
    :param box: Box or dict, fields scalar or (N,)
    :param target: (N,) share 0..1; None = ``policy.target_cut`` of the book
    :rtype: Waterfall
    :raises FieldError: a target outside 0..1; a step that is not a number above zero
    """
    return _Run(position, Box.of(box), _target(target, as_of, book)).result()


def offers(position, box, affordable, assume=None, target=None, digits=2, **law):
    """Return one :class:`offers.Offer` per loan, with the figures of the search.

    Its reasons say ``target_met`` or ``target_missed``. A loan that the waterfall
    cannot help has a plan without measures.

    :param affordable: (N,) int64 per period
    :param law: ``as_of`` and ``book`` of :func:`run`
    """
    found = run(position, box, target, **law)
    made = written(position, found.plans, affordable, Assume.of(assume), digits)
    for offer, met in zip(made, found.met, strict=True):
        offer.reasons.insert(0, "target_met" if met else "target_missed")
    return made


def _target(target, as_of, book):
    if target is None:
        target = book.value("policy.target_cut", as_of)
    return floats("target", target, 0, 1)


class _Run:
    """One run; ``self.columns`` are the plans so far, (N,) arrays."""

    def __init__(self, position, box, target):
        self.position, self.box, size = position, box, position.size
        self.target = np.broadcast_to(target, (size,))
        self.columns = {
            "extend": np.zeros(size, dtype=np.int64),
            "annual_rate": np.full(size, np.nan),
            "defer": np.zeros(size),
            **{f"capitalise_{c}": np.zeros(size, dtype=bool) for c in COMPONENTS},
        }
        self.before = apply(position, Plans.of(size)).before
        self.base = _first(self.before)
        self.last = np.full(size, -1)
        self.open = np.flatnonzero(position.instalments > 0)
        self.instalment = self.base.copy()

    def result(self):
        # arrears always join first: no step after it could deal with them
        for name in STEPS:
            if self.open.size:
                getattr(self, f"_{name}")()
            self._settle()
        plans = Plans.of(self.position.size, **self.columns)
        revised = apply(self.position, plans, self.before)
        instalment = _first(revised.after)
        met = (self.base > 0) & self._enough(instalment, slice(None))
        share = instalment / np.where(self.base > 0, self.base, 1)
        cut = np.where(self.base > 0, 1.0 - share, 0.0)
        return Waterfall(plans, revised, self.base, instalment, cut, met, self.last)

    # -- the steps ---------------------------------------------------------------

    def _capitalise(self):
        owed = self.position.overdue_total[self.open] > 0
        loans = self.open[owed & self._of("may_capitalise").astype(bool)]
        for component in COMPONENTS:
            self.columns[f"capitalise_{component}"][loans] = True
        self.last[loans] = STEPS.index("capitalise")

    def _rate(self):
        old = self.position.annual_rate[self.open]
        most = np.minimum(self._of("max_rate_cut"), old)
        step = self._step("rate_step")

        def columns(k, rows):
            cut = np.minimum(k * step[rows], most[rows])
            new = np.round(old[rows] - cut, 8)
            return {"annual_rate": np.where(cut > 0, new, np.nan)}

        self._search("rate", np.ceil(np.round(most / step, 6)), columns)

    def _term(self):
        left = self.position.instalments[self.open]
        cap = self._of("max_term")
        cap = np.where(cap > 0, np.minimum(cap, MAX_INSTALMENTS), MAX_INSTALMENTS)
        most = np.clip(np.minimum(self._of("max_extend"), cap - left), 0, None)
        step = self._step("extend_step")

        def columns(k, rows):
            return {"extend": np.minimum(k * step[rows], most[rows]).astype(np.int64)}

        self._search("term", np.ceil(most / step), columns)

    def _forbear(self):
        most, step = self._of("max_forbear"), self._step("forbear_step")

        def columns(k, rows):
            return {"defer": np.round(np.minimum(k * step[rows], most[rows]), 8)}

        self._search("forbear", np.ceil(np.round(most / step, 6)), columns)

    # -- how far a step goes -----------------------------------------------------

    def _search(self, name, high, columns):
        """Set the columns of a step to the least that meets the target, else all.

        The instalment falls as a step goes on, so that halving finds the place.
        """
        rows = np.arange(self.open.size)
        high = np.maximum(high, 0).astype(np.int64)
        start = self._instalment(rows, columns(np.zeros_like(high), rows))
        useful = self._instalment(rows, columns(high, rows)) < start
        rows, low, high = rows[useful], np.zeros(useful.sum(), np.int64), high[useful]
        while (low < high).any():
            middle = (low + high) // 2
            instalment = self._instalment(rows, columns(middle, rows))
            enough = self._enough(instalment, self.open[rows])
            high = np.where(enough, middle, high)
            low = np.where(enough, low, np.minimum(middle + 1, high))
        least = self._of("min_instalment")[rows]
        below = np.zeros(rows.size, dtype=bool)
        if least.any():
            below = self._instalment(rows, columns(low, rows)) < least
            low = self._above(low, below, least, rows, columns)
        for column, values in columns(low, rows).items():
            self.columns[column][self.open[rows]] = values
        self.last[self.open[rows[low > 0]]] = STEPS.index(name)
        # what the lowest instalment stopped goes no further
        stopped = self.open[rows[below]]
        self.open = self.open[~np.isin(self.open, stopped)]

    def _above(self, low, below, least, rows, columns):
        """Take back what went below the lowest instalment."""
        floor, ceiling = np.zeros_like(low), np.where(below, low, 0)
        while (floor < ceiling).any():
            middle = (floor + ceiling + 1) // 2
            kept = self._instalment(rows, columns(middle, rows)) >= least
            floor = np.where(kept, np.minimum(middle, ceiling), floor)
            ceiling = np.where(kept, ceiling, np.maximum(middle - 1, floor))
        return np.where(below, floor, low)

    def _settle(self):
        """Leave out the loans whose plan so far meets the target."""
        if self.open.size:
            now = self._instalment(np.arange(self.open.size), {})
            self.open = self.open[~self._enough(now, self.open)]

    def _instalment(self, rows, columns):
        """Return the instalment of some open loans with some columns changed."""
        loans = self.open[rows]
        if not loans.size:
            return np.zeros(0, dtype=np.int64)
        kept = {name: values[loans] for name, values in self.columns.items()}
        plans = Plans.of(loans.size, **{**kept, **columns})
        position = self.position.take(loans)
        return _first(apply(position, plans, self.before).after)

    def _enough(self, instalment, loans):
        """Tell, exactly, where the cut reaches the target."""
        base, (num, den) = self.base[loans], rate_fraction(self.target[loans])
        gone = (base - instalment).astype(object) * den
        return (gone >= base.astype(object) * num).astype(bool)

    def _of(self, name):
        """Return a field of the box for the open loans."""
        values = np.asarray(getattr(self.box, name))
        return np.broadcast_to(values, (self.position.size,))[self.open]

    def _step(self, name):
        step = self._of(name)
        if not (step > 0).all():
            raise FieldError(f"box.{name}", "must be above 0")
        return step


def _first(schedule):
    if not schedule.instalment.shape[1]:
        return np.zeros(len(schedule.instalment), dtype=np.int64)
    return schedule.instalment[:, 0].copy()

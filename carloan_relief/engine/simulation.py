"""What a policy would recommend to N loans: figures alone, in arrays.

The choice is that of ``offers.search``; nothing is written out in words and rows, so
that a whole book can be run through a policy before it is in force.
"""

from dataclasses import dataclass

import numpy as np

from . import grid, offers
from .plans import Plans
from .schedule import build
from .trial import Today, regular

#: What became of a loan: nothing is open to it, no plan within the policy can be
#: afforded, or one can.
OUTCOMES = ("none", "strained", "affordable")


@dataclass(frozen=True)
class Outcome:
    """What N loans would be offered, (N,); money is int64 minor units.

    ``found``: index into ``OUTCOMES``. Without a plan the figures are those of today
    and ``plans`` holds one that changes nothing. ``before`` and ``instalment`` are the
    first regular ones after any holiday; ``cut``: share of the one of today.
    """

    found: np.ndarray
    before: np.ndarray
    instalment: np.ndarray
    instalments: np.ndarray
    concession: np.ndarray
    npv: np.ndarray
    npv_no_relief: np.ndarray
    plans: Plans

    @property
    def cut(self):
        """How much the instalment falls, (N,) float64 share of the one of today."""
        return share_cut(self.before, self.instalment)

    @property
    def npv_gain(self):
        """Expected value to the lender above that without relief, (N,) int64."""
        return np.where(self.found > 0, self.npv - self.npv_no_relief, 0)

    def take(self, index):
        """Return the outcome of the loans at ``index``."""
        names = set(self.__dataclass_fields__) - {"plans"}
        arrays = {name: getattr(self, name)[index] for name in names}
        return Outcome(plans=self.plans.take(index), **arrays)


def share_cut(before, after):
    """Return how much instalments fall, (N,) float64 share of the one before."""
    before = np.asarray(before, dtype=np.int64)
    base = np.where(before > 0, before, 1)
    return np.where(before > 0, 1 - np.asarray(after) / base, 0.0)


def instalments_of_today(position):
    """Return the next instalment of N loans as they stand, (N,) int64."""
    return _first(build(position.terms()))


def regular_of_today(position):
    """Return the regular instalment of N loans as they stand, (N,) int64.

    In a holiday that runs, the next row is no measure of what a plan changes.
    """
    terms = position.terms()
    return regular(build(terms), terms)


def run(position, box, affordable, assume=None):
    """Return the :class:`Outcome` of N loans under a policy.

    :param Position position: N loans
    :param box: Box or dict, fields scalar or (N,)
    :param affordable: (N,) int64 per period
    :param assume: Assume or dict, fields scalar or (N,)
    """
    box, size = offers.Box.of(box), position.size
    affordable = np.broadcast_to(np.asarray(affordable, dtype=np.int64), (size,))
    assume = offers.Assume.of(assume)
    columns = assume.columns(size)
    boxes = [box.at(i) for i in range(size)]
    grids = [grid.plans(position, boxes[i], i) for i in range(size)]
    parts = []
    for loans in offers.chunks([len(g["extend"]) for g in grids]):
        rows = np.array(loans)
        picked = {name: values[rows] for name, values in columns.items()}
        today = Today(position.take(rows), affordable[rows], picked, assume.redefault)
        trial = offers.attempt(today, [grids[i] for i in loans])
        parts.append(_outcome(trial, [boxes[i] for i in loans]))
    return _joined(parts)


def _outcome(trial, boxes):
    """Choose for each loan of a trial."""
    ends = np.searchsorted(trial.owner, np.arange(len(boxes) + 1))
    chosen = np.full(len(boxes), -1)
    able = np.zeros(len(boxes), dtype=bool)
    for i, box in enumerate(boxes):
        index, _floored = offers.sound(trial, box, np.arange(ends[i], ends[i + 1]))
        if not len(index):
            continue
        within = index[trial.affordable[index]]
        able[i] = bool(len(within))
        chosen[i] = offers.best(trial, within if able[i] else index, able[i])
    return _figures(trial, chosen, able)


def _figures(trial, chosen, able):
    there, today = chosen >= 0, trial.today
    # in a holiday that runs, the next row is no measure of what a plan changes
    before = regular(today.before, today.position.terms())

    def of(values, nothing):
        if not len(values):
            return np.array(nothing)
        return np.where(there, values[np.maximum(chosen, 0)], nothing)

    nothing = Plans.of(1)
    plans = Plans(
        **{
            name: of(getattr(trial.plans, name), np.repeat(value, len(chosen)))
            for name, value in vars(nothing).items()
        }
    )
    return Outcome(
        found=np.where(there, np.where(able, 2, 1), 0),
        before=before,
        instalment=of(trial.instalment, before),
        instalments=of(trial.rows, today.before.count),
        concession=of(trial.concession, np.zeros_like(before)),
        npv=of(trial.npv, today.npv),
        npv_no_relief=today.npv,
        plans=plans,
    )


def _joined(parts):
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        names = [name for name in Outcome.__dataclass_fields__ if name != "plans"]
        return Outcome(plans=Plans.of(1).take([]), **dict.fromkeys(names, empty))
    plans = {
        name: np.concatenate([getattr(part.plans, name) for part in parts])
        for name in Plans.__dataclass_fields__
    }
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Outcome.__dataclass_fields__
        if name != "plans"
    }
    return Outcome(plans=Plans(**plans), **arrays)


def _first(schedule):
    if not schedule.instalment.shape[1]:
        return np.zeros(len(schedule.instalment), dtype=np.int64)
    return schedule.instalment[:, 0].copy()

"""The policy's box -> feasible offers, the Pareto front, the recommended ones."""

from dataclasses import dataclass, replace

import numpy as np

from . import grid
from .fields import FieldError
from .offer import LEAST_BURDEN, Offer, Writer
from .plans import Plans
from .trial import Today, Trial

__all__ = ["LEAST_BURDEN", "Offer", "evaluate", "search", "written"]

PICKS = ("recommended", "lowest_instalment", "lowest_total_cost", "shortest")
#: Plans evaluated at once: their rows stay in the cache of a processor.
_CHUNK = 4_000
#: Plans compared with each other at once when the front is drawn.
_BLOCK = 512


@dataclass(frozen=True)
class Box:
    """What policy and law allow, each field a scalar or (N,).

    ``max_extend`` and ``max_holiday`` in instalments, ``holiday_interest`` a tuple
    of modes, ``max_rate_cut`` and ``rate_step`` fractions a year, for at most
    ``max_rate_rows`` instalments (0 = to the end), ``max_waive_*`` fractions of the
    overdue amount, ``max_forgive`` of the principal, ``min_instalment`` int64 minor
    units, ``max_term`` the most rows that may remain (from law and product; 0 = no
    cap), ``term_by_law`` whether it is the law's. ``max_forbear`` and ``forbear_step``
    are fractions of the principal that the waterfall may defer; the grid defers none.
    ``may_carry``: staff may carry interest. ``closed``: what conditions closed, one
    tuple of codes per loan (see ``eligibility``); it binds every offer.
    """

    max_extend: object = 0
    extend_step: object = 3
    max_holiday: object = 0
    holiday_interest: object = ("capitalise",)
    max_rate_cut: object = 0.0
    rate_step: object = 0.01
    max_waive_interest: object = 0.0
    max_waive_penalty: object = 0.0
    max_waive_fee: object = 0.0
    max_forgive: object = 0.0
    max_rate_rows: object = 0
    min_instalment: object = 0
    max_term: object = 0
    may_capitalise: object = True
    max_forbear: object = 0.0
    forbear_step: object = 0.01
    may_carry: object = False
    term_by_law: object = False
    closed: object = ()

    @classmethod
    def of(cls, box):
        """Return ``box`` as a Box; a dict may name any of the fields."""
        if isinstance(box, cls):
            return box
        unknown = set(box) - set(cls.__dataclass_fields__)
        if unknown:
            raise FieldError(f"box.{sorted(unknown)[0]}", "is not a field of a box")
        return cls(**box)

    def at(self, i):
        """Return the box of loan ``i`` as plain values."""
        values = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if name in ("holiday_interest", "closed"):
                nested = value and not isinstance(value[0], str)
                values[name] = tuple(value[i] if nested else value)
            else:
                values[name] = value if np.ndim(value) == 0 else np.asarray(value)[i]
        return replace(self, **values)


@dataclass(frozen=True)
class Assume:
    """Probabilities of default within a year, loss on it, yearly discount rate.

    ``prepayment`` is the probability within a year that all is repaid ahead of time.
    ``redefault`` (a :class:`risk.tables.FactorTable`) answers ``pd_relief`` for each
    plan by its measures; ``facts`` {name: (N,)} are what it reads of the loans.
    """

    pd_no_relief: object = 0.3
    pd_relief: object = 0.1
    lgd: object = 0.45
    discount_rate: object = 0.06
    prepayment: object = 0.0
    redefault: object = None
    facts: object = None

    @classmethod
    def of(cls, assume):
        """Return ``assume`` (None, dict or Assume) as an Assume."""
        if assume is None or isinstance(assume, cls):
            return assume or cls()
        return cls(**assume)

    @classmethod
    def under(cls, pd, relief_factor, discount_rate, annual_rate, **found):
        """Return what a policy assumes of N loans.

        :param pd: (N,) probability of default within a year without relief
        :param relief_factor: share of it that is left with relief, where no table
            (``redefault``) says better
        :param discount_rate: yearly; 0 takes the rate of each loan
        :param annual_rate: (N,) of the loans
        :param found: the other fields
        """
        pd = np.asarray(pd, np.float64)
        return cls(
            pd_no_relief=pd,
            pd_relief=pd * relief_factor,
            discount_rate=discount_rate or annual_rate,
            **found,
        )

    def columns(self, size):
        """Return the shares and the facts as (N,) float64, by name."""
        names = set(self.__dataclass_fields__) - {"redefault", "facts"}
        shares = {name: getattr(self, name) for name in names}
        return {
            name: np.broadcast_to(np.asarray(values, np.float64), size)
            for name, values in {**(self.facts or {}), **shares}.items()
        }


def search(position, box, affordable, assume=None, limit=12, digits=2):
    """Search the grid of plans inside the box, for each of N loans.

    Kept are plans that respect ``max_term`` and ``min_instalment``. A plan is
    affordable when every instalment but the last (the first with the arrears that
    stay due) is within ``affordable``. The probability of default of a plan goes
    from ``pd_relief`` where it is affordable to ``pd_no_relief`` where it lightens
    nothing. The recommended plan is the affordable one with the highest expected
    NPV; when none is affordable, the one that asks least of a single period, whose
    reasons say ``least_burden`` instead of ``recommended``.

    :param Position position: N loans
    :param box: Box or dict, fields scalar or (N,)
    :param affordable: (N,) int64 per period
    :param assume: Assume or dict
    :param int limit: offers returned per loan, the picks first
    :return: N lists of :class:`Offer`, picks first, then the Pareto front
    """
    box, size = Box.of(box), position.size
    affordable = np.broadcast_to(np.asarray(affordable, dtype=np.int64), (size,))
    assume = Assume.of(assume)
    columns = assume.columns(size)
    boxes = [box.at(i) for i in range(size)]
    grids = [grid.plans(position, boxes[i], i) for i in range(size)]
    offers = []
    for loans in chunks([len(g["extend"]) for g in grids]):
        rows = np.array(loans)
        picked = {name: values[rows] for name, values in columns.items()}
        today = Today(position.take(rows), affordable[rows], picked, assume.redefault)
        trial = attempt(today, [grids[i] for i in loans])
        offers += _offers(trial, [boxes[i] for i in loans], limit, digits)
    return offers


def evaluate(position, plan, affordable, assume=None, digits=2):
    """Return the :class:`Offer` of one plan for one loan, whatever the policy.

    The figures are those of :func:`search`, which has no part in the choice:
    ``pick`` is empty, ``pareto`` false and ``binding`` empty; a plan beyond the
    household is ``not_affordable``, which says nothing of other plans.

    :param Position position: N = 1
    :param list plan: measures in their JSON form
    :param affordable: int64 per period
    """
    plans = Plans.from_dicts([plan], digits)
    return written(position, plans, affordable, assume, digits)[0]


def written(position, plans, affordable, assume=None, digits=2):
    """Return the :class:`Offer` of one plan for each of N loans: see :func:`evaluate`.

    :param Plans plans: N plans
    :param affordable: (N,) int64 per period
    """
    size = position.size
    affordable = np.broadcast_to(np.asarray(affordable, dtype=np.int64), (size,))
    assume = Assume.of(assume)
    today = Today(position, affordable, assume.columns(size), assume.redefault)
    trial = Trial(today, plans, np.arange(size))
    writer = Writer(trial, Box(), {}, set(), False, digits)
    alone = [np.array([i]) for i in range(size)]
    return [_alone(offer) for offer in writer.offers(range(size), alone)]


def _alone(offer):
    """Take from an offer what only a choice among several can say."""
    alone = {"none_affordable": "not_affordable"}
    reasons = [alone.get(code, code) for code in offer.reasons]
    return replace(offer, binding=[], reasons=reasons)


def chunks(sizes):
    """Yield runs of loans whose grids add up to at most ``_CHUNK`` plans."""
    start, total = 0, 0
    for i, size in enumerate(sizes):
        if total and total + size > _CHUNK:
            yield range(start, i)
            start, total = i, 0
        total += size
    if start < len(sizes):
        yield range(start, len(sizes))


def attempt(today, grids):
    """Evaluate the grids of some loans at once, as a :class:`Trial`."""
    sizes = [len(g["extend"]) for g in grids]
    owner = np.repeat(np.arange(len(grids)), sizes)
    return Trial(today, grid.join(grids), owner)


def _offers(trial, boxes, limit, digits):
    """Return a list of offers per loan of the trial."""
    ends = np.searchsorted(trial.owner, np.arange(len(boxes) + 1))
    return [
        _choose(trial, box, np.arange(ends[i], ends[i + 1]), limit, digits)
        for i, box in enumerate(boxes)
    ]


def _choose(trial, box, index, limit, digits):
    """Pick the offers of one loan out of its plans ``index``."""
    index, floored = sound(trial, box, index)
    if not len(index):
        return []
    able = index[trial.affordable[index]]
    pool = able if len(able) else index
    picks = {pick: best(trial, pool, bool(len(able)), pick) for pick in PICKS}
    front = _pareto(trial, pool)
    chosen = _spread(list(picks.values()), front, limit)
    writer = Writer(trial, box, picks, set(front), floored, digits)
    return writer.offers(chosen, [index] * len(chosen))


def sound(trial, box, index):
    """Return the plans within the term and above the lowest instalment.

    :return: (plans, whether the lowest instalment excluded any)
    """
    keep = np.ones(len(index), dtype=bool)
    if box.max_term:
        keep &= trial.rows[index] <= max(box.max_term, 0)
    too_low = trial.instalment[index] < box.min_instalment
    return index[keep & ~too_low], bool(too_low.any())


def best(trial, pool, able, pick="recommended"):
    """Return the plan of a pick; ties go to the cheaper, then the lender's better.

    :param pool: plans to choose from, at least one
    :param bool able: they are affordable
    """
    cost, npv = trial.total_cost[pool], trial.npv[pool]
    low, rows = trial.instalment[pool], trial.rows[pool]
    plain = trial.concession[pool]
    keys = {
        "recommended": (cost, plain, -npv if able else trial.burden[pool]),
        "lowest_instalment": (-npv, cost, low),
        "lowest_total_cost": (rows, -npv, cost),
        "shortest": (-npv, cost, rows),
    }
    return int(pool[np.lexsort(keys[pick])[0]])


def _pareto(trial, pool):
    """Return the plans that no other beats on instalment, cost and NPV together."""
    figures = np.stack(
        [trial.instalment[pool], trial.total_cost[pool], -trial.npv[pool]], axis=1
    )
    figures, first = np.unique(figures, axis=0, return_index=True)
    front = _undominated(figures[:, 1], figures[:, 2])
    return [int(pool[at]) for at in first[front]]


def _undominated(cost, minus_npv):
    """Return the rows that no earlier row matches or beats in both figures.

    Rows come sorted by instalment, so only earlier ones can dominate. Block by
    block against the front so far, which keeps the comparisons few.
    """
    front = np.empty(0, dtype=np.int64)
    for start in range(0, len(cost), _BLOCK):
        new = np.arange(start, min(start + _BLOCK, len(cost)))
        rivals = np.concatenate([front, new])
        beats = (cost[rivals] <= cost[new, None]) & (rivals < new[:, None])
        beats &= minus_npv[rivals] <= minus_npv[new, None]
        front = np.concatenate([front, new[~beats.any(axis=1)]])
    return front


def _spread(picks, front, limit):
    """Return the picks and, within ``limit``, plans from all along the front."""
    chosen = list(dict.fromkeys(picks))
    rest = [plan for plan in front if plan not in chosen]
    room = max(limit - len(chosen), 0)
    if len(rest) > room:
        rest = [rest[k] for k in np.linspace(0, len(rest) - 1, room).astype(int)]
    return chosen + rest

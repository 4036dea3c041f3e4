"""Conditions of a policy: which measures are open to which of N loans.

A condition closes one measure, or all of them, to the loans that do not meet it. What
is not known is not met: a loan without a value of its car has no loan-to-value that
could be within a range.
"""

from dataclasses import dataclass, field

import numpy as np

from .calendar import add_periods

MEASURES = (
    "extend",
    "holiday",
    "rate",
    "waive_interest",
    "waive_fee",
    "waive_penalty",
    "capitalise",
    "carry",
    "defer",
    "forgive",
)
#: The field of a box that holds the limit of a measure.
BOX_FIELDS = {
    "extend": "max_extend",
    "holiday": "max_holiday",
    "rate": "max_rate_cut",
    "waive_interest": "max_waive_interest",
    "waive_fee": "max_waive_fee",
    "waive_penalty": "max_waive_penalty",
    "capitalise": "may_capitalise",
    "carry": "may_carry",
    "defer": "max_forbear",
    "forgive": "max_forgive",
}
CRITERIA = ("age", "payments", "count", "gap", "dpd", "ltv", "reason")
_KINDS = {"defer_principal": "defer", "forgive_principal": "forgive"}
_DAY = "datetime64[D]"


def measure_of(measure):
    """Return which of ``MEASURES`` a measure in its JSON form is; another's kind."""
    kind = measure["kind"]
    if kind == "waive":
        return f"waive_{measure['component']}"
    return _KINDS.get(kind, kind)


@dataclass(frozen=True)
class History:
    """Reliefs of the past, (K,): loan they were of, day, (K, M) bool measures."""

    owner: np.ndarray
    date: np.ndarray
    measures: np.ndarray

    @classmethod
    def of(cls, owner=(), date=(), plans=()):
        """Take plans in their JSON form apart.

        :param owner: (K,) places of the loans in the arrays of the facts
        :param date: (K,) days from which the reliefs ran
        """
        kinds = [{measure_of(m) for m in plan or ()} for plan in plans]
        grid = [[name in kind for name in MEASURES] for kind in kinds]
        return cls(
            np.asarray(owner, np.int64),
            np.asarray(date, _DAY),
            np.asarray(grid, bool).reshape(len(kinds), len(MEASURES)),
        )

    def of_measure(self, measure):
        """Return (owner, date) of the reliefs that had a measure; ``all``: of all."""
        if measure == "all":
            return self.owner, self.date
        had = self.measures[:, MEASURES.index(measure)]
        return self.owner[had], self.date[had]


@dataclass(frozen=True)
class Facts:
    """What conditions look at, for N loans on a day.

    :ivar as_of: the day
    :ivar start_date: (N,) days on which the loans began
    :ivar payments: (N,) instalments paid in full
    :ivar dpd: (N,) days past due
    :ivar ltv: (N,) float, nan = not known
    :ivar reason: (N,) numbers of the hardship reasons, 0 = none was given
    """

    as_of: np.datetime64
    start_date: np.ndarray
    payments: np.ndarray
    dpd: np.ndarray
    ltv: np.ndarray
    reason: np.ndarray
    history: History = field(default_factory=History.of)

    @property
    def size(self):
        """The number of loans."""
        return len(self.start_date)

    def take(self, index):
        """Return the facts of the loans at ``index``, each at most once."""
        index = np.asarray(index, np.int64)
        place = np.full(self.size, -1)
        place[index] = np.arange(len(index))
        kept = place[self.history.owner] >= 0
        history = History(
            place[self.history.owner[kept]],
            self.history.date[kept],
            self.history.measures[kept],
        )
        names = ("start_date", "payments", "dpd", "ltv", "reason")
        arrays = {name: getattr(self, name)[index] for name in names}
        return Facts(self.as_of, **arrays, history=history)


@dataclass(frozen=True)
class Condition:
    """What a loan must meet for a measure; 0 and () ask for nothing.

    ``min_age`` and ``gap`` in months (gap: since the last relief with the measure),
    fewer than ``max_count`` reliefs with it in the last ``count_months``, days past
    due and loan-to-value within a range (upper end 0 = open), one of ``reasons``.
    """

    measure: str = "all"
    min_age: int = 0
    min_payments: int = 0
    max_count: int = 0
    count_months: int = 0
    gap: int = 0
    dpd_from: int = 0
    dpd_to: int = 0
    ltv_from: float = 0.0
    ltv_to: float = 0.0
    reasons: tuple = ()


def unmet(condition, facts):
    """Return where each criterion of a condition is not met: {criterion: (N,) bool}.

    A condition on reasons does not hold against a loan of which no reason is known.
    """
    tests = {
        "age": _too_young,
        "payments": _too_few,
        "count": _too_often,
        "gap": _too_soon,
        "dpd": _other_dpd,
        "ltv": _other_ltv,
        "reason": _other_reason,
    }
    found = {name: test(condition, facts) for name, test in tests.items()}
    return {name: where for name, where in found.items() if where is not None}


def closed(conditions, facts):
    """Return the codes of what is closed to each of N loans: list of N tuples.

    A code is ``measure.criterion``; ``all.age`` closes every measure.
    """
    codes = [[] for _ in range(facts.size)]
    for condition in conditions:
        for criterion, where in unmet(condition, facts).items():
            for i in np.flatnonzero(where):
                codes[i].append(f"{condition.measure}.{criterion}")
    return [tuple(dict.fromkeys(own)) for own in codes]


def closes(codes, measure):
    """Return those of the codes of a loan that close a measure to it."""
    return [code for code in codes if code.split(".")[0] in ("all", measure)]


def _months_before(day, months):
    return add_periods(np.asarray(day, _DAY), -months, "month")


def _too_young(condition, facts):
    if condition.min_age <= 0:
        return None
    months = np.full(facts.size, condition.min_age)
    return add_periods(facts.start_date, months, "month") > facts.as_of


def _too_few(condition, facts):
    if condition.min_payments <= 0:
        return None
    return facts.payments < condition.min_payments


def _too_often(condition, facts):
    if condition.max_count <= 0 or condition.count_months <= 0:
        return None
    owner, date = facts.history.of_measure(condition.measure)
    recent = date > _months_before(facts.as_of, condition.count_months)
    count = np.bincount(owner[recent], minlength=facts.size)
    return count >= condition.max_count


def _too_soon(condition, facts):
    if condition.gap <= 0:
        return None
    owner, date = facts.history.of_measure(condition.measure)
    recent = date > _months_before(facts.as_of, condition.gap)
    return np.bincount(owner[recent], minlength=facts.size) > 0


def _other_dpd(condition, facts):
    if condition.dpd_from <= 0 and condition.dpd_to <= 0:
        return None
    high = condition.dpd_to if condition.dpd_to > 0 else np.inf
    return (facts.dpd < condition.dpd_from) | (facts.dpd > high)


def _other_ltv(condition, facts):
    if condition.ltv_from <= 0 and condition.ltv_to <= 0:
        return None
    high = condition.ltv_to if condition.ltv_to > 0 else np.inf
    within = (facts.ltv >= condition.ltv_from) & (facts.ltv <= high)
    return ~within


def _other_reason(condition, facts):
    if not condition.reasons:
        return None
    return (facts.reason > 0) & ~np.isin(facts.reason, condition.reasons)

"""Relief measures: what remains of N loans -> what remains after the relief."""

from dataclasses import dataclass

import numpy as np

from .fields import refuse
from .money import mul_div, rate_fraction
from .plans import WAIVABLE, Plans
from .position import COMPONENTS, Position
from .revise import check_plans, new_terms
from .schedule import Schedule, build
from .terms import Terms

__all__ = ["COMPONENTS", "Plans", "Position", "Revised", "apply"]


@dataclass(frozen=True)
class Revised:
    """What a plan makes of N loans; money is int64 minor units.

    ``waived``, ``capitalised``, ``conditional``, ``carried`` and
    ``remaining_overdue`` map each component to (N,): together they are the overdue
    amount, nothing else may become of it. ``conditional`` is waived once the plan is
    completed and not due before; ``carried`` is collected, without interest, in the
    first new instalment. ``new_principal`` (N,) is the opening balance of ``after``.
    ``unchanged`` (N,) bool: no cash flow of the remaining schedule changes.
    ``claimed`` (N,) is interest billed before, now or for an earlier relief, that the
    new instalments collect.
    ``same_rate`` (N,) bool: flows move, but interest runs on at the contract rate
    throughout. ``joined`` (N,) is what joins the principal (less what is forgiven) on
    the day the plan begins, ``elapsed`` (N,) float the periods of the first row gone
    by then.
    """

    before: Schedule
    after: Schedule
    terms: Terms
    waived: dict
    capitalised: dict
    conditional: dict
    carried: dict
    remaining_overdue: dict
    claimed: np.ndarray
    forgiven: np.ndarray
    new_principal: np.ndarray
    unchanged: np.ndarray
    same_rate: np.ndarray
    joined: np.ndarray
    elapsed: np.ndarray

    @property
    def rows(self):
        """Rows of the revised schedules, (N,)."""
        return self.after.count

    @property
    def collected(self):
        """What each row collects of interest that was billed before, (N, M)."""
        return collected(self.after, self.claimed, self.terms.holiday)

    def destinations(self, component):
        """Return the five parts an overdue component went to, (N,) each."""
        return [
            parts[component]
            for parts in (
                self.waived,
                self.capitalised,
                self.conditional,
                self.carried,
                self.remaining_overdue,
            )
        ]


def suspended(position, revised):
    """Return where the suspended part of overdue amounts went.

    What was never recognised is given up before what was, since that costs nothing;
    then it goes the way of the rest, in the order waived, conditional, capitalised,
    carried, still due.

    :return: {destination: {"interest": (N,), "penalty": (N,)}} int64
    """
    names = ("waived", "conditional", "capitalised", "carried", "remaining_overdue")
    result = {name: {} for name in names}
    for component in ("interest", "penalty"):
        left = getattr(position, f"suspended_{component}")
        for name in names:
            part = np.minimum(left, getattr(revised, name)[component])
            result[name][component], left = part, left - part
    return result


def collected(schedule, claimed, holiday=0):
    """Return what each row collects of interest that was billed before, (N, M) int64.

    It was owed, and where recognised it was income, before: the bill of the row asks
    for that much less. The first instalment after a holiday takes it whole; lowered
    instalments take what their interest has room for, in turn.

    :param claimed: (N,) int64
    :param holiday: (N,) rows in which nothing is collected
    """
    result = np.zeros(schedule.interest.shape, dtype=np.int64)
    left = np.array(claimed, dtype=np.int64)
    for row in range(result.shape[1]):
        if not left.any():
            break
        due = np.where(row >= holiday, schedule.interest[:, row], 0)
        result[:, row] = np.minimum(left, np.maximum(due, 0))
        left = left - result[:, row]
    return result


def apply(position, plans, before=None):
    """Apply plans to positions.

    Order per component: waive, then capitalise, then re-amortise. Overdue
    principal rejoins the balance when the plan capitalises anything, else it stays
    due. Measures take effect on the plan's ``start``, by default the first day of
    the running period (``last_due_date``): on a day within it, the first row falls
    in two by days, each rounded alone, the old balance at the old rate before that
    day, the new ones from it on. The agreed instalment is kept unless the plan
    changes what it must repay: a longer term, another rate, a larger or smaller
    principal, a capitalising holiday, another due date, carried interest.

    :param Position position: N loans
    :param Plans plans: N plans
    :param Schedule before: the remaining schedules, when already at hand
    :rtype: Revised
    :raises FieldError: (a ValueError) for a waiver above what is owed, a holiday
        longer than what remains, a plan without instalments, a start outside the
        running period
    """
    check_plans(position, plans)
    parts = _destinations(position, plans)
    joined = sum(parts["capitalised"].values())
    gross = position.principal + joined
    forgiven = _forgiven(gross, plans)
    carried = parts["carried"]["interest"]
    change = new_terms(position, plans, gross - forgiven, carried)
    revised = Revised(
        before=build(position.terms()) if before is None else before,
        after=build(change.terms),
        terms=change.terms,
        **parts,
        claimed=position.claimed + carried,
        forgiven=forgiven,
        new_principal=change.terms.principal,
        unchanged=change.unchanged,
        same_rate=change.same_rate,
        joined=joined - forgiven,
        elapsed=change.elapsed,
    )
    _conserve(position, revised)
    return revised


def share(amount, fraction):
    """Return a fraction (8 decimals) of an amount, rounded half-up."""
    return mul_div(amount, *rate_fraction(fraction))


def _destinations(position, plans):
    """Return what becomes of each overdue component: {destination: {component}}."""
    zero = np.zeros(position.size, dtype=np.int64)
    given = {c: _given_up(position, plans, c) for c in WAIVABLE} | {"principal": zero}
    later = {c: getattr(plans, f"on_completion_{c}") for c in WAIVABLE}
    later["principal"] = np.False_
    chosen = {c: getattr(plans, f"capitalise_{c}") for c in COMPONENTS}
    chosen["principal"] = plans.any_capitalise
    left = {c: position.overdue(c) - given[c] for c in COMPONENTS}
    capitalised = {c: np.where(chosen[c], left[c], 0) for c in COMPONENTS}
    carried = dict.fromkeys(COMPONENTS, zero)
    if plans.carry_interest.any():
        rest = left["interest"] - capitalised["interest"]
        carried["interest"] = np.where(plans.carry_interest, rest, 0)
    return {
        "waived": {c: np.where(later[c], 0, given[c]) for c in COMPONENTS},
        "conditional": {c: np.where(later[c], given[c], 0) for c in COMPONENTS},
        "capitalised": capitalised,
        "carried": carried,
        "remaining_overdue": {
            c: left[c] - capitalised[c] - carried[c] for c in COMPONENTS
        },
    }


def _given_up(position, plans, component):
    owed = position.overdue(component)
    amount = getattr(plans, f"waive_{component}_amount")
    name = f"waive_{component}"
    refuse(name, amount, amount > owed, "minor units are more than is owed")
    return np.where(amount > 0, amount, share(owed, getattr(plans, name)))


def _forgiven(gross, plans):
    amount = plans.forgive_amount
    refuse("forgive", amount, amount > gross, "minor units are more than is owed")
    return np.where(amount > 0, amount, share(gross, plans.forgive))


def _conserve(position, revised):
    """Stop if a cent appeared or vanished: every amount has a destination."""
    for c in COMPONENTS:
        parts = revised.destinations(c)
        sound = (sum(parts) == position.overdue(c)) & (np.minimum.reduce(parts) >= 0)
        if not sound.all():
            raise ArithmeticError(f"overdue {c} is not conserved")
    owed = position.principal + revised.joined
    repaid = revised.after.principal.sum(axis=1)
    paying = revised.after.count > 0
    if (owed != revised.new_principal).any() or (repaid != owed)[paying].any():
        raise ArithmeticError("the revised principal is not conserved")

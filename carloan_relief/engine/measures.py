"""Relief measures: what remains of N loans -> what remains after the relief."""

from dataclasses import dataclass

import numpy as np

from .fields import MAX_INSTALMENTS, refuse
from .money import mul_div, rate_fraction
from .plans import WAIVABLE, Plans
from .position import COMPONENTS, Position
from .schedule import Schedule, build
from .terms import Terms

__all__ = ["COMPONENTS", "Plans", "Position", "Revised", "apply"]


@dataclass(frozen=True)
class Revised:
    """What a plan makes of N loans; money is int64 minor units.

    ``waived``, ``capitalised`` and ``remaining_overdue`` map each component to
    (N,): together they are the overdue amount, nothing else may become of it.
    ``new_principal`` (N,) is the opening balance of ``after``. ``unchanged`` (N,)
    bool: no cash flow of the remaining schedule changes. ``same_rate`` (N,) bool:
    flows move, but interest runs on at the contract rate throughout.
    """

    before: Schedule
    after: Schedule
    terms: Terms
    waived: dict
    capitalised: dict
    remaining_overdue: dict
    forgiven: np.ndarray
    new_principal: np.ndarray
    unchanged: np.ndarray
    same_rate: np.ndarray

    @property
    def rows(self):
        """Rows of the revised schedules, (N,)."""
        return self.after.count


def apply(position, plans, before=None):
    """Apply plans to positions.

    Order per component: waive, then capitalise, then re-amortise. Overdue
    principal rejoins the balance when the plan capitalises anything, else it stays
    due. Measures take effect from ``last_due_date``. The agreed instalment is kept
    unless the plan changes what it must repay: a longer term, another rate, a
    larger or smaller principal, a capitalising holiday.

    :param Position position: N loans
    :param Plans plans: N plans
    :param Schedule before: the remaining schedules, when already at hand
    :rtype: Revised
    :raises FieldError: (a ValueError) for a waiver above what is owed, a holiday
        longer than what remains, a plan without instalments
    """
    _check_plans(position, plans)
    waived = {c: _waived(position, plans, c) for c in WAIVABLE}
    waived["principal"] = np.zeros(position.size, dtype=np.int64)
    capitalised = _capitalised(position, plans, waived)
    remaining = {
        c: position.overdue(c) - waived[c] - capitalised[c] for c in COMPONENTS
    }
    gross = position.principal + sum(capitalised.values())
    forgiven = _forgiven(gross, plans)
    terms, moved = _new_terms(position, plans, gross - forgiven)
    window = terms.first_rate_rows > 0
    same_rate = (terms.annual_rate == position.annual_rate) & ~window
    gentle = np.isin(plans.holiday_interest, ("pay", "capitalise"))
    same_rate &= (plans.holiday == 0) | gentle
    revised = Revised(
        before=build(position.terms()) if before is None else before,
        after=build(terms),
        terms=terms,
        waived=waived,
        capitalised=capitalised,
        remaining_overdue=remaining,
        forgiven=forgiven,
        new_principal=terms.principal,
        unchanged=~moved & (plans.holiday == 0),
        same_rate=same_rate,
    )
    _conserve(position, revised)
    return revised


def _check_plans(position, plans):
    count = position.instalments + plans.extend
    empty = (count == 0) & (plans.any_capitalise | (plans.holiday > 0))
    message = "added to no remaining instalment leaves none to pay in"
    refuse("extend", plans.extend, empty, message)
    total = count + plans.holiday
    refuse("extend", total, total > MAX_INSTALMENTS, "instalments are too many")
    long = plans.holiday > np.maximum(position.instalments, 1)
    refuse("holiday", plans.holiday, long, "is longer than what remains")
    flat = (position.method == "flat") & (position.interest_base == 0)
    message = "is needed to go on with a flat loan (its original principal)"
    refuse("interest_base", position.interest_base, flat, message)


def _share(amount, fraction):
    num, den = rate_fraction(fraction)
    return mul_div(amount, num, den)


def _waived(position, plans, component):
    owed = position.overdue(component)
    amount = getattr(plans, f"waive_{component}_amount")
    name = f"waive_{component}"
    refuse(name, amount, amount > owed, "minor units are more than is owed")
    return np.where(amount > 0, amount, _share(owed, getattr(plans, name)))


def _capitalised(position, plans, waived):
    """Return what joins the principal, by component, out of what is not waived."""
    chosen = {c: getattr(plans, f"capitalise_{c}") for c in COMPONENTS}
    chosen["principal"] = plans.any_capitalise
    return {
        c: np.where(chosen[c], position.overdue(c) - waived[c], 0) for c in COMPONENTS
    }


def _forgiven(gross, plans):
    amount = plans.forgive_amount
    refuse("forgive", amount, amount > gross, "minor units are more than is owed")
    return np.where(amount > 0, amount, _share(gross, plans.forgive))


def _new_terms(position, plans, principal):
    """Return the revised terms, and where the instalment is worked out anew."""
    count = position.instalments + plans.extend
    rate, first, window = _rates(position, plans, count + plans.holiday)
    moved = (principal != position.principal) | (plans.extend > 0)
    moved |= (rate != position.annual_rate) | (window > 0)
    adds = (plans.holiday > 0) & (plans.holiday_interest == "capitalise")
    terms = position.terms().with_(
        principal=principal,
        annual_rate=rate,
        instalments=count,
        first_rate=first,
        first_rate_rows=window,
        holiday=plans.holiday,
        holiday_interest=plans.holiday_interest,
        level=np.where(moved | adds, 0, position.level),
        balloon=np.minimum(position.balloon, principal),
    )
    return terms, moved


def _rates(position, plans, rows):
    """Return (rate to the end, rate of the window, rows of the window)."""
    old = position.annual_rate
    wanted = np.where(np.isnan(plans.annual_rate), old, plans.annual_rate)
    differs = np.abs(wanted - old) > 5e-9  # rates count to 8 decimals
    forever = (plans.rate_instalments == 0) | (plans.rate_instalments >= rows)
    rate = np.where(differs & forever, wanted, old)
    window = np.where(differs & ~forever, plans.rate_instalments, 0)
    return rate, np.where(window > 0, wanted, 0.0), window


def _conserve(position, revised):
    """Stop if a cent appeared or vanished: every amount has a destination."""
    for c in COMPONENTS:
        parts = revised.waived[c], revised.capitalised[c], revised.remaining_overdue[c]
        sound = (sum(parts) == position.overdue(c)) & (np.minimum.reduce(parts) >= 0)
        if not sound.all():
            raise ArithmeticError(f"overdue {c} is not conserved")
    owed = position.principal + sum(revised.capitalised.values()) - revised.forgiven
    repaid = revised.after.principal.sum(axis=1)
    paying = revised.after.count > 0
    if (owed != revised.new_principal).any() or (repaid != owed)[paying].any():
        raise ArithmeticError("the revised principal is not conserved")

"""Money paid ahead of what is due: three rules for what becomes of it."""

from dataclasses import dataclass

import numpy as np

from .allocation import ORDER, allocate
from .fields import MAX_INSTALMENTS, choices, refuse
from .plans import Plans
from .revise import agreed, check_plans, new_terms
from .schedule import Schedule, build, run_out
from .terms import Terms

RULES = ("next", "last", "reamortise")


@dataclass(frozen=True)
class Advance:
    """What money paid ahead makes of the remaining schedules of N loans.

    ``schedule``: what remains, its rows whole; ``paid`` (N, M, 3) int64: principal,
    interest and fee of its rows that the money settles ahead (rule ``next``);
    ``rest`` (N,) int64: money beyond all that is owed.
    """

    schedule: Schedule
    terms: Terms
    paid: np.ndarray
    rest: np.ndarray

    @property
    def open(self):
        """What the borrower still pays in each row, (N, M) int64."""
        return self.schedule.instalment - self.paid.sum(axis=2)


def pay_ahead(position, amount, rule="next", date=None, order=ORDER):
    """Apply money beyond what is overdue to the remaining schedules.

    - ``next``: it settles the coming instalments one after the other, as they stand:
      interest is not saved, the borrower skips payments;
    - ``last``: it repays principal, the instalment stays and the last ones go: the
      loan ends sooner;
    - ``reamortise``: it repays principal, the number of instalments stays and the
      instalment falls.

    Principal repaid within a period bears interest up to that day, by days.

    :param Position position: N loans
    :param amount: (N,) int64 minor units
    :param str rule: one of ``RULES``
    :param date: (N,) days of payment in the running period; None = its first day
    :param order: the agreed order of components, for ``next``
    :rtype: Advance
    :raises FieldError: for an unknown rule, a negative amount, a day outside the
        running period, a method that the rule cannot shorten
    """
    choices("in_advance", rule, RULES)
    amount = np.broadcast_to(np.asarray(amount, np.int64), position.principal.shape)
    refuse("amount", amount, amount < 0, "is not an amount paid")
    if rule == "next":
        return _next(position, amount, order)
    start = np.datetime64("NaT") if date is None else date
    plans = Plans.of(position.size, start=start)
    check_plans(position, plans)
    used = np.minimum(amount, position.principal)
    if rule == "last":
        used = _keep_deferred(position, used)
    change = new_terms(position, plans, position.principal - used, 0 * used)
    terms = change.terms
    if rule == "last":
        terms = _shorten(position, terms)
    plan = build(terms)
    nothing = np.zeros((*plan.principal.shape, 3), dtype=np.int64)
    return Advance(plan, terms, nothing, amount - used)


def _keep_deferred(position, used):
    """What bears no interest is due with the last row: the rest is paid ahead first."""
    return np.minimum(used, position.principal - position.deferred)


def _next(position, amount, order):
    terms = position.terms()
    plan = build(terms)
    parts = np.stack([plan.principal, plan.interest, plan.fee], axis=2)
    loans, rows, kinds = parts.shape
    # a row that capitalises interest asks for nothing
    due = np.where(plan.instalment[:, :, None] > 0, np.maximum(parts, 0), 0)
    names = np.tile(np.arange(kinds), rows)
    number = np.repeat(np.arange(rows), kinds)
    paid = allocate(amount, due.reshape(loans, -1), names, number, order)
    return Advance(plan, terms, paid.reshape(parts.shape), amount - paid.sum(axis=1))


def _shorten(position, terms):
    """Keep the agreed instalment and let the last rows go."""
    bullet = np.isin(terms.method, ("interest_only", "balloon"))
    message = "has nothing to repay before its last instalment: use reamortise"
    refuse("in_advance", terms.method, bullet, message)
    terms = terms.with_(level=agreed(position.terms()))
    spare = terms.with_(instalments=MAX_INSTALMENTS - terms.holiday)
    count = np.maximum(run_out(spare), 1)
    return terms.with_(instalments=np.minimum(count, position.instalments))

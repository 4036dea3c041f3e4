"""What ends a loan before its last instalment: early settlement, vehicle, write-off."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .accrual import accrued
from .fields import choices, refuse
from .money import mul_div, rate_fraction
from .schedule import Schedule

FEES = ("none", "percent", "interest_months")


@dataclass(frozen=True)
class Payoff:
    """What the coming instalments of N loans ask for when they end on a day.

    Every field is (N,) int64 minor units. ``fallen_*``: instalments that fall due by
    that day, as they stand; ``principal``: the rest; ``interest``: what has run on it
    in the period that the day is in; ``saved``: interest that never falls due.
    """

    fallen_principal: np.ndarray
    fallen_interest: np.ndarray
    fallen_fee: np.ndarray
    principal: np.ndarray
    interest: np.ndarray
    saved: np.ndarray

    @property
    def total(self):
        """Everything but what is overdue today, penalties and fee, (N,) int64."""
        return (
            self.fallen_principal
            + self.fallen_interest
            + self.fallen_fee
            + self.principal
            + self.interest
        )


def payoff(due_date, principal, interest, fee, start, day, waits=None):
    """Return what N loans owe on a day beyond what is billed.

    :param due_date: (N, M) days of the instalments not yet billed; NaT beyond them
    :param principal: (N, M) int64 minor units, as ``interest`` and ``fee``; 0 beyond
    :param start: (N,) days from which the interest of the first of them runs
    :param day: (N,) days on which the loans end
    :param waits: (N, M + 1) int64 interest owed before each row that rows collect
        beside their own (``rest.waiting``): due whole, not by days; None = none
    :rtype: Payoff
    """
    due_date = np.atleast_2d(np.asarray(due_date, dtype="datetime64[D]"))
    parts = [
        np.atleast_2d(np.asarray(part, dtype=np.int64))
        for part in (principal, interest, fee)
    ]
    day = _days(day, len(due_date))
    fallen = due_date <= day[:, None]  # NaT is not
    past = [(part * fallen).sum(axis=1) for part in parts]
    rest = [part.sum(axis=1) - gone for part, gone in zip(parts, past, strict=True)]
    waits = (
        np.zeros((len(day), due_date.shape[1] + 1), np.int64)
        if waits is None
        else waits
    )
    own = parts[1] + np.diff(waits, axis=1)
    run = _running(due_date, own, _days(start, len(due_date)), day, fallen)
    run = run + waits[np.arange(len(day)), fallen.sum(axis=1)]
    return Payoff(*past, rest[0], run, rest[1] - run)


def _days(dates, size):
    return np.broadcast_to(np.asarray(dates, dtype="datetime64[D]"), (size,))


def _running(due_date, interest, start, day, fallen):
    """Return the interest of the period that each day is in, by days, (N,) int64."""
    row = fallen.sum(axis=1)
    left = row < (~np.isnat(due_date)).sum(axis=1)
    here = np.minimum(row, max(due_date.shape[1] - 1, 0))
    if not due_date.shape[1]:
        return np.zeros(len(due_date), dtype=np.int64)
    loans = np.arange(len(due_date))
    before = np.where(row > 0, due_date[loans, np.maximum(row - 1, 0)], start)
    whole = np.where(left, interest[loans, here], 0)
    return accrued(whole, before, np.where(left, due_date[loans, here], before), day)


def early_fee(
    kind,
    principal,
    *,
    share=0.0,
    months=0,
    annual_rate=0.0,
    saved=0,
    cap_share=0.0,
    cap_saved=False,
):
    """Return the fee of ending N loans early, or of repaying part ahead, (N,) int64.

    ``percent``: a share of the principal repaid ahead; ``interest_months``: interest
    on it for so many months at the contract rate. Either stays within ``cap_share``
    of that principal (0 = no cap) and, where asked, within the interest saved (the
    limit of consumer credit law in the EU, and a fair one elsewhere).

    :param kind: (N,) of ``FEES``
    :param principal: (N,) int64 minor units repaid ahead of its day
    :param saved: (N,) int64 interest that no longer falls due
    :raises FieldError: (a ValueError) for an unknown kind or a negative principal
    """
    kind = choices("fee_kind", kind, FEES)
    principal = np.atleast_1d(np.asarray(principal, dtype=np.int64))
    refuse("principal", principal, principal < 0, "is not an amount repaid")
    shape = np.broadcast_shapes(principal.shape, np.shape(kind))
    principal = np.broadcast_to(principal, shape)
    percent = _of(principal, share)
    num, den = rate_fraction(np.broadcast_to(annual_rate, shape))
    months = np.asarray(months, dtype=np.int64)
    by_interest = mul_div(principal, num * months, den * 12)
    fee = np.select(
        [kind == "percent", kind == "interest_months"], [percent, by_interest]
    )
    capped = np.broadcast_to(np.asarray(cap_share) > 0, shape)
    fee = np.where(capped, np.minimum(fee, _of(principal, cap_share)), fee)
    saved = np.maximum(np.asarray(saved, dtype=np.int64), 0)
    return np.where(cap_saved, np.minimum(fee, saved), fee).astype(np.int64)


def _of(amount, share):
    return mul_div(amount, *rate_fraction(np.broadcast_to(share, amount.shape)))


def falls_due(day, principal, interest, fee):
    """Return the schedule of one row by which the rest of N loans falls due.

    :param day: (N,) day on which it does
    :param principal: (N,) int64 minor units, as ``interest`` and ``fee``
    :rtype: Schedule
    """
    columns = [
        np.atleast_1d(np.asarray(part, dtype=np.int64))[:, None]
        for part in (principal, interest, fee)
    ]
    columns = np.broadcast_arrays(*columns)
    size = len(columns[0])
    return Schedule(
        count=np.ones(size, dtype=np.int64),
        due_date=_days(day, size)[:, None],
        principal=columns[0],
        interest=columns[1],
        fee=columns[2],
        balance=np.zeros((size, 1), dtype=np.int64),
        opening=columns[0][:, 0],
        weight=np.ones((size, 1)),
    )


def nothing_left(size=1):
    """Return schedules without a row: nothing more falls due. :rtype: Schedule"""
    none = np.zeros((size, 0), dtype=np.int64)
    nought = np.zeros(size, dtype=np.int64)
    dates = np.zeros((size, 0), dtype="datetime64[D]")
    return Schedule(nought, dates, none, none, none, none, nought, np.ones((size, 1)))


def same_rows(plan, instalment, first_interest):
    """Say whether the rows of one loan are those that plain terms give.

    Roundings may differ by a minor unit a row. The first row may hold interest of
    principal repaid earlier in its period; the last one then takes the difference.

    :param Schedule plan: of one loan, from its plain terms
    :param instalment: list of int minor units, the rows as they stand
    :param first_interest: list with the interest of the first of them; empty if none
    :rtype: bool
    """
    count = int(plan.count[0])
    if len(instalment) != count:
        return False
    if not count:
        return True
    gap = np.abs(np.asarray(instalment) - plan.instalment[0, :count])
    late = abs(first_interest[0] - int(plan.interest[0, 0]))
    allowed = np.full(count, count)
    allowed[0] += late
    allowed[-1] += 2 * late
    return bool((gap <= allowed).all())


def taken_adjustment(adjustment, principal, repaid):
    """Return the part of the interest adjustment that goes with principal repaid.

    Principal that leaves before its day takes its share of the adjustment to income
    at once (IFRS 9 B5.4.6); the rest is unwound over the new schedule.

    :param adjustment: (N,) int64 minor units, either sign
    :param principal: (N,) int64 not yet due before
    :param repaid: (N,) int64 of it repaid ahead
    :return: (N,) int64
    """
    adjustment = np.atleast_1d(np.asarray(adjustment, dtype=np.int64))
    whole = np.maximum(np.asarray(principal, dtype=np.int64), 1)
    size = mul_div(np.abs(adjustment), np.asarray(repaid, dtype=np.int64), whole)
    return np.sign(adjustment) * size


def write_off(claim, adjustment, allowance, vat_pending=0):
    """Return (allowance used, charge) of writing N claims off.

    All that is carried goes against the allowance, which is topped up first where it
    is short and released where it is more than enough, so that it ends at 0.

    :param claim: (N,) int64 minor units, everything the borrower owes in the books
    :param adjustment: (N,) int64 interest adjustment, either sign
    :param allowance: (N,) int64 held
    :param vat_pending: (N,) int64 VAT within the claim that falls due on receipt only:
        nothing was received, so it is no loss; what was declared stays declared
    """
    used = np.asarray(claim, dtype=np.int64) + np.asarray(adjustment, dtype=np.int64)
    used = used - np.asarray(vat_pending, dtype=np.int64)
    return used, used - np.asarray(allowance, dtype=np.int64)


def write_off_part(claim, adjustment, allowance):
    """Return (allowance used, charge) of writing a part of N claims off.

    The allowance is topped up where it is short; what is more than enough stays for
    the rest of the loan.
    """
    used, charge = write_off(claim, adjustment, allowance)
    return used, np.maximum(charge, 0)


def recovered(claims, owed):
    """Return (what came in, what is still owed) of N claims of one loan.

    :param claims: (N,) int64 minor units as they were written off, the oldest first:
        it is paid first
    :param owed: what is still owed of all of them
    """
    claims = np.asarray(claims, dtype=np.int64)
    later = claims.sum() - np.cumsum(claims)
    left = np.clip(owed - later, 0, claims)
    return claims - left, left


def in_settlement(claim, adjustment, allowance, fair_value, costs=0):
    """Return (allowance used, result, value in the books) of N vehicles taken.

    The asset enters at its fair value plus what taking it cost (CAS 12 art. 6); what
    neither it nor the allowance covers is the result, + a loss. The allowance is used
    whole: a gain is possible.

    :param claim: (N,) int64 minor units settled
    """
    carried = np.asarray(claim, dtype=np.int64) + np.asarray(adjustment, dtype=np.int64)
    used = np.asarray(allowance, dtype=np.int64)
    value = np.asarray(fair_value, dtype=np.int64)
    return used, carried - used - value, value + np.asarray(costs, dtype=np.int64)


class Sale(NamedTuple):
    """What the sale of N vehicles leaves: (N,) int64 minor units."""

    result: np.ndarray
    surplus: np.ndarray
    shortfall: np.ndarray


def sale(price, tax, costs, book_value, for_borrower):
    """Return what selling N vehicles leaves, and whose it is.

    :param price: (N,) int64 minor units, ``tax`` within it; ``costs`` of selling
    :param book_value: (N,) at which they were taken
    :param for_borrower: (N,) booleans: what exceeds the value at which the claim was
        settled is the borrower's, and what falls short of it is owed again; else
        either is the lender's result, + a gain
    :rtype: Sale
    """
    price, tax, costs, book_value = (
        np.asarray(part, dtype=np.int64) for part in (price, tax, costs, book_value)
    )
    left = price - tax - costs - book_value
    own = np.where(for_borrower, 0, left)
    others = left - own
    return Sale(own, np.maximum(others, 0), np.maximum(-others, 0))

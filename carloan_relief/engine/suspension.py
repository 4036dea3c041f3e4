"""Interest that stops being income: when, and how money received brings it back."""

import numpy as np

from . import vat as tax
from .money import mul_div

#: Codes of :func:`decide`.
STAY, SUSPEND, RESUME, LAPSE = 0, 1, 2, 3


def decide(dpd, suspended, after, resume_at=0, at_cure=0, believed=0):
    """Return what becomes of the interest of N loans on a day, (N,) int64 codes.

    Suspended once more than ``after`` days past due (0 = never), back to income once
    at most ``resume_at`` days are left. A cure lapses where it turns out never to have
    been one (see :func:`lapsed`): suspended again, and what it released taken back.

    :param dpd: (N,) days past due
    :param suspended: (N,) bool, as it stands
    :param after: (N,) days of the policy
    :param resume_at: (N,) days of the policy
    :param at_cure, believed: see :func:`lapsed`; 0 = there was no cure
    """
    dpd, after = np.asarray(dpd), np.asarray(after)
    suspended = np.asarray(suspended, dtype=bool)
    late = (after > 0) & (dpd > after)
    well = dpd <= np.asarray(resume_at)
    never = (after > 0) & lapsed(at_cure, believed, resume_at)
    cases = [never, ~suspended & late, suspended & well]
    return np.select(cases, [LAPSE, SUSPEND, RESUME], STAY)


def lapsed(at_cure, believed, resume_at=0):
    """Tell which of N cures never were: the money for them came back, (N,) bool.

    :param at_cure: (N,) days past due on the day of the cure, as the books have it now
    :param believed: (N,) the same as they had it then
    :param resume_at: (N,) days of the policy
    """
    return np.asarray(at_cure) > np.maximum(believed, resume_at)


def shift(recognised, register, paid, received, suspended):
    """Return how much of N claims leaves the books for the register, (N,) int64.

    What is paid must be recognised, what is not paid any more (a bounce) goes back to
    the register while the loan is suspended, and the register is never negative.

    :param recognised: (N,) int64 in the books, whether paid or not
    :param register: (N,) int64 outside the books
    :param paid: (N,) int64 that repayments settle of the claim
    :param received: (N,) int64 recognised because it was received
    :param suspended: (N,) bool
    :return: positive: into the register; negative: out of it
    """
    recognised, register = np.asarray(recognised), np.asarray(register)
    paid, received = np.asarray(paid), np.asarray(received)
    short = np.maximum(-register, 0)
    open_ = np.maximum(recognised - paid, 0)
    back = np.where(suspended, np.minimum(open_, np.maximum(received, 0)), 0)
    out = np.minimum(np.maximum(paid - recognised, 0), np.maximum(register, 0))
    return np.where(short > 0, short, np.where(out > 0, -out, back))


def leaves(residual, whole, vat, to_allowance, pending, *, loan, allowance):
    """Return what N claims lose to the register, and where each part is taken from.

    Interest of an impaired loan was booked in part to its allowance: that part goes
    back there, the rest out of income, as far as the allowance still holds it (what
    was released or used since went to profit and loss, and is taken from there).

    :param residual: (N,) int64 unpaid, of claims of ``whole`` that include ``vat`` and
        raised the allowance by ``to_allowance``
    :param pending: (N,) bool, the VAT waits for the money (else it stays a claim)
    :param loan: (N,) of which loan each claim is, those of one together
    :param allowance: (N,) int64 held by that loan
    :return: (amount, VAT, part from the allowance), (N,) int64 each
    """
    whole, vat = (np.asarray(a, dtype=np.int64) for a in (whole, vat))
    amount, taken = tax.leaves(residual, vat, whole, pending)
    base = np.where(pending, whole, whole - vat)
    share = mul_div(np.asarray(to_allowance), amount, np.maximum(base, 1))
    return amount, taken, _within(share, loan, allowance)


def _within(share, loan, held):
    """Return N shares, each loan's no more in all than it holds, the first in full."""
    loan, held = np.asarray(loan), np.maximum(np.asarray(held, dtype=np.int64), 0)
    run = np.cumsum(share)
    first = _first(loan)
    before = run - share
    used = np.minimum(run - before[first], held)
    earlier = np.minimum(before - before[first], held)
    return used - earlier


def _first(loan):
    """Return the first row of each loan whose rows stand together, (N,) int64."""
    starts = np.r_[True, loan[1:] != loan[:-1]]
    return np.maximum.accumulate(np.where(starts, np.arange(len(loan)), 0))


def of_bill(principal, interest, carried, unwind):
    """Return what N bills of suspended loans keep out of income.

    Interest that is asked for goes to the register. Interest that joins the principal
    is no claim of its own: it stays in the interest adjustment, as does what a
    modification would return to income with the bill.

    :param principal, interest, carried, unwind: (N,) int64 of the instalments
    :return: (for the register, joins the principal, stays in the adjustment)
    """
    principal, interest = np.asarray(principal), np.asarray(interest)
    joins = np.clip(-principal, 0, np.maximum(interest, 0))
    return interest - joins - np.asarray(carried), joins, joins + np.asarray(unwind)


def kept_out(amounts):
    """Return the amounts of a ``bill`` of a suspended loan: none of them is income.

    :param dict amounts: of the engine's ``bill``, less what the register takes
    """
    joins = max(min(-amounts["principal"], amounts["interest"]), 0)
    return amounts | {
        "principal": amounts["principal"] + joins,
        "interest": amounts["interest"] - joins,
        "unearned": joins,
        "unwind": 0,
    }

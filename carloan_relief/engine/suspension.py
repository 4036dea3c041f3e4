"""Interest that stops being income: when, and how money received brings it back."""

import numpy as np

#: Codes of :func:`decide`.
STAY, SUSPEND, RESUME = 0, 1, 2


def decide(dpd, suspended, after, resume_at=0):
    """Return what becomes of the interest of N loans on a day, (N,) int64 codes.

    Suspended once more than ``after`` days past due (0 = never), back to income once
    at most ``resume_at`` days are left.

    :param dpd: (N,) days past due
    :param suspended: (N,) bool, as it stands
    :param after: (N,) days of the policy
    :param resume_at: (N,) days of the policy
    """
    dpd, after = np.asarray(dpd), np.asarray(after)
    suspended = np.asarray(suspended, dtype=bool)
    late = (after > 0) & (dpd > after)
    well = dpd <= np.asarray(resume_at)
    return np.select([~suspended & late, suspended & well], [SUSPEND, RESUME], STAY)


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

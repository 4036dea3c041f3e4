"""The payments of a loan allocated anew, each on its day."""

import numpy as np

from .allocation import ORDER, allocate


def reallocate(
    dates, amounts, due, due_date, component, order=ORDER, mode="horizontal"
):
    """Return what each open amount of one loan receives from its payments.

    Every payment settles what had fallen due on its day; what exceeds that waits as
    the borrower's credit and settles the next amount on the day it falls due. That
    is what happened had nothing been entered late, so undoing one payment means
    doing this without it.

    :param dates: (P,) days of the payments
    :param amounts: (P,) int64 minor units, at least 0
    :param due: (K,) int64 amounts due, at least 0
    :param due_date: (K,) days on which they fall due
    :param component: (K,) names or codes (see ``allocation.COMPONENTS``)
    :return: (K,) int64; the rest of the payments is the borrower's credit
    :raises FieldError: (a ValueError) as ``allocate``
    """
    dates = np.asarray(dates, dtype="datetime64[D]")
    due_date = np.asarray(due_date, dtype="datetime64[D]")
    amounts = np.asarray(amounts, dtype=np.int64)
    remaining = np.asarray(due, dtype=np.int64).copy()
    if not len(remaining) or not len(amounts):
        return np.zeros_like(remaining)
    component = [list(component)]
    sequence = due_date.astype(np.int64)
    credit = 0
    for moment in np.unique(np.concatenate([dates, due_date])):
        credit += int(amounts[dates == moment].sum())
        if not credit:
            continue
        fallen = np.where(due_date <= moment, remaining, 0)
        paid = allocate([credit], [fallen], component, [sequence], order, mode)[0]
        remaining -= paid
        credit -= int(paid.sum())
    return np.asarray(due, dtype=np.int64) - remaining

"""A payment -> the components it settles, in the agreed order."""

import numpy as np

from .fields import FieldError

#: Integer codes of the components, in this order.
COMPONENTS = ("principal", "interest", "fee", "penalty")
ORDER = ("fee", "penalty", "interest", "principal")


def allocate(amounts, due, component, sequence, order=ORDER, mode="horizontal"):
    """Split N payments over what N loans owe.

    ``horizontal`` settles the oldest instalment in full before the next, in
    ``order`` within each; ``vertical`` settles the first kind of every instalment
    before the second kind. What exceeds the dues is left to the caller: the
    remainder is ``amounts - result.sum(axis=1)``.

    :param amounts: (N,) int64, at least 0
    :param due: (N, K) int64 open amounts, at least 0; pad with 0
    :param component: (N, K) names or codes (index into ``COMPONENTS``)
    :param sequence: (N, K) instalment numbers, oldest lowest
    :param order: a permutation of ``COMPONENTS``
    :return: (N, K) int64, what each open amount receives
    :raises FieldError: (a ValueError) for an unknown component, order or mode
    """
    amounts = np.atleast_1d(np.asarray(amounts, dtype=np.int64))
    due = np.atleast_2d(np.asarray(due, dtype=np.int64))
    if (amounts < 0).any() or (due < 0).any():
        raise FieldError("amounts", "a payment and an amount due are never negative")
    rank = _rank(component, order)
    sequence = np.asarray(sequence, dtype=np.int64)
    keys = {"horizontal": (rank, sequence), "vertical": (sequence, rank)}
    if mode not in keys:
        raise FieldError("mode", f"{mode!r} is not one of horizontal, vertical")
    keys = [np.broadcast_to(key, due.shape) for key in keys[mode]]
    turn = np.lexsort(keys, axis=-1)
    owed = np.take_along_axis(due, turn, axis=1)
    before = np.cumsum(owed, axis=1) - owed
    paid = np.clip(amounts[:, None] - before, 0, owed)
    result = np.empty_like(due)
    np.put_along_axis(result, turn, paid, axis=1)
    return result


def agreed(order=ORDER, mode="horizontal", *, late_days=0, days_late=0):
    """Return the order and mode that hold for a loan so many days late.

    By default costs come before interest before principal (Civil Code art. 561), the
    instalment that fell due first before the next (art. 560). A contract may turn
    that round for a loan far in arrears: principal before anything else, over all
    instalments.

    :param late_days: above so many days late principal comes first; 0 = never
    :return: keyword arguments ``order`` and ``mode`` of ``allocate``
    """
    if not late_days or days_late <= late_days:
        return {"order": tuple(order), "mode": mode}
    others = [component for component in order if component != "principal"]
    return {"order": ("principal", *others), "mode": "vertical"}


def _rank(component, order):
    """Return the turn of each open amount, from names or codes."""
    order = tuple(order)
    if sorted(order) != sorted(COMPONENTS):
        raise FieldError("order", f"{order!r} must name each of {COMPONENTS} once")
    codes = np.asarray(component)
    if codes.dtype.kind not in "iu":
        names = codes.astype(str)
        if not np.isin(names, COMPONENTS).all():
            raise FieldError("component", f"must be among {COMPONENTS}")
        codes = np.select([names == c for c in COMPONENTS], range(len(COMPONENTS)))
    turn = np.array([order.index(c) for c in COMPONENTS])
    return turn[codes]

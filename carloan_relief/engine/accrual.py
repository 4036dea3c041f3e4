"""Interest of the running period, by days, as of the end of a month."""

import numpy as np

from .money import mul_div


def accrued(interest, start, end, as_of):
    """Return the part of N instalments' interest that has run by a day.

    By days of the period: nothing on its first day, all of it on its last.

    :param interest: (N,) int64 minor units, of the instalment that falls due next
    :param start: (N,) days from which that interest runs
    :param end: (N,) days on which it falls due
    :param as_of: (N,) or one day
    :return: (N,) int64
    """
    interest = np.atleast_1d(np.asarray(interest, dtype=np.int64))
    start, end, as_of = (_days(one, interest.shape) for one in (start, end, as_of))
    whole = np.maximum((end - start).astype(np.int64), 1)
    run = np.clip((as_of - start).astype(np.int64), 0, whole)
    return mul_div(interest, run, whole)


def _days(dates, shape):
    return np.broadcast_to(np.asarray(dates, dtype="datetime64[D]"), shape)

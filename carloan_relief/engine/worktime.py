"""Time that steps of a case took: calendar days, working hours, hours of waiting.

The working time of a company is a list of intervals; what it spends in N others is
read off the sum of all work up to a moment. Moments are whole seconds (UTC).
"""

import numpy as np

_DAY, _HOUR = 86400.0, 3600.0
_SECOND = "datetime64[s]"


def days(begin, end):
    """Return the calendar days of N intervals, (N,) float; nan where one is open.

    :param begin, end: (N,) moments, NaT = not yet
    """
    begin, end = np.asarray(begin, _SECOND), np.asarray(end, _SECOND)
    seconds = (end - begin).astype("timedelta64[s]").astype(np.float64)
    return np.where(np.isnat(begin) | np.isnat(end), np.nan, seconds / _DAY)


def hours(begin, end, work=None):
    """Return the working hours within N intervals, (N,) float; nan where one is open.

    :param begin, end: (N,) moments, NaT = not yet
    :param work: (K, 2) moments, disjoint and in order; None = every hour counts
    """
    if work is None:
        return days(begin, end) * (_DAY / _HOUR)
    begin, end = np.asarray(begin, _SECOND), np.asarray(end, _SECOND)
    there = ~(np.isnat(begin) | np.isnat(end))
    done = _worked(np.maximum(begin, end), work) - _worked(begin, work)
    return np.where(there, done / _HOUR, np.nan)


def waiting(owner, begin, end, within_begin, within_end, work=None):
    """Return the working hours that waits take of N intervals, (N,) float.

    Waits of one interval do not overlap; one that is open lasts as long as its
    interval, and what lies outside of it does not count.

    :param owner: (K,) places of the intervals that the waits belong to
    :param begin, end: (K,) moments, end NaT = still waiting
    :param within_begin, within_end: (N,) moments; 0 hours where one is open
    """
    owner = np.asarray(owner, np.int64)
    low, high = (
        np.asarray(part, _SECOND)[owner] for part in (within_begin, within_end)
    )
    end = np.asarray(end, _SECOND)
    end = np.where(np.isnat(end), high, np.minimum(end, high))
    begin = np.maximum(np.asarray(begin, _SECOND), low)
    taken = np.nan_to_num(hours(begin, np.maximum(begin, end), work))
    return np.bincount(owner, taken, minlength=len(within_begin)).astype(np.float64)


def _worked(moments, work):
    """Return the seconds worked up to each moment, (N,) float."""
    work = np.asarray(work, _SECOND).reshape(-1, 2).astype(np.int64)
    moments = moments.astype(np.int64)
    before = np.concatenate([[0], np.cumsum(work[:, 1] - work[:, 0])])
    at = np.searchsorted(work[:, 0], moments, side="right")
    if not len(work):
        return np.zeros(len(moments))
    last = np.maximum(at - 1, 0)
    over = np.maximum(work[last, 1] - moments, 0)
    return np.where(at > 0, before[at] - over, 0).astype(np.float64)

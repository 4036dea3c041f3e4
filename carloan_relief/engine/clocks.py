"""State of the clocks of the law, and the protection a hardship case gives.

Nothing in here pauses: the day an answer is due follows from the day it was asked for,
and from nothing that happens at the desk.
"""

from dataclasses import dataclass

import numpy as np

from . import deadlines
from .rules import DEFAULT

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")
#: late = done after the day; ended = nothing is due any more
STATES = ("running", "met", "missed", "late", "ended")
#: What the day of a clock asks for: only the first can be missed.
NATURES = ("act", "may", "theirs", "wait", "keep")
#: How the day is found: the length of a rule, or the branches of a hardship notice.
METHODS = ("rule", "hardship")


@dataclass(frozen=True)
class Clock:
    """``start`` and ``due`` (N,) dates, NaT = no such clock; ``state`` (N,) str."""

    start: np.ndarray
    due: np.ndarray
    state: np.ndarray


def run(
    code,
    start,
    done=_NEVER,
    ended=_NEVER,
    *,
    as_of,
    nature="act",
    method="rule",
    asked=_NEVER,
    informed=_NEVER,
    holidays=(),
    book=DEFAULT,
):
    """Return the clocks of N cases under one rule: a :class:`Clock`.

    A case whose start lies before the rule was in force has none.

    :param str code: a length of time in the book
    :param start: (N,) dates the clock begins on, day 0; NaT = not begun
    :param done: (N,) dates of what it asks for; ``ended``: of what made it pointless
    :param str nature: of ``NATURES``; ``method``: of ``METHODS``
    :param asked: (N,) information asked for, ``informed``: received (hardship alone)
    :raises ValueError: for another method or nature
    """
    if nature not in NATURES or method not in METHODS:
        raise ValueError(f"{code}: unknown clock {nature!r}, {method!r}")
    start = np.atleast_1d(np.asarray(start, dtype=_DAY))
    start = np.where(book.in_force(code, start), start, _NEVER)
    if method == "hardship":
        due = deadlines.hardship(start, asked, informed, book).decision_due
    else:
        due = deadlines.due(code, start, holidays, book)
    return Clock(start, due, status(due, done, ended, as_of, nature == "act"))


def status(due, done=_NEVER, ended=_NEVER, as_of=_NEVER, must=True):
    """Return the state of each clock, (N,) str; empty where it has no day.

    :param due: (N,) last days; ``done`` and ``ended`` as in :func:`run`
    :param bool must: whether the day can be missed
    """
    due, done, ended, as_of = np.broadcast_arrays(
        *(np.asarray(day, dtype=_DAY) for day in (due, done, ended, as_of))
    )
    over = as_of > due
    state = np.where(over, "missed" if must else "ended", "running")
    # what ended after the day was missed on it all the same
    gone = ~np.isnat(ended) & ((ended <= due) | (not must))
    state = np.where(gone, "ended", state)
    state = np.where(done <= due, "met", state)
    state = np.where(done > due, "late" if must else "ended", state)
    return np.where(np.isnat(due), "", state)


def stay(
    notice,
    refused=_NEVER,
    ended=_NEVER,
    *,
    after="",
    repeat="",
    previous=_NEVER,
    different=False,
    book=DEFAULT,
):
    """Return from when and until when enforcement is stayed: two (N,) of dates.

    No first day = no stay; no last day = as long as the case is open. A refusal stays
    it for the days of the rule ``after``; without one, and by any other end, the day
    before is the last. A notice within the
    time of the rule ``repeat`` on materially the same ground gives no stay.

    :param notice: (N,) dates; ``previous``: of the last notice before it
    :param refused: (N,) dates the refusal was given; ``ended``: of another end
    """
    days = [np.asarray(day, dtype=_DAY) for day in (notice, refused, ended, previous)]
    notice, refused, ended, previous = np.broadcast_arrays(*days)
    eve = np.timedelta64(1, "D")
    until = deadlines.due(after, refused, book=book) if after else refused - eve
    until = np.where(np.isnat(until), ended - eve, until)
    if repeat:
        fresh = deadlines.enforcement_stayed(notice, previous, different, book, repeat)
        notice = np.where(fresh, notice, _NEVER)
    return notice, np.where(np.isnat(notice), _NEVER, until)

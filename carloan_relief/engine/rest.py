"""The terms of what remains of N schedules once some of their rows are past."""

from dataclasses import replace

import numpy as np

from .calendar import day_of_month
from .position import COMPONENTS, RUNNING
from .schedule import Run

#: Fields of a position that the rest of its terms tells, beside ``RUNNING``.
GOES_ON = (
    "principal",
    "annual_rate",
    "instalments",
    "level",
    "interest_base",
    "due_day",
    "balloon",
)


def rate_after(terms, past):
    """Return the yearly contract rate in force once rows are past, (N,) float.

    A relief may have lowered it for the first rows.

    :param Terms terms: N loans as their schedules began
    :param past: (N,) rows of each that are past
    """
    lowered = np.asarray(past) < terms.first_rate_rows
    return np.where(lowered, terms.first_rate, terms.annual_rate)


def rest(terms, past):
    """Return the terms of the rows that follow the first ``past`` of N schedules.

    ``build(rest(terms, past))`` gives the same rows as ``build(terms)`` from row
    ``past`` on, to the cent: a holiday, a rate for some time, lowered instalments and
    what is deferred or carried go on as agreed. Where no row remains, the terms have
    no instalment and no due date.

    :param Terms terms: N loans as their schedules began
    :param past: (N,) int64 rows of each that are past
    :rtype: Terms
    """
    past = np.broadcast_to(np.asarray(past, np.int64), terms.principal.shape)
    past = np.minimum(past, terms.rows)
    run, state = _run_to(terms, past)
    low_end = terms.holiday + terms.low_rows
    lowered = np.where(past <= terms.holiday, terms.low_rows, low_end - past)
    lowered = np.maximum(lowered, 0)
    window = np.maximum(terms.first_rate_rows - past, 0)
    resting = past <= terms.holiday
    begun, due = past > 0, run.clock.due.T
    deferred = np.where(past < terms.rows, terms.deferred, 0)
    return terms.with_(
        principal=state["left"] + deferred,
        instalments=np.minimum(terms.instalments, terms.rows - past),
        start_date=np.where(begun, _pick(due, past - 1), terms.start_date),
        first_due_date=_pick(due, past),
        due_day=np.where(begun, _due_day(terms), terms.due_day),
        level=_level(terms, past, low_end, state),
        interest_base=np.where(run.flat, run.base, terms.interest_base),
        first_rate=np.where(window > 0, terms.first_rate, 0.0),
        first_rate_rows=window,
        holiday=np.maximum(terms.holiday - past, 0),
        deferred=deferred,
        low=np.where(lowered > 0, terms.low, 0),
        low_rows=lowered,
        interest_from=np.where(begun, np.datetime64("NaT"), terms.interest_from),
        accrued=np.where(begun, 0, terms.accrued),
        carried=np.where(resting, terms.carried, 0),
        deferred_interest=np.where(resting, state["carried"], 0),
        unpaid=state["short"],
    )


def _run_to(terms, past):
    """Return the run of the schedules, and where each stood before row ``past``."""
    run = Run(terms)
    names = ("left", "level", "short", "carried")
    state = {name: getattr(run, name).copy() for name in names}
    state["reset"] = np.zeros(past.shape, dtype=bool)
    for row in range(int(past.max(initial=0))):
        run.step(row)
        here = past == row + 1
        for name in names:
            np.copyto(state[name], getattr(run, name), where=here)
        reset = run.resets.get(row + 1, np.False_)
        np.copyto(state["reset"], reset, where=here)
    return run, state


def _level(terms, past, low_end, state):
    """Return the level that goes on, 0 where it is (still or again) worked out."""
    waits = (past <= low_end) & (terms.level == 0)
    return np.where(waits | state["reset"], 0, state["level"])


def _due_day(terms):
    """Return the due day that the first due date set, also after a shorter month."""
    return np.where(
        terms.due_day > 0, terms.due_day, day_of_month(terms.first_due_date)
    )


def _pick(due, row):
    """Return the due date of a row of each loan, NaT where it has none."""
    if not due.shape[1]:
        return np.full(len(due), "NaT", dtype="datetime64[D]")
    inside = (row >= 0) & (row < due.shape[1])
    column = np.where(inside, row, 0)[:, None]
    return np.where(
        inside, np.take_along_axis(due, column, axis=1)[:, 0], np.datetime64("NaT")
    ).astype("datetime64[D]")


def still_asked(unpaid, carried, paid):
    """Return (unpaid, carried) interest of N loans that later rows still ask for.

    What was paid ahead of its day is asked for no more: of what lowered instalments
    left first, then of what is carried into the first row.

    :param unpaid, carried: (N,) int64 minor units, see ``Position``
    :param paid: (N,) int64 of both paid already; none where it is negative
    """
    paid = np.maximum(paid, 0)
    first = np.minimum(paid, unpaid)
    return unpaid - first, carried - np.minimum(paid - first, carried)


def waiting(terms):
    """Return interest that is owed before each row and not asked for yet, (N, M + 1).

    What a holiday defers, what lowered instalments leave, what is carried: the row
    that collects it asks for it beside its own. Int64 minor units.
    """
    run = Run(terms)
    result = np.zeros((run.left.size, run.depth + 1), dtype=np.int64)
    for row in range(run.depth + 1):
        coming = row <= terms.holiday
        held = np.where(coming, run.carried + terms.carried, 0)
        result[:, row] = np.where(row < terms.rows, held + run.short, 0)
        if row < run.depth:
            run.step(row)
    return result


def position_after(position, revised, change, as_of):
    """Return the positions on a day after a relief whose rows were all paid on time.

    What the relief left due was paid, too; what it waives on completion is held.

    :param Position position: as the relief found it
    :param Revised revised: what the relief made of it
    :param Modification change: of the same relief
    :param as_of: (N,) days
    :rtype: Position
    """
    as_of = np.broadcast_to(np.asarray(as_of, "datetime64[D]"), (position.size,))
    past = (revised.after.due_date <= as_of[:, None]).sum(axis=1)  # NaT is not
    terms = rest(revised.terms, past)
    nothing = np.zeros(position.size, dtype=np.int64)
    gone = np.arange(change.unwind.shape[1]) < past[:, None]
    names = (*GOES_ON, *RUNNING)
    return replace(
        position,
        as_of=as_of,
        last_due_date=terms.start_date,
        next_due_date=terms.first_due_date,
        adjustment=-(change.unwind * ~gone).sum(axis=1),
        claimed=(revised.collected * ~gone).sum(axis=1),
        dpd=nothing,
        suspended_interest=nothing,
        suspended_penalty=nothing,
        **{f"overdue_{c}": nothing for c in COMPONENTS},
        **{name: getattr(terms, name) for name in names},
    )

"""Positions and schedules as plain JSON, so that a case keeps what it stood on."""

import dataclasses
import datetime

import numpy as np

from .terms import Terms

#: what a missing value of a field reads as
_MISSING = {"next_due_date": "NaT", "interest_from": "NaT"}
_DAYS = ("start_date", "first_due_date", "interest_from")
#: moves by itself from one day to the next without changing what a borrower signs;
#: what is suspended is owed all the same
_MOVING = (
    "as_of",
    "dpd",
    "allowance",
    "eir_period",
    "suspended_interest",
    "suspended_penalty",
)


def freeze(position, i=0):
    """Return loan ``i`` of a position as a dict of JSON values."""
    return {
        field.name: _plain(getattr(position, field.name), i)
        for field in dataclasses.fields(position)
    }


def thaw(values, position_type):
    """Return the N=1 position that ``freeze`` stored."""
    known = {field.name for field in dataclasses.fields(position_type)}
    return position_type.of(
        **{
            name: _MISSING.get(name, float("nan")) if value is None else value
            for name, value in values.items()
            if name in known
        }
    )


def thaw_all(stored, position_type):
    """Return the positions of N cases that ``freeze`` stored one by one.

    :param stored: list of N dicts, N at least 1
    """
    parts = [thaw(values, position_type) for values in stored]
    return position_type(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in dataclasses.fields(position_type)
        }
    )


def thaw_terms(stored):
    """Return the terms of the N loans that ``freeze`` stored one by one.

    :param stored: list of N dicts
    :rtype: Terms
    """
    columns = {}
    for field in dataclasses.fields(Terms):
        values = [one.get(field.name) for one in stored]
        if field.name in _DAYS:
            values = np.array(values, dtype="datetime64[D]")
        columns[field.name] = np.asarray(values)
    return Terms.plain(**columns)


def changes(old, new):
    """Return the names of the figures that differ between two frozen positions."""
    return [
        name
        for name in new
        if name not in _MOVING and old.get(name, new[name]) != new[name]
    ]


def rows(schedule, i=0):
    """Return the rows of one schedule with ISO dates."""
    return plain_rows(schedule.rows(i))


def plain_rows(table):
    """Return rows of a schedule with ISO dates, as JSON keeps them."""
    return [
        {
            name: value.isoformat() if isinstance(value, datetime.date) else value
            for name, value in row.items()
        }
        for row in table
    ]


def summary(schedule, overdue, i=0):
    """Return what a borrower compares: the level, the last row, the count, all to pay.

    :param overdue: (N,) overdue amounts that stay due beside the schedule
    """
    table = rows(schedule, i)
    paid = [row["instalment"] for row in table]
    return {
        "rows": table,
        "instalment": paid[0] if paid else 0,
        "last_instalment": paid[-1] if paid else 0,
        "instalments": len(paid),
        "total": total(table, int(np.atleast_1d(overdue)[i])),
    }


def total(table, due_now):
    """Return everything still to be paid: all rows and what is due at once."""
    return sum(row["instalment"] for row in table) + due_now


def _plain(values, i):
    value = np.atleast_1d(values)[i]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value

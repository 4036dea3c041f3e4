"""Days, working hours and waits of steps, against a count minute by minute."""

import datetime as dt

import numpy as np
import pytest
from engine import worktime

NEVER = np.datetime64("NaT", "s")


def _at(text):
    return np.datetime64(text, "s")


# three days of 9-12 and 13-18, with the second one off from noon
WORK = np.array(
    [
        [_at("2026-06-22T09:00"), _at("2026-06-22T12:00")],
        [_at("2026-06-22T13:00"), _at("2026-06-22T18:00")],
        [_at("2026-06-23T09:00"), _at("2026-06-23T12:00")],
        [_at("2026-06-24T09:00"), _at("2026-06-24T12:00")],
        [_at("2026-06-24T13:00"), _at("2026-06-24T18:00")],
    ]
)
CASES = [
    ("2026-06-22T09:00", "2026-06-22T18:00", 8.0),
    ("2026-06-22T11:30", "2026-06-22T13:15", 0.75),
    ("2026-06-22T12:10", "2026-06-22T12:50", 0.0),
    ("2026-06-22T17:00", "2026-06-23T10:00", 2.0),
    ("2026-06-21T00:00", "2026-06-26T00:00", 19.0),
    ("2026-06-23T12:00", "2026-06-24T09:00", 0.0),
    ("2026-06-25T09:00", "2026-06-25T18:00", 0.0),
    ("2026-06-20T09:00", "2026-06-21T18:00", 0.0),
    ("2026-06-22T09:30", "2026-06-22T09:30", 0.0),
]


def _by_the_minute(begin, end):
    """Count the working minutes one by one, as a second formula."""
    moment, minutes = begin.astype(dt.datetime), 0
    while moment < end.astype(dt.datetime):
        minutes += any(low <= np.datetime64(moment, "s") < high for low, high in WORK)
        moment += dt.timedelta(minutes=1)
    return minutes / 60


@pytest.mark.parametrize(("begin", "end", "expected"), CASES)
def test_hours_of_each_case(begin, end, expected):
    begin, end = np.array([_at(begin)]), np.array([_at(end)])
    assert worktime.hours(begin, end, WORK)[0] == pytest.approx(expected)
    assert _by_the_minute(begin[0], end[0]) == pytest.approx(expected)


def test_all_cases_at_once():
    begin = np.array([_at(case[0]) for case in CASES])
    end = np.array([_at(case[1]) for case in CASES])
    expected = [case[2] for case in CASES]
    assert worktime.hours(begin, end, WORK) == pytest.approx(expected)


def test_without_a_calendar_every_hour_counts():
    begin, end = [_at("2026-06-20T22:00")], [_at("2026-06-21T04:30")]
    assert worktime.hours(begin, end)[0] == 6.5
    assert worktime.days(begin, end)[0] == pytest.approx(6.5 / 24)


def test_a_calendar_without_work_gives_none():
    begin, end = [_at("2026-06-20T22:00")], [_at("2026-06-21T04:30")]
    assert worktime.hours(begin, end, np.zeros((0, 2), "datetime64[s]"))[0] == 0


def test_what_is_open_has_no_time():
    begin, end = [_at("2026-06-22T09:00")], [NEVER]
    assert np.isnan(worktime.days(begin, end)[0])
    assert np.isnan(worktime.hours(begin, end, WORK)[0])


def test_waits_are_clipped_to_their_interval():
    begin = [_at("2026-06-22T10:00"), _at("2026-06-24T09:00")]
    end = [_at("2026-06-22T15:00"), _at("2026-06-24T18:00")]
    waits = [
        (0, "2026-06-22T08:00", "2026-06-22T11:00", 1.0),  # begun before
        (0, "2026-06-22T14:30", None, 0.5),  # lasts as long as the step
        (0, "2026-06-23T09:00", "2026-06-23T12:00", 0.0),  # after it
        (1, "2026-06-24T11:00", "2026-06-24T14:00", 2.0),
    ]
    found = worktime.waiting(
        [wait[0] for wait in waits],
        [_at(wait[1]) for wait in waits],
        [_at(wait[2]) if wait[2] else NEVER for wait in waits],
        begin,
        end,
        WORK,
    )
    assert found == pytest.approx([1.5, 2.0])


def test_no_wait_is_no_hour():
    begin, end = [_at("2026-06-22T10:00")], [_at("2026-06-22T15:00")]
    assert worktime.waiting([], [], [], begin, end, WORK).tolist() == [0.0]

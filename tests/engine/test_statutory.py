"""Clocks of the law: every row that is a deadline, states, stays of enforcement."""

import calendar
import datetime

import numpy as np
import pytest
from engine import clocks, deadlines
from engine.rule_rows import DEADLINES
from engine.rules import DEFAULT, Book, RuleError
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)
NAT = np.datetime64("NaT")
#: A measure of days past due, no time to act in: compared, not counted from an event.
COMPARED = {"cn.vat.accrual", "us.non_accrual"}
#: What 2026-03-02, a Monday, leads to: worked out by hand from the text of each rule.
FROM_MONDAY = {
    "cn.complaint.simple": "2026-03-17",
    "cn.complaint.complex": "2026-04-01",
    "cn.complaint.special": "2026-05-01",
    "cn.limitation": "2029-03-02",
    "cn.pipl.report": "2029-03-02",
    "cn.bureau.keep": "2031-03-02",
    "cn.bureau.dispute": "2026-03-22",
    "cn.returns.g11": "2026-03-15",
    "cn.returns.g01_iv": "2026-03-20",
    "au.hardship.decision": "2026-03-23",
    "au.hardship.information_request": "2026-03-23",
    "au.hardship.information": "2026-03-23",
    "au.hardship.decision_informed": "2026-03-23",
    "au.hardship.decision_uninformed": "2026-03-30",
    "au.hardship.repeat": "2026-07-02",
    "au.enforcement.after_refusal": "2026-03-16",
    "au.default_notice": "2026-04-01",
    "us.reg_b.decision": "2026-04-01",
    "us.reg_b.counteroffer": "2026-05-31",
    "us.reg_b.retention": "2028-04-02",
    "us.reg_f.retention": "2029-03-02",
    "uk.complaint.final": "2026-04-27",
    "uk.complaint.summary": "2026-03-05",
    "uk.arrears_notice": "2026-03-16",
    "uk.arrears_notice.repeat": "2026-09-02",
    "uk.default_notice": "2026-03-16",
}


def by_hand(start, value, unit):
    """The last day by the standard library alone."""
    if unit in ("days", "weeks"):
        return start + DAY * value * (7 if unit == "weeks" else 1)
    if unit == "business_days":
        day = start
        while value:
            day += DAY
            value -= day.weekday() < 5
        return day
    months = value * (12 if unit == "years" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(start.day, last))


def test_the_table_names_every_row_that_is_a_deadline():
    assert {row[0] for row in DEADLINES} == FROM_MONDAY.keys() | COMPARED
    assert {row[0] for row in DEADLINES if row[3]} == COMPARED


@pytest.mark.parametrize(("code", "expected"), FROM_MONDAY.items())
def test_a_deadline_from_a_monday(code, expected):
    assert str(deadlines.due(code, "2026-03-02")) == expected
    found = clocks.run(code, "2026-03-02", as_of=expected)
    assert found.due.astype(str).tolist() == [expected]
    assert found.state.tolist() == ["running"]


@given(
    st.sampled_from(sorted(FROM_MONDAY)),
    st.dates(datetime.date(2022, 1, 1), datetime.date(2090, 1, 1)),
)
@settings(max_examples=150, deadline=None)
def test_a_deadline_against_the_standard_library(code, start):
    if DEFAULT.at(code).unit == "business_days" and start.weekday() > 4:
        start += 2 * DAY
    row = DEFAULT.at(code)
    expected = by_hand(start, int(row.value), row.unit)
    assert deadlines.due(code, start).item() == expected


def test_a_public_holiday_is_no_working_day():
    due = deadlines.due("uk.complaint.summary", "2026-04-02", ["2026-04-03"])
    assert str(due) == "2026-04-08"
    # a weekend: the first working day is the Monday
    assert str(deadlines.due("uk.complaint.summary", "2026-03-07")) == "2026-03-11"


def test_a_law_in_its_own_time():
    book = Book(
        [
            ("x.answer", 30, "days", "", "2026-01-01"),
            ("x.answer", 21, "days", "", "2026-07-01"),
        ]
    )
    starts = ["2025-12-31", "2026-06-30", "2026-07-01", "NaT"]
    found = clocks.run("x.answer", starts, as_of="2026-07-22", book=book)
    assert found.due.astype(str).tolist() == ["NaT", "2026-07-30", "2026-07-22", "NaT"]
    assert found.state.tolist() == ["", "running", "running", ""]
    assert book.in_force("x.answer", starts).tolist() == [False, True, True, False]
    with pytest.raises(RuleError, match="2025-12-31"):
        deadlines.due("x.answer", starts[:2], book=book)


STATES = {
    # done, ended, as of: state of a clock due on 2026-04-01
    (None, None, "2026-04-01"): "running",
    (None, None, "2026-04-02"): "missed",
    ("2026-04-01", None, "2026-05-01"): "met",
    ("2026-04-02", None, "2026-05-01"): "late",
    (None, "2026-03-20", "2026-05-01"): "ended",
    (None, "2026-04-02", "2026-05-01"): "missed",
    ("2026-03-10", "2026-03-20", "2026-05-01"): "met",
}


def test_the_state_of_a_clock():
    done, ended, as_of = (
        [day or "NaT" for day in column] for column in zip(*STATES, strict=True)
    )
    due = ["2026-04-01"] * len(STATES)
    assert clocks.status(due, done, ended, as_of).tolist() == list(STATES.values())
    soft = clocks.status(due, done, ended, as_of, must=False).tolist()
    assert "missed" not in soft and "late" not in soft
    assert clocks.status("NaT", "NaT", "NaT", "2026-01-01") == ""


def test_a_question_for_information_moves_the_day_and_nothing_else_does():
    asked = ["NaT", "2026-03-18", "2026-03-18", "2026-03-24"]
    informed = ["NaT", "NaT", "2026-04-01", "2026-04-01"]
    found = clocks.run(
        "au.hardship.decision",
        ["2026-03-02"] * 4,
        as_of="2026-03-25",
        method="hardship",
        asked=asked,
        informed=informed,
    )
    expected = ["2026-03-23", "2026-04-15", "2026-04-22", "2026-03-23"]
    assert found.due.astype(str).tolist() == expected
    assert found.state.tolist() == ["missed", "running", "running", "missed"]


def test_how_long_enforcement_is_stayed():
    begin, end = clocks.stay(
        ["2026-04-04", "2026-04-04", "2026-05-05", "2026-04-04", "NaT"],
        refused=["2026-04-20", "2026-04-20", "NaT", "NaT", "NaT"],
        ended=["NaT", "NaT", "NaT", "2026-04-10", "NaT"],
        after="au.enforcement.after_refusal",
        repeat="au.hardship.repeat",
        previous=["NaT", "2026-01-05", "2026-01-05", "2026-01-05", "NaT"],
        different=[False, False, False, True, False],
    )
    assert begin.astype(str).tolist() == [
        "2026-04-04",
        "NaT",
        "2026-05-05",
        "2026-04-04",
        "NaT",
    ]
    assert end.astype(str).tolist() == ["2026-05-04", "NaT", "NaT", "2026-04-09", "NaT"]
    _begin, end = clocks.stay("2026-04-04", refused="2026-04-20")
    assert str(end) == "2026-04-19"


def test_an_unknown_clock_is_refused():
    for wrong in ({"nature": "hope"}, {"method": "guess"}):
        with pytest.raises(ValueError, match=next(iter(wrong.values()))):
            clocks.run("us.reg_b.decision", "2026-03-02", as_of="2026-03-02", **wrong)

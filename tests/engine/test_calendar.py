"""Due dates, the month-end rule, day counts against the standard library."""

import datetime

import numpy as np
import pytest
import reference
from engine import calendar
from hypothesis import given
from hypothesis import strategies as st

day = st.dates(datetime.date(1960, 1, 1), datetime.date(2100, 12, 31))


def test_a_due_day_of_31_falls_on_the_last_day_and_comes_back():
    dates = calendar.due_dates(["2027-12-31"], 5, "month")[0]
    expected = ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]
    assert dates.astype(str).tolist() == expected


def test_a_due_day_can_differ_from_the_first_date():
    dates = calendar.due_dates(["2026-02-28"], 3, "month", [31])[0]
    assert dates.astype(str).tolist() == ["2026-02-28", "2026-03-31", "2026-04-30"]


def test_periods_can_differ_within_a_batch():
    dates = calendar.due_dates(
        ["2026-01-31", "2026-01-31", "2026-01-31"], [2, 3, 3], list(calendar.PERIODS)
    )
    assert dates[:, 1].astype(str).tolist() == [
        "2026-02-28",
        "2026-02-14",
        "2026-02-07",
    ]
    assert np.isnat(dates[0, 2]) and not np.isnat(dates[1, 2])


@given(day, st.integers(1, 400), st.sampled_from(calendar.PERIODS), st.integers(0, 31))
def test_due_dates_agree_with_the_reference(first, count, period, due_day):
    dates = calendar.due_dates([first], count, period, due_day)[0]
    wanted = due_day or first.day
    expected = reference.next_due(first, count - 1, period, wanted)
    assert dates[-1].item() == expected
    assert calendar.add_periods(first, count, period, wanted).item() == (
        reference.next_due(first, count, period, wanted)
    )


@given(day, st.sampled_from(calendar.PERIODS))
def test_period_start_is_one_period_before(first, period):
    start = calendar.period_start(first, period, first.day)
    assert calendar.add_periods(start, 1, period, first.day) == np.datetime64(first)


@given(day, st.integers(0, 3000), st.sampled_from(calendar.DAY_COUNTS[1:]))
def test_year_fractions_agree_with_the_reference(start, days, basis):
    end = start + datetime.timedelta(days=days)
    num, den = calendar.year_fraction(start, end, basis)
    expected = reference.fraction(start, end, basis, "month")
    assert float(num) / float(den) == pytest.approx(float(expected), abs=1e-12)


def test_thirty_day_months_at_their_edges():
    cases = {
        ("2026-01-31", "2026-02-28"): (28, 28),
        ("2026-01-30", "2026-03-31"): (60, 60),
        ("2026-01-15", "2026-03-31"): (76, 75),
    }
    for (start, end), (us, european) in cases.items():
        assert calendar.year_fraction(start, end, "30/360")[0] == us
        assert calendar.year_fraction(start, end, "30E/360")[0] == european


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        # years of hundreds are common ones, those of four hundreds leap years
        ("2100-01-01", "2101-01-01", (0, 365)),
        ("2000-01-01", "2001-01-01", (366, 0)),
        ("1999-12-31", "2000-01-02", (1, 1)),
        ("2099-12-01", "2100-03-01", (0, 90)),
    ],
)
def test_leap_years_of_centuries(start, end, days):
    num, den = calendar.year_fraction(start, end, "ACT/ACT")
    leap, plain = days
    assert (num, den) == (leap * 365 + plain * 366, 365 * 366)


def test_the_period_basis_has_no_fraction():
    with pytest.raises(ValueError, match="day_count"):
        calendar.year_fraction("2026-01-01", "2026-02-01", "period")


def test_a_missing_date_stays_missing():
    assert np.isnat(calendar.add_periods("NaT", 3, "month"))

"""The book of rules: rows by date, comparisons, lengths of time."""

import numpy as np
import pytest
from engine import rules
from engine.rules import DEFAULT, Book, RuleError

ROWS = [
    ("x.limit", 10, "days", "gt", "2020-01-01", "one", True, "2023-12-31"),
    ("x.limit", 20, "days", "ge", "2024-01-01"),
    ("x.limit", None, "days", "ge", "2026-01-01"),
    ("x.length", 1, "months"),
    ("x.switch", 1, "switch"),
]


def test_the_row_in_force_decides_value_and_comparison():
    book = Book(ROWS)
    dates = ["2020-01-01", "2023-12-31", "2024-01-01", "2026-06-01"]
    assert book.value("x.limit", dates[:3]).tolist() == [10, 10, 20]
    assert book.holds("x.limit", 10, dates).tolist() == [False] * 4
    assert book.holds("x.limit", 20, dates).tolist() == [True, True, True, False]
    assert np.isnan(book.value("x.limit")) and book.at("x.limit").value is None
    assert book.at("x.limit", "2021-01-01").source == "one"
    assert book.on("x.switch")


def test_a_day_without_a_rule_is_refused_by_name():
    with pytest.raises(RuleError, match="x.limit: no rule is in force on 2019-12-31"):
        Book(ROWS).value("x.limit", ["2021-01-01", "2019-12-31"])
    gap = Book([ROWS[0], ROWS[2]])
    with pytest.raises(RuleError, match="2024-05-05"):
        gap.holds("x.limit", 3, "2024-05-05")
    with pytest.raises(RuleError, match="y: is not in the book"):
        gap.value("y")


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 1, "parsecs")],
        [("a", 1, "days", "about")],
        [("a", 1, "days"), ("a", 2, "days")],
    ],
)
def test_rows_that_cannot_be_right(rows):
    with pytest.raises(RuleError, match="^a: "):
        Book(rows)


def test_a_changed_book_leaves_the_old_one():
    changed = Book(ROWS).changed(("x.length", 2, "weeks"))
    assert changed.later("x.length", "2026-01-31") == np.datetime64("2026-02-14")
    same = Book(ROWS).later("x.length", ["2026-01-31", "NaT"])
    assert same.astype(str).tolist() == ["2026-02-28", "NaT"]
    with pytest.raises(RuleError, match="switch"):
        Book(ROWS).later("x.switch", "2026-01-31")
    with pytest.raises(RuleError, match="no comparison"):
        Book(ROWS).holds("x.length", 1)


def test_business_days_skip_weekends_and_holidays():
    friday = "2026-03-06"
    assert DEFAULT.later("uk.complaint.summary", friday).astype(str) == "2026-03-11"
    later = DEFAULT.later("uk.complaint.summary", friday, holidays=["2026-03-10"])
    assert later.astype(str) == "2026-03-12"


def test_every_default_row_names_its_source_and_reads_as_a_rule():
    assert all(row.source for row in DEFAULT.rows)
    for row in DEFAULT.rows:
        assert row.unit in rules.UNITS
        assert row.operator or row.unit in (
            *("seconds", "days", "business_days", "weeks", "months", "years"),
            *("periods", "times", "share", "switch"),
        )
    assert any(not row.confirmed for row in DEFAULT.rows)

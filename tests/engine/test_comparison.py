"""What a change of a schedule changed."""

import datetime

from engine.comparison import FIGURES, compare, summary


def _rows(amounts, start=1):
    return [
        {
            "due_date": datetime.date(2026, month, 15),
            "instalment": amount,
            "interest": amount // 10,
            "fee": 0,
        }
        for month, amount in enumerate(amounts, start=start)
    ]


def test_summary_of_a_plan_that_pauses_first():
    found = summary(_rows([0, 500, 500, 503]), due_now=40)
    assert tuple(found) == FIGURES
    assert found == {
        "instalment": 500,
        "last_instalment": 503,
        "count": 4,
        "last_due_date": datetime.date(2026, 4, 15),
        "interest": 150,
        "fee": 0,
        "due_now": 40,
        "total": 1543,
    }


def test_one_row_and_none():
    assert summary(_rows([700]))["instalment"] == 700
    nothing = summary([])
    assert (nothing["count"], nothing["total"]) == (0, 0)
    assert nothing["last_due_date"] is None


def test_differences_add_up_and_empty_lines_are_left_out():
    before, after = summary(_rows([900, 900]), due_now=100), summary(_rows([500] * 4))
    table = {
        name: (old, new, change) for name, old, new, change in compare(before, after)
    }
    assert "fee" not in table
    assert table["due_now"] == (100, 0, -100)
    assert table["total"] == (1900, 2000, 100)
    assert table["count"] == (2, 4, 2)
    assert table["last_due_date"][2] == 59
    for name, (old, new, change) in table.items():
        if name != "last_due_date":
            assert new - old == change
    assert "due_now" not in {row[0] for row in compare(after, after)}


def test_no_day_on_one_side_gives_no_difference():
    rows = {row[0]: row for row in compare(summary(_rows([5])), summary([]))}
    assert rows["last_due_date"][3] is None

"""Default month by month: runs, skips of who is ahead, stopped clocks, endings."""

from dataclasses import replace

import numpy as np
import pytest
from engine import arrears
from engine.fields import FieldError
from engine.risk import labels

# p paid, z nothing paid, a nothing paid but ahead, s clock stopped and nothing paid,
# R repaid, X charged off, . no row
AT = "2020-06-30"  # the sixth of twelve months; a horizon of six ends with the last


def months(*rows, first="2020-01"):
    """Return Months of loans written one letter a month."""
    letters = np.array([list(row) for row in rows])
    owed = np.where(np.isin(letters, ["R", "X"]), 0.0, 100.0)
    none = letters == "."
    return labels.Months(
        first=np.datetime64(first, "M"),
        balance=np.where(none, np.nan, owed),
        due=np.where(none, np.nan, 10.0),
        paid=np.where(none, np.nan, np.where(np.isin(letters, ["p", "R"]), 10.0, 0.0)),
        dpd=np.zeros(letters.shape),
        ahead=letters == "a",
        stopped=letters == "s",
        charged_off=letters == "X",
    )


RULE = labels.Default(missed=3, horizon=6)
CASES = [
    ("pppppppppppp", "good", -1),
    ("ppppppzzzppp", "bad", 3),
    ("ppppzzzppppp", "bad", 1),  # a run that began before the date goes on
    ("ppppzzppzzpp", "good", -1),
    ("pppzzzzppppp", "in_default", -1),
    ("pzzzpppppppp", "good", -1),  # in default once, cured before the date
    ("ppppppzpzpzp", "good", -1),
    ("ppppppaaaapp", "good", -1),  # ahead: nothing is missing
    ("ppppppazzzpp", "bad", 4),
    ("ppppppzzszpp", "bad", 4),  # the clock stands still, the run goes on after it
    ("ppppppssssss", "good", -1),
    ("ppppzzssspzz", "good", -1),  # paid after the stop: the run has ended
    ("ppppppppppX.", "bad", 5),
    ("pppppX......", "not_open", -1),
    ("pppR........", "not_open", -1),
    ("pppppppR....", "good", -1),
    ("pppppppp....", "censored", -1),  # stops: nobody knows
    ("ppppppzzz...", "bad", 3),  # known before it stops
    ("......pppppp", "not_open", -1),  # not lent yet
]


@pytest.mark.parametrize(("row", "outcome", "after"), CASES)
def test_what_becomes_of_a_loan(row, outcome, after):
    got = labels.outcomes(months(row), AT, RULE)
    assert (labels.OUTCOMES[got.code[0]], got.after[0]) == (outcome, after)


def test_many_loans_are_as_each_alone():
    got = labels.outcomes(months(*(row for row, _o, _a in CASES)), AT, RULE)
    assert [labels.OUTCOMES[code] for code in got.code] == [o for _r, o, _a in CASES]
    assert got.counts()["bad"] == got.bad.sum() == 6
    assert got.usable.sum() == 14


@pytest.mark.parametrize(
    ("change", "row", "outcome"),
    [
        ({"skips_count": True}, "ppppppaaaapp", "bad"),
        ({"missed": 4}, "ppppppzzzppp", "good"),
        ({"charge_off": False}, "ppppppppppX.", "good"),
        ({"horizon": 2}, "ppppppzzzppp", "good"),
        ({"missed": 0}, "ppppppzzzppp", "good"),
    ],
)
def test_the_definition_is_data(change, row, outcome):
    got = labels.outcomes(months(row), AT, replace(RULE, **change))
    assert labels.OUTCOMES[got.code[0]] == outcome


def test_a_share_of_an_instalment_counts_as_missed():
    some = months("pppppppppppp")
    some = replace(some, paid=np.where(np.arange(12) > 5, 0.9, some.paid))
    for share, outcome in ((0.0, "good"), (0.1, "bad")):
        rule = replace(RULE, missed_share=share)
        got = labels.outcomes(some, AT, rule)
        assert labels.OUTCOMES[got.code[0]] == outcome


def test_days_past_due_alone():
    some = replace(months("pppppppppppp"), dpd=np.array([[0.0] * 8 + [91.0] * 4]))
    rule = replace(RULE, missed=0, dpd=90)
    assert labels.outcomes(some, AT, rule).after[0] == 3
    assert labels.outcomes(some, AT, replace(rule, dpd=91)).code[0] == labels.GOOD
    assert labels.outcomes(some, "2020-03-31", RULE).code[0] == labels.GOOD


@pytest.mark.parametrize(
    ("date", "says"), [("2020-07-31", "after the last month"), ("2019-12-31", "lies")]
)
def test_a_horizon_beyond_the_months_is_refused(date, says):
    with pytest.raises(FieldError, match=says):
        labels.outcomes(months("pppppppppppp"), date, RULE)


def test_a_definition_without_a_rule_is_refused():
    with pytest.raises(FieldError, match="no rule"):
        labels.Default(missed=0, dpd=0, charge_off=False)


def book(resume):
    """Twenty loans; eight stop paying in months 5 to 7, two others now and then."""
    stop = "ppppzzz" + ("ppppp" if resume else "zzzzz")
    return months(*[stop] * 8, "pzzppppppppp", "ppppppppzzpp", *["pppppppppppp"] * 10)


def test_an_extension_of_the_book_is_found():
    some = book(resume=True)
    marked, count, when = labels.with_extensions(some, RULE)
    assert count == 24
    assert [str(month) for month in when] == ["2020-05-01", "2020-06-01", "2020-07-01"]
    assert marked.stopped[:8].sum() == 24 and not marked.stopped[8:].any()
    assert not labels.outcomes(marked, "2020-04-30", RULE).bad.any()
    assert labels.outcomes(some, "2020-04-30", RULE).bad.sum() == 8


def test_who_never_resumes_had_no_extension():
    marked, count, _when = labels.with_extensions(book(resume=False), RULE)
    assert count == 0
    assert labels.outcomes(marked, "2020-04-30", RULE).bad.sum() == 8


def test_the_original_contract_goes_on_counting_days_but_the_clock_does_not():
    some = book(resume=True)
    late = np.zeros(some.dpd.shape)
    late[:8, 6:] = 95.0
    marked, _count, _when = labels.with_extensions(replace(some, dpd=late), RULE)
    rule = labels.Default(missed=0, dpd=90, horizon=5)
    assert not labels.outcomes(marked, "2020-06-30", rule).bad.any()


def test_rows_become_a_table():
    first, tables = labels.grid(
        [0, 1, 1],
        np.array(["2020-03-31", "2020-01-31", "2020-02-29"], "datetime64[D]"),
        {"paid": [1, 2, 3]},
        size=3,
    )
    assert str(first) == "2020-01"
    nan = np.nan
    np.testing.assert_array_equal(
        tables["paid"], [[nan, nan, 1], [2, 3, nan], [nan] * 3]
    )


def test_who_is_ahead_by_the_contract():
    """1,000 without interest in ten instalments of 100, the first due in January."""
    contract = arrears.Contract.of(
        [100000] * 3, [0.0] * 3, [10000] * 3, [10] * 3, ["2020-01-15"] * 3
    )
    balance = [
        [90000, 80000, 70000, 70000],  # on time, then a miss
        [90000, 60000, 60000, 60000],  # two in advance, then two skips: nothing missed
        [100000, 100000, 80000, 60000],  # behind, caught up at last
    ]
    got = labels.ahead_of_contract(contract, np.array(balance), "2020-01")
    assert got.tolist() == [
        [True, True, True, False],
        [True, True, True, True],
        [False, False, False, True],
    ]

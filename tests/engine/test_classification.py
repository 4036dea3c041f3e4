"""Days past due, grades, stages: monotone, never lifted by a relief, N like one."""

import datetime

import numpy as np
import pytest
from engine import classification as cl
from engine.rules import DEFAULT, RuleError
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)
START = datetime.date(2026, 1, 1)
FLAGS = (
    "restructured",
    "impaired",
    "technical",
    "bankrupt",
    "evasion",
    "misused",
    "refinanced",
    "upgrade_met",
    "restructured_again",
)
signs = st.fixed_dictionaries(
    {
        **{flag: st.booleans() for flag in FLAGS},
        "ecl_ratio": st.sampled_from([0.0, 0.3, 0.4999, 0.5, 0.89, 0.9, 1.0]),
        "previous": st.sampled_from(cl.CN_GRADES),
    }
)
days = st.integers(0, 800)


def rank(*args, **more):
    return cl.CN_GRADES.index(str(cl.cn_grade(*args, **more)))


def test_nothing_unpaid_grace_and_pauses():
    days = cl.days_past_due(["NaT", "2026-01-01", "2026-01-01"], "2026-01-31", 0, 5)
    assert days.tolist() == [0, 25, 25]
    assert cl.days_past_due("2026-01-01", "2026-01-04", grace=7) == 0
    assert cl.days_past_due("2026-02-01", "2026-01-04") == 0  # not due yet


def test_buckets_at_their_edges():
    days = [0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 360, 361]
    labels = np.array(cl.BUCKETS)[cl.bucket(days)].tolist()
    edges = ["1-30", "31-60", "61-90", "91-180", "181-360"]
    assert labels == ["current", *np.repeat(edges, 2).tolist(), "360+"]


@pytest.mark.parametrize(
    ("grade", "day", "more"),
    [
        ("normal", 7, {"technical": True}),
        ("special_mention", 8, {"technical": True}),
        ("special_mention", 1, {}),
        ("substandard", 91, {}),
        ("doubtful", 271, {}),
        ("loss", 361, {}),
        ("substandard", 0, {"impaired": True, "ecl_ratio": 0.4999}),
        ("doubtful", 0, {"impaired": True, "ecl_ratio": 0.5}),
        ("normal", 0, {"ecl_ratio": 0.95}),
        ("doubtful", 0, {"evasion": True}),
        ("special_mention", 0, {"misused": True}),
        ("special_mention", 0, {"refinanced": True}),
        ("special_mention", 0, {"restructured": True}),
        (
            "special_mention",
            0,
            {"restructured": True, "previous": "doubtful", "upgrade_met": True},
        ),
        ("doubtful", 0, {"restructured": True, "previous": "doubtful"}),
        ("substandard", 0, {"previous": "substandard"}),
        ("normal", 0, {"previous": "substandard", "upgrade_met": True}),
    ],
)
def test_a_grade_of_the_order(grade, day, more):
    assert cl.cn_grade(day, **more) == grade


def test_thresholds_are_policy_data():
    strict = DEFAULT.changed(
        ("cn.substandard.dpd", 60, "days", "gt", "2027-01-01"),
        ("cn.doubtful.dpd", 180, "days", "ge", "2027-01-01"),
    )
    kept = {"as_of": ["2026-12-31", "2027-01-01"], "book": strict}
    assert cl.cn_grade(61, **kept).tolist() == ["special_mention", "substandard"]
    assert cl.cn_grade(180, **kept).tolist() == ["substandard", "doubtful"]
    with pytest.raises(
        RuleError, match="cn.technical.dpd: no rule is in force on 2020"
    ):
        cl.cn_grade(61, as_of="2020-01-01")


def test_the_overdue_period_method_is_a_switch():
    switched = DEFAULT.changed(("cn.upgrade.by_overdue", 1, "switch", "", "2026-01-01"))
    assert cl.cn_grade(0, previous="doubtful", book=switched) == "normal"
    still = cl.cn_grade(0, True, previous="doubtful", book=switched)
    assert still == "doubtful"  # a relief is no payment


@given(days, days, signs)
@settings(max_examples=60, deadline=None)
def test_more_days_never_make_a_better_grade(one, other, more):
    low, high = sorted((one, other))
    assert rank(low, **more) <= rank(high, **more)


@given(days, days, signs)
@settings(max_examples=60, deadline=None)
def test_a_relief_alone_lifts_nothing_and_ruins_nothing(before, after, more):
    plain = {k: v for k, v in more.items() if k not in ("previous", "upgrade_met")}
    plain |= {"restructured": False, "restructured_again": False}
    then = cl.cn_grade(before, **plain)
    now = rank(0, restructured=True, previous=then)
    assert now >= rank(before, **plain) or rank(before, **plain) == 0
    if not cl.cn_non_performing(then):
        assert cl.CN_GRADES[now] == "special_mention"


@given(st.lists(st.tuples(days, signs), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_batch_is_many_single_loans(loans):
    columns = {k: [more[k] for _, more in loans] for k in loans[0][1]}
    together = cl.cn_grade([day for day, _ in loans], **columns)
    assert together.tolist() == [str(cl.cn_grade(d, **more)) for d, more in loans]
    stages = cl.ifrs_stage([day for day, _ in loans], columns["impaired"])
    alone = [int(cl.ifrs_stage(day, more["impaired"])) for day, more in loans]
    assert stages.tolist() == alone


@given(days, days, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_more_days_never_make_a_better_stage(one, other, ill, forborne, rebutted):
    low, high = sorted((one, other))
    args = (ill, forborne, rebutted)
    assert cl.ifrs_stage(low, *args) <= cl.ifrs_stage(high, *args)
    assert cl.ifrs_stage(low, False, False, rebutted) <= cl.ifrs_stage(low, *args)


def test_stages_that_are_no_matter_of_days():
    assert cl.ifrs_stage(31, rebutted=True) == 1
    assert cl.ifrs_stage(0, sicr=True) == 2
    assert cl.ifrs_stage(0, poci=True) == 2
    assert cl.ifrs_stage(100, default_rebutted=True) == 2
    lax = DEFAULT.changed(("ifrs.forborne_stage2", 0, "switch"))
    assert cl.ifrs_stage(0, forborne=True, book=lax) == 1


def test_what_counts_as_restructured():
    changes = [*cl.CN_CHANGES, "a_kind_nobody_listed", "", "rate_increase"]
    found = cl.cn_restructured(True, changes).tolist()
    assert found == [True] * 10 + [False] * 2
    assert not cl.cn_restructured(False, changes).any()
    assert cl.cn_restructured(True, refinanced=True)
    assert cl.cn_difficulty(cash_short=[True, False]).tolist() == [True, False]


offsets = st.integers(0, 60)


@given(st.lists(st.tuples(offsets, offsets), max_size=4), offsets, offsets)
@settings(max_examples=60, deadline=None)
def test_paused_days_against_a_set_of_days(pauses, due, now):
    starts = [START + a * DAY for a, _ in pauses] or [None]
    ends = [START + b * DAY for _, b in pauses] or [None]
    due_day, as_of = START + due * DAY, START + now * DAY
    paused = {d for a, b in pauses for d in range(a, b + 1) if due < d <= now}
    starts, ends = (np.array([s], "datetime64[D]") for s in (starts, ends))
    found = cl.paused_days(starts, ends, [due_day], as_of)
    assert found.tolist() == [len(paused)]
    if now > due:
        left = cl.days_past_due(due_day, as_of, paused=found)
        assert left[0] == now - due - len(paused)


def test_an_open_pause_runs_until_today():
    found = cl.paused_days([["2026-01-10", "NaT"]], [["NaT"] * 2], "2026-01-05", "NaT")
    assert found.tolist() == [0]
    found = cl.paused_days([["2026-01-10"]], [["NaT"]], ["2026-01-05"], "2026-01-20")
    assert found.tolist() == [11]


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=6),
    st.integers(0, 200),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_money_goes_to_the_oldest_instalment(amounts, paid, blanks):
    dates = [START + 30 * k * DAY for k in range(len(amounts))]
    left, oldest = paid, None
    for date, amount in zip(dates, amounts, strict=True):
        if amount > left and oldest is None:
            oldest = date
        left -= amount
    padded = [*dates, *([None] * blanks)]
    found = cl.oldest_unpaid([padded], [[*amounts, *([9] * blanks)]], [paid])
    assert found.astype(object).tolist() == [oldest]

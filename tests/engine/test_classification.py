"""Days past due, grades, stages: every worked case of those sections."""

import numpy as np
import samples
from engine import classification as cl


def graded(inputs):
    return cl.cn_grade(
        inputs.get("dpd", 0),
        inputs.get("restructured", False),
        inputs.get("impaired", False),
        ecl_ratio=float(inputs.get("ecl", 0)),
        technical=inputs.get("technical", False),
        bankrupt=inputs.get("bankrupt", False),
        previous=inputs.get("pre", "normal"),
        restructured_again=inputs.get("re_restructured_in_obs", False),
    )


def test_the_five_grades():
    seen = 0
    for name, case in samples.cases("classification_cases").items():
        expected = case["expected"]
        if "minimum_grade" in expected:
            assert graded(case["inputs"]) == expected["minimum_grade"], name
            rank = cl.CN_GRADES.index(expected["minimum_grade"])
            assert (rank >= 2) == expected["non_performing"], name
            seen += 1
    assert seen >= 8


def test_restructured_assets():
    seen = 0
    for name, case in samples.cases("classification_cases").items():
        if "is_restructured" not in case["expected"]:
            continue
        inputs = case["inputs"]
        found = cl.cn_restructured(
            inputs["financial_difficulty"],
            inputs.get("contract_change", ""),
            inputs.get("embedded_option", False),
        )
        assert bool(found) == case["expected"]["is_restructured"], name
        seen += 1
    assert seen >= 5


def test_days_past_due():
    for name, case in samples.cases("dpd_cases").items():
        inputs = case["inputs"]
        oldest = inputs.get("oldest_unpaid_due_date", "2026-04-15")
        days = cl.days_past_due(oldest, inputs["as_of"])
        assert days == case["expected"]["dpd"], name
        grade = case["expected"].get("minimum_grade_cn")
        assert grade is None or cl.cn_grade(days) == grade, name


def test_nothing_unpaid_grace_and_pauses():
    days = cl.days_past_due(["NaT", "2026-01-01", "2026-01-01"], "2026-01-31", 0, 5)
    assert days.tolist() == [0, 25, 25]
    assert cl.days_past_due("2026-01-01", "2026-01-04", grace=7) == 0


def test_buckets_at_their_edges():
    days = [0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 360, 361]
    labels = np.array(cl.BUCKETS)[cl.bucket(days)].tolist()
    edges = ["1-30", "31-60", "61-90", "91-180", "181-360"]
    assert labels == ["current", *np.repeat(edges, 2).tolist(), "360+"]


def test_ifrs_stages():
    for name, case in samples.cases("ifrs9_stage_cases").items():
        inputs = case["inputs"]
        stage = cl.ifrs_stage(
            inputs["dpd"],
            inputs["credit_impaired"],
            inputs["forborne_performing"],
            inputs["sicr_30dpd_rebutted"],
        )
        assert stage == case["expected"]["stage"], name


def test_thresholds_are_policy_data():
    strict = (("special_mention", 0), ("substandard", 60))
    assert cl.cn_grade(61, thresholds=strict) == "substandard"
    assert cl.cn_grade(61) == "special_mention"

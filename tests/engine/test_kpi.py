"""Indicators against worked cases and against a second way to compute them."""

import json
import math
import pathlib

import numpy as np
import pytest
from engine import kpi

CASES = pathlib.Path(__file__).parents[3] / "shared/cases/rules_and_entries.json"

M01 = {
    "balance": [80000, 60000, 50000, 40000, 30000, 20000, 70000, 50000],
    "overdue_amount": [0, 0, 1500, 4200, 9000, 20000, 0, 0],
    "dpd": [0, 0, 12, 45, 95, 300, 0, 0],
}


def test_overdue_rates_of_a_known_book():
    rates = kpi.overdue(**M01)
    assert math.isclose(rates.by_balance, 0.35)
    assert math.isclose(rates.by_amount, 0.08675)
    assert math.isclose(rates.by_count, 0.5)
    assert math.isclose(rates.over_30, 0.225)
    assert math.isclose(rates.over_90, 0.125)


def test_non_performing_is_the_last_three_grades():
    grades = ["normal"] * 2 + ["special_mention"] * 2
    grades += ["substandard", "doubtful"] + ["normal"] * 2
    assert math.isclose(kpi.npl_ratio(M01["balance"], grades), 0.125)


def test_more_than_thirty_days_excludes_day_thirty():
    assert kpi.late_share([100, 100], [30, 31], 30) == 0.5


def test_the_shared_cases_when_they_are_here():
    if not CASES.exists():
        pytest.skip("the shared worked cases are not beside the repository")
    cases = {c["id"]: c for c in json.loads(CASES.read_text())["kpi_cases"]}
    loans = cases["M01"]["inputs"]["loans"]
    rates = kpi.overdue(
        [int(loan["outstanding_principal"]) for loan in loans],
        [int(loan["overdue_amount"]) for loan in loans],
        [loan["dpd"] for loan in loans],
    )
    expected = cases["M01"]["expected"]
    assert f"{rates.by_balance:.4%}" == expected["overdue_rate_by_balance_pct"] + "%"
    assert (
        f"{rates.by_amount:.4%}" == expected["overdue_rate_by_overdue_amount_pct"] + "%"
    )
    m03 = {k: float(v) for k, v in cases["M03"]["inputs"].items()}
    rate = kpi.migration_down(
        [m03["opening_normal"], m03["opening_sm"]],
        [m03["normal_reduced"], m03["sm_reduced"]],
        [m03["normal_to_npl"], m03["sm_to_npl"]],
    )
    assert f"{rate:.4%}" == cases["M03"]["expected"]["rate_pct"] + "%"
    m11 = cases["M11"]["inputs"]
    rate = kpi.cure_rate(m11["plans_started"], m11["cured_within_12m"])
    assert f"{rate:.4%}" == cases["M11"]["expected"]["rate_pct"] + "%"


def test_migration_of_two_openings_is_summed():
    rate = kpi.migration_down([5000, 300], [600, 40], [10, 56])
    assert f"{rate:.4%}" == "1.4163%"


def test_collection_leaves_early_money_out():
    assert kpi.collection_rate([2000], [1860]) == 0.93


def test_prepayment_speeds():
    smm, cpr, speed = kpi.prepayment(12308, 1_000_000, 0, month=13)
    assert f"{smm:.4%}" == "1.2308%"
    left = 1.0
    for _month in range(12):
        left -= left * smm
    assert math.isclose(cpr, 1 - left)
    assert f"{speed:.4%}" == "1.0724%"


def test_relief_that_hides_lateness_is_counted():
    assert kpi.reaged([100, 200, 300], [0, 10, 40], [95, 10, 30]) == (1, 100)


def test_nothing_is_not_zero():
    rates = kpi.overdue([], [], [])
    assert math.isnan(rates.by_balance) and math.isnan(rates.by_count)
    assert math.isnan(kpi.cure_rate(0, 0))
    assert kpi.span_stats([])[0] == 0


def test_spans_skip_what_has_not_happened():
    start = np.array(["2026-01-01T00:00", "2026-01-01T00:00", "NaT"], "datetime64[s]")
    end = np.array(["2026-01-02T12:00", "NaT", "2026-01-02T00:00"], "datetime64[s]")
    days = kpi.spans(start, end)
    assert days[0] == 1.5
    assert np.isnan(days[1:]).all()
    assert kpi.span_stats(days)[:3] == (1, 1.5, 1.5)


def test_the_length_that_differs_is_named():
    with pytest.raises(ValueError, match="dpd: 1 values for 2 of balance"):
        kpi.overdue([1, 2], [0, 0], [0])

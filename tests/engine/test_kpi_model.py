"""Indicators of models and customers, each against a count by hand."""

import math

import numpy as np
import pytest
from engine import kpi, kpi_model
from hypothesis import given, settings
from hypothesis import strategies as st

people = st.lists(
    st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30
).filter(lambda rows: len({bad for _, bad in rows}) == 2)


@given(people)
@settings(max_examples=60, deadline=None)
def test_separation_against_all_pairs(rows):
    bads = [pd for pd, bad in rows if bad]
    goods = [pd for pd, bad in rows if not bad]
    wins = sum((b > g) + (b == g) / 2 for b in bads for g in goods)
    pd, bad = zip(*rows, strict=True)
    assert math.isclose(kpi_model.auc(pd, bad), wins / len(bads) / len(goods))
    gaps = [
        abs(sum(b <= x for b in bads) / len(bads) - sum(g <= x for g in goods) / n)
        for x in range(7)
        for n in [len(goods)]
    ]
    assert math.isclose(kpi_model.ks(pd, bad), max(gaps), abs_tol=1e-12)
    assert math.isclose(kpi_model.gini(pd, bad), 2 * kpi_model.auc(pd, bad) - 1)


def test_separation_needs_both_kinds():
    assert math.isnan(kpi_model.auc([0.1, 0.2], [False, False]))


def test_stability_and_its_bands():
    assert kpi_model.psi([10, 20, 70], [1, 2, 7]) == pytest.approx(0)
    assert math.isfinite(kpi_model.psi([0.5, 0.5, 0], [0.4, 0.4, 0.2]))
    bands = [kpi_model.psi_band(v) for v in (0.0999, 0.1, 0.25, 0.2501)]
    assert bands == ["stable", "watch", "watch", "act"]
    with pytest.raises(ValueError, match="actual: 2 bins for 3"):
        kpi_model.psi([1, 1, 1], [1, 1])


def test_calibration_by_grade():
    found = kpi_model.calibration([0.1, 0.3, 0.5], [0, 1, 1], ["A", "A", "B"])
    assert found["A"] == (2, 0.2, 0.5) and found["B"] == (1, 0.5, 1.0)


def test_overrides_by_direction():
    total, high, low = kpi_model.overrides(400, 12, 20, model_declines=100)
    assert (total, high, low) == (0.08, 0.04, 0.2)
    assert math.isnan(kpi_model.overrides(400, 12, 20)[1])


def test_the_fairness_screen():
    assert kpi_model.adverse_impact(0.4, 0.5) == (0.8, True)
    assert not kpi_model.adverse_impact(0.39, 0.5)[1]


def test_flows_and_losses():
    assert kpi.roll_rate([25, 1], [100, 0])[0] == 0.25
    assert kpi.npl_recovery(30, 200, 100) == 0.1
    assert kpi.net_loss_rate(50, 10, 900, 1100) == 0.04
    assert kpi.redefault_rate(124, 31) == 0.25
    alone = kpi.lgd(100_000, [30_000, 31_500], [1000, 0], [0, 12], 0.05)
    assert alone == pytest.approx(1 - (29_000 + 30_000) / 100_000)
    assert kpi.vintage([100, 100], [0, 40]) == 0.2
    assert kpi.vintage([100, 100], [30, 40], mob=[12, 13], window=12) == 0.15


def test_customers():
    assert kpi.satisfaction({"csat": [5, 4, 3, 1], "nps": [10, 9, 8, 6]}) == (0.5, 25)
    assert kpi.per_ten_thousand(18, 36000) == 5
    assert kpi.handled_rate(50, 45, 40) == (0.9, 0.8)
    assert kpi.response_rate(1, 4) == kpi.market_share(25, 100) == 0.25
    assert kpi.growth(110, 100) == pytest.approx(0.1)
    assert math.isnan(kpi.growth(1, 0)) and math.isnan(kpi.nps(0, 0, 0))
    assert np.isnan(kpi.csat(0, 0))

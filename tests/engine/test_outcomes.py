"""Outcome figures against simulation and counts by hand."""

import numpy as np
import pytest
from engine import kpi_model
from engine.risk import outcomes


def test_error_of_the_auc_against_simulation():
    draw = np.random.default_rng(1)
    areas = []
    for _ in range(300):
        bad = np.r_[np.ones(60, bool), np.zeros(400, bool)]
        areas.append(outcomes.separation(draw.normal(bad * 1.0, 1), bad))
    spread = np.std([item.auc for item in areas])
    assert areas[0].error == pytest.approx(spread, rel=0.25)
    assert areas[0].defaults == 60 and areas[0].loans == 460


def test_separation_needs_both_kinds():
    found = outcomes.separation([0.1, 0.2], [False, False])
    assert np.isnan(found.auc) and found.defaults == 0


@pytest.mark.parametrize(
    ("auc", "error", "defaults", "status"),
    [
        (0.71, 0.02, 20, "ok"),
        (0.67, 0.02, 20, "ok"),  # chance explains it
        (0.65, 0.02, 20, "watch"),
        (0.57, 0.02, 20, "watch"),
        (0.55, 0.02, 20, "act"),
        (0.55, 0.02, 19, "few"),
        (float("nan"), float("nan"), 0, "few"),
    ],
)
def test_an_auc_is_judged_beyond_chance(auc, error, defaults, status):
    found = outcomes.Separation(auc, error, 0.2, 400, defaults)
    assert found.status(watch=0.70, act=0.60, fewest=20) == status


@pytest.mark.parametrize(
    ("defaults", "loans", "pd", "status"),
    [
        (5, 100, 0.05, "ok"),
        (15, 100, 0.05, "act"),
        (0, 100, 0.10, "watch"),
        (1, 10, 0.02, "ok"),
        (0, 10, 0.001, "ok"),
        (10, 10, 0.999, "ok"),
    ],
)
def test_calibration_of_a_grade(defaults, loans, pd, status):
    bad = np.arange(loans) < defaults
    found = outcomes.calibration(np.full(loans, pd), bad, np.full(loans, 7))[7]
    assert (found.status(), found.defaults) == (status, defaults)
    assert found.low <= found.observed <= found.high


def test_interval_covers_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        bad = draw.random(200) < 0.07
        found = outcomes.calibration(np.full(200, 0.07), bad, np.zeros(200))[0.0]
        hits += found.status() == "ok"
    assert 0.92 <= hits / 400 <= 0.98


def test_impact_on_a_group():
    member = np.r_[np.ones(100, bool), np.zeros(300, bool)]
    favoured = np.r_[np.arange(100) < 40, np.arange(300) < 180]
    found = outcomes.impact_of_share(member, favoured)
    assert found.ratio == pytest.approx(0.4 / 0.6) and found.chance < 0.001
    same = outcomes.impact_of_share(member, np.tile([True, False], 200))
    assert same.ratio == pytest.approx(1) and same.chance == pytest.approx(1)
    assert np.isnan(outcomes.impact_of_share(np.ones(5, bool), np.ones(5, bool)).ratio)


def test_impact_of_a_size_against_welch():
    from scipy.stats import ttest_ind

    draw = np.random.default_rng(4)
    member = np.r_[np.ones(200, bool), np.zeros(500, bool)]
    amount = draw.gamma(2, np.where(member, 80.0, 100.0))
    found = outcomes.impact_of_size(member, amount)
    second = ttest_ind(amount[member], amount[~member], equal_var=False).pvalue
    assert found.chance == pytest.approx(second, abs=0.01)
    assert found.ratio == pytest.approx(amount[:200].mean() / amount[200:].mean())
    assert not kpi_model.adverse_impact(found.group, found.others)[1] or (
        found.ratio >= 0.8
    )

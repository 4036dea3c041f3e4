"""Stability against simulated books: what is noise, what is a shift."""

import doctest

import numpy as np
import pytest
from engine import kpi_model
from engine.risk import drift

TOLERATED, SURE = (0.02, 0.10), (0.99, 0.999)


def test_the_examples_of_the_page():
    assert doctest.testmod(drift).failed == 0


def _judge(reference, current):
    cuts = drift.edges(reference)
    value, limits = drift.stability(
        drift.counts(reference, cuts), drift.counts(current, cuts), TOLERATED, SURE
    )
    return limits.status(value)


@pytest.mark.parametrize("size", [200, 2000, 50_000])
def test_no_change_raises_no_alarm_at_any_size(size):
    draw = np.random.default_rng(size)
    found = [_judge(draw.normal(size=size), draw.normal(size=size)) for _ in range(60)]
    assert found.count("ok") >= 58


def test_the_usual_limit_cries_wolf_on_few_rows():
    draw = np.random.default_rng(3)
    usual = []
    for _ in range(60):
        first, second = draw.normal(size=150), draw.normal(size=150)
        cuts = drift.edges(first)
        usual.append(
            drift.index(drift.counts(first, cuts), drift.counts(second, cuts)) >= 0.10
        )
    assert sum(usual) > 10


def test_a_shift_of_a_large_book_is_seen_below_the_usual_limit():
    draw = np.random.default_rng(5)
    first, second = draw.normal(size=100_000), draw.normal(0.25, 1, size=100_000)
    cuts = drift.edges(first)
    value = drift.index(drift.counts(first, cuts), drift.counts(second, cuts))
    assert value < 0.10
    assert _judge(first, second) == "watch"
    assert _judge(first, draw.normal(0.6, 1, size=100_000)) == "act"


def test_index_equals_the_plain_formula_on_full_bins():
    first, second = [100, 200, 400, 200, 100], [80, 170, 380, 240, 130]
    assert drift.index(first, second) == pytest.approx(
        kpi_model.psi(first, second), rel=0.02
    )
    assert drift.index(first, first) == pytest.approx(0)
    assert np.isnan(drift.index([0, 0], [1, 2]))
    with pytest.raises(ValueError, match="actual: 2 bins for 3"):
        drift.index([1, 1, 1], [1, 1])


@pytest.mark.parametrize(
    ("values", "current", "expected"),
    [
        ([0] * 90 + [5, 10, 20, 30, 40, 50, 60, 70, 80, 90], [0, 0, 5, 95], [2, 2]),
        ([1.0] * 5, [1, 2, 0], [3]),
        ([], [1, np.nan], [1, 1]),
    ],
)
def test_bins_of_crowded_values(values, current, expected):
    cuts = drift.edges(np.array(values, float))
    found = drift.counts(np.array(current, float), cuts)
    assert found.sum() == len(current)
    assert [n for n in found.tolist() if n] == expected


def test_unknown_values_are_a_bin():
    cuts = drift.edges(np.arange(100.0))
    before = drift.counts(np.arange(100.0), cuts)
    after = drift.counts(np.full(100, np.nan), cuts)
    assert after[-1] == 100 and before[-1] == 0
    assert drift.Limits(0.1, 0.2).status(drift.index(before, after)) == "act"


def test_a_value_that_is_not_known_is_no_alarm():
    assert drift.Limits(0.1, 0.2).status(float("nan")) == "few"

"""Points, odds and reasons, worked by hand; features with and without data."""

import doctest
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "carloan_relief"))
from engine.risk import scorecard  # noqa: E402

INF, NAN = np.inf, np.nan
ROWS = [
    ("dpd", -INF, 1, 20, "on time"),
    ("dpd", 1, 31, -40, "late"),
    ("dpd", 31, INF, -100, "very late"),
    ("ltv", -INF, 1, 10, "covered"),
    ("ltv", 1, INF, -20, "owes more than the car"),
    ("ltv", NAN, NAN, -5, "value unknown"),
]

CARD = scorecard.Card.of(ROWS, base_odds=30.0, offset=600.0)


def test_the_example_in_the_module_holds():
    assert doctest.testmod(scorecard).failed == 0


@pytest.mark.parametrize(
    ("dpd", "ltv", "points"),
    [
        (0, 0.5, 630),
        (0.999, 0.999, 630),
        (1, 1.0, 540),  # both on the boundary: the upper bin
        (31, NAN, 495),
        (NAN, NAN, 555),  # no bin for an unknown dpd: the average of its bins
    ],
)
def test_points_add_up(dpd, ltv, points):
    got = scorecard.score({"dpd": [dpd], "ltv": [ltv]}, CARD)
    assert got.points[0] == points


def test_points_mean_odds():
    pds = scorecard.pd_of([600, 640, 560], CARD)
    assert pds.tolist() == pytest.approx([1 / 31, 1 / 61, 1 / 16])
    extreme = scorecard.pd_of([-1e9, 1e9], CARD)
    assert np.isfinite(extreme).all() and extreme[0] > extreme[1]


def test_reasons_are_the_points_lost_worst_first():
    got = scorecard.score({"dpd": [31, 0, 5], "ltv": [1.2, 0.2, NAN]}, CARD)
    assert [got.reasons_of(at) for at in range(3)] == [
        [("very late", 120.0), ("owes more than the car", 30.0)],
        [],
        [("late", 60.0), ("value unknown", 15.0)],
    ]


def test_reasons_against_the_average_loan():
    """Another reference, other reasons: what most loans share is none."""
    loans = {"dpd": [31, 31, 31, 0], "ltv": [0.5, 0.5, 0.5, 1.2]}
    averages = scorecard.averages(loans, CARD)
    assert averages == {"dpd": -70.0, "ltv": 2.5}
    card = scorecard.Card.of(ROWS, offset=600.0, reference="mean", averages=averages)
    got = card.predict(loans)
    assert got.reasons_of(0) == [("very late", 30.0)]
    assert got.reasons_of(3) == [("owes more than the car", 22.5)]
    assert CARD.predict(loans).reasons_of(0) == [("very late", 120.0)]


def test_averages_from_the_shares_of_the_bins():
    loans = {"dpd": [31, 31, 31, 0], "ltv": [0.5, NAN, 0.5, 1.2]}
    share = scorecard.shares(loans, CARD)
    assert share.tolist() == [0.25, 0, 0.75, 0.5, 0.25, 0.25]
    got = scorecard.averages_of(CARD.bins, share)
    assert got == pytest.approx(scorecard.averages(loans, CARD))
    # other points, same shares: still right, without looking at a loan
    assert scorecard.averages_of(CARD.bins, [0] * 6)["dpd"] == pytest.approx(-40)


def test_a_value_that_no_bin_foresees_is_named():
    gap = scorecard.Card.of([("dpd", 0, 10, 5, "low"), ("dpd", 10, 20, -5, "high")])
    got = gap.predict({"dpd": [5, 25, NAN]})
    assert got.points.tolist() == [5, 0, 0]
    assert got.reasons_of(1) == got.reasons_of(2) == [("dpd_missing", 5.0)]


def test_one_loan_and_many_get_the_same_score():
    rng = np.random.default_rng(3)
    many = {"dpd": rng.integers(0, 90, 200), "ltv": rng.uniform(0.2, 1.8, 200)}
    together = scorecard.score(many, CARD)
    for i in range(0, 200, 17):
        alone = scorecard.score({k: v[i : i + 1] for k, v in many.items()}, CARD)
        assert alone.points[0] == together.points[i]
        assert alone.reasons_of(0) == together.reasons_of(i)


def test_an_empty_portfolio_is_no_error():
    assert len(scorecard.score({"dpd": []}, CARD)) == 0


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("dpd", 5, 5, 0, "")], "is not below"),
        ([("dpd", 0, 10, 0, ""), ("dpd", 5, 20, 0, "")], "overlap"),
        ([("dpd", NAN, NAN, 0, ""), ("dpd", NAN, NAN, 1, "")], "two bins"),
    ],
)
def test_a_card_that_is_ambiguous_is_refused(rows, says):
    with pytest.raises(ValueError, match=says):
        scorecard.Card.of(rows)


@pytest.mark.parametrize(("reference", "says"), [("best", "best"), ("mean", "average")])
def test_a_reference_that_cannot_be_measured_is_refused(reference, says):
    with pytest.raises(ValueError, match=says):
        scorecard.Card.of(ROWS, reference=reference)

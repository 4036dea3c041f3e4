"""Separation, calibration and their noise, against libraries and known truths."""

import numpy as np
import pytest
from engine import kpi_model
from engine.risk import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

RNG = np.random.default_rng(11)
SIZE = 4000
SCORE = RNG.normal(-2.5, 1.2, SIZE)
PD = metrics.sigmoid(SCORE)
BAD = RNG.random(SIZE) < PD


def test_figures_against_a_library():
    got = metrics.quality(PD, BAD, draws=50)
    assert got.auc.value == pytest.approx(roc_auc_score(BAD, PD))
    assert got.brier.value == pytest.approx(brier_score_loss(BAD, PD))
    assert got.brier.value < got.brier_constant
    assert got.auc.low < got.auc.value < got.auc.high
    assert got.observed == BAD.mean() and got.predicted == pytest.approx(PD.mean())


def test_slope_against_a_library():
    model = LogisticRegression(C=1e9, tol=1e-10).fit(SCORE[:, None], BAD)
    slope, intercept = metrics.slope_and_intercept(SCORE, BAD)
    assert slope == pytest.approx(model.coef_[0, 0], abs=1e-4)
    assert intercept == pytest.approx(model.intercept_[0], abs=1e-4)
    # predictions that are too extreme show it
    assert metrics.slope_and_intercept(2 * SCORE, BAD)[0] == pytest.approx(slope / 2)


@pytest.mark.parametrize("bad", [np.zeros(9, bool), np.ones(9, bool)])
def test_one_outcome_alone_has_no_slope(bad):
    assert np.isnan(metrics.slope_and_intercept(np.arange(9), bad)[0])
    got = metrics.quality(np.linspace(0.1, 0.2, 9), bad, draws=5)
    assert np.isnan(got.auc.value)


def test_a_bootstrap_with_weights_is_a_bootstrap_with_rows():
    pd, bad = np.round(PD[:300], 2), BAD[:300]  # rounded: with ties
    drawn = metrics._draw(pd, bad, None, 20, seed=5)
    rng = np.random.default_rng(5)
    weights = rng.multinomial(300, np.full(300, 1 / 300), size=20)
    order = np.argsort(pd, kind="stable")
    for at, weight in enumerate(weights):
        rows = np.repeat(order, weight)
        assert drawn["auc"][at] == pytest.approx(kpi_model.auc(pd[rows], bad[rows]))
        assert drawn["ks"][at] == pytest.approx(kpi_model.ks(pd[rows], bad[rows]))
        assert drawn["brier"][at] == pytest.approx(metrics.brier(pd[rows], bad[rows]))


def test_rows_of_one_borrower_are_drawn_together():
    """The same rows four times over know no more: the interval must not shrink."""
    pd, bad, who = np.tile(PD[:600], 4), np.tile(BAD[:600], 4), np.tile(range(600), 4)

    def width(interval):
        return interval.high - interval.low

    alone = width(metrics.bootstrap(PD[:600], BAD[:600])["auc"])
    together = width(metrics.bootstrap(pd, bad, who)["auc"])
    naive = width(metrics.bootstrap(pd, bad)["auc"])
    assert together == pytest.approx(alone, rel=0.15)
    assert naive < 0.65 * alone


def test_a_better_score_is_told_from_a_worse_one():
    noisy = SCORE + RNG.normal(0, 1.5, SIZE)
    gap = metrics.compare(SCORE, noisy, BAD)
    assert gap.low > 0 and gap.value == pytest.approx(
        roc_auc_score(BAD, SCORE) - roc_auc_score(BAD, noisy)
    )
    same = metrics.compare(SCORE, SCORE, BAD)
    assert (same.low, same.value, same.high) == (0, 0, 0)


def test_deciles_hold_equal_parts_in_order_of_risk():
    rows = metrics.deciles(PD, BAD)
    assert [row["loans"] for row in rows] == [400] * 10
    predicted = [row["predicted"] for row in rows]
    assert predicted == sorted(predicted)
    assert sum(row["defaults"] for row in rows) == BAD.sum()
    assert all(row["low"] <= row["observed"] <= row["high"] for row in rows)


def test_stability_grows_with_the_shift():
    values = RNG.normal(0, 1, 5000)
    assert metrics.stability(values, RNG.normal(0, 1, 5000)) < 0.02
    assert metrics.stability(values, RNG.normal(1, 1, 5000)) > 0.5


def test_probabilities_at_the_ends_are_finite():
    assert np.isfinite(metrics.logit([0.0, 1.0])).all()
    np.testing.assert_allclose(metrics.sigmoid([-1e4, 0, 1e4]), [0, 0.5, 1])

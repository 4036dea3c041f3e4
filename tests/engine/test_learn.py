"""Candidates on a book whose truth is known: they find it, the same way each time."""

from dataclasses import replace

import numpy as np
import pytest
from engine.fields import FieldError
from engine.risk import artifact, metrics
from engine.risk.learn import boosting, cleaning, scale, training, woe
from engine.risk.learn.sample import Needs, Sample, check, folds

NEEDS = Needs(fewest=20)
DIRECTIONS = {"misses": 1, "score": -1, "rate": 1, "noise": 0}


def book(size, seed, shift=0.0):
    """A book: misses and a low score make risk, a bend at 600; some values are odd."""
    rng = np.random.default_rng(seed)
    misses = rng.poisson(0.5, size).astype(float)
    score = rng.normal(680, 60, size).round()
    rate = rng.uniform(0.02, 0.2, size)
    truth = -3.2 + shift + 0.9 * misses + 0.02 * np.maximum(600 - score, 0) + 6 * rate
    bad = rng.random(size) < metrics.sigmoid(truth)
    score = np.where(rng.random(size) < 0.05, np.nan, score)
    score = np.where(rng.random(size) < 0.02, 9999, score)
    features = {
        "misses": misses,
        "score": score,
        "rate": rate,
        "rate_too": rate * 100,
        "noise": rng.normal(0, 1, size),
        "same": np.ones(size),
        "unknown": np.full(size, np.nan),
    }
    who = np.arange(size) // 2
    return Sample(features, bad, who, np.full(size, "2020-06-30", "datetime64[D]"))


@pytest.fixture(scope="module")
def trained():
    return training.train(book(2400, 1), book(2000, 2), DIRECTIONS, needs=NEEDS, seed=4)


def best_possible(rows):
    score = np.where(rows.features["score"] > 2000, np.nan, rows.features["score"])
    score = np.where(np.isnan(score), 680, score)
    return (
        0.9 * rows.features["misses"]
        + 0.02 * np.maximum(600 - score, 0)
        + (6 * rows.features["rate"])
    )


def test_every_candidate_comes_near_the_truth(trained):
    test = trained.test
    limit = metrics.quality(best_possible(test), test.bad, draws=2).auc.value
    for candidate in trained.candidates.values():
        assert candidate.later.auc.value > limit - 0.03
        assert 0.75 < candidate.later.slope < 1.3
        assert abs(candidate.later.predicted - candidate.later.observed) < 0.02


def test_what_says_nothing_is_dropped_by_name(trained):
    assert trained.dropped["same"] == "constant"
    assert trained.dropped["unknown"] == "unknown"
    twins = {"rate", "rate_too"} & set(trained.dropped)
    assert len(twins) == 1


def test_codes_are_unknown_and_absurd_values_stand_at_the_bound(trained):
    cleaner = trained.candidates["logistic"].predictor.cleaner
    at = cleaner.features.index("score")
    assert cleaner.codes[at] == (9999.0,)
    table, counts = cleaner.apply({"score": [9999, 700, 1e300, -np.inf]})
    assert np.isnan(table[[0, 3], at]).all() and table[1, at] == 700
    assert table[2, at] == cleaner.high[at]
    assert counts["score"] == (1, 1)
    assert trained.clipped["score"][1] > 20


@pytest.mark.parametrize("kind", training.KINDS)
def test_known_directions_hold(trained, kind):
    predictor = trained.candidates[kind].predictor
    base = {name: values[:50] for name, values in trained.test.features.items()}
    for name, grid in (("misses", range(7)), ("score", range(850, 450, -50))):
        before = np.zeros(50)
        for value in grid:
            pd = predictor.predict({**base, name: np.full(50, float(value))}).pd
            assert (pd >= before - (1e-9 if kind != "logistic" else 0.02)).all()
            before = pd


@pytest.mark.parametrize("kind", training.KINDS)
def test_reasons_name_what_is_adverse(trained, kind):
    predictor = trained.candidates[kind].predictor
    usual = {"misses": [0.0], "score": [700.0], "rate": [0.05], "rate_too": [5.0]}
    usual["noise"] = [0.0]
    got = predictor.predict({**usual, "misses": [4.0]})
    name, weight = got.reasons_of(0)[0]
    assert name == "misses" and weight > 20
    assert "misses" not in dict(predictor.predict(usual).reasons_of(0))


@pytest.mark.parametrize("kind", training.KINDS)
def test_one_and_many_score_the_same(trained, kind):
    predictor = trained.candidates[kind].predictor
    many = predictor.predict(trained.test.features)
    for at in (0, 7, 99):
        one = {n: v[at : at + 1] for n, v in trained.test.features.items()}
        alone = predictor.predict(one)
        assert alone.pd[0] == pytest.approx(many.pd[at], abs=1e-12)
        assert alone.reasons_of(0) == pytest.approx(many.reasons_of(at))
        assert alone.points[0] == pytest.approx(
            scale.points(metrics.logit(alone.pd))[0], abs=1e-6
        )


def test_contributions_add_up_to_the_points(trained):
    predictor = trained.candidates["logistic"].predictor
    got = predictor.predict(trained.test.features)
    parts = predictor.parts(trained.test.features).sum(axis=1)
    score = parts + predictor.intercept * predictor.slope + predictor.shift
    np.testing.assert_allclose(metrics.sigmoid(score), got.pd)


def test_the_steps_of_the_trees_are_the_trees(trained):
    predictor = trained.candidates["boosting"].predictor
    table, _counts = predictor.cleaner.apply(trained.test.features)
    score = predictor.base + boosting.look_up(predictor.steps, table).sum(axis=1)
    np.testing.assert_allclose(
        score, predictor.model.decision_function(table), atol=1e-9
    )


def test_the_same_seed_gives_the_same_model():
    rows, names = book(1200, 3), ("misses", "score", "rate")
    cleaner = cleaning.learn(rows.features, names)
    first, second = (
        boosting.fit(rows, cleaner, DIRECTIONS, seed=4, tuned=40).predict(rows.features)
        for _turn in range(2)
    )
    np.testing.assert_array_equal(first.pd, second.pd)
    np.testing.assert_array_equal(first.reason_codes, second.reason_codes)


def test_more_of_the_same_borrower_does_not_leak():
    who, bad = np.repeat(np.arange(100), 3), np.zeros(300, bool)
    bad[:30] = True
    fold = folds(who, bad)
    for person in range(100):
        assert len(set(fold[who == person])) == 1
    assert set(np.bincount(fold[:30:3])) == {2}


def test_a_slope_that_is_off_is_put_right(trained):
    for kind in training.KINDS:
        predictor = trained.candidates[kind].predictor
        before = predictor.predict(trained.test.features)
        after = training.calibrated(predictor, 0.5, -1.0).predict(trained.test.features)
        np.testing.assert_allclose(
            metrics.logit(after.pd), 0.5 * metrics.logit(before.pd) - 1.0, atol=1e-6
        )
        # half the slope, half the points of every reason
        np.testing.assert_allclose(
            after.reason_weights, before.reason_weights / 2, rtol=1e-4, atol=1e-4
        )


def test_baselines_are_beaten_and_said_by_how_much(trained):
    assert not trained.baselines  # this book has neither bureau score nor dpd
    rows, later = book(1500, 5), book(1500, 6)
    for one in (rows, later):
        one.features["dpd"] = one.features["noise"]
    got = training.train(rows, later, kinds=("woe",), needs=NEEDS)
    quality, gain = got.baselines["dpd"]
    assert gain["woe"].low > 0
    assert quality.auc.value < got.candidates["woe"].later.auc.value


def test_effects_go_the_way_of_the_truth(trained):
    drawn = training.effects(trained.candidates["woe"].predictor, trained.train)
    misses = next(row for row in drawn if row["feature"] == "misses")
    assert misses["pd"] == sorted(misses["pd"]) and misses["spread"] > 1
    assert drawn[0]["spread"] >= drawn[-1]["spread"]


def test_too_few_defaults_are_refused_with_the_number_needed():
    rows = book(400, 7, shift=-3)
    with pytest.raises(FieldError, match=f"^defaults: {rows.defaulted} .* least 50"):
        check(rows)
    none = replace(rows, bad=np.zeros(400, bool))
    with pytest.raises(FieldError, match="0 borrowers"):
        training.train(none)


def test_a_candidate_nobody_knows_is_refused():
    with pytest.raises(FieldError, match="forest"):
        training.train(book(400, 7), needs=NEEDS, kinds=("forest",))


def test_nothing_but_constants_is_refused():
    with pytest.raises(FieldError, match="every feature"):
        cleaning.learn({"a": np.ones(9), "b": np.full(9, np.nan)}, ["a", "b"])


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 4, 5] * 20, ()),
        ([1, 2, 3, 4, 5] * 20 + [999] * 6, (999.0,)),
        ([1, 2, 3, 4, 5] * 20 + [999] * 4, ()),  # too few: perhaps a typing error
        ([1, 2, 3, 4, 5] * 20 + [999] * 6 + [-99] * 6, (999.0, -99.0)),
        ([0] * 99 + [90] * 6, ()),  # rare, and real
    ],
)
def test_codes_stand_far_apart_and_are_many(values, codes):
    assert cleaning.special_codes(np.array(values, float)) == codes


def test_bins_of_a_card_go_one_way():
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 10, 4000)
    bad = rng.random(4000) < 0.02 + 0.01 * values + 0.03 * np.sin(values * 3)
    edges = woe.cuts(values, bad, 1)
    place = np.searchsorted(edges, values, side="right")
    rates = [bad[place == at].mean() for at in range(edges.size + 1)]
    assert len(rates) >= 3 and rates == sorted(rates)


@pytest.mark.parametrize(
    ("dates", "early", "late"),
    [
        (["2018-03", "2018-06", "2019-06", "2019-12"], 2, 2),
        (["2017-12", "2018-06", "2018-12", "2019-06", "2019-12"], 2, 2),
        (["2018-06", "2018-12", "2019-06"], 1, 1),
        (["2018-06", "2018-12"], 2, 0),
        (["2018-06"], 1, 0),
    ],
)
def test_no_outcome_is_in_training_and_test(dates, early, late):
    ends = np.array(dates, "datetime64[M]") + 1
    first, second = training.split(ends.astype("datetime64[D]") - 1, 12)
    assert (first.size, second.size) == (early, late)


# ------------------------------------------------------------------ artifacts

KEY = b"k" * 32


@pytest.fixture(scope="module", params=training.KINDS)
def packed(request, trained):
    predictor = trained.candidates[request.param].predictor
    data = artifact.pack(predictor, KEY, trained.test.features, name="M")
    return predictor, data, trained.test.features


def test_a_model_comes_back_as_it_was(packed):
    predictor, data, rows = packed
    again, header = artifact.unpack(data, KEY)
    assert header["name"] == "M" and header["features"] == predictor.features
    assert header["form"] == ("json" if predictor.kind == "woe" else "joblib")
    first, second = predictor.predict(rows), again.predict(rows)
    np.testing.assert_array_equal(first.pd, second.pd)
    np.testing.assert_array_equal(first.reason_weights, second.reason_weights)


@pytest.mark.parametrize("place", [3, 20, 60, 200, -1])
def test_an_altered_byte_is_refused_before_anything_is_opened(
    packed, place, monkeypatch
):
    _predictor, data, _rows = packed
    monkeypatch.setattr(artifact, "_load", lambda *args: pytest.fail("opened"))
    changed = bytearray(data)
    changed[place] ^= 1
    with pytest.raises(artifact.ArtifactError) as error:
        artifact.unpack(bytes(changed), KEY)
    assert error.value.reason in ("signature", "format")


def test_a_foreign_key_is_refused_before_anything_is_opened(packed, monkeypatch):
    monkeypatch.setattr(artifact, "_load", lambda *args: pytest.fail("opened"))
    with pytest.raises(artifact.ArtifactError, match="signature"):
        artifact.unpack(packed[1], b"x" * 32)


@pytest.mark.parametrize("data", [b"", b"\x80\x04.", artifact.MAGIC, None])
def test_bytes_that_are_no_model_are_refused(data):
    with pytest.raises(artifact.ArtifactError, match="format"):
        artifact.unpack(data, KEY)


def test_another_version_is_refused(packed, monkeypatch):
    predictor, data, _rows = packed
    monkeypatch.setattr(artifact, "versions", lambda: {"sklearn": "0.1", "numpy": "2"})
    if predictor.kind == "woe":  # plain JSON depends on no library
        assert artifact.unpack(data, KEY)[1]["versions"] == {}
        return
    with pytest.raises(artifact.ArtifactError, match="version"):
        artifact.unpack(data, KEY)


def test_a_model_that_answers_differently_is_refused(packed, monkeypatch):
    predictor, data, _rows = packed
    other = training.calibrated(predictor, 1.1, 0.0)
    monkeypatch.setattr(artifact, "_load", lambda *args: other)
    with pytest.raises(artifact.ArtifactError, match="answer"):
        artifact.unpack(data, KEY)

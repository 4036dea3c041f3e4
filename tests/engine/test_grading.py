"""Grades: bands, hysteresis, caps and overrides, as tables and against plain rules."""

import numpy as np
import pytest
from engine.risk import grading
from engine.risk.grading import Bands, Before, Caps, Hysteresis

BANDS = Bands.of([0.0, 0.02, 0.05, 0.12, 0.3], [0.02, 0.05, 0.12, 0.3, 1.0])
A, B, C, D, E = range(5)


def one(pd, before=-1, streak=0, counts=True, override=-1, caps=(), **policy):
    """Grade one loan; caps as (hit, grade, hard) rows."""
    rows = np.array(caps, dtype=int).reshape(-1, 3)
    found = grading.grade(
        [pd],
        BANDS,
        Before(np.array([before]), np.array([streak]), np.array([counts])),
        Caps(rows[:, 0].astype(bool)[None], rows[:, 1], rows[:, 2].astype(bool)),
        np.array([override]),
        Hysteresis(**policy),
    )
    return {name: values[0] for name, values in found._asdict().items()}


@pytest.mark.parametrize(
    ("pd", "expected"),
    [(0, A), (0.019999, A), (0.02, B), (0.05, C), (0.12, D), (0.3, E), (1, E)],
)
def test_a_band_includes_its_lower_end(pd, expected):
    assert one(pd)["raw"] == one(pd)["grade"] == expected


@pytest.mark.parametrize("pd", [np.nan, -0.1, 1.1])
def test_what_no_band_holds_is_said(pd):
    with pytest.raises(ValueError, match=f"{pd:.6f}"):
        one(pd)


def test_a_gap_between_bands_is_said():
    gap = Bands.of([0.0, 0.2], [0.1, 1.0])
    assert gap.grade_of([0.05, 0.15, 0.2]).tolist() == [0, -1, 1]
    assert Bands.of([], []).grade_of([0.1]).tolist() == [-1]


@pytest.mark.parametrize(
    ("pd", "before", "streak", "policy", "held", "left"),
    [
        # never assessed: the band as it is, whatever the policy
        (0.049, -1, 0, {"margin_up": 0.5, "confirmations": 3}, B, 0),
        # falls: at once, or only beyond the margin
        (0.0501, B, 0, {}, C, 0),
        (0.0501, B, 0, {"margin_down": 0.1}, B, 0),
        (0.0556, B, 0, {"margin_down": 0.1}, C, 0),
        (0.4, B, 0, {"margin_down": 0.1}, E, 0),
        # rises: beyond the margin, and seen often enough
        (0.0499, C, 0, {}, B, 0),
        (0.0499, C, 0, {"margin_up": 0.1}, C, 0),
        (0.0449, C, 0, {"margin_up": 0.1}, B, 0),
        (0.0449, C, 0, {"margin_up": 0.1, "confirmations": 2}, C, 1),
        (0.0449, C, 1, {"margin_up": 0.1, "confirmations": 2}, B, 0),
        # from D to the edge of B: it counts as C until it is well inside B
        (0.0499, D, 5, {"margin_up": 0.1, "confirmations": 2}, C, 0),
        # a look that sees the old band again begins the count anew
        (0.06, C, 4, {"confirmations": 5}, C, 0),
        # a fall ends a rise that was under way
        (0.2, C, 4, {"confirmations": 5}, D, 0),
    ],
)
def test_hysteresis(pd, before, streak, policy, held, left):
    got = one(pd, before, streak, **policy)
    assert (got["held"], got["streak"]) == (held, left)
    assert got["grade"] == got["held"]
    assert got["pd"] == pd


def test_looks_of_the_same_week_count_once():
    got = one(0.01, C, 1, counts=False, confirmations=2)
    assert (got["held"], got["streak"]) == (C, 1)


def test_a_pd_swinging_about_an_edge_does_not_flap():
    """Within the margins the grade stands still; without them it changes each time."""
    rng = np.random.default_rng(3)
    for policy, most in (({"margin_up": 0.2, "margin_down": 0.2}, 1), ({}, 99)):
        before, changes = B, 0
        for pd in 0.05 * rng.uniform(0.85, 1.15, 100):
            now = one(pd, before, **policy)["held"]
            changes, before = changes + (now != before), now
        assert changes < most if most == 1 else changes > 20


@pytest.mark.parametrize(
    ("caps", "override", "grade", "cap"),
    [
        ([], -1, A, -1),
        ([(0, E, 1)], -1, A, -1),
        ([(1, E, 1)], -1, E, 0),
        ([(1, C, 0), (1, E, 1)], -1, E, 1),
        ([(1, D, 0), (1, D, 1)], -1, D, 0),
        # an override passes a soft rule, not a hard one
        ([(1, D, 0)], B, B, -1),
        ([(1, D, 1)], B, D, 0),
        ([(1, C, 1)], D, D, -1),
    ],
)
def test_caps_and_overrides(caps, override, grade, cap):
    got = one(0.01, override=override, caps=caps)
    assert (got["grade"], got["cap"]) == (grade, cap)
    # the probability agrees with the grade in force
    assert BANDS.grade_of([got["pd"]])[0] == grade
    assert got["held"] == A


def test_a_cap_that_goes_leaves_no_trace():
    first = one(0.01, caps=[(1, E, 1)])
    again = one(0.01, before=first["held"], confirmations=12, margin_up=0.5)
    assert again["grade"] == A
    assert again["pd"] == 0.01


def test_many_are_graded_as_one_by_one():
    rng = np.random.default_rng(8)
    size = 300
    pd = rng.uniform(0, 1, size) ** 3
    before = Before(
        rng.integers(-1, 5, size), rng.integers(0, 3, size), rng.random(size) < 0.5
    )
    caps = Caps(rng.random((size, 2)) < 0.2, np.array([C, E]), np.array([False, True]))
    override = np.where(rng.random(size) < 0.2, rng.integers(0, 5, size), -1)
    policy = Hysteresis(0.1, 0.05, 2)
    many = grading.grade(pd, BANDS, before, caps, override, policy)
    for i in range(size):
        single = grading.grade(
            pd[i : i + 1],
            BANDS,
            Before(*(values[i : i + 1] for values in before)),
            caps._replace(hit=caps.hit[i : i + 1]),
            override[i : i + 1],
            policy,
        )
        assert [v[i] for v in many] == [v[0] for v in single]
        plain = _plain(pd[i], [v[i] for v in before], policy)
        assert (many.held[i], many.streak[i]) == plain


def _plain(pd, before, policy):
    """The same rule in words, one loan at a time."""
    old, streak, counts = before
    band = next(g for g in (E, D, C, B, A) if pd >= BANDS.start[g])
    if old < 0:
        return band, 0
    if pd * (1 - policy.margin_down) >= BANDS.end[old]:
        return band, 0
    better = [g for g in range(old) if pd / (1 - policy.margin_up) < BANDS.end[g]]
    if not better:
        return old, 0
    streak += counts
    return (better[0], 0) if streak >= policy.confirmations else (old, streak)

"""Penalty interest, against the replay of a loan and by hand."""

import numpy as np
import pytest
import samples
from engine import replay
from engine.penalty import charge, late, rate_of, rates_on_top
from engine.schedule import Terms, build

NEVER = np.datetime64("NaT")


def one(overdue, since, as_of, **more):
    return charge([overdue], ["2026-02-15"], [since], as_of, 0.108, **more).tolist()[0]


def test_days_after_grace_over_365():
    # 2,996.23 x 10.8 % x 20/365 = 17.7311...
    assert one(299623, NEVER, "2026-03-10", grace=3) == 1773
    assert one(299623, NEVER, "2026-02-18", grace=3) == 0
    assert one(299623, NEVER, "2026-02-01") == 0


def test_what_was_charged_before_is_not_charged_again():
    assert one(299623, "2026-03-10", "2026-03-10") == 0
    assert one(299623, "2026-03-10", "2026-03-11") == 89
    # charged before the days of grace were over: they still count
    assert one(299623, "2026-02-16", "2026-03-10", grace=3) == 1773


def test_cap_is_a_share_of_the_instalment():
    cap = dict(cap=0.05, lent=299623)
    assert one(299623, NEVER, "2028-02-15", **cap) == 14981
    assert one(299623, NEVER, "2028-02-15", charged=14000, **cap) == 981
    assert one(299623, NEVER, "2028-02-15", charged=20000, **cap) == 0


def test_equals_the_replay_of_a_loan_that_pays_nothing():
    terms = Terms.of(**samples.BASE)
    rows = build(terms)
    position, _credit = replay.position_at(
        terms, rows, "2026-06-20", replay.Paid.on_time(0), penalty_rate=0.108, grace=3
    )
    fallen = rows.due_date[0] <= np.datetime64("2026-06-20")
    charged = charge(
        rows.principal[0][fallen],
        rows.due_date[0][fallen],
        NEVER,
        "2026-06-20",
        0.108,
        grace=3,
    )
    assert charged.sum() == position.overdue_penalty[0]


def test_a_negative_amount_is_refused():
    with pytest.raises(ValueError, match="never negative"):
        one(-1, NEVER, "2026-03-10")


def test_the_year_of_the_contract():
    """A33: 20 days of 3,219.22 at 10.8 % over 360; over 365 the others."""
    dates = ["2027-02-15"], ["NaT"], ["2027-03-07"]
    args = [321922], *dates, [0.108]
    assert charge(*args, day_count="ACT/360").tolist() == [1932]
    for day_count in ("period", "30/360", "ACT/365", "ACT/ACT"):
        assert charge(*args, day_count=day_count).tolist() == [1905]


def test_a_rate_above_the_contract_rate():
    """A33: 7.2 % and half as much again; without an uplift the fixed rate holds."""
    rates = rate_of([0.18, 0.18], [0.072, 0.072], [0.5, 0.0])
    assert rates.tolist() == [0.108, 0.18]


@pytest.mark.parametrize(
    ("fixed", "uplift", "bearing", "rates"),
    [
        (0.108, 0.0, False, (0.0, 0.108)),  # the whole rate is penalty
        (0.0, 0.5, False, (0.0, 0.108)),
        (0.0, 0.0, False, (0.0, 0.0)),
        (0.0, 0.0, True, (0.072, 0.0)),  # interest goes on, no penalty
        (0.0, 0.5, True, (0.072, 0.036)),  # the uplift alone is penalty
        (0.05, 0.0, True, (0.072, 0.05)),  # a fixed penalty comes on top
        (0.05, 0.5, True, (0.072, 0.036)),  # the uplift takes its place
    ],
)
def test_interest_goes_on_and_the_penalty_comes_on_top(fixed, uplift, bearing, rates):
    found = rates_on_top(fixed, 0.072, uplift, bearing)
    assert tuple(float(rate) for rate in found) == rates


def test_interest_on_overdue_principal_knows_no_grace_and_no_cap():
    terms = {"interest": 0.072, "grace": 3, "cap": 0.001, "lent": [299623]}
    part = late([299623], ["2026-02-15"], [NEVER], "2026-03-10", 0.036, **terms)
    # 2,996.23 x 7.2 % x 23/365 = 13.594...; the penalty stops at 0.1 %: 3.00
    assert (part.interest.tolist(), part.penalty.tolist()) == ([1359], [300])
    # within the days of grace the interest runs alone
    part = late([299623], ["2026-02-15"], [NEVER], "2026-02-17", 0.036, **terms)
    assert (part.interest.tolist(), part.penalty.tolist()) == ([118], [0])

"""What a campaign may propose, and whom it reaches, on arrays."""

import numpy as np
import pytest
from engine import campaign, ceilings, limits, offers, simulation
from engine.measures import Position

from .test_simulation import BOX, book


def boxes():
    """The box of the book, completed as ``limits.box`` makes it."""
    return {**BOX, "max_forgive": np.zeros(5), "max_waive_interest": np.zeros(5)}


@pytest.mark.parametrize(
    ("most", "field", "expected"),
    [
        ({"max_extend": 6}, "max_extend", [6, 0, 6, 6, 0]),
        ({"max_extend": 99}, "max_extend", [12, 0, 6, 12, 0]),
        ({"max_extend": 0}, "max_extend", [0, 0, 0, 0, 0]),
        ({"max_rate_cut": 0.01}, "max_rate_cut", [0.01, 0.0, 0.01, 0.0, 0.0]),
        ({"may_capitalise": False}, "may_capitalise", [False] * 5),
        ({"may_capitalise": True}, "may_capitalise", BOX["may_capitalise"]),
        ({"holiday_interest": "waive"}, "holiday_interest", ("waive",)),
        # the policy does not know this treatment: no holiday at all
        ({"holiday_interest": "pay"}, "max_holiday", [0] * 5),
        ({}, "max_extend", BOX["max_extend"]),
    ],
)
def test_limits_make_the_box_smaller_and_never_larger(most, field, expected):
    box = campaign.narrow(boxes(), most)
    assert list(box[field]) == list(expected)
    for name in ("max_extend", "max_holiday", "max_rate_cut", "max_waive_penalty"):
        assert (np.asarray(box[name]) <= np.asarray(boxes()[name])).all()


@pytest.mark.parametrize("pick", offers.PICKS)
def test_the_pick_is_one_of_the_offers(pick):
    can = np.full(5, 500_000)
    found, picked = campaign.search(book(), boxes(), can, None, pick, 8, 2)
    for some, one in zip(found, picked, strict=True):
        if not some:
            assert one is None
            continue
        key = {
            "recommended": lambda offer: -offer.npv if offer.affordable else 0,
            "lowest_instalment": lambda offer: offer.instalment,
            "lowest_total_cost": lambda offer: offer.total_cost,
            "shortest": lambda offer: offer.instalments,
        }[pick]
        assert key(one) == min(key(offer) for offer in some if offer.affordable)


def test_the_same_for_all_is_what_one_gets_and_which_limits_it_breaks():
    measures = {"max_extend": 6, "max_waive_penalty": 1.0, "may_capitalise": True}
    position = book()
    made, broken = campaign.same_for_all(
        position, measures, boxes(), np.full(5, 10**9), None, 2
    )
    for i in range(position.size):
        one = position.take(np.array([i]))
        plan = campaign.plan_of(measures, float(position.annual_rate[i]))
        alone = offers.evaluate(one, plan, 10**9)
        assert made[i].rows == alone.rows
        assert made[i].concession == alone.concession
        box = vars(offers.Box.of(boxes()).at(i))
        assert broken[i] == limits.breaches(
            plan,
            box,
            float(position.annual_rate[i]),
            int(position.instalments[i]),
            alone.instalment,
        )
    assert not broken[0] and broken[1]


def test_a_running_holiday_is_no_measure_of_a_cut():
    """The regular instalment is the one that the simulation compares with."""
    columns = {
        "as_of": "2026-06-20",
        "principal": [80_000_00, 80_000_00],
        "annual_rate": [0.072, 0.072],
        "instalments": [24, 24],
        "last_due_date": "2026-06-15",
        "next_due_date": "2026-07-15",
    }
    position = Position.of(**columns, holiday=[0, 2], holiday_interest="capitalise")
    before = simulation.regular_of_today(position)
    found = simulation.run(position, {"max_extend": 6}, 10**9)
    assert before.tolist() == found.before.tolist()
    assert simulation.instalments_of_today(position)[1] < before[1]


@pytest.mark.parametrize(
    ("measures", "rate", "rows", "plan"),
    [
        ({"max_rate_cut": 0.02}, 0.07, 0, {"annual_rate": 0.05}),
        ({"max_rate_cut": 0.02}, 0.01, 0, {"annual_rate": 0.0}),
        ({"max_rate_cut": 0.02}, 0.07, 6, {"annual_rate": 0.05, "instalments": 6}),
        (
            {"max_holiday": 2, "holiday_interest": "defer"},
            0.07,
            0,
            {"instalments": 2, "interest": "defer"},
        ),
        (
            {"max_waive_fee": 0.335},
            0.07,
            0,
            {"component": "fee", "percent": 33.5},
        ),
        ({"max_forgive": 0.1}, 0.07, 0, {"percent": 10.0}),
    ],
)
def test_a_plan_takes_its_measure_to_the_full(measures, rate, rows, plan):
    (measure,) = campaign.plan_of(measures, rate, rows)
    del measure["kind"]
    assert measure == plan


@pytest.mark.parametrize(
    ("costs", "budget", "fits"),
    [
        ([10, 10, 10], 20, [True, True, False]),
        ([10, 30, 10], 20, [True, False, True]),
        ([0, 0], 0, [True, True]),
        ([1], 0, [False]),
        ([], 5, []),
    ],
)
def test_a_budget_is_never_passed(costs, budget, fits):
    assert campaign.within(costs, budget).tolist() == fits


def test_the_first_reason_is_told():
    reasons = {"a": [False, True, True, False], "b": [False, False, True, True]}
    assert campaign.first_reason(reasons) == [None, "a", "a", "b"]
    assert campaign.first_reason({"a": []}) == []


@pytest.mark.parametrize(
    ("minute", "offset", "local"),
    [(720, 480, 1200), (1380, 480, 420), (60, -300, 1200), (0, 0, 0)],
)
def test_local_minutes(minute, offset, local):
    assert campaign.local_minutes(minute, [offset]).tolist() == [local]


@pytest.mark.parametrize(
    ("left", "takes", "more", "stopped"),
    [
        # two loans left: the third is stopped
        ([[2, -1]], [[1]] * 3, [5, 5, 5], [-1, -1, 0]),
        # of the principal: one that is too large takes nothing
        ([[-1, 10]], [[1]] * 3, [8, 5, 2], [-1, 0, -1]),
        # only those with the measure count
        ([[1, -1]], [[0], [1], [1]], [5, 5, 5], [-1, -1, 0]),
        # the second ceiling stops
        ([[9, -1], [0, -1]], [[1, 0], [1, 1]], [5, 5], [-1, 1]),
        ([], [[], []], [1, 2], [-1, -1]),
    ],
)
def test_ceilings_in_their_order(left, takes, more, stopped):
    assert ceilings.admit(left, takes, more).tolist() == stopped

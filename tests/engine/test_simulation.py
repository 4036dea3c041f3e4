"""A book run through a policy: the same choice as one loan at a time."""

import numpy as np
from engine import offers, simulation
from engine.measures import Position

BOX = {
    "max_extend": np.array([12, 0, 6, 12, 0]),
    "max_holiday": np.array([2, 0, 0, 3, 0]),
    "holiday_interest": ("capitalise", "waive"),
    "max_rate_cut": np.array([0.02, 0.0, 0.01, 0.0, 0.0]),
    "max_waive_penalty": np.array([1.0, 0.0, 1.0, 0.0, 0.0]),
    "may_capitalise": np.array([True, False, True, True, False]),
    "min_instalment": np.array([0, 0, 2_000_00, 0, 0]),
    "max_term": np.array([40, 40, 30, 25, 40]),
    "closed": [(), ("all.age",), (), (), ()],
}


def book():
    return Position.of(
        as_of="2026-06-20",
        principal=[80_000_00, 40_000_00, 60_000_00, 90_000_00, 5_000_00],
        overdue_interest=[1_000_00, 0, 500_00, 0, 0],
        overdue_principal=[3_000_00, 0, 2_000_00, 0, 0],
        overdue_penalty=[50_00, 0, 20_00, 0, 0],
        annual_rate=[0.072, 0.06, 0.09, 0.12, 0.05],
        instalments=[24, 12, 24, 22, 3],
        last_due_date="2026-06-15",
        next_due_date="2026-07-15",
    )


def test_the_choice_is_that_of_the_search():
    position, can = book(), np.array([300_000, 200_000, 100_000, 420_000, 0])
    assume = {"pd_no_relief": np.array([0.3, 0.1, 0.6, 0.2, 0.1]), "lgd": 0.4}
    found = simulation.run(position, BOX, can, assume)
    box = offers.Box.of(BOX)
    for i in range(position.size):
        one = position.take(np.array([i]))
        pd = {**assume, "pd_no_relief": assume["pd_no_relief"][i]}
        (made,) = offers.search(one, box.at(i), can[i], pd)
        if not made:
            assert found.found[i] == 0
            continue
        (pick,) = [offer for offer in made if offer.pick == "recommended"]
        assert simulation.OUTCOMES[found.found[i]] == (
            "affordable" if pick.affordable else "strained"
        )
        assert found.plans.to_dicts(i) == pick.plan
        for name in ("instalment", "instalments", "concession", "npv"):
            assert getattr(found, name)[i] == getattr(pick, name), name
        assert found.npv_no_relief[i] == pick.npv_no_relief
    assert {0, 1, 2} <= set(found.found.tolist())


def test_who_gets_nothing_stays_as_today():
    position = book()
    found = simulation.run(position, BOX, 0)
    now = simulation.instalments_of_today(position)
    assert found.before.tolist() == now.tolist()
    nothing = found.found == 0
    assert nothing.any()
    assert found.instalment[nothing].tolist() == now[nothing].tolist()
    assert not found.concession[nothing].any()
    assert not found.cut[nothing].any() and not found.npv_gain[nothing].any()
    assert found.plans.to_dicts(int(np.flatnonzero(nothing)[0])) == []


def test_a_holiday_that_runs_is_not_what_a_plan_is_measured_by():
    plain = book().take(np.array([0]))
    resting = Position.of(
        **{**vars(plain), "holiday": 2, "holiday_interest": "pay", "instalments": 22}
    )
    found = simulation.run(resting, {"may_capitalise": False, "max_extend": 6}, 10**9)
    assert simulation.instalments_of_today(resting)[0] < 50_000  # interest alone
    assert found.before[0] > 350_000
    assert 0 < found.cut[0] < 0.3


def test_a_book_without_loans_or_without_plans():
    position = book()
    assert simulation.run(position.take(np.array([], int)), {}, 0).found.size == 0
    shut = {"may_capitalise": False}
    assert simulation.run(position, shut, 0).found.tolist() == [0] * 5

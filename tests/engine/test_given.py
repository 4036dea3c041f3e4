"""The parts of a concession add up to it, for every measure and for many at once."""

import numpy as np
import pytest
from engine import frozen, given, measures, offers

POSITION = dict(
    as_of="2026-06-20",
    principal=8_000_000,
    overdue_principal=600_000,
    overdue_interest=120_000,
    overdue_fee=5_000,
    overdue_penalty=9_000,
    dpd=45,
    annual_rate=0.072,
    instalments=24,
    next_due_date="2026-07-15",
    last_due_date="2026-06-15",
    due_day=15,
)
WAIVE = {"kind": "waive", "when": "now"}
PLANS = {
    "nothing": ([], {}),
    "half of the interest": (
        [{**WAIVE, "component": "interest", "percent": 50}],
        {"interest": 60_000},
    ),
    "fees and penalty": (
        [
            {**WAIVE, "component": "fee", "amount": "20.00"},
            {**WAIVE, "component": "penalty", "percent": 100},
        ],
        {"fee": 2_000, "penalty": 9_000},
    ),
    "penalty once completed": (
        [
            {"kind": "waive", "component": "penalty", "percent": 100}
            | {"when": "on_completion"}
        ],
        {"conditional": 9_000},
    ),
    "a tenth of the principal": (
        [{"kind": "forgive_principal", "percent": 10}],
        {"principal": 800_000},
    ),
    "lower rate": ([{"kind": "rate", "annual_rate": 0.036}], None),
    "longer at the same rate": ([{"kind": "extend", "instalments": 12}], {}),
}


def _position(count=1):
    return measures.Position.of(**POSITION).take([0] * count)


@pytest.mark.parametrize("name", PLANS)
def test_parts_of_one_plan(name):
    plan, expected = PLANS[name]
    found = given.given(_position(), measures.Plans.from_dicts([plan]))
    offer = offers.evaluate(_position(), plan, 400_000, _assume())
    assert found.concession[0] == offer.concession
    if expected is not None:
        parts = {part: int(getattr(found, part)[0]) for part in vars(found)}
        assert parts == {**dict.fromkeys(parts, 0), **expected}
    else:
        assert found.time[0] == offer.concession > 0


def _assume():
    return offers.Assume(pd_no_relief=0.3, pd_relief=0.15, lgd=0.5, discount_rate=0.08)


def test_all_plans_at_once_equal_each_alone():
    plans = measures.Plans.from_dicts([plan for plan, _ in PLANS.values()])
    found = given.given(_position(len(PLANS)), plans)
    for at, (plan, _expected) in enumerate(PLANS.values()):
        alone = given.given(_position(), measures.Plans.from_dicts([plan]))
        for part in vars(alone):
            assert getattr(found, part)[at] == getattr(alone, part)[0]


@pytest.mark.parametrize(
    ("present", "window", "wanted", "cut"),
    [(0.072, 0, 0.06, 0.012), (0.072, 0, 0.08, 0.0), (0.072, 6, 0.03, 0.02)],
)
def test_cut_of_the_rate_is_from_what_runs_now(present, window, wanted, cut):
    values = {**POSITION, "annual_rate": present}
    if window:
        values.update(first_rate=0.05, first_rate_rows=window)
    plan = measures.Plans.from_dicts([[{"kind": "rate", "annual_rate": wanted}]])
    position = measures.Position.of(**values)
    assert given.rate_cut(position, plan)[0] == pytest.approx(cut)
    unchanged = measures.Plans.from_dicts([[]])
    assert given.rate_cut(position, unchanged)[0] == 0


def test_frozen_positions_are_thawed_together():
    one = measures.Position.of(**POSITION)
    two = measures.Position.of(**{**POSITION, "principal": 1_234, "eir_period": 0.01})
    stored = [frozen.freeze(one), frozen.freeze(two)]
    both = frozen.thaw_all(stored, measures.Position)
    assert both.principal.tolist() == [8_000_000, 1_234]
    assert np.isnan(both.eir_period).tolist() == [True, False]
    assert [frozen.freeze(both, at) for at in (0, 1)] == stored

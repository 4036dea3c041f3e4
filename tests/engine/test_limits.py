"""Which limits of a policy a plan breaks."""

import pytest
from engine import limits

BOX = {
    "max_extend": 12,
    "max_holiday": 3,
    "max_rate_cut": 0.02,
    "max_waive_interest": 0.5,
    "max_waive_penalty": 1.0,
    "max_term": 36,
    "holiday_interest": ("capitalise",),
    "may_capitalise": False,
    "min_instalment": 1000,
}


@pytest.mark.parametrize(
    ("measure", "codes"),
    [
        ({"kind": "extend", "instalments": 12}, []),
        ({"kind": "extend", "instalments": 13}, ["max_extend", "max_term"]),
        (
            {"kind": "holiday", "instalments": 1, "interest": "waive"},
            ["holiday_interest"],
        ),
        ({"kind": "rate", "annual_rate": 0.052}, []),
        ({"kind": "rate", "annual_rate": 0.0519}, ["max_rate_cut"]),
        ({"kind": "waive", "component": "interest", "percent": 50}, []),
        (
            {"kind": "waive", "component": "interest", "amount": "1"},
            ["max_waive_interest"],
        ),
        ({"kind": "waive", "component": "fee", "percent": 1}, ["max_waive_fee"]),
        ({"kind": "capitalise", "components": ["interest"]}, ["may_capitalise"]),
        ({"kind": "defer_principal", "percent": 5}, ["max_forbear"]),
        ({"kind": "forgive_principal", "percent": 1}, ["max_forgive"]),
        ({"kind": "lower_instalment", "amount": "9"}, ["other_measure"]),
    ],
)
def test_what_a_measure_breaks(measure, codes):
    assert limits.breaches([measure], BOX, 0.072, 24, 2000) == codes


def test_principal_may_be_deferred_where_the_policy_says_so():
    plan = [{"kind": "defer_principal", "percent": 5}]
    box = {**BOX, "max_forbear": 0.05}
    assert limits.breaches(plan, box, 0.072, 24, 2000) == []
    assert limits.breaches([], box, 0.072, 24, 999) == ["min_instalment"]

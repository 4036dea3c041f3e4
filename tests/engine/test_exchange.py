"""A substantial modification makes a new claim: worked case A29, and its whole life."""

import numpy as np
import pytest
from engine import ledger, measures, relief_events, valuation
from engine.fields import FieldError
from engine.measures import Plans, Position


def exchanged(fair_value, allowance=2_000_000, adjustment=0, plan=()):
    position = Position.of(
        as_of="2026-01-15",
        principal=5_000_000,
        annual_rate=0.072,
        instalments=24,
        last_due_date="2026-01-15",
        next_due_date="2026-02-15",
        allowance=allowance,
        adjustment=adjustment,
    )
    plan = list(plan) or [{"kind": "extend", "instalments": 12}]
    revised = measures.apply(position, Plans.from_dicts([plan]))
    change, rate = valuation.exchange(position, revised, [fair_value])
    events = relief_events.of_relief(position, revised, change, exchange=True)
    return position, revised, change, rate, dict(events)


def test_a29_old_claim_out_with_its_allowance_new_one_in_at_fair_value():
    """50,000 with 20,000 provided for a claim worth 27,500: a loss of 2,500."""
    *_rest, events = exchanged(2_750_000)
    lines = ledger.entry("exchange", **events["exchange"])
    sums = {line.role: line.debit - line.credit for line in lines}
    assert sums == {
        "allowance": 2_000_000,
        "settlement_result": 250_000,
        # old principal out (50,000), new claim in (27,500)
        "interest_adjustment": 2_750_000 - 5_000_000,
    }
    assert "modify" not in events


@pytest.mark.parametrize("fair_value", [2_000_000, 2_750_000, 4_900_000, 5_500_000])
@pytest.mark.parametrize("adjustment", [0, -31_415, 27_182])
def test_the_new_claim_earns_its_own_rate_and_ends_at_zero(fair_value, adjustment):
    position, revised, change, rate, events = exchanged(
        fair_value, adjustment=adjustment
    )
    amounts = events["exchange"]
    left = adjustment - amounts["loss"] - amounts["allowance_used"]
    assert revised.new_principal[0] + left == fair_value
    # a second formula: the flows discounted one by one are worth the fair value
    flows = valuation.flows(revised.after)[0]
    factors = (1.0 + rate[0]) ** -np.arange(1, len(flows) + 1)
    assert abs((flows * factors).sum() - fair_value) < 1
    carried = fair_value
    for row, step in enumerate(change.unwind[0]):
        income = revised.after.interest[0, row] + step
        if row < len(flows) - 1:
            assert abs(income - carried * rate[0]) <= 0.5 + 1e-6
        carried += income - flows[row]
    assert carried == 0


def test_what_is_forgiven_first_uses_its_part_of_the_allowance():
    *_rest, change, _rate, events = exchanged(
        2_000_000, plan=[{"kind": "forgive_principal", "amount": "15000"}]
    )
    assert events["forgive"]["allowance_used"] == 1_500_000
    assert events["exchange"] == {
        "allowance_used": 500_000,
        "loss": 3_500_000 - 500_000 - 2_000_000,
    }


@pytest.mark.parametrize("value", [0, -5])
def test_a_value_without_a_rate_is_refused(value):
    with pytest.raises(FieldError, match="fair_value"):
        exchanged(value)

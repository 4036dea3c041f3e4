"""Payments to components, in order, per instalment or per kind."""

import numpy as np
import pytest
import samples
from engine.allocation import ORDER, allocate
from engine.fields import FieldError
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ["principal", "interest", "fee", "penalty"]


def test_a_part_payment_follows_the_statutory_order():
    """A03: costs, interest, principal."""
    case = samples.cases("accounting_cases")["A03"]
    inputs, expected = case["inputs"], case["expected"]["amounts"]
    due = [
        samples.minor(inputs[name])
        for name in ("collection_cost_due", "interest_due", "principal_due")
    ]
    order = ("fee", "penalty", "interest", "principal")
    paid = allocate(
        samples.minor(inputs["cash_received"]),
        due,
        ["fee", "interest", "principal"],
        [1, 1, 1],
        order,
    )
    names = ("to_costs", "to_interest", "to_principal")
    assert paid[0].tolist() == [samples.minor(expected[name]) for name in names]
    left = due[2] - paid[0, 2]
    assert left == samples.minor(expected["principal_still_overdue"])


def test_horizontal_and_vertical():
    due = [[100, 10, 100, 10]]
    names = ["principal", "interest"] * 2
    number = [[1, 1, 2, 2]]
    across = allocate([115], due, names, number)
    assert across.tolist() == [[100, 10, 0, 5]]
    down = allocate([115], due, names, number, mode="vertical")
    assert down.tolist() == [[95, 10, 0, 10]]


def test_the_rest_is_left_to_the_caller():
    paid = allocate([1000], [[100, 10]], ["principal", "interest"], [[1, 1]])
    assert paid.sum() == 110


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["horizontal", "vertical"]))
def test_no_order_overpays_or_skips_a_turn(seed, mode):
    rng = np.random.default_rng(seed)
    due = rng.integers(0, 1000, (5, 12))
    component = rng.integers(0, 4, (5, 12))
    number = rng.integers(1, 5, (5, 12))
    order = tuple(rng.permutation(NAMES))
    amounts = rng.integers(0, 8000, 5)
    paid = allocate(amounts, due, component, number, order, mode)
    assert (paid >= 0).all() and (paid <= due).all()
    assert (paid.sum(axis=1) == np.minimum(amounts, due.sum(axis=1))).all()
    turn = np.array([order.index(name) for name in NAMES])[component]
    key = number * 10 + turn if mode == "horizontal" else turn * 10 + number
    for i in range(5):
        short = paid[i] < due[i]
        if short.any():  # whatever comes after an unpaid amount gets nothing
            later = key[i] > key[i][short].min()
            assert not paid[i][later].any()


@pytest.mark.parametrize(
    "change",
    [
        {"order": ("fee", "interest")},
        {"mode": "diagonal"},
        {"component": ["tax"]},
        {"amounts": [-1]},
    ],
)
def test_bad_arguments_are_refused(change):
    good = {"amounts": [5], "due": [[3]], "component": ["fee"], "sequence": [[1]]}
    with pytest.raises(FieldError):
        allocate(**{"order": ORDER, **good, **change})

"""Payments of one loan allocated anew, each on its day."""

import numpy as np
from engine.allocation import allocate
from engine.reallocation import reallocate

DUE = [72000, 299623, 70202, 301421]
DAYS = ["2026-02-15", "2026-02-15", "2026-03-15", "2026-03-15"]
KINDS = ["interest", "principal", "interest", "principal"]


def again(dates, amounts, **more):
    return reallocate(dates, amounts, DUE, DAYS, KINDS, **more).tolist()


def test_without_the_first_payment_the_second_pays_the_oldest():
    both = again(["2026-02-15", "2026-03-15"], [371623, 371623])
    assert both == DUE
    assert again(["2026-03-15"], [371623]) == [72000, 299623, 0, 0]


def test_a_credit_waits_for_the_day_on_which_the_next_amount_falls_due():
    assert again(["2026-02-16"], [400000]) == [72000, 299623, 28377, 0]


def test_component_first_pays_only_what_had_fallen_due():
    paid = again(["2026-02-16"], [100000], mode="vertical")
    assert paid == [72000, 28000, 0, 0]


def test_what_is_too_much_stays_with_the_borrower():
    assert again(["2026-02-16"], [10**6]) == DUE


def test_nothing_due_or_nothing_paid():
    assert reallocate([], [], DUE, DAYS, KINDS).tolist() == [0, 0, 0, 0]
    assert reallocate(["2026-01-01"], [100], [], [], []).tolist() == []


def test_oldest_first_equals_one_allocation_of_the_whole_sum():
    rng = np.random.default_rng(7)
    days = np.sort(rng.integers(0, 400, 12)).astype("datetime64[D]")
    due = rng.integers(0, 90000, 12)
    kinds = rng.choice(["fee", "penalty", "interest", "principal"], 12)
    for _round in range(50):
        dates = rng.integers(0, 500, 5).astype("datetime64[D]")
        amounts = rng.integers(0, 150000, 5)
        paid = reallocate(dates, amounts, due, days, kinds)
        whole = allocate(
            [amounts.sum()], [due], [kinds.tolist()], [days.astype(np.int64)]
        )[0]
        # an amount paid early may wait, but by the last day all has been used
        assert paid.sum() == whole.sum()
        assert (paid <= due).all()

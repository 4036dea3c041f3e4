"""Payments of one loan allocated anew, each on its day."""

import numpy as np
import pytest
from engine.allocation import allocate
from engine.reallocation import reallocate, recharge, unpaid_since

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


def test_a_penalty_is_paid_from_the_day_it_is_charged_on():
    more = {"owed_from": ["2026-02-15", "2026-02-15", "2026-04-15"]}
    args = ([72000, 299623, 5000], DAYS[:2] + ["2026-02-15"], [*KINDS[:2], "penalty"])
    # before the charge, everything goes to the instalment
    early = reallocate(["2026-03-01"], [100000], *args, **more)
    assert early.tolist() == [72000, 28000, 0]
    late = reallocate(["2026-04-15"], [100000], *args, **more)
    assert late.tolist() == [72000, 23000, 5000]
    # a credit waits for the charge
    both = reallocate(["2026-03-01"], [375000], *args, **more)
    assert both.tolist() == [72000, 299623, 3377]


@pytest.mark.parametrize(
    ("day", "paid"),
    [
        # 90 days after 15 February: still interest before principal
        ("2026-05-16", [72000, 28000, 0, 0]),
        # one more, and principal goes first, over all instalments
        ("2026-05-17", [0, 100000, 0, 0]),
    ],
)
def test_principal_first_far_in_arrears(day, paid):
    assert again([day], [100000], late_days=90) == paid


def test_principal_first_ends_when_the_loan_is_no_longer_late():
    # 601,044 pays all principal; then the interest of January is still late
    assert again(["2026-06-01"], [601044], late_days=90) == [0, 299623, 0, 301421]
    assert again(["2026-06-01"], [601045], late_days=90) == [1, 299623, 0, 301421]


RECHARGE = dict(
    owed_from=DAYS,
    since=np.datetime64("NaT"),
    terms={"rate": 0.108, "grace": 0, "cap": 0.0},
    lent=[0, 299623, 0, 301421],
    charged=[0, 0, 0, 0],
)


def charges(dates, amounts, charge_dates, **more):
    return recharge(
        dates, amounts, DUE, DAYS, KINDS, charge_dates=charge_dates, **RECHARGE | more
    ).penalty.tolist()


def test_without_payments_the_charges_are_those_of_the_formula():
    days = ["2026-03-01", "2026-04-01"]
    # 2,996.23 x 10.8 % x 14/365 = 12.41; x 31/365 = 27.48; 3,014.21 x 17/365 = 15.16
    assert charges([], [], days) == [[0, 1241, 0, 0], [0, 2748, 0, 1516]]


def test_a_payment_known_on_its_day_spares_the_days_after_it():
    # on 1 March 371,623 + 12.41 were owed; the penalty of 14 days is paid first
    days = ["2026-03-01", "2026-04-01"]
    found = charges(["2026-03-01"], [372864], days)
    assert found == [[0, 1241, 0, 0], [0, 0, 0, 1516]]
    # 100.00 less leaves as much principal overdue: 31 days on it are 0.92
    found = charges(["2026-03-01"], [362864], days)
    assert found == [[0, 1241, 0, 0], [0, 92, 0, 1516]]


def test_charges_stop_at_the_cap():
    more = {"terms": {"rate": 0.108, "grace": 0, "cap": 0.01}}
    found = charges([], [], ["2026-03-01", "2026-07-01", "2026-08-01"], **more)
    assert [sum(row) for row in zip(*found, strict=True)] == [0, 2996, 0, 3014]


def test_interest_on_overdue_principal_is_recharged_beside_the_penalty():
    more = {"terms": {"rate": 0.036, "grace": 0, "cap": 0.0, "interest": 0.072}}
    late = recharge(
        *(["2026-03-01"], [372864]),
        *(DUE, DAYS, KINDS),
        charge_dates=["2026-03-01", "2026-04-01"],
        **RECHARGE | more,
    )
    # 2,996.23 x 7.2 % x 14/365 = 8.27, x 3.6 % = 4.14; all paid on that day
    assert late.interest.tolist() == [[0, 827, 0, 0], [0, 0, 0, 1011]]
    assert late.penalty.tolist() == [[0, 414, 0, 0], [0, 0, 0, 505]]


def since(dates, amounts, day, **more):
    owed_from = more.pop("owed_from", DAYS)
    found = unpaid_since(
        dates, amounts, DUE, DAYS, KINDS, day, owed_from=owed_from, **more
    )
    return None if np.isnat(found) else str(found)


def test_interest_is_unpaid_since_the_oldest_of_it_that_was_unpaid_on_the_day():
    assert since([], [], "2026-05-01") == "2026-02-15"
    # what came in later paid later; what fell due on the day itself is not late
    assert since(["2026-05-02"], [10**6], "2026-05-01") == "2026-02-15"
    assert since(["2026-05-01"], [10**6], "2026-05-01") is None
    assert since(["2026-05-01"], [371623], "2026-05-01") == "2026-03-15"
    assert since([], [], "2026-02-15") is None


def test_money_paid_ahead_has_paid_on_the_due_date():
    assert since(["2026-01-20"], [371623], "2026-03-14") is None
    assert since(["2026-01-20"], [371623], "2026-03-16") == "2026-03-15"


def test_principal_left_unpaid_is_no_interest():
    assert since(["2026-02-20"], [72000], "2026-03-15") is None
    principal_first = {"order": ("principal", "interest", "fee", "penalty")}
    paid = ["2026-02-20"], [299623]
    assert since(*paid, "2026-03-15", **principal_first) == "2026-02-15"


def test_what_was_charged_later_counts_from_its_day():
    charged = ["2026-04-10", *DAYS[1:]]
    assert since([], [], "2026-03-15", owed_from=charged) is None
    assert since([], [], "2026-05-01", owed_from=charged) == "2026-03-15"
    assert since([], [], "2026-05-01", owed_from=charged[:2] * 2) == "2026-04-10"


def test_nothing_owed_is_unpaid_since_no_day():
    found = unpaid_since(["2026-01-01"], [5], [], [], [], "2026-05-01", owed_from=[])
    assert np.isnat(found)

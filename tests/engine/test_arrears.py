"""The contract rule against schedules worked by hand, and a slow second formula."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "carloan_relief"))
from engine import arrears  # noqa: E402

# 1,200.00 at 0 % in 12 payments of 100.00: the scheduled balance is easy to see.
PLAIN = {
    "principal": [120000],
    "annual_rate": [0.0],
    "payment": [10000],
    "instalments": [12],
    "first_due": ["2018-01-15"],
}


def stand(balance, date="2018-06-30", **terms):
    contract = arrears.Contract.of(**{**PLAIN, **terms})
    return contract, arrears.standing(contract, [balance], date)


@pytest.mark.parametrize(
    ("balance", "behind", "dpd", "overdue"),
    [
        (60000, 0, 0, 0),  # six paid of six
        (20000, 0, 0, 0),  # far ahead
        (69500, 0, 0, 0),  # 95.00 short: within the tolerance
        (69501, 1, 15, 9501),  # 95.01 short: one missed, due 15 June
        (70000, 1, 15, 10000),
        (90000, 3, 76, 30000),  # April, May and June
        (125000, 6, 166, 65000),  # more than ever fell due: all six
    ],
)
def test_whole_payments_in_the_shortfall_are_behind(balance, behind, dpd, overdue):
    _contract, at = stand(balance)
    assert (at.behind[0], at.dpd[0], at.overdue[0]) == (behind, dpd, overdue)
    assert at.overdue[0] + at.undue[0] == balance


def test_an_instalment_counts_from_its_due_day():
    assert stand(60000, "2018-06-14")[1].due[0] == 5
    assert stand(60000, "2018-06-15")[1].due[0] == 6
    assert stand(60000, "2017-12-31")[1].due[0] == 0


def test_due_day_31_falls_on_the_last_day_of_a_short_month():
    _contract, at = stand(110000, "2018-02-28", first_due=["2018-01-31"])
    assert at.due[0] == 2
    assert at.dpd[0] == 0 and at.oldest_due[0] == np.datetime64("2018-02-28")


def test_after_the_last_due_date_any_residue_is_overdue():
    _contract, at = stand(1, "2019-03-01")
    assert (at.overdue[0], at.undue[0], at.behind[0]) == (1, 0, 1)
    assert at.dpd[0] == 76  # since 15 December 2018
    assert at.remaining[0] == 0


def test_who_paid_ahead_has_fewer_instalments_left():
    _contract, at = stand(25000)
    assert at.remaining[0] == 3
    assert at.next_due[0] == np.datetime64("2018-07-15")


def test_overdue_principal_is_shared_oldest_takes_the_rest():
    contract, at = stand(95000)
    dates, amounts = arrears.split_overdue(contract, at)
    assert amounts.tolist() == [[15000, 10000, 10000]]
    assert [str(d) for d in dates[0]] == ["2018-04-15", "2018-05-15", "2018-06-15"]


def test_scheduled_balance_equals_a_loop_in_decimals():
    from decimal import ROUND_HALF_UP, Decimal

    rng = np.random.default_rng(7)
    size = 50
    contract = arrears.Contract.of(
        rng.integers(500_000, 5_000_000, size),
        np.round(rng.uniform(0, 0.25, size), 4),
        rng.integers(30_000, 90_000, size),
        rng.integers(3, 72, size),
        ["2018-01-15"] * size,
    )
    table = arrears.scheduled_balances(contract)
    for i in range(size):
        balance = Decimal(int(contract.principal[i]))
        rate = Decimal(str(contract.annual_rate[i]))
        for j in range(1, int(contract.instalments[i])):
            interest = (balance * rate / 12).quantize(Decimal(1), ROUND_HALF_UP)
            balance = max(balance + interest - int(contract.payment[i]), Decimal(0))
            assert table[i, j] == balance
        assert table[i, contract.instalments[i]] == 0


def test_history_rows_agree_with_the_standing_of_each_date():
    contract = arrears.Contract.of(**PLAIN)
    dates = np.array(["2018-01-31", "2018-02-28", "2018-03-31"], "datetime64[D]")
    balances = np.array([120000, 110000, 80000])
    days = arrears.days_past_due(contract, np.zeros(3, int), balances, dates)
    assert days.tolist() == [16, 13, 0]
    for balance, date, dpd in zip(balances, dates, days, strict=True):
        assert arrears.standing(contract, [balance], date).dpd[0] == dpd


def test_running_arrears_forget_what_was_paid_ahead():
    # 300 paid at once, then two months of nothing: two payments behind by this rule
    arrears_left = arrears.running_arrears(
        [0, 0, 0, 1], np.array([30000, 0, 0, 4000]), np.array([10000, 10000])
    )
    assert arrears_left.tolist() == [20000, 6000]

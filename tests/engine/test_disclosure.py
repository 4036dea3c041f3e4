"""The disclosed cost of credit: against the rows, by a second formula, with cases."""

import numpy as np
import pytest
from engine import disclosure, penalty, rules, schedule
from engine.terms import Terms


def plan(**values):
    return schedule.build(
        Terms.of(
            **{
                "principal": 12_000_000,
                "annual_rate": 0.072,
                "instalments": 36,
                "start_date": "2026-01-15",
                "first_due_date": "2026-02-15",
                **values,
            }
        )
    )


def test_cost_of_the_worked_example():
    built = plan()
    cost = disclosure.cost(built, [0], ["month"])
    assert cost.principal[0] == 12_000_000
    assert cost.interest[0] == 1_378_447  # A01: 13,784.47
    assert cost.total[0] == 13_378_447
    assert cost.nominal[0] == pytest.approx(0.072, abs=1e-6)
    assert cost.effective[0] == pytest.approx(1.006**12 - 1, abs=1e-6)


def test_flat_rate_is_told_as_what_it_is():
    """R01: 0.45 % a month flat over 36 months is 10.02 %, 10.50 % compounded."""
    cost = disclosure.cost(plan(method="flat", annual_rate=0.054), [0], ["month"])
    assert cost.nominal[0] * 100 == pytest.approx(10.02, abs=0.01)
    assert cost.effective[0] * 100 == pytest.approx(10.50, abs=0.01)


def test_what_is_due_at_once_and_fees_count():
    built = plan(fee=2_000)
    cost = disclosure.cost(built, [5_000], ["month"])
    assert cost.fees[0] == 36 * 2_000
    rows = sum(row["instalment"] for row in built.rows())
    assert cost.total[0] == rows + 5_000
    rate = cost.nominal[0] / 12
    worth = sum(row["instalment"] / (1 + rate) ** row["n"] for row in built.rows())
    assert worth == pytest.approx(12_000_000, abs=1)


@pytest.mark.parametrize(
    ("fixed", "uplift", "bearing", "grace", "yearly"),
    [
        (0.108, 0.0, False, 0, 0.108),
        (0.0, 0.5, False, 3, 0.108),
        (0.0, 0.5, True, 3, 0.108),
        (0.0, 0.0, False, 0, 0.0),
    ],
)
def test_late(fixed, uplift, bearing, grace, yearly):
    built = plan()
    interest, rate = penalty.rates_on_top([fixed], [0.072], [uplift], [bearing])
    late = disclosure.late(built, interest, rate, [grace])
    assert late.rate[0] == pytest.approx(yearly)
    assert late.days[0] == grace + disclosure.EXAMPLE_DAYS
    largest = max(row["principal"] for row in built.rows())
    assert late.overdue[0] == largest
    # interest runs from the due date, penalty from the end of the grace
    days = disclosure.EXAMPLE_DAYS
    expected = largest * float(rate[0]) * days / 365
    expected += largest * float(interest[0]) * (days + grace) / 365
    assert late.interest[0] + late.penalty[0] == pytest.approx(expected, abs=1)


def test_many_loans_at_once():
    built = plan(principal=[100_000, 200_000], instalments=[12, 24])
    cost = disclosure.cost(built, np.array([0, 7]), ["month", "month"])
    for i, (amount, count) in enumerate([(100_000, 12), (200_000, 24)]):
        alone = disclosure.cost(
            plan(principal=amount, instalments=count), [7 * i], ["month"]
        )
        for name in ("principal", "interest", "total"):
            assert getattr(cost, name)[i] == getattr(alone, name)[0]


def test_rules_of_signing():
    book = rules.DEFAULT
    assert book.on("cn.cost.disclosure", "2026-08-01")
    with pytest.raises(rules.RuleError):
        book.at("cn.cost.disclosure", "2026-07-31")
    assert str(book.later("eu.cooling_off", "2026-11-20")) == "2026-12-04"
    assert book.at("cn.cost.reading").unit == "seconds"

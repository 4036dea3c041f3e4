"""Tables of factors: by hand, in offers, and against a tree of what may happen."""

from fractions import Fraction

import numpy as np
import pytest
from engine import offers, provision, valuation
from engine.fields import FieldError
from engine.measures import Position
from engine.risk.tables import FactorTable, LossTable
from engine.schedule import Terms, build

INF, NAN = np.inf, np.nan
ROWS = [
    ("cut", 0.1, 0.2, 0.5, "a tenth less"),
    ("cut", 0.2, INF, 0.25, "a fifth less"),
    ("holiday", 1, INF, 2.0, "a pause"),
    ("missed_12m", 3, INF, 3.0, "missed often"),
]
TABLE = FactorTable.of("redefault", 0.2, ROWS)


def by_hand(base, *factors):
    """Odds with exact fractions: the same rule in other words."""
    base = Fraction(str(base))
    odds = base / (1 - base)
    for factor in factors:
        odds *= Fraction(str(factor))
    return float(odds / (1 + odds))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, 0.2),
        ({"cut": 0.05}, 0.2),
        ({"cut": 0.1}, by_hand(0.2, 0.5)),
        ({"cut": 0.2, "holiday": 3}, by_hand(0.2, 0.25, 2)),
        ({"cut": NAN, "missed_12m": 4}, by_hand(0.2, 3)),
        ({"base": 0.5, "cut": 0.3}, by_hand(0.5, 0.25)),
        ({"base": NAN}, 0.2),
        ({"base": 0.0, "holiday": 1}, 0.0),
        ({"base": 1.0, "cut": 0.3}, 1.0),
    ],
)
def test_factors_multiply_the_odds(facts, expected):
    assert TABLE.share(facts)[0] == pytest.approx(expected, rel=1e-12)
    assert TABLE.predict(facts).pd[0] == pytest.approx(expected, rel=1e-12)


def test_reasons_are_what_raises_the_odds():
    got = TABLE.predict({"cut": [0.3, 0.0], "holiday": [1, 0], "missed_12m": [3, NAN]})
    assert got.reasons_of(0)[0] == ("missed often", pytest.approx(63.4, abs=0.1))
    assert got.reasons_of(0)[1] == ("a pause", 40.0)
    assert got.reasons_of(1) == []


@pytest.mark.parametrize(
    ("base", "rows", "field"),
    [
        (0.0, ROWS, "base"),
        (1.0, ROWS, "base"),
        (0.2, [("cut", 0.2, 0.1, 1.0)], "cut"),
        (0.2, [("cut", 0.1, 0.2, 0.0)], "cut"),
        (0.2, [("cut", 0.1, 0.2, NAN)], "cut"),
    ],
)
def test_tables_that_cannot_be_are_refused(base, rows, field):
    with pytest.raises(FieldError, match=field):
        FactorTable.of("redefault", base, rows)


def test_loss_by_vehicle_value_and_months():
    table = LossTable(
        [
            provision.LgdRow(0.6, used=True, months_max=12),
            provision.LgdRow(0.3, ltv_max=0.5),
            provision.LgdRow(0.45),
        ]
    )
    facts = {
        "stage": 1,
        "used": [1, 1, 0, 0, 1],
        "ltv": [0.4, 0.4, 0.4, 0.6, NAN],
        "months": [12, 13, 5, 5, NAN],
    }
    assert table.share(facts).tolist() == [0.6, 0.3, 0.3, 0.45, 0.45]
    assert table.predict(facts).reasons_of(0) == []
    with pytest.raises(ValueError, match="no LGD"):
        LossTable([provision.LgdRow(0.3, ltv_max=0.5)]).share({**facts, "ltv": 0.9})


def position():
    return Position.of(
        as_of="2027-04-20",
        principal=7311894,
        overdue_principal=971573,
        overdue_interest=143296,
        overdue_penalty=20000,
        annual_rate=0.072,
        instalments=21,
        last_due_date="2027-04-15",
        next_due_date="2027-05-15",
        level=371623,
    )


def test_offers_rest_on_the_table_by_their_measures():
    box = {"max_extend": 24, "extend_step": 6, "max_holiday": 2, "max_rate_cut": 0.02}
    assume = {
        "pd_no_relief": 0.3,
        "lgd": 0.45,
        "redefault": TABLE,
        "facts": {"missed_12m": np.array([4.0])},
    }
    (found,) = offers.search(position(), box, 10**9, assume, limit=50)
    assert len(found) > 5
    for offer in found:
        kinds = {measure["kind"] for measure in offer.plan}
        factors = [3]
        cut = 1 - offer.instalment / 371623
        factors += [0.25] if cut >= 0.2 else [0.5] if cut >= 0.1 else []
        factors += [2] if "holiday" in kinds else []
        expected = min(by_hand(0.3, *factors), 0.3)
        assert offer.pd == pytest.approx(expected, rel=1e-9), offer.plan
    plain = {**assume, "redefault": None, "pd_relief": 0.1}
    (fixed,) = offers.search(position(), box, 10**9, plain, limit=50)
    assert {offer.pd for offer in fixed} == {0.1}


def test_what_the_household_cannot_carry_is_worth_no_relief():
    assume = {"pd_no_relief": 0.3, "lgd": 0.45, "redefault": TABLE}
    offer = offers.evaluate(position(), [{"kind": "extend", "instalments": 1}], 0)
    assert offer.pd > 0.1
    eased = offers.evaluate(
        position(), [{"kind": "extend", "instalments": 12}], 10**9, assume
    )
    assert eased.pd < 0.3


def test_expected_value_with_repayment_ahead_against_a_tree():
    """Three instalments: each path by hand, with its probability."""
    terms = Terms.of(
        principal=300000,
        annual_rate=0.12,
        instalments=3,
        start_date="2026-01-15",
        first_due_date="2026-02-15",
    )
    plan = build(terms)
    pd, ahead, lgd, rate = 0.3, 0.4, 0.5, 0.08 / 12
    stay, leave = (1 - pd) ** (1 / 12), 1 - (1 - ahead) ** (1 / 12)
    rows = plan.rows(0)
    balance = [300000] + [row["balance"] for row in rows]
    value, alive = 0.0, 1.0
    for at, row in enumerate(rows):
        discount = (1 + rate) ** -(at + 1)
        value += alive * (1 - stay) * (1 - lgd) * balance[at] * discount
        value += alive * stay * row["instalment"] * discount
        value += alive * stay * leave * balance[at + 1] * discount
        alive *= stay * (1 - leave)
    args = plan, pd, lgd, 0.08
    found = valuation.expected_npv(*args, prepayment=ahead)
    assert found[0] == round(value)
    assert found[0] != valuation.expected_npv(*args)[0]

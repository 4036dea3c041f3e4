"""What ends a loan early: pay-off, fees, vehicle, write-off."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
import samples
from engine import settlement, vat
from engine.fields import FieldError
from engine.ledger import entry
from engine.schedule import build

YUAN = 100


def _rows(position):
    plan = build(position.terms())
    return plan.due_date, plan.principal, plan.interest, plan.fee


def _payoff(day, position=None):
    position = position or samples.after_12()
    return settlement.payoff(*_rows(position), position.last_due_date, day)


@pytest.mark.parametrize(
    ("day", "days", "whole"), [("2027-01-15", 0, 31), ("2027-01-25", 10, 31)]
)
def test_the_rest_and_the_interest_by_days(day, days, whole):
    found = _payoff(day)
    run = Decimal("497.01") * days / whole
    run = int(run.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
    assert found.principal.tolist() == [8283467] and found.interest.tolist() == [run]
    assert found.total.tolist() == [8283467 + run]
    plan = build(samples.after_12().terms())
    assert found.saved.tolist() == [int(plan.total_interest[0]) - run]


def test_what_falls_due_before_the_day_is_asked_for_as_it_stands():
    found = _payoff("2027-03-01")
    plan = build(samples.after_12().terms())
    assert found.fallen_principal.tolist() == [int(plan.principal[0, 0])]
    assert found.fallen_interest.tolist() == [int(plan.interest[0, 0])]
    run = (int(plan.interest[0, 1]) * 14 * 2 + 28) // (2 * 28)  # half-up
    assert found.interest.tolist() == [run]
    assert found.principal.tolist() == [8283467 - int(plan.principal[0, 0])]


def test_after_the_last_instalment_nothing_is_left_to_run():
    found = _payoff("2030-01-01")
    assert found.principal.tolist() == [0] and found.interest.tolist() == [0]
    assert found.fallen_principal.tolist() == [8283467]
    none = np.zeros((1, 0), dtype=np.int64)
    empty = settlement.payoff(none, none, none, none, "2027-01-15", "2027-01-20")
    assert empty.total.tolist() == [0]


def test_many_loans_are_each_the_one():
    days = [date(2027, 1, 15 + n).isoformat() for n in range(16)]
    parts = [np.repeat(part, 16, axis=0) for part in _rows(samples.after_12())]
    together = settlement.payoff(*parts, ["2027-01-15"] * 16, days)
    assert together.total.tolist() == [int(_payoff(day).total[0]) for day in days]


@pytest.mark.parametrize(
    ("terms", "fee"),
    [
        ({"kind": "none", "share": 0.03}, 0),
        ({"kind": "percent", "share": 0.03}, 30_000),
        ({"kind": "percent", "share": 0.0333335}, 33_334),
        ({"kind": "interest_months", "months": 1, "annual_rate": 0.072}, 6_000),
        ({"kind": "interest_months", "months": 3, "annual_rate": 0.072}, 18_000),
        ({"kind": "percent", "share": 0.05, "cap_share": 0.01}, 10_000),
        ({"kind": "percent", "share": 0.05, "saved": 777, "cap_saved": True}, 777),
        ({"kind": "percent", "share": 0.05, "saved": 777}, 50_000),
        ({"kind": "percent", "share": 0.05, "saved": -5, "cap_saved": True}, 0),
    ],
)
def test_the_fee_and_its_caps(terms, fee):
    kind = terms.pop("kind")
    assert settlement.early_fee(kind, [1_000_000], **terms).tolist() == [fee]


def test_a_fee_of_another_kind_or_on_nothing_is_refused():
    with pytest.raises(FieldError, match="fee_kind"):
        settlement.early_fee("tip", [1])
    with pytest.raises(FieldError, match="principal"):
        settlement.early_fee("percent", [-1])


def test_the_rest_falls_due_in_one_row_or_in_none():
    plan = settlement.falls_due("2027-01-25", [8283467], [16033], [500])
    assert plan.rows() == [
        {
            "n": 1,
            "due_date": date(2027, 1, 25),
            "instalment": 8300000,
            "principal": 8283467,
            "interest": 16033,
            "fee": 500,
            "balance": 0,
        }
    ]
    assert settlement.nothing_left().rows() == []


def test_rows_of_plain_terms_are_told_from_those_of_a_relief():
    plan = build(samples.after_12().terms())
    rows = plan.instalment[0, : int(plan.count[0])].tolist()
    first = [int(plan.interest[0, 0])]
    assert settlement.same_rows(plan, rows, first)
    late = [rows[0], *rows[1:-1], rows[-1] + 4000]
    assert settlement.same_rows(plan, late, [first[0] + 3871])
    assert not settlement.same_rows(plan, late, first)
    paused = [first[0], first[0], *rows[2:]]
    assert not settlement.same_rows(plan, paused, first)
    assert not settlement.same_rows(plan, rows[1:], first)
    assert settlement.same_rows(settlement.nothing_left(), [], [])


@pytest.mark.parametrize("adjustment", [0, -298411, 298411])
def test_principal_repaid_takes_its_share_of_the_adjustment(adjustment):
    whole = 8283467
    taken = settlement.taken_adjustment(adjustment, whole, [2_000_000])
    assert taken.tolist() == [round(adjustment * 2_000_000 / whole)]
    assert settlement.taken_adjustment(adjustment, whole, whole).tolist() == [
        adjustment
    ]


@pytest.mark.parametrize(
    ("claim", "adjustment", "allowance", "used", "charge"),
    [
        (3952000, 0, 3500000, 3952000, 452000),  # A19
        (3952000, -100000, 3500000, 3852000, 352000),
        (3952000, 0, 4000000, 3952000, -48000),
        (3952000, 0, 0, 3952000, 3952000),
    ],
)
def test_a_write_off_leaves_no_allowance(claim, adjustment, allowance, used, charge):
    found = settlement.write_off([claim], adjustment, allowance)
    assert [part.tolist() for part in found] == [[used], [charge]]
    lines = entry("provision", charge=charge)
    lines += entry("write_off", not_due=claim, adjustment=adjustment)
    held = sum(x.debit - x.credit for x in lines if x.role == "allowance")
    assert held == allowance


def test_a20_recovery_step_by_step():
    steps = [
        ("recovery", {"reinstated": 900_000}, {"principal": 1, "allowance": -1}),
        ("recovery", {"released": 900_000}, {"allowance": 1, "impairment": -1}),
        ("recovery", {"income": 900_000}, {"allowance": 1, "recovery": -1}),
        ("recovery", {"cost": 900_000}, {"collection_cost": 1, "bank": -1}),
    ]
    for event, amounts, sides in steps:
        found = {x.role: x.debit - x.credit for x in entry(event, **amounts)}
        assert found == {role: sign * 900_000 for role, sign in sides.items()}


@pytest.mark.parametrize(
    ("claims", "owed", "left"),
    [
        ([500], 500, [500]),
        ([500], 0, [0]),
        # the oldest is paid first
        ([500, 300, 200], 700, [200, 300, 200]),
        ([500, 300, 200], 350, [0, 150, 200]),
        # what came in beyond all claims, and what a reversal leaves above them
        ([500, 300], -10, [0, 0]),
        ([500, 300], 900, [500, 300]),
        ([], 0, []),
    ],
)
def test_what_comes_in_pays_the_oldest_claim_first(claims, owed, left):
    came_in, found = settlement.recovered(claims, owed)
    assert found.tolist() == left
    # claim by claim, as somebody pays with money in hand
    money = max(sum(claims) - owed, 0)
    for claim, got in zip(claims, came_in.tolist(), strict=True):
        assert got == min(money, claim)
        money -= got


def test_a28_a_vehicle_taken_in_settlement():
    claim, allowance, value, costs = 50_000, 20_000, 27_500, 800
    used, result, books = settlement.in_settlement(claim, 0, allowance, value, costs)
    assert (int(used), int(result), int(books)) == (20_000, 2_500, 28_300)
    lines = entry(
        "repossession",
        not_due=claim,
        allowance_used=int(used),
        fair_value=value,
        costs=costs,
    )
    assert {x.role: x.debit - x.credit for x in lines} == {
        "repossessed_asset": 28_300,
        "allowance": 20_000,
        "settlement_result": 2_500,
        "principal": -50_000,
        "bank": -800,
    }


def test_a_vehicle_worth_more_than_what_is_carried_is_a_gain():
    used, result, _books = settlement.in_settlement(50_000, 0, 20_000, 35_000)
    assert (int(used), int(result)) == (20_000, -5_000)


@pytest.mark.parametrize(("proceeds", "result"), [(30_000, -1_700), (25_000, 3_300)])
def test_a_sale_of_the_vehicle_shows_gain_or_loss(proceeds, result):
    lines = entry("sale", proceeds=proceeds, book_value=28_300)
    found = {x.role: x.debit - x.credit for x in lines}
    assert found == {
        "buyer": proceeds,
        "repossessed_asset": -28_300,
        "settlement_result": result,
    }


@pytest.mark.parametrize(
    ("price", "for_borrower", "left"),
    [
        (30_000, False, (1_300, 0, 0)),
        (28_000, False, (-700, 0, 0)),
        (30_000, True, (0, 1_300, 0)),
        (28_000, True, (0, 0, 700)),
        (28_700, True, (0, 0, 0)),
    ],
)
def test_what_a_sale_leaves_and_whose_it_is(price, for_borrower, left):
    found = settlement.sale(price, 200, 200, 28_300, for_borrower)
    assert tuple(int(part) for part in found) == left
    lines = entry(
        "sale",
        proceeds=price,
        vat=200,
        costs=200,
        book_value=28_300,
        surplus=left[1],
        shortfall=left[2],
    )
    result = {x.role: x.credit - x.debit for x in lines}
    assert result.get("settlement_result", 0) == left[0]
    assert result.get("credit", 0) == left[1]
    assert result.get("principal_due", 0) == -left[2]


@pytest.mark.parametrize(
    ("scheme", "rate", "levied", "tax"),
    [
        ("whole", 0.03, 0.02, 60_000),  # 3,090,000 / 1.03 x 2 %
        ("whole", 0.13, 0.13, 355_487),  # 3,090,000 x 13 / 113 = 355,486.7...
        ("margin", 0.13, 0.13, 29_912),  # 260,000 x 13 / 113 = 29,911.5...
        ("whole", 0.0, 0.0, 0),
    ],
)
def test_vat_of_a_sale(scheme, rate, levied, tax):
    assert vat.of_sale([3_090_000], [2_830_000], scheme, rate, levied).tolist() == [tax]


def test_no_margin_no_vat_and_an_unknown_scheme_is_named():
    assert vat.of_sale([100], [200], "margin", 0.13, 0.13).tolist() == [0]
    with pytest.raises(ValueError, match="scheme"):
        vat.of_sale([100], [200], "other", 0.13, 0.13)

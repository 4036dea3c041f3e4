"""A second relief from the command line: the story of a loan, relief by relief."""

from decimal import Decimal

import pytest
from engine.fields import FieldError
from engine.quotation.answer import answer

TERMS = {
    "principal": "120000.00",
    "annual_rate": 0.072,
    "instalments": 36,
    "start_date": "2025-01-15",
    "first_due_date": "2025-02-15",
}
HOLIDAY = {"kind": "holiday", "instalments": 5, "interest": "defer"}


def quote(reliefs, measures, as_of="2026-04-15"):
    status = {"as_of": as_of, "paid": {"instalments": 12}, "reliefs": reliefs}
    return answer({"terms": TERMS, "status": status, "measures": measures})


def first(*measures):
    return [{"as_of": "2026-01-15", "measures": list(measures)}]


def test_the_rest_of_a_holiday_is_quoted_as_it_was_agreed():
    """Three of five months are past: two more, then all that was deferred."""
    rows = quote(first(HOLIDAY), [])["before"]["schedule"]
    assert len(rows) == 26
    assert [row["instalment"] for row in rows[:2]] == ["0.00", "0.00"]
    assert Decimal(rows[2]["interest"]) == 6 * Decimal("497.01")
    assert sum(Decimal(row["principal"]) for row in rows) == Decimal("82834.67")


def test_a_second_relief_keeps_what_the_first_deferred():
    longer = [{"kind": "extend", "instalments": 6}]
    result = quote(first(HOLIDAY), longer)
    rows = result["after"]["schedule"]
    assert len(rows) == 32
    assert Decimal(rows[2]["interest"]) == 6 * Decimal("497.01")
    # the loss of the first stands in what is carried: no part of it is booked again
    one = quote([], [HOLIDAY], as_of="2026-01-15")["valuation"]
    unwound = sum(map(Decimal, one["unwind"][:3]))
    carried = Decimal("82834.67") - Decimal(one["modification_loss"]) + unwound
    assert Decimal(result["valuation"]["carrying"]) == carried


def test_principal_deferred_twice_adds_up():
    defer = {"kind": "defer_principal", "amount": "10000"}
    rows = quote(first(defer), [defer])["after"]["schedule"]
    assert Decimal(rows[-1]["principal"]) > 20000
    assert Decimal(rows[-2]["balance"]) > 20000


@pytest.mark.parametrize(
    ("reliefs", "field"),
    [
        ([{"as_of": "2026-05-01", "measures": []}], "status.reliefs[0].as_of"),
        ([{"measures": []}], "status.reliefs[0].as_of"),
        (first({"kind": "gift"}), "status.reliefs[0].measures[0].kind"),
        (
            first({"kind": "forgive_principal", "amount": "900000"}),
            "status.reliefs[0].measures[0].amount",
        ),
        (first(HOLIDAY) + first(HOLIDAY | {"interest": "pay"}), "interest"),
    ],
)
def test_what_is_wrong_in_an_earlier_relief_is_named(reliefs, field):
    with pytest.raises(FieldError) as caught:
        quote(reliefs, [])
    assert field in str(caught.value)


def test_a_day_after_the_last_instalment_is_refused():
    with pytest.raises(FieldError, match="no instalment remains"):
        quote(first(HOLIDAY), [], as_of="2029-01-15")

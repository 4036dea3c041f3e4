"""The journal entries accountants expect: the table of domain.md section 7, in cents.

Rows that the shared file of cases has as well are tested from it in ``test_cases``.
Accounts go by the names of the roles; what is due and what is not are both principal.
"""

import pytest
from engine import ledger, provision, vat
from test_cases import TERMS, overdue_terms, quote, quoted_lines


def booked(lines):
    """Return {role: debit less credit} without what comes to nothing."""
    sums = {}
    for role, amount in lines:
        role = {"principal_due": "principal"}.get(role, role)
        sums[role] = sums.get(role, 0) + amount
    return {role: amount for role, amount in sums.items() if amount}


def entries(*events):
    posted = [ledger.entry(event, **amounts) for event, amounts in events]
    lines = [line for entry in posted for line in entry]
    return booked((line.role, line.debit - line.credit) for line in lines)


def test_a02_accrual_and_receipt():
    result = quote([], as_of="2026-01-20", paid=0)
    due = booked(quoted_lines(result, "bill"))
    assert due == {"interest_due": 72000, "interest_income": -72000}
    paid = booked(quoted_lines(result, "repay"))
    assert paid == {"bank": 371623, "interest_due": -72000, "principal": -299623}


def test_a05_extension_at_the_same_rate():
    result = quote([{"kind": "extend", "instalments": 12}])
    assert result["after"]["totals"]["instalment"] == "2565.28"
    assert result["valuation"]["pv_after"] == result["valuation"]["carrying"]
    assert [entry["event"] for entry in result["entries"]] == ["bill", "repay"]


def test_a10_waiver_of_interest_that_is_mostly_provided():
    result = quote(
        [{"kind": "waive", "component": "interest", "amount": "2150.40"}],
        as_of="2026-02-15",
        terms=overdue_terms(2150.4),
        paid=0,
        allowance="1290.24",
    )
    topped = booked(quoted_lines(result, "provision"))
    assert topped == {"impairment": 86016, "allowance": -86016}
    waived = booked(quoted_lines(result, "waive"))
    assert waived == {"allowance": 215040, "interest_due": -215040}


def test_a12_forgiveness_within_the_allowance():
    result = quote(
        [{"kind": "forgive_principal", "amount": "15000"}],
        as_of="2026-01-15",
        terms={**TERMS, "principal": "60000"},
        paid=0,
        allowance="25000",
    )
    assert not quoted_lines(result, "provision")
    forgiven = booked(quoted_lines(result, "forgive"))
    assert forgiven == {"allowance": 1500000, "principal": -1500000}
    # 40 % of the 45,000 that remain
    left = entries(("provision", {"charge": 1800000 - (2500000 - 1500000)}))
    assert left == {"impairment": 800000, "allowance": -800000}


def test_a14_capitalised_arrears():
    plan = [
        {"kind": "capitalise", "components": ["interest"]},
        {"kind": "extend", "instalments": 12},
    ]
    result = quote(plan, as_of="2027-04-15")
    assert result["position"]["principal"] == "82834.67"
    assert result["destinations"]["principal"]["capitalised"] == "9715.73"
    moved = booked(quoted_lines(result, "capitalise"))
    assert moved == {"principal": 149103, "interest_due": -149103}


def test_a16_holiday_capitalised():
    holiday = {"kind": "holiday", "instalments": 3, "interest": "capitalise"}
    result = quote([holiday])
    rows = result["after"]["schedule"]
    assert rows[2]["balance"] == "84334.66" and rows[3]["instalment"] == "3783.53"
    assert not quoted_lines(result, "modify")
    value = result["valuation"]
    assert value["modification_loss"] == "0.00" and value["diminished_pct"] == 0


def test_a18_holiday_without_interest():
    result = quote([{"kind": "holiday", "instalments": 3, "interest": "waive"}])
    lost = booked(quoted_lines(result, "modify"))
    assert lost == {"modification_result": 147330, "interest_adjustment": -147330}
    earned = booked(quoted_lines(result, "bill"))
    assert earned == {"interest_adjustment": 48817, "interest_income": -48817}
    assert result["valuation"]["diminished"]  # 1.78 %, domain section 2


def test_a20_recovery_after_write_off():
    found = entries(
        ("recovery", {"reinstated": 900000}),
        ("repay", {"principal": 900000}),
        ("recovery", {"released": 900000}),
        ("recovery", {"cost": 60000}),
    )
    assert found == {"bank": 840000, "impairment": -900000, "collection_cost": 60000}


@pytest.mark.parametrize(
    ("stage", "pd", "expected"),
    [(1, 0.02, 74700), (2, 0.12, 448200), (3, 1.0, 3735000)],
)
def test_a22_loss_allowance_by_stage(stage, pd, expected):
    assert provision.expected_loss([8300000], [pd], [0.45]).tolist() == [expected]


def test_a24_cure_releases_what_stage_three_held():
    found = entries(("provision", {"charge": 448200 - 3735000}))
    assert found == {"allowance": 3286800, "impairment": -3286800}


def test_a28_vehicle_taken_in_payment():
    found = entries(
        (
            "repossession",
            {
                "not_due": 5000000,
                "allowance_used": 2000000,
                "fair_value": 2750000,
                "costs": 80000,
            },
        )
    )
    assert found == {
        "repossessed_asset": 2830000,
        "allowance": 2000000,
        "settlement_result": 250000,
        "principal": -5000000,
        "bank": -80000,
    }


def test_a30_the_rate_changes_from_now_on_instead_of_a_loss():
    """ASC 310-20: the rate cut of A07 is no loss on the day; 248.50 is the income."""
    result = quote([{"kind": "rate", "annual_rate": "0.036", "instalments": None}])
    assert result["valuation"]["prospective_eir"] == pytest.approx(0.003, abs=5e-9)
    interest = result["after"]["schedule"][0]["interest"]
    assert interest == "248.50"
    # with a cost in the rate the income is no longer the contract's interest
    terms = {**TERMS, "principal": "100000", "annual_rate": "0.06", "instalments": 24}
    result = quote(
        [{"kind": "rate", "annual_rate": "0.03", "instalments": None}],
        as_of="2026-07-15",
        terms={**terms, "upfront_fee_in_eir": "3000"},
        paid=6,
    )
    rate, value = result["valuation"]["prospective_eir"], 0.0
    for row in reversed(result["after"]["schedule"]):
        value = (value + float(row["instalment"])) / (1 + rate)
    assert value == pytest.approx(77846.64, abs=0.01) and rate < 0.0025


def test_a30_nothing_left_has_no_rate():
    result = quote([], as_of="2029-02-01", paid=36)
    assert result["valuation"]["prospective_eir"] is None


def test_a32_interest_more_than_ninety_days_unpaid():
    """The tax of 40.75 waits until the money comes."""
    tax = int(vat.included([72000], 0.06)[0])
    assert vat.is_pending(["2026-06-15"], ["2026-03-01"], 90).tolist() == [True]
    billed = entries(("bill", {"interest": 72000, "interest_vat_pending": tax}))
    assert billed == {
        "interest_due": 72000,
        "interest_income": -67925,
        "pending_vat": -4075,
    }
    received = entries(("vat", {"received": tax}))
    assert received == {"pending_vat": 4075, "output_vat": -4075}

"""Entries: the worked cases over roles, balance of every event."""

import pytest
import samples
from engine import ledger
from engine.ledger import entry
from hypothesis import given
from hypothesis import strategies as st

#: Accounts of the worked cases -> the roles that may stand for them.
ACCOUNTS = {
    "CASH": {"bank"},
    "LOAN_PRINCIPAL": {"principal", "principal_due"},
    "LOAN_ADJ": {"interest_adjustment"},
    "INT_RECEIVABLE": {"interest_due", "penalty_due"},
    "COLLECTION_COST_RECEIVABLE": {"fee_due"},
    "ECL_ALLOWANCE": {"allowance"},
    "INT_INCOME": {"interest_income", "penalty_income"},
    "OUTPUT_VAT": {"output_vat"},
    "MOD_GAIN_LOSS": {"modification_result"},
    "IMPAIRMENT_LOSS": {"impairment"},
    "FORECLOSED_ASSET": {"repossessed_asset"},
    "INVESTMENT_INCOME": {"settlement_result"},
    "COLLECTION_COST": {"collection_cost"},
}

EVENTS = {
    "A03": [
        ("accrue", {"interest": 72000}),
        ("repay", {"fee": 15000, "interest": 72000, "principal": 113000}),
    ],
    "A04": [("accrue", {"interest": 28164})],
    "A07": [
        ("modify", {"loss": 298411}),
        ("accrue", {"interest": 24850}, {"unwind": 23060}),
        ("repay", {"interest": 24850, "principal": 333386}),
    ],
    "A09": [("waive", {"interest": 215040})],
    "A13": [
        ("provision", {"charge": 500000}),
        ("forgive", {"principal": 3000000, "allowance_used": 3000000}),
        ("provision", {"charge": 1200000}),
    ],
    "A15": [("capitalise", {"interest": 149103, "suspended": 91860})],
    "A17": [("modify", {"loss": 1752})],
    "A19": [
        ("provision", {"charge": 452000}),
        ("write_off", {"not_due": 3800000, "interest": 152000}),
    ],
    "A21": [("provision", {"charge": 373500})],
    "A23": [("accrue", {"interest": 49800, "to_allowance": 22410})],
    "A31": [("accrue", {"interest": 72000, "vat": 4075})],
    "A33": [("penalty", {"penalty": 1932})],
}


def sides(lines, accounts):
    """Return {account: net debit in minor units} of lines over roles."""
    net = {}
    for line in lines:
        name = next(a for a, roles in accounts.items() if line.role in roles)
        net[name] = net.get(name, 0) + line.debit - line.credit
    return {name: amount for name, amount in net.items() if amount}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_worked_entries(name):
    expected = samples.cases("accounting_cases")[name]["expected"]["entries"]
    for step, event in zip(expected, EVENTS[name], strict=True):
        lines = entry(event[0], **event[1])
        if len(event) > 2:  # the unwinding goes with the bill of the month
            lines += entry("bill", **event[2])
        wanted = {
            line["account"]: samples.minor(line["debit"])
            - samples.minor(line["credit"])
            for line in step["lines"]
        }
        assert sides(lines, ACCOUNTS) == wanted, step["step"]


def test_a_waiver_off_balance_has_no_entry():
    """A11: nothing recognised, nothing to post."""
    assert entry("waive", penalty=0) == []


def test_a_bill_carries_its_components():
    lines = entry("bill", principal=300, interest=70, fee=5, unwind=-2)
    found = {(line.role, line.component): line.debit - line.credit for line in lines}
    assert found == {
        ("principal_due", "principal"): 300,
        ("principal", "principal"): -300,
        ("interest_due", "interest"): 70,
        ("interest_income", "interest"): -68,
        ("interest_adjustment", "interest"): -2,
        ("fee_due", "fee"): 5,
        ("fee_income", "fee"): -5,
    }


def test_capitalised_interest_opens_no_receivable():
    lines = entry("bill", principal=-70, interest=70)
    found = [(line.role, line.debit, line.credit) for line in lines]
    assert found == [("principal", 70, 0), ("interest_income", 0, 70)]


def test_an_opening_balances_against_its_own_role():
    lines = entry("open", principal=1000, overdue_interest=50, adjustment=-30)
    assert sum(x.credit - x.debit for x in lines if x.role == ledger.OPENING) == 1020


def test_a_waiver_against_the_allowance():
    """A10: the allowance takes it all."""
    lines = entry("waive", interest=215040, allowance_used=215040)
    assert [line.role for line in lines] == ["allowance", "interest_due"]


amounts = st.integers(-(10**10), 10**10)


@given(st.data())
def test_every_event_balances(data):
    event = data.draw(st.sampled_from(ledger.EVENTS))
    rules = sorted(ledger._RULES[event])
    given = {name: data.draw(amounts) for name in rules}
    lines = entry(event, **given)
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines)
    assert all((line.debit > 0) != (line.credit > 0) for line in lines)
    roles = {*ledger.ROLES, ledger.OPENING, ledger.BUYER, ledger.CREDIT}
    assert all(line.role in roles for line in lines)


@pytest.mark.parametrize(
    ("event", "given", "message"),
    [
        ("explode", {}, "unknown event 'explode'"),
        ("bill", {"gift": 1}, "bill knows no amount 'gift'"),
        ("bill", {"interest": 1.5}, "not in minor units"),
        ("repay", {"interest": 100, "total": 90}, "repay is out of balance by -10"),
    ],
)
def test_bad_events_name_what_is_wrong(event, given, message):
    with pytest.raises(ValueError, match=message):
        entry(event, **given)


def test_unbalanced_lines_name_the_difference():
    with pytest.raises(ValueError, match="custom is out of balance by 3"):
        ledger.check("custom", [ledger.Line("bank", "", 3, 0)])


def test_a_bill_reversed_is_the_bill_with_its_sides_changed():
    for amounts in (
        {"interest": 24850, "unwind": 23060},
        {"principal": 300, "interest": 20, "fee": 5},
        {"principal": -500, "interest": 500},
        {"principal": -300, "interest": 500},
    ):
        there = ledger.entry("bill", **amounts)
        back = ledger.entry("bill", **{name: -v for name, v in amounts.items()})
        turned = {(x.role, x.component, x.credit, x.debit) for x in back}
        assert turned == {(x.role, x.component, x.debit, x.credit) for x in there}

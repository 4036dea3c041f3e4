"""VAT within amounts, and when interest stops being income."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from engine import ledger, suspension, vat
from hypothesis import given
from hypothesis import strategies as st

minor = st.integers(0, 10**9)


def test_the_worked_case():
    """A31: 720.00 is 679.25 and 40.75."""
    assert vat.included([72000], 0.06).tolist() == [4075]
    assert vat.included([72000], 0).tolist() == [0]


@given(minor, st.sampled_from(["0.06", "0.09", "0.13"]))
def test_included_by_decimals(amount, rate):
    exact = Decimal(amount) * Decimal(rate) / (1 + Decimal(rate))
    wanted = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert vat.included([amount], float(rate)).tolist() == [wanted]


@given(st.lists(minor, min_size=1, max_size=6))
def test_parts_of_a_claim_paid_down_add_up(payments):
    """What is left of the tax follows what is unpaid, to nothing at the end."""
    whole = sum(payments) or 1
    tax = int(vat.included([whole], 0.06)[0])
    left, moved, before = whole, 0, tax
    for payment in payments:
        left -= payment
        now = int(vat.part([tax], [left], [whole])[0])
        moved, before = moved + before - now, now
    assert moved + before == tax
    if left == 0:
        assert before == 0


@pytest.mark.parametrize(
    ("due", "since", "days", "pending"),
    [
        ("2026-05-16", "2026-02-15", 90, False),  # the 90th day
        ("2026-05-17", "2026-02-15", 90, True),
        ("2026-05-17", "NaT", 90, False),
        ("2028-05-17", "2026-02-15", 0, False),
    ],
)
def test_pending_after_the_days(due, since, days, pending):
    assert vat.is_pending([due], [since], [days]).tolist() == [pending]


def test_declared_tax_stays_a_claim():
    amount, tax = vat.leaves(
        [72000, 30000, 4000, 36000], [4075] * 4, [72000] * 4, [False] * 3 + [True]
    )
    assert amount.tolist() == [67925, 25925, 0, 36000]
    assert tax.tolist() == [0, 0, 0, 2038]


def test_suspended_beyond_the_days_and_resumed_at_the_policys():
    dpd = np.array([90, 91, 91, 91, 5, 6, 0])
    suspended = [False, False, True, False, True, True, False]
    after = [90, 90, 90, 0, 90, 90, 90]
    codes = suspension.decide(dpd, suspended, after, 5)
    stay, suspend, resume = suspension.STAY, suspension.SUSPEND, suspension.RESUME
    assert codes.tolist() == [stay, suspend, stay, stay, resume, stay, stay]


@given(minor, minor, minor, minor, st.booleans())
def test_a_shift_leaves_a_sound_register(booked, register, paid, received, suspended):
    paid = min(paid, booked + register)
    moved = int(
        suspension.shift([booked], [register], [paid], [received], [suspended])[0]
    )
    assert register + moved >= 0
    assert booked - moved >= paid  # what is paid is income
    if moved > 0:
        assert suspended
        assert moved <= received


def test_a_register_below_zero_is_made_whole():
    assert suspension.shift([500], [-200], [0], [200], [False]).tolist() == [200]


CLAIM = st.tuples(minor, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))


@given(
    st.lists(st.lists(CLAIM, min_size=1, max_size=4), min_size=1, max_size=4),
    st.booleans(),
    st.lists(minor, min_size=4, max_size=4),
)
def test_suspended_claims_by_fractions(books, pending, held):
    """Loan by loan and claim by claim, in fractions: the arrays say the same."""
    rows, wanted = [], []
    for number, claims in enumerate(books):
        left = held[number]
        for whole, rate, raised, unpaid in claims:
            tax = whole * rate // 1000
            share = (whole - tax) * raised // 100
            residual = whole * unpaid // 100
            amount = residual if pending else residual - min(residual, tax)
            gone = _half_up(tax * residual, whole) if pending else 0
            part = _half_up(share * amount, whole if pending else whole - tax)
            part = min(part, left)
            left -= part
            rows.append((residual, whole, tax, share, number))
            wanted.append((amount, gone, part))
    residual, whole, tax, share, loan = zip(*rows, strict=True)
    found = suspension.leaves(
        residual,
        whole,
        tax,
        share,
        [pending] * len(rows),
        loan=loan,
        allowance=[held[number] for number in loan],
    )
    assert list(zip(*(part.tolist() for part in found), strict=True)) == wanted
    # income, allowance and pending tax make up the claim, each rounded alone
    for (amount, gone, part), row in zip(wanted, rows, strict=True):
        assert gone + part <= amount + 1 and amount <= row[1]


def _half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator) if denominator else 0


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        # principal, interest, carried, unwind -> register, joins, adjustment
        ((300, 70, 0, 0), (70, 0, 0)),
        ((300, 70, 20, 5), (50, 0, 5)),
        ((-70, 70, 0, 0), (0, 70, 70)),
        ((-50, 70, 0, -3), (20, 50, 47)),
        ((0, 0, 0, 9), (0, 0, 9)),
    ],
)
def test_what_a_bill_of_a_suspended_loan_keeps_out_of_income(row, kept):
    found = suspension.of_bill(*([value] for value in row))
    assert tuple(int(part[0]) for part in found) == kept
    principal, interest, carried, unwind = row
    amounts = suspension.kept_out(
        {
            "principal": principal,
            "interest": interest - carried - kept[0],
            "fee": 0,
            "unwind": unwind,
        }
    )
    lines = ledger.entry("bill", **amounts)
    assert "interest_income" not in {line.role for line in lines}
    asked = sum(x.debit - x.credit for x in lines if x.role.endswith("_due"))
    assert asked == principal + interest - carried - kept[0]


def test_a23_suspended_and_cured():
    """498.00, of which 224.10 had raised the allowance: each part goes back."""
    amount, tax, part = suspension.leaves(
        [49800], [49800], [0], [22410], [False], loan=[1], allowance=[37350]
    )
    amounts = {"interest": int(amount[0]), "to_allowance": int(part[0])}
    out = {x.role: x.debit - x.credit for x in ledger.entry("suspend", **amounts)}
    assert (out, tax.tolist()) == (
        {"interest_due": -49800, "interest_income": 27390, "allowance": 22410},
        [0],
    )
    back = {x.role: x.credit - x.debit for x in ledger.entry("resume", **amounts)}
    assert back == out


@given(
    st.lists(st.integers(-(10**6), 10**8), min_size=1, max_size=30),
    st.integers(0, 10**6),
)
def test_tax_of_capitalised_interest_leaves_rows_with_the_principal(principal, tax):
    """By fractions: up to each row, the tax in the share of principal repaid by it."""
    rows = [7 * (number + 1) for number in range(len(principal))]
    net = vat.less_tax(np.array([rows]), np.array([principal]), [tax])[0].tolist()
    assert sum(rows) - sum(net) == tax
    whole = sum(max(part, 0) for part in principal)
    for row in range(len(rows)):
        borne = sum(rows[: row + 1]) - sum(net[: row + 1])
        repaid = sum(max(part, 0) for part in principal[: row + 1])
        share = Fraction(tax * repaid, whole) if whole else Fraction(tax)
        assert abs(borne - share) <= Fraction(1, 2)


def test_a_cure_lapses_where_it_never_was_one():
    """Day of the cure: 40 days late as believed, or by policy; later: 95."""
    at_cure = [0, 40, 41, 95, 95, -10]
    codes = suspension.decide(
        [10, 10, 10, 10, 10, 200],
        [False] * 4 + [True, False],
        [90, 90, 90, 0, 90, 90],
        [0, 40, 40, 0, 0, 0],
        at_cure,
        [0, 0, 40, 0, 0, 0],
    )
    wanted = ["STAY", "STAY", "LAPSE", "STAY", "LAPSE", "SUSPEND"]
    assert codes.tolist() == [getattr(suspension, name) for name in wanted]

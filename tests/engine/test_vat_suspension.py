"""VAT within amounts, and when interest stops being income."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from engine import suspension, vat
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

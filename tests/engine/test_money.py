"""Exact money: conversion, half-up division, products beyond 64 bits."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from engine import money
from hypothesis import given
from hypothesis import strategies as st

int64 = st.integers(-(2**63) + 1, 2**63 - 1)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("120000.00", 2, 12000000),
        (Decimal("0.005"), 2, 1),
        (0.125, 2, 13),
        (1.005, 2, 101),  # its text says 1.005, whatever its bits
        (-0.005, 2, -1),
        (7, 0, 7),
        ("1e3", 2, 100000),
        (np.float64(2.675), 2, 268),
    ],
)
def test_to_minor_rounds_half_up(value, digits, expected):
    assert money.to_minor(value, digits) == expected


def test_to_minor_of_arrays_agrees_with_scalars():
    values = np.array([1.005, 2.675, -0.125, 1234.5, 0.1 + 0.2])
    one_by_one = [money.to_minor(v) for v in values]
    assert money.to_minor(values).tolist() == one_by_one
    assert money.to_minor(["1.005", 2]).tolist() == [101, 200]


@pytest.mark.parametrize(
    "value", ["abc", "", None, True, float("nan"), float("inf"), "1e30", [1, "x"]]
)
def test_to_minor_refuses(value):
    with pytest.raises(ValueError, match="amount"):
        money.to_minor(value)


def test_to_minor_refuses_nan_in_an_array():
    with pytest.raises(ValueError, match="row 1"):
        money.to_minor(np.array([1.0, np.nan]))


@given(int64, st.integers(1, 2**63 - 1))
def test_half_up_div_is_exact(num, den):
    expected = (2 * abs(num) + den) // (2 * den) * (1 if num >= 0 else -1)
    assert int(money.half_up_div(np.int64(num), np.int64(den))) == expected


@given(st.integers(-(10**13), 10**13), st.integers(0, 10**11), st.integers(1, 10**14))
def test_mul_div_is_exact_beyond_64_bits(amount, num, den):
    exact = Fraction(amount * num, den)
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    expected = rounded if exact >= 0 else -rounded
    if abs(expected) > money.INT64_MAX:
        with pytest.raises(OverflowError, match="64 bits"):
            money.mul_div(np.array([amount]), num, den)
    else:
        assert money.mul_div(np.array([amount]), num, den).tolist() == [expected]


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_a_half_is_rounded_away_from_zero_and_nothing_less_is(whole, half):
    """At a tie and one below it, by each of the three ways there are."""
    den = 2 * half
    tie = whole * den + half
    for scale in (1, 10**5, 10**12):  # floats, 64 bits, Python integers
        for amount, expected in ((tie, whole + 1), (tie - 1, whole)):
            found = money.mul_div(np.array([amount, -amount]), scale, den * scale)
            assert found.tolist() == [expected, -expected]
    assert money.half_up_div(tie, den) == whole + 1
    assert money.half_up_div(tie - 1, den) == whole
    # an amount alone, never below zero, goes by floats
    assert money.mul_div(np.array([tie, tie - 1]), 1, den).tolist() == [
        whole + 1,
        whole,
    ]


def test_half_up_div_refuses_a_divisor_of_zero():
    with pytest.raises(ValueError, match="above zero"):
        money.half_up_div(1, 0)


@given(st.decimals(0, 1, places=8))
def test_rates_are_exact_to_eight_decimals(rate):
    num, den = money.rate_fraction(float(rate))
    assert Fraction(int(num), int(den)) == Fraction(rate)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_decimal_round_trip(minor, digits):
    text = str(money.to_decimal(minor, digits))
    assert money.to_minor(text, digits) == minor
    assert Decimal(text) == (Decimal(minor) / 10**digits).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP
    )

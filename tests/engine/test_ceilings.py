"""Ceilings as shares of a book, exactly."""

from fractions import Fraction

import numpy as np
import pytest
from engine import ceilings


@pytest.mark.parametrize(
    ("share", "book", "used", "in_process", "left"),
    [
        (0.05, 100, 0, 0, 5),
        (0.05, 119, 0, 0, 5),
        (0.05, 100, 3, 1, 1),
        (0.05, 100, 3, 4, 0),
        (0.03, 33, 0, 0, 0),
        (0.0, 100, 0, 0, 0),
        (1.0, 7, 0, 0, 7),
        (0.01, 123_456_789, 0, 0, 1_234_567),
    ],
)
def test_what_is_left(share, book, used, in_process, left):
    assert int(ceilings.room(share, book, used, in_process)) == left


def test_against_fractions():
    rng = np.random.default_rng(1)
    for _ in range(300):
        share = round(float(rng.uniform(0, 1)), 4)
        book = int(rng.integers(0, 10**13))
        exact = int(Fraction(str(share)) * book)
        assert int(ceilings.most(share, book)) == exact


@pytest.mark.parametrize(
    ("share", "more", "passes"),
    [(0.05, 1, False), (0.05, 2, True), (0.0, 99, False)],
)
def test_one_more(share, more, passes):
    assert bool(ceilings.exceeds(share, 100, 3, 1, more)) is passes

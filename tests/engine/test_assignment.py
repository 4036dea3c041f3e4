"""Cases go to the least loaded of those who may take them."""

import numpy as np
import pytest
from engine import assignment

CASES = {
    # name: (load, allowed, rank, chosen)
    "least": ([3, 1, 2], [[1, 1, 1]], [0, 1, 2], [1]),
    "equals go by rank": ([1, 1], [[1, 1]], [5, 2], [1]),
    "each case given counts": ([0, 1], [[1, 1]] * 4, [0, 1], [0, 0, 1, 0]),
    "who may not is passed over": ([0, 9], [[0, 1], [1, 1]], [0, 1], [1, 0]),
    "nobody may": ([0], [[0]], [0], [-1]),
    "nobody at all": ([], [[], []], [], [-1, -1]),
    "no case": ([1, 2], np.zeros((0, 2)), [0, 1], []),
}


@pytest.mark.parametrize("name", CASES)
def test_spread(name):
    load, allowed, rank, wanted = CASES[name]
    allowed = np.array(allowed).reshape(len(allowed), len(load))
    assert assignment.spread(load, allowed, rank).tolist() == wanted


def test_the_given_load_stays_as_it_is():
    load = np.array([0, 0])
    assignment.spread(load, [[True, True]], [0, 1])
    assert load.tolist() == [0, 0]

"""Authority: limits counted over a window, and committees of n out of m."""

import itertools

import numpy as np
import pytest
from engine import authority

STANDINGS = [
    # limit, used, in process, case, available, exceeded
    (500000, 0, 0, 500000, 500000, False),
    (500000, 0, 0, 500001, 500000, True),
    (500000, 300000, 0, 200000, 200000, False),
    (500000, 300000, 100000, 100001, 100000, True),
    (500000, 600000, 0, 1, 0, True),
    # what concedes nothing needs no authority, even where too much was conceded
    (500000, 600000, 0, 0, 0, False),
    (0, 0, 0, 0, 0, False),
    (0, 0, 0, 1, 0, True),
    # a concession can be a gain of the lender: it does not use authority up
    (0, 0, 0, -5, 0, False),
]


def test_standing():
    limit, used, process, case, available, exceeded = np.array(STANDINGS).T
    found = authority.standing(limit, used, process, case)
    np.testing.assert_array_equal(found.available, available)
    np.testing.assert_array_equal(found.exceeded, exceeded.astype(bool))


OUTCOMES = [
    # needed, members, approvals, refusals, one refusal ends it, outcome
    (1, 1, 0, 0, True, authority.OPEN),
    (1, 1, 1, 0, True, authority.APPROVED),
    (1, 5, 0, 1, True, authority.REFUSED),
    (1, 5, 0, 1, False, authority.OPEN),
    (1, 5, 0, 5, False, authority.REFUSED),
    (2, 3, 1, 0, True, authority.OPEN),
    (2, 3, 1, 1, False, authority.OPEN),
    (2, 3, 2, 1, False, authority.APPROVED),
    (2, 3, 1, 2, False, authority.REFUSED),
    (2, 3, 1, 1, True, authority.REFUSED),
    # members who left since: one of those who stay can end it
    (2, 1, 1, 1, False, authority.REFUSED),
]


@pytest.mark.parametrize("case", OUTCOMES)
def test_outcome(case):
    *given, expected = case
    found = authority.outcome(*([value] for value in given))
    assert found.tolist() == [expected]


def test_every_committee_ends_once_all_have_decided():
    """By hand: refused exactly when fewer than n of m can still approve."""
    for members in range(1, 6):
        for needed in range(1, members + 1):
            for votes in itertools.product((True, False), repeat=members):
                (found,) = authority.outcome(
                    [needed], [members], [sum(votes)], [members - sum(votes)], [False]
                )
                expected = (
                    authority.APPROVED if sum(votes) >= needed else authority.REFUSED
                )
                assert found == expected, (needed, members, votes)

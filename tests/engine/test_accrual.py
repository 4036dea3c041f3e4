"""Interest that has run by the end of a month."""

import numpy as np
from engine.accrual import accrued


def test_by_days_of_the_period():
    # 16 of 31 days from 15 May to 15 June
    assert accrued([72000], "2026-05-15", "2026-06-15", "2026-05-31").tolist() == [
        37161
    ]


def test_nothing_before_and_never_more_than_all():
    days = np.array(["2026-05-10", "2026-05-15", "2026-06-15", "2026-07-01"], "M8[D]")
    result = accrued([100] * 4, "2026-05-15", "2026-06-15", days)
    assert result.tolist() == [0, 0, 100, 100]


def test_a_period_of_no_days_is_over():
    assert accrued([100], "2026-05-15", "2026-05-15", "2026-05-16").tolist() == [100]

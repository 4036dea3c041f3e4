"""Expected losses by stage: worked cases, decimals as a second formula, edges."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from engine import provision as pv

FLAT = [pv.LgdRow(0.45)]


def one(ead=8_300_000, before=0, lgd_rows=FLAT, policy=None, available=None, **given):
    """Provision of one loan of the worked examples: PD 2 %, LGD 45 %."""
    facts = {
        "dpd": [0],
        "pd12": [0.02],
        "pd_start": [0.02],
        "months": [36],
        "used": [False],
        "ltv": [np.nan],
        **{name: [value] for name, value in given.items()},
    }
    policy = policy or pv.Policy(lgd_rows)
    books = np.array([ead]), np.array([before])
    used_since = before - (before if available is None else available)
    found = pv.provision(*books, books[1] - used_since, policy=policy, **facts)
    return {name: getattr(found, name)[0].item() for name in found._fields}


def test_worked_life_of_a_loan_through_the_stages():
    # 83,000 x 2 % x 45 %; x 12 % x 45 %; x 45 %
    stage_1 = one()
    assert (stage_1["stage"], stage_1["ecl"]) == (1, 74_700)
    assert pv.expected_loss([8_300_000], [0.12], [0.45]).tolist() == [448_200]
    assert 448_200 - 74_700 == 373_500
    stage_3 = one(before=448_200, dpd=91)
    assert (stage_3["stage"], stage_3["pd"]) == (3, 1.0)
    assert (stage_3["ecl"], stage_3["charge"]) == (3_735_000, 3_286_800)
    cured = pv.expected_loss([8_300_000], [0.12], [0.45]) - 3_735_000
    assert cured.tolist() == [-3_286_800]


def test_interest_of_an_impaired_loan():
    part = pv.to_allowance([49_800], [8_300_000], [3_735_000])
    assert part.tolist() == [22_410]
    # nothing provided: all of it is income; wholly provided or nothing owed: none
    assert pv.to_allowance([500, 500, 500], [100, 100, 0], [0, 100, 0]).tolist() == [
        0,
        500,
        500,
    ]


def test_lifetime_pd_is_the_even_hazard_of_a_year():
    # survive each of three years with 98 %
    assert pv.lifetime_pd(0.02, 36) == pytest.approx(1 - 0.98**3, abs=1e-12)
    assert pv.lifetime_pd(0.02, 12) == pytest.approx(0.02)
    assert pv.lifetime_pd([0.0, 1.0], [60, 1]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("stage", "months", "overdue", "years"),
    [
        (1, 36, False, 1),
        (1, 6, False, 0.5),
        (2, 36, False, 3),
        (2, 6, False, 0.5),
        (2, 0, True, 1),
        (1, 3, True, 1),
    ],
)
def test_pd_of_the_stage(stage, months, overdue, years):
    got = pv.stage_pd([stage], [0.1], [months], [overdue])
    assert got[0] == round(1 - 0.9**years, 6)


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ({"dpd": 30}, 1),
        ({"dpd": 31}, 2),
        ({"dpd": 90}, 2),
        ({"dpd": 91}, 3),
        ({"forborne": True}, 2),
        ({"impaired": True}, 3),
        ({"pd12": 0.06, "pd_start": 0.02}, 2),
        ({"pd12": 0.0599, "pd_start": 0.02}, 1),
        ({"pd12": 0.2, "pd_start": 0.2}, 2),
        ({"least_stage": 3}, 3),
        ({"least_stage": 1, "dpd": 40}, 2),
    ],
)
def test_stage_by_policy(facts, stage):
    policy = pv.Policy(FLAT, sicr_ratio=3.0, sicr_pd=0.2, book=pv.stages_book())
    assert one(policy=policy, **facts)["stage"] == stage


def test_thresholds_are_the_lenders():
    policy = pv.Policy(FLAT, book=pv.stages_book(15, 60, forborne=False))
    got = [one(policy=policy, dpd=d)["stage"] for d in (15, 16, 60, 61)]
    assert got == [1, 2, 2, 3]
    assert one(policy=policy, forborne=True)["stage"] == 1


def test_first_row_that_fits_gives_the_loss_given_default():
    rows = [
        pv.LgdRow(0.9, stage=3, ltv_max=None, used=True),
        pv.LgdRow(0.2, ltv_max=0.5),
        pv.LgdRow(0.35, ltv_max=0.8),
        pv.LgdRow(0.6),
    ]
    got = pv.lgd(
        rows,
        [3, 1, 1, 2, 1, 3],
        [True, True, False, False, False, False],
        [0.1, 0.5, 0.51, 0.81, np.nan, 0.1],
    )
    assert got.tolist() == [0.9, 0.2, 0.35, 0.6, 0.6, 0.2]
    with pytest.raises(ValueError, match="stage 1 at a loan-to-value of 0.9"):
        pv.lgd(rows[:3], [1], [False], [0.9])


def test_exact_half_up_against_decimals():
    rng = np.random.default_rng(7)
    ead = rng.integers(0, 10**10, 400)
    pd, share = np.round(rng.uniform(0, 1, (2, 400)), 6)
    got = pv.expected_loss(ead, pd, share).tolist()
    for e, p, s, loss in zip(ead.tolist(), pd, share, got, strict=True):
        exact = Decimal(e) * Decimal(f"{p:.6f}") * Decimal(f"{s:.6f}")
        assert loss == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_floor_overlay_and_bounds():
    floor = pv.Policy(FLAT, pd_floor=0.05)
    assert one(policy=floor, pd12=0.001)["ecl"] == round(8_300_000 * 0.05 * 0.45)
    assert one(overlay=0.01)["ecl"] == 74_700 + 83_000
    assert one(overlay=-1.0)["ecl"] == 0
    assert one(overlay=5.0)["ecl"] == 8_300_000
    # a borrower in credit owes nothing, so what was set aside is released
    assert one(ead=-100, before=700) == {
        "stage": 1,
        "pd": 0.02,
        "lgd": 0.45,
        "ecl": 0,
        "charge": -700,
    }


def test_what_was_used_since_is_not_released():
    assert one(ead=0, before=5_000, available=2_000)["charge"] == -2_000
    assert one(ead=0, before=5_000, available=9_000)["charge"] == -5_000


def test_months_left_count_begun_ones():
    last = ["2026-12-31", "2026-12-01", "2026-11-30", "2026-01-01", "2029-11-30", "NaT"]
    got = pv.months_left(np.array(last, "datetime64[D]"), np.datetime64("2026-11-30"))
    assert got.tolist() == [1, 1, 0, 0, 36, 0]
    got = pv.months_left(
        np.array(["2026-12-16", "2026-12-15"], "datetime64[D]"), "2026-11-15"
    )
    assert got.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("pd", "months", "expected"),
    [(0.1, 12, 0.1), (0.1, 6, 0.19), (0.19, 24, 0.1), (0.0, 6, 0.0), (1.0, 6, 1.0)],
)
def test_a_probability_of_another_horizon_brought_to_a_year(pd, months, expected):
    assert pv.yearly_pd([pd], months)[0] == pytest.approx(expected, abs=1e-12)

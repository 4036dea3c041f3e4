"""Features of months, terms, vehicles and households, each worked by hand."""

import doctest

import numpy as np
import pytest
from engine.fields import FieldError
from engine.risk import behaviour, bureau, collateral, dictionary, features
from engine.risk.behaviour import WINDOW, Grid

NAN = np.nan
DAY = np.datetime64("2026-06-30")


def grid(months):
    """Return the grid of one loan from (due, paid, balance, dpd, relief), newest last.

    None is a month without a row.
    """
    made = Grid.empty(1)
    for back, row in enumerate(reversed(months), start=1):
        if row is None:
            continue
        made.due[0, -back], made.paid[0, -back], made.balance[0, -back] = row[:3]
        made.dpd[0, -back] = row[3]
        made.relief[0, -back] = len(row) > 4
    return made


PAID, MISS = (100, 100, 900, 0), (100, 0, 900, 30)
PART, FREE = (100, 50, 900, 0), (100, 0, 900, 0, "relief")
LATE, DOUBLE = (100, 0, 900, 61), (100, 200, 900, 0)
NOTHING_DUE = (0, 0, 900, 0)

CASES = {
    "no month": (
        [],
        dict(dpd=NAN, max_dpd_12m=NAN, missed_12m=NAN, miss_run=NAN, paid_share_6m=NAN),
    ),
    "all paid": (
        [PAID] * 12,
        dict(
            dpd=0,
            missed_12m=0,
            miss_run=0,
            longest_run_12m=0,
            months_since_miss=NAN,
            paid_share_12m=1,
            payment_volatility=0,
            partial_12m=0,
            late_months_12m=0,
        ),
    ),
    "two missed now": (
        [PAID] * 10 + [MISS, LATE],
        dict(
            dpd=61,
            max_dpd_3m=61,
            dpd_change_3m=61,
            missed_3m=2,
            missed_12m=2,
            miss_run=2,
            longest_run_12m=2,
            months_since_miss=0,
            paid_share_3m=1 / 3,
            late_months_12m=2,
        ),
    ),
    "missed and doubled": (
        [PAID] * 9 + [MISS, DOUBLE, PAID],
        dict(miss_run=0, missed_3m=1, months_since_miss=2, paid_share_3m=1, dpd=0),
    ),
    "relief pauses a run": (
        [PAID] * 6 + [MISS, MISS, FREE, FREE, MISS, PAID],
        dict(
            longest_run_12m=3,
            miss_run=0,
            missed_12m=3,
            relief_months_12m=2,
            paid_share_6m=1 / 4,
        ),
    ),
    "in relief now": (
        [PAID] * 9 + [MISS, FREE, FREE],
        dict(miss_run=1, missed_3m=1, paid_share_3m=0, relief_months_12m=2),
    ),
    "nothing due is not missed": (
        [NOTHING_DUE] * 3,
        dict(missed_3m=0, miss_run=0, paid_share_3m=NAN),
    ),
    "part paid": ([PAID] * 5 + [PART], dict(partial_12m=1, paid_share_6m=5.5 / 6)),
    "a gap in the rows": ([MISS, None, None, PAID], dict(missed_12m=1, missed_3m=0)),
    "older than a year": ([MISS] + [PAID] * 13, dict(missed_12m=0, max_dpd_12m=0)),
    "older than the window": ([MISS] + [PAID] * WINDOW, dict(months_since_miss=NAN)),
}


@pytest.mark.parametrize("name", CASES)
def test_months(name):
    months, wanted = CASES[name]
    got = behaviour.features(grid(months[-WINDOW:]))
    for feature, value in wanted.items():
        assert got[feature][0] == pytest.approx(value, nan_ok=True), feature


def test_lateness_of_the_day_is_better_than_that_of_the_month_end():
    got = behaviour.features(grid([PAID, MISS]), np.array([44.0]))
    assert (got["dpd"][0], got["max_dpd_3m"][0]) == (44, 44)
    kept = behaviour.features(grid([PAID, MISS]), np.array([NAN]))
    assert kept["dpd"][0] == 30


def test_volatility_by_hand():
    got = behaviour.features(grid([(100, x, 900, 0) for x in (50, 100, 150)]))
    assert got["payment_volatility"][0] == pytest.approx(np.sqrt(5000 / 3) / 100)


def test_principal_reduced_to_due():
    rows = [(100, 100, 900 - 60 * k, 0) for k in range(7)]
    assert behaviour.reduction(grid(rows))[0] == pytest.approx(0.6)
    assert np.isnan(behaviour.reduction(grid(rows[:6]))[0])


def build(**known):
    raw = {name: [value] for name, value in known.items()}
    return {k: v[0] for k, v in features.build(raw, DAY).items()}


TERMS = dict(
    contract=1,
    principal=1200,
    annual_rate=0.0,
    instalment=100,
    term=12,
    first_due=np.datetime64("2026-01-15").astype(int),
    due_day=15,
)


@pytest.mark.parametrize(
    ("balance", "behind"), [(600, 0), (800, 2), (450, -1.5), (NAN, NAN)]
)
def test_behind_the_contract(balance, behind):
    got = build(balance=balance, **TERMS)
    assert got["behind"] == pytest.approx(behind, nan_ok=True)
    assert got["remaining_term"] == 6


def test_a_schedule_of_ours_takes_the_place_of_the_contract():
    got = build(**{**TERMS, "contract": 0}, balance=900, scheduled=700, remaining=9)
    assert (got["behind"], got["remaining_term"]) == (2, 9)
    unknown = build(**{**TERMS, "principal": NAN}, balance=900)
    assert np.isnan(unknown["behind"])


def test_household_and_bureau():
    got = build(
        instalment=300,
        net_income=2000,
        living_costs=900,
        other_debt=200,
        arrears_amount=500,
        lines_used=30,
        lines_limit=40,
        bureau_score=600,
        report_score=650,
    )
    assert got["payment_to_income"] == 0.15
    assert got["debt_to_income"] == 0.25
    assert got["residual_income"] == 0.3
    assert got["arrears_elsewhere"] == 0.25
    assert got["utilisation"] == 0.75
    assert got["bureau_score"] == 650
    assert build(bureau_score=600)["bureau_score"] == 600


def test_what_is_not_known_stays_unknown():
    got = build(dpd=NAN)
    assert all(np.isnan(value) for value in got.values())
    assert tuple(got) == features.FEATURES
    zero = build(instalment=300, net_income=0)
    assert np.isnan(zero["payment_to_income"])


# ------------------------------------------------------------------ vehicles
CURVE = collateral.Curve((0, 1, 3), (1.0, 0.8, 0.6))


@pytest.mark.parametrize(
    ("valued", "registered", "curve", "value"),
    [
        ("2025-06-30", "2024-06-30", 0, 10000 * 0.7 / 0.8),
        ("2026-06-30", "2024-06-30", 0, 10000),
        ("2026-12-30", "2024-06-30", 0, 10000),  # not brought back
        ("2025-06-30", "2010-06-30", 0, 10000),  # beyond the curve
        ("2025-06-30", "2024-06-30", NAN, 10000 * 0.9),  # no curve
        ("2025-06-30", None, 0, 10000 * 0.9),  # no age
    ],
)
def test_value_on_a_day(valued, registered, curve, value):
    born = NAN if registered is None else days(registered)
    got = collateral.value_at(
        [10000.0],
        [days(valued)],
        DAY,
        np.array([born]),
        np.array([curve]),
        [CURVE],
        0.1,
    )
    assert got[0] == pytest.approx(value, rel=2e-3)


def days(text):
    return float(np.datetime64(text).astype(int))


@pytest.mark.parametrize(
    ("ages", "left", "says"),
    [
        ((), (), "at least one"),
        ((0, 0), (1, 0.9), "after"),
        ((0, 1), (0.8, 0.9), "rises"),
        ((0,), (1.2,), "outside"),
        ((0,), (0.0,), "outside"),
    ],
)
def test_a_curve_that_cannot_be_right_is_refused(ages, left, says):
    with pytest.raises(FieldError, match=says):
        collateral.check(collateral.Curve(ages, left))


def test_bureau_totals():
    """Report 0: two accounts, an old and a new inquiry; report 1: none."""
    got = bureau.totals(
        [0, 0, 0, 0],
        2,
        [True, True, False, False],
        [NAN, NAN, 5.9, 6.0],
        limit=[1000, 0, 0, 0],
        balance=[400, 9000, 0, 0],
        arrears=[0, 250, 7, 0],
        instalment=[40, 300, 0, 0],
        dpd=[0, 35, 99, 0],
    )
    assert {name: values.tolist() for name, values in got.items()} == {
        "accounts": [2, 0],
        "lines_limit": [1000, 0],
        "lines_used": [400, 0],
        "arrears": [250, 0],
        "instalment": [340, 0],
        "worst_dpd": [35, 0],
        "inquiries_6m": [1, 0],
    }


def test_the_dictionary_is_whole():
    names = [feature.name for feature in dictionary.DICTIONARY]
    assert len(set(names)) == len(names)
    for feature in dictionary.DICTIONARY:
        assert feature.missing in dictionary.MISSING
        assert feature.direction in (-1, 0, 1)
        assert feature.label and feature.unit
    assert dictionary.by_name("dpd").direction == 1
    forbidden = ("sex", "gender", "birth", "nation", "religion", "postcode", "race")
    assert not [name for name in names if any(word in name for word in forbidden)]
    assert doctest.testmod(collateral).failed == 0

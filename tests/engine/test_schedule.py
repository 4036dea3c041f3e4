"""Schedules: worked cases, a decimal reference, properties over random loans."""

import numpy as np
import numpy_financial as npf
import pytest
import reference
import samples
from engine import schedule
from engine.fields import FieldError
from engine.schedule import Terms, build
from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_base_loan_to_the_cent():
    expected = samples.amounts("A01")
    plan = build(Terms.of(**samples.BASE))
    row = plan.rows(0)
    found = {
        "instalment": row[0]["instalment"],
        "interest_1": row[0]["interest"],
        "principal_1": row[0]["principal"],
        "balance_1": row[0]["balance"],
        "interest_2": row[1]["interest"],
        "principal_2": row[1]["principal"],
        "balance_12": row[11]["balance"],
        "balance_24": row[23]["balance"],
        "last_instalment": row[35]["instalment"],
        "final_balance": row[35]["balance"],
        "total_interest": int(plan.total_interest[0]),
    }
    assert found == {name: samples.minor(text) for name, text in expected.items()}


def test_one_month_by_days():
    """A04: 17 days on 82,834.67 at 7.2 %."""
    expected = samples.amounts("A04")
    for basis, name in (("ACT/360", "act_360"), ("ACT/365", "act_365")):
        terms = Terms.of(
            principal=8283467,
            annual_rate=0.072,
            instalments=1,
            start_date="2027-01-15",
            first_due_date="2027-02-01",
            day_count=basis,
        )
        interest = build(terms).interest[0, 0]
        assert interest == samples.minor(expected[f"accrual_{name}"])


def test_flat_loan_costs_what_the_disclosure_says():
    """R01: 0.45 % a month of the original amount over 36 months."""
    expected = samples.cases("cost_of_credit_cases")["R01"]["expected"]
    terms = Terms.of(
        **{**samples.BASE, "principal": 10000000, "annual_rate": 0.054}, method="flat"
    )
    assert build(terms).instalment[0, 0] == samples.minor(expected["instalment"])


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_decimal_reference(seed):
    rng = np.random.default_rng(seed)
    drawn = [samples.draw(rng) for _ in range(400)]
    found = build(samples.terms_of(drawn))
    for i, loan in enumerate(drawn):
        expected = reference.in_cents(reference.Loan(loan).schedule())
        rows = found.rows(i)
        triples = [(row["principal"], row["interest"], row["balance"]) for row in rows]
        assert triples == expected, loan


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_every_schedule_holds_together(seed, size):
    rng = np.random.default_rng(seed)
    terms = samples.terms_of([samples.draw(rng) for _ in range(size)])
    plan = build(terms)
    last = plan.balance[np.arange(size), plan.count - 1]
    assert (last == 0).all()
    assert (plan.principal.sum(axis=1) == terms.principal).all()
    assert (plan.principal >= 0).all() and (plan.interest >= 0).all()
    running = terms.principal[:, None] - plan.principal.cumsum(axis=1)
    assert (plan.balance == running).all()
    beyond = np.arange(plan.balance.shape[1]) >= plan.count[:, None]
    assert not plan.instalment[beyond].any()
    assert np.isnat(plan.due_date[beyond]).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_a_batch_is_its_loans_one_by_one(seed):
    rng = np.random.default_rng(seed)
    drawn = [samples.draw(rng) for _ in range(8)]
    batch = build(samples.terms_of(drawn))
    for i, loan in enumerate(drawn):
        assert build(samples.terms_of([loan])).rows(0) == batch.rows(i)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(100_000, 10**9),
    st.decimals("0.0001", "0.5", places=4),
    st.integers(2, 120),
)
def test_instalments_are_level_but_for_the_last(principal, rate, count):
    terms = Terms.of(
        principal=principal,
        annual_rate=float(rate),
        instalments=count,
        start_date="2026-01-15",
        first_due_date="2026-02-15",
    )
    paid = build(terms).instalment[0]
    assert len(set(paid[:-1].tolist())) == 1
    expected = -npf.pmt(float(rate) / 12, count, principal)
    assert abs(paid[0] - expected) <= 0.5 + 1e-6 * expected
    # half a cent of rounding in each level instalment and each interest, grown
    growth = ((1 + float(rate) / 12) ** count - 1) / (float(rate) / 12)
    assert abs(paid[-1] - paid[0]) <= growth + 1


def test_interest_is_what_balance_and_days_say():
    terms = Terms.of(**samples.BASE, day_count="ACT/365")
    plan = build(terms)
    days = np.diff(np.concatenate([terms.start_date, plan.due_date[0]])).astype(int)
    before = np.concatenate([[12000000], plan.balance[0, :-1]])
    expected = np.floor(before * 0.072 * days / 365 + 0.5)
    assert plan.interest[0].tolist() == expected.astype(int).tolist()


def test_a_broken_first_period_follows_the_day_count():
    long_first = {**samples.BASE, "start_date": "2025-12-01"}
    by_days = build(Terms.of(**long_first, day_count="ACT/365"))
    assert by_days.interest[0, 0] == round(12000000 * 0.072 * 76 / 365)
    by_period = build(Terms.of(**long_first))
    # two months back from the due date, and 14 of the 30 days before those
    assert by_period.interest[0, 0] == round(72000 * (2 + 14 / 30))


def test_an_instalment_never_falls_below_its_interest():
    terms = Terms.of(
        principal=1000000,
        annual_rate=0.36,
        instalments=60,
        start_date="2025-01-15",
        first_due_date="2026-02-15",
        day_count="ACT/365",
    )
    plan = build(terms)
    assert plan.principal[0, 0] == 0
    assert plan.instalment[0, 0] == plan.interest[0, 0]
    paid = plan.instalment[0, 1:]
    assert len(set(paid[:-1].tolist())) == 1 and abs(paid[-1] - paid[0]) < 200


def test_zero_rate_and_one_instalment():
    free = build(Terms.of(**{**samples.BASE, "annual_rate": 0.0}))
    assert free.total_interest[0] == 0 and free.instalment[0, 0] == 333333
    assert free.instalment[0, -1] == 333345
    single = build(Terms.of(**{**samples.BASE, "instalments": 1}))
    assert single.instalment.tolist() == [[12072000]]


@pytest.mark.parametrize("unit", [100, 1000, 100000])
def test_whole_units_never_eat_an_instalment(unit):
    sizes = np.arange(5000, 4_000_000, 7919)
    terms = Terms.of(**{**samples.BASE, "principal": sizes}, instalment_rounding=unit)
    plan = build(terms)
    assert (plan.instalment > 0).all()
    rounded = plan.instalment[:, 0] % unit == 0
    exact = build(Terms.of(**{**samples.BASE, "principal": sizes}))
    unrounded = plan.instalment[:, 0] == exact.instalment[:, 0]
    assert (rounded | unrounded).all() and rounded.any()


def test_amounts_beyond_the_float_are_still_exact():
    loan = {
        "principal": "99999999999.99",
        "annual_rate": "0.07234567",
        "instalments": 48,
        "method": "annuity",
        "period": "month",
        "day_count": "ACT/ACT",
        "start_date": "2023-12-20",
        "first_due_date": "2024-01-20",
    }
    terms = Terms.of(**{**loan, "principal": 9999999999999, "annual_rate": 0.07234567})
    expected = reference.in_cents(reference.Loan(loan).schedule())
    rows = build(terms).rows(0)
    assert [(r["principal"], r["interest"], r["balance"]) for r in rows] == expected


def test_a_level_on_the_tie_is_rounded_up():
    """100.50 at 1 % over 2: exactly 51.005, which a float may put on either side."""
    size = np.arange(1, 400, 2)
    terms = Terms.of(
        **{**samples.BASE, "principal": 10050 * size, "annual_rate": 0.12},
    ).with_(instalments=np.full(200, 2))
    assert build(terms).instalment[:, 0].tolist() == ((10201 * size + 1) // 2).tolist()


def test_balance_at_a_date():
    plan = build(Terms.of(**samples.BASE))
    for day, expected in (
        ("2026-02-14", 12000000),
        ("2026-02-15", 11700377),
        ("2027-01-31", 8283467),
        ("2031-01-01", 0),
    ):
        assert schedule.balance_at(plan, [12000000], day).tolist() == [expected]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("principal", -5),
        ("principal", 0),
        ("principal", 10.5),
        ("principal", 10**14),
        ("principal", float("nan")),
        ("annual_rate", 8.0),
        ("annual_rate", -0.01),
        ("annual_rate", float("nan")),
        ("instalments", 0),
        ("instalments", 100000),
        ("instalments", "many"),
        ("method", "magic"),
        ("period", "year"),
        ("day_count", "ACT/364"),
        ("first_due_date", "2026-01-15"),
        ("first_due_date", "soon"),
        ("due_day", 32),
        ("balloon", 100),
        ("fee", -1),
    ],
)
def test_terms_name_the_field_they_refuse(field, value):
    with pytest.raises(FieldError) as caught:
        Terms.of(**{**samples.BASE, field: value})
    assert caught.value.field == field


def test_terms_name_the_row_they_refuse():
    with pytest.raises(FieldError, match=r"annual_rate \(row 1\): 8.0"):
        Terms.of(**{**samples.BASE, "annual_rate": [0.05, 8.0]})

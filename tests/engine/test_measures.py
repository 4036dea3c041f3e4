"""Relief measures: the worked cases, the reference, conservation of every cent."""

from dataclasses import replace

import numpy as np
import pytest
import reference
import samples
from engine import ledger, measures, valuation
from engine.fields import FieldError
from engine.measures import COMPONENTS, Plans, Position
from engine.plans import WAIVABLE
from engine.schedule import build
from hypothesis import given, settings
from hypothesis import strategies as st


def holiday(rows, mode):
    return samples.plan({"kind": "holiday", "instalments": rows, "interest": mode})


def relieve(position, *parts):
    revised = measures.apply(position, samples.plan(*parts))
    return revised, valuation.modification(position, revised)


def test_a_rate_cut_loses_its_present_value():
    expected = samples.amounts("A07")
    position = samples.after_12()
    revised, change = relieve(position, {"kind": "rate", "annual_rate": 0.036})
    first = revised.after.rows(0)[0]
    carried = int(change.pv_after[0]) + int(change.unwind[0, 0]) - first["principal"]
    found = {
        "new_instalment": first["instalment"],
        "pv_new_at_original_eir": int(change.pv_after[0]),
        "modification_loss": int(change.loss[0]),
        "gross_carrying_amount_after": int(change.pv_after[0]),
        "month1_interest_income": first["interest"] + int(change.unwind[0, 0]),
        "month1_contract_interest": first["interest"],
        "month1_unwind": int(change.unwind[0, 0]),
        "contract_balance_after_month1": first["balance"],
        "gca_after_month1": carried,
    }
    assert found == {name: samples.minor(expected[name]) for name in found}
    share = float(expected["modification_loss_pct_of_gca"])
    assert change.pct[0] == pytest.approx(share, abs=5e-5)
    given_up = revised.before.total_interest - revised.after.total_interest
    nominal = samples.minor(expected["undiscounted_interest_given_up_NOT_the_loss"])
    assert given_up.tolist() == [nominal]


def test_an_extension_at_the_same_rate_needs_no_entry():
    """A05: 24 to 36 months, 2,565.28."""
    position = samples.after_12()
    revised, change = relieve(position, {"kind": "extend", "instalments": 12})
    assert revised.after.instalment[0, 0] == 256528 and revised.rows[0] == 36
    assert change.loss.tolist() == [0] and not change.unwind.any()


def test_capitalised_arrears():
    """A14: 3 x 497.01 of interest and 9,715.73 of principal over 33: 2,824.28."""
    position = samples.after_12(
        principal=8283467 - 971573,
        overdue_principal=971573,
        overdue_interest=3 * 49701,
        instalments=21,
        last_due_date="2027-04-15",
        next_due_date="2027-05-15",
    )
    capitalise = {"kind": "capitalise", "components": ["interest"]}
    extend = {"kind": "extend", "instalments": 12}
    revised, change = relieve(position, capitalise, extend)
    assert revised.new_principal.tolist() == [8283467 + 149103]
    assert revised.after.instalment[0, 0] == 282428 and revised.rows[0] == 33
    assert change.loss.tolist() == [0]


def test_a_capitalising_holiday_costs_the_lender_nothing():
    """A16: interest 1,499.99, then 3,783.53 on 84,334.66."""
    position = samples.after_12()
    revised = measures.apply(position, holiday(3, "capitalise"))
    rows = revised.after.rows(0)
    assert sum(row["interest"] for row in rows[:3]) == 149999
    assert rows[2]["balance"] == 8433466 and rows[3]["instalment"] == 378353
    assert [row["instalment"] for row in rows[:3]] == [0, 0, 0]
    assert valuation.modification(position, revised).loss.tolist() == [0]


def test_deferred_interest_is_collected_after_the_holiday():
    expected = samples.amounts("A17")
    position = samples.after_12()
    revised = measures.apply(position, holiday(3, "defer"))
    change = valuation.modification(position, revised)
    first = revised.after.rows(0)[3]["instalment"]
    assert first == samples.minor(expected["first_payment_after"])
    assert change.loss.tolist() == [samples.minor(expected["modification_loss"])]
    assert change.pv_after.tolist() == [samples.minor(expected["pv_new"])]
    assert change.pct[0] == pytest.approx(float(expected["eba_do_pct"]), abs=5e-5)


def test_interest_waived_in_a_holiday():
    """A18: loss 1,473.30; income of month 1 is 488.17, all of it unwinding."""
    position = samples.after_12()
    revised = measures.apply(position, holiday(3, "waive"))
    change = valuation.modification(position, revised)
    assert change.loss.tolist() == [147330]
    assert change.unwind[0, 0] == 48817 and not revised.after.interest[0, :3].any()
    assert revised.after.instalment[0, 3] == 371623


def test_interest_paid_in_a_holiday_keeps_the_instalment():
    position = samples.after_12()
    revised = measures.apply(position, holiday(3, "pay"))
    paid = revised.after.instalment[0]
    assert paid[:4].tolist() == [49701, 49701, 49701, 371623]
    assert valuation.modification(position, revised).loss.tolist() == [0]


def test_a_passing_rate_cut_is_followed_by_the_old_rate():
    position = samples.after_12()
    cut = {"kind": "rate", "annual_rate": 0.036, "instalments": 6}
    revised, change = relieve(position, cut)
    rows = revised.after.rows(0)
    assert rows[5]["instalment"] == 358236 and rows[6]["instalment"] > 366000
    assert rows[6]["interest"] == round(rows[5]["balance"] * 0.006)
    assert 0 < change.loss[0] < 298411


@pytest.mark.parametrize(
    "plan",
    [
        [],
        [{"kind": "extend", "instalments": 0}],
        [{"kind": "rate", "annual_rate": 0.072}],
        [{"kind": "rate", "annual_rate": "0.072", "instalments": 6}],
        [{"kind": "waive", "component": "interest", "percent": 0}],
        [{"kind": "holiday", "instalments": 0, "interest": "waive"}],
        [{"kind": "capitalise", "components": ["interest", "fee"]}],
        [{"kind": "forgive_principal", "amount": "0"}],
    ],
)
def test_a_measure_of_nothing_changes_nothing(plan):
    position = samples.after_12(adjustment=-5000)
    revised, change = relieve(position, *plan)
    assert revised.after.rows(0) == revised.before.rows(0)
    assert change.loss.tolist() == [0] and revised.unchanged.all()
    assert change.unwind.sum() == 5000


@pytest.mark.parametrize("mode", ["pay", "capitalise", "defer", "waive"])
@pytest.mark.parametrize("day_count", ["period", "ACT/365"])
def test_holidays_agree_with_the_decimal_reference(mode, day_count):
    for rows, rate in ((1, "0.05"), (3, "0.12345678"), (6, "0")):
        position = samples.after_12(
            annual_rate=float(rate), level=0, day_count=day_count
        )
        found = measures.apply(position, holiday(rows, mode)).after.rows(0)
        loan = {
            "principal": "82834.67",
            "annual_rate": rate,
            "instalments": 24,
            "method": "annuity",
            "period": "month",
            "day_count": day_count,
            "start_date": "2027-01-15",
            "first_due_date": "2027-02-15",
            "holiday": rows,
            "mode": mode,
        }
        expected = reference.in_cents(reference.Loan(loan).schedule())
        triples = [(row["principal"], row["interest"], row["balance"]) for row in found]
        assert triples == expected


def positions(rng, size):
    """Return random positions, some of them late."""
    drawn = samples.terms_of([samples.draw(rng) for _ in range(size)])
    late = rng.integers(0, 2, size)
    return Position.of(
        as_of="2030-01-01",
        principal=drawn.principal,
        annual_rate=drawn.annual_rate,
        instalments=drawn.instalments,
        last_due_date=drawn.start_date,
        next_due_date=drawn.first_due_date,
        method=drawn.method,
        period=drawn.period,
        day_count=drawn.day_count,
        balloon=drawn.balloon,
        interest_base=drawn.principal + 1000,
        fee=rng.integers(0, 500, size),
        adjustment=rng.integers(-2000, 2000, size) * rng.integers(0, 2, size),
        **{f"overdue_{c}": rng.integers(0, 100_000, size) * late for c in COMPONENTS},
    )


def plans(rng, position):
    """Return random plans that these positions can take."""
    size = position.size
    flags = {f"capitalise_{c}": rng.random(size) < 0.3 for c in COMPONENTS}
    waivers = {f"waive_{c}": rng.choice([0, 0.5, 1], size) for c in WAIVABLE}
    return Plans.of(
        size,
        extend=rng.integers(0, 24, size),
        annual_rate=np.where(rng.random(size) < 0.5, np.nan, rng.random(size).round(4)),
        rate_instalments=rng.choice([0, 0, 3, 200], size),
        holiday=np.minimum(rng.integers(0, 7, size), position.instalments),
        holiday_interest=rng.choice(["pay", "capitalise", "defer", "waive"], size),
        forgive=rng.choice([0, 0, 0.1], size),
        **flags,
        **waivers,
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_no_combination_makes_or_loses_a_cent(seed):
    rng = np.random.default_rng(seed)
    position = positions(rng, 12)
    plan = plans(rng, position)
    revised = measures.apply(position, plan)
    for c in COMPONENTS:
        parts = revised.waived[c], revised.capitalised[c], revised.remaining_overdue[c]
        assert (sum(parts) == position.overdue(c)).all()
        assert all((part >= 0).all() for part in parts)
    owed = position.principal + sum(revised.capitalised.values()) - revised.forgiven
    assert (revised.after.principal.sum(axis=1) == owed).all()
    last = revised.after.balance[np.arange(12), revised.after.count - 1]
    assert (last == 0).all()
    made = position.instalments + plan.extend + plan.holiday
    assert (revised.after.count == made).all()
    change = valuation.modification(position, revised)
    assert (change.carrying == change.pv_after + change.loss).all()
    ends = position.adjustment - change.loss + change.unwind.sum(axis=1)
    assert (ends == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_capitalise_then_undo_gives_the_start(seed):
    """The entry of a capitalisation taken back leaves every role as it was."""
    rng = np.random.default_rng(seed)
    position = positions(rng, 1)
    plan = samples.plan({"kind": "capitalise", "components": list(COMPONENTS)})
    revised = measures.apply(position, plan)
    parts = {c: int(revised.capitalised[c][0]) for c in COMPONENTS}
    lines = ledger.entry("capitalise", **parts) if any(parts.values()) else []
    held = {"principal": int(position.principal[0])}
    held |= {f"{c}_due": int(position.overdue(c)[0]) for c in COMPONENTS}
    start = dict(held)
    for line in lines:
        held[line.role] += line.debit - line.credit
    assert held["principal"] == revised.new_principal[0]
    assert not any(held[f"{c}_due"] for c in COMPONENTS)
    for line in lines:
        held[line.role] += line.credit - line.debit
    assert held == start
    undone = replace(position, principal=np.array([held["principal"]]))
    assert build(undone.terms()).rows(0) == revised.before.rows(0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_a_batch_of_reliefs_is_its_reliefs_one_by_one(seed):
    rng = np.random.default_rng(seed)
    position = positions(rng, 6)
    plan = plans(rng, position)
    batch = measures.apply(position, plan)
    change = valuation.modification(position, batch)
    for i in range(6):
        alone = measures.apply(position.take([i]), plan.take([i]))
        assert alone.after.rows(0) == batch.after.rows(i)
        assert alone.before.rows(0) == batch.before.rows(i)
        single = valuation.modification(position.take([i]), alone)
        assert single.loss[0] == change.loss[i]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_plans_survive_their_json_form(seed):
    rng = np.random.default_rng(seed)
    position = positions(rng, 1)
    plan = plans(rng, position)
    again = Plans.from_dicts([plan.to_dicts(0)])
    first = measures.apply(position, plan)
    second = measures.apply(position, again)
    assert first.after.rows(0) == second.after.rows(0)
    assert first.waived == second.waived and first.forgiven == second.forgiven


def test_waive_comes_before_capitalise():
    position = samples.after_12(overdue_interest=100_001, overdue_penalty=5000)
    revised, _ = relieve(
        position,
        {"kind": "capitalise", "components": ["interest"]},
        {"kind": "waive", "component": "interest", "percent": 50},
        {"kind": "waive", "component": "penalty", "amount": "20.00"},
    )
    assert revised.waived["interest"].tolist() == [50_001]
    assert revised.capitalised["interest"].tolist() == [50_000]
    assert revised.remaining_overdue["penalty"].tolist() == [3000]


def test_overdue_principal_stays_due_unless_something_is_capitalised():
    position = samples.after_12(overdue_principal=321922)
    stays, _ = relieve(position, {"kind": "extend", "instalments": 6})
    assert stays.remaining_overdue["principal"].tolist() == [321922]
    joins, _ = relieve(position, {"kind": "capitalise", "components": ["fee"]})
    assert joins.new_principal.tolist() == [8283467 + 321922]


def test_a_matured_loan_can_be_given_new_instalments():
    position = Position.of(
        as_of="2029-03-01",
        principal=0,
        annual_rate=0.072,
        instalments=0,
        last_due_date="2029-01-15",
        next_due_date="NaT",
        overdue_principal=900_000,
        overdue_interest=12_000,
    )
    revised, change = relieve(
        position,
        {"kind": "capitalise", "components": ["interest"]},
        {"kind": "extend", "instalments": 12},
    )
    assert revised.after.principal.sum() == 912_000 and revised.rows[0] == 12
    assert str(revised.after.due_date[0, 0]) == "2029-03-15"
    assert change.loss.tolist() == [0]
    empty, _ = relieve(
        position, {"kind": "waive", "component": "interest", "percent": 9}
    )
    assert empty.rows.tolist() == [0]
    with pytest.raises(FieldError, match="extend"):
        relieve(position, {"kind": "capitalise", "components": ["interest"]})


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ([{"kind": "magic"}], "measures[0].kind"),
        ([{"kind": "redate", "first_due_date": "soon"}], "measures[0].first_due_date"),
        ([{"kind": "extend"}], "measures[0].instalments"),
        ([{"kind": "extend", "instalments": -1}], "measures[0].instalments"),
        ([{"kind": "extend", "instalments": 2.5}], "measures[0].instalments"),
        ([{"kind": "extend", "instalments": True}], "measures[0].instalments"),
        ([{"kind": "extend", "instalments": 3, "x": 1}], "measures[0].x"),
        ([{"kind": "rate", "annual_rate": 0.01}] * 2, "measures[1]"),
        ([{"kind": "rate", "annual_rate": 8}], "measures[0].annual_rate"),
        ([{"kind": "rate"}], "measures[0].annual_rate"),
        (
            [{"kind": "holiday", "instalments": 2, "interest": "free"}],
            "measures[0].interest",
        ),
        ([{"kind": "capitalise", "components": ["tax"]}], "measures[0].components"),
        ([{"kind": "waive", "component": "principal"}], "measures[0].component"),
        ([{"kind": "waive", "component": "fee"}], "measures[0].amount"),
        (
            [{"kind": "waive", "component": "fee", "percent": 101}],
            "measures[0].percent",
        ),
        (
            [
                {
                    "kind": "waive",
                    "component": "fee",
                    "amount": 1,
                    "when": "some day",
                }
            ],
            "measures[0].when",
        ),
        (["extend"], "measures[0]"),
        ("extend", "measures"),
    ],
)
def test_measures_name_the_field_they_refuse(plan, field):
    with pytest.raises(FieldError) as caught:
        Plans.from_dicts([plan])
    assert caught.value.field == field


def test_more_than_is_owed_cannot_be_waived():
    position = samples.after_12(overdue_interest=100)
    with pytest.raises(FieldError, match="waive_interest: 101 .* owed"):
        relieve(position, {"kind": "waive", "component": "interest", "amount": "1.01"})


def test_a_holiday_cannot_outlast_the_loan():
    with pytest.raises(FieldError, match="holiday: 25"):
        measures.apply(samples.after_12(), holiday(25, "pay"))


@pytest.mark.parametrize(
    ("measures", "same"),
    [
        (
            [
                {"kind": "extend", "instalments": 3},
                {"kind": "extend", "instalments": 9},
            ],
            [{"kind": "extend", "instalments": 12}],
        ),
        (
            [{"kind": "holiday", "instalments": 1, "interest": "waive"}] * 2,
            [{"kind": "holiday", "instalments": 2, "interest": "waive"}],
        ),
        (
            [{"kind": "capitalise", "components": ["interest"]}] * 2
            + [{"kind": "capitalise", "components": ["fee"]}],
            [{"kind": "capitalise", "components": ["interest", "fee"]}],
        ),
        (
            [{"kind": "waive", "component": "fee", "amount": "1.50"}] * 2,
            [{"kind": "waive", "component": "fee", "amount": "3"}],
        ),
        (
            [{"kind": "forgive_principal", "amount": "100"}] * 3,
            [{"kind": "forgive_principal", "amount": "300"}],
        ),
    ],
)
def test_the_same_measure_again_goes_further(measures, same):
    found = [Plans.from_dicts([plan]).to_dicts() for plan in (measures, same)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "measures",
    [
        [{"kind": "rate", "annual_rate": "0.03"}] * 2,
        [{"kind": "forgive_principal", "percent": 1}] * 2,
        [
            {"kind": "forgive_principal", "percent": 1},
            {"kind": "forgive_principal", "amount": "1"},
        ],
        [
            {"kind": "forgive_principal", "amount": "1"},
            {"kind": "forgive_principal", "percent": 1},
        ],
        [
            {"kind": "waive", "component": "fee", "amount": "1", "when": when}
            for when in ("now", "on_completion")
        ],
        [
            {"kind": "holiday", "instalments": 1, "interest": mode}
            for mode in ("pay", "defer")
        ],
    ],
)
def test_what_cannot_be_one_measure_is_refused(measures):
    with pytest.raises(FieldError, match=r"^measures\[1\]"):
        Plans.from_dicts([measures])

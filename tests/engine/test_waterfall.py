"""The stepped waterfall: against a slow walk, step by step, and by its promises."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import reference
import samples
from engine import measures, offers, waterfall
from engine.fields import FieldError
from engine.measures import Plans, Position
from engine.rules import DEFAULT
from hypothesis import given, settings
from hypothesis import strategies as st

BOX = {
    "max_rate_cut": 0.03,
    "rate_step": 0.0025,
    "max_extend": 24,
    "extend_step": 1,
    "max_term": 60,
}


def late(**more):
    columns = {
        "principal": 7311894,
        "overdue_principal": 971573,
        "overdue_interest": 149103,
        "instalments": 21,
        "last_due_date": "2027-04-15",
        "next_due_date": "2027-05-15",
    }
    return samples.after_12(**{**columns, **more})


def level(principal, rate, count):
    """The first instalment in cents, by decimal arithmetic from the rules."""
    loan = reference.Loan(
        {
            "principal": f"{Decimal(principal) / 100}",
            "annual_rate": f"{rate:.8f}",
            "instalments": count,
            "method": "annuity",
            "period": "month",
            "day_count": "period",
            "start_date": "2027-04-15",
            "first_due_date": "2027-05-15",
        }
    )
    principal, interest, _balance = loan.schedule()[0]
    return int((principal + interest) * 100)


def walk(principal, overdue, rate, count, base, box, target):
    """One loan, every step tried from the least on: (cut, extend, share, last step)."""

    def enough(instalment):
        return (base - instalment) >= base * Fraction(str(target))

    gross, last = principal + overdue, 0 if overdue else -1
    state = {"cut": 0.0, "extend": 0, "share": 0.0}

    def now(**changed):
        s = {**state, **changed}
        bearing = gross - int(gross * Fraction(str(s["share"])) + Fraction(1, 2))
        return level(bearing, round(rate - s["cut"], 8), count + s["extend"])

    most_cut = min(box["max_rate_cut"], rate)
    steps = {
        "cut": ladder(most_cut, box["rate_step"]),
        "extend": ladder(
            min(box["max_extend"], max(box["max_term"] - count, 0)), box["extend_step"]
        ),
        "share": ladder(box.get("max_forbear", 0), box.get("forbear_step", 0.01)),
    }
    for place, (name, values) in enumerate(steps.items(), 1):
        if enough(now()):
            break
        found = next((v for v in values if enough(now(**{name: v}))), values[-1])
        if found:
            state[name], last = found, place
    cut, extend, share = state.values()
    return cut, extend, share, last, now()


def ladder(most, step):
    values, k = [], 0
    while round(k * step, 8) < round(most, 8):
        values.append(round(k * step, 8))
        k += 1
    return [*values, most] if most else [0]


loans = st.tuples(
    st.integers(500_000, 30_000_000),  # principal
    st.sampled_from([0, 1, 300_000]),  # overdue principal
    st.sampled_from([0.0, 0.01, 0.072, 0.18, 0.24]),
    st.integers(3, 60),
)


@given(st.lists(loans, min_size=1, max_size=4), st.sampled_from([0.05, 0.2, 0.25, 0.5]))
@settings(max_examples=12, deadline=None)
def test_against_a_slow_walk(drawn, target):
    box = {**BOX, "extend_step": 5, "rate_step": 0.008}
    box |= {"max_forbear": 0.3, "forbear_step": 0.04}
    principal, overdue, rate, count = map(list, zip(*drawn, strict=True))
    base = [level(*row) for row in zip(principal, rate, count, strict=True)]
    position = Position.of(
        as_of="2027-04-20",
        principal=principal,
        overdue_principal=overdue,
        annual_rate=rate,
        instalments=count,
        level=base,
        last_due_date="2027-04-15",
        next_due_date="2027-05-15",
    )
    found = waterfall.run(position, box, target)
    assert found.base.tolist() == base
    for i, row in enumerate(zip(principal, overdue, rate, count, base, strict=True)):
        cut, extend, share, last, instalment = walk(*row, box, target)
        now = found.plans.annual_rate[i]
        assert (0.0 if np.isnan(now) else rate[i] - now) == pytest.approx(cut, abs=1e-9)
        assert found.plans.extend[i] == extend
        assert found.last_step[i] == last
        assert found.instalment[i] == instalment
        assert found.plans.defer[i] == pytest.approx(share, abs=1e-9)


@given(st.lists(loans, min_size=2, max_size=4), st.sampled_from([0.1, 0.2, 0.3]))
@settings(max_examples=4, deadline=None)
def test_many_loans_are_many_single_ones(drawn, target):
    principal, overdue, rate, count = map(list, zip(*drawn, strict=True))
    position = late(
        principal=principal,
        overdue_principal=overdue,
        annual_rate=rate,
        instalments=count,
        level=0,
    )
    together = waterfall.run(position, BOX, target)
    for i in range(len(drawn)):
        alone = waterfall.run(position.take([i]), BOX, target)
        assert alone.plans.to_dicts(0) == together.plans.to_dicts(i)
        assert alone.instalment[0] == together.instalment[i]
        assert alone.met[0] == together.met[i]


def test_it_stops_at_the_first_step_that_is_enough():
    targets = [-0.2, 0.0, 0.01, 0.3, 0.95]
    with pytest.raises(FieldError, match="target"):
        waterfall.run(late().take([0] * 5), BOX, targets)
    found = waterfall.run(late().take([0] * 4), BOX, targets[1:])
    assert found.plans.capitalise_principal.all()
    assert found.met.tolist() == [True, True, True, False]
    assert found.last_step.tolist() == [2] * 4
    assert found.plans.extend.tolist() == sorted(found.plans.extend)
    assert found.plans.extend[3] == 24
    assert found.cut[2] >= 0.3 and found.cut[3] < 0.95
    rate_alone = waterfall.run(samples.after_12(), BOX, 0.01)
    assert rate_alone.last_step[0] == 1 and rate_alone.met[0]
    less = found.plans.to_dicts(2)
    less[-1] = {**less[-1], "instalments": less[-1]["instalments"] - 1}
    one_less = measures.apply(late(), Plans.from_dicts([less]))
    assert one_less.after.instalment[0, 0] > found.base[2] * 0.7


def test_the_default_target_is_a_policy_row():
    assert waterfall.run(late(), BOX).met[0]
    strict = DEFAULT.changed(("policy.target_cut", 0.9, "share", "ge"))
    assert not waterfall.run(late(), BOX, book=strict).met[0]
    same = waterfall.run(late(), BOX, 0.2)
    assert same.plans.to_dicts(0) == waterfall.run(late(), BOX).plans.to_dicts(0)


def test_a_box_that_allows_nothing_changes_nothing():
    found = waterfall.run(late(), {"may_capitalise": False}, 0.2)
    assert found.plans.to_dicts(0) == [] and found.last_step[0] == -1
    assert found.instalment[0] == found.base[0] and not found.met[0]


def test_boxes_differ_by_loan():
    box = {**BOX, "max_extend": np.array([0, 12]), "may_capitalise": [True, False]}
    found = waterfall.run(late().take([0, 0]), box, 0.6)
    assert found.plans.extend.tolist() == [0, 12]
    assert found.plans.capitalise_interest.tolist() == [True, False]


def test_the_cap_on_the_whole_term_holds():
    found = waterfall.run(late(), {**BOX, "max_term": 30}, 0.6)
    assert found.plans.extend[0] == 9
    found = waterfall.run(late(), {**BOX, "max_term": 12}, 0.6)
    assert found.plans.extend[0] == 0


@pytest.mark.parametrize("least", [200000, 250000, 300000, 370000])
def test_no_plan_goes_below_the_lowest_instalment(least):
    found = waterfall.run(late(), {**BOX, "min_instalment": least}, 0.5)
    assert found.instalment[0] >= least
    free = waterfall.run(late(), BOX, 0.5)
    assert free.instalment[0] <= found.instalment[0]


def test_a_step_that_lowers_nothing_is_left_out():
    loan = late(method="interest_only", level=0)
    found = waterfall.run(loan, {"max_extend": 24, "may_capitalise": True}, 0.2)
    assert found.plans.extend[0] == 0


def test_a_loan_past_its_end_is_left_alone():
    loan = late(
        principal=0, instalments=0, level=0, next_due_date="NaT", overdue_principal=5
    )
    found = waterfall.run(loan, BOX, 0.2)
    assert found.base[0] == 0 and not found.met[0]
    assert found.plans.to_dicts(0) == []


def test_offers_have_the_figures_of_the_search():
    position = late().take([0, 0])
    made = waterfall.offers(position, BOX, [300000, 1000], target=[0.2, 0.9])
    assert [offer.reasons[0] for offer in made] == ["target_met", "target_missed"]
    for offer, affordable in zip(made, [300000, 1000], strict=True):
        alone = offers.evaluate(late(), offer.plan, affordable)
        assert alone.reasons == offer.reasons[1:]
        assert (alone.npv, alone.concession, alone.rows) == (
            offer.npv,
            offer.concession,
            offer.rows,
        )
    assert made[0].affordable and not made[1].affordable


def test_bad_targets_and_steps_are_named():
    with pytest.raises(FieldError, match="target"):
        waterfall.run(late(), BOX, 1.5)
    with pytest.raises(FieldError, match="box.extend_step"):
        waterfall.run(late(), {**BOX, "extend_step": 0}, 0.5)


def test_the_last_step_defers_principal():
    box = {**BOX, "max_forbear": 0.3}
    found = waterfall.run(late(), box, 0.6)
    assert found.plans.extend[0] == 24 and found.plans.defer[0] > 0
    assert found.last_step[0] == 3 and found.met[0]
    assert {"defer_principal"} <= {m["kind"] for m in found.plans.to_dicts(0)}


def test_a_target_met_to_the_cent_is_met():
    """12 x 1,000 over three instalments more is 15 x 800: a fifth, and no step on."""
    position = Position.of(
        as_of="2026-01-20",
        principal=1200000,
        annual_rate=0,
        instalments=12,
        last_due_date="2026-01-15",
        next_due_date="2026-02-15",
    )
    found = waterfall.run(position, {"max_extend": 12, "extend_step": 1}, 0.2)
    assert found.plans.extend.tolist() == [3] and found.met.tolist() == [True]
    assert found.instalment.tolist() == [80000]

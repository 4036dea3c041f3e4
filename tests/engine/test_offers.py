"""Offers: within the box, ranked, explained; one plan valued on its own."""

import numpy as np
import pytest
import samples
from engine import grid, measures, offers, valuation
from engine.affordability import affordable_instalment, ratio
from engine.fields import FieldError
from engine.measures import Plans

BOX = {
    "max_extend": 24,
    "extend_step": 3,
    "max_holiday": 3,
    "holiday_interest": ("capitalise", "pay"),
    "max_rate_cut": 0.02,
    "rate_step": 0.01,
    "max_waive_interest": 0.5,
    "max_waive_penalty": 1.0,
    "max_term": 48,
    "min_instalment": 100000,
}
ASSUME = {"pd_no_relief": 0.4, "pd_relief": 0.1, "lgd": 0.45, "discount_rate": 0.05}


def late(**more):
    columns = {
        "principal": 8283467 - 971573,
        "overdue_principal": 971573,
        "overdue_interest": 149103,
        "overdue_penalty": 20000,
        "instalments": 21,
        "last_due_date": "2027-04-15",
        "next_due_date": "2027-05-15",
    }
    return samples.after_12(**{**columns, **more})


def found(affordable=300000, position=None, **box):
    position = late() if position is None else position
    return offers.search(position, {**BOX, **box}, affordable, ASSUME)


def by_pick(listed):
    named = {}
    for offer in listed:
        for pick in offers.PICKS:
            if pick in offer.reasons:
                named[pick] = offer
    return named


def test_every_offer_keeps_within_the_box():
    for offer in found()[0]:
        plan = Plans.from_dicts([offer.plan])
        assert plan.extend[0] <= 24 and plan.holiday[0] <= 3
        assert np.isnan(plan.annual_rate[0]) or plan.annual_rate[0] >= 0.052
        assert offer.instalments <= 48 and offer.instalment >= 100000
        assert offer.affordable and offer.instalment <= 300000


def test_picks_are_what_they_say():
    listed = found()[0]
    picks = by_pick(listed)
    assert set(picks) == set(offers.PICKS)
    assert picks["recommended"].npv == max(o.npv for o in listed)
    low = picks["lowest_instalment"]
    assert low.instalment == min(o.instalment for o in listed)
    cheap = picks["lowest_total_cost"]
    assert cheap.total_cost == min(o.total_cost for o in listed)
    assert picks["shortest"].instalments == min(o.instalments for o in listed)


def test_the_front_holds_no_dominated_plan():
    front = [o for o in found()[0] if o.pareto]
    assert len(front) >= 3
    for one in front:
        for other in front:
            better = (
                other.instalment <= one.instalment
                and other.total_cost <= one.total_cost
                and other.npv >= one.npv
            )
            assert other is one or not better


def test_an_offer_is_the_plan_applied():
    position = late()
    for offer in found()[0]:
        revised = measures.apply(position, Plans.from_dicts([offer.plan]))
        assert revised.after.rows(0) == offer.rows
        loss = valuation.modification(position, revised).loss[0]
        assert loss == offer.modification_loss
        paid = int(revised.after.total[0]) + offer.due_now
        assert offer.total_cost == paid - 8283467


def test_one_plan_set_by_staff_has_the_same_figures():
    for offer in found()[0]:
        alone = offers.evaluate(late(), offer.plan, 300000, ASSUME)
        for name in ("instalment", "npv", "concession", "total_cost", "affordable"):
            assert getattr(alone, name) == getattr(offer, name)
        assert alone.pick == "" and alone.binding == []


def test_nothing_affordable_is_said():
    listed = found(affordable=1000)[0]
    assert listed and not any(offer.affordable for offer in listed)
    assert listed[0].pick == "recommended"
    assert listed[0].reasons[0] == "least_burden"  # not "the best that is affordable"
    assert all("recommended" not in offer.reasons for offer in listed)
    assert "none_affordable" in listed[0].reasons
    whole = [o for o in listed if not o.due_now]  # arrears due at once weigh more
    assert listed[0].instalment == min(o.instalment for o in whole)


def test_a_plan_of_staff_says_nothing_of_other_plans():
    offer = offers.evaluate(late(), [{"kind": "extend", "instalments": 3}], 1000)
    assert "not_affordable" in offer.reasons
    assert "none_affordable" not in offer.reasons


def test_the_limit_that_binds_is_named():
    assert "affordability" in by_pick(found()[0])["recommended"].binding
    tight = by_pick(found(affordable=235000, max_rate_cut=0)[0])
    assert "max_extend" in tight["lowest_instalment"].binding
    capped = by_pick(found(max_term=24)[0])
    assert "max_term" in capped["lowest_instalment"].binding


def test_an_empty_box_offers_nothing():
    nothing = {"max_extend": 0, "may_capitalise": False}
    assert offers.search(late(), nothing, 300000) == [[]]


def test_boxes_can_differ_by_loan_and_batches_agree():
    position = late().take([0, 0, 0])
    box = {**BOX, "max_extend": np.array([0, 12, 24]), "max_holiday": [0, 3, 0]}
    together = offers.search(position, box, [300000, 250000, 400000], ASSUME)
    for i, affordable in enumerate([300000, 250000, 400000]):
        own = {
            **BOX,
            "max_extend": [0, 12, 24][i],
            "max_holiday": [0, 3, 0][i],
        }
        assert offers.search(late(), own, affordable, ASSUME) == [together[i]]


def test_a_box_of_too_many_plans_is_refused():
    with pytest.raises(ValueError, match="widen the steps"):
        found(rate_step=0.00001)
    with pytest.raises(FieldError, match="box.max_gifts"):
        found(max_gifts=3)


def test_grids_hold_no_plan_that_does_nothing():
    box = offers.Box.of(BOX).at(0)
    columns = grid.plans(late(), box, 0)
    assert len(columns["extend"]) == 9 * 7 * 3 * 2 * 2 * 2 - 1


def test_a_household_can_pay_what_is_left():
    can = affordable_instalment(
        [900000, 500000], [400000, 450000], [120000, 90000], [1, 0], 50000, 0.05
    )
    assert can.tolist() == [900000 - 400000 - 120000 - 50000 - 45000, 0]
    assert ratio([371623], [900000])[0] == pytest.approx(0.41291, abs=1e-5)
    assert np.isnan(ratio(100, 0))


def test_what_is_only_matched_is_not_on_the_front():
    """Rows by instalment: equal in the rest is dominated, better in one is not."""
    cost, minus_npv = np.array([50, 50, 60, 40, 40]), np.array([-9, -9, -10, -9, -8])
    assert offers._undominated(cost, minus_npv).tolist() == [0, 2, 3]


def test_assumptions_under_a_policy():
    """A share of the PD is left with relief; a rate of 0 is that of the loan."""
    made = offers.Assume.under([0.2, 0.1], 0.6, 0.0, [0.05, 0.08], lgd=0.4)
    assert made.pd_relief == pytest.approx([0.12, 0.06])
    assert list(made.discount_rate) == [0.05, 0.08]
    assert (made.lgd, made.prepayment, made.redefault) == (0.4, 0.0, None)
    assert offers.Assume.under([0.2], 0.6, 0.03, [0.05]).discount_rate == 0.03


def test_the_yearly_cost_of_an_offer_is_that_of_its_rows():
    """A second formula: the rows discounted at the cost are worth what is owed."""
    for offer in found()[0]:
        owed = sum(row["principal"] for row in offer.rows)
        rate = offer.apr / 12
        value = sum(
            row["instalment"] / (1 + rate) ** (k + 1)
            for k, row in enumerate(offer.rows)
        )
        assert value == pytest.approx(owed, abs=1)
        again = offers.evaluate(late(), offer.plan, 300000, ASSUME)
        assert again.apr == pytest.approx(offer.apr, abs=1e-12)

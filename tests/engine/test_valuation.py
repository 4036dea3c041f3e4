"""Yields against numpy_financial, present values, expected values."""

import numpy as np
import numpy_financial as npf
import pytest
import samples
from engine import measures, obligation, valuation
from engine.schedule import Terms, build


def test_the_flat_loan_of_the_disclosure_rule():
    """R01: 0.45 % a month flat is 10.02 % nominal, 10.50 % effective."""
    expected = samples.cases("cost_of_credit_cases")["R01"]["expected"]
    terms = Terms.of(
        **{**samples.BASE, "principal": 10000000, "annual_rate": 0.054}, method="flat"
    )
    plan = build(terms)
    rate = valuation.irr(plan, 10000000)
    assert rate[0] == pytest.approx(float(expected["irr_monthly"]), abs=5e-7)
    nominal = valuation.apr(plan, 10000000, "month")[0] * 100
    assert nominal == pytest.approx(float(expected["apr_nominal_pct"]), abs=2e-4)
    yearly = valuation.effective_annual(rate, "month")[0] * 100
    assert yearly == pytest.approx(float(expected["effective_annual_pct"]), abs=2e-4)


@pytest.mark.parametrize("rate", [0.0, 0.0001, 0.072, 0.36, 1.0])
def test_yields_agree_with_numpy_financial(rate):
    terms = Terms.of(**{**samples.BASE, "annual_rate": rate}, fee=500)
    plan = build(terms)
    for fee in (-300000, 0, 250000):
        paid = np.concatenate([[-(12000000 + fee)], plan.instalment[0] - 500])
        found = valuation.eir(plan, 12000000, fee)[0]
        assert npf.npv(found, paid) == pytest.approx(0, abs=1e-3)
        if rate:
            assert found == pytest.approx(npf.irr(paid), abs=1e-9)


def test_a_yield_that_does_not_exist_is_nan():
    plan = build(Terms.of(**samples.BASE))
    assert np.isnan(valuation.irr(plan, 0)).all()


def test_fees_count_in_the_borrowers_cost_alone():
    plan = build(Terms.of(**samples.BASE, fee=1000))
    assert valuation.apr(plan, 12000000, "month")[0] > 0.0737
    assert valuation.eir(plan, 12000000)[0] == pytest.approx(0.006, abs=1e-7)


def test_lenders_costs_are_carried_and_unwound():
    """The idea of A08: a commission in the effective rate raises the loss-free
    carrying amount above the contract balance, and the rest unwinds to nothing."""
    plan = build(Terms.of(**samples.BASE))
    rate = valuation.eir(plan, 12000000, 300000)
    steps = valuation.unwind(plan, np.array([300000]), rate)
    assert (steps < 0).all() and steps.sum() == -300000
    carrying = plan.balance[0] + 300000 + steps[0].cumsum()
    worth = [
        npf.npv(rate[0], np.concatenate([[0], plan.instalment[0, k + 1 :]]))
        for k in range(36)
    ]
    assert np.abs(carrying - worth).max() < 10


def test_the_untouched_schedule_is_worth_its_balance():
    rng = np.random.default_rng(5)
    drawn = [samples.draw(rng) for _ in range(300)]
    terms = samples.terms_of(drawn).take(slice(None))
    keep = terms.method != "flat"
    terms = terms.take(keep)
    plan = build(terms)
    per_year = valuation.periods_per_year(terms.period)
    worth = valuation.present_value(plan, terms.annual_rate / per_year)
    # half a cent of each row's interest
    assert (np.abs(worth - terms.principal) <= 1 + plan.count / 2).all()


def test_expected_value_between_nothing_lost_and_all_lost():
    plan = build(Terms.of(**samples.BASE))
    safe = valuation.expected_npv(plan, 0.0, 0.45, 0.072)
    assert abs(int(safe[0]) - 12000000) < 20
    gone = valuation.expected_npv(plan, 1.0, 1.0, 0.072)
    assert gone.tolist() == [0]
    some = valuation.expected_npv(plan, [0.1], [0.45], [0.072])
    more = valuation.expected_npv(plan, [0.3], [0.45], [0.072])
    assert gone < more < some < safe


def test_arrears_count_in_the_expected_value():
    position = samples.after_12(overdue_principal=100000)
    plan = build(position.terms())
    owed = position.principal + 100000
    with_arrears = valuation.expected_npv(plan, 0.0, 0.5, 0.0, owed)
    without = valuation.expected_npv(plan, 0.0, 0.5, 0.0)
    assert (with_arrears - without).tolist() == [100000]


def test_a_flat_loan_unchanged_has_no_loss_and_a_cut_has_one():
    position = samples.after_12(method="flat", interest_base=12000000, level=0)
    same = measures.apply(position, samples.plan())
    assert valuation.modification(position, same).loss.tolist() == [0]
    cut = samples.plan({"kind": "rate", "annual_rate": 0.06})
    revised = measures.apply(position, cut)
    given_up = 24 * (72000 - 60000)
    loss = valuation.modification(position, revised).loss[0]
    assert 0.8 * given_up < loss < given_up


@pytest.mark.parametrize("identifier", ["E01", "E03"])
def test_the_diminished_obligation(identifier):
    case = samples.cases("eu_cases")[identifier]
    before, after = (
        samples.minor(case["inputs"][n]) for n in ("npv_before", "npv_after")
    )
    found = obligation.Obligation(np.array([before]), np.array([after]))
    expected = case["expected"]
    assert found.diminished_pct[0] == pytest.approx(float(expected["do_pct"]), abs=5e-5)
    assert found.diminished().tolist() == [expected["default"]]


def test_exactly_the_threshold_is_not_above_it():
    limit = obligation.diminished([10_000_000] * 3, [9_900_001, 9_900_000, 9_899_999])
    assert limit.tolist() == [False, False, True]
    ten = obligation.Obligation(np.array([1000, 1000]), np.array([900, 901]))
    assert ten.substantial().tolist() == [True, False]


def test_cures_reduce_the_loss_and_redefaults_put_it_back():
    assert valuation.loss_after_cure(0.45) == 0.45
    assert valuation.loss_after_cure(0.45, 0.4) == pytest.approx(0.27)
    assert valuation.loss_after_cure(0.45, 0.4, 0.5) == pytest.approx(0.36)
    assert valuation.loss_after_cure(0.45, 0.4, 1.0) == pytest.approx(0.45)
    assert valuation.loss_after_cure(0.45, 1.0) == 0.0


def test_a_longer_term_at_the_same_rate_diminishes_nothing():
    position = samples.after_12(overdue_interest=5000)
    for measure in (
        {"kind": "extend", "instalments": 12},
        {"kind": "capitalise", "components": ["interest"]},
    ):
        revised = measures.apply(position, samples.plan(measure))
        owed = obligation.obligation(position, revised)
        assert abs(int(owed.before[0] - owed.after[0])) < 10
    waived = measures.apply(
        position, samples.plan({"kind": "waive", "component": "interest", "percent": 9})
    )
    owed = obligation.obligation(position, waived)
    assert (owed.before - owed.after).tolist() == [450]

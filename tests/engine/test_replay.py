"""Positions from a schedule and what was paid."""

import numpy as np
import pytest
import samples
from engine import measures, replay, valuation
from engine.schedule import Terms, build


def at(as_of, paid, **more):
    terms = Terms.of(**samples.BASE)
    return replay.position_at(terms, build(terms), as_of, paid, **more)


def test_instalments_paid_on_time():
    position, credit = at("2027-01-15", replay.Paid.on_time(12))
    assert position.principal.tolist() == [8283467] and not position.overdue_total[0]
    assert position.instalments.tolist() == [24] and position.dpd.tolist() == [0]
    assert str(position.next_due_date[0]) == "2027-02-15"
    assert position.level.tolist() == [371623] and credit.tolist() == [0]


def test_missed_instalments_are_overdue_from_the_oldest():
    position, _ = at("2027-04-20", replay.Paid.on_time(12))
    assert position.overdue_principal.tolist() == [321922 + 323854 + 325797]
    assert position.overdue_interest.tolist() == [49701 + 47769 + 45826]
    assert position.dpd.tolist() == [64] and position.instalments.tolist() == [21]


def test_a_payment_moves_the_oldest_date():
    """D07 in figures: the oldest instalment is paid, the next one counts."""
    paid = replay.Paid.payments(["2026-03-10"], [371623])
    position, _ = at("2026-04-20", paid)
    assert position.dpd.tolist() == [36]
    assert position.overdue_interest.tolist() == [70202 + 68394]


def test_penalty_on_overdue_principal():
    """A33: 3,219.22 at 10.8 % for 20 days over 360."""
    expected = samples.amounts("A33")
    terms = Terms.of(**samples.BASE)
    plan = build(terms)
    by_360 = terms.with_(day_count=np.array(["ACT/360"]))
    position, _ = replay.position_at(
        by_360, plan, "2027-03-07", replay.Paid.on_time(12), penalty_rate=0.108
    )
    wanted = samples.minor(expected["penalty_interest"])
    assert position.overdue_penalty.tolist() == [wanted]


def test_grace_spares_penalty_and_days():
    args = {"penalty_rate": 0.365, "grace": 10}
    position, _ = at("2026-02-25", replay.Paid.on_time(0), **args)
    assert position.dpd.tolist() == [0] and not position.overdue_penalty[0]
    position, _ = at("2026-02-26", replay.Paid.on_time(0), **args)
    assert position.dpd.tolist() == [1]
    assert position.overdue_penalty.tolist() == [300]  # one day of 2,996.23 at 0.1 %


def test_money_paid_early_waits_and_settles_on_the_due_date():
    paid = replay.Paid.payments(["2026-02-01", "2026-03-20"], [743246, 1])
    position, credit = at("2026-04-01", paid, penalty_rate=0.2)
    assert not position.overdue_total[0] and credit.tolist() == [1]


def test_cents_are_conserved_whatever_is_paid():
    rng = np.random.default_rng(3)
    terms = Terms.of(**{**samples.BASE, "principal": np.full(200, 12000000)}, fee=100)
    plan = build(terms)
    days = np.sort(rng.integers(0, 700, (200, 6)), axis=1)
    dates = np.datetime64("2026-01-15") + days
    amounts = rng.integers(0, 900000, (200, 6))
    position, credit = replay.position_at(
        terms, plan, "2027-12-31", replay.Paid.payments(dates, amounts)
    )
    billed = plan.due_date <= np.datetime64("2027-12-31")
    due = np.where(billed, plan.instalment, 0).sum(axis=1)
    assert (position.overdue_total - credit == due - amounts.sum(axis=1)).all()
    assert (np.minimum(position.overdue_total, credit) == 0).all()


def test_a_lenders_cost_is_carried():
    position, _ = at("2027-01-15", replay.Paid.on_time(12), upfront=300000)
    assert 0 < position.adjustment[0] < 300000
    assert position.eir_period[0] == pytest.approx(0.0046155, abs=5e-7)


def test_a_commission_raises_the_carrying_amount_and_the_loss():
    """A08: 100,000 at 6 % over 24, commission 3,000; cut to 3 % after 6."""
    columns = {"principal": 10000000, "annual_rate": 0.06, "instalments": 24}
    terms = Terms.of(**{**samples.BASE, **columns})
    position, _ = replay.position_at(
        terms, build(terms), "2026-07-15", replay.Paid.on_time(6), upfront=300000
    )
    assert position.eir_period[0] == pytest.approx(0.002591, abs=5e-7)
    assert position.principal.tolist() == [7611076]
    assert (position.principal + position.adjustment).tolist() == [7784664]
    cut = samples.plan({"kind": "rate", "annual_rate": 0.03})
    change = valuation.modification(position, measures.apply(position, cut))
    assert change.loss.tolist() == [180127]


@pytest.mark.parametrize("paid", [36, 0])
def test_a_matured_loan(paid):
    position, _ = at("2030-06-30", replay.Paid.on_time(paid))
    assert position.instalments.tolist() == [0] and position.principal.tolist() == [0]
    owed = 0 if paid else 12000000
    assert position.overdue_principal.tolist() == [owed]


def test_overdue_principal_goes_on_bearing_interest():
    """A14: three instalments missed owe 3 x 497.01, as if nothing had fallen due."""
    position, _ = at("2027-04-15", replay.Paid.on_time(12), bearing=True)
    assert position.overdue_interest.tolist() == [3 * 49701]
    # ten days more on 9,715.73, as a share of the 30 days of that period
    position, _ = at("2027-04-25", replay.Paid.on_time(12), bearing=True)
    more = round(971573 * 0.006 * 10 / 30)
    assert position.overdue_interest.tolist() == [3 * 49701 + more]


def test_overdue_interest_bears_none():
    paid = replay.Paid.payments(["2027-02-15"], [371623 * 12 + 321922])
    order = ("principal", "fee", "penalty", "interest")
    terms = Terms.of(**samples.BASE)
    args = {"order": order, "mode": "vertical", "bearing": True}
    position, _ = replay.position_at(terms, build(terms), "2027-03-14", paid, **args)
    assert position.overdue_principal.tolist() == [0]
    plain, _ = replay.position_at(
        terms, build(terms), "2027-03-14", paid, order=order, mode="vertical"
    )
    assert (position.overdue_interest >= plain.overdue_interest).all()


def test_the_penalty_takes_the_place_of_interest_after_the_grace():
    args = {"penalty_rate": 0.108, "grace": 10, "bearing": True}
    position, _ = at("2026-03-07", replay.Paid.on_time(0), **args)
    grace = round(299623 * 0.072 * 10 / 365)
    assert position.overdue_interest.tolist() == [72000 + grace]
    assert position.overdue_penalty.tolist() == [round(299623 * 0.108 * 10 / 365)]


def test_a_matured_loan_goes_on_bearing_interest():
    position, _ = at("2030-01-15", replay.Paid.on_time(35), bearing=True)
    owed = position.overdue_principal[0]
    year = sum(round(owed * 0.006) for _ in range(12))
    assert position.overdue_interest[0] == round(owed * 0.006) + year


def late(payments, as_of, **more):
    dates, amounts = zip(*payments, strict=True)
    paid = replay.Paid.payments(list(dates), list(amounts))
    return at(as_of, paid, bearing=True, **more)


def test_who_pays_late_and_in_full_is_not_past_due_for_the_days_interest():
    """Five days on 2,996.23 are owed, but not due before the end."""
    days = round(299623 * 0.006 * 5 / 28)
    payments = [("2026-02-20", 371623), ("2026-03-15", 371623)]
    position, credit = late(payments, "2026-04-10")
    assert position.dpd.tolist() == [0] and not credit[0]
    assert position.overdue_interest.tolist() == [days] == [321]
    assert position.overdue_total.tolist() == [days]


def test_money_beyond_the_dues_settles_the_days_interest_first():
    payments = [("2026-02-20", 371623 + 400)]
    position, credit = late(payments, "2026-03-01")
    assert not position.overdue_total[0] and credit.tolist() == [400 - 321]


def test_the_days_interest_falls_due_with_the_last_instalment():
    rows = build(Terms.of(**samples.BASE)).rows()
    payments = [(row["due_date"], row["instalment"]) for row in rows]
    payments[0] = ("2026-02-20", 371623)
    for as_of, days in (("2029-01-14", 0), ("2029-01-20", 5)):
        here = [pay for pay in payments if str(pay[0]) <= as_of]
        position, _ = late(here, as_of)
        assert position.overdue_total.tolist() == [321]
        assert position.dpd.tolist() == [days]

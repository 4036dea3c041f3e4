"""Money paid ahead: the next instalments, the last ones, or a lower instalment."""

import numpy as np
import pytest
import samples
from engine import advance
from engine.fields import FieldError
from engine.measures import Position


def test_next_settles_the_coming_instalments_as_they_stand():
    paid = advance.pay_ahead(samples.after_12(), 371623 + 100_000)
    assert paid.open[0, :3].tolist() == [0, 271623, 371623]
    # interest first, then principal, by the agreed order
    assert paid.paid[0, 1].tolist() == [100_000 - 47769, 47769, 0]
    assert paid.schedule.interest[0, 1] == 47769 and paid.rest.tolist() == [0]


def test_next_gives_back_what_is_beyond_everything():
    position = samples.after_12()
    owed = int(advance.pay_ahead(position, 0).schedule.total[0])
    paid = advance.pay_ahead(position, owed + 7)
    assert not paid.open.any() and paid.rest.tolist() == [7]


def test_last_keeps_the_instalment_and_ends_sooner():
    paid = advance.pay_ahead(samples.after_12(), 2_000_000, "last")
    plan = paid.schedule
    assert plan.opening.tolist() == [6283467] and plan.count[0] < 24
    assert plan.instalment[0, : plan.count[0] - 1].tolist() == [371623] * (
        plan.count[0] - 1
    )
    assert 0 < plan.instalment[0, plan.count[0] - 1] <= 371623
    assert plan.total_interest[0] < 24 * 371623 - 8283467


def test_reamortise_keeps_the_number_and_lowers_the_instalment():
    paid = advance.pay_ahead(samples.after_12(), 2_000_000, "reamortise")
    plan = paid.schedule
    assert plan.count.tolist() == [24] and plan.principal.sum() == 6283467
    level = round(6283467 * 0.006 / (1 - 1.006**-24))
    assert plan.instalment[0, 0] == level


@pytest.mark.parametrize("rule", ["last", "reamortise"])
def test_what_is_repaid_within_a_period_bore_interest_till_then(rule):
    paid = advance.pay_ahead(samples.after_12(), 2_000_000, rule, "2027-01-25")
    before, after = 8283467 * 0.006 * 10 / 31, 6283467 * 0.006 * 21 / 31
    assert paid.schedule.interest[0, 0] == round(before) + round(after)


@pytest.mark.parametrize("method", ["annuity", "equal_principal", "flat"])
@pytest.mark.parametrize("rule", advance.RULES)
def test_every_cent_is_somewhere(method, rule):
    rng = np.random.default_rng(8)
    size = 60
    position = Position.of(
        as_of="2027-01-15",
        principal=rng.integers(100_000, 9_000_000, size),
        annual_rate=rng.uniform(0, 0.2, size).round(4),
        instalments=rng.integers(1, 40, size),
        last_due_date="2027-01-15",
        next_due_date="2027-02-15",
        method=method,
        interest_base=9_000_000,
    )
    money = rng.integers(0, 12_000_000, size)
    paid = advance.pay_ahead(position, money, rule)
    plan = paid.schedule
    used = money - paid.rest
    assert (used >= 0).all() and (paid.paid >= 0).all()
    if rule == "next":
        assert (paid.paid.sum(axis=(1, 2)) == used).all()
        assert (plan.principal.sum(axis=1) == position.principal).all()
    else:
        assert (plan.principal.sum(axis=1) + used == position.principal).all()
        assert (plan.count <= position.instalments).all()


def test_what_cannot_be_is_refused():
    position = samples.after_12()
    with pytest.raises(FieldError, match="in_advance"):
        advance.pay_ahead(position, 1, "first")
    with pytest.raises(FieldError, match="amount"):
        advance.pay_ahead(position, -1)
    with pytest.raises(FieldError, match="from"):
        advance.pay_ahead(position, 1, "last", "2027-03-01")
    bullet = samples.after_12(method="interest_only", level=0)
    with pytest.raises(FieldError, match="reamortise"):
        advance.pay_ahead(bullet, 1, "last")


def test_what_bears_no_interest_is_left_to_the_last_row():
    """Rule last repays what bears interest; the deferred part keeps its date."""
    position = samples.after_12(deferred=1000000)
    found = advance.pay_ahead(position, [8000000], "last")
    assert found.rest.tolist() == [8000000 - 7283467]
    rows = found.schedule.rows()
    assert [row["principal"] for row in rows] == [1000000]
    assert rows[-1]["balance"] == 0 and found.schedule.total_interest.tolist() == [0]

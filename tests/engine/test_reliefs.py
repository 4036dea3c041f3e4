"""Reliefs drawn at random against the decimal reference, and the rules of each."""

import datetime
from decimal import Decimal

import numpy as np
import pytest
import samples
from engine import measures, valuation
from engine.calendar import due_dates
from engine.fields import FieldError
from engine.measures import Plans, Position
from reference import in_cents
from reference_relief import Relief

#: Random reliefs compared row by row.
DEPTH = 2_000


def money(cents):
    return Decimal(int(cents)) / 100


def draw_loan(rng):
    method = str(rng.choice(samples.METHODS))
    principal = int(rng.integers(10_000, 20_000_000))
    last = np.datetime64("2024-01-01") + int(rng.integers(0, 800))
    period = str(rng.choice(samples.PERIODS, p=[0.7, 0.15, 0.15]))
    first = last + int(rng.choice([7, 14, 45]))
    if rng.random() < 0.7:
        first = due_dates([last], [2], period)[0, 1]
    rate = round(float(rng.choice([0, rng.uniform(0, 0.3)], p=[0.1, 0.9])), 6)
    return {
        "principal": principal,
        "annual_rate": rate,
        "instalments": int(rng.integers(3, 30)),
        "method": method,
        "period": period,
        "day_count": str(rng.choice(samples.DAY_COUNTS)),
        "last_due_date": str(last),
        "next_due_date": str(first),
        "due_day": int(str(first)[-2:]),
        "balloon": principal // 3 if method == "balloon" else 0,
        "interest_base": principal + int(rng.integers(0, 100_000)),
        "overdue_interest": int(rng.integers(0, 90_000)),
        "overdue_principal": int(rng.integers(0, 500_000)),
    }


def draw_plan(rng, loan):
    """Return a plan in the columns of the engine."""
    plan, last = {}, np.datetime64(loan["last_due_date"])
    days = int((np.datetime64(loan["next_due_date"]) - last).astype(int))
    if rng.random() < 0.6:
        plan["start"] = str(last + int(rng.integers(0, days)))
    if rng.random() < 0.5:
        plan["annual_rate"] = round(float(rng.uniform(0, 0.3)), 6)
        plan["rate_instalments"] = int(rng.choice([0, 0, 2, 5]))
    if rng.random() < 0.4:
        plan["holiday"] = int(rng.integers(1, 4))
        plan["holiday_interest"] = str(
            rng.choice(["pay", "capitalise", "defer", "waive"])
        )
    if rng.random() < 0.3:
        plan["extend"] = int(rng.integers(1, 12))
    if rng.random() < 0.3:
        plan["carry_interest"] = True
    if rng.random() < 0.4:
        plan["capitalise_principal"] = True
    if rng.random() < 0.3:
        plan["defer_amount"] = int(rng.integers(1, loan["principal"] // 2))
    if rng.random() < 0.3:
        plan["low"] = int(rng.integers(1, loan["principal"] // loan["instalments"]))
        plan["low_rows"] = int(rng.integers(1, loan["instalments"] - 1))
    if rng.random() < 0.2:
        later = np.datetime64(loan["next_due_date"]) + int(rng.integers(1, 40))
        plan["redate"] = str(later)
    return plan


def reference_of(loan, plan):
    """Return the rows the decimal reference makes of the same."""
    on = datetime.date.fromisoformat
    joined = loan["overdue_principal"] if plan.get("capitalise_principal") else 0
    told = {
        "joined": money(joined),
        "rate": Decimal(str(plan["annual_rate"])) if "annual_rate" in plan else None,
        "rate_rows": plan.get("rate_instalments", 0),
        "mode": plan.get("holiday_interest", "pay"),
        "carried": money(loan["overdue_interest"] if "carry_interest" in plan else 0),
        "deferred": money(plan.get("defer_amount", 0)),
        "low": money(plan.get("low", 0)),
        **{name: plan.get(name, 0) for name in ("holiday", "extend", "low_rows")},
        **{n: on(plan[n]) if n in plan else None for n in ("start", "redate")},
    }
    known = {
        "principal": money(loan["principal"]),
        "rate": Decimal(str(loan["annual_rate"])),
        "count": loan["instalments"],
        "last": on(loan["last_due_date"]),
        "next": on(loan["next_due_date"]),
        "base": money(loan["interest_base"]),
        "balloon": money(loan["balloon"]),
        "level": None,
        **{n: loan[n] for n in ("method", "period", "day_count", "due_day")},
    }
    return in_cents(Relief(known, told).schedule())


def position_of(loans):
    columns = {name: [loan[name] for loan in loans] for name in loans[0]}
    return Position.of(as_of=columns["last_due_date"], **columns)


def together(plans):
    names = sorted(set().union(*plans))
    blank = {"annual_rate": np.nan, "holiday_interest": "pay", "low_then": "reamortise"}
    blank |= {"start": "NaT", "redate": "NaT"}
    columns = {n: [plan.get(n, blank.get(n, 0)) for plan in plans] for n in names}
    return Plans.of(len(plans), **columns)


def lowers(loan, plan):
    """Tell whether the amount is below the instalment, as it must be."""
    try:
        measures.apply(position_of([loan]), together([plan]))
    except FieldError as error:
        assert error.field == "lower_instalment", error
        return False
    return True


def test_random_reliefs_agree_with_the_decimal_reference():
    rng = np.random.default_rng(44)
    loans, plans = [], []
    while len(loans) < DEPTH:
        loan = draw_loan(rng)
        plan = draw_plan(rng, loan)
        if "low" in plan and not lowers(loan, plan):
            continue
        loans.append(loan)
        plans.append(plan)
    batch = measures.apply(position_of(loans), together(plans))
    for i, (loan, plan) in enumerate(zip(loans, plans, strict=True)):
        found = [
            (row["principal"], row["interest"], row["balance"])
            for row in batch.after.rows(i)
        ]
        assert found == reference_of(loan, plan), (loan, plan)
    change = valuation.modification(position_of(loans), batch)
    ends = change.unwind.sum(axis=1) - change.loss
    assert (ends == 0).all()


def relieve(*parts, **more):
    position = samples.after_12(**more)
    revised = measures.apply(position, samples.plan(*parts))
    return revised, valuation.modification(position, revised)


def test_a_rate_change_within_a_period_counts_days_each_piece_alone():
    cut = {"kind": "rate", "annual_rate": 0.036, "from": "2027-01-25"}
    revised, _ = relieve(cut)
    old = round(49700.802 * 10 / 31)  # 10 of 31 days at 7.2 %
    new = round(24850.401 * 21 / 31)
    assert revised.after.interest[0, 0] == old + new
    by_days, _ = relieve(cut, day_count="ACT/365")
    pieces = 8283467 * 0.072 * 10 / 365, 8283467 * 0.036 * 21 / 365
    assert by_days.after.interest[0, 0] == sum(map(round, pieces))


def test_a_change_to_the_same_on_any_day_changes_nothing():
    same = {"kind": "rate", "annual_rate": 0.072, "from": "2027-01-25"}
    revised, change = relieve(same)
    assert revised.after.rows(0) == revised.before.rows(0)
    assert change.loss.tolist() == [0]


def test_a_pause_of_interest_begins_on_its_day():
    pause = {"kind": "holiday", "instalments": 3, "interest": "waive"}
    revised, _ = relieve({**pause, "from": "2027-01-25"})
    before = round(49700.802 * 10 / 31)
    assert revised.after.instalment[0, :3].tolist() == [0, 0, 0]
    # what ran before that day waits for the first instalment, and bears nothing
    assert revised.after.instalment[0, 3] == 371623 + before


def test_carried_interest_goes_whole_into_the_first_new_instalment():
    """domain.md 11.6: level = (balance + carried / (1 + r)) x annuity factor."""
    carry = {"kind": "carry", "components": ["interest"]}
    revised, change = relieve(carry, overdue_interest=149103)
    factor = 0.006 / (1 - 1.006**-24)
    level = round((8283467 + 149103 / 1.006) * factor)
    assert revised.after.instalment[0, :23].tolist() == [level] * 23
    assert revised.after.interest[0, 0] == 49701 + 149103
    assert revised.remaining_overdue["interest"].tolist() == [0]
    # a period without interest on it is what the lender loses
    assert abs(change.loss[0] - 149103 * (1 - 1 / 1.006)) < 8


def test_deferred_principal_bears_nothing_and_comes_last():
    revised, change = relieve({"kind": "defer_principal", "percent": 30})
    part = round(8283467 * 0.3)
    assert revised.after.interest[0, 0] == round((8283467 - part) * 0.006)
    assert revised.after.principal[0, -1] > part
    assert revised.after.balance[0, -2] > part
    assert abs(change.loss[0] - part * (1 - 1.006**-24)) < 20


def test_what_lowered_instalments_leave_has_a_stated_end():
    low = {"kind": "lower_instalment", "amount": "2000", "instalments": 6}
    again, _ = relieve({**low, "then": "reamortise"})
    longer, _ = relieve({**low, "then": "extend"})
    bullet, _ = relieve({**low, "then": "balloon"})
    for revised in (again, longer, bullet):
        assert revised.after.instalment[0, :6].tolist() == [200000] * 6
    assert again.rows[0] == bullet.rows[0] == 24
    assert len(set(again.after.instalment[0, 6:23].tolist())) == 1
    assert longer.after.instalment[0, 6] == bullet.after.instalment[0, 6] == 371623
    assert 24 < longer.rows[0] < 30
    assert 0 < longer.after.instalment[0, longer.rows[0] - 1] <= 371623
    assert bullet.after.instalment[0, 23] > 1_500_000


def test_a_token_payment_leaves_interest_for_the_next_instalment():
    low = {"kind": "lower_instalment", "amount": "100", "instalments": 3}
    revised, change = relieve({**low, "then": "reamortise"})
    assert revised.after.instalment[0, :3].tolist() == [10000] * 3
    assert revised.after.interest[0, 3] == 3 * (49701 - 10000) + 49701
    assert change.loss[0] > 0


def test_a_redate_is_charged_by_days_and_moves_the_due_day():
    revised, change = relieve({"kind": "redate", "first_due_date": "2027-03-05"})
    assert [str(d)[-2:] for d in revised.after.due_date[0]] == ["05"] * 24
    assert revised.after.interest[0, 0] == round(49700.802 * (1 + 21 / 31))
    assert change.loss.tolist() == [0]


def test_a_waiver_on_completion_is_neither_due_nor_gone():
    waive = {"kind": "waive", "component": "interest", "percent": 50}
    later, _ = relieve({**waive, "when": "on_completion"}, overdue_interest=101)
    assert later.conditional["interest"].tolist() == [51]
    assert later.waived["interest"].tolist() == [0]
    assert later.remaining_overdue["interest"].tolist() == [50]


def test_joining_late_is_no_concession():
    """Capitalised in the middle of a period, arrears bear interest from then on."""
    position = samples.after_12(overdue_principal=971573, overdue_interest=140000)
    columns = {"capitalise_interest": True, "extend": 12, "start": "2027-02-03"}
    revised = measures.apply(position, Plans.of(1, **columns))
    assert valuation.modification(position, revised).loss.tolist() == [0]
    late = revised.after.interest[0, 0]
    assert late == round(49700.802 * 19 / 31) + round(
        (8283467 + 1111573) * 0.006 * 12 / 31
    )


def test_what_joins_late_earns_from_that_day_in_the_unwinding_too():
    """With a loss beside it, no row takes more than its share."""
    position = samples.after_12(overdue_principal=971573, overdue_interest=140000)
    columns = {"capitalise_principal": True, "carry_interest": True, "extend": 12}
    revised = measures.apply(position, Plans.of(1, start="2027-02-03", **columns))
    change = valuation.modification(position, revised)
    # 12 of 31 days without interest on what is carried
    assert abs(change.loss[0] - 140000 * 0.006 * 12 / 31) < 10
    assert change.unwind.sum() == change.loss[0]
    assert np.abs(change.unwind[0, 1:]).max() < 20


RUNNING = [
    ({"holiday": 2, "holiday_interest": "waive"}, [0, 0, 371623]),
    (
        {"holiday": 1, "holiday_interest": "defer", "deferred_interest": 49701},
        [0, 371623 + 2 * 49701, 371623],
    ),
    ({"holiday": 1, "holiday_interest": "pay"}, [49701, 371623, 371623]),
]


@pytest.mark.parametrize(("running", "expected"), RUNNING)
def test_a_holiday_that_still_runs_goes_on(running, expected):
    revised, change = relieve(**running)
    assert revised.before.instalment[0, :3].tolist() == expected
    assert revised.after.rows(0) == revised.before.rows(0)
    assert change.loss.tolist() == [0]


def test_a_second_relief_while_a_holiday_runs():
    running = {"holiday": 1, "holiday_interest": "waive"}
    more = {"kind": "holiday", "instalments": 2, "interest": "waive"}
    revised, _ = relieve(more, **running)
    assert revised.after.instalment[0, :4].tolist() == [0, 0, 0, 371623]
    with pytest.raises(FieldError, match="still runs"):
        relieve({**more, "interest": "pay"}, **running)


def test_a_rate_that_still_runs_for_some_rows_goes_on():
    running = {"first_rate": 0.036, "first_rate_rows": 2, "level": 358236}
    revised, _ = relieve(**running)
    assert revised.after.interest[0, 0] == 24850
    assert revised.after.interest[0, 2] > 2 * 22000
    ended, _ = relieve({"kind": "rate", "annual_rate": 0.072}, **running)
    assert ended.after.interest[0, 0] == 49701


def test_a_claim_all_of_suspended_interest_unwinds_as_it_is_collected():
    """Carried at nothing, no rate makes sense of it: income follows the money."""
    position = Position.of(
        as_of="2029-08-25",
        principal=0,
        overdue_interest=786,
        suspended_interest=786,
        annual_rate=0.632455,
        instalments=40,
        last_due_date="2029-08-10",
        next_due_date="2029-09-10",
    )
    joins = samples.plan({"kind": "capitalise", "components": ["interest"]})
    revised = measures.apply(position, joins)
    change = valuation.modification(position, revised)
    assert change.carrying.tolist() == [0] and change.loss.tolist() == [0]
    steps = change.unwind[0]
    assert steps.sum() == 786 and (steps >= 0).all()

"""A relief while an earlier one still runs: what remains is read back to the cent."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from engine import calendar, measures, relief_events, valuation
from engine.fields import FieldError
from engine.measures import Plans, Position
from engine.rest import position_after, rest, still_asked, waiting
from engine.schedule import build
from engine.settlement import payoff
from test_reliefs import draw_loan, draw_plan, lowers, position_of, together

DEPTH = 500
AMOUNTS = ("principal", "interest", "fee", "balance")


def draw(rng, depth=DEPTH):
    """Return positions and plans drawn at random, and the reliefs of them."""
    loans, plans = [], []
    while len(loans) < depth:
        loan = draw_loan(rng)
        plan = draw_plan(rng, loan)
        if "low" in plan:
            plan["low_then"] = str(rng.choice(["reamortise", "balloon"]))
            if plan.get("rate_instalments"):
                plan["low_then"] = "reamortise"
            if not lowers(loan, plan):
                continue
        loans.append(loan)
        plans.append(plan)
    position = position_of(loans)
    return position, measures.apply(position, together(plans))


def go_on(position, revised, past):
    """Return the positions after ``past`` rows of a relief, all billed and paid."""
    due = revised.after.due_date[np.arange(len(past)), past - 1]
    day = np.where(past > 0, due, position.last_due_date)
    change = valuation.modification(position, revised)
    return position_after(position, revised, change, day)


def test_what_remains_goes_on_as_agreed_to_the_cent():
    """The rest of a relief after any number of rows is the relief's own rows."""
    rng = np.random.default_rng(71)
    position, revised = draw(rng)
    rows = revised.terms.rows
    past = np.minimum(rng.integers(0, 8, rows.size), rows - 1)
    after, plan = build(rest(revised.terms, past)), revised.after
    for i, gone in enumerate(past):
        count = int(after.count[i])
        assert count == rows[i] - gone
        whole = slice(gone, gone + count)
        assert (after.due_date[i, :count] == plan.due_date[i, whole]).all(), i
        for name in AMOUNTS:
            seen = getattr(after, name)[i, :count]
            assert seen.tolist() == getattr(plan, name)[i, whole].tolist(), (i, name)


FIRST = {
    "extend": [{"kind": "extend", "instalments": 6}],
    "rate": [{"kind": "rate", "annual_rate": 0.036}],
    "rate_window": [{"kind": "rate", "annual_rate": 0.024, "instalments": 6}],
    "holiday_pay": [{"kind": "holiday", "instalments": 4, "interest": "pay"}],
    "holiday_capitalise": [
        {"kind": "holiday", "instalments": 4, "interest": "capitalise"}
    ],
    "holiday_defer": [{"kind": "holiday", "instalments": 4, "interest": "defer"}],
    "holiday_waive": [{"kind": "holiday", "instalments": 4, "interest": "waive"}],
    "low_reamortise": [{"kind": "lower_instalment", "amount": "300", "instalments": 5}],
    "low_extend": [
        {
            "kind": "lower_instalment",
            "amount": "1900",
            "instalments": 5,
            "then": "extend",
        }
    ],
    "low_balloon": [
        {
            "kind": "lower_instalment",
            "amount": "300",
            "instalments": 5,
            "then": "balloon",
        }
    ],
    "carry": [{"kind": "carry", "components": ["interest"]}],
    "carry_over_holiday": [
        {"kind": "carry", "components": ["interest"]},
        {"kind": "holiday", "instalments": 4, "interest": "defer"},
    ],
    "capitalise": [{"kind": "capitalise", "components": ["principal", "interest"]}],
    "forgive": [{"kind": "forgive_principal", "percent": 10}],
    "defer_principal": [{"kind": "defer_principal", "amount": "20000"}],
    "redate": [{"kind": "redate", "first_due_date": "2026-02-25"}],
    "on_completion": [
        {
            "kind": "waive",
            "component": "interest",
            "percent": 50,
            "when": "on_completion",
        }
    ],
}
SECOND = FIRST | {"redate": [{"kind": "redate", "first_due_date": "2026-05-05"}]}
NOW = {
    "principal": 8_283_467,
    "overdue_principal": 633_000,
    "overdue_interest": 104_700,
}


def first_of(name):
    position = Position.of(
        as_of="2026-01-20",
        annual_rate=0.072,
        instalments=24,
        last_due_date="2026-01-15",
        next_due_date="2026-02-15",
        due_day=15,
        level=371_623,
        **NOW,
    )
    return position, measures.apply(position, Plans.from_dicts([FIRST[name]]))


def mode_of(plan):
    modes = [one["interest"] for one in plan if one["kind"] == "holiday"]
    return modes[0] if modes else None


def run_of(terms, schedule):
    """Return the interest that runs over the rows, each rounded alone, by fractions.

    Rows of a waived holiday bear none; what bears none does not count.
    """
    total, balance = 0, int(terms.principal[0])
    for row in range(int(schedule.count[0])):
        window = row < int(terms.first_rate_rows[0])
        rate = (terms.first_rate if window else terms.annual_rate)[0]
        waived = row < terms.holiday[0] and terms.holiday_interest[0] == "waive"
        part = Fraction(1, 12)
        if row == 0:
            first, last = terms.first_due_date[0], terms.start_date[0]
            part = fraction(first, last)
        exact = (balance - int(terms.deferred[0])) * Fraction(str(rate)) * part
        total += 0 if waived else int(exact + Fraction(1, 2))
        balance -= int(schedule.principal[0, row])
    return total


def fraction(first, last):
    """A month, or a month and the odd days at its beginning (by the month's days)."""
    due = last.item()
    month = due.replace(month=due.month % 12 + 1, year=due.year + due.month // 12)
    odd = (first.item() - month).days
    if not odd:
        return Fraction(1, 12)
    num, den = calendar.odd_period([last], [first], ["month"], [first.item().day])
    return Fraction(int(num[0]), int(den[0])) / 12


@pytest.mark.parametrize("past", [0, 2, 4])
@pytest.mark.parametrize("name", FIRST)
def test_every_measure_after_every_other_adds_up(name, past):
    position, revised = first_of(name)
    now = go_on(position, revised, np.array([past]))
    now = replace(now, overdue_interest=np.array([20_000]))
    brought = now.deferred_interest + now.unpaid + now.carried
    for other, plan in SECOND.items():
        if past and other == "redate":
            plan = [{"kind": "redate", "first_due_date": str(later(now))}]
        mode = mode_of(plan)
        if now.holiday[0] and mode and mode != now.holiday_interest[0]:
            with pytest.raises(FieldError, match="go on with that one"):
                measures.apply(now, Plans.from_dicts([plan]))
            continue
        if lifts(now, plan):
            continue
        again = measures.apply(now, Plans.from_dicts([plan]))
        after, terms = again.after, again.terms
        label = f"{name} then {other} after {past}"
        # principal to come is all of it, less what is forgiven
        owed = now.principal + again.joined
        assert after.principal.sum() == owed[0] == terms.principal[0], label
        assert after.balance[0, int(after.count[0]) - 1] == 0, label
        assert terms.deferred[0] >= min(now.deferred[0], terms.principal[0]), label
        # interest asked for: what runs, and all that was brought in
        new = again.carried["interest"][0]
        assert after.total_interest[0] == run_of(terms, after) + brought[0] + new, label
        assert again.claimed[0] == now.claimed[0] + new, label
        assert again.collected.sum() == again.claimed[0], label
        # the gain or loss of both comes back whole
        held = replace(now, adjustment=np.array([-12_345]))
        change = valuation.modification(held, again)
        events = dict(relief_events.of_relief(held, again, change))
        left = -12_345 - int(events["modify"]["loss"])
        assert change.unwind.sum() == -left, label
        assert change.carrying[0] - change.pv_after[0] == change.loss[0], label


def later(now):
    return now.next_due_date[0] + np.timedelta64(10, "D")


def lifts(now, plan):
    """Tell whether lowered instalments would not be lower, and see that refused."""
    lowered = [one for one in plan if one["kind"] == "lower_instalment"]
    if not lowered:
        return False
    try:
        measures.apply(now, Plans.from_dicts([plan]))
    except FieldError as error:
        assert error.field in ("lower_instalment", "low_then", "low_rows"), error
        return True
    return False


def test_a_plan_that_changes_nothing_keeps_every_row_of_a_running_relief():
    rng = np.random.default_rng(73)
    position, revised = draw(rng, 200)
    past = np.minimum(rng.integers(0, 6, revised.rows.size), revised.rows - 1)
    now = go_on(position, revised, past)
    again = measures.apply(now, Plans.of(now.size))
    assert again.unchanged.all()
    for name in AMOUNTS:
        assert (getattr(again.after, name) == getattr(again.before, name)).all()
    assert not valuation.modification(now, again).loss.any()


@pytest.mark.parametrize("name", FIRST)
def test_what_waits_is_owed_when_a_loan_ends_early(name):
    """On a due date all that ran is owed: what rows asked for, and what waits."""
    position, revised = first_of(name)
    plan, terms = revised.after, revised.terms
    wait = waiting(terms)
    assert wait[0, -1] == 0
    for past in range(7):
        now = go_on(position, revised, np.array([past]))
        brought = now.deferred_interest + now.unpaid + now.carried
        assert wait[0, past] == brought[0], (name, past)
        coming = slice(past, None)
        owed = payoff(
            plan.due_date[:, coming],
            plan.principal[:, coming],
            plan.interest[:, coming],
            plan.fee[:, coming],
            now.last_due_date,
            now.last_due_date,
            wait[:, coming],
        )
        assert owed.principal == now.principal
        assert owed.interest == brought
        # half a month on, half of what runs comes on top
        middle = now.last_due_date + (now.next_due_date - now.last_due_date) // 2
        own = plan.interest[0, past] + wait[0, past + 1] - wait[0, past]
        owed = payoff(
            plan.due_date[:, coming],
            plan.principal[:, coming],
            plan.interest[:, coming],
            plan.fee[:, coming],
            now.last_due_date,
            middle,
            wait[:, coming],
        )
        assert brought <= owed.interest <= brought + own // 2 + 1
        asked = plan.interest[0, coming].sum()
        assert owed.interest + owed.saved == asked


@pytest.mark.parametrize(
    ("unpaid", "carried", "paid", "left"),
    [
        (300, 200, 0, (300, 200)),
        (300, 200, 100, (200, 200)),
        (300, 200, 350, (0, 150)),
        (300, 200, 900, (0, 0)),
        # claims that grew are no payment
        (300, 200, -50, (300, 200)),
        ([300, 0], [200, 70], [350, 30], ([0, 0], [150, 40])),
    ],
)
def test_what_was_paid_ahead_is_asked_for_no_more(unpaid, carried, paid, left):
    found = still_asked(np.asarray(unpaid), np.asarray(carried), paid)
    assert tuple(part.tolist() for part in found) == left

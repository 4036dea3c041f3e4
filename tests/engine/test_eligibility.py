"""Conditions of a policy: what they close, to whom, and how that is named."""

import datetime

import numpy as np
import pytest
from engine import eligibility, limits, offers
from engine.eligibility import Condition, Facts, History
from engine.measures import Position

AS_OF = np.datetime64("2026-06-20")
EXTEND = [{"kind": "extend", "instalments": 3}]
HOLIDAY = [{"kind": "holiday", "instalments": 1}]


def facts(history=(), **columns):
    """One loan begun on 2025-06-20, 12 payments, 40 days late, LTV 80 %."""
    base = {
        "start_date": "2025-06-20",
        "payments": 12,
        "dpd": 40,
        "ltv": 0.8,
        "reason": 7,
        **columns,
    }
    return Facts(
        AS_OF,
        np.array([base["start_date"]], "datetime64[D]"),
        np.array([base["payments"]]),
        np.array([base["dpd"]]),
        np.array([base["ltv"]], float),
        np.array([base["reason"]]),
        History.of([0] * len(history), *zip(*history, strict=True))
        if history
        else History.of(),
    )


@pytest.mark.parametrize(
    ("condition", "given", "codes"),
    [
        ({}, {}, ()),
        ({"min_age": 12}, {}, ()),
        ({"min_age": 13}, {}, ("all.age",)),
        ({"min_age": 12}, {"start_date": "2025-06-21"}, ("all.age",)),
        ({"min_payments": 12}, {}, ()),
        ({"min_payments": 13, "measure": "rate"}, {}, ("rate.payments",)),
        ({"dpd_from": 30, "dpd_to": 40}, {}, ()),
        ({"dpd_to": 39}, {}, ("all.dpd",)),
        ({"dpd_from": 41}, {}, ("all.dpd",)),
        ({"ltv_from": 0.5, "ltv_to": 0.8}, {}, ()),
        ({"ltv_to": 0.79}, {}, ("all.ltv",)),
        ({"ltv_from": 0.1}, {"ltv": np.nan}, ("all.ltv",)),
        ({"reasons": (1, 7)}, {}, ()),
        ({"reasons": (1, 2), "measure": "forgive"}, {}, ("forgive.reason",)),
        ({"reasons": (1, 2)}, {"reason": 0}, ()),
    ],
)
def test_what_a_condition_closes(condition, given, codes):
    assert eligibility.closed([Condition(**condition)], facts(**given)) == [codes]


@pytest.mark.parametrize(
    ("condition", "history", "codes"),
    [
        # a relief of exactly m months ago is outside of the last m months
        ({"gap": 6}, [("2025-12-20", EXTEND)], ()),
        ({"gap": 6}, [("2025-12-21", EXTEND)], ("all.gap",)),
        ({"gap": 6, "measure": "extend"}, [("2026-05-01", HOLIDAY)], ()),
        ({"gap": 6, "measure": "holiday"}, [("2026-05-01", HOLIDAY)], ("holiday.gap",)),
        ({"max_count": 1, "count_months": 24}, [("2024-06-20", EXTEND)], ()),
        (
            {"max_count": 1, "count_months": 24},
            [("2024-06-21", EXTEND)],
            ("all.count",),
        ),
        (
            {"max_count": 2, "count_months": 24},
            [("2025-06-21", EXTEND), ("2020-01-01", EXTEND)],
            (),
        ),
        (
            {"max_count": 2, "count_months": 24},
            [("2025-06-21", EXTEND), ("2026-01-01", HOLIDAY)],
            ("all.count",),
        ),
    ],
)
def test_how_often_a_loan_may_be_relieved(condition, history, codes):
    assert eligibility.closed([Condition(**condition)], facts(history)) == [codes]


def test_many_loans_are_as_each_alone():
    """A second formula in plain Python, on random loans and conditions."""
    rng = np.random.default_rng(4)
    size = 60
    starts = AS_OF - rng.integers(0, 1500, size).astype("timedelta64[D]")
    owner = rng.integers(0, size, 90)
    dates = AS_OF - rng.integers(0, 900, 90).astype("timedelta64[D]")
    many = Facts(
        AS_OF,
        starts,
        rng.integers(0, 40, size),
        rng.integers(0, 120, size),
        rng.uniform(0.2, 1.4, size),
        rng.integers(0, 4, size),
        History.of(owner, dates, [EXTEND] * 90),
    )
    condition = Condition("extend", 9, 8, 1, 12, 6, 5, 90, 0.4, 1.2, (1, 2))
    for i, codes in enumerate(eligibility.closed([condition], many)):
        own = [d.astype(datetime.date) for d in dates[owner == i]]
        old = _ago(6), _ago(12)
        expected = {
            "extend.age": starts[i].astype(datetime.date) > _ago(9),
            "extend.payments": many.payments[i] < 8,
            "extend.count": sum(day > old[1] for day in own) >= 1,
            "extend.gap": any(day > old[0] for day in own),
            "extend.dpd": not 5 <= many.dpd[i] <= 90,
            "extend.ltv": not 0.4 <= many.ltv[i] <= 1.2,
            "extend.reason": many.reason[i] == 3,
        }
        assert set(codes) == {code for code, shut in expected.items() if shut}, i


def _ago(months):
    """The 20th, so many months before June 2026."""
    year, month = divmod(2026 * 12 + 5 - months, 12)
    return datetime.date(year, month + 1, 20)


RULE = {
    "max_extend": 12,
    "max_holiday": 2,
    "max_rate_cut": 0.02,
    "max_rate_months": 6,
    "max_waive_interest": 0.5,
    "max_waive_fee": 0.25,
    "max_waive_penalty": 1.0,
    "max_forbear": 0.1,
    "max_forgive": 0.05,
    "may_capitalise": True,
    "may_carry": True,
    "holiday_interest": ("capitalise",),
    "min_share": 0.5,
}


def position(size=1, **columns):
    base = {
        "as_of": "2026-06-20",
        "principal": np.full(size, 80_000_00),
        "overdue_interest": 1_000_00,
        "overdue_fee": 200_00,
        "overdue_penalty": 50_00,
        "annual_rate": 0.072,
        "instalments": 24,
        "last_due_date": "2026-06-15",
        "next_due_date": "2026-07-15",
    }
    return Position.of(**{**base, **columns})


def box_of(codes=(), law=np.nan, cap=60, **columns):
    made = position(**columns)
    fields = dict(RULE)
    modes = fields.pop("holiday_interest")
    found = limits.box(fields, made, "2024-06-15", cap, law, 3_600_00, [codes])
    return made, offers.Box.of({**found, "holiday_interest": modes}).at(0)


def test_what_is_closed_has_no_room_and_is_named_with_every_offer():
    made, box = box_of(("extend.gap", "rate.age"))
    assert (box.max_extend, box.max_rate_cut, box.max_holiday) == (0, 0, 2)
    (found,) = offers.search(made, box, 400_000)
    assert found
    for offer in found:
        assert not {m["kind"] for m in offer.plan} & {"extend", "rate"}
        assert {"extend.gap", "rate.age"} <= set(offer.binding)


def test_all_closed_means_no_offer():
    made, box = box_of(("all.count",))
    assert offers.search(made, box, 400_000) == [[]]


def test_the_law_caps_the_term_before_the_policy_does():
    # 24 instalments run to 2028-06-15; a term of 50 months ends on 2028-08-15
    for law, extend, by_law in ((50, 2, True), (60, 12, False), (np.nan, 12, False)):
        _made, box = box_of(law=law)
        assert (box.max_extend, bool(box.term_by_law)) == (extend, by_law)


def test_a_cut_of_the_rate_lasts_as_long_as_the_policy_says():
    for period, rows in (("month", 6), ("fortnight", 13), ("week", 26)):
        _made, box = box_of(period=period, next_due_date="2026-06-22")
        assert box.max_rate_rows == rows, period
    made, box = box_of()
    (found,) = offers.search(made, box, 400_000, limit=200)
    cuts = [m for o in found for m in o.plan if m["kind"] == "rate"]
    assert cuts and {m["instalments"] for m in cuts} == {6}


@pytest.mark.parametrize(
    ("measure", "codes"),
    [
        ({"kind": "waive", "component": "fee", "percent": 25}, []),
        ({"kind": "waive", "component": "fee", "amount": "50.00"}, []),
        ({"kind": "waive", "component": "fee", "amount": "50.01"}, ["max_waive_fee"]),
        ({"kind": "forgive_principal", "percent": 5}, []),
        ({"kind": "forgive_principal", "amount": "4000"}, []),
        ({"kind": "forgive_principal", "amount": "4000.01"}, ["max_forgive"]),
        ({"kind": "defer_principal", "percent": 10.1}, ["max_forbear"]),
        ({"kind": "rate", "annual_rate": 0.06, "instalments": 6}, []),
        ({"kind": "rate", "annual_rate": 0.06, "instalments": 7}, ["max_rate_rows"]),
        ({"kind": "rate", "annual_rate": 0.06}, ["max_rate_rows"]),
        ({"kind": "extend", "instalments": 1}, ["extend.gap"]),
        ({"kind": "carry", "components": ["interest"]}, []),
    ],
)
def test_which_limit_a_plan_of_staff_breaks(measure, codes):
    made, box = box_of(("extend.gap",))
    owed = {"interest": 1_000_00, "fee": 200_00, "principal": 80_000_00}
    plain = {name: getattr(box, name) for name in box.__dataclass_fields__}
    assert limits.breaches([measure], plain, 0.072, 24, 300_000, owed) == codes


def test_a_holiday_that_still_runs_goes_on_as_it_began():
    made, box = box_of(holiday=1, holiday_interest="pay")
    (found,) = offers.search(made, box, 400_000)
    assert found
    assert "holiday" not in {m["kind"] for o in found for m in o.plan}

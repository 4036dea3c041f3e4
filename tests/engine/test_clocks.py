"""Observation, forbearance, contact, statutory clocks, caps: against plain dates."""

import calendar
import datetime

import numpy as np
import pytest
from engine import caps, conduct, deadlines, forbearance, observation
from engine.rules import DEFAULT
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)
dates = st.dates(datetime.date(2023, 7, 1), datetime.date(2035, 12, 31))
maybe = st.one_of(st.none(), dates)
flag = st.booleans()


def plus_months(date, months, day=None):
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day or date.day, last))


def one_observation(first, every, missed, as_of, paid, resolved):
    """The rule of art. 20 for one loan, by the standard library."""
    start = max(first, missed) if missed else first
    while True:
        end = max(plus_months(start, 2 * every), plus_months(start, 12))
        if resolved or as_of is None or as_of < end:
            break
        start = end
    return start, end, bool(as_of and resolved and paid and as_of >= end)


@given(dates, st.sampled_from([1, 3, 6, 12]), maybe, maybe, flag, flag)
@settings(max_examples=80, deadline=None)
def test_an_observation(first, every, missed, as_of, paid, resolved):
    found = observation.observe(
        first,
        every=every,
        missed=np.datetime64(missed, "D"),
        as_of=np.datetime64(as_of, "D"),
        paid=paid,
        resolved=resolved,
    )
    got = found.start.item(), found.earliest_end.item(), bool(found.exit)
    assert got == one_observation(first, every, missed, as_of, paid, resolved)


def test_observations_of_many_loans_and_short_periods():
    found = observation.observe(
        ["2026-04-15", "2026-06-30", "2026-04-15"],
        period=["month", "month", "week"],
        every=[1, 12, 1],
        missed=["2026-09-15", "NaT", "NaT"],
        as_of="2027-04-15",
    )
    starts = ["2026-09-15", "2026-06-30", "2026-04-15"]
    assert found.start.astype(str).tolist() == starts
    ends = ["2027-09-15", "2028-06-30", "2027-04-15"]
    assert found.earliest_end.astype(str).tolist() == ends
    assert found.exit.tolist() == [False, False, True]


def test_unresolved_difficulty_recomputes_the_period():
    found = observation.observe("2026-04-15", as_of="2027-04-15", resolved=False)
    assert str(found.start) == "2027-04-15" and not found.exit
    assert str(found.earliest_end) == "2028-04-15"


def test_a_second_relief_inside_the_observation():
    changes = ["2026-09-01", "2027-06-01", "2026-03-10"]
    again = observation.restructured_again("2026-03-10", changes, "2027-04-15")
    assert again.tolist() == [True, False, False]


def test_an_upgrade_needs_time_payment_and_a_clean_debtor():
    every = [1, 3, 6]
    first = observation.upgrade_date("2026-05-20", every=every).astype(str).tolist()
    assert first == ["2026-11-20", "2026-11-20", "2027-05-20"]
    ready = {"cleared": "2026-05-20", "as_of": "2026-11-20"}
    assert observation.upgrade(**ready)
    assert not observation.upgrade("2026-05-20", "2026-11-19")
    assert not observation.upgrade("NaT", "2026-11-20")
    assert not observation.upgrade(**ready, missed="2026-06-15")
    assert observation.upgrade(**ready, missed="2026-05-15")
    assert not observation.upgrade(**ready, able=False)
    assert not observation.upgrade(**ready, other_impaired=True)


# -- European Union ------------------------------------------------------------------


@given(st.integers(1, 10**9), st.integers(0, 10**9))
@settings(max_examples=80, deadline=None)
def test_diminished_is_strictly_more_than_one_per_cent(before, after):
    expected = (before - after) * 100 > before
    assert bool(forbearance.diminished(before, after)) == expected


def test_both_legs_of_materiality_and_the_count_of_days():
    past_due = [15000, 25000, 20000, 9000, 10000, 10001]
    exposure = [2000000, 2000000, 2000000, 500000, 500000, 500000]
    both = forbearance.material(past_due, exposure).tolist()
    assert both == [False, True, False, False, False, True]
    late = forbearance.default_by_days(25000, 2000000, [90, 91])
    assert late.tolist() == [False, True]
    days = forbearance.material_days([90, 90], [25000, 10000], [2000000, 2000000])
    assert days.tolist() == [91, 0]


@given(dates, maybe, maybe)
@settings(max_examples=60, deadline=None)
def test_leaving_default_counts_from_the_latest(granted, defaulted, grace_end):
    known = [day for day in (granted, defaulted, grace_end) if day]
    found = forbearance.default_exit_date(
        granted, np.datetime64(defaulted, "D"), np.datetime64(grace_end, "D")
    )
    assert found.item() == plus_months(max(known), 12)


def test_three_years_at_least_for_what_was_non_performing():
    out = forbearance.npe_exit_date("2026-04-10", "2026-01-31")
    assert str(out) == "2027-04-10"
    assert str(forbearance.probation_end(out)) == "2029-04-10"
    assert str(forbearance.default_exit_date_other("2026-04-10")) == "2026-07-10"
    assert forbearance.may_exit(out, "2027-04-10")
    assert not forbearance.may_exit(out, "2027-04-09")
    assert not forbearance.may_exit(out, "2027-04-10", past_due=1)
    assert not forbearance.may_exit(out, "2027-04-10", concern=True)
    assert not forbearance.may_exit("NaT", "2027-04-10")


def test_probation_bites_only_those_who_came_out_of_non_performing():
    relapsed = forbearance.non_performing(
        [31, 31, 30, 0, 0], forborne=True, was_npe=[True, False, True, True, False]
    )
    assert relapsed.tolist() == [True, False, False, False, False]
    again = forbearance.non_performing(
        0, forborne=True, was_npe=[True, False], new_forbearance=True
    )
    assert again.tolist() == [True, False]
    assert forbearance.non_performing(impaired=True)
    assert forbearance.non_performing(defaulted=True)


def test_leaving_forborne():
    out = forbearance.may_exit_forborne([True, True, True, False], [30, 31, 0, 0])
    assert out.tolist() == [True, False, True, False]
    assert not forbearance.may_exit_forborne(True, regular_share=0.49)


# -- contact -------------------------------------------------------------------------


def test_every_minute_of_a_day():
    allowed = conduct.hours_allowed(np.arange(1440))
    assert np.flatnonzero(allowed).tolist() == list(range(8 * 60, 22 * 60))
    assert conduct.hours_allowed(np.arange(1440), consent=True).all()
    american = conduct.hours_allowed([479, 480, 1260, 1261], country="us").tolist()
    assert american == [False, True, True, False]
    for wrong in ("24:00", "12:60", "noon"):
        with pytest.raises(ValueError):
            conduct.minute(wrong)


def test_counts_and_strangers():
    assert conduct.attempt_allowed([0, 5, 6]).tolist() == [True, True, False]
    assert conduct.call_allowed([0, 2, 3]).tolist() == [True, True, False]
    lost = conduct.contact_lost([2, 3, 0], [False, False, True])
    assert lost.tolist() == [False, True, True]
    stranger = "unrelated_third_party"
    found = conduct.cn_contact(
        [600, 600, 600, 1330],
        party=[stranger, stranger, "liable", "debtor"],
        restoring=[True, False, False, False],
        lost=True,
        connected_today=[0, 0, 3, 0],
    )
    assert found.allowed.tolist() == [True, False, False, False]
    assert found.breaks["third_party"].tolist() == [False, True, False, False]
    assert found.breaks["connected"].tolist() == [False, False, True, False]
    assert found.breaks["hours"].tolist() == [False, False, False, True]


def test_the_eighth_call_and_the_week_after_a_talk():
    assert conduct.us_presumed_violation([6, 7]).tolist() == [False, True]
    talk = conduct.us_presumed_violation(0, [0, 6, 7, np.nan]).tolist()
    assert talk == [True, True, False, False]
    assert not conduct.us_presumed_violation(20, collector="lender")


# -- deadlines -----------------------------------------------------------------------


@given(dates, maybe, maybe)
@settings(max_examples=80, deadline=None)
def test_a_hardship_notice(received, asked, informed):
    found = deadlines.hardship(
        received, np.datetime64(asked, "D"), np.datetime64(informed, "D")
    )
    ask_by = received + 21 * DAY
    expected = received + 21 * DAY
    if asked and asked <= ask_by:
        told = informed and informed <= asked + 21 * DAY
        expected = informed + 21 * DAY if told else asked + 28 * DAY
        assert found.information_due.item() == asked + 21 * DAY
    else:
        assert np.isnat(found.information_due)
    assert found.decision_due.item() == expected
    assert found.information_request_due.item() == ask_by


def test_complaints_extend_only_when_approved():
    levels = ["simple", "complex", "special", "special"]
    found = deadlines.complaint("2026-03-02", levels, [True, True, False, True])
    expected = ["2026-03-17", "2026-04-01", "2026-04-01", "2026-05-01"]
    assert found.astype(str).tolist() == expected
    with pytest.raises(ValueError, match="urgent"):
        deadlines.complaint("2026-03-02", "urgent")


def test_enforcement_waits():
    assert deadlines.enforcement_stayed("2026-04-04")
    again = deadlines.enforcement_stayed(
        ["2026-05-04", "2026-05-05", "2026-04-04"],
        "2026-01-05",
        [False, False, True],
    )
    assert again.tolist() == [False, True, True]
    assert str(deadlines.enforcement_from("2026-03-02")) == "2026-03-17"


def test_other_clocks():
    ends = {
        "us.reg_b.decision": "2026-04-01",
        "us.reg_b.retention": "2028-04-02",
        "us.reg_f.retention": "2029-03-02",
        "uk.complaint.summary": "2026-03-05",
        "uk.default_notice": "2026-03-16",
        "cn.bureau.dispute": "2026-03-22",
        "cn.bureau.keep": "2031-03-02",
        "au.default_notice": "2026-04-01",
    }
    for code, expected in ends.items():
        assert str(deadlines.due(code, "2026-03-02")) == expected, code
    late = deadlines.overdue("2026-04-01", "2026-04-05", ["NaT", "2026-04-01"])
    assert late.tolist() == [True, False]
    taxed = deadlines.vat_taxable("2026-01-01", ["2026-04-01", "2026-04-02"])
    assert taxed.tolist() == [True, False]


# -- caps ----------------------------------------------------------------------------


@given(
    st.sampled_from(caps.VEHICLES),
    st.integers(1, 60),
    st.integers(0, 24),
    st.integers(1, 36),
)
@settings(max_examples=80, deadline=None)
def test_terms_with_extensions(vehicle, original, prior, asked):
    cap = {"new": 60, "used": 36, "dealer": 12}[vehicle]
    total = original + prior + asked
    fits = total <= cap
    if vehicle != "dealer" and original <= 12:
        fits &= prior + asked <= original
    found = caps.extension(vehicle, original, prior, asked)
    assert (bool(found.allowed), int(found.total), found.cap) == (fits, total, cap)
    room = int(caps.longest_extension(vehicle, original, prior))
    assert bool(found.allowed) == (asked <= room)


def test_profiles_of_the_term_cap():
    relaxed = DEFAULT.changed(("cn.term.relaxed", 1, "switch", "", "2025-03-01"))
    caps_of = caps.term_cap(["new", "used"], "2026-01-01", relaxed)
    assert caps_of.tolist() == [84, 36]
    exempt = DEFAULT.changed(("cn.term.restructuring", 1, "switch", "", "2025-03-01"))
    asked = ("new", 48, 0, 24)
    assert not caps.extension(*asked, restructuring=True).allowed
    assert caps.extension(*asked, restructuring=True, book=exempt).allowed
    own = caps.extension("new", 36, 0, 12, product_cap=42)
    assert own.breaks["term_cap"] and not own.allowed
    with pytest.raises(ValueError, match="lorry"):
        caps.term_cap("lorry")
    assert str(caps.last_day_of_used("2030-02-28")) == "2029-02-28"


def test_loan_to_value_before_and_after_the_notice():
    use, fuel = ["private", "private", "commercial", "commercial"], ["ice", "nev"] * 2
    before = caps.ltv_cap(use, fuel, as_of="2024-04-02")
    assert before.tolist() == [0.80, 0.85, 0.70, 0.75]
    after = caps.ltv_cap(use, fuel, [False] * 3 + [True], as_of="2024-04-03")
    assert np.isnan(after[:2]).all() and after[2:].tolist() == [0.70, 0.70]
    assert caps.within_ltv([70, 71, 999], 100, [0.7, 0.7, np.nan]).tolist() == [
        True,
        False,
        True,
    ]


def test_cost_ceilings_and_tolerance():
    lenders = ["private_loan", "licensed_financial_institution", "small_loan"]
    now = caps.cost_ceiling(lenders, 0.03, "2026-06-01")
    assert now.tolist() == [0.12, 0.24, 0.24]
    assert caps.cost_ceiling("small_loan", 0.03, "2028-01-01") == 0.12
    assert caps.within_ceiling([0.12, 0.1201], 0.12).tolist() == [True, False]
    near = caps.apr_within_tolerance(0.1, [0.10125, 0.1013, 0.1025], [0, 0, 1])
    assert near.tolist() == [True, False, True]

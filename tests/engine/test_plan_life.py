"""Plans kept and not kept: against plain loops over dates."""

import datetime

import numpy as np
import pytest
from engine import plan_clocks, plan_life
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = datetime.timedelta(days=1)
START = datetime.date(2026, 3, 10)
AS_OF = datetime.date(2027, 2, 20)
NEVER = np.datetime64("NaT", "D")


def due_dates(count):
    return [
        datetime.date(2026 + (3 + k) // 12, (3 + k) % 12 + 1, 15) for k in range(count)
    ]


lates = st.lists(st.one_of(st.none(), st.integers(-5, 120)), max_size=9)


def dues_of(books):
    """Payments of plans: days each was late, None = never paid."""
    rows = []
    for plan, late in enumerate(books):
        for due, days in zip(due_dates(len(late)), late, strict=True):
            settled = None if days is None else due + days * DAY
            rows.append((plan, due, settled))
    return plan_life.Dues.of(rows, len(books))


@given(st.lists(lates, min_size=1, max_size=6), st.integers(0, 10))
@settings(max_examples=120, deadline=None)
def test_conduct_by_a_loop(books, tolerance):
    found = plan_life.conduct(dues_of(books), AS_OF, tolerance, bad_after=90)
    for plan, late in enumerate(books):
        asked = kept = on_time = open_missed = worst = 0
        last_missed = bad_due = cleared = None
        overdue = False
        for due, days in zip(due_dates(len(late)), late, strict=True):
            if due > AS_OF:
                continue
            settled = due + days * DAY if days is not None else None
            settled = settled if settled and settled <= AS_OF else None
            gone = max(((settled or AS_OF) - due).days, 0)
            asked += 1
            kept += settled is not None
            on_time += settled is not None and gone <= tolerance
            worst = max(worst, gone)
            if gone > tolerance:
                last_missed = due
                open_missed += settled is None
            if gone > 90:
                bad_due = due
            if gone and settled is None:
                overdue = True
            if gone and settled and (cleared is None or settled > cleared):
                cleared = settled
        expected = (asked, kept, on_time, open_missed, last_missed, worst, bad_due)
        names = "asked kept on_time open_missed last_missed worst_days bad_due".split()
        assert tuple(getattr(found, n)[plan].item() for n in names) == expected
        assert found.overdue[plan] == overdue
        assert found.cleared[plan].item() == (None if overdue else cleared)


@given(lates, st.integers(0, 4), st.integers(0, 31))
@settings(max_examples=120, deadline=None)
def test_a_trial_by_a_loop(late, payments, tolerance):
    passed, failed = plan_life.trial(dues_of([late]), AS_OF, payments, tolerance)
    made, failing, paid = 0, None, []
    for due, days in list(zip(due_dates(len(late)), late, strict=True))[:payments]:
        limit = due + tolerance * DAY
        settled = due + days * DAY if days is not None else None
        if settled and settled <= min(limit, AS_OF):
            made += 1
            paid.append(settled)
        elif AS_OF > limit:
            failing = min(failing or limit + DAY, limit + DAY)
    assert failed[0].item() == failing
    whole = payments and made == payments and not failing
    assert passed[0].item() == (max(paid) if whole else None)


@pytest.mark.parametrize(
    "missed, dpd, most_missed, most_days, expected",
    [
        (2, 31, 2, 60, True),
        (1, 60, 2, 60, False),
        (1, 61, 2, 60, True),
        (9, 300, 0, 0, False),
        (0, 0, 2, 60, False),
    ],
)
def test_a_breach(missed, dpd, most_missed, most_days, expected):
    assert plan_life.in_breach(missed, dpd, most_missed, most_days) == expected


NOW = {"passed_on": NEVER, "failed_on": NEVER, "breach": False, "grace_until": NEVER}
PAST, LATER = np.datetime64("2026-12-01"), np.datetime64("2027-03-01")


@pytest.mark.parametrize(
    "before, facts, after",
    [
        ("trial", {}, "trial"),
        ("trial", {"passed_on": PAST}, "running"),
        ("trial", {"failed_on": PAST}, "failed"),
        ("running", {}, "running"),
        ("running", {"breach": True}, "notice"),
        ("notice", {"breach": True, "grace_until": LATER}, "notice"),
        ("notice", {"breach": True, "grace_until": AS_OF}, "notice"),
        ("notice", {"breach": True, "grace_until": PAST}, "broken"),
        (
            "notice",
            {"breach": True, "grace_until": PAST, "breaks_alone": False},
            "notice",
        ),
        ("notice", {"grace_until": PAST}, "running"),
        ("running", {"finished": True}, "completed"),
        ("notice", {"finished": True, "breach": True}, "completed"),
        ("running", {"left_on": PAST}, "running"),
        ("running", {"left_on": PAST, "completes_on_exit": True}, "completed"),
        ("broken", {"passed_on": PAST, "finished": True}, "broken"),
        ("undone", {"breach": True}, "undone"),
    ],
)
def test_the_next_phase(before, facts, after):
    found = plan_life.advance([before], AS_OF, **{**NOW, **facts})
    assert found.tolist() == [after]


def facts(**changes):
    """One plan that began on 2026-03-10 and was kept ever since."""
    plain = {
        "start": "2026-03-10",
        "first_due": "2026-04-15",
        "grace_end": None,
        "period": "month",
        "due_day": 15,
        "last_missed": None,
        "worst_days": 0,
        "bad_due": None,
        "overdue": False,
        "cleared": None,
        "kept_share": 1.0,
        "class_before": "special_mention",
        "again": False,
        "diminished": False,
        "resolved_on": None,
        "able_on": None,
        "other_impaired": False,
        "debtor_dpd": 0,
        "left_on": None,
        "upgraded_on": None,
        **changes,
    }
    days = {"start", "first_due", "grace_end", "last_missed", "bad_due", "cleared"}
    days |= {"resolved_on", "able_on", "left_on", "upgraded_on"}
    return plan_clocks.Facts(
        **{
            name: np.array([value], "datetime64[D]" if name in days else None)
            for name, value in plain.items()
        }
    )


def one(as_of, profile="cn", **changes):
    """(left on, grade held, upgraded on, {code: dates}) of one plan."""
    found = plan_clocks.follow(facts(**changes), as_of, profile)
    clocks = {
        code: tuple(str(date[0]) if date[0] == date[0] else None for date in dates)
        for code, dates in found.clocks.items()
    }
    left, upgraded = (
        str(date[0]) if date[0] == date[0] else None
        for date in (found.left_on, found.upgraded_on)
    )
    return left, str(found.held[0]), upgraded, clocks


def test_an_observation_is_left_when_the_year_and_the_difficulty_are_over():
    left, _held, _up, clocks = one("2027-04-15", resolved_on="2027-04-10")
    assert left == "2027-04-15"
    assert clocks["cn.observation"] == ("2026-04-15", "2027-04-15", "2027-04-15")
    assert one("2027-04-14", resolved_on="2027-04-10")[0] is None
    # on its last day is in time, a day later is not
    assert one("2027-04-15", resolved_on="2027-04-14")[0] == "2027-04-15"
    assert one("2027-04-16", resolved_on="2027-04-15")[0] == "2027-04-15"
    assert one("2027-04-16", resolved_on="2027-04-16")[0] is None
    # nobody said that it is over: the period begins anew at its end
    left, _held, _up, clocks = one("2027-04-15")
    assert left is None
    assert clocks["cn.observation"] == ("2027-04-15", "2028-04-15", None)
    # said too late: the new period has begun
    left, _held, _up, clocks = one("2027-05-01", resolved_on="2027-04-20")
    assert (left, clocks["cn.observation"][1]) == (None, "2028-04-15")


def test_a_missed_payment_restarts_an_observation():
    missed = {"last_missed": "2026-09-15", "worst_days": 4, "cleared": "2026-09-19"}
    left, held, _up, clocks = one("2026-12-01", **missed)
    assert (left, held) == (None, "")
    assert clocks["cn.observation"][:2] == ("2026-09-15", "2027-09-15")
    # what was said before the miss says nothing of it
    early = {"resolved_on": "2026-08-01", **missed}
    assert one("2027-09-15", **early)[0] is None
    again = {"resolved_on": "2027-09-01", **missed}
    assert one("2027-09-15", **again)[0] == "2027-09-15"
    # who has left stays out, whatever comes
    assert one("2028-01-01", left_on="2027-04-15", **missed)[0] == "2027-04-15"


def test_a_bad_loan_rises_after_six_months_and_a_word():
    bad = {"class_before": "substandard"}
    _left, held, up, clocks = one("2026-09-09", able_on="2026-08-01", **bad)
    assert (held, up) == ("substandard", None)
    assert clocks["cn.upgrade"] == ("2026-03-10", "2026-09-10", None)
    assert one("2026-09-10", able_on="2026-08-01", **bad)[2] == "2026-09-10"
    assert one("2026-09-10", **bad)[2] is None
    ready = {"able_on": "2026-08-01", **bad}
    assert one("2026-09-10", other_impaired=True, **ready)[2] is None
    # a late payment made up for is the day to count from
    late = {"cleared": "2026-06-20", "worst_days": 5}
    assert one("2026-12-19", **late, **ready)[2] is None
    assert one("2026-12-20", **late, **ready)[2] == "2026-12-20"
    assert one("2027-06-01", overdue=True, **ready)[2] is None


def test_a_plan_that_goes_bad_keeps_its_grade_until_the_upgrade():
    bad = {"worst_days": 91, "bad_due": "2026-05-15", "last_missed": "2026-05-15"}
    paid = {"cleared": "2026-08-20", **bad}
    _left, held, up, _clocks = one("2026-09-01", **paid)
    assert (held, up) == ("substandard", None)
    # nobody leaves the observation as a bad loan
    said = {"resolved_on": "2027-02-01", "other_impaired": True}
    assert one("2027-06-01", **said, **paid)[0] is None
    left, _held, up, _clocks = one("2027-06-01", resolved_on="2027-02-01", **paid)
    assert (left, up) == ("2027-05-15", "2027-02-20")


def test_clocks_of_the_union():
    left, held, _up, clocks = one("2027-03-10", "eu", class_before="normal")
    assert (left, held) == (None, "")
    assert clocks["eu.probation"] == ("2026-03-10", "2028-03-10", None)
    assert clocks["eu.npe.cure"] == (None, None, None)
    assert one("2028-03-10", "eu", class_before="normal")[0] == "2028-03-10"
    assert one("2028-03-10", "eu", debtor_dpd=31)[0] is None
    assert one("2028-03-10", "eu", kept_share=0.49)[0] is None
    # more than one per cent of its value gone: a default, and three years in all
    hard = {"diminished": True, "able_on": "2026-06-01", "grace_end": "2026-06-15"}
    _left, held, up, clocks = one("2027-06-15", "eu", **hard)
    assert (held, up) == ("substandard", "2027-06-15")
    assert clocks["eu.npe.cure"][1] == "2027-03-10"
    assert clocks["eu.default.cure_forborne"][1] == "2027-06-15"
    assert clocks["eu.probation"][:2] == ("2027-06-15", "2029-06-15")
    assert one("2027-06-14", "eu", **hard)[2] is None


def test_a_law_without_observation_has_that_of_the_house():
    _left, _held, _up, clocks = one("2026-05-01", "policy")
    assert clocks["policy.observation"][:2] == ("2026-04-15", "2026-10-15")


@pytest.mark.parametrize(
    "dpd, original, changes, again, expected",
    [
        # the plan shows nobody late; the schedule before it would
        (0, 120, {}, False, ("special_mention", 2, "substandard", 3)),
        (0, 0, {}, True, ("substandard", 3, "normal", 1)),
        (91, 200, {}, False, ("substandard", 3, "substandard", 3)),
        (
            0,
            40,
            {"class_before": "doubtful"},
            False,
            ("doubtful", 3, "doubtful", 3),
        ),
    ],
)
def test_the_class_under_both_schedules(dpd, original, changes, again, expected):
    got = facts(**changes)
    standing = plan_clocks.follow(got, "2026-12-01")
    found = plan_clocks.classes([dpd], [original], standing, got.class_before, again)
    assert tuple(array[0] for array in found) == expected


def test_the_class_once_the_observation_is_left():
    got = facts(resolved_on="2027-04-01")
    standing = plan_clocks.follow(got, "2027-04-15")
    now, stage, _as_if, _stage = plan_clocks.classes(
        [0], [0], standing, got.class_before
    )
    assert (now[0], stage[0]) == ("normal", 1)

"""Clocks of a plan by the law of its lender, and the class with and without the plan.

Arrays of N plans; dates are datetime64[D], NaT = none. The lengths of time and the
thresholds are rows of the book of rules (``rules``).
"""

from dataclasses import dataclass, field

import numpy as np

from . import classification, forbearance, observation
from .rules import DEFAULT

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")
#: Bodies of clocks: China's order, the Union's regulation, the policy of the house.
PROFILES = ("cn", "eu", "policy")


@dataclass(frozen=True)
class Facts:
    """What the clocks of N plans run on, (N,) each.

    :ivar start: day the plan took effect; ``first_due``: first day it asks for money
    :ivar grace_end: last day of a payment holiday, NaT = none
    :ivar period: of ``calendar.PERIODS``; ``due_day``: day of the month, 0 = as due
    :ivar last_missed, worst_days, bad_due, overdue, cleared: of
        :class:`plan_life.Conduct`
    :ivar kept_share: payments made on time as a share of those asked for
    :ivar class_before: grade before the plan; ``again``: the plan came under the
        observation of an earlier one
    :ivar diminished: the obligation lost more of its value than the law lets pass
    :ivar resolved_on: day a person found the difficulty over, ``able_on``: the debtor
        able to go on paying
    :ivar other_impaired: another asset of the debtor is non-performing
    :ivar debtor_dpd: most days past due over all exposures of the debtor
    :ivar left_on, upgraded_on: known from an earlier day; these stay
    """

    start: np.ndarray
    first_due: np.ndarray
    grace_end: np.ndarray
    period: np.ndarray
    due_day: np.ndarray
    last_missed: np.ndarray
    worst_days: np.ndarray
    bad_due: np.ndarray
    overdue: np.ndarray
    cleared: np.ndarray
    kept_share: np.ndarray
    class_before: np.ndarray
    again: np.ndarray
    diminished: np.ndarray
    resolved_on: np.ndarray
    able_on: np.ndarray
    other_impaired: np.ndarray
    debtor_dpd: np.ndarray
    left_on: np.ndarray
    upgraded_on: np.ndarray


@dataclass(frozen=True)
class Standing:
    """Where plans stand, (N,) each.

    :ivar left_on: day the loan ceased to be restructured (forborne)
    :ivar held: non-performing grade that is held, empty = none; ``npl_since`` when it
        began; ``upgraded_on``: day it need not be held any more
    :ivar clocks: {code of the rule: (start, earliest end, end)} of dates
    """

    left_on: np.ndarray
    held: np.ndarray
    npl_since: np.ndarray
    upgraded_on: np.ndarray
    clocks: dict = field(default_factory=dict)


def follow(facts, as_of, profile="cn", book=DEFAULT):
    """Return the :class:`Standing` of plans under one profile.

    :param Facts facts: (N,) each
    :param as_of: day of the test
    """
    as_of = np.asarray(as_of, dtype=_DAY)
    if profile == "eu":
        return _european(facts, as_of, book)
    code = {"cn": "cn.observation", "policy": "policy.observation"}[profile]
    left_on, clock = _observe(facts, as_of, code, book)
    held, since = _held(facts, as_of, book)
    upgraded, rising = _upgrade(facts, held, since, as_of, book)
    clocks = {code: clock, "cn.upgrade": rising}
    # nobody leaves as a bad loan: what is held must have been let go of
    stuck = (held != "") & np.isnat(upgraded)
    return Standing(np.where(stuck, _NEVER, left_on), held, since, upgraded, clocks)


def _observe(facts, as_of, code, book):
    """Return (left on, (start, earliest end, end)) of the observation.

    The difficulty counts as over once a person has said so after the last missed
    payment; an end that came before they said so began the period anew.
    """
    resolved = facts.resolved_on <= as_of
    resolved &= np.isnat(facts.last_missed) | (facts.resolved_on > facts.last_missed)
    common = {"period": facts.period, "due_day": _due_day(facts), "book": book}
    until = np.where(resolved, facts.resolved_on - 1, as_of)
    begun = observation.observe(
        facts.first_due,
        missed=facts.last_missed,
        as_of=until,
        resolved=False,
        code=code,
        **common,
    )
    found = observation.observe(
        begun.start,
        as_of=as_of,
        paid=~facts.overdue,
        resolved=resolved,
        code=code,
        **common,
    )
    exit_ = found.exit & resolved
    day = np.fmax(np.fmax(found.earliest_end, facts.resolved_on), facts.cleared)
    left = np.where(np.isnat(facts.left_on) & exit_, day, facts.left_on)
    return left, (found.start, found.earliest_end, left)


def _held(facts, as_of, book):
    """Return (grade held, since when): the worst of before and during the plan."""
    before = np.asarray(facts.class_before, dtype=str)
    was = classification.cn_non_performing(before)
    held = classification.cn_grade(
        facts.worst_days,
        previous=np.where(was, before, "normal"),
        as_of=as_of,
        book=book,
    )
    bad = classification.cn_non_performing(held)
    days = book.value("cn.substandard.dpd", as_of).astype(np.int64)
    turned = np.where(np.isnat(facts.bad_due), facts.start, facts.bad_due + days + 1)
    return np.where(bad, held, ""), np.where(bad, turned, _NEVER)


def _upgrade(facts, held, since, as_of, book):
    """Return (upgraded on, (start, earliest end, end)) of non-performing plans."""
    bad = held != ""
    clean = np.fmax(facts.start, facts.cleared)
    cleared = np.where(bad & ~facts.overdue, clean, _NEVER)
    common = {"period": facts.period, "due_day": _due_day(facts), "book": book}
    first = observation.upgrade_date(cleared, **common)
    able = (facts.able_on <= as_of) | (facts.resolved_on <= as_of)
    met = observation.upgrade(
        cleared, as_of, able=able, other_impaired=facts.other_impaired, **common
    )
    said = np.fmin(facts.able_on, facts.resolved_on)
    known = np.where(facts.upgraded_on >= since, facts.upgraded_on, _NEVER)
    upgraded = np.where(np.isnat(known) & met, np.fmax(first, said), known)
    return np.where(bad, upgraded, _NEVER), (cleared, first, upgraded)


def _european(facts, as_of, book):
    """Clocks of the Union: leaving non-performing, leaving default, probation."""
    held, turned = _held(facts, as_of, book)
    late = book.holds("eu.default.days", facts.worst_days, as_of)
    was = classification.cn_non_performing(np.asarray(facts.class_before, dtype=str))
    at_grant = was | np.asarray(facts.diminished, bool)
    since = np.where(late, turned, np.where(at_grant, facts.start, _NEVER))
    bad = ~np.isnat(since)
    npe = forbearance.npe_exit_date(facts.start, since, book)
    npe = np.where(bad, npe, _NEVER)
    default = forbearance.default_exit_date(facts.start, since, facts.grace_end, book)
    default = np.where(bad, default, _NEVER)
    able = (facts.able_on <= as_of) | (facts.resolved_on <= as_of)
    clean = {"past_due": facts.overdue * 1, "concern": ~able}
    both = np.fmax(npe, default)
    out = forbearance.may_exit(both, as_of, **clean)
    said = np.fmin(facts.able_on, facts.resolved_on)
    day = np.fmax(np.fmax(both, said), facts.cleared)
    known = np.where(facts.upgraded_on >= since, facts.upgraded_on, _NEVER)
    upgraded = np.where(bad, np.where(np.isnat(known) & out, day, known), _NEVER)
    performing = np.where(bad, upgraded, facts.start)
    end = forbearance.probation_end(performing, book)
    over = forbearance.may_exit_forborne(
        as_of >= end, facts.debtor_dpd, facts.kept_share, as_of, book
    )
    left = np.where(np.isnat(facts.left_on) & over, as_of, facts.left_on)
    clocks = {
        "eu.npe.cure": (since, npe, upgraded),
        "eu.default.cure_forborne": (since, default, upgraded),
        "eu.probation": (performing, end, left),
    }
    grade = np.where(bad & (held == ""), "substandard", held)
    return Standing(left, np.where(bad, grade, ""), since, upgraded, clocks)


def classes(
    dpd, dpd_original, standing, class_before, again=False, as_of=None, book=DEFAULT
):
    """Return (grade now, stage now, grade as if, stage as if), (N,) each.

    "As if" is the original schedule: no relief given, nothing put off.

    :param dpd, dpd_original: (N,) days past due on either schedule
    :param Standing standing: of the plans
    :param class_before: (N,) grade before the plan
    """
    forborne = np.isnat(standing.left_on)
    now = classification.cn_grade(
        dpd,
        restructured=forborne,
        previous=np.where(standing.held == "", "normal", standing.held),
        upgrade_met=~np.isnat(standing.upgraded_on) | ~forborne,
        restructured_again=again,
        as_of=as_of,
        book=book,
    )
    as_if = classification.cn_grade(
        dpd_original, previous=class_before, as_of=as_of, book=book
    )
    stages = [
        classification.ifrs_stage(
            days,
            impaired=classification.cn_non_performing(grade),
            forborne=relieved,
            as_of=as_of,
            book=book,
        )
        for days, grade, relieved in (
            (dpd, now, forborne),
            (dpd_original, as_if, False),
        )
    ]
    return now, stages[0], as_if, stages[1]


def _due_day(facts):
    """Return the due days as the calendar takes them: 0 = the day of the start."""
    return np.where(facts.due_day > 0, facts.due_day, 0)

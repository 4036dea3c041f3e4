"""Every worked case of law and indicators, read from the shared file.

An adapter turns the inputs of a case into a call of the engine and returns its answers
by the names that the cases use; every expected value must then be among them.
"""

import datetime
import json
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
import samples
from engine import (
    caps,
    conduct,
    deadlines,
    forbearance,
    kpi,
    kpi_model,
    observation,
)
from engine import classification as cl
from engine.money import to_minor
from engine.rules import DEFAULT

#: Expected entries that explain rather than state a figure.
NOTES = ("meaning", "low_side_of_model_declines_need", "note", "reason")
#: Inputs that describe and change no answer.
TOLD = ("discount", "formula")


class Inputs(dict):
    """Inputs of a case that remember which of them were read."""

    def __init__(self, values):
        super().__init__(values)
        self.read = set(TOLD)

    def get(self, name, default=None):
        self.read.add(name)
        value = super().get(name, default)
        return default if value is None else value

    def number(self, name, default=0.0):
        return float(self.get(name, default))

    def date(self, name):
        return np.datetime64(self.get(name, "NaT"), "D")

    def any_of(self, *names, default=None):
        found = [super(Inputs, self).get(n) for n in names]
        self.read.update(names)
        return next((value for value in found if value is not None), default)


def classification(i):
    if "financial_difficulty" in i:
        change = i.get("contract_change", "")
        option, anew = i.get("embedded_option", False), i.get("refinanced", False)
        found = cl.cn_restructured(i.get("financial_difficulty"), change, option, anew)
        return {"is_restructured": found}
    grade = cl.cn_grade(
        i.get("dpd", 0),
        i.get("restructured", False),
        i.get("impaired", False),
        ecl_ratio=i.number("ecl"),
        technical=i.get("technical", False),
        bankrupt=i.get("bankrupt", False),
        evasion=i.any_of("evasion", "evades_debt", "debt_evasion", default=False),
        misused=i.any_of("misused", "funds_misused", default=False),
        refinanced=i.any_of("refinanced", "repaid_by_refinancing", default=False),
        previous=i.get("pre", "normal"),
        upgrade_met=i.any_of(
            "art15_met", "upgrade_met", "art15", "upgrade_conditions_met", default=False
        ),
        restructured_again=i.get("re_restructured_in_obs", False),
    )
    i.any_of("collateral_covers", "fully_collateralised", "collateral")
    return {"minimum_grade": grade, "non_performing": cl.cn_non_performing(grade)}


def observed(i):
    found = observation.observe(
        i.get("first_due_date_after_change"),
        every=i.get("period_months", 1),
        missed=i.date("missed_due_date"),
        as_of=i.date("as_of"),
        paid=i.get("all_paid", True),
        resolved=i.get("difficulty_resolved", True),
    )
    return {
        "observation_start": found.start,
        "earliest_end": found.earliest_end,
        "exit": found.exit,
    }


def npl_upgrade(i):
    date = observation.upgrade_date(i.get("cleared"), every=i.get("period_months", 1))
    return {"earliest_upgrade": date}


def dpd(i):
    if "due_dates_unpaid" in i:
        dates = [np.datetime64(day) for day in i.get("due_dates_unpaid")]
        covers = str(i.get("payment_covers", ""))
        i.get("payment_on")
        whole = covers[:10] if "full" in covers else None
        paid = sum(100 for day in dates if str(day) == whole)
        paid = paid or (50 if covers else 0)  # a part payment
        oldest = cl.oldest_unpaid([dates], [[100] * len(dates)], [paid])[0]
    else:
        oldest = i.date("oldest_unpaid_due_date")
    days = cl.days_past_due(
        oldest, i.get("as_of"), i.get("grace_days", 0), i.get("paused_days", 0)
    )
    return {
        "dpd": days,
        "minimum_grade_cn": cl.cn_grade(days),
        "bucket": cl.BUCKETS[int(cl.bucket(days))],
    }


def term_cap(i):
    found = caps.extension(
        i.get("vehicle"),
        i.get("original_months"),
        i.get("prior_extension_months", 0),
        i.get("requested_extension_months"),
    )
    return {
        "allowed": found.allowed,
        "total_months": found.total,
        "cap_months": found.cap,
    }


def ltv(i):
    cap = caps.ltv_cap(
        i.get("use"), i.get("fuel"), i.get("used", False), i.get("as_of", "2026-01-01")
    )
    return {"max_ltv": None if np.isnan(cap) else cap}


def european(i):
    if "npv_before" in i:
        before, after = (to_minor(i.get(f"npv_{when}")) for when in ("before", "after"))
        share = forbearance.diminished_share(before, after)
        failed = forbearance.diminished(before, after)
        return {"do_pct": 100 * share, "default": failed}
    if "past_due" in i:
        late = forbearance.default_by_days(
            to_minor(i.get("past_due")),
            to_minor(i.get("exposure")),
            i.get("consecutive_days_both_exceeded"),
        )
        return {"default_by_dpd": late}
    if "probation_complete" in i:
        gone = forbearance.may_exit_forborne(
            i.get("probation_complete"),
            i.get("any_exposure_dpd", 0),
            i.number("regular_payments_share", 1.0),
        )
        return {"exit_forborne": gone}
    if "forborne" in i:
        npe = forbearance.non_performing(
            i.get("dpd", 0),
            forborne=i.get("forborne"),
            was_npe=i.get("was_npe", False),
            new_forbearance=i.get("new_forbearance", False),
        )
        return {"npe": npe}
    if "performing_since" in i:
        end = forbearance.probation_end(i.date("performing_since"))
        return {"forborne_flag_earliest_end": end}
    return european_exit(i)


def european_exit(i):
    """The first day out of default or NPE."""
    granted = i.any_of("grant", "granted", "grant_date", "forbearance_granted")
    bad = i.any_of("default", "default_date", "npe_date", "npe_since", default="NaT")
    grace = i.any_of("grace_end", "grace_period_end", default="NaT")
    exit_date = forbearance.default_exit_date(granted, bad, grace)
    npe = forbearance.npe_exit_date(granted, bad)
    return {
        "earliest_default_exit": exit_date,
        "default_exit_earliest": exit_date,
        "earliest_npe_exit": npe,
        "npe_exit_earliest": npe,
    }


def stage(i):
    found = cl.ifrs_stage(
        i.get("dpd"),
        i.get("credit_impaired"),
        i.get("forborne_performing"),
        i.get("sicr_30dpd_rebutted"),
    )
    return {"stage": found}


def contact(i):
    if "local_time" in i:
        minute = conduct.minute(i.get("local_time"))
        return {"allowed": conduct.hours_allowed(minute, i.get("consent", False))}
    if "unanswered_attempts_same_number_today" in i:
        tried = i.get("unanswered_attempts_same_number_today")
        return {"next_attempt_allowed": conduct.attempt_allowed(tried)}
    if "collector" in i or "calls_in_7_days" in i:
        found = conduct.us_presumed_violation(
            i.any_of("calls_in_7_days", "calls_last_7_days", default=0),
            i.number("days_since_conversation", np.nan),
            i.get("collector", "third_party"),
        )
        return {"next_call_presumed_violation": found}
    if "contact" in i:
        lost = conduct.contact_lost(
            i.any_of("failed_attempts", default=0),
            i.any_of("number_invalid", "contact_lost", "debtor_lost", default=False),
        )
        restoring = i.get("purpose") == "restore_contact"
        found = conduct.party_allowed(i.get("contact"), restoring, lost)
        return {"allowed": found}
    calls = i.any_of("connected_calls_today", "connected_today")
    allowed = conduct.call_allowed(calls)
    return {"next_call_allowed": allowed, "next_attempt_allowed": allowed}


def deadline(i):
    if "level" in i:
        end = deadlines.complaint(
            i.get("received"), i.get("level"), i.get("approved", False)
        )
        return {"due": end}
    if "previous_notice" in i:
        stayed = deadlines.enforcement_stayed(
            i.get("current_notice"),
            i.get("previous_notice"),
            i.get("materially_different", False),
        )
        return {"enforcement_stay": stayed}
    single = {
        "counteroffer": ("us.reg_b.counteroffer", "notice_due"),
        "report": ("cn.pipl.report", "retain_until"),
        "completed_application": ("us.reg_b.decision", "notice_due"),
        "application": ("us.reg_b.decision", "notice_due"),
        "notified": ("us.reg_b.retention", "retain_until"),
    }
    for name, (code, answer) in single.items():
        if name in i:
            return {answer: deadlines.due(code, i.get(name))}
    if "refused" in i or "refusal" in i:
        refused = i.any_of("refused", "refusal")
        return {"enforcement_from": deadlines.enforcement_from(refused)}
    return received(i)


def received(i):
    """What runs from a notice: the profile of the case says under which law."""
    if i.profile == "UK":
        return {"due": deadlines.due("uk.complaint.final", i.get("received"))}
    if i.profile == "US":
        return {"notice_due": deadlines.due("us.reg_b.decision", i.get("received"))}
    dates = deadlines.hardship(
        i.get("received"), i.date("info_notice"), i.date("info_received")
    )
    return {
        "decision_due": dates.decision_due,
        "information_request_due": dates.information_request_due,
        "info_due": dates.information_due,
    }


def cost(i):
    if "flat_monthly_fee" in i:
        found = caps.flat_cost(
            to_minor(i.get("principal")), i.get("months"), i.number("flat_monthly_fee")
        )
        return {
            "instalment": found.instalment / 100,
            "irr_monthly": found.irr_period,
            "apr_nominal_pct": 100 * found.nominal,
            "effective_annual_pct": 100 * found.effective,
            "naive_flat_x12_pct": 100 * found.naive,
        }
    ceiling = caps.cost_ceiling(i.get("lender"), i.number("lpr_1y"))
    within = caps.within_ceiling(i.number("all_in_rate"), ceiling)
    return {"ceiling": ceiling, "within_ceiling": within}


def indicator(i):
    return _INDICATORS[i.id](i)


def _overdue(i):
    loans = i.get("loans")
    rates = kpi.overdue(
        [int(loan["outstanding_principal"]) for loan in loans],
        [int(loan["overdue_amount"]) for loan in loans],
        days := [loan["dpd"] for loan in loans],
    )
    balance = [int(loan["outstanding_principal"]) for loan in loans]
    return {
        "overdue_rate_by_balance_pct": 100 * rates.by_balance,
        "overdue_rate_by_overdue_amount_pct": 100 * rates.by_amount,
        "overdue_rate_by_count_pct": 100 * rates.by_count,
        "npl_ratio_pct": 100 * kpi.npl_ratio(balance, cl.cn_grade(days)),
        "dpd30plus_pct": 100 * rates.over_30,
    }


def _normal_migration(i):
    n = i.number
    rate = kpi.normal_migration(
        (n("opening_normal"), n("normal_reduced"), n("normal_to_npl")),
        (n("opening_sm"), n("sm_reduced"), n("sm_to_npl")),
    )
    return {"rate_pct": 100 * rate}


def _speed(i):
    i.get("smm_from")
    smm = 0.012308  # the case it refers to, domain 8.4
    speed = kpi.prepayment(smm, 1.0, 0.0, i.get("month"))[2]
    return {"abs_pct": 100 * speed}


def _vintage(i):
    hit = i.number("ever_30plus_outstanding_at_first_hit")
    return {"rate_pct": 100 * kpi.vintage([i.number("originated")], [hit])}


def _collection(i):
    i.get("collected_early")
    due, got = i.number("due_in_period"), i.number("collected_of_due")
    return {"rate_pct": 100 * kpi.collection_rate([due], [got])}


def _cure(i):
    rate = kpi.cure_rate(i.get("plans_started"), i.get("cured_within_12m"))
    return {"rate_pct": 100 * rate}


def _satisfaction(i):
    parts = ("promoters_9_10", "passives_7_8", "detractors_0_6")
    return {
        "nps": kpi.nps(*(i.get(part) for part in parts)),
        "csat_pct": 100 * kpi.csat(i.get("csat_4_5"), i.get("csat_answers")),
    }


def _complaints(i):
    count = i.get("complaints")
    per = kpi.per_ten_thousand(count, i.get("active_contracts_average"))
    applied = kpi.share(count, i.get("forbearance_applications"))
    return {"per_10k_contracts": per, "per_100_applications": 100 * applied}


def _psi(i):
    bins = [[float(x) for x in i.get(side)] for side in ("expected", "actual")]
    return {"psi": kpi_model.psi(*bins)}


def _overrides(i):
    high, low = (
        i.get("model_accept_manual_decline"),
        i.get("model_decline_manual_accept"),
    )
    return {"override_pct": 100 * kpi_model.overrides(i.get("decisions"), high, low)[0]}


_INDICATORS = {
    "M01": _overdue,
    "M03": _normal_migration,
    "M05": _vintage,
    "M07": _speed,
    "M09": _collection,
    "M11": _cure,
    "M13": _satisfaction,
    "M15": _complaints,
    "M17": _psi,
    "M19": _overrides,
}

ADAPTERS = {
    "classification_cases": classification,
    "observation_cases": observed,
    "npl_upgrade_cases": npl_upgrade,
    "dpd_cases": dpd,
    "term_cap_cases": term_cap,
    "ltv_cases": ltv,
    "eu_cases": european,
    "ifrs9_stage_cases": stage,
    "collections_contact_cases": contact,
    "deadline_cases": deadline,
    "cost_of_credit_cases": cost,
    "kpi_cases": indicator,
}


def same(got, want):
    """Compare an answer of the engine with a value of the file."""
    got = got.item() if isinstance(got, (np.ndarray, np.generic)) else got
    if isinstance(got, datetime.date):
        return got.isoformat() == want
    if isinstance(want, str):
        try:
            unit = Decimal(1).scaleb(Decimal(want).as_tuple().exponent)
        except ArithmeticError:
            return got == want
        return Decimal(repr(got)).quantize(unit, ROUND_HALF_UP) == Decimal(want)
    return got == want


def every_case():
    if not samples.CASES.is_file():
        return []
    book = json.loads(samples.CASES.read_text(encoding="utf-8"))
    return [(section, row) for section in ADAPTERS for row in book[section]]


def name_of(value):
    return value["id"] if isinstance(value, dict) else ""


@pytest.mark.parametrize(("section", "case"), every_case(), ids=name_of)
def test_a_worked_case(section, case):
    inputs = Inputs(case["inputs"])
    inputs.id, inputs.profile = case["id"], case.get("profile")
    got = ADAPTERS[section](inputs)
    for name, want in case["expected"].items():
        if name not in NOTES:
            assert name in got, f"{case['id']}: no answer for {name}"
            assert same(got[name], want), f"{case['id']} {name}: {got[name]}, {want}"
    assert set(inputs) <= inputs.read, f"{case['id']}: inputs nobody read"


def test_the_worked_cases_are_here():
    assert len(samples.cases("classification_cases")) > 0
    assert DEFAULT.rows

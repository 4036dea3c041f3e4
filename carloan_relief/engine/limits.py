"""What law and policy leave: term caps, shares, and which limit a plan breaks."""

import numpy as np

from . import calendar, money

#: stands for "no cap": longer than any schedule the engine builds
NO_CAP = 1560


def share_of(amount, share):
    """Return a share of an amount in minor units, rounded half up."""
    parts = np.rint(np.asarray(share, dtype=np.float64) * 10_000).astype(np.int64)
    return money.half_up_div(np.asarray(amount, dtype=np.int64) * parts, 10_000)


def remaining_cap(position, start_date, cap_months):
    """Return how many instalments still fit under a cap on the whole term.

    The term runs from the start of the loan to its last instalment, extensions
    included; the day the cap falls on still counts.

    :param position: measures.Position of N loans
    :param start_date: (N,) dates on which the loans began
    :param cap_months: (N,) months; 0 = no cap
    :return: (N,) int64
    """
    cap = np.broadcast_to(np.asarray(cap_months, np.int64), position.principal.shape)
    limit = calendar.add_periods(
        np.broadcast_to(np.asarray(start_date, "datetime64[D]"), cap.shape),
        cap,
        "month",
    )
    dates = calendar.due_dates(
        position.next_due_date,
        np.full(cap.shape, NO_CAP),
        position.period,
        position.due_day,
    )
    return np.where(cap > 0, (dates <= limit[:, None]).sum(axis=1), NO_CAP)


def room(position, start_date, cap_months, max_extend, max_holiday):
    """Return the part of a box that a cap on the whole term leaves of one loan.

    A loan that already runs to its cap or past it cannot be made longer; it may keep
    the instalments it has.

    :rtype: dict
    """
    cap = int(remaining_cap(position, start_date, cap_months)[0])
    left = int(position.instalments[0])
    spare = max(cap - left, 0)
    return {
        "max_extend": min(max_extend, spare),
        "max_holiday": min(max_holiday, spare),
        "max_term": max(cap, left, 1),
    }


def breaches(plan, box, present_rate, remaining, instalment):
    """Return the codes of the limits that one plan exceeds.

    ``other_measure`` stands for whatever the box has no limit for: the policy does not
    provide for it, whatever its size.

    :param list plan: measures in their JSON form
    :param dict box: as ``offers.search`` takes it
    :param float present_rate: yearly rate before the plan
    :param int remaining: instalments left before the plan
    :param int instalment: instalment under the plan, minor units
    """
    asked = _asked(plan, present_rate)
    over = {
        name
        for name in (
            "max_extend",
            "max_holiday",
            "max_rate_cut",
            "max_waive_interest",
            "max_waive_penalty",
            "max_forbear",
        )
        if asked[name] > box.get(name, 0) + 1e-9
    }
    added = asked["max_extend"] + asked["max_holiday"]
    if added and remaining + added > box["max_term"]:
        over.add("max_term")
    if asked["may_capitalise"] and not box["may_capitalise"]:
        over.add("may_capitalise")
    if asked["may_carry"] and not box.get("may_carry"):
        over.add("may_carry")
    if asked["holiday_interest"] - set(box["holiday_interest"]):
        over.add("holiday_interest")
    if asked["other_measure"]:
        over.add("other_measure")
    if instalment < box["min_instalment"]:
        over.add("min_instalment")
    return sorted(over)


def _asked(plan, present_rate):
    """Return what a plan asks for, in the terms of the box."""
    asked = {
        "max_extend": 0,
        "max_holiday": 0,
        "max_rate_cut": 0.0,
        "max_waive_interest": 0.0,
        "max_waive_penalty": 0.0,
        "max_forbear": 0.0,
        "may_capitalise": False,
        "may_carry": False,
        "holiday_interest": set(),
        "other_measure": False,
    }
    for measure in plan:
        kind = measure["kind"]
        if kind == "extend":
            asked["max_extend"] += int(measure["instalments"])
        elif kind == "holiday":
            asked["max_holiday"] += int(measure["instalments"])
            asked["holiday_interest"].add(measure.get("interest", "pay"))
        elif kind == "rate":
            asked["max_rate_cut"] = present_rate - float(measure["annual_rate"])
        elif kind == "waive" and f"max_waive_{measure['component']}" in asked:
            asked[f"max_waive_{measure['component']}"] += _share(measure)
        elif kind == "capitalise":
            asked["may_capitalise"] = True
        elif kind == "carry":
            asked["may_carry"] = True
        elif kind == "defer_principal":
            asked["max_forbear"] += _share(measure)
        else:
            asked["other_measure"] = True
    return asked


def _share(measure):
    """Return the share a measure asks for; an amount counts as all of it."""
    percent = measure.get("percent")
    return 1.0 if percent is None else float(percent) / 100

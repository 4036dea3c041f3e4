"""A campaign of offers on N loans: what it may propose, to whom, and until when.

The offers are those of :mod:`offers` within the box of the policy; a campaign makes
that box smaller, never larger.
"""

import numpy as np

from . import limits, offers
from .plans import Plans

#: Fields of a box that a campaign may make smaller.
NARROWED = (
    "max_extend",
    "max_holiday",
    "max_rate_cut",
    "max_waive_interest",
    "max_waive_fee",
    "max_waive_penalty",
    "max_forgive",
    "may_capitalise",
)


def narrow(box, most):
    """Return a box that stays within limits of a campaign as well.

    :param dict box: of N loans, as ``limits.box`` makes it
    :param dict most: {field of ``NARROWED``: most of it}, and ``holiday_interest``: the
        one treatment that is proposed; what the policy does not allow closes holidays
    """
    known = {name: most[name] for name in NARROWED if name in most}
    smaller = {
        name: np.minimum(box.get(name, 0), value).astype(np.asarray(box[name]).dtype)
        for name, value in known.items()
        if name in box
    }
    result = {**box, **smaller}
    mode = most.get("holiday_interest")
    if mode and mode in box["holiday_interest"]:
        result["holiday_interest"] = (mode,)
    elif mode:
        result["max_holiday"] = np.zeros_like(result["max_holiday"])
    return result


def search(position, box, affordable, assume, pick, limit, digits):
    """Return ([offers of each of N loans], [the one that is proposed, or None]).

    :param str pick: of ``offers.PICKS``
    """
    found = offers.search(position, box, affordable, assume, limit, digits)
    return found, [_picked(some, pick) for some in found]


def _picked(found, pick):
    """Return the offer of a pick; one plan may be several of them."""
    for offer in found:
        if pick == offer.pick or pick in offer.reasons:
            return offer
    return found[0] if found else None


def same_for_all(position, measures, box, affordable, assume, digits):
    """Return (N offers of the same measures, N lists of limits that they break).

    :param dict measures: ``max_*`` fields of a box, taken to the full, and
        ``holiday_interest``
    :param dict box: of N loans
    """
    boxes = offers.Box.of(box)
    each = [boxes.at(i) for i in range(position.size)]
    plans = [
        plan_of(measures, float(rate), int(one.max_rate_rows))
        for rate, one in zip(position.annual_rate, each, strict=True)
    ]
    made = offers.written(
        position, Plans.from_dicts(plans, digits), affordable, assume, digits
    )
    broken = [
        limits.breaches(
            plans[i],
            vars(each[i]),
            float(position.annual_rate[i]),
            int(position.instalments[i]),
            made[i].instalment,
            digits=digits,
        )
        for i in range(position.size)
    ]
    return made, broken


def plan_of(measures, annual_rate, rate_rows=0):
    """Return the plan that takes measures to the full, in its JSON form.

    :param float annual_rate: of the loan today
    :param int rate_rows: instalments that a cut of the rate lasts; 0 = to the end
    """
    plan = []
    if measures.get("max_extend"):
        plan.append({"kind": "extend", "instalments": int(measures["max_extend"])})
    if measures.get("max_rate_cut"):
        rate = max(round(annual_rate - measures["max_rate_cut"], 8), 0.0)
        cut = {"kind": "rate", "annual_rate": rate}
        plan.append({**cut, "instalments": rate_rows} if rate_rows else cut)
    if measures.get("max_holiday"):
        mode = measures.get("holiday_interest") or "pay"
        count = int(measures["max_holiday"])
        plan.append({"kind": "holiday", "instalments": count, "interest": mode})
    for component in ("interest", "penalty", "fee"):
        share = measures.get(f"max_waive_{component}")
        if share:
            percent = round(share * 100, 6)
            plan.append({"kind": "waive", "component": component, "percent": percent})
    if measures.get("max_forgive"):
        percent = round(measures["max_forgive"] * 100, 6)
        plan.append({"kind": "forgive_principal", "percent": percent})
    if measures.get("may_capitalise"):
        components = ["principal", "interest", "fee", "penalty"]
        plan.append({"kind": "capitalise", "components": components})
    return plan


def within(costs, budget):
    """Tell whose cost still fits a budget, in their order, (N,) bool.

    One that does not fit takes nothing from those behind it.

    :param costs: (N,) int64 minor units
    :param int budget: minor units left
    """
    fits, left = np.zeros(len(costs), dtype=bool), int(budget)
    for i, cost in enumerate(np.asarray(costs, dtype=np.int64).tolist()):
        if cost <= left:
            fits[i], left = True, left - cost
    return fits


def first_reason(reasons):
    """Return the first code that holds of each of N loans, None where none does.

    :param dict reasons: {code: (N,) bool}, the one that is told first
    """
    held = np.array([np.asarray(flags, bool) for flags in reasons.values()])
    codes = np.array([*reasons, None], dtype=object)
    if not held.size:
        return []
    return codes[np.where(held.any(axis=0), held.argmax(axis=0), len(reasons))].tolist()


def local_minutes(utc_minute, offsets):
    """Return the minute of the day of N borrowers, (N,) int64.

    :param int utc_minute: minute of the day in UTC
    :param offsets: (N,) minutes that their clocks are ahead of UTC
    """
    return (int(utc_minute) + np.asarray(offsets, dtype=np.int64)) % 1440

"""What law and policy leave: term caps, shares, and which limit a plan breaks."""

import numpy as np

from . import calendar, eligibility, money

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
    # as many rows as could fit if every period were of the shortest
    days = (limit - position.next_due_date).astype(np.int64)
    most = int(np.max(days // _shortest(position.period), initial=0)) + 2
    dates = calendar.due_dates(
        position.next_due_date,
        np.full(cap.shape, min(max(most, 1), NO_CAP)),
        position.period,
        position.due_day,
    )
    return np.where(cap > 0, (dates <= limit[:, None]).sum(axis=1), NO_CAP)


def _shortest(period):
    """Return the fewest days a period of each loan has, (N,) int64."""
    return 365 // calendar.periods_per_year(period).astype(np.int64) - 2


def box(rule, position, start_date, cap_months, law_months, instalment, closed):
    """Return the box of N loans under one rule of a policy.

    A loan that already runs to its cap or past it cannot be made longer; it may keep
    the instalments it has. A measure that a condition closes has no room at all.

    :param dict rule: the limits of the rule: fields of a box, ``max_rate_months`` and
        ``min_share`` (of the instalment of today)
    :param position: measures.Position of N loans
    :param start_date: (N,) days on which the loans began
    :param cap_months: (N,) months of the whole term by policy; 0 = no cap
    :param law_months: (N,) months by law; nan = no cap
    :param instalment: (N,) present instalments, int64 minor units
    :param closed: N tuples of codes, as ``eligibility.closed`` returns them
    :return: {field of ``offers.Box``: scalar or (N,)}
    """
    size = position.size
    policy = np.broadcast_to(np.asarray(cap_months, np.int64), (size,))
    law = np.nan_to_num(np.broadcast_to(law_months, (size,)), nan=0).astype(np.int64)
    by_law = (law > 0) & ((policy == 0) | (law < policy))
    cap = remaining_cap(position, start_date, np.where(by_law, law, policy))
    spare = np.maximum(cap - position.instalments, 0)
    fields = dict(rule)
    months, share = fields.pop("max_rate_months"), fields.pop("min_share")
    per_year = calendar.periods_per_year(position.period)
    limits = {
        **{name: np.full(size, value) for name, value in fields.items()},
        "max_rate_rows": np.ceil(months * per_year / 12).astype(np.int64),
        "min_instalment": share_of(instalment, share),
        "max_term": np.maximum(np.maximum(cap, position.instalments), 1),
        "term_by_law": by_law,
    }
    for name in ("max_extend", "max_holiday"):
        limits[name] = np.minimum(limits[name], spare)
    for measure, name in eligibility.BOX_FIELDS.items():
        shut = [bool(eligibility.closes(codes, measure)) for codes in closed]
        limits[name] = np.where(shut, np.zeros_like(limits[name]), limits[name])
    return {**limits, "closed": list(closed)}


def breaches(plan, box, present_rate, remaining, instalment, owed=None, digits=2):
    """Return the codes of the limits that one plan exceeds.

    ``other_measure`` stands for whatever the box has no limit for: the policy does not
    provide for it, whatever its size. A measure that a condition closed breaks that
    condition, by its own code.

    :param list plan: measures in their JSON form
    :param dict box: as ``offers.search`` takes it, of one loan
    :param float present_rate: yearly rate before the plan
    :param int remaining: instalments left before the plan
    :param int instalment: instalment under the plan, minor units
    :param dict owed: {interest, fee, penalty, principal: minor units}, for plans that
        state amounts; without it an amount counts as all of it
    """
    asked = _asked(plan, present_rate, owed or {}, digits)
    over = {
        name for name in _SHARES if asked[name] > float(box.get(name, 0) or 0) + 1e-9
    }
    added = asked["max_extend"] + asked["max_holiday"]
    if added and remaining + added > box["max_term"]:
        over.add("law_term" if box.get("term_by_law") else "max_term")
    over |= {name for name in _PERMITS if asked[name] and not box.get(name)}
    if asked["holiday_interest"] - set(box["holiday_interest"]):
        over.add("holiday_interest")
    rows = box.get("max_rate_rows") or 0
    if rows and asked["max_rate_cut"] > 1e-9 and not 0 < asked["rate_rows"] <= rows:
        over.add("max_rate_rows")
    if asked["other_measure"]:
        over.add("other_measure")
    if instalment < box["min_instalment"]:
        over.add("min_instalment")
    return sorted(_by_condition(over, plan, box.get("closed", ())))


_PERMITS = ("may_capitalise", "may_carry")
_SHARES = tuple(
    name for name in eligibility.BOX_FIELDS.values() if name not in _PERMITS
)


def _by_condition(over, plan, closed):
    """Put the condition that closed a measure in the place of its limit of 0."""
    for measure in {eligibility.measure_of(measure) for measure in plan}:
        codes = eligibility.closes(closed, measure)
        if codes and measure in eligibility.BOX_FIELDS:
            over = (over - {eligibility.BOX_FIELDS[measure]}) | set(codes)
    return over


def _asked(plan, present_rate, owed, digits):
    """Return what a plan asks for, in the terms of the box."""
    asked = {
        **dict.fromkeys(_SHARES, 0.0),
        **dict.fromkeys(_PERMITS, False),
        "rate_rows": 0,
        "holiday_interest": set(),
        "other_measure": False,
    }
    for measure in plan:
        kind = measure["kind"]
        name = eligibility.BOX_FIELDS.get(eligibility.measure_of(measure))
        if name is None:
            asked["other_measure"] = True
        elif name in _PERMITS:
            asked[name] = True
        elif kind in ("extend", "holiday"):
            asked[name] += int(measure["instalments"])
        elif kind == "rate":
            asked[name] = present_rate - float(measure["annual_rate"])
            asked["rate_rows"] = int(measure.get("instalments") or 0)
        else:
            asked[name] += _share(measure, owed, digits)
        if kind == "holiday":
            asked["holiday_interest"].add(measure.get("interest", "pay"))
    return asked


def _share(measure, owed, digits):
    """Return the share a measure asks for; an amount of what is not known is all."""
    percent = measure.get("percent")
    if percent is not None:
        return float(percent) / 100
    whole = owed.get(measure.get("component", "principal"))
    if whole is None:
        return 1.0
    amount = int(money.to_minor(str(measure["amount"]), digits))
    return amount / whole if whole else float(amount > 0)

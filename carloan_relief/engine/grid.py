"""The grid of plans inside a policy box."""

import numpy as np

from .plans import Plans

#: A grid beyond this is a mistake in the box (a step of nearly 0).
MAX_PLANS = 20_000


def plans(position, box, i):
    """Return the columns of every plan to try for loan ``i``: {name: (K,) array}.

    All combinations of extension, holiday and its interest, rate cut, waivers and
    forgiveness (none or the most) and capitalising; waivers and capitalising only
    where something is overdue. The plan that does nothing is left out.

    :param box: the box of that loan, plain values
    :raises ValueError: when the box makes more than ``MAX_PLANS`` plans
    """
    axes = _axes(position, box, i)
    size = int(np.prod([len(axis) for axis in axes.values()]))
    if size > MAX_PLANS:
        raise ValueError(f"box: {size} plans, at most {MAX_PLANS}; widen the steps")
    mesh = np.meshgrid(*(np.arange(len(a)) for a in axes.values()), indexing="ij")
    picked = {
        name: np.array(axis)[index.ravel()]
        for (name, axis), index in zip(axes.items(), mesh, strict=True)
    }
    return _columns(picked, position, box, i)


def _axes(position, box, i):
    rate = float(position.annual_rate[i])
    return {
        "extend": _steps(int(box.max_extend), max(int(box.extend_step), 1)),
        "holiday": range(len(_holidays(box, position, i))),
        "cut": _cuts(float(box.max_rate_cut), float(box.rate_step), rate),
        "waive_interest": _share(box.max_waive_interest, position.overdue_interest[i]),
        "waive_fee": _share(box.max_waive_fee, position.overdue_fee[i]),
        "waive_penalty": _share(box.max_waive_penalty, position.overdue_penalty[i]),
        "forgive": _share(box.max_forgive, position.principal[i]),
        "capitalise": _capitalise(box, position.overdue_total[i]),
    }


def _steps(most, step):
    steps = list(range(0, most + 1, step))
    return steps if steps[-1] == most else [*steps, most]


def _holidays(box, position, i):
    """Return (rows, interest mode) of each holiday to try, none first.

    A holiday that still runs goes on as it began or not at all.
    """
    most = min(int(box.max_holiday), max(int(position.instalments[i]), 1))
    modes = box.holiday_interest
    if position.holiday[i]:
        modes = [mode for mode in modes if mode == position.holiday_interest[i]]
    return [(0, "pay")] + [(n, m) for n in range(1, most + 1) for m in modes]


def _cuts(most, step, rate):
    most = min(most, rate)
    if most <= 0:
        return [0.0]
    step = step if step > 0 else most
    cuts = [round(k * step, 8) for k in range(int(most / step + 1e-9) + 1)]
    return cuts if most - cuts[-1] < 1e-9 else [*cuts, most]


def _share(most, owed):
    return [0.0, float(most)] if most > 0 and owed > 0 else [0.0]


def _capitalise(box, owed):
    return [False, True] if box.may_capitalise and owed > 0 else [False]


def _columns(picked, position, box, i):
    """Turn the axes into columns of :class:`plans.Plans`."""
    holidays = _holidays(box, position, i)
    cut = picked.pop("cut")
    rate = np.round(position.annual_rate[i] - cut, 8)
    picked["annual_rate"] = np.where(cut > 0, rate, np.nan)
    picked["rate_instalments"] = np.where(cut > 0, int(box.max_rate_rows), 0)
    which = picked.pop("holiday")
    picked["holiday"] = np.array([rows for rows, _ in holidays])[which]
    picked["holiday_interest"] = np.array([mode for _, mode in holidays])[which]
    capitalise = picked.pop("capitalise")
    for component in ("principal", "interest", "fee", "penalty"):
        picked[f"capitalise_{component}"] = capitalise
    keep = _does_something(picked)
    keep &= position.instalments[i] + picked["extend"] > 0
    return {name: column[keep] for name, column in picked.items()}


def _does_something(columns):
    effort = (columns["extend"] > 0) | (columns["holiday"] > 0)
    effort |= ~np.isnan(columns["annual_rate"]) | columns["capitalise_principal"]
    given = ("waive_interest", "waive_fee", "waive_penalty", "forgive")
    return effort | np.logical_or.reduce([columns[name] > 0 for name in given])


def join(grids):
    """Return the :class:`plans.Plans` of several grids one after another."""
    names = grids[0]
    columns = {n: np.concatenate([g[n] for g in grids]) for n in names}
    return Plans.of(len(columns["extend"]), **columns)

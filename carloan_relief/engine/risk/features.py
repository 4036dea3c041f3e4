"""From raw facts of N loans to the features that scorecards and models read.

Every array is float64 of N loans; nan means "not known", which a reader treats as
such and never as zero. Nothing here looks at a clock: the caller names the date.
What each feature is: `dictionary`.
"""

import numpy as np

from .. import arrears
from . import behaviour, collateral
from .behaviour import Grid, ratio
from .dictionary import DICTIONARY, FEATURES, INCOME_CODES, PURPOSE_CODES

__all__ = ["DICTIONARY", "FEATURES", "INCOME_CODES", "PURPOSE_CODES", "RAW", "build"]

#: What the caller brings beside the features that pass through unchanged. Money in
#: units of the company's currency, days as numbers since 1970-01-01.
RAW = (
    "balance",
    "principal",
    "instalment",
    "first_due",
    "due_day",
    "contract",  # 1: monthly annuity, and no schedule of ours took its place
    "scheduled",  # what the schedule in force leaves owed on the date
    "remaining",  # instalments of that schedule still to fall due
    "vehicle_value",
    "value_day",
    "first_value",
    "registered",
    "curve",
    "net_income",
    "living_costs",
    "other_debt",
    "arrears_amount",
    "lines_used",
    "lines_limit",
    "report_score",  # of a bureau report; it comes before that of a statement
)
#: Units per unit of money at which contracts are counted: cents are fine enough.
CENTS = 100


def build(raw, as_of, grid=None, curves=(), depreciation=0.15):
    """Return the features of N loans as of a date.

    :param dict raw: name -> (N,) array of ``RAW`` and of the features that need no
        formula; what is missing is not known
    :param as_of: the date
    :param Grid grid: the months up to the date; None: none is known
    :param curves: the curves that ``raw["curve"]`` numbers
    :param depreciation: share of its value that a vehicle loses in a year where no
        curve holds
    :return: dict feature -> (N,) float64, in the order of ``FEATURES``
    """
    size = max((np.size(values) for values in raw.values()), default=1)
    raw = {
        name: np.broadcast_to(np.asarray(raw.get(name, np.nan), np.float64), (size,))
        for name in (*RAW, *FEATURES)
    }
    grid = Grid.empty(size) if grid is None else grid
    day = np.datetime64(as_of, "D")
    found = {
        **raw,
        **behaviour.features(grid, raw["dpd"]),
        "reduction_6m": behaviour.reduction(grid),
        **_terms(raw, day),
        **_collateral(raw, day, curves, depreciation),
        **_household(raw),
        "arrears_elsewhere": ratio(raw["arrears_amount"], raw["net_income"]),
        "bureau_score": np.where(
            np.isnan(raw["report_score"]), raw["bureau_score"], raw["report_score"]
        ),
        "utilisation": ratio(raw["lines_used"], raw["lines_limit"]),
    }
    return {name: found[name] for name in FEATURES}


def _terms(raw, day):
    """Return where a loan stands against its contract or the schedule in force."""
    due, scheduled = _contract(raw, day)
    own = raw["contract"] == 1
    scheduled = np.where(own, scheduled, raw["scheduled"])
    gap = raw["balance"] - scheduled
    return {
        "behind": np.where(
            raw["instalment"] > 0, ratio(gap, raw["instalment"]), np.nan
        ),
        "remaining_term": np.where(own, raw["term"] - due, raw["remaining"]),
        "balance_share": ratio(raw["balance"], raw["principal"]),
        "exposure": raw["balance"],
    }


def _contract(raw, day):
    """Return (instalments due so far, balance the contract schedules), nan unknown."""
    names = ("principal", "annual_rate", "instalment", "term", "first_due", "due_day")
    known = (raw["contract"] == 1) & (raw["instalment"] > 0)
    for name in names:
        known &= ~np.isnan(raw[name])
    due = np.full(known.shape, np.nan)
    balance = due.copy()
    if known.any():
        column = {name: raw[name][known] for name in names}
        contract = arrears.Contract.of(
            principal=np.rint(column["principal"] * CENTS),
            annual_rate=column["annual_rate"],
            payment=np.rint(column["instalment"] * CENTS),
            instalments=column["term"],
            first_due=column["first_due"].astype(np.int64).astype("datetime64[D]"),
            due_day=column["due_day"],
        )
        count = contract.count_due(day)
        table = arrears.scheduled_balances(contract, count.max())
        due[known] = count
        balance[known] = table[np.arange(count.size), count] / CENTS
    return due, balance


def _collateral(raw, day, curves, depreciation):
    """Return loan to value with the value brought forward to the date."""
    value = collateral.value_at(
        raw["vehicle_value"], raw["value_day"], day, raw["registered"], raw["curve"],
        curves, depreciation,
    )  # fmt: skip
    today = day.astype(np.int64)
    return {
        "ltv": ratio(raw["balance"], value),
        "ltv_start": ratio(raw["principal"], raw["first_value"]),
        "vehicle_years": np.maximum(today - raw["registered"], 0) / collateral.YEAR,
    }


def _household(raw):
    """Return burdens as shares of the income; nan without an income."""
    income, instalment = raw["net_income"], raw["instalment"]
    debt = np.where(np.isnan(raw["other_debt"]), 0, raw["other_debt"])
    free = income - raw["living_costs"] - debt - instalment
    return {
        "payment_to_income": ratio(instalment, income),
        "debt_to_income": ratio(instalment + debt, income),
        "residual_income": ratio(free, income),
    }

"""From raw sums of N loans to the features a scorecard reads.

Every array is float64 of N loans; nan means "not known", which a scorecard treats as
such and never as zero. Nothing here looks at a clock: ages are counted by the caller
up to the date of the assessment.
"""

import numpy as np

#: Every feature, in the order in which people read them.
FEATURES = (
    "dpd",
    "max_dpd_12m",
    "missed_12m",
    "months_since_miss",
    "paid_share_6m",
    "payment_volatility",
    "seasoning",
    "remaining_term",
    "annual_rate",
    "ltv",
    "payment_to_income",
    "residual_income",
    "bureau_score",
    "relief_24m",
)
#: What the caller brings beyond the features that pass through unchanged.
RAW = (
    "paid_6m",
    "due_6m",
    "paid_mean_12m",
    "paid_std_12m",
    "balance",
    "vehicle_value",
    "vehicle_age",
    "instalment",
    "net_income",
    "living_costs",
    "other_debt",
)


def ratio(part, whole):
    """Return ``part / whole``, nan where the whole is not above zero."""
    part, whole = np.broadcast_arrays(
        np.asarray(part, np.float64), np.asarray(whole, np.float64)
    )
    known = whole > 0
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=known)


def depreciated(value, years, yearly):
    """Return the value of a vehicle ``years`` after it was valued.

    :param value: (N,) value at the valuation
    :param years: (N,) years since then; below zero counts as zero
    :param float yearly: share of the value lost in a year
    """
    years = np.maximum(np.asarray(years, np.float64), 0.0)
    return np.asarray(value, np.float64) * (1.0 - yearly) ** years


def build(raw, depreciation=0.15):
    """Return the features of N loans.

    :param dict raw: name -> (N,) array for each of ``RAW`` and for the features
        that need no formula
    :param float depreciation: share of a vehicle's value lost in a year
    :return: dict feature -> (N,) float64
    """
    raw = {name: np.asarray(values, np.float64) for name, values in raw.items()}
    features = {name: raw[name] for name in FEATURES if name in raw}
    value = depreciated(raw["vehicle_value"], raw["vehicle_age"], depreciation)
    features["ltv"] = ratio(raw["balance"], value)
    features["paid_share_6m"] = ratio(raw["paid_6m"], raw["due_6m"])
    features["payment_volatility"] = ratio(raw["paid_std_12m"], raw["paid_mean_12m"])
    features["payment_to_income"] = ratio(raw["instalment"], raw["net_income"])
    free = (
        raw["net_income"] - raw["living_costs"] - raw["other_debt"] - raw["instalment"]
    )
    features["residual_income"] = ratio(free, raw["net_income"])
    return {name: features[name] for name in FEATURES}

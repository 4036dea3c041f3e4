"""Every feature that risk may look at, declared once: the data dictionary.

The page in Odoo, the printout, the choice in a scorecard and the training all read
this list. What is not here cannot enter a score; sex, age, nationality, religion,
health and where somebody lives are not here.
"""

from typing import NamedTuple


class Feature(NamedTuple):
    """One feature as a reader meets it.

    ``family``: the statement that reads it. ``direction``: +1 = the more, the riskier;
    -1 = the less; 0 = not known beforehand. ``missing``: key of ``MISSING``.
    """

    family: str
    name: str
    unit: str
    direction: int
    missing: str
    label: str


#: What an unknown value of a feature means.
MISSING = {
    "never": "Never unknown",
    "young": "No month of history yet",
    "no_miss": "No month was missed in the last 24",
    "no_terms": "Amounts or dates of the contract are missing",
    "no_purpose": "The purpose of the car is not known",
    "no_vehicle": "The loan has no vehicle",
    "no_value": "The vehicle was never valued",
    "no_year": "The model year is not known",
    "no_household": "No statement of the household, or not this line of it",
    "no_report": "No report of a credit bureau, or not this line of it",
}
_DIRECTIONS = {"+": 1, "-": -1, "0": 0}

# [family], then name | unit | risk rises with it (+), against it (-) | missing | label
_TABLE = """
[behaviour]
dpd | days | + | young | Days past due
max_dpd_3m | days | + | young | Worst days past due, 3 months
max_dpd_6m | days | + | young | Worst days past due, 6 months
max_dpd_12m | days | + | young | Worst days past due, 12 months
dpd_change_3m | days | + | young | Days past due, change in 3 months
late_months_12m | months | + | young | Month ends past due, 12 months
missed_3m | months | + | young | Months without payment, 3 months
missed_12m | months | + | young | Months without payment, 12 months
miss_run | months | + | young | Months without payment in a row, now
longest_run_12m | months | + | young | Longest run without payment, 12 months
months_since_miss | months | - | no_miss | Months since the last month without payment
partial_12m | months | + | young | Months paid in part, 12 months
paid_share_3m | share | - | young | Paid of what was due, 3 months
paid_share_6m | share | - | young | Paid of what was due, 6 months
paid_share_12m | share | - | young | Paid of what was due, 12 months
payment_volatility | share | 0 | young | Volatility of payments, 12 months
behind | instalments | + | no_terms | Instalments behind (below zero: ahead)
reduction_6m | share | - | young | Principal reduced to due, 6 months
[terms]
seasoning | months | 0 | never | Age of the loan in months
remaining_term | months | 0 | no_terms | Instalments that remain
term | months | 0 | never | Instalments agreed
annual_rate | share | + | never | Annual rate
balance_share | share | 0 | no_terms | Balance to amount lent
exposure | amount | 0 | no_terms | Balance owed
borrower_loans | loans | 0 | never | Loans the borrower owes here
commercial_use | code | + | no_purpose | Car used to earn money (1)
[relief]
relief_24m | reliefs | + | never | Reliefs in 24 months
relief_months_12m | months | + | young | Months of relief, 12 months
[collateral]
ltv | share | + | no_value | Loan to value
ltv_start | share | + | no_value | Loan to value when lent
vehicle_years | years | 0 | no_year | Age of the vehicle in years
used_vehicle | code | + | no_vehicle | Bought used (1)
[household]
payment_to_income | share | + | no_household | Instalment to income
debt_to_income | share | + | no_household | All instalments to income
residual_income | share | - | no_household | Free income after the instalment
months_employed | months | - | no_household | Months in the present work
income_insecurity | code | + | no_household | Insecurity of the income (0 to 3)
income_unverified | code | + | no_household | Statement not verified (1)
[bureau]
bureau_score | points | - | no_report | Credit bureau score
arrears_elsewhere | share | + | no_report | Arrears elsewhere to income
worst_dpd_elsewhere | days | + | no_report | Worst days past due elsewhere
accounts_elsewhere | accounts | 0 | no_report | Accounts elsewhere
utilisation | share | + | no_report | Credit lines used elsewhere
inquiries_6m | inquiries | + | no_report | Inquiries, 6 months
[contact]
contacts_3m | contacts | + | never | Contacts about arrears, 3 months
not_reached_3m | contacts | + | never | Attempts that reached nobody, 3 months
broken_promises_12m | promises | + | never | Broken promises to pay, 12 months
"""


def _read(table):
    """Return the features of the table above."""
    found, family = [], ""
    for line in table.strip().splitlines():
        if line.startswith("["):
            family = line.strip("[]")
            continue
        name, unit, sign, missing, label = line.split(" | ")
        found.append(Feature(family, name, unit, _DIRECTIONS[sign], missing, label))
    return tuple(found)


DICTIONARY = _read(_TABLE)
#: The names alone, in the order in which people read them.
FEATURES = tuple(feature.name for feature in DICTIONARY)
FAMILIES = tuple(dict.fromkeys(feature.family for feature in DICTIONARY))

#: How insecure an income is; what is not listed is not known.
INCOME_CODES = {
    "employed": 0,
    "public": 0,
    "retired": 0,
    "self_employed": 1,
    "casual": 2,
    "unemployed": 3,
}
#: Whether a car earns money; what is not listed is not known.
PURPOSE_CODES = {
    "private": 0,
    "commute": 0,
    "ride_hailing": 1,
    "goods": 1,
    "business": 1,
    "rental": 1,
}
_BY_NAME = {feature.name: feature for feature in DICTIONARY}


def by_name(name):
    """Return a feature of the dictionary.

    :raises KeyError: for a name that is not declared
    """
    return _BY_NAME[name]

"""Which account each role of a loan product asks for.

Codes are proposals: an account of the company's chart that has the code and the
kind is used, else one that has the name, else a new one is made. Principal and
receivables get accounts of their own, because the books are checked by comparing
the whole account with the loans.
"""

from typing import NamedTuple

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

LOAN_JOURNAL_CODE = "LOAN"
LOAN_JOURNAL_NAME = _lt("Car Loans")

# what a product in a foreign currency keeps on accounts of its own that are matched,
# so that Odoo books their exchange differences (receivables are matched anyway)
CURRENCY_ROLES = ("principal", "interest_adjustment", "allowance", "pending_vat")


class AccountSpec(NamedTuple):
    """What an account of a role is called and of which kind it is."""

    role: str
    code_cn: str
    code: str
    name: str
    account_type: str
    reconcile: bool = False


SPECS = (
    AccountSpec(
        "principal", "130310", "130310", _lt("Car loans: principal"), "asset_current"
    ),
    AccountSpec(
        "principal_due",
        "130320",
        "130320",
        _lt("Car loans: principal due"),
        "asset_receivable",
        True,
    ),
    AccountSpec(
        "interest_due",
        "130330",
        "130330",
        _lt("Car loans: interest due"),
        "asset_receivable",
        True,
    ),
    AccountSpec(
        "fee_due",
        "130340",
        "130340",
        _lt("Car loans: fees due"),
        "asset_receivable",
        True,
    ),
    AccountSpec(
        "penalty_due",
        "130350",
        "130350",
        _lt("Car loans: penalties due"),
        "asset_receivable",
        True,
    ),
    AccountSpec(
        "interest_adjustment",
        "130360",
        "130360",
        _lt("Car loans: interest adjustment"),
        "asset_current",
    ),
    AccountSpec(
        "allowance",
        "130410",
        "130410",
        _lt("Car loans: loss allowance"),
        "asset_current",
    ),
    AccountSpec(
        "repossessed_asset",
        "144110",
        "144110",
        _lt("Repossessed vehicles"),
        "asset_current",
    ),
    AccountSpec(
        "output_vat",
        "222101",
        "251000",
        _lt("Output VAT on interest"),
        "liability_current",
    ),
    AccountSpec(
        "pending_vat",
        "222120",
        "252120",
        _lt("Pending output VAT on interest"),
        "liability_current",
    ),
    AccountSpec(
        "interest_income",
        "500110",
        "401110",
        _lt("Interest income on car loans"),
        "income",
    ),
    AccountSpec(
        "penalty_income",
        "500120",
        "401120",
        _lt("Penalty income on car loans"),
        "income",
    ),
    AccountSpec(
        "fee_income", "500130", "401130", _lt("Fee income on car loans"), "income"
    ),
    AccountSpec(
        "modification_result",
        "511110",
        "441110",
        _lt("Gain or loss on modified car loans"),
        "income_other",
    ),
    AccountSpec(
        "settlement_result",
        "511120",
        "441130",
        _lt("Gain or loss on settlement of car loans"),
        "income_other",
    ),
    AccountSpec(
        "collection_cost",
        "560220",
        "641120",
        _lt("Collection costs of car loans"),
        "expense",
    ),
    AccountSpec(
        "recovery",
        "530110",
        "441120",
        _lt("Recoveries of written-off car loans"),
        "income_other",
    ),
    AccountSpec(
        "impairment", "571110", "641110", _lt("Impairment of car loans"), "expense"
    ),
)

# charts that Map accounts knows; on others the accounts are chosen by hand
CHARTS = ("cn", "cn_large_bis", "generic_coa")

# the chart of the enterprise standard, where it differs from the small companies':
# interest, commission, repossessed assets and credit losses have accounts there
LARGE = {
    "repossessed_asset": ("144100", "asset_current"),
    "interest_income": ("601100", "income"),
    "penalty_income": ("601120", "income"),
    "fee_income": ("602100", "income"),
    "modification_result": ("611110", "income"),
    "settlement_result": ("611120", "income"),
    "recovery": ("630110", "income"),
    "collection_cost": ("660220", "expense"),
    "impairment": ("672100", "expense"),
}


def get_spec(spec, chart):
    """Return a spec with the code and the kind that a chart asks for."""
    if chart == "cn_large_bis" and spec.role in LARGE:
        code, account_type = LARGE[spec.role]
        return spec._replace(code=code, account_type=account_type)
    return spec._replace(code=spec.code_cn) if chart.startswith("cn") else spec

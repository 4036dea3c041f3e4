"""Labels of the engine's account roles, events and components.

The codes are the engine's (`engine.ledger.ROLES` and `EVENTS`); a test holds
both lists equal. They are spelled out here because a label must be translatable.
"""

ROLE_SELECTION = [
    ("bank", "Bank"),
    ("principal", "Principal not yet due"),
    ("principal_due", "Principal due"),
    ("interest_due", "Interest due"),
    ("fee_due", "Fees due"),
    ("penalty_due", "Penalties due"),
    ("interest_income", "Interest income"),
    ("penalty_income", "Penalty income"),
    ("fee_income", "Fee income"),
    ("interest_adjustment", "Interest adjustment of the loan"),
    ("modification_result", "Modification gain or loss"),
    ("allowance", "Loss allowance"),
    ("impairment", "Impairment loss"),
    ("recovery", "Recoveries"),
    ("collection_cost", "Collection costs"),
    ("repossessed_asset", "Repossessed assets"),
    ("settlement_result", "Gain or loss on settlement"),
    ("output_vat", "Output VAT"),
    ("pending_vat", "Pending output VAT"),
]

COMPONENT_SELECTION = [
    ("principal", "Principal"),
    ("interest", "Interest"),
    ("fee", "Fee"),
    ("penalty", "Penalty"),
]

# the receivable role of each component
DUE_ROLES = {
    "principal": "principal_due",
    "interest": "interest_due",
    "fee": "fee_due",
    "penalty": "penalty_due",
}

ALLOCATION_MODE_SELECTION = [
    ("horizontal", "Oldest instalment first"),
    ("vertical", "Component first, over all instalments"),
]

EVENT_SELECTION = [
    ("disburse", "Disbursement"),
    ("open", "Opening balance"),
    ("bill", "Instalment due"),
    ("accrue", "Interest accrual"),
    ("penalty", "Charge on overdue principal"),
    ("fee", "Fee of a returned payment"),
    ("suspend", "Interest suspended"),
    ("resume", "Interest resumed"),
    ("repay", "Repayment"),
    ("refund", "Credit paid back"),
    ("vat", "VAT of what was received"),
    ("waive", "Waiver"),
    ("capitalise", "Capitalisation"),
    ("carry", "Carried into an instalment"),
    ("hold", "Held until the plan is completed"),
    ("reinstate", "Reinstated after a break"),
    ("forgive", "Forgiven principal"),
    ("modify", "Modification gain or loss"),
    ("exchange", "Old claim out, new claim in"),
    ("provision", "Loss allowance"),
    ("write_off", "Write-off"),
    ("recovery", "Recovery after write-off"),
    ("prepay", "Principal repaid ahead"),
    ("repossession", "Vehicle taken in settlement"),
    ("sale", "Sale of a vehicle taken"),
]

PERIOD_SELECTION = [
    ("month", "Month"),
    ("fortnight", "Fortnight"),
    ("week", "Week"),
]

METHOD_SELECTION = [
    ("annuity", "Annuity (equal instalments)"),
    ("equal_principal", "Equal principal"),
    ("interest_only", "Interest only, principal at the end"),
    ("balloon", "Balloon"),
    ("flat", "Flat interest"),
]

DAY_COUNT_SELECTION = [
    ("period", "Per period"),
    ("30/360", "30/360"),
    ("30E/360", "30E/360"),
    ("ACT/365", "ACT/365"),
    ("ACT/360", "ACT/360"),
    ("ACT/ACT", "ACT/ACT"),
]

CN_CLASS_SELECTION = [
    ("normal", "Normal"),
    ("special_mention", "Special mention"),
    ("substandard", "Substandard"),
    ("doubtful", "Doubtful"),
    ("loss", "Loss"),
]

STAGE_SELECTION = [
    ("1", "Stage 1: performing"),
    ("2", "Stage 2: risk has risen"),
    ("3", "Stage 3: impaired"),
]

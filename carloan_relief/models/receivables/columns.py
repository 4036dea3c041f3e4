"""Which column of a roll-forward each event of the ledger moves.

The one table that the reports, their views and their tests read. An event that is
missing here still shows, as "other": a closing balance always equals the ledger.
"""

#: kind of roll-forward -> (roles whose balance it explains, sign of a debit)
KINDS = {
    "principal": (("principal", "principal_due"), 1),
    "adjustment": (("interest_adjustment",), 1),
    "allowance": (("allowance",), -1),
}
OTHER = "other"
#: What Odoo books between two rates of a loan in a foreign currency: no event of ours.
EXCHANGE = "exchange"

#: kind -> event -> column. What cannot touch the role is said to be "other", too.
COLUMNS = {
    "principal": {
        "disburse": "disbursed",
        "open": "opened",
        "bill": "billed",
        "repay": "repaid",
        "refund": "refunded",
        "capitalise": "capitalised",
        "forgive": "forgiven",
        "waive": "waived",
        "write_off": "written_off",
        "recovery": "recovered",
        # money paid ahead falls due on the day it comes
        "prepay": "billed",
        "repossession": "repossessed",
        "reinstate": "recovered",
        # the same principal, due on another day: together zero
        "carry": OTHER,
        "hold": OTHER,
        "suspend": OTHER,
        "resume": OTHER,
        "vat": OTHER,
        # a sale for more or less than the claim: credit, or owed again
        "sale": "repossessed",
        "modify": OTHER,
        "exchange": OTHER,
        "penalty": OTHER,
        "fee": OTHER,
        "accrue": OTHER,
        "provision": OTHER,
    },
    "adjustment": {
        "disburse": "disbursed",
        "open": "opened",
        "modify": "modified",
        "exchange": "modified",
        "capitalise": "capitalised",
        "bill": "unwound",
        "prepay": "unwound",
        "repossession": "repossessed",
        "recovery": OTHER,
        "reinstate": OTHER,
        "carry": OTHER,
        "hold": OTHER,
        "suspend": OTHER,
        # of a cured loan: what its bills kept out of income
        "resume": "unwound",
        "vat": OTHER,
        "sale": OTHER,
        "repay": OTHER,
        "refund": OTHER,
        "forgive": OTHER,
        "waive": OTHER,
        "write_off": "written_off",
        "penalty": OTHER,
        "fee": OTHER,
        "accrue": OTHER,
        "provision": OTHER,
    },
    "allowance": {
        "open": "opened",
        "provision": "charged",
        "waive": "waived",
        "forgive": "forgiven",
        "write_off": "written_off",
        "repossession": "repossessed",
        "recovery": "recovered",
        # a claim that a broken plan brings back is fully provided for
        "reinstate": "recovered",
        "accrue": "stage3",
        "carry": OTHER,
        "hold": OTHER,
        # interest of an impaired loan leaves the books, or returns
        "suspend": "stage3",
        "resume": "stage3",
        "vat": OTHER,
        "prepay": OTHER,
        "sale": OTHER,
        "repay": OTHER,
        "refund": OTHER,
        "disburse": OTHER,
        "bill": "stage3",
        "capitalise": OTHER,
        "modify": OTHER,
        # the old claim leaves the books with what was provided for it
        "exchange": "written_off",
        "penalty": OTHER,
        "fee": OTHER,
    },
}

#: A movement whose sign tells two things apart: kind -> column -> (the sign that is
#: not its own, the column that such a movement belongs to). A bill moves principal
#: from not yet due to due; where it adds to it, interest of a holiday has joined. An
#: allowance is charged by the event that also releases it.
TURNED = {
    "principal": {"billed": (1, "capitalised")},
    "adjustment": {},
    "allowance": {"charged": (-1, "released")},
}


def get_steps(kind):
    """Return the columns of a kind in the order of the table, "other" last."""
    steps = [*COLUMNS[kind].values(), *(new for _s, new in TURNED[kind].values())]
    return [*dict.fromkeys(step for step in steps if step != OTHER), EXCHANGE, OTHER]

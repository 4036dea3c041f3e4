"""Events of a loan -> balanced journal entries over account roles.

No account is known here: a product maps each role to one. Amounts are int64 minor
units; positive means what the event's name says, a negative amount swaps the sides.
"""

from typing import NamedTuple

ROLES = (
    "bank",
    "principal",
    "principal_due",
    "interest_due",
    "fee_due",
    "penalty_due",
    "interest_income",
    "penalty_income",
    "fee_income",
    "interest_adjustment",
    "modification_result",
    "allowance",
    "impairment",
    "recovery",
    "collection_cost",
    "repossessed_asset",
    "settlement_result",
    "output_vat",
    "pending_vat",
)
#: Counterpart of an opening entry: the caller supplies the account, no product does.
OPENING = "opening"
#: Who buys a vehicle taken: the caller supplies the account of what they owe.
BUYER = "buyer"
#: The borrower's credit: on the receivable of principal, part of no claim.
CREDIT = "credit"


class Line(NamedTuple):
    """One line of an entry; one of ``debit`` and ``credit`` is 0."""

    role: str
    component: str
    debit: int
    credit: int


_COMPONENTS = ("principal", "interest", "fee", "penalty")
#: What a line is about, for the roles that keep it apart.
_COMPONENT = {
    "principal": "principal",
    "interest_adjustment": "interest",
    **{f"{c}_due": c for c in _COMPONENTS},
    **{f"{c}_income": c for c in _COMPONENTS[1:]},
}


def _due(debit, **extra):
    """Rules that close each receivable component against ``debit``."""
    return {**{c: (debit, f"{c}_due") for c in _COMPONENTS}, **extra}


# event -> amount -> (role debited, role credited)
_RULES = {
    "disburse": {
        "principal": ("principal", "bank"),
        "fee_net": ("interest_adjustment", "bank"),
    },
    "open": {
        "principal": ("principal", OPENING),
        **{f"overdue_{c}": (f"{c}_due", OPENING) for c in _COMPONENTS},
        "adjustment": ("interest_adjustment", OPENING),
        "allowance": (OPENING, "allowance"),
    },
    "bill": {
        "principal": ("principal_due", "principal"),
        "interest": ("interest_due", "interest_income"),
        "capitalised": ("principal", "interest_income"),
        # the same of a suspended loan: no income yet
        "unearned": ("principal", "interest_adjustment"),
        "fee": ("fee_due", "fee_income"),
        "unwind": ("interest_adjustment", "interest_income"),
        "to_allowance": ("interest_income", "allowance"),
        "interest_vat": ("interest_income", "output_vat"),
        "fee_vat": ("fee_income", "output_vat"),
        "interest_vat_pending": ("interest_income", "pending_vat"),
        "fee_vat_pending": ("fee_income", "pending_vat"),
    },
    "accrue": {
        "interest": ("interest_due", "interest_income"),
        "vat": ("interest_income", "output_vat"),
        # income before the tax falls due, at a month end: it waits until the bill
        "vat_pending": ("interest_income", "pending_vat"),
        "to_allowance": ("interest_income", "allowance"),
    },
    # what overdue principal bears: penalty, and interest where the contract says so
    "penalty": {
        "penalty": ("penalty_due", "penalty_income"),
        "interest": ("interest_due", "interest_income"),
        "penalty_vat": ("penalty_income", "output_vat"),
        "interest_vat": ("interest_income", "output_vat"),
        "penalty_vat_pending": ("penalty_income", "pending_vat"),
        "interest_vat_pending": ("interest_income", "pending_vat"),
    },
    "fee": {
        "fee": ("fee_due", "fee_income"),
        "fee_vat": ("fee_income", "output_vat"),
    },
    # out of income into the register outside the books; tax that is pending was never
    # due and goes too, tax that was declared stays a claim
    "suspend": {
        "interest": ("interest_income", "interest_due"),
        "penalty": ("penalty_income", "penalty_due"),
        "interest_vat_pending": ("pending_vat", "interest_income"),
        "penalty_vat_pending": ("pending_vat", "penalty_income"),
        # interest of an impaired loan goes back where it went
        "to_allowance": ("allowance", "interest_income"),
    },
    # out of the register: received (output tax) or cured (tax pending until received)
    "resume": {
        "interest": ("interest_due", "interest_income"),
        "penalty": ("penalty_due", "penalty_income"),
        "interest_vat": ("interest_income", "output_vat"),
        "penalty_vat": ("penalty_income", "output_vat"),
        "interest_vat_pending": ("interest_income", "pending_vat"),
        "penalty_vat_pending": ("penalty_income", "pending_vat"),
        "to_allowance": ("interest_income", "allowance"),
        # kept in the adjustment meanwhile: income of a cured loan
        "unearned": ("interest_adjustment", "interest_income"),
        "unearned_vat": ("interest_income", "output_vat"),
    },
    "repay": _due("bank"),
    # what a borrower paid beyond all that was due goes back to whoever paid it
    "refund": {"credit": (CREDIT, "bank")},
    "vat": {"received": ("pending_vat", "output_vat")},
    "waive": _due(
        "modification_result",
        allowance_used=("allowance", "modification_result"),
        vat_pending=("pending_vat", "modification_result"),
    ),
    "capitalise": _due(
        "principal",
        suspended=("principal", "interest_adjustment"),
        # it is due now, the income later: what the adjustment returns is net of it
        suspended_vat=("interest_adjustment", "output_vat"),
    ),
    # the same claim, due otherwise: by role nothing changes
    "carry": {c: (f"{c}_due", f"{c}_due") for c in _COMPONENTS},
    "hold": {c: (f"{c}_due", f"{c}_due") for c in _COMPONENTS},
    # a claim that a broken plan brings back is fully provided: no income
    "reinstate": {c: (f"{c}_due", "allowance") for c in _COMPONENTS},
    "forgive": {
        "principal": ("modification_result", "principal"),
        "overdue_principal": ("modification_result", "principal_due"),
        "allowance_used": ("allowance", "modification_result"),
    },
    "modify": {"loss": ("modification_result", "interest_adjustment")},
    # a changed claim that is another one: the old leaves at what is carried, with its
    # allowance, and the new enters at its fair value
    "exchange": {
        "loss": ("settlement_result", "interest_adjustment"),
        "allowance_used": ("allowance", "interest_adjustment"),
    },
    "provision": {"charge": ("impairment", "allowance")},
    "write_off": _due(
        "allowance",
        not_due=("allowance", "principal"),
        adjustment=("allowance", "interest_adjustment"),
        # never received, so never due; it falls due with a recovery
        vat_pending=("pending_vat", "allowance"),
    ),
    # each step of a recovery is an entry of its own: see the worked case A20
    "recovery": {
        "reinstated": ("principal", "allowance"),
        "released": ("allowance", "impairment"),
        "income": ("allowance", "recovery"),
        "vat": ("allowance", "output_vat"),
        "cost": ("collection_cost", "bank"),
    },
    "prepay": {
        "principal": ("principal_due", "principal"),
        "unwind": ("interest_adjustment", "interest_income"),
    },
    # the asset bears its costs; what neither it nor the allowance covers is the result
    "repossession": _due(
        "settlement_result",
        not_due=("settlement_result", "principal"),
        adjustment=("settlement_result", "interest_adjustment"),
        allowance_used=("allowance", "settlement_result"),
        fair_value=("repossessed_asset", "settlement_result"),
        costs=("repossessed_asset", "bank"),
        surplus=("settlement_result", CREDIT),
    ),
    # what is left is the lender's result, or the borrower's: credit or claim
    "sale": {
        "proceeds": (BUYER, "settlement_result"),
        "vat": ("settlement_result", "output_vat"),
        "book_value": ("settlement_result", "repossessed_asset"),
        "costs": ("settlement_result", "bank"),
        "surplus": ("settlement_result", CREDIT),
        "shortfall": ("principal_due", "settlement_result"),
    },
}
EVENTS = tuple(_RULES)


def entry(event, **amounts):
    """Return the balanced entry of an event.

    :param str event: one of ``EVENTS``
    :param amounts: int minor units by name (see the table of rules); zero lines are
        dropped, so an event without effect is an empty list. ``total``, where
        given, must be what the amounts add up to.
    :rtype: list[Line]
    :raises ValueError: for an unknown event or amount, an amount that is not whole,
        a ``total`` that differs (the event and the difference are named)
    """
    if event not in _RULES:
        raise ValueError(f"ledger: unknown event {event!r}")
    total = amounts.pop("total", None)
    amounts = {name: _whole(event, name, value) for name, value in amounts.items()}
    if total is not None and int(total) != sum(amounts.values()):
        difference = int(total) - sum(amounts.values())
        raise ValueError(f"ledger: {event} is out of balance by {difference}")
    if event == "bill":
        amounts = _capitalised_bill(amounts)
    return _lines(event, amounts)


def _whole(event, name, value):
    if name not in _RULES[event]:
        raise ValueError(f"ledger: {event} knows no amount {name!r}")
    if int(value) != value:
        raise ValueError(f"ledger: {event} {name} {value!r} is not in minor units")
    return int(value)


def _capitalised_bill(amounts):
    """Interest of a capitalising row joins the principal without being billed.

    Such a row carries its interest and the same amount as negative principal: the
    borrower owes nothing, so no receivable may be opened to be closed at once.
    """
    interest, principal = amounts.get("interest", 0), amounts.get("principal", 0)
    if interest * principal >= 0:
        return amounts
    # a reversal has both signs turned
    joins = min(abs(interest), abs(principal)) * (1 if interest > 0 else -1)
    moved = amounts["principal"] + joins, amounts["interest"] - joins
    capitalised = amounts.get("capitalised", 0) + joins
    return {
        **amounts,
        "principal": moved[0],
        "interest": moved[1],
        "capitalised": capitalised,
    }


def _lines(event, amounts):
    sums = {}
    for name, amount in amounts.items():
        debit, credit = _RULES[event][name]
        sums[debit] = sums.get(debit, 0) + amount
        sums[credit] = sums.get(credit, 0) - amount
    lines = [
        Line(role, _COMPONENT.get(role, ""), max(amount, 0), max(-amount, 0))
        for role, amount in sums.items()
        if amount
    ]
    return check(event, sorted(lines, key=lambda line: line.debit == 0))


def check(event, lines):
    """Return ``lines`` if debits equal credits.

    :raises ValueError: naming the event and the difference
    """
    difference = sum(line.debit - line.credit for line in lines)
    if difference:
        raise ValueError(f"ledger: {event} is out of balance by {difference}")
    return list(lines)

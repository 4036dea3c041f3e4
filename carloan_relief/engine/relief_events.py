"""What a relief does to the books and to the register outside them.

The one place that says so: the quotation shows these events, the ledger posts them.
"""

from . import ledger
from .measures import COMPONENTS, suspended

#: What becomes of amounts outside the books, in the order it happens.
REGISTER = ("waived", "conditional", "capitalised", "carried")


def of_relief(position, revised, change, i=0, *, derecognise=False, exchange=False):
    """Return the events of relief ``i``: [(event, amounts)], in the order posted.

    Topped up, given up, forgiven, capitalised, then the gain or loss. Every amount
    is one that ``engine.ledger.entry`` knows; an event may be without effect.

    Given up: against the allowance where one is held, topped up first, for it never
    goes negative; else a loss of the modification. What is waived on completion is
    provided for now, so that a broken plan leaves nothing to put back; with
    ``derecognise`` it leaves the books at once by a second waiver, and a broken plan
    reinstates it. What was never recognised needs no entry (see ``in_register``).

    With ``exchange`` the change is substantial: the old claim leaves with its allowance
    and a new one enters at its fair value (``valuation.exchange``), instead of a gain
    or loss of the old one.

    :param Modification change: of the same loans
    """
    hidden = suspended(position, revised)
    waived = _recognised(revised.waived, hidden["waived"], i)
    held = _recognised(revised.conditional, hidden["conditional"], i)
    gone = held if derecognise else dict.fromkeys(COMPONENTS, 0)
    later = 0 if derecognise else sum(held.values())
    capitalised = _recognised(revised.capitalised, hidden["capitalised"], i)
    allowance = int(position.allowance[i])
    unearned = sum(int(part[i]) for part in hidden["capitalised"].values())
    given_up = _given_up((waived, gone), int(revised.forgiven[i]), later, allowance)
    last = ("modify", {"loss": int(change.loss[i])})
    if exchange:
        left = _allowance_left(given_up, allowance) - later
        last = ("exchange", _exchanged(int(change.loss[i]), left))
    return [
        *given_up,
        # suspended interest joins through the adjustment: no income
        ("capitalise", capitalised | {"suspended": unearned}),
        last,
    ]


def _allowance_left(events, allowance):
    """Return the allowance after what was given up used its part of it."""
    for _name, amounts in events:
        allowance += amounts.get("charge", 0) - amounts.get("allowance_used", 0)
    return allowance


def _exchanged(difference, allowance):
    """Return what the allowance covers of a new claim worth less, and the rest."""
    used = max(allowance, 0)
    return {"allowance_used": used, "loss": difference - used}


def in_register(position, revised, i=0):
    """Return what relief ``i`` takes out of the register outside the books.

    :return: {destination: {"interest": int, "penalty": int}} for each of ``REGISTER``
    """
    hidden = suspended(position, revised)
    return {
        name: {c: int(part[i]) for c, part in hidden[name].items()} for name in REGISTER
    }


def of_destination(position, revised, name, i=0):
    """Return the recognised part of one destination, {component: int}.

    :param str name: ``waived``, ``conditional``, ``capitalised`` or ``carried``
    """
    hidden = suspended(position, revised)[name]
    return _recognised(getattr(revised, name), hidden, i)


def with_vat(amounts, pending):
    """Return the amounts of a waiver of claims that include tax not yet due.

    Nothing was received, so the tax never falls due: neither loss nor allowance has
    to bear it.

    :param dict amounts: of a ``waive`` event
    :param int pending: minor units of tax on receipt within what is waived
    """
    if not pending:
        return amounts
    used = amounts.get("allowance_used", 0)
    return amounts | {
        "vat_pending": pending,
        "allowance_used": max(used - pending, 0) if used else 0,
    }


def completion(held, allowance):
    """Return the events that complete a conditional waiver: [(event, amounts)].

    :param dict held: {component: minor units} that were held, all recognised
    :param int allowance: held for the loan; topped up where it falls short
    """
    total = sum(held.values())
    return [
        ("provision", {"charge": max(total - max(allowance, 0), 0)}),
        ("waive", held | {"allowance_used": total}),
    ]


def reinstatement(amounts):
    """Return the lines of what a broken plan brings back, fully provided.

    :param dict amounts: {component: minor units} waived under the condition
    """
    return ledger.entry("reinstate", **amounts)


def _recognised(parts, hidden, i):
    """Return amounts by component less what was never in the books."""
    amounts = {c: int(parts[c][i]) for c in COMPONENTS}
    for component, part in hidden.items():
        amounts[component] -= int(part[i])
    return amounts


def _given_up(waived, forgiven, later, allowance):
    """Waivers (for good, and until a break), what is forgiven, what is provided."""
    sums = [sum(amounts.values()) for amounts in waived]
    used = sums if allowance else [0, 0]
    charge = later
    if allowance:
        charge = max(sum(sums) + forgiven + later - allowance, 0)
    return [
        ("provision", {"charge": charge}),
        *(
            ("waive", amounts | {"allowance_used": total})
            for amounts, total in zip(waived, used, strict=True)
        ),
        (
            "forgive",
            {"principal": forgiven, "allowance_used": forgiven if allowance else 0},
        ),
    ]

"""The journal entries of a relief, in the order they are posted."""

from .. import ledger
from ..measures import COMPONENTS, suspended


def of_relief(position, revised, change):
    """Return [(event, lines)] of one loan, events without effect left out.

    Given up, then capitalised, then the gain or loss, then the first instalment
    billed and paid.

    :param Modification change: of the same loan
    """
    hidden = suspended(position, revised)
    events = [
        *_given_up(position, revised, hidden["waived"]),
        ("capitalise", _capitalised(revised, hidden["capitalised"])),
        ("modify", {"loss": int(change.loss[0])}),
        *_first_instalment(revised, change),
    ]
    posted = [(event, ledger.entry(event, **amounts)) for event, amounts in events]
    return [(event, lines) for event, lines in posted if lines]


def _recognised(parts, hidden):
    """Return amounts by component less what was never in the books."""
    amounts = {c: int(parts[c][0]) for c in COMPONENTS}
    for component, part in hidden.items():
        amounts[component] -= int(part[0])
    return amounts


def _given_up(position, revised, hidden):
    """Waivers and forgiveness, against the allowance where one is held.

    An allowance that falls short is topped up first: it never goes negative. What
    is waived on completion is provided for now and waived in the end, so that a
    broken plan leaves nothing to put back. What was never recognised needs no entry.
    """
    waived = _recognised(revised.waived, hidden)
    forgiven, held = int(revised.forgiven[0]), int(position.allowance[0])
    later = int(sum(revised.conditional.values())[0])
    later -= int(sum(suspended(position, revised)["conditional"].values())[0])
    total = sum(waived.values()) + forgiven
    if not held:
        return [
            ("provision", {"charge": later}),
            ("waive", waived),
            ("forgive", {"principal": forgiven}),
        ]
    return [
        ("provision", {"charge": max(total + later - held, 0)}),
        ("waive", waived | {"allowance_used": sum(waived.values())}),
        ("forgive", {"principal": forgiven, "allowance_used": forgiven}),
    ]


def _capitalised(revised, hidden):
    """Suspended interest joins the principal through the adjustment: no income."""
    unearned = sum(int(part[0]) for part in hidden.values())
    return _recognised(revised.capitalised, hidden) | {"suspended": unearned}


def _first_instalment(revised, change):
    """The first instalment after the relief, billed and paid.

    Carried interest has been billed before: it is paid, not billed again.
    """
    after = revised.after
    if not after.count[0]:
        return []
    due = {c: int(getattr(after, c)[0, 0]) for c in ("principal", "interest", "fee")}
    here = not revised.terms.holiday[0] and not revised.terms.low_rows[0]
    carried = int(revised.carried["interest"][0]) if here else 0
    unwind = int(change.unwind[0, 0])
    billed = due | {"interest": due["interest"] - carried, "unwind": unwind}
    events = [("bill", billed)]
    if due["principal"] + due["interest"] > 0:
        events.append(("repay", due))
    return events

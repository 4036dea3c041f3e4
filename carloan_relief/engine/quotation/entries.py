"""The journal entries of a relief, in the order they are posted."""

from .. import ledger, relief_events


def of_relief(position, revised, change):
    """Return [(event, lines)] of one loan, events without effect left out.

    What the relief changes, then the first instalment billed and paid.

    :param Modification change: of the same loan
    """
    events = [
        *relief_events.of_relief(position, revised, change),
        *_first_instalment(revised, change),
    ]
    posted = [(event, ledger.entry(event, **amounts)) for event, amounts in events]
    return [(event, lines) for event, lines in posted if lines]


def _first_instalment(revised, change):
    """The first instalment after the relief, billed and paid.

    Carried interest has been billed before: it is paid, not billed again.
    """
    after = revised.after
    if not after.count[0]:
        return []
    due = {c: int(getattr(after, c)[0, 0]) for c in ("principal", "interest", "fee")}
    carried = int(revised.collected[0, 0])
    unwind = int(change.unwind[0, 0])
    billed = due | {"interest": due["interest"] - carried, "unwind": unwind}
    events = [("bill", billed)]
    if due["principal"] + due["interest"] > 0:
        events.append(("repay", due))
    return events

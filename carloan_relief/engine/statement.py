"""The account of one loan, event by event, with running balances.

What falls due raises the balance due; money and relief lower it. Outstanding principal
is all principal, due or not. All amounts are int minor units.
"""

COMPONENTS = ("principal", "interest", "fee", "penalty")
#: What a movement may change: principal not yet due, what is due, what was paid ahead
#: (negative while it is there), and what is held until a plan is completed.
PARTS = ("undue", *COMPONENTS, "credit", "held")


def statement(movements, before=0):
    """Return opening, rows, totals and closing of an account.

    :param movements: list of dicts in order of time: changes of ``PARTS``, positive
        where the borrower owes more; `paid`, whether the event is money of the
        borrower, or such money that went back; and where it pays what was written off,
        `recovered`: what fell due by that alone, within the changes
    :param int before: how many of them lie before the period
    :return: dict `opening`, `closing`: {`due`, `outstanding`, and what is owed of each
        part}, `rows` (the movements of the period, each with `charged`, `received`,
        `relieved`, `due` and `outstanding` after it) and `totals` of the rows
    """
    balances = dict.fromkeys(PARTS, 0)
    for movement in movements[:before]:
        _add(balances, movement)
    opening = _position(balances)
    rows = []
    for movement in movements[before:]:
        _add(balances, movement)
        position = _position(balances)
        rows.append(
            {
                **movement,
                **_columns(movement),
                "due": position["due"],
                "outstanding": position["outstanding"],
            }
        )
    names = ("charged", "received", "relieved")
    return {
        "opening": opening,
        "rows": rows,
        "totals": {name: sum(row[name] for row in rows) for name in names},
        "closing": _position(balances),
    }


def _columns(movement):
    """Return what a movement charged, received and relieved.

    A claim written off is due again as far as it is paid: that part stands in the
    same row, beside the money.
    """
    recovered = movement.get("recovered", 0)
    change = _due(movement) - recovered
    paid = movement["paid"]
    return {
        "charged": max(recovered, 0) + (0 if paid else max(change, 0)),
        "received": -change if paid else 0,
        "relieved": max(-recovered, 0) + (0 if paid else max(-change, 0)),
    }


def _add(balances, movement):
    for name in balances:
        balances[name] += movement[name]


def _due(parts):
    """Return what is due: all components, less what was paid ahead."""
    return sum(parts[name] for name in COMPONENTS) + parts["credit"]


def _position(balances):
    return {
        **balances,
        "due": _due(balances),
        "outstanding": balances["undue"] + balances["principal"],
    }

"""What a change of a schedule changed, in the figures a person compares."""

#: what is compared, in the order in which it is read
FIGURES = (
    "instalment",
    "last_instalment",
    "count",
    "last_due_date",
    "interest",
    "fee",
    "due_now",
    "total",
)


def summary(rows, due_now=0):
    """Return the figures of what remains to be paid.

    :param rows: list of dicts `due_date`, `instalment`, `interest`, `fee`, the oldest
        first; amounts in minor units
    :param int due_now: overdue amounts to be paid beside the rows, minor units
    :return: dict of ``FIGURES``. The instalment is the highest of all but the last
        row, which takes the residue: a pause at the start does not hide it.
    """
    paid = [row["instalment"] for row in rows]
    return {
        "instalment": max(paid[:-1] or paid, default=0),
        "last_instalment": paid[-1] if paid else 0,
        "count": len(paid),
        "last_due_date": rows[-1]["due_date"] if rows else None,
        "interest": sum(row["interest"] for row in rows),
        "fee": sum(row["fee"] for row in rows),
        "due_now": due_now,
        "total": sum(paid) + due_now,
    }


def compare(before, after):
    """Return [(figure, before, after, difference)] of two summaries.

    The difference of days is in days; None where one side has no day. Fees and
    overdue amounts that are zero on both sides are left out.
    """
    table = []
    for name in FIGURES:
        old, new = before[name], after[name]
        if name in ("fee", "due_now") and not (old or new):
            continue
        if name == "last_due_date":
            table.append((name, old, new, (new - old).days if old and new else None))
        else:
            table.append((name, old, new, new - old))
    return table

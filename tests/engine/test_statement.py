"""The account of a loan, against sums by hand."""

from engine.statement import PARTS, statement


def _movement(paid=False, **amounts):
    return {**dict.fromkeys(PARTS, 0), "paid": paid, **amounts}


LIFE = [
    _movement(undue=1000),
    _movement(undue=-100, principal=100, interest=10),
    _movement(paid=True, principal=-100, interest=-10, credit=-40),
    _movement(undue=-100, principal=100, interest=9),
    # what was paid ahead settles: no money comes
    _movement(paid=True, principal=-31, interest=-9, credit=40),
    _movement(principal=-69, undue=69),
]


def test_whole_life():
    found = statement(LIFE)
    assert [row["due"] for row in found["rows"]] == [0, 110, -40, 69, 69, 0]
    assert [row["outstanding"] for row in found["rows"]] == [
        1000,
        1000,
        900,
        900,
        869,
        869,
    ]
    assert found["totals"] == {"charged": 219, "received": 150, "relieved": 69}
    assert found["closing"]["credit"] == 0
    assert found["opening"]["due"] == found["opening"]["outstanding"] == 0


def test_periods_join():
    whole = statement(LIFE)
    for cut in range(len(LIFE) + 1):
        first, second = statement(LIFE[:cut]), statement(LIFE, cut)
        assert first["closing"] == second["opening"]
        assert second["closing"] == whole["closing"]
        for name, total in whole["totals"].items():
            assert first["totals"][name] + second["totals"][name] == total


def test_nothing_happened():
    found = statement([])
    assert found["rows"] == []
    assert set(found["closing"].values()) == {0}


def test_what_was_written_off_is_due_as_it_is_paid():
    """One row: 40 of the 100 pay the claim, 60 what stood in the books."""
    paid = _movement(paid=True, principal=-60, recovered=40)
    back = _movement(paid=True, principal=60, recovered=-40)
    vehicle = _movement(recovered=25)
    found = statement([_movement(principal=60), paid, back, vehicle])
    columns = [
        tuple(row[name] for name in ("charged", "received", "relieved", "due"))
        for row in found["rows"]
    ]
    assert columns == [
        (60, 0, 0, 60),
        (40, 100, 0, 0),
        (0, -100, 40, 60),
        (25, 0, 25, 60),
    ]
    totals = found["totals"]
    assert totals["charged"] - totals["received"] - totals["relieved"] == 60

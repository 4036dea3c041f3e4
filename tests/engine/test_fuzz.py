"""Malformed requests: an answer or one line that names a field, never a traceback."""

import copy
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from engine.fields import FieldError
from engine.quotation import answer, reading

QUOTE = Path(__file__).resolve().parents[2] / "scripts/quote.py"
#: How many objects are tried in this process, and how many by the program.
IN_PROCESS, BY_PROGRAM = 10_000, 250
TERMS = {
    "principal": "9000.00",
    "annual_rate": "0.072",
    "instalments": 5,
    "period": "month",
    "method": "annuity",
    "balloon": "0",
    "start_date": "2026-01-15",
    "first_due_date": "2026-02-15",
    "day_count": "period",
    "rounding": "0.01",
    "instalment_rounding": "1",
    "fee": "2",
    "upfront_fee_in_eir": "30",
}
STATUS = {
    "as_of": "2026-03-20",
    "paid": {"instalments": 1},
    "penalty_rate": "0.1",
    "grace_days": 3,
    "allocation": ["fee", "penalty", "interest", "principal"],
    "interest_suspended": "5.00",
    "allowance": "10",
}
MEASURES = [
    {"kind": "extend", "instalments": 3},
    {"kind": "rate", "annual_rate": "0.03", "instalments": 2, "from": "2026-03-18"},
    {"kind": "holiday", "instalments": 1, "interest": "waive"},
    {
        "kind": "lower_instalment",
        "amount": "500",
        "instalments": 2,
        "then": "reamortise",
    },
    {"kind": "capitalise", "components": ["interest", "fee"]},
    {"kind": "carry", "components": ["interest"]},
    {"kind": "waive", "component": "interest", "percent": 50, "when": "now"},
    {"kind": "waive", "component": "fee", "amount": "1", "when": "on_completion"},
    {"kind": "forgive_principal", "amount": "100"},
    {"kind": "defer_principal", "percent": 20},
    {"kind": "redate", "first_due_date": "2026-04-20"},
]
HOUSEHOLD = {"net_income": "900", "living": "400", "other_debt": "1", "dependants": 1}
ASSUME = {
    "pd_no_relief": "0.4",
    "pd_relief": "0.1",
    "lgd": "0.45",
    "discount_rate": "0.06",
    "cure": "0.2",
    "redefault": "0.5",
}
CASHFLOWS = {
    "unit_period": "month",
    "cashflows": [
        {"date": "2026-01-15", "amount": "1000"},
        {"date": "2026-02-20", "amount": "-600"},
        {"date": "2026-04-01", "amount": "-500"},
    ],
}
PAYMENTS = {"payments": [{"date": "2026-02-15", "amount": "100"}] * 2}
CHOICES = {
    "method": ["annuity", "equal_principal", "interest_only", "balloon", "flat"],
    "period": ["month", "fortnight", "week"],
    "day_count": ["period", "30/360", "30E/360", "ACT/365", "ACT/360", "ACT/ACT"],
    "interest": ["pay", "capitalise", "defer", "waive"],
    "then": ["reamortise", "extend", "balloon"],
    "when": ["now", "on_completion"],
    "unit_period": ["month", "half_month", "fortnight", "week", "quarter", "year"],
}
JUNK = [
    *(None, "", "x", " ", "nan", "Infinity", "1e5", "-1", "0", "9", "0.5", "٣", "\x00"),
    *(-1, 0, 1, 7, 1559, 0.1, 2.5, -0.0, 1e-9, 1e16, 1e308, 10**15, 10**40, -(10**30)),
    *(
        True,
        False,
        [],
        {},
        [[]],
        [None],
        {"kind": "extend"},
        "2026-02-30",
        "9999-12-31",
    ),
    *("0001-01-01", "2026-03-15", "2026-04-15", "2199-12-31", "2026-01-15T00:00"),
]


def draw(rng):
    """Return a sound request of some sort."""
    if rng.random() < 0.12:
        return copy.deepcopy(CASHFLOWS)
    request = {"terms": dict(TERMS)}
    if rng.random() < 0.8:
        request["status"] = copy.deepcopy(STATUS)
        if rng.random() < 0.3:
            request["status"]["paid"] = copy.deepcopy(PAYMENTS)
    if rng.random() < 0.8:
        count = rng.randint(0, 4)
        request["measures"] = copy.deepcopy(rng.sample(MEASURES, count))
    if rng.random() < 0.3:
        request |= {"household": dict(HOUSEHOLD), "assume": dict(ASSUME)}
    return request


def places(value, found):
    """Collect every (container, key) of a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            places(value[key], found)
    return found


def spoil(rng, request):
    """Change one place of a request, in place."""
    container, key = rng.choice(places(request, []))
    how = rng.random()
    if how < 0.15 and isinstance(container, dict):
        del container[key]
    elif how < 0.25 and isinstance(container, dict):
        container[rng.choice(["x", "", "kind", "from", "amount"])] = rng.choice(JUNK)
    elif how < 0.45 and key in CHOICES:
        container[key] = rng.choice(CHOICES[key])
    elif how < 0.5 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    else:
        container[key] = copy.deepcopy(rng.choice(JUNK))


def malformed(rng):
    request = draw(rng)
    for _ in range(rng.randint(1, 3)):
        if request:
            spoil(rng, request)
    return request


def test_malformed_objects_never_give_a_traceback():
    rng, refused = random.Random(4), 0
    for _ in range(IN_PROCESS):
        text = json.dumps(malformed(rng))
        try:
            result = answer.answer(reading.parse(text.encode()))
        except FieldError as error:
            refused += 1
            assert str(error).startswith(error.field or ":") and error.field != "value"
        except OverflowError as error:
            refused += 1
            assert str(error)
        except Exception as error:
            raise AssertionError(text) from error
        else:
            json.dumps(result, allow_nan=False)
    assert IN_PROCESS * 0.3 < refused < IN_PROCESS


def test_the_program_answers_a_list_or_names_the_item():
    rng = random.Random(5)
    sound, text = [], []
    while len(sound) < BY_PROGRAM:
        request = draw(rng)
        if rng.random() < 0.5:
            spoil(rng, request)
        try:
            answer.answer(reading.parse(json.dumps(request).encode()))
        except (FieldError, OverflowError):
            text.append(request)
        else:
            sound.append(request)
    done = run(sound)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert len(json.loads(done.stdout)) == len(sound)
    for bad in text[:8]:
        done = run([*sound[:3], bad])
        assert done.returncode == 2 and not done.stdout
        lines = done.stderr.decode().splitlines()
        assert len(lines) == 1 and lines[0].startswith("[3]."), lines


def run(request):
    return subprocess.run(
        [sys.executable, str(QUOTE)],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=60,
    )


def money_of(rows, name):
    return [Decimal(row[name]) for row in rows]


def test_sound_requests_whose_answers_add_up_whatever_the_order_of_measures():
    """Rows, destinations, entries and the unwinding, over random combinations."""
    rng, seen = random.Random(6), 0
    for _ in range(400):
        request = draw(rng)
        if "measures" not in request:
            continue
        try:
            result = answer.answer(copy.deepcopy(request))
        except FieldError:
            continue  # a combination that a plan cannot hold
        seen += 1
        rng.shuffle(request["measures"])
        assert answer.answer(request) == result, request
        adds_up(result)
    assert seen > 100


def adds_up(result):
    gone = result["destinations"]
    for component, parts in gone.items():
        owed = Decimal(result["position"]["overdue"][component])
        assert sum(map(Decimal, parts.values())) == owed, component
    joined = sum(Decimal(parts["capitalised"]) for parts in gone.values())
    opening = Decimal(result["position"]["undue_principal"]) + joined
    opening -= Decimal(result["concession"]["principal"])
    rows = result["after"]["schedule"]
    assert sum(money_of(rows, "principal")) == opening
    parts = [money_of(rows, name) for name in ("principal", "interest", "fee")]
    assert money_of(rows, "instalment") == [
        sum(row) for row in zip(*parts, strict=True)
    ]
    assert Decimal(rows[-1]["balance"]) == 0
    for entry in result["entries"]:
        lines = entry["lines"]
        assert sum(money_of(lines, "debit")) == sum(money_of(lines, "credit"))
    value, carried = result["valuation"], Decimal(gone["interest"]["carried"])
    left = Decimal(value["pv_after"]) - opening - carried
    assert sum(map(Decimal, value["unwind"])) == -left

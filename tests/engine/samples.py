"""Worked cases shared with the team, and loans drawn at random."""

import json
from pathlib import Path

import numpy as np
import pytest
from engine.measures import Plans, Position
from engine.schedule import Terms

CASES = Path(__file__).resolve().parents[3] / "shared/cases/rules_and_entries.json"

METHODS = ("annuity", "equal_principal", "interest_only", "balloon", "flat")
DAY_COUNTS = ("period", "30/360", "30E/360", "ACT/365", "ACT/360", "ACT/ACT")
PERIODS = ("month", "fortnight", "week")

#: The base loan of the worked cases: 120,000 at 7.20 % over 36 months.
BASE = {
    "principal": 12000000,
    "annual_rate": 0.072,
    "instalments": 36,
    "start_date": "2026-01-15",
    "first_due_date": "2026-02-15",
}


def cases(section):
    """Return {id: case} of a section of the worked cases, or skip saying so."""
    if not CASES.is_file():
        pytest.skip("the worked cases (shared/cases) are not on this machine")
    rows = json.loads(CASES.read_text(encoding="utf-8"))[section]
    return {row["id"]: row for row in rows}


def amounts(identifier):
    """Return the expected amounts of an accounting case."""
    return cases("accounting_cases")[identifier]["expected"]["amounts"]


def minor(text):
    """Return "12.34" as 1234."""
    return round(float(text) * 100)


def after_12(**more):
    """Return the base loan after 12 instalments paid: 82,834.67 over 24."""
    columns = {
        "as_of": "2027-01-15",
        "principal": 8283467,
        "annual_rate": 0.072,
        "instalments": 24,
        "last_due_date": "2027-01-15",
        "next_due_date": "2027-02-15",
        "level": 371623,
    }
    return Position.of(**{**columns, **more})


def plan(*measures):
    """Return one plan from measures in JSON form."""
    return Plans.from_dicts([list(measures)])


def draw(rng):
    """Return the terms of one random loan, as the reference takes them."""
    method = str(rng.choice(METHODS))
    principal = int(rng.integers(1_000, 50_000_000))
    start = np.datetime64("2020-01-01") + int(rng.integers(0, 3000))
    wait = int(rng.choice([7, 14, 28, 30, 31, 45, 75]))
    rate = round(float(rng.choice([0, rng.uniform(0, 0.36), rng.uniform(0, 1)])), 6)
    return {
        "principal": f"{principal / 100:.2f}",
        "annual_rate": f"{rate:.6f}",
        "instalments": int(rng.integers(1, 85)),
        "method": method,
        "period": str(rng.choice(PERIODS)),
        "day_count": str(rng.choice(DAY_COUNTS)),
        "start_date": str(start),
        "first_due_date": str(start + wait),
        "balloon": f"{principal // 3 / 100:.2f}" if method == "balloon" else "0",
    }


def terms_of(drawn):
    """Return engine terms of a list of random loans."""
    money = ("principal", "balloon")
    columns = {name: [row[name] for row in drawn] for name in drawn[0]}
    for name in money:
        columns[name] = [minor(value) for value in columns[name]]
    columns["annual_rate"] = [float(value) for value in columns["annual_rate"]]
    return Terms.of(**columns)

"""Worked examples of public sources, through the contract of the quotation."""

import datetime
import json
from pathlib import Path

import pytest
import reference
from engine.quotation import answer

FILE = Path(__file__).parent / "cases" / "public_examples.json"
EXAMPLES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def repeated(flow):
    """Return a flow as often as it is paid, each on its date."""
    flow = dict(flow)
    times, every = flow.pop("times", 1), flow.pop("every", "none")
    first = datetime.date.fromisoformat(flow["date"])
    for n in range(times):
        day = first
        if every in MONTHS:
            day = reference.next_due(first, n * MONTHS[every], "month", first.day)
        elif every != "none":
            day = reference.next_due(first, n, every, first.day)
        yield {**flow, "date": day.isoformat()}


def request_of(example):
    request = dict(example["request"])
    if "cashflows" in request:
        flows = request["cashflows"]
        request["cashflows"] = [row for flow in flows for row in repeated(flow)]
    return request


def at(result, path):
    for step in path.split("."):
        result = result[int(step)] if step.isdigit() else result[step]
    return result


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_public_example(example):
    result = answer.answer(request_of(example))
    for path, expected in example["expect"].items():
        found, value = at(result, path), expected["value"]
        if "within" in expected:
            assert float(found) == pytest.approx(float(value), abs=expected["within"])
        else:
            assert found == value, path


def test_there_are_enough_and_each_names_its_source():
    assert len(EXAMPLES) >= 20
    assert all(row["source"] and row["url"].startswith("http") for row in EXAMPLES)

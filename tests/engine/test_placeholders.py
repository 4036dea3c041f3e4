"""Texts with fields to fill in: what is kept, what falls away, what is refused."""

import pytest
from markupsafe import Markup
from tools import placeholders

KNOWN = ("borrower", "consents", "schedule", "due")
TABLE = Markup("<table><tr><td>1</td></tr></table>")


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("<p>{{ borrower }}</p>", {"borrower": "Li"}, "<p>Li</p>"),
        ("<p>{{borrower}}!</p>", {"borrower": None}, "<p>!</p>"),
        ("<p>{{ borrower\n }}.</p>", {"borrower": 7}, "<p>7.</p>"),
        # what a person typed is text, never a tag
        ("<p>{{ borrower }}</p>", {"borrower": "<b>&"}, "<p>&lt;b&gt;&amp;</p>"),
        # nor a field again
        ("<p>{{ borrower }}</p>", {"borrower": "{{ due }}"}, "<p>{{ due }}</p>"),
        ("<p>{{ schedule }}</p><p>x</p>", {"schedule": TABLE}, f"{TABLE}<p>x</p>"),
        ("a{{#due}}b{{ due }}{{/due}}c", {"due": "9"}, "ab9c"),
        ("a{{#due}}b{{ due }}{{/due}}c", {"due": ""}, "ac"),
        ("a{{^due}}b{{/due}}c", {"due": ""}, "abc"),
        ("a{{^due}}b{{/due}}c", {"due": "9"}, "ac"),
        (
            "a{{#due}}b{{#consents}}c{{/consents}}d{{/due}}e",
            {"due": False, "consents": "X"},
            "ae",
        ),
        (
            "a{{#due}}b{{^consents}}c{{/consents}}d{{/due}}e",
            {"due": "1", "consents": "X"},
            "abde",
        ),
        (None, {}, ""),
    ],
)
def test_fill(text, values, filled):
    assert placeholders.fill(text, values) == filled


def test_only_what_is_asked_for_is_worked_out_and_once():
    calls = []

    def schedule():
        calls.append("schedule")
        return TABLE

    def fail():
        raise AssertionError("nobody asked")

    values = {"schedule": schedule, "borrower": fail}
    placeholders.fill("{{#schedule}}{{ schedule }}{{/schedule}}", values)
    assert calls == ["schedule"]


@pytest.mark.parametrize(
    ("text", "reason", "name"),
    [
        ("{{ salary }}", "unknown", "salary"),
        ("{{ borrower.name }}", "unknown", "borrower.name"),
        ("{{ env['res.users'] }}", "unknown", "env['res.users']"),
        ("{{ __class__ }}", "unknown", "__class__"),
        ("{{#due}}x", "unclosed", "due"),
        ("x{{/due}}", "unopened", "due"),
        ("{{#due}}{{#consents}}{{/due}}{{/consents}}", "unopened", "due"),
        ('<a href="{{ borrower }}">x</a>', "attribute", '<a href="{{ borrower }}">'),
        ("{{ borrower", "unclosed", "{{"),
        ("borrower }}", "unclosed", "}}"),
    ],
)
def test_refused(text, reason, name):
    with pytest.raises(placeholders.PlaceholderError) as error:
        placeholders.check(text, KNOWN)
    assert (error.value.reason, error.value.name) == (reason, name)


def test_what_may_stand():
    placeholders.check("<p>{{ borrower }}{{#due}} {{ due }}{{/due}}</p>", KNOWN)
    assert placeholders.names("{{ a }}{{#b}}{{/b}}") == {"a", "b"}

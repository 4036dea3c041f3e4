"""Texts with fields to fill in: ``{{ borrower }}``, and parts that may fall away.

``{{#consents}} ... {{/consents}}`` is kept when the field has a value, ``{{^consents}}
... {{/consents}}`` when it has none. Nothing else is understood: no expression, no
attribute, no call, so that whoever may edit a text may not thereby run code.
"""

import re

from markupsafe import Markup, escape

_TOKEN = re.compile(r"\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}")
# a block (a table, a list) must not stand inside the paragraph that names it alone
_ALONE = re.compile(r"<(p|div)(?:\s[^<>]*)?>\s*(\{\{\s*\w+\s*\}\})\s*(?:<br/?>)?</\1>")
_TAG = re.compile(r"<[^<>]*>")


class PlaceholderError(ValueError):
    """A text that cannot be filled in: ``reason`` and the ``name`` it is about.

    :ivar str reason: unknown, attribute, unclosed or unopened
    """

    def __init__(self, reason, name):
        super().__init__(f"{reason}: {name}")
        self.reason, self.name = reason, name


def names(text):
    """Return the names that a text asks for, sections included."""
    return {name for _mark, name in _TOKEN.findall(text or "")}


def check(text, known):
    """Refuse a text that could not be filled in.

    :param str text: HTML
    :param known: names that have a value
    :raise PlaceholderError: naming the first field that is wrong
    """
    text = text or ""
    for tag in _TAG.findall(text):
        if "{{" in tag or "}}" in tag:
            raise PlaceholderError("attribute", tag)
    opened = []
    for mark, name in _TOKEN.findall(text):
        if name not in known:
            raise PlaceholderError("unknown", name)
        if mark == "/":
            if not opened or opened.pop() != name:
                raise PlaceholderError("unopened", name)
        elif mark:
            opened.append(name)
    if opened:
        raise PlaceholderError("unclosed", opened[-1])
    rest = _TOKEN.sub("", text)
    for brace in ("{{", "}}"):
        if brace in rest:
            raise PlaceholderError("unclosed", brace)


def fill(text, values):
    """Return the text with its fields filled in.

    :param str text: HTML that ``check`` let pass
    :param dict values: name -> text, Markup of our own making, or a function without
        arguments that returns one and is called only when the text asks for it; any
        value but Markup is escaped
    :rtype: Markup
    """
    found = _Values(values)
    text = _ALONE.sub(
        lambda match: (
            match[2] if _is_markup(found, match[2]) or not found[match[2]] else match[0]
        ),
        text or "",
    )
    parts, hidden = [], []
    position = 0
    for token in _TOKEN.finditer(text):
        mark, name = token.groups()
        if not hidden:
            parts.append(Markup(text[position : token.start()]))
        position = token.end()
        if mark == "/":
            if hidden:
                hidden.pop()
        elif mark:
            # inside a part that falls away, what it holds falls away as well
            if hidden or bool(found[name]) == (mark == "^"):
                hidden.append(name)
        elif not hidden:
            parts.append(escape(found[name]))
    parts.append(Markup(text[position:]))
    return Markup("").join(parts)


def _is_markup(found, token):
    return isinstance(found[token], Markup)


class _Values:
    """Values by name, each worked out once and only if it is asked for."""

    def __init__(self, values):
        self._values = values
        self._done = {}

    def __getitem__(self, name):
        name = name.strip("{} ")
        if name not in self._done:
            value = self._values.get(name)
            value = value() if callable(value) else value
            empty = value is None or value is False
            self._done[name] = "" if empty else value
        return self._done[name]

"""Sentences made without Odoo that Odoo can still say in the reader's language."""


class Words(str):
    """A sentence that keeps its pattern and its values.

    It is the English text for whoever prints it. The export of terms finds it by the
    name ``_``, under which it is imported.
    """

    def __new__(cls, source, **values):
        words = super().__new__(cls, source % values if values else source)
        words.source, words.values = source, values
        return words


def say(env, text):
    """Return a text in the language of the environment, if it knows how it was made."""
    if not isinstance(text, Words):
        return text
    values = {name: say(env, value) for name, value in text.values.items()}
    return env._(text.source, **values)

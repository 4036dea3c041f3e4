"""Ends of a range as people type them: an empty cell is an open end."""

import math


def parse_end(text, open_end):
    """Return the number of a cell, or the open end of an empty one.

    :raises ValueError: for what is no number
    """
    value = float(text) if (text or "").strip() else open_end
    if math.isnan(value):
        raise ValueError(text)
    return value

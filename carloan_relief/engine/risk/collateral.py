"""What a vehicle is worth on a date, from its last valuation and a curve.

A curve says which share of the price of a new vehicle is left at each age; a value is
brought forward by the ratio of the shares at the two ages, so that a car of one year
loses more in the next than one of eight.

    >>> import numpy as np
    >>> curve = Curve((0, 1, 2), (1.0, 0.8, 0.7))
    >>> [round(float(x), 4) for x in shares([0.5, 1, 9], curve)]
    [0.9, 0.8, 0.7]
"""

from typing import NamedTuple

import numpy as np

from ..fields import FieldError

#: Days of a year.
YEAR = 365.25


class Curve(NamedTuple):
    """Ages in years, rising, and the share of the new price left at each."""

    ages: tuple
    shares: tuple


def check(curve):
    """Refuse a curve that cannot be right.

    :raises FieldError: naming the age and what is wrong with it
    """
    if not curve.ages:
        raise FieldError("ages", "a curve needs at least one age")
    for age, share in zip(*curve, strict=True):
        if not 0 < share <= 1:
            raise FieldError("share", f"{share} at {age} years is outside 0 to 1")
    pairs = list(zip(*curve, strict=True))
    for (age, share), (later, left) in zip(pairs, pairs[1:], strict=False):
        if later <= age:
            raise FieldError("ages", f"{later} years come after {age} years")
        if left > share:
            raise FieldError("share", f"rises from {share} to {left} at {later} years")


def shares(age, curve):
    """Return the share of the new price left at an age; the ends go on flat."""
    return np.interp(np.maximum(age, 0.0), curve.ages, curve.shares)


def value_at(value, value_day, day, registered, curve_of, curves, yearly):
    """Return the value of N vehicles on a day, nan where none is known.

    :param value: (N,) value on ``value_day``
    :param value_day: (N,) days since 1970-01-01
    :param day: datetime64[D]
    :param registered: (N,) day from which the age counts, nan: not known
    :param curve_of: (N,) index into ``curves``, nan: none holds
    :param curves: list of :class:`Curve`
    :param yearly: share lost in a year where there is no curve or no age
    """
    value = np.asarray(value, np.float64)
    today = np.datetime64(day, "D").astype(np.int64)
    years = np.maximum(today - np.asarray(value_day, np.float64), 0) / YEAR
    factor = (1.0 - yearly) ** years
    for number, curve in enumerate(curves):
        here = (curve_of == number) & ~np.isnan(registered)
        then = shares((np.asarray(value_day) - registered)[here] / YEAR, curve)
        now = shares((today - registered)[here] / YEAR, curve)
        # a valuation of later than the day is not brought back
        factor[here] = np.minimum(now / then, 1.0)
    return value * factor

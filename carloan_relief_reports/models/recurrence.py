"""When something that repeats comes next, on the clock of a place. No Odoo here."""

import pytz
from dateutil.relativedelta import relativedelta

UNITS = {
    "day": {"days": 1},
    "week": {"weeks": 1},
    "month": {"months": 1},
    "quarter": {"months": 3},
    "year": {"years": 1},
}
# at most this long, to leave out the steps that are surely past
LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def next_after(start, moment, number, unit, zone):
    """Return the first occurrence after a moment; both are naive UTC.

    Counted from the start each time, so that the 31st comes back after a short month,
    and on the wall clock of the zone, so that eight o'clock stays eight o'clock when
    the clocks change. What was missed while nothing ran is not made up for: the next
    occurrence is one, however long the pause.

    :param number: every so many units
    :param unit: a key of UNITS
    :param zone: pytz time zone
    """
    wall = pytz.utc.localize(start).astimezone(zone).replace(tzinfo=None)
    step = max(0, (moment - start).days // (LONGEST[unit] * number) - 1)
    while True:
        found = _to_utc(wall + _span(unit, number * step), zone)
        if found > moment:
            return found
        step += 1


def _span(unit, count):
    return relativedelta(**{name: size * count for name, size in UNITS[unit].items()})


def _to_utc(wall, zone):
    """Return naive UTC of a wall clock; a time that is skipped moves an hour on."""
    aware = zone.normalize(zone.localize(wall, is_dst=False))
    return aware.astimezone(pytz.utc).replace(tzinfo=None)

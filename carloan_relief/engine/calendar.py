"""Due dates, the month-end rule and day counts, on arrays of dates."""

import numpy as np

PERIODS = ("month", "fortnight", "week")
DAY_COUNTS = ("period", "30/360", "30E/360", "ACT/365", "ACT/360", "ACT/ACT")

_PER_YEAR = {"month": 12, "fortnight": 26, "week": 52}
_STEP_DAYS = {"fortnight": 14, "week": 7}
_DAY = "datetime64[D]"


def periods_per_year(period):
    """Return instalments a year: 12, 26 or 52, int64 of the shape of ``period``."""
    period = np.asarray(period, dtype=str)
    return np.select([period == p for p in PERIODS], list(_PER_YEAR.values()), 0)


def due_dates(first_due_date, count, period, due_day=None):
    """Return the due dates of N loans.

    A due day of 31 falls on the last day of a shorter month and comes back in a
    longer one. The first date is taken as given, whatever the due day.

    :param first_due_date: (N,) dates
    :param count: (N,) instalments
    :param period: (N,) or one of ``PERIODS``
    :param due_day: (N,) 1..31; None or 0 = the day of the first due date
    :return: (N, M) ``datetime64[D]``, NaT beyond each count
    """
    first = np.atleast_1d(np.asarray(first_due_date, dtype=_DAY))
    count = np.broadcast_to(np.asarray(count, dtype=np.int64), first.shape)
    steps = np.arange(int(count.max(initial=0)), dtype=np.int64)[:, None]
    table = _shift(first, steps, period, due_day)
    if steps.size:
        table[0] = first
    table[steps >= count] = np.datetime64("NaT")
    return table.T


def add_periods(date, n, period, due_day=None):
    """Return the date ``n`` periods after ``date`` (n may be negative)."""
    date = np.asarray(date, dtype=_DAY)
    shape = np.broadcast_shapes(date.shape, np.shape(n), np.shape(period))
    flat = np.broadcast_to(date, shape or (1,))
    moved = _shift(flat, np.asarray(n, dtype=np.int64), period, due_day)
    return moved.reshape(shape)[()]


def period_start(first_due_date, period, due_day=None):
    """Return the date one period before the first due date."""
    return add_periods(first_due_date, -1, period, due_day)


def _shift(first, steps, period, due_day):
    """Move (N,) dates by ``steps`` ((N,) or (M, 1)) periods of each loan."""
    period = np.broadcast_to(np.asarray(period, dtype=str), first.shape)
    days = np.select([period == p for p in _STEP_DAYS], list(_STEP_DAYS.values()), 0)
    monthly = days == 0
    if monthly.all():
        return _shift_months(first, steps, due_day)
    by_days = first.view(np.int64) + steps * days
    if not monthly.any():
        return by_days.view(_DAY)
    by_months = _shift_months(first, steps, due_day)
    return np.where(monthly, by_months, by_days.view(_DAY))


def _shift_months(first, steps, due_day):
    day = day_of_month(first)
    if due_day is not None:
        wanted = np.broadcast_to(np.asarray(due_day, dtype=np.int64), first.shape)
        day = np.where(wanted > 0, wanted, day)
    nat = np.isnat(first)
    # A loan without a date must not stretch the table of months over aeons.
    months = np.where(nat, 0, first.astype("datetime64[M]").astype(np.int64)) + steps
    low = int(months.min(initial=0))
    span = np.arange(low, int(months.max(initial=0)) + 2)
    starts = span.astype("datetime64[M]").astype(_DAY).astype(np.int64)
    # Looking months up in a table is some ten times faster than casting each one.
    index = months - low
    moved = starts[index] + np.minimum(day, np.diff(starts)[index]) - 1
    if nat.any():
        moved = np.where(nat, np.datetime64("NaT").astype(np.int64), moved)
    return moved.view(_DAY)


def day_of_month(dates):
    """Return 1..31 for each date."""
    dates = np.asarray(dates, dtype=_DAY)
    start = dates.astype("datetime64[M]").astype(_DAY)
    return (dates - start).astype(np.int64) + 1


def year_fraction(start, end, basis):
    """Return the exact year fraction between dates as (num, den) of int64.

    ``30/360`` is the US bond basis, ``30E/360`` the European one, ``ACT/ACT`` the
    ISDA rule (days of leap years over 366, other days over 365). ``period`` has no
    fraction of its own: a period is 1 / periods a year, whatever its days.

    :param start, end: dates of one shape
    :param str basis: one of ``DAY_COUNTS`` except ``period``
    :raises ValueError: for any other basis
    """
    start, end = np.asarray(start, dtype=_DAY), np.asarray(end, dtype=_DAY)
    if basis in ("ACT/365", "ACT/360"):
        return (end - start).astype(np.int64), np.int64(int(basis[4:]))
    if basis in ("30/360", "30E/360"):
        return _days_360(start, end, basis == "30E/360"), np.int64(360)
    if basis == "ACT/ACT":
        leap = _leap_days_before(end) - _leap_days_before(start)
        plain = (end - start).astype(np.int64) - leap
        return leap * 365 + plain * 366, np.int64(365 * 366)
    raise ValueError(f"day_count: {basis!r} has no year fraction")


def _days_360(start, end, european):
    first, last = day_of_month(start), day_of_month(end)
    months = end.astype("datetime64[M]") - start.astype("datetime64[M]")
    first = np.minimum(first, 30)
    roll = (last == 31) if european else (last == 31) & (first == 30)
    return months.astype(np.int64) * 30 + np.where(roll, 30, last) - first


def _leap_days_before(date):
    """Days in leap years from 1970-01-01 up to ``date`` (exclusive)."""
    year_start = date.astype("datetime64[Y]")
    year = year_start.astype(np.int64) + 1970
    past = (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400 - 477
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    inside = (date - year_start.astype(_DAY)).astype(np.int64)
    return past * 366 + np.where(leap, inside, 0)

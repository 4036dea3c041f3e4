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


def whole_months(count, period):
    """Return the months that N runs of periods last, rounded up, int64."""
    return -(-np.asarray(count, np.int64) * 12 // periods_per_year(period))


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
    rows = int(count.max(initial=0))
    table = np.empty((rows, first.size), dtype=_DAY)
    mover = _Mover(first, period, due_day, 0, rows)
    shortest = int(count.min(initial=0))
    # row by row, since working arrays of N stay in the cache and those of N x M do not
    for row in range(rows):
        table[row] = mover.at(row) if row else first
        if row >= shortest:
            table[row, row >= count] = np.datetime64("NaT")
    return table.T


def add_periods(date, n, period, due_day=None):
    """Return the date ``n`` periods after ``date`` (n may be negative)."""
    date = np.asarray(date, dtype=_DAY)
    shape = np.broadcast_shapes(date.shape, np.shape(n), np.shape(period))
    flat = np.broadcast_to(date, shape or (1,))
    n = np.asarray(n, dtype=np.int64)
    low, high = int(n.min(initial=0)), int(n.max(initial=0))
    return _Mover(flat, period, due_day, low, high).at(n).reshape(shape)[()]


def period_start(first_due_date, period, due_day=None):
    """Return the date one period before the first due date."""
    return add_periods(first_due_date, -1, period, due_day)


def odd_period(start, first_due_date, period, due_day):
    """Return the length of first periods in periods, as exact (num, den) of int64.

    A period is 1 whatever its days: from a date to the same day of the next month
    (its last day where there is none), 14 days, 7 days. What is broken counts by
    days: whole periods back from the due date, and the days that are left as a share
    of the days of the regular period they lie in (the rule of ICMA for odd coupons).

    :param start, first_due_date, period, due_day: (N,) arrays
    """
    start = np.asarray(start, dtype=_DAY)
    first = np.asarray(first_due_date, dtype=_DAY)
    num, den = np.ones(start.shape, np.int64), np.ones(start.shape, np.int64)
    odd = np.flatnonzero(~_same_day(start, first, np.asarray(period)))
    if odd.size:
        args = start[odd], first[odd], np.asarray(period)[odd], np.asarray(due_day)[odd]
        broken = ~_month_end(*args) & ~np.isnat(args[0]) & ~np.isnat(args[1])
        odd, args = odd[broken], [column[broken] for column in args]
        num[odd], den[odd] = _broken_length(*args)
    return num, den


def _same_day(start, first, period):
    """Tell the plain whole periods, without the work of moving dates."""
    steps = [period == p for p in _STEP_DAYS]
    step = np.select(steps, list(_STEP_DAYS.values()), 0)
    whole = (first - start).astype(np.int64) == step
    monthly = step == 0
    if monthly.any():
        months = [date.astype("datetime64[M]") for date in (start, first)]
        day = start - months[0].astype(_DAY) == first - months[1].astype(_DAY)
        following = (months[1] - months[0]).astype(np.int64) == 1
        whole = np.where(monthly, day & following, whole)
    return whole


def _month_end(start, first, period, due_day):
    """Tell whole periods between the last days of months."""
    whole = add_periods(start, 1, period) == first
    return whole | (add_periods(first, -1, period, due_day) == start)


def _broken_length(start, first, period, due_day):
    days = (first - start).astype(np.int64)
    # no period is longer than 31 days: begin with too few, then step on
    step = np.select([period == p for p in _STEP_DAYS], list(_STEP_DAYS.values()), 31)
    whole = np.maximum(days // step, 0)
    while True:
        early = add_periods(first, -(whole + 1), period, due_day) >= start
        if not early.any():
            break
        whole = whole + early
    edge = add_periods(first, -whole, period, due_day)
    before = add_periods(first, -(whole + 1), period, due_day)
    length = (edge - before).astype(np.int64)
    return whole * length + (edge - start).astype(np.int64), length


class _Mover:
    """Moves (N,) dates by numbers of periods between ``low`` and ``high``."""

    def __init__(self, first, period, due_day, low, high):
        period = np.broadcast_to(np.asarray(period, dtype=str), first.shape)
        self.nat = np.isnat(first)
        self.some_nat = bool(self.nat.any())
        first = np.where(self.nat, np.datetime64("2000-01-01"), first)
        self.first = first.astype(np.int64)
        steps = list(_STEP_DAYS.values())
        self.days = np.select([period == p for p in _STEP_DAYS], steps, 0)
        self.monthly = self.days == 0
        self.any_months, self.any_days = self.monthly.any(), self.days.any()
        self._tabulate(first, due_day, low, high)

    def _tabulate(self, first, due_day, low, high):
        """Look months up in a table: some ten times faster than casting each."""
        day = day_of_month(first)
        if due_day is not None:
            wanted = np.broadcast_to(np.asarray(due_day, dtype=np.int64), day.shape)
            day = np.where(wanted > 0, wanted, day)
        self.day = day
        months = first.astype("datetime64[M]").astype(np.int64)
        base = int(months.min(initial=0)) + low
        span = np.arange(base, int(months.max(initial=0)) + high + 2)
        starts = span.astype("datetime64[M]").astype(_DAY).astype(np.int64)
        self.before, self.length = starts[:-1] - 1, np.diff(starts)
        self.index = months - base
        self.short = day.max(initial=0) > 28

    def at(self, steps):
        """Return the dates ``steps`` periods on, a scalar or (N,)."""
        if not self.any_months:
            moved = self.first + steps * self.days
        else:
            moved = self._months_on(steps)
            if self.any_days:
                by_days = self.first + steps * self.days
                moved = np.where(self.monthly, moved, by_days)
        moved = moved.view(_DAY)
        if self.some_nat:
            moved = np.where(self.nat, np.datetime64("NaT"), moved)
        return moved

    def _months_on(self, steps):
        index = self.index + steps
        day = self.day
        if self.short:
            day = np.minimum(day, self.length[index])
        return self.before[index] + day


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

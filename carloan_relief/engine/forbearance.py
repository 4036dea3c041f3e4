"""Clocks of forbearance in the European Union (CRR 47a-47b, 178; EBA guidelines).

Pure functions of dates, amounts in minor units, and the book of rules.
"""

import numpy as np

from . import obligation
from .rules import DEFAULT

_DAY = "datetime64[D]"
_NEVER = np.datetime64("NaT", "D")


def diminished_share(npv_before, npv_after):
    """Return (before - after) / before, both at the original EIR; float64.

    EBA/GL/2016/07 paragraph 51. Where nothing was worth anything, 0.
    """
    before = np.asarray(npv_before, dtype=np.float64)
    return obligation.share(before - np.asarray(npv_after), before)


def diminished(npv_before, npv_after, as_of=None, book=DEFAULT):
    """Tell where the obligation is diminished enough to be a default, (N,) bool.

    :param npv_before, npv_after: (N,) int64 minor units
    """
    threshold = book.value("eu.diminished", as_of)
    return obligation.diminished(npv_before, npv_after, threshold)


def material(past_due, exposure, as_of=None, book=DEFAULT):
    """Tell where what is past due exceeds both legs of materiality, (N,) bool.

    :param past_due, exposure: (N,) minor units (Del. Reg. (EU) 2018/171, retail)
    """
    past_due = np.asarray(past_due, dtype=np.float64)
    exposure = np.asarray(exposure, dtype=np.float64)
    safe = np.where(exposure > 0, exposure, 1.0)
    part = np.where(exposure > 0, past_due / safe, (past_due > 0) * 1.0)
    amount = book.holds("eu.material.amount", past_due, as_of)
    return amount & book.holds("eu.material.share", part, as_of)


def material_days(days_in_a_row, past_due, exposure, as_of=None, book=DEFAULT):
    """Carry the count of consecutive days above materiality one day on, (N,) int64.

    One day below either leg sets it back to zero.
    """
    above = material(past_due, exposure, as_of, book)
    return np.where(above, np.asarray(days_in_a_row, dtype=np.int64) + 1, 0)


def default_by_days(past_due, exposure, days_in_a_row, as_of=None, book=DEFAULT):
    """Tell default by days past due, (N,) bool: CRR 178(1)(b).

    :param days_in_a_row: consecutive days on which both legs were exceeded
    """
    late = book.holds("eu.default.days", days_in_a_row, as_of)
    return late & material(past_due, exposure, as_of, book)


def non_performing(
    dpd=0,
    *,
    defaulted=False,
    unlikely=False,
    impaired=False,
    forborne=False,
    was_npe=False,
    new_forbearance=False,
    as_of=None,
    book=DEFAULT,
):
    """Tell a non-performing exposure (Annex V 213-215, 260; CRR 47a), (N,) bool.

    More than 30 days past due or a new concession under probation makes only those
    non-performing that came out of non-performing (Q&A 2014_736, 2015_1842).

    :param dpd: days past due
    :param defaulted: by material days past due, or by a diminished obligation
    :param unlikely: unlikely to pay; ``impaired``: stage 3
    :param forborne: under probation; ``was_npe``: performing again after being NPE
    """
    relapse = book.holds("eu.probation.dpd", dpd, as_of)
    relapse = relapse | np.asarray(new_forbearance, bool)
    tested = np.asarray(forborne, bool) & np.asarray(was_npe, bool)
    plain = np.asarray(defaulted, bool) | np.asarray(unlikely, bool)
    return plain | np.asarray(impaired, bool) | (tested & relapse)


def npe_exit_date(granted, npe_since=_NEVER, book=DEFAULT):
    """Return the first day a forborne exposure may leave NPE: CRR 47a(6)."""
    return book.later("eu.npe.cure", _latest(granted, npe_since))


def default_exit_date(granted, defaulted=_NEVER, grace_end=_NEVER, book=DEFAULT):
    """Return the first day a restructured exposure may leave default.

    One year after the latest of grant, default and the end of a grace period: a
    holiday does not count as good conduct (EBA/GL/2016/07 paras 72-73).
    """
    start = _latest(granted, defaulted, grace_end)
    return book.later("eu.default.cure_forborne", start)


def default_exit_date_other(no_trigger_since, book=DEFAULT):
    """Return the first day other exposures may leave default (para 71)."""
    return book.later("eu.default.cure", no_trigger_since)


def may_exit(date, as_of, past_due=0, concern=False, regular=True):
    """Tell whether NPE or default is left on a day, (N,) bool.

    :param date: first day it may be, NaT = never
    :param past_due: (N,) minor units past due on that day: any keeps it
    :param concern: doubt that everything will be paid
    :param regular: payments were regular and more than insignificant
    """
    clear = (np.asarray(past_due) == 0) & ~np.asarray(concern, bool)
    on_time = np.asarray(as_of, dtype=_DAY) >= np.asarray(date, dtype=_DAY)
    return on_time & clear & np.asarray(regular, bool)


def probation_end(performing_since, book=DEFAULT):
    """Return the first day the forborne flag may fall: CRR 47a(7), Annex V 256(b).

    :param performing_since: day it became performing; the grant if it never was NPE
    """
    return book.later("eu.probation", performing_since)


def may_exit_forborne(
    probation_over, any_dpd=0, regular_share=1.0, as_of=None, book=DEFAULT
):
    """Tell whether the forborne flag falls, (N,) bool (Annex V 256).

    :param probation_over: as_of >= :func:`probation_end`
    :param any_dpd: most days past due over all exposures of the debtor
    :param regular_share: share of the probation with regular payments of more than
        an insignificant amount
    """
    late = book.holds("eu.forborne.exit_dpd", any_dpd, as_of)
    paid = book.holds("eu.probation.regular", regular_share, as_of)
    return np.asarray(probation_over, bool) & ~late & paid


def _latest(*dates):
    """Return the latest of what is known; NaT where nothing is."""
    known = [np.asarray(date, dtype=_DAY) for date in dates]
    return np.fmax.reduce(np.broadcast_arrays(*known))

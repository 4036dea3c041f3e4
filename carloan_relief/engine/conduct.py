"""Whether a borrower may be contacted: hours, counts, third persons.

Times are the debtor's local ones, as minutes of the day. Attempts are counted per
number, connected calls per debtor (lender and agency together).
"""

from dataclasses import dataclass

import numpy as np

from .rules import DEFAULT

#: Whom a collector talks to; the debt belongs to the first two.
PARTIES = ("debtor", "liable", "unrelated_third_party")
#: Laws that name the hours in which a debtor may be contacted.
WITH_HOURS = ("cn", "us")


@dataclass(frozen=True)
class Contact:
    """``allowed`` (N,) bool, and ``breaks``: {rule: (N,) bool} where it forbids."""

    allowed: np.ndarray
    breaks: dict


def minute(text):
    """Return "21:59" as the minute of the day.

    :raises ValueError: for what is no time of the day
    """
    hours, minutes = (int(part) for part in str(text).split(":")[:2])
    if not (0 <= hours < 24 and 0 <= minutes < 60):
        raise ValueError(f"local_time: {text!r} is no time of the day")
    return hours * 60 + minutes


def hours_allowed(local_minute, consent=False, country="cn", as_of=None, book=DEFAULT):
    """Tell where the hour allows a contact, (N,) bool; consent always does."""
    local_minute = np.asarray(local_minute)
    begun = book.holds(f"{country}.contact.from", local_minute, as_of)
    open_still = book.holds(f"{country}.contact.until", local_minute, as_of)
    return (begun & open_still) | np.asarray(consent, bool)


def attempt_allowed(unanswered_today, as_of=None, book=DEFAULT):
    """Tell where one number may be dialled once more today, (N,) bool."""
    return book.holds("cn.contact.unanswered", np.asarray(unanswered_today) + 1, as_of)


def call_allowed(connected_today, as_of=None, book=DEFAULT):
    """Tell where one more connected call fits today, (N,) bool (GB/T 45251-2025)."""
    return book.holds("cn.contact.connected", np.asarray(connected_today) + 1, as_of)


def contact_lost(failed_attempts=0, number_invalid=False, as_of=None, book=DEFAULT):
    """Tell loss of contact: an invalid number or failed attempts enough, (N,) bool."""
    failed = book.holds("cn.contact.lost_after", failed_attempts, as_of)
    return failed | np.asarray(number_invalid, bool)


def party_allowed(party, restoring=False, lost=False):
    """Tell where a person may be contacted at all, (N,) bool.

    :param party: of ``PARTIES``; liable = co-borrower or guarantor
    :param restoring: only to restore contact, nothing is demanded
    :param lost: contact with the debtor is lost (:func:`contact_lost`)
    """
    stranger = ~np.isin(np.asarray(party, str), PARTIES[:2])
    return ~stranger | (np.asarray(restoring, bool) & np.asarray(lost, bool))


def cn_contact(
    local_minute,
    *,
    consent=False,
    unanswered_today=0,
    connected_today=0,
    party="debtor",
    restoring=False,
    lost=False,
    as_of=None,
    book=DEFAULT,
):
    """Return whether a call may be made in China: a :class:`Contact`.

    CBA collection guide of 2026-01 and GB/T 45251-2025.
    """
    breaks = {
        "hours": ~hours_allowed(local_minute, consent, "cn", as_of, book),
        "unanswered": ~attempt_allowed(unanswered_today, as_of, book),
        "connected": ~call_allowed(connected_today, as_of, book),
        "third_party": ~party_allowed(party, restoring, lost),
    }
    columns = np.broadcast_arrays(*breaks.values())
    breaks = dict(zip(breaks, columns, strict=True))
    return Contact(~np.logical_or.reduce(columns), breaks)


def us_presumed_violation(
    calls_in_7_days=0,
    days_since_talk=np.nan,
    collector="third_party",
    as_of=None,
    book=DEFAULT,
):
    """Tell where the next call is presumed a violation of Reg F, (N,) bool.

    :param calls_in_7_days: calls placed about the debt in seven days in a row
    :param days_since_talk: days since a conversation about it, nan = none; the day
        of the conversation is the first of the seven
    :param collector: third_party; a lender collecting its own debt is outside
    """
    calls = np.asarray(calls_in_7_days) + 1
    talk = np.asarray(days_since_talk, dtype=np.float64)
    many = ~book.holds("us.contact.calls_in_7_days", calls, as_of)
    soon = ~book.holds("us.contact.after_talk", talk, as_of) & ~np.isnan(talk)
    return (np.asarray(collector, str) == "third_party") & (many | soon)

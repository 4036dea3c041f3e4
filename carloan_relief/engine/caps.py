"""Hard caps of law on a loan: term with extensions, loan to value, cost of credit."""

from dataclasses import dataclass, replace

import numpy as np

from . import calendar
from .rules import DEFAULT
from .schedule import Terms, build
from .valuation import apr, effective_annual

VEHICLES = ("new", "used", "dealer")
LENDERS = ("private_loan", "licensed_financial_institution", "small_loan")
_DAY = "datetime64[D]"


@dataclass(frozen=True)
class Extension:
    """Answer on an extension: (N,) ``allowed``, ``total`` and ``cap`` in months.

    ``breaks`` maps each rule to (N,) bool: where it forbids the extension.
    """

    allowed: np.ndarray
    total: np.ndarray
    cap: np.ndarray
    breaks: dict


def term_cap(vehicle, as_of=None, book=DEFAULT):
    """Return the longest whole term in months, (N,) float64 (nan = none).

    :param vehicle: new, used or dealer (a dealer's stock loan)
    :raises ValueError: for another vehicle
    """
    vehicle = _known("vehicle", vehicle, VEHICLES)
    caps = [book.value(f"cn.term.{kind}", as_of) for kind in VEHICLES]
    relaxed = book.value("cn.term.relaxed_months", as_of)
    caps[0] = np.where(book.on("cn.term.relaxed", as_of), relaxed, caps[0])
    return np.select([vehicle == kind for kind in VEHICLES], caps, np.nan)


def extension(
    vehicle,
    original,
    prior,
    requested,
    *,
    personal=True,
    product_cap=np.nan,
    restructuring=False,
    as_of=None,
    book=DEFAULT,
):
    """Return whether a term may be extended: an :class:`Extension`.

    The whole term, extensions included, stays within the cap of the vehicle and of
    the product (汽车贷款管理办法 Art.6). A personal loan of at most a year may be
    extended, in all, by no more than its original term (个人贷款管理办法).

    :param original, prior, requested: (N,) months; ``prior`` = extended before
    :param personal: borrower is a person; a dealer never is
    :param product_cap: months the product allows, nan = no cap of its own
    :param restructuring: an agreed restructuring, exempt only where the book says so
    """
    added = np.asarray(prior) + np.asarray(requested)
    original = np.asarray(original)
    total = original + added
    cap = np.fmin(term_cap(vehicle, as_of, book), product_cap)
    exempt = np.asarray(restructuring, bool) & book.on("cn.term.restructuring", as_of)
    person = np.asarray(personal, bool) & (np.asarray(vehicle, str) != "dealer")
    short = person & book.holds("cn.term.short", original, as_of)
    ratio = added / np.maximum(original, 1)
    breaks = {
        "term_cap": (total > cap) & ~exempt,
        "short_loan": short & ~book.holds("cn.term.short_extension", ratio, as_of),
    }
    asks = np.asarray(requested) > 0
    forbidden = asks & (breaks["term_cap"] | breaks["short_loan"])
    return Extension(~forbidden, total, cap, breaks)


def whole_term(
    vehicle,
    original,
    *,
    personal=True,
    restructuring=False,
    as_of=None,
    book=DEFAULT,
):
    """Return the longest whole term that the law leaves N loans, extensions included.

    :param original: (N,) months agreed at the start
    :param restructuring: an agreed restructuring, exempt only where the book says so
    :return: (N,) float64 months, nan = no cap
    """
    original = np.asarray(original)
    exempt = np.asarray(restructuring, bool) & book.on("cn.term.restructuring", as_of)
    cap = np.where(exempt, np.nan, term_cap(vehicle, as_of, book))
    person = np.asarray(personal, bool) & (np.asarray(vehicle, str) != "dealer")
    short = person & book.holds("cn.term.short", original, as_of)
    ratio = book.value("cn.term.short_extension", as_of)
    return np.where(short, np.fmin(cap, original * (1 + ratio)), cap)


def longest_extension(vehicle, original, prior, *, personal=True, book=DEFAULT):
    """Return how many months may still be added, (N,) int64, never below 0."""
    original, prior = np.asarray(original), np.asarray(prior)
    cap = whole_term(vehicle, original, personal=personal, book=book)
    most = np.where(np.isnan(cap), np.iinfo(np.int32).max, cap)
    return np.maximum(most - original - prior, 0).astype(np.int64)


def last_day_of_used(scrap_date, as_of=None, book=DEFAULT):
    """Return the day up to which a used car is lent on: one year before scrapping."""
    months = -int(book.at("cn.term.before_scrap", as_of).value)
    return calendar.add_periods(scrap_date, months, "month")


def ltv_cap(use, fuel, used=False, as_of=None, book=DEFAULT):
    """Return the most that may be lent of a value, (N,) float64, nan = the lender's.

    :param use: private or commercial; ``fuel``: ice or nev (any for a used car)
    :raises ValueError: for another use or fuel of a new car
    """
    used = np.asarray(used, bool)
    use = _known("use", use, ("private", "commercial"))
    fuel = _known("fuel", np.where(used, "ice", fuel), ("ice", "nev"))
    caps = np.full(np.broadcast_shapes(use.shape, fuel.shape), np.nan)
    for u in ("private", "commercial"):
        for f in ("ice", "nev"):
            here = (use == u) & (fuel == f)
            caps = np.where(here, book.value(f"cn.ltv.{u}.{f}", as_of), caps)
    return np.where(used, book.value("cn.ltv.used", as_of), caps)


def within_ltv(loan, value, cap):
    """Tell where a loan is within its cap, (N,) bool; nan caps nothing."""
    loan, value = np.asarray(loan, np.float64), np.asarray(value, np.float64)
    return np.isnan(cap) | (loan <= value * np.asarray(cap))


def cost_ceiling(lender, lpr, as_of=None, book=DEFAULT):
    """Return the most a loan may cost a year, all in, (N,) float64.

    A private loan: a multiple of the 1-year LPR when the contract was made. Licensed
    institutions are outside that rule, and courts cut above their own line.

    :param lender: of ``LENDERS``; ``lpr``: (N,) 1-year loan prime rate
    """
    lender = _known("lender", lender, LENDERS)
    lpr = np.asarray(lpr, dtype=np.float64)
    small = lpr * book.value("cn.cost.small_loan.lpr", as_of)
    ceilings = [
        lpr * book.value("cn.cost.private_loan.lpr", as_of),
        book.value("cn.cost.licensed", as_of),
        np.where(np.isnan(small), book.value("cn.cost.small_loan", as_of), small),
    ]
    found = np.select([lender == kind for kind in LENDERS], ceilings, np.nan)
    return np.round(found, 10)  # 4 x 0.03 is 0.12


def within_ceiling(all_in_rate, ceiling):
    """Tell where the yearly cost is at most the ceiling, (N,) bool."""
    return np.round(np.asarray(all_in_rate, np.float64), 10) <= ceiling


@dataclass(frozen=True)
class Cost:
    """True cost of a flat charge, (N,): minor units and yearly rates."""

    instalment: np.ndarray
    irr_period: np.ndarray
    nominal: np.ndarray
    effective: np.ndarray
    naive: np.ndarray


def flat_cost(principal, months, monthly_fee):
    """Return what a flat monthly charge on the original amount truly costs.

    The instalment is quoted once and is the same every month: the last one does not
    take the residue of rounding off.

    :param principal: (N,) minor units; ``monthly_fee``: (N,) share of it a month
    :rtype: Cost
    """
    terms = Terms.of(
        principal=principal,
        annual_rate=np.round(np.asarray(monthly_fee, np.float64) * 12, 8),
        instalments=months,
        method="flat",
        start_date="2026-01-01",
        first_due_date="2026-02-01",
    )
    schedule = _levelled(build(terms))
    nominal = apr(schedule, terms.principal, "month")
    return Cost(
        instalment=schedule.instalment[:, 0],
        irr_period=nominal / 12,
        nominal=nominal,
        effective=effective_annual(nominal / 12, "month"),
        naive=np.asarray(monthly_fee, np.float64) * 12,
    )


def _levelled(schedule):
    """Return schedules whose last instalment is like the first."""
    rows = np.arange(schedule.principal.shape[1])
    last = rows == schedule.count[:, None] - 1
    gap = schedule.instalment[:, :1] - schedule.instalment
    return replace(schedule, principal=schedule.principal + np.where(last, gap, 0))


def apr_within_tolerance(disclosed, actual, irregular=False, book=DEFAULT):
    """Tell where a disclosed APR is near enough the true one (Reg Z 1026.22(a))."""
    gap = np.round(np.abs(np.asarray(disclosed) - np.asarray(actual)), 12)
    plain = book.holds("us.apr.tolerance", gap)
    return np.where(irregular, book.holds("us.apr.tolerance_irregular", gap), plain)


def _known(name, values, allowed):
    values = np.asarray(values, dtype=str)
    stray = ~np.isin(values, allowed)
    if stray.any():
        raise ValueError(
            f"{name}: {values[stray].ravel()[0]!r} is not one of {allowed}"
        )
    return values

"""VAT that is included in interest and fees, split exactly.

The rule (circular 36/2016, annex 3, item 4; 140/2016, item 3): what falls due within
the days of the policy (90) after interest was first left unpaid is taxed at once;
what falls due later is taxed only when it is received.

The days run from the oldest interest (or penalty) that was unpaid on the due date;
principal and fees left unpaid start none. It is the due date that decides, not the day
of the entry: what is billed late is taxed as if all before it had been billed in time,
so money that came between the two does not count.

- Billed within the days: output tax. It stays due whatever becomes of the claim: a
  waiver is a loss of the whole amount, a suspension leaves the tax as a claim.
- Billed later: the tax is pending, in proportion to the unpaid part. Received or
  turned into principal, it becomes output tax; waived, suspended or reversed, it
  vanishes with the income, for nothing was ever received.
- Written off: what was declared stays declared, part of the loss (the law gives no
  relief for bad debts); what is pending leaves with the claim and is no loss. A
  recovery is a receipt: the part of it that the tax waited for makes it output tax.
- What is outside the books carries no tax until it is received (output tax) or
  returns to the books on a cure (pending, as above). Turned into principal it is
  settled by a new claim, as what is in the books is: output tax, borne by the
  interest adjustment that holds the income back, so that each later instalment brings
  income net of the tax. What was declared before the suspension is in the books and
  not taxed twice.
"""

import numpy as np

from .fields import choices
from .money import mul_div, rate_fraction

#: Within what the VAT of a sale is.
SALE_SCHEMES = ("whole", "margin")


def included(amount, rate):
    """Return the VAT within N amounts that include it, (N,) int64, half-up.

    :param amount: (N,) int64 minor units
    :param rate: (N,) or one fraction; 0 = no VAT
    """
    num, den = rate_fraction(rate)
    return mul_div(np.asarray(amount, dtype=np.int64), num, den + num)


def part(vat, amount, whole):
    """Return the share of a VAT that a part of its amount carries, (N,) int64.

    :param vat: (N,) int64 within ``whole``
    :param amount: (N,) int64, at most ``whole``
    """
    whole = np.asarray(whole, dtype=np.int64)
    return mul_div(vat, np.asarray(amount, dtype=np.int64), np.maximum(whole, 1))


def is_pending(due, unpaid_since, days):
    """Return whether what falls due is taxed on receipt only, (N,) bool.

    :param due: (N,) days on which it falls due
    :param unpaid_since: (N,) days since which interest was unpaid then, NaT = none was
    :param days: (N,) days of the policy; 0 = taxed at once, always
    """
    due = np.asarray(due, dtype="datetime64[D]")
    unpaid_since = np.asarray(unpaid_since, dtype="datetime64[D]")
    run = (due - unpaid_since).astype(np.int64)
    run = np.where(np.isnat(unpaid_since), 0, run)
    return (np.asarray(days) > 0) & (run > np.asarray(days))


def leaves(residual, vat, whole, pending):
    """Return what of N claims is suspended, and the VAT that leaves with it.

    Tax that was declared stays a claim, settled last; tax that is pending goes.

    :param residual: (N,) int64 unpaid, of claims of ``whole`` that include ``vat``
    :param pending: (N,) bool, the tax waits for the money
    :return: (amount, vat), (N,) int64 each
    """
    residual, vat = np.asarray(residual), np.asarray(vat)
    amount = np.where(pending, residual, residual - np.minimum(residual, vat))
    return amount, np.where(pending, part(vat, residual, whole), 0)


def less_tax(unwind, principal, tax):
    """Return what rows add to an adjustment that bears a tax, (N, M) int64.

    Each row gives up the part that goes with the principal it repays, so that income
    is net of the tax as the money comes in.

    :param unwind: (N, M) int64, see ``valuation.unwind``
    :param principal: (N, M) int64 of the same rows
    :param tax: (N,) or one int64
    """
    repaid = np.cumsum(np.maximum(principal, 0), axis=1)
    tax, whole = np.asarray(tax)[..., None], np.maximum(repaid[:, -1:], 1)
    borne = mul_div(tax, repaid, whole)
    # nothing to repay: the first row bears it
    borne = np.where(repaid[:, -1:] > 0, borne, tax)
    return unwind - np.diff(borne, axis=1, prepend=0)


def of_sale(price, book_value, scheme, rate, levied):
    """Return the VAT within the price of N vehicles sold, (N,) int64, half-up.

    ``whole``: within the price; ``margin``: within what exceeds the value in the books.
    Either is taken out at ``rate`` and levied at ``levied``: a used asset that bears
    3 % reduced to 2 % owes price / 1.03 x 2 %.

    :param price, book_value: (N,) int64 minor units
    :param scheme: (N,) or one of ``SALE_SCHEMES``
    :param rate, levied: (N,) or one fraction
    """
    scheme = choices("scheme", scheme, SALE_SCHEMES)
    price = np.asarray(price, dtype=np.int64)
    margin = np.maximum(price - np.asarray(book_value, dtype=np.int64), 0)
    base = np.where(scheme == "margin", margin, price)
    (num, den), (levy, levy_den) = rate_fraction(rate), rate_fraction(levied)
    return mul_div(base, levy * den, levy_den * (den + num))

"""Exact money: int64 minor units, half-up rounding, guarded against overflow."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import numpy as np

INT64_MAX = 2**63 - 1
#: Largest amount accepted from outside, in minor units: sums over a portfolio of
#: a hundred thousand loans still fit 64 bits.
MAX_MINOR = 10**13
#: Whole numbers below it are exact as floats.
_FLOAT_EXACT = 2**53
# A float this near to a half is decided by its decimal text, not by its bits.
_TIE = 1e-6


def to_minor(value, digits=2):
    """Return ``value`` in minor units, rounded half-up.

    :param value: str, Decimal, int, float, or a sequence or array of them; a
        float counts as its shortest decimal text (0.125 is exactly 0.125)
    :param digits: decimals of the currency, or the Decimal of its smallest unit where
        that is no power of ten (0.05 where there are no smaller coins)
    :return: ``numpy.int64``, or an int64 array for a sequence
    :raises ValueError: for nan, infinity, text that is no number, an amount
        beyond ``MAX_MINOR``
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.ndim:
        return _array_to_minor(value, digits)
    if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value):
        return np.array([_one_to_minor(v, digits) for v in value], dtype=np.int64)
    return np.int64(_one_to_minor(value, digits))


def _one_to_minor(value, digits):
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not an amount")
    if isinstance(value, np.generic):
        value = value.item()
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
        if not number.is_finite():
            raise ValueError(f"{value!r} is not a finite amount")
        units = _in_units(number, digits)
        if abs(units) > MAX_MINOR:
            raise ValueError(f"{value!r} is too large an amount")
        minor = units.quantize(Decimal(1), ROUND_HALF_UP)
    except (InvalidOperation, TypeError, ValueError) as error:
        if isinstance(error, ValueError) and "amount" in str(error):
            raise
        raise ValueError(f"{value!r} is not an amount") from error
    return int(minor)


def _in_units(number, digits):
    if isinstance(digits, Decimal):
        return number / digits
    return number.scaleb(digits)


def _array_to_minor(values, digits):
    scaled = values.astype(np.float64) * 10.0**digits
    if not np.all(np.abs(scaled) <= MAX_MINOR):  # catches nan as well
        row = int(np.flatnonzero(~(np.abs(scaled.ravel()) <= MAX_MINOR))[0])
        raise ValueError(f"{values.ravel()[row]!r} (row {row}) is not a usable amount")
    minor = np.rint(scaled).astype(np.int64)
    near_tie = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < _TIE
    for index in zip(*np.nonzero(near_tie), strict=True):
        minor[index] = _one_to_minor(values[index].item(), digits)
    return minor


def to_decimal(minor, digits=2):
    """Return the Decimal of one amount in minor units (1234 -> 12.34).

    :param digits: as for :func:`to_minor`
    """
    if isinstance(digits, Decimal):
        return int(minor) * digits
    return Decimal(int(minor)).scaleb(-digits)


def to_float(minor, digits=2):
    """Return minor units as float(s), for display and Odoo's Monetary fields."""
    return np.asarray(minor, dtype=np.int64) / 10.0**digits


def half_up_div(num, den):
    """Return ``num / den`` rounded half away from zero, exactly.

    :param num: int64 array, any sign
    :param den: int64 array, above zero
    :return: int64 array of the broadcast shape
    """
    num, den = np.asarray(num), np.asarray(den)
    if np.any(den <= 0):
        raise ValueError("the divisor must be above zero")
    negative = num < 0
    if not negative.any():
        return _half_up_positive(num, den)
    quotient = _half_up_positive(np.abs(num), den)
    return np.where(negative, -quotient, quotient)


def _half_up_positive(num, den):
    # quotient and remainder, rather than (2 num + den) // 2 den: no doubling, so
    # every int64 numerator is safe.
    quotient = num // den
    rest = num - quotient * den
    return quotient + (rest >= den - rest)


def mul_div(amount, num, den):
    """Return ``amount * num / den`` rounded half away from zero, exactly.

    :raises OverflowError: when the result itself does not fit 64 bits
    """
    return Ratio(num, den).of(amount)


class Ratio:
    """A fraction of int64 arrays, made ready to be taken of many amounts.

    The product is taken in floats where these are exact, in 64 bits where it fits and
    in Python integers where it does not, so the answer is exact for any input.
    """

    def __init__(self, num, den):
        self.num, self.den = np.asarray(num), np.asarray(den)
        #: Amounts from 0 to below it are multiplied in floats.
        self.limit = 0
        self.work = None
        if self.num.size and self.den.size:
            self._prepare()

    def _prepare(self):
        """Double both sides as floats, exact as far as ``limit``.

        A division of floats is some four times faster than one of integers. Its
        quotient, cut off, is right: both sides being whole numbers whose sum is below
        2**53, it lies no nearer to the next integer than a float can tell.
        """
        room = _FLOAT_EXACT - 3 * int(self.den.max())
        if self.num.min() < 0 or self.den.min() <= 0 or room <= 0:
            return
        self.limit = room // max(2 * int(self.num.max()), 1)
        self.doubled = np.multiply(self.num, 2.0), np.multiply(self.den, 2.0)
        self.half = self.den.astype(np.float64)

    def of(self, amount, out=None):
        """Return the fraction of ``amount`` (int64), rounded half away from zero.

        :param out: int64 array of the result's shape to write to
        :raises OverflowError: when the result itself does not fit 64 bits
        """
        amount = np.asarray(amount)
        if out is None:
            shape = np.broadcast(amount, self.num, self.den).shape
            out = np.empty(shape, dtype=np.int64)
        if not out.size:
            return out
        low, high = int(amount.min()), int(amount.max())
        if 0 <= low and high < self.limit:
            self._divide_floats(amount, out)
            return out[()]  # a scalar of scalars
        widest = max(abs(int(self.num.min())), int(self.num.max()))
        if max(-low, high) * widest <= INT64_MAX:
            out[...] = half_up_div(amount * self.num, self.den)
        else:
            out[...] = self._of_any_size(amount)
        return out[()]

    def _divide_floats(self, amount, out):
        if self.work is None or self.work.shape != out.shape:
            self.work = np.empty(out.shape)
        np.multiply(amount, self.doubled[0], out=self.work)
        self.work += self.half
        self.work /= self.doubled[1]
        np.copyto(out, self.work, casting="unsafe")

    def _of_any_size(self, amount):
        product = amount.astype(object) * self.num.astype(object)
        exact = half_up_div(product, self.den.astype(object))
        if max(abs(int(v)) for v in np.ravel(exact)) > INT64_MAX:
            raise OverflowError("the amount does not fit 64 bits of minor units")
        return exact.astype(np.int64)


def rate_fraction(rate, scale=10**8):
    """Return a float rate as an exact reduced fraction (num, den) of int64.

    Rates count to 8 decimals: 0.072 is 9/125, whatever its bits.
    """
    num = np.rint(np.asarray(rate, dtype=np.float64) * scale).astype(np.int64)
    den = np.full_like(num, scale)
    common = np.gcd(num, den)
    return num // common, den // common


def round_up(amount, unit):
    """Round ``amount`` up to a multiple of ``unit`` (0 leaves it as it is)."""
    unit = np.asarray(unit, dtype=np.int64)
    step = np.maximum(unit, 1)
    return np.where(unit > 0, -(-amount // step) * step, amount)

"""Checks of what callers pass in: broadcasting, types, bounds, clear refusals."""

import numpy as np

from .money import MAX_MINOR

#: Thirty years of weekly instalments.
MAX_INSTALMENTS = 1560
#: Most letters of a field or of a message: a refusal is one line that people read.
_MOST = 200


class FieldError(ValueError):
    """A value that cannot be right; ``field`` names where it came from."""

    def __init__(self, field, message, row=None):
        self.field, self.row = _short(field), row
        where = self.field if row is None else f"{self.field} (row {row})"
        message = _short(message)
        super().__init__(f"{where}: {message}")


def _short(text):
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]} ... {text[-60:]}"


def refuse(field, values, bad, message):
    """Raise :class:`FieldError` for the first row where ``bad`` holds."""
    if not np.any(bad):
        return
    row = int(np.flatnonzero(np.ravel(bad))[0])
    value = np.ravel(values)[row]
    shown = repr(value.item() if hasattr(value, "item") else value)
    if isinstance(value, np.datetime64):
        shown = str(value)
    raise FieldError(field, f"{shown} {message}", row if np.size(bad) > 1 else None)


def integers(field, value, low=0, high=MAX_MINOR):
    """Return ``value`` as int64, refusing fractions, nan and out-of-range rows."""
    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "iu":
            raw = raw.astype(np.float64)
    except (TypeError, ValueError):
        raise FieldError(field, f"{value!r} is not a whole number") from None
    if raw.dtype.kind == "f":
        refuse(field, raw, ~np.isfinite(raw), "is not a number")
        refuse(field, raw, raw != np.rint(raw), "is not a whole number")
    refuse(field, raw, raw < low, f"must be at least {low}")
    refuse(field, raw, raw > high, f"must be at most {high}")
    return raw.astype(np.int64)


def floats(field, value, low=None, high=None, allow_nan=False):
    """Return ``value`` as float64 within [low, high]."""
    try:
        raw = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise FieldError(field, f"{value!r} is not a number") from None
    finite = np.isfinite(raw)
    refuse(field, raw, ~(finite | (allow_nan & np.isnan(raw))), "is not a number")
    if low is not None:
        refuse(field, raw, finite & (raw < low), f"must be at least {low:g}")
    if high is not None:
        refuse(field, raw, finite & (raw > high), f"must be at most {high:g}")
    return raw


def choices(field, value, allowed):
    """Return ``value`` as a text array whose rows are all among ``allowed``."""
    raw = np.asarray(value, dtype=str)
    known = np.isin(raw, allowed)
    refuse(field, raw, ~known, f"is not one of {', '.join(allowed)}")
    return raw


def dates(field, value, allow_nat=False):
    """Return ``value`` as ``datetime64[D]``."""
    try:
        raw = np.asarray(value, dtype="datetime64[D]")
    except (TypeError, ValueError):
        raise FieldError(field, f"{value!r} is not a date (YYYY-MM-DD)") from None
    if not allow_nat:
        refuse(field, raw, np.isnat(raw), "is not a date")
    return raw


def align(arrays):
    """Broadcast a dict of scalars and (N,) arrays to (N,) arrays of their own."""
    shape = np.broadcast_shapes(*(np.shape(a) for a in arrays.values())) or (1,)
    if len(shape) != 1:
        raise FieldError("terms", f"one value or one list per field, not {shape}")
    return {
        name: np.array(np.broadcast_to(values, shape))
        for name, values in arrays.items()
    }

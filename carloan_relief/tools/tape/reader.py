"""Both files together, as of a day."""

import datetime
from collections import Counter
from decimal import Decimal

import numpy as np

from ..words import Words as _
from .loans import LoanReader
from .model import Rejection, Tape, TapeError
from .payments import PaymentReader


def read_tape(loans, payments, options, names=("loans", "payments")):
    """Read and check both files of a tape as of ``options.as_of``.

    :param loans: path, bytes or binary file object of the loans file
    :param payments: the same of the payments file
    :param Options options: as-of date, currency, column mapping
    :param names: what messages call the two files
    :return: the tape
    :rtype: Tape
    :raise TapeError: with every problem, when nothing may be imported
    """
    rows = LoanReader(loans, names[0], options).read()
    refs = {loan.ref: index for index, loan in enumerate(rows)}
    reader = PaymentReader(payments, names[1], options, refs).read()
    loan, day, balance, principal, paid, recovered = reader.arrays()
    month_end = _days(day)
    blank_loan, blank_day, *blank_money = reader.blanks()
    position = np.full(len(rows), -1, "int64")
    at_date = np.flatnonzero(day == options.as_of.toordinal())
    position[loan[at_date]] = at_date
    if not at_date.size:
        _refuse_date(reader, options, day)
    rejected = _silent_loans(rows, names[0], options, loan, day, balance, position)
    rejected += sorted(reader.rejected, key=lambda item: item.line)
    return Tape(
        options=options,
        loans=rows,
        loan_index=loan,
        month_end=month_end,
        balance=balance,
        principal_paid=principal,
        paid=paid,
        position=position,
        rejected=rejected,
        notes=_oddities(loan, balance, principal, paid),
        rows_read=reader.read_count,
        rows_future=reader.future,
        names=tuple(names),
        recovered=recovered,
        blanks=(blank_loan, _days(blank_day), *blank_money),
    )


def _days(ordinals):
    """Return ordinals of Python's calendar as numpy days."""
    unix_epoch = datetime.date(1970, 1, 1).toordinal()
    return (ordinals - unix_epoch).astype("datetime64[D]")


def _refuse_date(reader, options, day):
    """Refuse an as-of date on which no balance is reported."""
    last = datetime.date.fromordinal(int(day.max())) if day.size else _("none")
    reason = _(
        "no loan has a row on the as-of date %(as_of)s, so no balance is known. Choose "
        "a month end of the tape (the last one before that date: %(last)s).",
        as_of=options.as_of,
        last=last,
    )
    raise TapeError(
        [reader.sheet.reject(0, "month_end", options.as_of.isoformat(), reason)]
    )


def _silent_loans(rows, name, options, loan, day, balance, position):
    """List the loans that owed something and then report nothing on the date."""
    last = np.flatnonzero(np.diff(loan, append=-1) != 0)
    silent = last[(position[loan[last]] < 0) & (balance[last] > 0)]
    rejected = []
    for at in silent:
        row = rows[loan[at]]
        owed = Decimal(int(balance[at])).scaleb(-options.digits)
        rejected.append(
            Rejection(
                name,
                row.line,
                options.loan_columns.get("loan_ref", "loan_ref"),
                row.ref,
                _(
                    "owed %(owed)s on %(date)s and has no balance on %(as_of)s: "
                    "written off, sold or not reported. Only its months are kept.",
                    owed=owed,
                    date=datetime.date.fromordinal(int(day[at])),
                    as_of=options.as_of,
                ),
            )
        )
    return rejected


def _oddities(loan, balance, principal, paid):
    """Count what a real tape does and an importer takes as it stands."""
    same = np.zeros(loan.size, bool)
    same[1:] = loan[1:] == loan[:-1]
    rise = same & (np.diff(balance, prepend=balance[:1]) > 0)
    owing = balance > 0
    return Counter(
        {
            _("rows without a payment while something is owed"): int(
                (owing & (paid == 0)).sum()
            ),
            _("rows paid without principal (interest and fees only)"): int(
                (owing & (paid > 0) & (principal == 0)).sum()
            ),
            _("rows whose balance rises"): int(rise.sum()),
            _("rows with a negative payment"): int((paid < 0).sum()),
        }
    )

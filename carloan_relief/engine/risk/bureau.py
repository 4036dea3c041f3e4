"""The lines of credit-bureau reports -> what a report says in sum."""

import numpy as np


def totals(owner, size, account, inquiry_age, **columns):
    """Return the sums of ``size`` reports over their lines.

    :param owner: (L,) index of the report of each line
    :param account: (L,) bool, an account with another lender; else an inquiry
    :param inquiry_age: (L,) months between the inquiry and the report
    :param columns: (L,) int64 minor units ``limit``, ``balance``, ``arrears``,
        ``instalment``, and ``dpd`` in days
    :return: dict of (size,) int64: ``accounts``, ``lines_limit``, ``lines_used`` (of
        accounts with a limit), ``arrears``, ``instalment``, ``worst_dpd``,
        ``inquiries_6m``
    """
    owner = np.asarray(owner, np.int64)
    account = np.asarray(account, bool)
    limit, balance, arrears, instalment, dpd = (
        np.where(account, np.asarray(columns[name], np.int64), 0)
        for name in ("limit", "balance", "arrears", "instalment", "dpd")
    )
    recent = ~account & (np.asarray(inquiry_age, np.float64) < 6)
    worst = np.zeros(size, np.int64)
    np.maximum.at(worst, owner, dpd)
    return {
        "accounts": _sum(account, owner, size),
        "lines_limit": _sum(limit, owner, size),
        "lines_used": _sum(np.where(limit > 0, balance, 0), owner, size),
        "arrears": _sum(arrears, owner, size),
        "instalment": _sum(instalment, owner, size),
        "worst_dpd": worst,
        "inquiries_6m": _sum(recent, owner, size),
    }


def _sum(values, owner, size):
    total = np.zeros(size, np.int64)
    np.add.at(total, owner, np.asarray(values, np.int64))
    return total

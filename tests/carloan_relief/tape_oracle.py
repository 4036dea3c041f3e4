"""The features of a real tape a second time: by a loop over the text of its rows."""

import csv
import gzip
import statistics
from collections import defaultdict


def read(loans, payments, as_of):
    """Return {reference: (loan row, its months up to a date as dicts)}."""
    months = defaultdict(list)
    with gzip.open(payments, "rt") as file:
        for row in csv.DictReader(file):
            if row["month_end"] <= as_of and row["balance"]:
                months[row["loan_ref"]].append(row)
    with gzip.open(loans, "rt") as file:
        return {
            row["loan_ref"]: (row, sorted(months[row["loan_ref"]], key=_month))
            for row in csv.DictReader(file)
        }


def _month(row):
    return row["month_end"]


def recompute(loan, months, as_of):
    """Return the features of a loan that rows alone tell, as people would count."""
    due = float(loan["scheduled_payment"])
    paid = [float(row["total_paid"] or 0) for row in months]
    balance = [float(row["balance"]) for row in months]
    missed = [p <= 0 and b > 0 for p, b in zip(paid, balance, strict=True)]
    year = max(0, len(paid) - 12)
    mean = statistics.fmean(paid[year:])
    run = 0
    while run < len(missed) and missed[-1 - run]:
        run += 1
    recent = missed[-24:]
    since = next((back for back, m in enumerate(reversed(recent)) if m), None)
    return {
        "missed_3m": sum(missed[-3:]),
        "missed_12m": sum(missed[-12:]),
        "miss_run": min(run, 24),
        "months_since_miss": since,
        "partial_12m": sum(0 < p < 0.95 * due for p in paid[-12:]),
        "paid_share_3m": sum(paid[-3:]) / (due * len(paid[-3:])),
        "paid_share_12m": sum(paid[-12:]) / (due * len(paid[-12:])),
        "payment_volatility": statistics.pstdev(paid[year:]) / mean
        if mean > 0
        else None,
        "reduction_6m": (balance[-7] - balance[-1]) / (6 * due)
        if len(balance) > 6
        else None,
        "exposure": balance[-1],
        "balance_share": balance[-1] / float(loan["original_amount"]),
        "behind": (balance[-1] - _scheduled(loan, as_of)) / due,
        "annual_rate": float(loan["annual_rate"]),
        "bureau_score": float(loan["credit_score"]) if loan["credit_score"] else None,
    }


def _scheduled(loan, as_of):
    """Return the balance the contract schedules: month by month, in cents."""
    left = round(float(loan["original_amount"]) * 100)
    rate, due = (
        float(loan["annual_rate"]),
        round(float(loan["scheduled_payment"]) * 100),
    )
    first, term = _number(loan["first_payment"]), int(loan["original_term"])
    count = term - max(0, first - _number(loan["originated"]))
    for number in range(1, min(count, _number(as_of) - first + 1) + 1):
        left = max(0, left + int(left * rate / 12 + 0.5) - due)
        left = 0 if number == count else left
    return left / 100


def _number(text):
    return int(text[:4]) * 12 + int(text[5:7])

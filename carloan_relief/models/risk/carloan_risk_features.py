import logging

import numpy as np

from odoo import fields, models

from ...engine.risk import behaviour, features
from ...tools.fetch import fetch
from .carloan_risk_queries import FAMILIES

_logger = logging.getLogger(__name__)
#: Loans of which the ledger is asked at a time for what no snapshot tells.
BATCH = 5000


class CarloanRiskFeatures(models.AbstractModel):
    """Gathers what was known of N loans on a date: one statement per family of facts.

    No look-ahead. Every row read is bounded by the day it speaks of, and, where it
    may be entered later, by the day on which it became known (``known_on`` of a
    household, a bureau report, a valuation and a schedule, ``logged_on`` of a
    contact). What the ledger says is bounded by the accounting date: a closed month
    cannot change, an open one can. The formulas are the engine's.
    """

    _name = "carloan.risk.features"
    _inherit = ["carloan.risk.queries"]
    _description = "Risk features as of a date"

    def _gather(self, loans, as_of, depreciation=0.15):
        """Return {feature: (N,) float64} of the loans as of a date.

        :param loans: recordset of N loans of one company
        :param date as_of: nothing after this day is looked at
        :param float depreciation: yearly loss of value where no curve holds
        """
        as_of = fields.Date.to_date(as_of)
        company = loans.company_id[:1] or self.env.company
        raw = {}
        place = _Place(loans.ids)
        for family in FAMILIES:
            query, names = getattr(self, f"_query_{family}")(place.ids, as_of, company)
            place.take(raw, names, fetch(self.env, query, len(names) + 1))
        grid = self.env["carloan.behaviour"]._get_grid(loans, as_of)
        self._take_months(raw, grid)
        self._take_positions(raw, place, loans, as_of)
        self._take_currency(raw, loans, as_of)
        self._count_unseen(raw)
        # sudo: curves are policy data
        curves = self.env["carloan.vehicle.curve"].sudo()._get_for(company)
        return features.build(
            raw,
            as_of,
            grid,
            [curve._get_engine_curve() for curve in curves],
            depreciation,
        )

    def _take_months(self, raw, grid):
        """By the months: the balance, and the instalment of a contract that goes on.

        A schedule tells it too, but that of a loan paid far ahead is one small rest.
        """
        due = behaviour.newest(np.where(grid.due > 0, grid.due, np.nan))
        planned = raw["instalment"]
        by_month = ~np.isnan(due) & ((raw["contract"] == 1) | np.isnan(planned))
        raw["instalment"] = np.where(by_month, due, planned)
        raw["balance"] = behaviour.newest(grid.balance)
        raw["dpd"] = np.full(len(due), np.nan)

    def _take_positions(self, raw, place, loans, as_of):
        """Where the ledger knows the loan on that date, it has the last word.

        The snapshot of the loan answers for its own day; only what it does not tell
        is read from the entries.
        """
        query, names = self._query_snapshot(place.ids, as_of)
        rows = fetch(self.env, query, len(names) + 1)
        at = place.of(rows[:, 0])
        columns = dict(zip(names, rows[:, 1:].T, strict=True))
        fresh = columns["fresh"] == 1
        raw["dpd"][at[fresh]] = columns["dpd"][fresh]
        raw["balance"][at[fresh]] = columns["balance"][fresh]
        stale = rows[~fresh, 0].astype(np.int64).tolist()
        for start in range(0, len(stale), BATCH):
            some = loans.browse(stale[start : start + BATCH])
            self._take_ledger(raw, place, some, as_of)

    def _take_ledger(self, raw, place, loans, as_of):
        """Read the position of loans in the books from their entries."""
        ids, owed, dpd = loans._read_owing(as_of)
        at = place.of(ids)
        raw["balance"][at], raw["dpd"][at] = owed, dpd

    def _take_currency(self, raw, loans, as_of):
        """Bring what a loan owes and pays into the currency of the company's books.

        Incomes and values of vehicles are in that currency.
        """
        company = loans.company_id[:1]
        foreign = loans.currency_id - company.currency_id
        for currency in foreign:
            rate = currency._get_conversion_rate(
                currency, company.currency_id, company, as_of
            )
            here = raw["currency"] == currency.id
            for name in ("balance", "principal", "instalment", "scheduled"):
                raw[name] = np.where(here, raw[name] * rate, raw[name])

    def _count_unseen(self, raw):
        """Tell in the log how many classes have no declared code: they are unknown."""
        for name in ("income_insecurity", "commercial_use"):
            unseen = raw[name] < 0
            if unseen.any():
                _logger.info("%s: %d loans of an undeclared class", name, unseen.sum())
            raw[name] = np.where(unseen, np.nan, raw[name])

    def _find_loans(self, company, as_of):
        """Return the loans of a company that owed something on a date, history too.

        By the last month end up to the date, or, for a loan without months, by the
        entries.
        """
        query = self._query_owing(company, as_of)
        ids = fetch(self.env, query, 1)[:, 0].astype(np.int64).tolist()
        return self.env["carloan.loan"].with_context(active_test=False).browse(ids)


class _Place:
    """Where each loan stands in the arrays."""

    def __init__(self, ids):
        self.ids = list(ids)
        known = np.asarray(self.ids, np.int64)
        self.order = np.argsort(known, kind="stable")
        self.sorted = known[self.order]

    def of(self, ids):
        """Return the places of loan ids."""
        found = np.searchsorted(self.sorted, np.asarray(ids, np.int64))
        return self.order[found]

    def take(self, raw, names, rows):
        """Put rows (id, values...) into the arrays of the names."""
        at = self.of(rows[:, 0])
        for column, name in enumerate(names, start=1):
            values = raw.setdefault(name, np.full(len(self.ids), np.nan))
            values[at] = rows[:, column]

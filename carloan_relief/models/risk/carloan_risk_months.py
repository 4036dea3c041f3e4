import numpy as np

from odoo import api, models
from odoo.tools import SQL

from ...engine import arrears
from ...engine.risk import labels
from ...tools.fetch import fetch

#: Units per unit of money at which contracts are counted.
CENTS = 100


class CarloanRiskMonths(models.AbstractModel):
    """Reads the payment history of many loans into the engine's table of months."""

    _name = "carloan.risk.months"
    _description = "Payment history as arrays"

    @api.model
    def _read(self, company, date_from=None, date_to=None, loan_ids=None):
        """Return (loan ids (N,), ``labels.Months`` of N loans).

        Each column comes as one string of bytes: millions of rows without an object
        for each of them.

        :param company: whose loans
        :param date date_from, date_to: first and last month end; None: no bound
        :param loan_ids: (N,) loans in this order; None: all that have a row
        :raises FieldError: when there is no month at all
        """
        self.env["carloan.behaviour"].flush_model()
        (row,) = self.env.execute_query_dict(
            SQL(
                """
                SELECT string_agg(int4send(loan_id), ''::bytea) AS loan,
                       string_agg(int4send(12 * date_part('year', month_end)::int4
                                  + date_part('month', month_end)::int4), ''::bytea)
                           AS month,
                       string_agg(int4send(COALESCE(dpd, 0)), ''::bytea) AS dpd,
                       string_agg(int4send(relief::int4), ''::bytea) AS stopped,
                       string_agg(int4send(charged_off::int4), ''::bytea)
                           AS charged_off,
                       string_agg(int4send(ledger::int4), ''::bytea) AS ledger,
                       string_agg(float8send(balance), ''::bytea) AS balance,
                       string_agg(float8send(due), ''::bytea) AS due,
                       string_agg(float8send(paid), ''::bytea) AS paid
                  FROM (SELECT loan_id, month_end, dpd,
                               COALESCE(relief, FALSE) AS relief,
                               COALESCE(charged_off, FALSE) AS charged_off,
                               source = 'ledger' AS ledger,
                               COALESCE(balance, 0)::float8 AS balance,
                               COALESCE(due, 0)::float8 AS due,
                               COALESCE(paid, 0)::float8 AS paid
                          FROM carloan_behaviour
                         WHERE company_id = %(company)s AND %(bounds)s) AS months
                """,
                company=company.id,
                bounds=self._get_bounds(date_from, date_to, loan_ids),
            )
        )
        return self._build(row, loan_ids)

    def _get_bounds(self, date_from, date_to, loan_ids):
        """Return the conditions on rows as SQL."""
        bounds = [SQL("TRUE")]
        if date_from:
            bounds.append(SQL("month_end >= %s", date_from))
        if date_to:
            bounds.append(SQL("month_end <= %s", date_to))
        if loan_ids is not None:
            bounds.append(SQL("loan_id = ANY(%s)", list(map(int, loan_ids))))
        return SQL(" AND ").join(bounds)

    def _build(self, row, loan_ids):
        """Return the arrays of one row of byte strings."""
        whole = ("loan", "month", "dpd", "stopped", "charged_off", "ledger")
        column = {
            name: np.frombuffer(value or b"", ">i4" if name in whole else ">f8")
            for name, value in row.items()
        }
        loan = column.pop("loan").astype(np.int64)
        ids = np.unique(loan) if loan_ids is None else np.asarray(loan_ids, np.int64)
        order = np.argsort(ids)
        place = order[np.searchsorted(ids, loan, sorter=order)]
        # counted from January of the year 0, as numpy counts from that of 1970
        month = (column.pop("month") - 1 - 12 * 1970).astype("datetime64[M]")
        first, table = labels.grid(place, month, column, len(ids))
        ledger = table.pop("ledger") == 1
        by_contract = self._get_ahead(ids, table, first)
        # the ledger knows each instalment; of an imported month only balances are known
        ahead = (table["dpd"] <= 0) & (ledger | by_contract)
        flags = {name: table.pop(name) == 1 for name in ("stopped", "charged_off")}
        return ids, labels.Months(first, ahead=ahead, **table, **flags)

    def _get_ahead(self, ids, table, first):
        """Return (N, T) bool: the balance is no more than the contract schedules."""
        query = SQL(
            """
            SELECT item.at - 1, loan.principal, loan.annual_rate, loan.instalments,
                   loan.first_due_date - '1970-01-01', COALESCE(loan.due_day, 0)
              FROM unnest(%s) WITH ORDINALITY AS item (id, at)
              JOIN carloan_loan loan ON loan.id = item.id
             WHERE loan.period = 'month' AND loan.first_due_date IS NOT NULL
               AND loan.instalments > 0
            """,
            [int(loan_id) for loan_id in ids],
        )
        rows = fetch(self.env, query, 6)
        at = rows[:, 0].astype(np.int64)
        payment = np.nanmax(table["due"][at], axis=1, initial=0.0)
        known = payment > 0
        at, rows, payment = at[known], rows[known], payment[known]
        ahead = table["dpd"] <= 0
        if not at.size:
            return ahead
        day = rows[:, 4].astype(np.int64).astype("datetime64[D]")
        contract = arrears.Contract.of(
            np.rint(rows[:, 1] * CENTS),
            rows[:, 2],
            np.rint(payment * CENTS),
            rows[:, 3],
            day,
            np.where(rows[:, 5] > 0, rows[:, 5], 1),
        )
        balance = np.rint(np.nan_to_num(table["balance"][at]) * CENTS).astype(np.int64)
        ahead[at] = labels.ahead_of_contract(contract, balance, first)
        return ahead

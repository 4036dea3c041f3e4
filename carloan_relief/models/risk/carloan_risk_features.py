import numpy as np

from odoo import models
from odoo.tools import SQL

from ...engine.risk import features

#: Months looked back by each window of the payment history.
LONG, SHORT, RELIEF = 12, 6, 24


class CarloanRiskFeatures(models.AbstractModel):
    """Gathers what was known of N loans on a date: one query per family of facts.

    Every query is bounded by the date, so that an assessment of last year sees what
    could be seen last year. The formulas are the engine's.
    """

    _name = "carloan.risk.features"
    _description = "Risk features as of a date"

    def _gather(self, loans, as_of, depreciation):
        """Return {feature: array} of the loans as of a date.

        :param loans: recordset of N loans
        :param date as_of: nothing after this day is looked at
        :param float depreciation: yearly loss of value of a vehicle
        """
        raw = {
            name: np.full(len(loans), np.nan)
            for name in (*features.FEATURES, *features.RAW)
        }
        place = {loan_id: at for at, loan_id in enumerate(loans.ids)}
        loans.env.flush_all()
        for query in (
            self._query_behaviour,
            self._query_terms,
            self._query_collateral,
            self._query_household,
        ):
            self._take(raw, place, query(tuple(loans.ids), as_of))
        self._take_positions(raw, place, loans, as_of)
        raw["max_dpd_12m"] = np.fmax(raw["max_dpd_12m"], raw["dpd"])
        return features.build(raw, depreciation)

    def _take(self, raw, place, query):
        """Put the columns of a query into the arrays of the same name."""
        for row in self.env.execute_query_dict(query):
            at = place[row.pop("id")]
            for name, value in row.items():
                if value is not None:
                    raw[name][at] = value

    def _take_positions(self, raw, place, loans, as_of):
        """Where the ledger knows the loan on that date, it has the last word."""
        in_books = loans._filter_in_books(as_of)
        if not in_books:
            return
        position, ids = in_books._get_positions(as_of)
        at = [place[loan_id] for loan_id in ids]
        raw["dpd"][at] = position.dpd
        factor = np.array(
            [loan._get_minor_factor() for loan in loans.browse(ids)], dtype=float
        )
        owed = np.asarray(position.principal) + np.asarray(position.overdue_principal)
        raw["balance"][at] = owed / factor

    def _query_behaviour(self, ids, as_of):
        """Payment history: lateness, missed months, share and steadiness of paying."""
        return SQL(
            """
            SELECT loan_id AS id,
                   (array_agg(dpd ORDER BY month_end DESC))[1] AS dpd,
                   (array_agg(balance ORDER BY month_end DESC))[1] AS balance,
                   (array_agg(NULLIF(due, 0) ORDER BY month_end DESC))[1] AS instalment,
                   max(dpd) FILTER (WHERE %(long)s) AS max_dpd_12m,
                   count(*) FILTER (WHERE %(long)s AND %(missed)s) AS missed_12m,
                   12 * date_part('year', age(%(day)s, %(last_miss)s))
                      + date_part('month', age(%(day)s, %(last_miss)s))
                      AS months_since_miss,
                   sum(paid) FILTER (WHERE %(short)s) AS paid_6m,
                   sum(due) FILTER (WHERE %(short)s) AS due_6m,
                   avg(paid) FILTER (WHERE %(long)s) AS paid_mean_12m,
                   stddev_pop(paid) FILTER (WHERE %(long)s) AS paid_std_12m
              FROM carloan_behaviour
             WHERE loan_id IN %(ids)s AND month_end <= %(day)s
          GROUP BY loan_id
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            long=self._sql_since("month_end", as_of, LONG),
            short=self._sql_since("month_end", as_of, SHORT),
            missed=SQL("(paid <= 0 AND balance > 0)"),
            last_miss=SQL("max(month_end) FILTER (WHERE paid <= 0 AND balance > 0)"),
        )

    def _sql_since(self, column, as_of, months):
        """Return the condition "within so many months before the date".

        Counted from the day after, so that months before the last of June end with
        the last of December and not with the 30th.
        """
        return SQL(
            "(%s >= %s::date + 1 - make_interval(months => %s))",
            SQL.identifier(column),
            as_of,
            months,
        )

    def _query_terms(self, ids, as_of):
        """Terms of the schedule in force on the date, and reliefs before it."""
        return SQL(
            """
            SELECT loan.id,
                   12 * date_part('year', age(%(day)s, loan.start_date))
                      + date_part('month', age(%(day)s, loan.start_date)) AS seasoning,
                   COALESCE(plan.annual_rate, loan.annual_rate) AS annual_rate,
                   rest.remaining AS remaining_term,
                   rest.instalment,
                   relief.count AS relief_24m
              FROM carloan_loan loan
         LEFT JOIN LATERAL (
                       SELECT id, annual_rate FROM carloan_schedule
                        WHERE loan_id = loan.id AND state <> 'draft'
                          AND date_from <= %(day)s
                     ORDER BY version DESC LIMIT 1) plan ON true
         LEFT JOIN LATERAL (
                       SELECT count(*) AS remaining,
                              (array_agg(amount ORDER BY due_date))[1] AS instalment
                         FROM carloan_instalment
                        WHERE schedule_id = plan.id AND due_date > %(day)s
                       HAVING count(*) > 0) rest ON true
         LEFT JOIN LATERAL (
                       SELECT count(*) AS count FROM carloan_schedule
                        WHERE loan_id = loan.id AND reason = 'relief'
                          AND state <> 'draft' AND date_from <= %(day)s
                          AND %(since)s) relief ON true
             WHERE loan.id IN %(ids)s
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            since=self._sql_since("date_from", as_of, RELIEF),
        )

    def _query_collateral(self, ids, as_of):
        """Latest value of the vehicle known on the date, and how old it is."""
        return SQL(
            """
            SELECT loan.id,
                   COALESCE(known.value, NULLIF(vehicle.purchase_value, 0))
                       AS vehicle_value,
                   (%(day)s - COALESCE(known.date, loan.start_date)) / 365.25
                       AS vehicle_age
              FROM carloan_loan loan
              JOIN carloan_vehicle vehicle ON vehicle.id = loan.vehicle_id
         LEFT JOIN LATERAL (
                       SELECT value, date FROM carloan_vehicle_valuation
                        WHERE vehicle_id = vehicle.id AND date <= %(day)s
                     ORDER BY date DESC, id DESC LIMIT 1) known ON true
             WHERE loan.id IN %(ids)s
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
        )

    def _query_household(self, ids, as_of):
        """The borrower's latest statement on the date; 0 means not known."""
        return SQL(
            """
            SELECT loan.id,
                   NULLIF(home.net_income, 0) AS net_income,
                   NULLIF(home.living_costs, 0) AS living_costs,
                   home.other_debt,
                   NULLIF(home.bureau_score, 0) AS bureau_score
              FROM carloan_loan loan
        JOIN LATERAL (
                       SELECT * FROM carloan_financial_statement
                        WHERE partner_id = loan.partner_id
                          AND company_id = loan.company_id AND date <= %(day)s
                     ORDER BY date DESC, id DESC LIMIT 1) home ON true
             WHERE loan.id IN %(ids)s
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
        )

from odoo import models
from odoo.tools import SQL

from ...engine.risk.dictionary import INCOME_CODES, PURPOSE_CODES

#: Families of facts that are read by one statement each; the months have their grid.
FAMILIES = ("terms", "relief", "collateral", "household", "bureau", "contact")
#: Months looked back by each window.
RELIEF, YEAR, QUARTER = 24, 12, 3


class CarloanRiskQueries(models.AbstractModel):
    """The statements of the feature store.

    Each takes the ids of N loans, the day and the company, and returns the statement
    with the names of its columns after the id. Every column is a number. Rows are
    bounded by the day they speak of and by the day on which they became known.
    """

    _name = "carloan.risk.queries"
    _description = "Statements of the feature store"

    def _query_terms(self, ids, as_of, company):
        """Terms as signed, and those of the schedule in force on the day.

        A schedule that an opening or the start made follows the contract; any other
        took its place, and is known from the day on which it was made.
        """
        names = (
            "currency",
            "principal",
            "annual_rate",
            "term",
            "first_due",
            "due_day",
            "seasoning",
            "contract",
            "scheduled",
            "remaining",
            "instalment",
            "commercial_use",
            "borrower_loans",
        )
        query = SQL(
            """
            WITH mine AS (
                SELECT partner_id, count(*) AS loans FROM carloan_loan
                 WHERE company_id = %(company)s AND start_date <= %(day)s
                   AND state NOT IN ('draft', 'cancelled')
                   AND (history_end_date IS NULL OR history_end_date > %(day)s)
                   AND partner_id IN (SELECT partner_id FROM carloan_loan
                                       WHERE id = ANY(%(ids)s))
              GROUP BY partner_id)
            SELECT loan.id, loan.currency_id, loan.principal,
                   COALESCE(plan.annual_rate, loan.annual_rate), loan.instalments,
                   loan.first_due_date - DATE '1970-01-01', loan.due_day,
                   12 * date_part('year', age(%(day)s, loan.start_date))
                      + date_part('month', age(%(day)s, loan.start_date)),
                   (%(contract)s)::int,
                   COALESCE(rest.scheduled, plan.principal), rest.remaining,
                   next.amount, %(purpose)s, COALESCE(mine.loans, 1)
              FROM carloan_loan loan
         LEFT JOIN LATERAL (
                       SELECT id, annual_rate, reason, principal FROM (
                              SELECT plan.*, loan.principal
                                FROM carloan_schedule plan
                               WHERE plan.loan_id = loan.id
                                 AND plan.state NOT IN ('draft', 'undone')
                                 AND plan.date_from <= %(day)s
                                 AND %(known)s) plan
                     ORDER BY version DESC LIMIT 1) plan ON true
         LEFT JOIN LATERAL (
                       SELECT amount FROM carloan_instalment
                        WHERE schedule_id = plan.id AND due_date > %(day)s
                     ORDER BY due_date LIMIT 1) next ON true
         LEFT JOIN LATERAL (
                       SELECT count(*) FILTER (WHERE due_date > %(day)s) AS remaining,
                              (array_agg(balance ORDER BY due_date DESC)
                               FILTER (WHERE due_date <= %(day)s))[1] AS scheduled
                         FROM carloan_instalment
                        -- of a contract the engine knows both without its rows
                        WHERE schedule_id = plan.id AND NOT (%(contract)s)) rest
                   ON true
         LEFT JOIN LATERAL (
                       SELECT car_purpose FROM carloan_relief_request
                        WHERE loan_id = loan.id AND car_purpose IS NOT NULL
                          AND date_submitted < %(day)s + 1
                     ORDER BY date_submitted DESC LIMIT 1) asked ON true
         LEFT JOIN mine ON mine.partner_id = loan.partner_id
             WHERE loan.id = ANY(%(ids)s)
            """,
            ids=ids,
            company=company.id,
            day=SQL("%s::date", as_of),
            known=self._sql_plan_known(as_of),
            contract=SQL(
                "loan.method = 'annuity' AND loan.period = 'month' AND (plan.reason"
                " IS NULL OR plan.reason IN ('opening', 'origination'))"
            ),
            purpose=self._sql_code(
                "COALESCE(asked.car_purpose, loan.purpose)", PURPOSE_CODES
            ),
        )
        return query, names

    def _sql_plan_known(self, as_of):
        """Return the condition "the schedule was there on the day"."""
        return SQL(
            "(plan.reason IN ('opening', 'origination') OR plan.known_on <= %s)", as_of
        )

    def _sql_code(self, column, codes):
        """Return a class as its declared code, -1 for one that has none."""
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", name, code) for name, code in codes.items()
        )
        name = SQL(column)
        return SQL("CASE %s %s ELSE CASE WHEN %s IS NULL THEN NULL ELSE -1 END END",
                   name, cases, name)  # fmt: skip

    def _sql_since(self, column, as_of, months):
        """Return the condition "within so many months before the day".

        Counted from the day after, so that months before the last of June end with
        the last of December and not with the 30th.
        """
        return SQL(
            "(%s >= %s::date + 1 - make_interval(months => %s))",
            SQL.identifier(column),
            as_of,
            months,
        )

    def _query_relief(self, ids, as_of, company):
        """Reliefs that began within two years and were known by the day."""
        query = SQL(
            """
            SELECT loan.id, count(plan.id)
              FROM carloan_loan loan
         LEFT JOIN carloan_schedule plan ON plan.loan_id = loan.id
               AND plan.reason = 'relief' AND plan.state NOT IN ('draft', 'undone')
               AND plan.date_from <= %(day)s AND plan.known_on <= %(day)s
               AND %(since)s
             WHERE loan.id = ANY(%(ids)s)
          GROUP BY loan.id
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            since=self._sql_since("date_from", as_of, RELIEF),
        )
        return query, ("relief_24m",)

    def _query_collateral(self, ids, as_of, company):
        """Latest and first value of the vehicle, its age and its curve."""
        names = (
            "vehicle_value",
            "value_day",
            "first_value",
            "registered",
            "used_vehicle",
            "curve",
        )
        query = SQL(
            """
            SELECT loan.id,
                   COALESCE(known.value, NULLIF(vehicle.purchase_value, 0)),
                   COALESCE(known.date, loan.start_date) - DATE '1970-01-01',
                   COALESCE(NULLIF(vehicle.purchase_value, 0), known.first),
                   make_date(NULLIF(vehicle.model_year, 0), 7, 1)
                       - DATE '1970-01-01',
                   (vehicle.condition = 'used')::int,
                   curve.number
              FROM carloan_loan loan
              JOIN carloan_vehicle vehicle ON vehicle.id = loan.vehicle_id
         LEFT JOIN LATERAL (
                       SELECT (array_agg(value ORDER BY date DESC, id DESC))[1]
                                  AS value,
                              max(date) AS date,
                              (array_agg(value ORDER BY date, id))[1] AS first
                         FROM carloan_vehicle_valuation
                        WHERE vehicle_id = vehicle.id AND date <= %(day)s
                          AND known_on <= %(day)s) known ON true
         LEFT JOIN LATERAL (
                       SELECT number FROM (
                              SELECT fuel, usage,
                                     row_number() OVER (
                                         ORDER BY company_id, sequence, id) - 1
                                         AS number
                                FROM carloan_vehicle_curve
                               WHERE active AND (company_id = %(company)s
                                                 OR company_id IS NULL)) known
                        WHERE COALESCE(fuel, vehicle.fuel) = vehicle.fuel
                          AND COALESCE(usage, vehicle.usage) = vehicle.usage
                     ORDER BY number LIMIT 1) curve ON true
             WHERE loan.id = ANY(%(ids)s)
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            company=company.id,
        )
        return query, names

    def _query_household(self, ids, as_of, company):
        """The borrower's latest statement known on the day; 0 means not known."""
        names = (
            "net_income",
            "living_costs",
            "other_debt",
            "bureau_score",
            "months_employed",
            "income_insecurity",
            "income_unverified",
        )
        query = SQL(
            """
            SELECT loan.id, NULLIF(home.net_income, 0), NULLIF(home.living_costs, 0),
                   home.other_debt, NULLIF(home.bureau_score, 0),
                   (%(day)s - home.employed_since) / 30.4375, %(income)s,
                   (home.verified_on IS NULL OR home.verified_on > %(day)s)::int
              FROM carloan_loan loan
        JOIN LATERAL (
                       SELECT * FROM carloan_financial_statement
                        WHERE partner_id = loan.partner_id
                          AND company_id = loan.company_id AND date <= %(day)s
                          AND known_on <= %(day)s
                     ORDER BY date DESC, id DESC LIMIT 1) home ON true
             WHERE loan.id = ANY(%(ids)s)
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            income=self._sql_code("home.employment", INCOME_CODES),
        )
        return query, names

    def _query_bureau(self, ids, as_of, company):
        """The borrower's latest bureau report known on the day, never a sandbox's."""
        names = (
            "report_score",
            "accounts_elsewhere",
            "arrears_amount",
            "worst_dpd_elsewhere",
            "lines_used",
            "lines_limit",
            "inquiries_6m",
        )
        query = SQL(
            """
            SELECT loan.id, NULLIF(report.score, 0), report.accounts, report.arrears,
                   report.worst_dpd, report.lines_used, report.lines_limit,
                   report.inquiries_6m
              FROM carloan_loan loan
        JOIN LATERAL (
                       SELECT * FROM carloan_bureau_report
                        WHERE partner_id = loan.partner_id
                          AND company_id = loan.company_id AND date <= %(day)s
                          AND known_on <= %(day)s AND sandbox IS NOT TRUE
                     ORDER BY date DESC, id DESC LIMIT 1) report ON true
             WHERE loan.id = ANY(%(ids)s)
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
        )
        return query, names

    def _query_contact(self, ids, as_of, company):
        """Contacts about arrears, and promises that were not kept by the ledger."""
        names = ("contacts_3m", "not_reached_3m", "broken_promises_12m")
        query = SQL(
            """
            SELECT loan.id,
                   count(contact.id) FILTER (WHERE %(quarter)s),
                   count(contact.id) FILTER (WHERE %(quarter)s AND contact.outcome IN
                       ('no_answer', 'busy', 'message', 'wrong_number')),
                   count(contact.id) FILTER (WHERE contact.outcome = 'promise'
                       AND contact.promised_date < %(day)s
                       AND contact.promised_amount > COALESCE(paid.amount, 0))
              FROM carloan_loan loan
         LEFT JOIN carloan_contact contact ON contact.loan_id = loan.id
               AND contact.about = 'arrears'
               AND contact.date < %(day)s + 1 AND contact.logged_on <= %(day)s
               AND %(year)s
         LEFT JOIN LATERAL (
                       SELECT -sum(line.amount_currency) AS amount
                         FROM account_move_line line
                        WHERE line.carloan_loan_id = loan.id
                          AND line.parent_state = 'posted'
                          AND line.carloan_event IN ('repay', 'refund')
                          AND line.date BETWEEN contact.date::date
                                            AND contact.promised_date)
                   paid ON contact.outcome = 'promise'
             WHERE loan.id = ANY(%(ids)s)
          GROUP BY loan.id
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
            quarter=self._sql_contact_since(as_of, QUARTER),
            year=self._sql_contact_since(as_of, YEAR),
        )
        return query, names

    def _sql_contact_since(self, as_of, months):
        return SQL(
            "(contact.date >= %s::date + 1 - make_interval(months => %s))",
            as_of,
            months,
        )

    def _query_snapshot(self, ids, as_of):
        """Loans that the ledger knows on the day, and whether a snapshot is of it."""
        query = SQL(
            """
            SELECT loan.id,
                   (loan.position_date = %(day)s OR month.id IS NOT NULL)::int,
                   COALESCE(month.dpd, loan.dpd),
                   COALESCE(month.balance, loan.principal_balance)
              FROM carloan_loan loan
         LEFT JOIN carloan_behaviour month ON month.loan_id = loan.id
               AND month.month_end = %(day)s AND month.source = 'ledger'
               AND loan.position_date IS DISTINCT FROM %(day)s
             WHERE loan.id = ANY(%(ids)s) AND loan.schedule_id IS NOT NULL
               AND EXISTS (SELECT 1 FROM account_move_line line
                            WHERE line.carloan_loan_id = loan.id
                              AND line.parent_state = 'posted'
                              AND line.date <= %(day)s)
            """,
            ids=ids,
            day=SQL("%s::date", as_of),
        )
        return query, ("fresh", "dpd", "balance")

    def _query_owing(self, company, as_of):
        """Ids of the loans of a company that owed something on a day."""
        return SQL(
            """
            SELECT loan.id
              FROM carloan_loan loan
         LEFT JOIN LATERAL (
                       SELECT balance, charged_off FROM carloan_behaviour
                        WHERE loan_id = loan.id AND month_end <= %(day)s
                          AND month_end > %(day)s - 31
                     ORDER BY month_end DESC LIMIT 1) month ON true
             WHERE loan.company_id = %(company)s
               AND loan.state NOT IN ('draft', 'cancelled')
               AND loan.start_date <= %(day)s
               AND CASE WHEN month.balance IS NOT NULL
                        THEN month.balance > 0 AND month.charged_off IS NOT TRUE
                        ELSE loan.active AND (
                             SELECT sum(line.amount_currency)
                               FROM account_move_line line
                              WHERE line.carloan_loan_id = loan.id
                                AND line.parent_state = 'posted'
                                AND line.date <= %(day)s
                                AND line.carloan_role IN ('principal', 'principal_due')
                             ) > 0 END
          ORDER BY loan.id
            """,
            company=company.id,
            day=SQL("%s::date", as_of),
        )

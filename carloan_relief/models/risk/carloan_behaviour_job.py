from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: Loans whose month is written at a time: bounds the memory of a large book.
BATCH = 5000

# what moved on a loan within one month; money in the currency of the loan
FLOWS = """
    SELECT loan.id,
           COALESCE(moved.due, 0), COALESCE(moved.paid, 0),
           COALESCE(moved.principal_paid, 0), COALESCE(moved.charged_off, FALSE),
           COALESCE(memo.recovered, 0),
           plan.reason = 'relief' AND plan.goes_on AND NOT plan.reduces
      FROM carloan_loan loan
 LEFT JOIN LATERAL (
               SELECT sum(line.amount_currency) FILTER (
                          WHERE line.carloan_event = 'bill'
                            AND line.carloan_component IS NOT NULL
                            AND line.amount_currency > 0) AS due,
                      -sum(line.amount_currency) FILTER (
                          WHERE line.carloan_event = 'repay') AS paid,
                      -sum(line.amount_currency) FILTER (
                          WHERE line.carloan_event = 'repay'
                            AND line.carloan_component = 'principal')
                          AS principal_paid,
                      bool_or(line.carloan_event = 'write_off') AS charged_off
                 FROM account_move_line line
                WHERE line.carloan_loan_id = loan.id
                  AND line.parent_state = 'posted'
                  AND line.date BETWEEN %(first)s AND %(last)s) moved ON TRUE
 LEFT JOIN LATERAL (
               SELECT -sum(amount) AS recovered FROM carloan_memo
                WHERE loan_id = loan.id AND kind = 'written_off' AND amount < 0
                  AND date BETWEEN %(first)s AND %(last)s) memo ON TRUE
 LEFT JOIN LATERAL (
               SELECT latest.reason,
                      -- a month of the plan in which no principal falls due, and
                      -- later ones in which some does: a holiday
                      (SELECT max(due_date) FROM carloan_instalment
                        WHERE schedule_id = latest.id) > %(last)s AS goes_on,
                      EXISTS (SELECT 1 FROM carloan_instalment
                               WHERE schedule_id = latest.id AND principal > 0
                                 AND due_date BETWEEN %(first)s AND %(last)s)
                          AS reduces
                 FROM carloan_schedule latest
                WHERE latest.loan_id = loan.id AND latest.date_from <= %(last)s
                  AND latest.state IN ('active', 'superseded')
             ORDER BY latest.version DESC LIMIT 1) plan ON TRUE
     WHERE loan.id = ANY(%(ids)s)
"""


class CarloanBehaviour(models.Model):
    """The months of the loans in the books, written from the ledger once over."""

    _inherit = "carloan.behaviour"

    @api.model
    def _cron_write_months(self):
        """Write every finished month that is not there yet, oldest first.

        Idempotent: a month that is there stays, unless entries of it were made since.
        Imported months stay as they came.
        """
        today = fields.Date.context_today(self)
        cron = self.env["ir.cron"]
        # sudo: the job works for every company
        books = self.env["carloan.loan"].sudo()
        for (company,) in books._read_group([("state", "!=", "draft")], ["company_id"]):
            for month_end in self._find_open_months(company, today):
                while loans := self._find_missing(company, month_end, BATCH):
                    self._write_month(loans, month_end)
                    if not cron._commit_progress(len(loans)):
                        return

    @api.model
    def action_catch_up(self):
        """Write the months that are not there yet; for the button of the list."""
        if not self.env.su and not self.env.user.has_groups(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._(
                    "Only risk analysts and managers write payment behaviour. Ask one "
                    "of them, or an administrator for the role."
                )
            )
        today = fields.Date.context_today(self)
        # sudo: rows are facts that nobody may write by hand
        rows_sudo = self.sudo()
        for company in self.env.companies:
            for month_end in rows_sudo._find_open_months(company, today):
                while loans := rows_sudo._find_missing(company, month_end, BATCH):
                    rows_sudo._write_month(loans, month_end)
        return True

    def _find_open_months(self, company, today):
        """Return the month ends that lack rows or were changed since, oldest first."""
        self._forget_changed(company)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT (month.start + INTERVAL '1 month - 1 day')::date
                  FROM (SELECT carloan_loan_id AS loan_id, min(date) AS first,
                               max(date) AS last
                          FROM account_move_line line
                         WHERE line.company_id = %(company)s
                           AND line.carloan_loan_id IS NOT NULL
                           AND line.parent_state = 'posted'
                      GROUP BY carloan_loan_id) book
                  JOIN carloan_loan loan ON loan.id = book.loan_id
                   AND loan.state IN ('active', 'closed', 'written_off')
            CROSS JOIN generate_series(
                           date_trunc('month', book.first),
                           LEAST(date_trunc('month', %(today)s::date)
                                     - INTERVAL '1 month',
                                 -- a loan that is over tells nothing more
                                 CASE WHEN loan.state = 'active' THEN NULL
                                      ELSE date_trunc('month', book.last) END),
                           INTERVAL '1 month') AS month(start)
                 WHERE NOT EXISTS (
                       SELECT 1 FROM carloan_behaviour known
                        WHERE known.loan_id = loan.id AND known.month_end =
                              (month.start + INTERVAL '1 month - 1 day')::date)
              ORDER BY 1
                """,
                company=company.id,
                today=today,
            )
        )
        return [day for (day,) in rows]

    def _forget_changed(self, company):
        """Drop the months from the ledger in which entries were made since."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM carloan_behaviour known
                 USING (SELECT line.carloan_loan_id AS loan_id, line.date,
                               line.create_date
                          FROM account_move_line line
                         WHERE line.company_id = %(company)s
                           AND line.carloan_loan_id IS NOT NULL
                           AND line.parent_state = 'posted'
                           AND line.create_date > (
                               SELECT min(computed_at) FROM carloan_behaviour
                                WHERE company_id = %(company)s)) late
                 WHERE known.loan_id = late.loan_id AND known.source = 'ledger'
                   AND late.date <= known.month_end
                   AND late.create_date > known.computed_at
                """,
                company=company.id,
            )
        )
        self.invalidate_model()

    def _find_missing(self, company, month_end, limit):
        """Return loans in the books by a month end that have no row of it."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT loan.id FROM carloan_loan loan
                 WHERE loan.company_id = %(company)s
                   AND loan.schedule_id IS NOT NULL
                   AND loan.state IN ('active', 'closed', 'written_off')
                   AND EXISTS (SELECT 1 FROM account_move_line line
                                WHERE line.carloan_loan_id = loan.id
                                  AND line.parent_state = 'posted'
                                  AND line.date <= %(day)s)
                   AND (loan.state = 'active'
                        OR EXISTS (SELECT 1 FROM account_move_line line
                                    WHERE line.carloan_loan_id = loan.id
                                      AND line.parent_state = 'posted'
                                      AND line.date >=
                                          date_trunc('month', %(day)s::date)))
                   AND NOT EXISTS (SELECT 1 FROM carloan_behaviour known
                                    WHERE known.loan_id = loan.id
                                      AND known.month_end = %(day)s)
              ORDER BY loan.id LIMIT %(limit)s
                """,
                company=company.id,
                day=month_end,
                limit=limit,
            )
        )
        return self.env["carloan.loan"].browse(loan_id for (loan_id,) in rows)

    def _write_month(self, loans, month_end):
        """Write one month of these loans, from their entries."""
        ids, owed, days = loans._read_owing(month_end)
        position = dict(zip(ids, zip(owed, days, strict=True), strict=True))
        self.env.flush_all()
        flows = self.env.execute_query(
            SQL(
                FLOWS,
                ids=loans.ids,
                first=fields.Date.start_of(month_end, "month"),
                last=month_end,
            )
        )
        company_id = loans.company_id.id
        now = str(self.env.cr.now())
        rows = []
        for loan_id, due, paid, principal_paid, lost, recovered, relief in flows:
            balance, dpd = position[loan_id]
            amounts = (balance, due, paid, principal_paid)
            flags = (dpd, bool(relief), lost, recovered)
            rows.append(
                (loan_id, company_id, month_end, *amounts, *flags, "ledger", now)
            )
        self._copy_rows(rows)

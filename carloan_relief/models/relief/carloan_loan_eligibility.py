"""What the conditions of a policy look at, for N loans at once."""

import numpy as np

from odoo import models
from odoo.tools import SQL

from ...engine import eligibility

FACTS_QUERY = """
    WITH paid AS (
        SELECT loan_id, count(*) AS number
          FROM carloan_instalment
         WHERE loan_id IN %(ids)s AND state = 'billed' AND due_date <= %(as_of)s
           AND amount > 0
         GROUP BY loan_id
    ), unpaid AS (
        SELECT carloan_loan_id AS loan_id, count(DISTINCT date_maturity) AS number
          FROM account_move_line
         WHERE carloan_loan_id IN %(ids)s AND parent_state = 'posted'
           AND carloan_component IS NOT NULL AND amount_residual_currency > 0
           AND date_maturity <= %(as_of)s AND carloan_held IS NOT TRUE
         GROUP BY carloan_loan_id
    )
    SELECT loan.id, loan.start_date,
           GREATEST(COALESCE(paid.number, 0) - COALESCE(unpaid.number, 0), 0),
           (assessment.features->>'ltv')::float
      FROM carloan_loan loan
 LEFT JOIN paid ON paid.loan_id = loan.id
 LEFT JOIN unpaid ON unpaid.loan_id = loan.id
 LEFT JOIN LATERAL (
            SELECT features FROM carloan_risk_assessment
             WHERE loan_id = loan.id AND date <= %(as_of)s
             ORDER BY date DESC, id DESC LIMIT 1
           ) assessment ON TRUE
     WHERE loan.id IN %(ids)s
"""

HISTORY_QUERY = """
    SELECT request.loan_id, request.date_active::date, offer.plan
      FROM carloan_relief_request request
      JOIN carloan_relief_offer offer ON offer.id = request.offer_id
     WHERE request.loan_id IN %(ids)s AND request.date_active::date <= %(as_of)s
       AND request.state IN ('active', 'cured', 'broken', 'replaced')
"""


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    def _get_eligibility_facts(self, position, reason=None):
        """Return what conditions look at, in the order of these loans.

        :param position: measures.Position of these loans
        :param reason: hardship reason, the same for all; empty when not known
        :rtype: eligibility.Facts
        """
        as_of = position.as_of[0]
        rows, history = self._read_eligibility(str(as_of))
        found = {row[0]: row[1:] for row in rows}
        start, payments, ltv = zip(*(found[i] for i in self.ids), strict=True)
        place = {loan_id: at for at, loan_id in enumerate(self.ids)}
        owner, date, plans = zip(*history, strict=True) if history else ((), (), ())
        return eligibility.Facts(
            as_of,
            np.array(start, dtype="datetime64[D]"),
            np.array(payments, dtype=np.int64),
            position.dpd,
            np.array(ltv, dtype=np.float64),
            np.full(len(self), reason.id if reason else 0),
            eligibility.History.of([place[i] for i in owner], date, plans),
        )

    def _read_eligibility(self, as_of):
        """Read the facts and the reliefs of these loans: two statements."""
        self.env.flush_all()
        params = {"ids": tuple(self.ids), "as_of": as_of}
        return (
            self.env.execute_query(SQL(FACTS_QUERY, **params)),
            self.env.execute_query(SQL(HISTORY_QUERY, **params)),
        )

    def _get_latest_statements(self, as_of):
        """Return {borrower: newest statement up to a date} of these loans, in sudo."""
        # sudo: statements are closed to most staff; what is read of them is one figure
        Statement_sudo = self.env["carloan.financial.statement"].sudo()
        found_sudo = Statement_sudo.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", (*self.company_id.ids, False)),
                ("date", "<=", as_of),
            ],
            order="date desc, id desc",
        )
        latest_sudo = {}
        for statement_sudo in found_sudo:
            latest_sudo.setdefault(statement_sudo.partner_id, statement_sudo)
        return latest_sudo

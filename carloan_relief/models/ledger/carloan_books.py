from odoo import api, models
from odoo.tools import SQL

from .books_rules import BOOKS_TABLE, RULES
from .carloan_ledger import RECEIVABLE_ROLES

# roles whose whole account belongs to the loans: they must agree to the cent
CONTROL_ROLES = ("principal", "interest_adjustment", "allowance", *RECEIVABLE_ROLES)

ACCOUNT_CHECK = """
    WITH control AS (
        SELECT DISTINCT mapping.account_id
          FROM carloan_product_account mapping
         WHERE mapping.company_id = %(company)s AND mapping.role IN %(roles)s
    ), line AS (
        SELECT line.account_id, sum(line.balance) AS ledger,
               COALESCE(sum(line.balance) FILTER (
                   WHERE line.carloan_role IN %(roles)s
                     AND line.carloan_loan_id IS NOT NULL), 0) AS loans
          FROM account_move_line line
          JOIN control ON control.account_id = line.account_id
         WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
         GROUP BY line.account_id
    )
    SELECT 'account' AS "check", account_id, loans AS expected,
           ledger AS actual
      FROM line WHERE ledger != loans
"""

# lines that carry a control role on an account that is mapped to no control role
STRAY_CHECK = """
    SELECT 'stray' AS "check", line.account_id, 0 AS expected,
           sum(line.balance) AS actual
      FROM account_move_line line
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.carloan_role IN %(roles)s
       AND NOT EXISTS (
           SELECT 1 FROM carloan_product_account mapping
            WHERE mapping.company_id = %(company)s
              AND mapping.account_id = line.account_id
              AND mapping.role IN %(roles)s)
     GROUP BY line.account_id HAVING sum(line.balance) != 0
"""

# what the ledger says is not yet due = what the active schedule will bill
PRINCIPAL_CHECK = """
    WITH ledger AS (
        SELECT loan_id,
               COALESCE(sum(amount) FILTER (WHERE role = 'principal'), 0)
                   AS principal,
               COALESCE(sum(amount) FILTER (WHERE role = 'interest_adjustment'), 0)
                   AS adjustment
          FROM carloan_books
         GROUP BY loan_id
    ), plan AS (
        SELECT inst.loan_id, sum(inst.principal) AS principal,
               sum(inst.unwind) AS unwind
          FROM carloan_instalment inst
          JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
         WHERE inst.company_id = %(company)s AND loan.state != 'draft'
           AND inst.state IN ('planned', 'drafted')
         GROUP BY inst.loan_id
    ), pair AS (
        SELECT COALESCE(ledger.loan_id, plan.loan_id) AS loan_id,
               COALESCE(ledger.principal, 0) AS principal,
               COALESCE(plan.principal, 0) AS planned,
               COALESCE(ledger.adjustment, 0) AS adjustment,
               -COALESCE(plan.unwind, 0) AS unwinding
          FROM ledger FULL JOIN plan ON plan.loan_id = ledger.loan_id
          JOIN carloan_loan loan
            ON loan.id = COALESCE(ledger.loan_id, plan.loan_id)
         WHERE loan.state != 'written_off'
    )
    SELECT 'schedule' AS "check", loan_id, 'principal' AS role, planned AS expected,
           principal AS actual
      FROM pair WHERE planned != principal
     UNION ALL
    SELECT 'adjustment', loan_id, 'interest_adjustment', unwinding, adjustment
      FROM pair WHERE unwinding != adjustment
"""

# each bill says what its instalment says, less what was owed before and what is
# suspended: that stands in the register
BILL_CHECK = """
    SELECT 'bill' AS "check", inst.loan_id, inst.id AS instalment_id,
           inst.amount - COALESCE(inst.carried, 0) - COALESCE(inst.suspended, 0)
               AS expected,
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL), 0) AS actual
      FROM carloan_instalment inst
      LEFT JOIN account_move move ON move.id = inst.move_id
      LEFT JOIN account_move_line line ON line.move_id = move.id
     WHERE inst.company_id = %(company)s AND inst.state IN ('billed', 'drafted')
     GROUP BY inst.id, inst.loan_id, inst.amount, move.state
    HAVING inst.amount - COALESCE(inst.carried, 0) - COALESCE(inst.suspended, 0)
           != COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL), 0)
        OR (inst.state = 'billed'
            AND inst.amount - COALESCE(inst.carried, 0)
                - COALESCE(inst.suspended, 0) != 0
            AND move.state IS DISTINCT FROM 'posted')
"""


BOOK_RULES = {
    "account": ACCOUNT_CHECK,
    "stray": STRAY_CHECK,
    "schedule": PRINCIPAL_CHECK,
    "bill": BILL_CHECK,
    **RULES,
}


class CarloanLedger(models.AbstractModel):
    """The proof that the loans and the books say the same."""

    _inherit = "carloan.ledger"

    @api.model
    def _check_books(self, company=None):
        """Compare the loans of a company with its ledger, each rule by one SQL.

        :return: list of differences: dicts `check`, `loan_id` or `account_id`, where
            known `role`, `instalment_id` and `move_id`, `expected` (by the loans),
            `actual` (by the ledger). Empty: all agrees.
        """
        company = company or self.env.company
        self.env.flush_all()
        return [row for _rule, rows in self._iter_book_rules(company) for row in rows]

    def _iter_book_rules(self, company):
        """Yield (name, differences) of each rule, one statement after the other."""
        params = {"company": company.id, "roles": CONTROL_ROLES}
        self.env.cr.execute("DROP TABLE IF EXISTS carloan_books")
        self.env.cr.execute(BOOKS_TABLE, params)
        yield "books", []
        for name, query in BOOK_RULES.items():
            yield name, self.env.execute_query_dict(SQL(query, **params))

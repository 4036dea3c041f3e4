"""What must hold between the loans and the books, rule by rule, each one statement.

Every rule reads `carloan_books`: one pass over the journal items of a company, summed
by loan and role (see `BOOKS_TABLE`). A row of a rule is one difference: `check`, the
loan, the role where there is one, the instalment, what the loans say (`expected`) and
what the ledger says (`actual`).
"""

RECEIVABLES = ("principal_due", "interest_due", "fee_due", "penalty_due")

BOOKS_TABLE = """
    CREATE TEMPORARY TABLE carloan_books ON COMMIT DROP AS
    SELECT line.carloan_loan_id AS loan_id, line.carloan_role AS role,
           sum(line.amount_currency) AS amount,
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL), 0) AS due,
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.date <= loan.position_date), 0) AS seen,
           -- what is held until a plan is completed is not due
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.date <= loan.position_date
                 AND line.carloan_held IS NOT TRUE
                 AND line.carloan_component IS NOT NULL), 0) AS seen_due,
           sum(line.amount_residual_currency) AS residual,
           count(*) FILTER (
               WHERE line.currency_id = company.currency_id
                 AND line.balance != line.amount_currency
                  OR line.currency_id NOT IN (
                     product.currency_id, company.currency_id)) AS wrong
      FROM account_move_line line
      JOIN carloan_loan loan ON loan.id = line.carloan_loan_id
      JOIN carloan_product product ON product.id = loan.product_id
      JOIN res_company company ON company.id = loan.company_id
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.carloan_role IN %(roles)s
     GROUP BY line.carloan_loan_id, line.carloan_role
"""

# what is set aside is never negative
ALLOWANCE_RULE = """
    SELECT 'allowance' AS "check", loan_id, role, 0 AS expected, -amount AS actual
      FROM carloan_books WHERE role = 'allowance' AND amount > 0
"""

# a loan that is over owes nothing; what was not paid out is not in the books
CLOSED_RULE = """
    SELECT 'closed' AS "check", books.loan_id, books.role, 0 AS expected,
           books.amount AS actual
      FROM carloan_books books JOIN carloan_loan loan ON loan.id = books.loan_id
     WHERE loan.state != 'active' AND books.role != 'allowance'
       AND (books.role IN ('principal', 'interest_adjustment') AND books.amount != 0
            OR books.due != 0)
"""

# an item is in the currency of its loan; in the company's own both amounts are one
CURRENCY_RULE = """
    SELECT 'currency' AS "check", loan_id, role, 0 AS expected, wrong AS actual
      FROM carloan_books WHERE wrong != 0
"""

# what is still open on each claim is what was billed less what settled it; a claim is
# never settled twice
CLAIM_RULE = """
    SELECT 'claim' AS "check", line.carloan_loan_id AS loan_id,
           line.carloan_role AS role, line.carloan_instalment_id AS instalment_id,
           GREATEST(sum(line.amount_currency), 0) AS expected,
           sum(line.amount_residual_currency) AS actual
      FROM account_move_line line
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.carloan_component IS NOT NULL
     GROUP BY line.carloan_loan_id, line.carloan_role, line.carloan_instalment_id,
              line.date_maturity
    HAVING sum(line.amount_currency) < 0
        OR sum(line.amount_currency) != sum(line.amount_residual_currency)
        OR (max(line.amount_residual_currency) > 0
            AND min(line.amount_residual_currency) < 0)
"""

# the figures shown on a loan are those of its journal items
SNAPSHOT_RULE = """
    WITH ledger AS (
        SELECT loan_id,
               sum(seen) FILTER (WHERE role = 'principal') AS undue_principal,
               sum(seen_due) FILTER (WHERE role = 'principal_due')
                   AS overdue_principal,
               sum(seen_due) FILTER (WHERE role = 'interest_due')
                   AS overdue_interest,
               sum(seen_due) FILTER (WHERE role = 'fee_due') AS overdue_fee,
               sum(seen_due) FILTER (WHERE role = 'penalty_due')
                   AS overdue_penalty,
               sum(seen) FILTER (WHERE role = 'interest_adjustment') AS adjustment,
               -sum(seen) FILTER (WHERE role = 'allowance') AS allowance
          FROM carloan_books GROUP BY loan_id
    )
    SELECT 'snapshot' AS "check", loan.id AS loan_id, pair.role,
           COALESCE(pair.shown, 0) AS expected, COALESCE(pair.held, 0) AS actual
      FROM carloan_loan loan
      LEFT JOIN ledger ON ledger.loan_id = loan.id
     CROSS JOIN LATERAL (VALUES
           ('principal', loan.undue_principal, ledger.undue_principal),
           ('principal_due', loan.overdue_principal, ledger.overdue_principal),
           ('fee_due', loan.overdue_fee, ledger.overdue_fee),
           ('interest_adjustment', loan.adjustment_balance, ledger.adjustment),
           ('allowance', loan.allowance_balance, ledger.allowance)
           ) AS pair (role, shown, held)
     WHERE loan.company_id = %(company)s AND loan.position_date IS NOT NULL
       AND COALESCE(pair.shown, 0) != COALESCE(pair.held, 0)
"""

# what stands outside the books is never below nothing
MEMO_RULE = """
    SELECT 'memo' AS "check", loan_id, component || '_due' AS role, instalment_id,
           0 AS expected, sum(amount) AS actual
      FROM carloan_memo
     WHERE company_id = %(company)s
     GROUP BY loan_id, kind, component, instalment_id, due_date
    HAVING sum(amount) < 0
"""

# an event is in the books once, under its key
KEY_RULE = """
    SELECT 'key' AS "check", min(move.carloan_loan_id) AS loan_id,
           min(move.id) AS move_id, 1 AS expected,
           CASE WHEN move.carloan_event_key IS NULL THEN 0 ELSE count(*) END AS actual
      FROM account_move move
     WHERE move.company_id = %(company)s AND move.state = 'posted'
       AND move.carloan_event IS NOT NULL
     GROUP BY move.carloan_event_key,
              CASE WHEN move.carloan_event_key IS NULL THEN move.id END
    HAVING count(*) > 1 OR move.carloan_event_key IS NULL
"""

RULES = {
    "allowance": ALLOWANCE_RULE,
    "closed": CLOSED_RULE,
    "currency": CURRENCY_RULE,
    "claim": CLAIM_RULE,
    "snapshot": SNAPSHOT_RULE,
    "memo": MEMO_RULE,
    "key": KEY_RULE,
}

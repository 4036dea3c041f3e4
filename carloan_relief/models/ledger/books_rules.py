"""What must hold between the loans and the books, rule by rule, each one statement.

Most rules read `carloan_books`: one pass over the journal items of a company, summed by
loan, role and account (see `BOOKS_TABLE`). A row of a rule is one difference: `check`,
the loan, the role where there is one, the instalment, what the loans say (`expected`)
and what the ledger says (`actual`).
"""

BOOKS_TABLE = """
    CREATE TEMPORARY TABLE carloan_books ON COMMIT DROP AS
    SELECT line.carloan_loan_id AS loan_id, line.carloan_role AS role,
           line.account_id,
           line.account_id IN %(control)s AS of_control,
           COALESCE(line.carloan_role IN %(roles)s
               AND line.carloan_loan_id IS NOT NULL, FALSE) AS of_loan,
           sum(line.balance) AS balance,
           sum(line.amount_currency) AS amount,
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL), 0) AS due,
           COALESCE(sum(line.amount_residual_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL), 0) AS open,
           -- dated after the day of the figures that are shown on the loan
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE line.date > loan.position_date), 0) AS later,
           -- the same, and what is held until a plan is completed: it is not due
           COALESCE(sum(line.amount_currency) FILTER (
               WHERE (line.date > loan.position_date OR line.carloan_held)
                 AND line.carloan_component IS NOT NULL), 0) AS later_due,
           count(*) FILTER (
               WHERE line.currency_id = line.company_currency_id
                 AND line.balance != line.amount_currency
                  OR line.currency_id NOT IN (
                     loan.currency_id, line.company_currency_id)) AS wrong
      FROM account_move_line line
      LEFT JOIN carloan_loan loan ON loan.id = line.carloan_loan_id
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND (line.carloan_role IN %(roles)s OR line.account_id IN %(control)s)
     GROUP BY line.carloan_loan_id, line.carloan_role, line.account_id
"""

# the whole of a control account belongs to the loans
ACCOUNT_RULE = """
    SELECT 'account' AS "check", account_id,
           COALESCE(sum(balance) FILTER (WHERE of_loan), 0) AS expected,
           sum(balance) AS actual
      FROM carloan_books
     WHERE of_control
     GROUP BY account_id
    HAVING COALESCE(sum(balance) FILTER (WHERE NOT of_loan), 0) != 0
"""

# lines that carry a control role on an account that is mapped to no control role
STRAY_RULE = """
    SELECT 'stray' AS "check", account_id, 0 AS expected, sum(balance) AS actual
      FROM carloan_books
     WHERE role IN %(roles)s AND NOT of_control
     GROUP BY account_id HAVING sum(balance) != 0
"""

# what the ledger says is not yet due = what the active schedule will bill
SCHEDULE_RULE = """
    WITH ledger AS (
        SELECT loan_id,
               COALESCE(sum(amount) FILTER (WHERE role = 'principal'), 0)
                   AS principal,
               COALESCE(sum(amount) FILTER (WHERE role = 'interest_adjustment'), 0)
                   AS adjustment
          FROM carloan_books
         WHERE of_loan AND role IN ('principal', 'interest_adjustment')
         GROUP BY loan_id
    ), plan AS (
        SELECT inst.loan_id,
               sum(inst.principal) FILTER (WHERE inst.state != 'billed') AS principal,
               -- what bills kept out of income waits in the adjustment
               sum(CASE WHEN inst.state != 'billed' THEN inst.unwind
                        WHEN inst.unearned_released_on IS NOT NULL THEN 0
                        ELSE inst.unearned END) AS unwind
          FROM carloan_instalment inst
          JOIN carloan_loan loan ON loan.id = inst.loan_id
          JOIN carloan_schedule active ON active.id = loan.schedule_id
         WHERE inst.company_id = %(company)s AND loan.state != 'draft'
           -- after a relief without instalments those before it count on
           AND inst.schedule_id = COALESCE(active.unearned_schedule_id, active.id)
           AND (inst.state IN ('planned', 'drafted')
                OR inst.state = 'billed' AND inst.unearned != 0)
         GROUP BY inst.loan_id
    ), pair AS (
        SELECT loan.id AS loan_id,
               COALESCE(ledger.principal, 0) AS principal,
               COALESCE(plan.principal, 0) AS planned,
               COALESCE(ledger.adjustment, 0) AS adjustment,
               -COALESCE(plan.unwind, 0) AS unwinding
          FROM carloan_loan loan
          LEFT JOIN ledger ON ledger.loan_id = loan.id
          LEFT JOIN plan ON plan.loan_id = loan.id
         WHERE loan.company_id = %(company)s AND loan.state != 'written_off'
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
BILL_RULE = """
    SELECT 'bill' AS "check", inst.loan_id, inst.id AS instalment_id,
           inst.amount - COALESCE(inst.carried, 0) - COALESCE(inst.suspended, 0)
               AS expected,
           COALESCE(sum(line.amount_currency), 0) AS actual
      FROM carloan_instalment inst
      LEFT JOIN account_move_line line
        ON line.move_id = inst.move_id AND line.carloan_component IS NOT NULL
     WHERE inst.company_id = %(company)s AND inst.state IN ('billed', 'drafted')
     GROUP BY inst.id
    HAVING inst.amount - COALESCE(inst.carried, 0) - COALESCE(inst.suspended, 0)
           != COALESCE(sum(line.amount_currency), 0)
        OR (inst.state = 'billed'
            AND inst.amount - COALESCE(inst.carried, 0)
                - COALESCE(inst.suspended, 0) != 0
            AND bool_and(line.parent_state = 'posted') IS NOT TRUE)
"""

# what is set aside is never negative
ALLOWANCE_RULE = """
    SELECT 'allowance' AS "check", loan_id, role, 0 AS expected, -amount AS actual
      FROM (SELECT loan_id, role, sum(amount) AS amount FROM carloan_books
             WHERE of_loan AND role = 'allowance' GROUP BY loan_id, role) held
     WHERE amount > 0
"""

# a loan that is over owes nothing; what was not paid out is not in the books
CLOSED_RULE = """
    SELECT 'closed' AS "check", books.loan_id, books.role, 0 AS expected,
           books.amount AS actual
      FROM carloan_books books JOIN carloan_loan loan ON loan.id = books.loan_id
     WHERE books.of_loan AND loan.state != 'active' AND books.role != 'allowance'
       AND (books.role IN ('principal', 'interest_adjustment') AND books.amount != 0
            OR books.due != 0)
"""

# an item is in the currency of its loan; in the company's own both amounts are one
CURRENCY_RULE = """
    SELECT 'currency' AS "check", loan_id, role, 0 AS expected, wrong AS actual
      FROM carloan_books WHERE of_loan AND wrong != 0
"""

# What is open on each claim is what was billed less what settled it, and no claim is
# settled twice. Loan by loan and role first; claim by claim then for the loans that
# have something open: money that settled the wrong claim leaves the right one open.
CLAIM_RULE = """
    WITH claim AS (
        SELECT line.carloan_loan_id AS loan_id, line.carloan_role AS role,
               line.carloan_instalment_id AS instalment_id,
               sum(line.amount_currency) AS amount,
               sum(line.amount_residual_currency) AS open
          FROM account_move_line line
         WHERE line.carloan_loan_id IN (
               SELECT loan_id FROM carloan_books WHERE of_loan AND open != 0)
           AND line.company_id = %(company)s AND line.parent_state = 'posted'
           AND line.carloan_component IS NOT NULL
         GROUP BY line.carloan_loan_id, line.carloan_role,
                  line.carloan_instalment_id, line.date_maturity
    )
    SELECT 'claim' AS "check", loan_id, role, NULL AS instalment_id,
           sum(due) AS expected, sum(open) AS actual
      FROM carloan_books WHERE of_loan
     GROUP BY loan_id, role HAVING sum(due) != sum(open)
     UNION ALL
    SELECT 'claim', loan_id, role, instalment_id, amount, open
      FROM claim WHERE amount != open
     UNION ALL
    SELECT 'claim', carloan_loan_id, carloan_role, carloan_instalment_id, 0,
           amount_residual_currency
      FROM account_move_line
     WHERE account_id IN %(due)s AND company_id = %(company)s
       AND reconciled IS NOT TRUE AND parent_state = 'posted'
       AND carloan_component IS NOT NULL AND amount_residual_currency < 0
"""

# the figures shown on a loan are those of its journal items
SNAPSHOT_RULE = """
    WITH ledger AS (
        SELECT loan_id,
               sum(amount - later) FILTER (WHERE role = 'principal') AS principal,
               sum(due - later_due) FILTER (WHERE role = 'principal_due')
                   AS principal_due,
               sum(due - later_due) FILTER (WHERE role = 'fee_due') AS fee_due,
               sum(amount - later) FILTER (WHERE role = 'interest_adjustment')
                   AS adjustment,
               -sum(amount - later) FILTER (WHERE role = 'allowance') AS allowance
          FROM carloan_books WHERE of_loan GROUP BY loan_id
    )
    SELECT 'snapshot' AS "check", loan.id AS loan_id, pair.role,
           COALESCE(pair.shown, 0) AS expected, COALESCE(pair.held, 0) AS actual
      FROM carloan_loan loan
      LEFT JOIN ledger ON ledger.loan_id = loan.id
     CROSS JOIN LATERAL (VALUES
           ('principal', loan.undue_principal, ledger.principal),
           ('principal_due', loan.overdue_principal, ledger.principal_due),
           ('fee_due', loan.overdue_fee, ledger.fee_due),
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

# An event is in the books once, under its key. The database holds that by an index;
# only where somebody dropped it are the keys counted.
KEY_RULE = """
    SELECT 'key' AS "check", carloan_loan_id AS loan_id, id AS move_id,
           1 AS expected, 0 AS actual
      FROM account_move
     WHERE company_id = %(company)s AND state = 'posted'
       AND carloan_event IS NOT NULL AND carloan_event_key IS NULL
     UNION ALL
    SELECT 'key', min(carloan_loan_id), min(id), 1, count(*)
      FROM account_move
     WHERE company_id = %(company)s AND carloan_event_key IS NOT NULL
       AND NOT EXISTS (
           SELECT 1 FROM pg_index
            WHERE indexrelid = to_regclass('account_move_carloan_event_key_uniq')
              AND indisunique AND indisvalid)
     GROUP BY carloan_event_key
    HAVING count(*) > 1
"""

RULES = {
    "account": ACCOUNT_RULE,
    "stray": STRAY_RULE,
    "schedule": SCHEDULE_RULE,
    "bill": BILL_RULE,
    "allowance": ALLOWANCE_RULE,
    "closed": CLOSED_RULE,
    "currency": CURRENCY_RULE,
    "claim": CLAIM_RULE,
    "snapshot": SNAPSHOT_RULE,
    "memo": MEMO_RULE,
    "key": KEY_RULE,
}

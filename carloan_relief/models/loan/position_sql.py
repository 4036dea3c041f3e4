"""What a loan owes as of a day: read from the ledger by one statement."""

POSITION_QUERY = """
    WITH line AS (
        SELECT line.carloan_loan_id AS loan_id, line.carloan_role AS role,
               line.carloan_component AS component, line.date_maturity,
               -- in the loan's currency, which is what the borrower owes
               line.amount_currency AS balance,
               CASE WHEN line.carloan_component IS NOT NULL
                     AND line.amount_currency > 0
                    THEN %(residual)s ELSE 0 END AS residual
          FROM account_move_line line
         WHERE line.carloan_loan_id IN %(ids)s
           AND line.parent_state = 'posted'
           AND line.date <= %(as_of)s
           -- held until a plan is completed: neither due nor late
           AND line.carloan_held IS NOT TRUE
    ), memo AS (
        -- what is suspended is owed all the same; what was written off is owed
        -- outside the books, and as late as ever
        SELECT loan_id,
               sum(amount) FILTER (WHERE component = 'interest'
                   AND kind = 'suspended') AS interest,
               sum(amount) FILTER (WHERE component = 'penalty'
                   AND kind = 'suspended') AS penalty,
               sum(amount) FILTER (WHERE component = 'interest'
                   AND kind = 'suspended' AND due_date > %(as_of)s) AS ahead,
               min(due_date) FILTER (WHERE amount > 0) AS oldest_due_date
          FROM (
            SELECT loan_id, kind, component, due_date, sum(amount) AS amount
              FROM carloan_memo
             WHERE loan_id IN %(ids)s AND kind IN ('suspended', 'written_off')
               AND date <= %(as_of)s
             GROUP BY loan_id, kind, component, instalment_id, due_date
          ) line GROUP BY loan_id
    ), owed AS (
        SELECT loan_id,
               sum(balance) FILTER (WHERE role = 'principal') AS principal,
               sum(balance) FILTER (WHERE component = 'principal'
                   AND role = 'principal_due') AS overdue_principal,
               -- accrued interest has no component: it is not due yet
               sum(balance) FILTER (WHERE component = 'interest'
                   AND role = 'interest_due') AS overdue_interest,
               -- carried into an instalment to come: owed, and not due yet
               sum(residual) FILTER (WHERE component = 'interest'
                   AND role = 'interest_due'
                   AND date_maturity > %(as_of)s) AS ahead,
               sum(balance) FILTER (WHERE role = 'fee_due') AS overdue_fee,
               sum(balance) FILTER (WHERE role = 'penalty_due') AS overdue_penalty,
               -sum(balance) FILTER (WHERE role = 'principal_due'
                   AND component IS NULL) AS credit,
               sum(balance) FILTER (WHERE role = 'interest_adjustment') AS adjustment,
               -sum(balance) FILTER (WHERE role = 'allowance') AS allowance,
               min(date_maturity) FILTER (WHERE residual > 0
                   AND component IS NOT NULL) AS oldest_due_date
          FROM line GROUP BY loan_id
    ), ahead AS (
        SELECT inst.loan_id, count(*) FILTER (WHERE inst.ahead) AS instalments,
               count(*) FILTER (WHERE NOT inst.ahead) AS past,
               max(inst.level) AS level,
               min(inst.due_date) FILTER (WHERE inst.ahead) AS next_due_date,
               max(inst.due_date) FILTER (WHERE NOT inst.ahead) AS last_due_date,
               (array_agg(inst.amount ORDER BY inst.due_date)
                   FILTER (WHERE inst.ahead))[1] AS next_amount
          FROM (
            SELECT inst.loan_id, inst.due_date, inst.amount,
                   -- the agreed instalment, read from the last row but one: the
                   -- last takes the residue, the first ones may be a holiday
                   CASE WHEN inst.sequence != schedule.instalment_count - 1 THEN 0
                        WHEN schedule.method IN ('annuity', 'balloon')
                            THEN inst.principal + inst.interest
                        WHEN schedule.method IN ('equal_principal', 'flat')
                            THEN inst.principal
                        ELSE 0 END AS level,
                   inst.state != 'billed' OR inst.due_date > %(as_of)s AS ahead
              FROM carloan_instalment inst
              JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
              JOIN carloan_schedule schedule ON schedule.id = inst.schedule_id
             WHERE loan.id IN %(ids)s
          ) inst GROUP BY inst.loan_id
    ), loan AS (
        SELECT loan.id, loan.eir_period, schedule.annual_rate, schedule.method,
               schedule.period, schedule.day_count, schedule.due_day,
               schedule.balloon, schedule.fee, schedule.instalment_rounding,
               schedule.date_from, schedule.version, schedule.engine_terms,
               currency.decimal_places AS digits,
               loan.principal AS lent,
               relief.id IS NOT NULL AS restructured,
               COALESCE(relief.cn_class_before, 'normal') AS class_before,
               10 ^ currency.decimal_places AS factor
          FROM carloan_loan loan
          JOIN carloan_schedule schedule ON schedule.id = loan.schedule_id
          JOIN res_currency currency ON currency.id = loan.currency_id
     LEFT JOIN LATERAL (
                SELECT latest.id, latest.cn_class_before
                  FROM carloan_schedule latest
                 WHERE latest.loan_id = loan.id AND latest.reason = 'relief'
                   AND latest.state != 'undone'
                 ORDER BY latest.version DESC LIMIT 1
               ) relief ON TRUE
         WHERE loan.id IN %(ids)s
    )
    SELECT loan.id, loan.digits, loan.version, loan.restructured, loan.class_before,
           -- the clocks of a relief's plan say otherwise, where it has one
           FALSE AS restructured_again, FALSE AS upgrade_met,
           loan.annual_rate::float AS annual_rate, loan.method, loan.period,
           loan.day_count, loan.due_day,
           CASE WHEN loan.eir_period = 0 AND loan.annual_rate > 0 THEN 'NaN'
                ELSE loan.eir_period END::float AS eir_period,
           round(COALESCE(loan.balloon, 0) * factor)::bigint AS balloon,
           round(COALESCE(loan.fee, 0) * factor)::bigint AS fee,
           round(COALESCE(loan.instalment_rounding, 0) * factor)::bigint
               AS instalment_rounding,
           round(COALESCE(owed.principal, 0) * factor)::bigint AS principal,
           round(COALESCE(owed.overdue_principal, 0) * factor)::bigint
               AS overdue_principal,
           round((COALESCE(owed.overdue_interest, 0) - COALESCE(owed.ahead, 0)
               + COALESCE(memo.interest, 0) - COALESCE(memo.ahead, 0))
               * factor)::bigint AS overdue_interest,
           round((COALESCE(owed.ahead, 0) + COALESCE(memo.ahead, 0))
               * factor)::bigint AS ahead_interest,
           round(COALESCE(memo.ahead, 0) * factor)::bigint AS ahead_suspended,
           round(COALESCE(owed.overdue_fee, 0) * factor)::bigint AS overdue_fee,
           round((COALESCE(owed.overdue_penalty, 0) + COALESCE(memo.penalty, 0))
               * factor)::bigint AS overdue_penalty,
           round((COALESCE(memo.interest, 0) - COALESCE(memo.ahead, 0))
               * factor)::bigint AS suspended_interest,
           round(COALESCE(memo.penalty, 0) * factor)::bigint AS suspended_penalty,
           round(COALESCE(owed.credit, 0) * factor)::bigint AS credit,
           round(COALESCE(owed.adjustment, 0) * factor)::bigint AS adjustment,
           round(COALESCE(owed.allowance, 0) * factor)::bigint AS allowance,
           round(COALESCE(ahead.next_amount, 0) * factor)::bigint AS next_amount,
           COALESCE(ahead.instalments, 0) AS instalments,
           COALESCE(ahead.past, 0) AS past, loan.engine_terms,
           round(COALESCE(ahead.level, 0) * factor)::bigint AS level,
           round(loan.lent * factor)::bigint AS interest_base,
           LEAST(owed.oldest_due_date, memo.oldest_due_date) AS oldest_due_date,
           ahead.next_due_date,
           COALESCE(ahead.last_due_date, loan.date_from) AS last_due_date
      FROM loan
      LEFT JOIN owed ON owed.loan_id = loan.id
      LEFT JOIN memo ON memo.loan_id = loan.id
      LEFT JOIN ahead ON ahead.loan_id = loan.id
     ORDER BY loan.id
"""

# The first schedule demands amounts on dates; whatever the borrower paid since then
# fills them from the oldest. The first one not filled tells how late the loan is. It
# knows no penalties, so money that paid these fills none of it.
ORIGINAL_QUERY = """
    WITH paid AS (
        SELECT line.carloan_loan_id AS loan_id, -sum(line.amount_currency) AS amount
          FROM account_move_line line
         WHERE line.carloan_loan_id IN %(ids)s
           AND line.parent_state = 'posted'
           AND line.date <= %(as_of)s
           AND line.carloan_event IN ('repay', 'refund')
           AND line.carloan_component IS DISTINCT FROM 'penalty'
         GROUP BY line.carloan_loan_id
    ), due AS (
        SELECT inst.loan_id, inst.due_date, inst.amount
          FROM carloan_instalment inst
          JOIN carloan_schedule schedule ON schedule.id = inst.schedule_id
         WHERE schedule.loan_id IN %(ids)s
           AND schedule.version = 1
           AND inst.due_date <= %(as_of)s
         UNION ALL
        SELECT line.carloan_loan_id, line.date_maturity, line.amount_currency
          FROM account_move_line line
         WHERE line.carloan_loan_id IN %(ids)s
           AND line.parent_state = 'posted'
           AND line.date <= %(as_of)s
           AND line.carloan_component != 'penalty'
           AND line.carloan_event = 'open'
           AND line.amount_currency > 0
    ), demand AS (
        SELECT loan_id, due_date,
               sum(amount) OVER (PARTITION BY loan_id ORDER BY due_date) AS amount
          FROM due
    )
    SELECT demand.loan_id, min(demand.due_date)
      FROM demand LEFT JOIN paid ON paid.loan_id = demand.loan_id
     WHERE demand.amount > COALESCE(paid.amount, 0)
     GROUP BY demand.loan_id
"""

SNAPSHOT_UPDATE = """
    UPDATE carloan_loan loan SET
        position_date = v.position_date::date,
        principal_balance = v.principal_balance,
        undue_principal = v.undue_principal,
        overdue_principal = v.overdue_principal,
        overdue_interest = v.overdue_interest,
        overdue_fee = v.overdue_fee,
        overdue_penalty = v.overdue_penalty,
        overdue_amount = v.overdue_amount,
        credit_balance = v.credit_balance,
        next_amount = v.next_amount,
        adjustment_balance = v.adjustment_balance,
        allowance_balance = v.allowance_balance,
        oldest_due_date = v.oldest_due_date::date,
        dpd = v.dpd,
        dpd_original = v.dpd_original,
        bucket = v.bucket,
        cn_class = v.cn_class,
        next_due_date = v.next_due_date::date
    FROM (VALUES %s) AS v (
        id, position_date, principal_balance, undue_principal, overdue_principal,
        overdue_interest, overdue_fee, overdue_penalty, overdue_amount,
        credit_balance, next_amount, adjustment_balance, allowance_balance,
        oldest_due_date, dpd, dpd_original, bucket, cn_class, next_due_date
    )
    WHERE loan.id = v.id
"""

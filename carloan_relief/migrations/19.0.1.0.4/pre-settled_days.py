"""Loans that came from other books, from before they kept that their days are settled.

Penalties of the days before the opening are part of it: without that day a returned
payment, or a charge that is undone, would charge them a second time.
"""

from odoo.tools.sql import column_exists, create_column

OPENED = """
    UPDATE carloan_loan loan SET penalty_free_until = opened.day
      FROM (
            SELECT carloan_loan_id AS loan_id, max(date) AS day
              FROM account_move_line
             WHERE carloan_event = 'open' AND parent_state = 'posted'
               AND carloan_loan_id IS NOT NULL
             GROUP BY carloan_loan_id
           ) opened
     WHERE opened.loan_id = loan.id AND loan.penalty_free_until IS NULL
"""


def migrate(cr, version):
    """Give each such loan the day of its opening."""
    if not column_exists(cr, "carloan_loan", "penalty_free_until"):
        create_column(cr, "carloan_loan", "penalty_free_until", "date")
    cr.execute(OPENED)

"""Reliefs after the last instalment from before they left kept income to the cure.

Such a relief has no instalment of its own. What the bills before it kept out of income
waits for the cure with those bills; its schedule says with which ones. Entries are left
as they are: where a loan was cured meanwhile, or the relief booked that income as a
gain, Check the Books names the loan and says what to do.
"""

# the last version with instalments before each one without, if all of them were billed
LINK = """
    UPDATE carloan_schedule schedule SET unearned_schedule_id = before.id
      FROM carloan_schedule before
     WHERE schedule.unearned_schedule_id IS NULL
       AND schedule.reason = 'relief' AND schedule.state != 'undone'
       AND NOT EXISTS (SELECT FROM carloan_instalment own
                        WHERE own.schedule_id = schedule.id)
       AND before.id = (
           SELECT earlier.id FROM carloan_schedule earlier
            WHERE earlier.loan_id = schedule.loan_id
              AND earlier.version < schedule.version AND earlier.state != 'undone'
              AND EXISTS (SELECT FROM carloan_instalment asked
                           WHERE asked.schedule_id = earlier.id)
            ORDER BY earlier.version DESC LIMIT 1)
       AND EXISTS (SELECT FROM carloan_instalment kept
                    WHERE kept.schedule_id = before.id AND kept.state = 'billed'
                      AND kept.unearned != 0)
       AND NOT EXISTS (SELECT FROM carloan_instalment ahead
                        WHERE ahead.schedule_id = before.id
                          AND ahead.state != 'billed')
"""


def migrate(cr, version):
    """Tell each such schedule whose bills hold the income that waits."""
    cr.execute(LINK)

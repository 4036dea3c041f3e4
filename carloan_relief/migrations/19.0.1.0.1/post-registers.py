"""Registers from before each relief held its own, and cures from before they had a day.

The keys of the lines say which relief held, released or took them back. A completion
waived what all reliefs of a loan held: its line goes to the relief that held as much
of the same claim, else to the last one that held some of it.
"""

OF_ITS_KEY = """
    UPDATE carloan_memo
       SET plan_key = regexp_replace(event_key, '(:held:in|:break:out):[0-9]+$', '')
     WHERE kind = 'held' AND plan_key IS NULL
       AND event_key ~ '(:held:in|:break:out):[0-9]+$'
"""
OF_WHAT_IT_WAIVES = """
    UPDATE carloan_memo memo SET plan_key = (
        SELECT held.plan_key FROM carloan_memo held
         WHERE held.loan_id = memo.loan_id AND held.kind = 'held'
           AND held.event = 'hold' AND held.component = memo.component
           AND held.due_date = memo.due_date
           AND held.instalment_id IS NOT DISTINCT FROM memo.instalment_id
         ORDER BY held.amount = -memo.amount DESC, held.id DESC LIMIT 1)
     WHERE memo.kind = 'held' AND memo.plan_key IS NULL AND memo.event = 'waive'
"""
OF_WHAT_IT_UNDOES = """
    UPDATE carloan_memo memo SET plan_key = undone.plan_key
      FROM carloan_memo undone
     WHERE undone.id = memo.reversed_id
       AND memo.kind = 'held' AND memo.plan_key IS NULL
"""
RELEASED = """
    UPDATE carloan_instalment SET unearned_released_on = write_date::date
     WHERE unearned_released AND unearned_released_on IS NULL
"""
HAS_RELEASED = """
    SELECT 1 FROM information_schema.columns
     WHERE table_name = 'carloan_instalment' AND column_name = 'unearned_released'
       AND table_schema = current_schema()
"""


def migrate(cr, version):
    """Give each line of what was held its relief, and each cure its day."""
    for query in (OF_ITS_KEY, OF_WHAT_IT_WAIVES, OF_WHAT_IT_UNDOES):
        cr.execute(query)
    cr.execute(HAS_RELEASED)
    if cr.fetchone():
        cr.execute(RELEASED)

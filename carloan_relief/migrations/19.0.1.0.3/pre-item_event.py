"""Journal items from before they kept the event of their entry.

By one statement, before the ORM finds the field: it would compute item by item.
"""

from odoo.tools.sql import column_exists, create_column

EVENTS = """
    UPDATE account_move_line line SET carloan_event = move.carloan_event
      FROM account_move move
     WHERE move.id = line.move_id AND move.carloan_event IS NOT NULL
       AND line.carloan_event IS NULL
"""


def migrate(cr, version):
    """Give each item the event of its entry."""
    if not column_exists(cr, "account_move_line", "carloan_event"):
        create_column(cr, "account_move_line", "carloan_event", "varchar")
    cr.execute(EVENTS)

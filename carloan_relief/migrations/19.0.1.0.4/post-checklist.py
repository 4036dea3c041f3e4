"""Cases that were under way when checklists of papers came have none.

They get the one of their hardship while nothing was proposed yet; what was put up for
approval, or approved, is not held up by papers that nobody had asked for.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Ask for the papers of open, undecided cases without a single line."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    requests = env["carloan.relief.request"].search(
        [
            ("state", "in", ("submitted", "assessed")),
            ("checklist_ids", "=", False),
            ("reason_id", "!=", False),
        ]
    )
    requests._sync_checklist()

from odoo import models

from .carloan_ledger import RECEIVABLE_ROLES


class CarloanSchedule(models.Model):
    """What the entries of a relief did beside the schedule."""

    _inherit = "carloan.schedule"

    def _get_rate_on(self, day):
        """Return the contract rate in force on a day, as a yearly fraction.

        A relief may have lowered it for some of the instalments.
        """
        self.ensure_one()
        terms = self.engine_terms or {}
        window = terms.get("first_rate_rows") or 0
        if not window:
            return self.annual_rate
        past = self.instalment_ids.filtered(lambda line: line.due_date <= day)
        return terms["first_rate"] if len(past) < window else self.annual_rate

    def _get_arrears_settled(self):
        """Override to read what the entries of a relief took off the receivables."""
        if self.reason != "relief" or not self.event_key:
            return 0
        moves_sudo = self.loan_id._find_relief_moves(self.event_key)
        items_sudo = moves_sudo.line_ids.filtered(
            lambda line: line.carloan_role in RECEIVABLE_ROLES
        )
        amounts = items_sudo.mapped("amount_currency")
        return -sum(self.loan_id._to_minor(amounts)) if amounts else 0

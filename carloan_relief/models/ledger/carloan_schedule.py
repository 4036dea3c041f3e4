from odoo import models

from ...engine import frozen, rest
from .carloan_ledger import RECEIVABLE_ROLES


class CarloanSchedule(models.Model):
    """What the entries of a relief did beside the schedule."""

    _inherit = "carloan.schedule"

    def _get_rates_on(self, day):
        """Return {schedule: contract rate in force on a day, as a yearly fraction}."""
        rates = {schedule: schedule.annual_rate for schedule in self}
        agreed = self.filtered("engine_terms")
        if agreed:
            terms = frozen.thaw_terms([one.engine_terms for one in agreed])
            past = [
                sum(line.due_date <= day for line in one.instalment_ids)
                for one in agreed
            ]
            found = rest.rate_after(terms, past).tolist()
            rates.update(zip(agreed, found, strict=True))
        return rates

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

"""The timeline of a case: days of the law that were kept, and plans dated back."""

from odoo import models
from odoo.tools import format_date


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_timeline_facts(self):
        """Override: statutory days that were kept."""
        # sudo: as the other facts; clocks stand on the form of the case
        return [*super()._get_timeline_facts(), *self.sudo()._get_met_facts()]

    def _get_met_facts(self):
        met = self.clock_ids.filtered(lambda one: one.state == "met")
        return [
            self._make_fact(
                "clock_met",
                clock.met_on,
                self.env._(
                    "Day of the law kept: %(clock)s, by %(date)s",
                    clock=clock.kind_id.name,
                    date=format_date(self.env, clock.due_date),
                ),
            )
            for clock in met
        ]

    def _get_step_details(self):
        """Override: a plan that was dated back says from when on it holds, and why."""
        details = super()._get_step_details()
        if self.backdate_reason:
            details["active"] = self.env._(
                "%(plan)s; in effect from %(date)s: %(reason)s",
                plan=details["active"],
                date=format_date(self.env, self.effective_date),
                reason=self.backdate_reason,
            )
        return details

from collections.abc import Iterable

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_carloan_tz(self):
        """Return the time zone in which the law counts the days of this company."""
        self.ensure_one()
        # sudo: the address and the working hours of the company, whoever asks
        company_sudo = self.sudo()
        name = company_sudo.partner_id.tz or company_sudo.resource_calendar_id.tz
        return pytz.timezone(name or "UTC")

    def _get_carloan_day(self, moment=None):
        """Return the day of a moment (UTC, now if none) where the company is."""
        moment = moment or fields.Datetime.now()
        zone = self._get_carloan_tz()
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _get_carloan_holidays(self) -> Iterable:
        """Return the days, besides weekends, on which this company does not work."""
        self.ensure_one()
        zone = self._get_carloan_tz()
        # sudo: public holidays are no secret
        leaves = self.sudo().resource_calendar_id.global_leave_ids
        days = set()
        for leave in leaves:
            first, last = (
                pytz.utc.localize(moment).astimezone(zone).date()
                for moment in (leave.date_from, leave.date_to)
            )
            days |= {
                fields.Date.add(first, days=number)
                for number in range((last - first).days + 1)
            }
        return sorted(days)

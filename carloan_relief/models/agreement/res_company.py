import datetime

import pytz

from odoo import fields, models

from ...engine import rules


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_rule_value(self, code, day):
        """Return the number of a rule on a day, None when the law says nothing then.

        :param str code: as in the book of rules, such as ``policy.evidence.scan``
        :param day: date
        """
        try:
            row = self._get_rule_book().at(code, fields.Date.to_string(day))
        except rules.RuleError:
            return None
        return row.value

    def _get_law_value(self, suffix, day):
        """Return the number that the law of this company sets, None when it sets none.

        :param str suffix: the code without its jurisdiction, such as ``cooling_off``
        """
        # sudo: the law of a company is no secret
        law = self.sudo().carloan_jurisdiction_id.code
        return self._get_rule_value(f"{law}.{suffix}", day)

    def _get_carloan_zone(self):
        """Return the time zone in which days of this company begin and end."""
        # sudo: partner and calendar of the company may be hidden from a borrower
        self_sudo = self.sudo()
        name = self_sudo.partner_id.tz or self_sudo.resource_calendar_id.tz
        return pytz.timezone(name or "UTC")

    def _get_carloan_day(self, moment=None):
        """Return the day it is for this company at a moment, now if not given."""
        moment = moment or fields.Datetime.now()
        return pytz.utc.localize(moment).astimezone(self._get_carloan_zone()).date()

    def _get_day_end(self, day):
        """Return the last second of a day of this company, in UTC as fields keep it."""
        last = datetime.datetime.combine(day, datetime.time(23, 59, 59))
        local = self._get_carloan_zone().localize(last)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

from datetime import datetime

import pytz

from odoo import fields, models

from ...engine import campaign as engine
from ...engine import conduct


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_offer_cap = fields.Integer(
        "Unasked Offers at Most",
        default=2,
        help="How many campaigns may write to one borrower within the days; 0: as "
        "many as there are.",
    )
    carloan_offer_cap_days = fields.Integer(
        "Within Days",
        default=180,
        help="Days in which the campaigns that wrote to a borrower are counted.",
    )

    _carloan_offer_cap_check = models.Constraint(
        "CHECK (COALESCE(carloan_offer_cap, 0) >= 0"
        " AND COALESCE(carloan_offer_cap_days, 1) > 0)",
        "The cap on unasked offers is not negative, and counted over a day at least.",
    )

    def _get_awake_zones(self, zones):
        """Return the time zones in which people may be written to at this hour.

        :param set zones: names of time zones
        """
        self.ensure_one()
        # sudo: the law of the company, which analysts need not read
        law = self.sudo().carloan_jurisdiction_id.code
        zones = sorted(zones)
        if law not in conduct.WITH_HOURS or not zones:
            return set(zones)
        now = datetime.now(pytz.utc)
        ahead = [
            int(now.astimezone(pytz.timezone(zone)).utcoffset().seconds // 60)
            for zone in zones
        ]
        allowed = conduct.hours_allowed(
            engine.local_minutes(now.hour * 60 + now.minute, ahead),
            country=law,
            as_of=self._get_carloan_day(),
            book=self._get_rule_book(),
        )
        return {zone for zone, awake in zip(zones, allowed, strict=True) if awake}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    carloan_offer_cap = fields.Integer(
        related="company_id.carloan_offer_cap", readonly=False
    )
    carloan_offer_cap_days = fields.Integer(
        related="company_id.carloan_offer_cap_days", readonly=False
    )

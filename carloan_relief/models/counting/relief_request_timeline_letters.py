"""The timeline of a case: letters of refusal, and days of the law that were missed."""

import datetime

import pytz

from odoo import fields, models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_timeline_facts(self):
        """Override: letters, their delivery, and statutory days missed."""
        # sudo: as the other facts; letters and clocks stand on the form of the case
        self_sudo = self.sudo()
        return [
            *super()._get_timeline_facts(),
            *self_sudo._get_letter_facts(),
            *self_sudo._get_missed_facts(),
        ]

    def _get_letter_facts(self):
        facts = []
        for letter in self.decline_letter_ids.filtered("sent_on").sorted("id"):
            facts.append(
                self._make_fact(
                    "letter",
                    letter.sent_on,
                    self.env._(
                        "Letter of refusal sent: %(reasons)s",
                        reasons=", ".join(letter.reason_ids.mapped("name")),
                    ),
                    letter.sent_by_id,
                    borrower=self.env._("We wrote to you why we cannot agree"),
                )
            )
            if letter.delivered_on:
                what = self.env._("Letter delivered: %(proof)s", proof=letter.proof)
                facts.append(self._make_fact("letter", letter.delivered_on, what))
        return facts

    def _get_missed_facts(self):
        missed = self.clock_ids.filtered(lambda one: one.state in ("missed", "late"))
        return [
            self._make_fact(
                "clock",
                self._get_end_of_day(clock.due_date),
                self.env._(
                    "Day of the law missed: %(clock)s", clock=clock.kind_id.name
                ),
                self.env.ref("base.user_root"),
            )
            for clock in missed
        ]

    def _get_end_of_day(self, day):
        """Return the moment (UTC) at which a day is over where the company is."""
        begin = datetime.datetime.combine(fields.Date.add(day, days=1), datetime.time())
        local = self.company_id._get_carloan_tz().localize(begin)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

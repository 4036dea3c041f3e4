"""The clock of a review: working hours, stopped while papers are awaited."""

from odoo import fields, models


class TierReview(models.Model):
    _inherit = "tier.review"

    carloan_pending_since = fields.Datetime("Waits Since", readonly=True)
    carloan_deadline = fields.Datetime("Decide Before", readonly=True, index=True)
    carloan_hours_left = fields.Float(
        "Hours Left",
        readonly=True,
        help="Working hours that were left when the clock was stopped.",
    )
    carloan_remind_on = fields.Datetime(readonly=True)
    carloan_escalated_on = fields.Datetime("Escalated On", readonly=True)

    def _get_calendar(self):
        """Return the calendar of the tier, or of the company; it may be empty."""
        self.ensure_one()
        # sudo: hours count alike for every reader
        request_sudo = self.sudo().env[self.model].browse(self.res_id)
        return (
            self.sudo().definition_id.carloan_calendar_id
            or request_sudo.company_id.resource_calendar_id
        )

    def _plan_hours(self, hours, start):
        """Return when so many working hours from a moment are over.

        Without a calendar every hour counts.
        """
        calendar_sudo = self._get_calendar()
        if hours <= 0:
            return start
        planned = calendar_sudo and calendar_sudo.plan_hours(
            hours, start, compute_leaves=True
        )
        return planned or fields.Datetime.add(start, seconds=round(hours * 3600))

    def _count_hours(self, begin, end):
        """Return the working hours between two moments, 0 if they are the other way."""
        if not begin or not end or end <= begin:
            return 0.0
        calendar_sudo = self._get_calendar()
        if not calendar_sudo:
            return (end - begin).total_seconds() / 3600
        return calendar_sudo.get_work_hours_count(begin, end)

    def _begin_clock(self, hours):
        """Set the deadline so many working hours from now, and when to remind."""
        self.ensure_one()
        now = fields.Datetime.now()
        before = self.definition_id.carloan_remind_hours
        self.write(
            {
                "carloan_deadline": self._plan_hours(hours, now),
                "carloan_remind_on": self._plan_hours(max(hours - before, 0), now)
                if before
                else False,
                "carloan_hours_left": 0.0,
            }
        )

    def _start_clock(self):
        """Begin the time to decide of a review whose turn it is."""
        now = fields.Datetime.now()
        for review in self.filtered(lambda one: not one.carloan_pending_since):
            review.carloan_pending_since = now
            hours = review.definition_id.carloan_sla_hours
            if not hours:
                continue
            if review._get_open_pause():
                review.carloan_hours_left = hours
            else:
                review._begin_clock(hours)

    def _get_open_pause(self):
        # sudo: a clock stands still whoever looks
        request_sudo = self.sudo().env[self.model].browse(self.res_id)
        return request_sudo._get_pauses().filtered(lambda one: not one.date_end)

    def _stop_clock(self):
        """Keep the hours that are left, while papers are awaited."""
        now = fields.Datetime.now()
        # what ran out before stays overdue
        running = self.filtered(lambda one: (one.carloan_deadline or now) > now)
        for review in running:
            left = review._count_hours(now, review.carloan_deadline)
            review.write(
                {
                    "carloan_hours_left": left,
                    "carloan_deadline": False,
                    "carloan_remind_on": False,
                }
            )

    def _resume_clock(self):
        """Go on with the hours that were left."""
        for review in self.filtered("carloan_hours_left"):
            review._begin_clock(review.carloan_hours_left)

    def _get_hours_taken(self):
        """Return the working hours since it was the turn of the review, pauses out."""
        self.ensure_one()
        now = fields.Datetime.now()
        since = self.carloan_pending_since
        if not since:
            return 0.0
        # sudo: a clock stands still whoever looks
        request_sudo = self.sudo().env[self.model].browse(self.res_id)
        paused = sum(
            self._count_hours(max(pause.date_begin, since), pause.date_end or now)
            for pause in request_sudo._get_pauses()
        )
        return max(self._count_hours(since, now) - paused, 0.0)

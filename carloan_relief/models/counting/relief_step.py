from datetime import UTC

import numpy as np

from odoo import api, fields, models

from ...engine import worktime
from ..relief.relief_request import OPEN_STATES
from .optional_float import OptionalFloat


class CarloanReliefStep(models.Model):
    """One stay of a case in a state: since when, until when, who moved it there.

    Written by the moves of the case alone. A case that came back to a state has one
    row for each stay.
    """

    _name = "carloan.relief.step"
    _description = "Step of a Relief Request"
    _inherit = ["carloan.recorded.mixin"]
    _order = "request_id desc, date_begin, id"

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    state = fields.Selection(
        selection=lambda self: self.env["carloan.relief.request"]
        ._fields["state"]
        ._description_selection(self.env),
        string="Step",
        required=True,
        index=True,
    )
    date_begin = fields.Datetime("Since", required=True)
    date_end = fields.Datetime("Until")
    user_id = fields.Many2one("res.users", "Moved By", help="Empty: not known.")
    days = OptionalFloat("Days", digits=(12, 2), aggregator="avg")
    hours = OptionalFloat(
        "Working Hours",
        digits=(12, 2),
        aggregator="avg",
        help="By the working hours of the company, without the time in which papers "
        "of the borrower were awaited. A plan in force has none.",
    )
    hours_waiting = OptionalFloat(
        "Working Hours Awaiting Papers", digits=(12, 2), aggregator="avg"
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    team_id = fields.Many2one(related="request_id.team_id", store=True)
    officer_id = fields.Many2one(related="request_id.user_id", store=True)
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    grade_id = fields.Many2one(related="request_id.grade_id", store=True)
    reason_id = fields.Many2one(related="request_id.reason_id", store=True)
    channel = fields.Selection(related="request_id.channel", store=True)
    is_exception = fields.Boolean(related="request_id.is_exception", store=True)

    _open_uniq = models.UniqueIndex(
        "(request_id) WHERE date_end IS NULL", "A case is in one state at a time."
    )

    @api.depends("request_id", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for step in self:
            label = labels.get(step.state, step.state)
            step.display_name = f"{step.request_id.name}: {label}"

    # ------------------------------------------------------------------ GUARD
    def _get_recorded_message(self):
        return self.env._(
            "The steps of a relief request are recorded by its buttons and "
            "stay as they are. Use the buttons of the request."
        )

    def action_open_request(self):
        """Open the case of this step."""
        self.ensure_one()
        return self.request_id._get_records_action()

    # ------------------------------------------------------------------- TIME
    def _store_times(self):
        """Measure the steps that are over; once for each calendar."""
        over = self.filtered("date_end")
        by_calendar = over.grouped(lambda step: step.company_id.resource_calendar_id)
        for calendar, steps in by_calendar.items():
            steps._store_days()
            at_work = steps.filtered(lambda step: step.state in OPEN_STATES)
            if at_work:
                at_work._store_hours(calendar)

    def _store_days(self):
        found = worktime.days(*self._get_moments())
        for step, days in zip(self, found, strict=True):
            step.days = days

    def _store_hours(self, calendar):
        begin, end = self._get_moments()
        work = self._get_work(calendar, self)
        place = {step.request_id.id: [] for step in self}
        for at, step in enumerate(self):
            place[step.request_id.id].append(at)
        waits = [
            (at, *wait)
            for request, *wait in self.request_id._get_waits()
            for at in place[request.id]
        ]
        columns = list(zip(*waits, strict=True)) or [(), (), ()]
        owner, since, until = columns[0], _moments(columns[1]), _moments(columns[2])
        waited = worktime.waiting(owner, since, until, begin, end, work)
        taken = worktime.hours(begin, end, work) - waited
        for step, hours, waiting in zip(self, taken, waited, strict=True):
            step.write({"hours": hours, "hours_waiting": waiting})

    def _get_moments(self):
        return _moments(self.mapped("date_begin")), _moments(self.mapped("date_end"))

    @api.model
    def _get_work(self, calendar, steps):
        """Return the working time of a calendar around steps, (K, 2) moments.

        :return: None without a calendar: every hour counts
        """
        if not calendar:
            return None
        begin, end = min(steps.mapped("date_begin")), max(steps.mapped("date_end"))
        # a calendar answers by the day of its own zone
        begin = fields.Datetime.subtract(begin, days=1).replace(tzinfo=UTC)
        end = fields.Datetime.add(end, days=1).replace(tzinfo=UTC)
        found = calendar._work_intervals_batch(begin, end)[False]
        return _moments(
            moment.astimezone(UTC).replace(tzinfo=None)
            for start, stop, _meta in found
            for moment in (start, stop)
        ).reshape(-1, 2)


def _moments(values):
    """Return moments of Odoo for the engine, (N,) datetime64; False is NaT."""
    return np.array([value or "NaT" for value in values], dtype="datetime64[s]")

"""Every move of a case leaves a step behind: from when to when, and by whom."""

from odoo import api, fields, models

from ..relief.relief_request import MOVE_FIELDS

MOVE_FIELDS |= {"step_ids", "state_since"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    step_ids = fields.One2many(
        "carloan.relief.step", "request_id", readonly=True, copy=False
    )
    state_since = fields.Datetime(
        "In This State Since", compute="_compute_state_since", store=True
    )

    @api.depends("step_ids.date_begin", "step_ids.date_end")
    def _compute_state_since(self):
        for request in self:
            now = request.step_ids.filtered(lambda step: not step.date_end)
            request.state_since = now[:1].date_begin

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the first step of a case begins with it."""
        requests = super(CarloanReliefRequest, self._without_move_defaults()).create(
            vals_list
        )
        requests._record_steps()
        return requests

    def _without_move_defaults(self):
        """Drop from the context of a caller what only the moves of a case set."""
        if self.env.su:
            return self
        closed = {f"default_{name}" for name in MOVE_FIELDS}
        kept = {k: v for k, v in self.env.context.items() if k not in closed}
        # the whole context on purpose: a key can be left out no other way
        return self.with_context(kept)  # pylint: disable=context-overridden

    def write(self, vals):
        """Override: whatever moves a case, its step is recorded."""
        res = super().write(vals)
        if "state" in vals:
            self._record_steps()
        return res

    def _record_steps(self):
        """End the step that each case was in, and begin the one it is in now."""
        # sudo: steps are closed to everybody but the moves of a case
        self_sudo = self.sudo()
        now = fields.Datetime.now()
        before_sudo = self_sudo.step_ids.filtered(lambda step: not step.date_end)
        before_sudo.write({"date_end": now})
        before_sudo._store_times()
        # one step at a time is an index: the next begins when the last has ended
        before_sudo.flush_recordset()
        self_sudo.env["carloan.relief.step"].create(
            [
                {
                    "request_id": request.id,
                    "state": request.state,
                    "date_begin": now,
                    "user_id": self.env.uid,
                }
                for request in self_sudo
            ]
        )

    def _get_waits(self):
        """Return when papers of the borrower were awaited.

        Parts that ask for papers add their waits; those of a case do not overlap.

        :return: list of (request, begin, end), end False while it lasts
        """
        # sudo: pauses are kept by the approval
        return [
            (pause_sudo.request_id, pause_sudo.date_begin, pause_sudo.date_end)
            for pause_sudo in self.sudo().approval_pause_ids
        ]

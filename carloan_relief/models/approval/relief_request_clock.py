"""The pauses of the clock of an approval, while papers of the borrower are awaited."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    approval_pause_ids = fields.One2many(
        "carloan.approval.pause", "request_id", "Papers Awaited From Borrower"
    )
    papers_awaited = fields.Char(compute="_compute_papers_awaited")

    @api.depends("approval_pause_ids.date_end")
    def _compute_papers_awaited(self):
        # sudo: what is awaited may be read by whoever reads the case
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            pauses_sudo = request_sudo.approval_pause_ids
            request.papers_awaited = pauses_sudo.filtered(lambda one: not one.date_end)[
                :1
            ].papers

    def _get_pauses(self):
        """Override: the times in which papers were awaited."""
        return self.approval_pause_ids

    def _end_approval(self):
        """Override: leave no running pause behind either."""
        res = super()._end_approval()
        open_pauses = self.approval_pause_ids.filtered(lambda one: not one.date_end)
        open_pauses.date_end = fields.Datetime.now()
        return res

    def _close(self, state, allowed, reason=None):
        """Override: nobody needs to decide a closed case."""
        res = super()._close(state, allowed, reason)
        # sudo: activities and pauses are kept by the approval
        self.sudo()._end_approval()
        return res

    # ------------------------------------------------------------------ PAUSE
    def action_await_papers(self):
        """Open the dialog that stops the clock while papers are awaited."""
        self.ensure_one()
        self._check_may_pause()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Await Papers"),
            "res_model": "carloan.approval.pause",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    def _check_may_pause(self):
        """Only staff of the case stop its clock, while it is being decided."""
        self.ensure_one()
        self._check_staff("officer", "approver")
        self._lock()
        if self.state != "to_approve" or self.papers_awaited:
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s and awaits %(papers)s: papers "
                    "are asked for while it waits for approval, one set at a time. "
                    "Note their receipt with Papers Received.",
                    request=self.name,
                    state=self._get_state_label(),
                    papers=self.papers_awaited or self.env._("nothing"),
                )
            )

    def _await_papers(self, papers):
        """Stop the clock of a case that is being decided, unless it stands already."""
        self.ensure_one()
        if self.state == "to_approve" and not self.papers_awaited:
            self.env["carloan.approval.pause"].create(
                {"request_id": self.id, "papers": papers}
            )

    def _pause_approval(self, papers):
        # sudo: reviews are closed to everybody but the approval
        self.sudo()._get_pending_reviews()._stop_clock()
        self._log(self.env._("Papers awaited: %(papers)s.", papers=papers))

    def action_papers_received(self):
        """Let the clock go on."""
        self._check_staff("officer", "approver")
        for request in self:
            request._lock()
            request._resume_approval()
        return True

    def _resume_approval(self):
        """End the pause and go on with the hours that were left."""
        # sudo: reviews and pauses are closed to everybody but the approval
        self_sudo = self.sudo()
        pauses_sudo = self_sudo.approval_pause_ids.filtered(
            lambda one: not one.date_end
        )
        if not pauses_sudo:
            return
        papers = pauses_sudo[:1].papers
        pauses_sudo.date_end = fields.Datetime.now()
        self_sudo._get_pending_reviews()._resume_clock()
        self._log(self.env._("Papers received: %(papers)s.", papers=papers))

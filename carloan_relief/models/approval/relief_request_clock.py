"""Reviews in the inbox, their clock, and its pauses."""

from odoo import api, fields, models
from odoo.exceptions import UserError

APPROVAL = "carloan_relief.mail_activity_relief_approval"
ESCALATION = "carloan_relief.mail_activity_relief_escalation"


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

    # ------------------------------------------------------------------ INBOX
    def _start_clocks(self):
        """Start the clock of each review whose turn it is, and fill the inbox."""
        # sudo: reviews are closed to everybody but the approval
        for request_sudo in self.sudo():
            request_sudo._get_pending_reviews()._start_clock()
            request_sudo._sync_activities()

    def _get_pending_reviews(self):
        return self.review_ids.filtered(lambda review: review.status == "pending")

    def _sync_activities(self):
        """Put the pending reviews in the inbox of whoever may decide, and no other."""
        # sudo: an activity is for another user
        for request_sudo in self.sudo():
            wanted = request_sudo._get_wanted_reviews()
            present_sudo = request_sudo._get_approval_activities()
            kept_sudo = present_sudo.browse(
                one.id
                for one in present_sudo
                # of the same tier: a person may be asked on the next one as well
                if one.user_id.id in wanted
                and wanted[one.user_id.id].name == one.summary
            )
            (present_sudo - kept_sudo).unlink()
            for user_id in wanted.keys() - set(kept_sudo.user_id.ids):
                request_sudo._schedule_review(wanted[user_id], user_id)

    def _get_wanted_reviews(self):
        """Return {user id: review} of whoever may decide and has not."""
        decided = self._get_decided_users()
        return {
            user.id: review
            for review in self._get_pending_reviews()
            for user in review.reviewer_ids - decided
        }

    def _get_approval_activities(self):
        kind = self.env.ref(APPROVAL)
        return self.activity_ids.filtered(lambda one: one.activity_type_id == kind)

    def _schedule_review(self, review_sudo, user_id):
        """Put a review in the inbox of a person."""
        deadline = review_sudo.carloan_deadline or fields.Datetime.now()
        self.activity_schedule(
            APPROVAL,
            date_deadline=fields.Datetime.context_timestamp(self, deadline).date(),
            summary=review_sudo.name,
            user_id=user_id,
        )

    def _unlink_review_activities(self):
        """Clear the inbox of reviews that are decided or void."""
        self.activity_unlink([APPROVAL, ESCALATION])

    def _end_approval(self):
        """Leave neither an activity nor a running pause behind."""
        self._unlink_review_activities()
        open_pauses = self.approval_pause_ids.filtered(lambda one: not one.date_end)
        open_pauses.date_end = fields.Datetime.now()

    def _close(self, state, allowed, reason=None):
        """Override: nobody needs to decide a closed case."""
        res = super()._close(state, allowed, reason)
        # sudo: activities and pauses are kept by the approval
        self.sudo()._end_approval()
        return res

    def _notify_approval(self, users, subject, body):
        """Tell people by mail, or in their inbox as they prefer."""
        if users:
            # sudo: contacts of colleagues are closed to some staff
            self.message_notify(
                partner_ids=users.sudo().partner_id.ids, subject=subject, body=body
            )

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

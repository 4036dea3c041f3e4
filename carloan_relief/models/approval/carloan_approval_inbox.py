"""Reviews in the inbox of whoever may decide, and their clock."""

from odoo import fields, models

ESCALATION = "carloan_relief.mail_activity_relief_escalation"


class CarloanApprovalMixin(models.AbstractModel):
    _inherit = "carloan.approval.mixin"

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
        kind = self.env.ref(self._approval_activity)
        return self.activity_ids.filtered(lambda one: one.activity_type_id == kind)

    def _schedule_review(self, review_sudo, user_id):
        """Put a review in the inbox of a person."""
        deadline = review_sudo.carloan_deadline or fields.Datetime.now()
        self.activity_schedule(
            self._approval_activity,
            date_deadline=fields.Datetime.context_timestamp(self, deadline).date(),
            summary=review_sudo.name,
            user_id=user_id,
        )

    def _unlink_review_activities(self):
        """Clear the inbox of reviews that are decided or void."""
        self.activity_unlink([self._approval_activity, ESCALATION])

    def _notify_approval(self, users, subject, body):
        """Tell people by mail, or in their inbox as they prefer."""
        if users:
            # sudo: contacts of colleagues are closed to some staff
            self.message_notify(
                partner_ids=users.sudo().partner_id.ids, subject=subject, body=body
            )

    def _end_approval(self):
        """Leave no activity behind."""
        self._unlink_review_activities()

    def _get_pauses(self):
        """Return the times in which papers were awaited; a model may have some."""
        return self.env["carloan.approval.pause"]

"""Reminders before the deadline of a review, escalation after it."""

from odoo import api, fields, models

from .tier_definition import GUARDED_MODELS


class TierReview(models.Model):
    _inherit = "tier.review"

    @api.model
    def _cron_watch_reviews(self):
        """Bring stand-ins up to date, remind, escalate; each review once."""
        self.env["carloan.approval.delegation"]._apply_changes()
        now = fields.Datetime.now()
        pending = [("model", "in", GUARDED_MODELS), ("status", "=", "pending")]
        to_remind = self.search(
            [
                *pending,
                ("carloan_remind_on", "<=", now),
                ("carloan_deadline", ">", now),
                ("last_reminder_date", "=", False),
            ]
        )
        to_escalate = self.search(
            [
                *pending,
                ("carloan_deadline", "<=", now),
                ("carloan_escalated_on", "=", False),
                ("definition_id.carloan_escalate", "=", True),
            ]
        )
        self._watch(to_remind, "_remind", len(to_remind) + len(to_escalate))
        self._watch(to_escalate, "_escalate", len(to_escalate))

    @api.model
    def _watch(self, reviews, step, remaining):
        """Take a step with each review, committed after each."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=remaining)
        for review in reviews:
            locked = review.try_lock_for_update()
            if locked and locked.status == "pending":
                getattr(locked, step)()
            if not cron._commit_progress(1):
                break

    def _get_undecided(self):
        """Return who may still decide."""
        request = self.env[self.model].browse(self.res_id)
        return self.reviewer_ids - request._get_decided_users()

    def _remind(self):
        """Tell whoever has not decided that the deadline is near."""
        self.ensure_one()
        self.last_reminder_date = fields.Datetime.now()
        request = self.env[self.model].browse(self.res_id)
        request._notify_approval(
            self._get_undecided(),
            self.env._("%(request)s waits for your decision", request=request.name),
            self.env._(
                "%(tier)s is to decide on %(request)s before %(deadline)s.",
                tier=self.name,
                request=request.name,
                deadline=self._get_deadline_text(),
            ),
        )

    def _get_deadline_text(self):
        local = fields.Datetime.context_timestamp(self, self.carloan_deadline)
        return local.strftime("%Y-%m-%d %H:%M")

    def _get_escalation_users(self):
        """Return whom to tell: the people of the next tier, else the managers."""
        request = self.env[self.model].browse(self.res_id)
        above = self.definition_id._get_next(request.company_id)
        people = above._get_people(request) if above else self.env["res.users"]
        managers = self.env.ref("carloan_relief.group_manager").all_user_ids
        return self._filter_eligible(people) or self._filter_eligible(managers)

    def _escalate(self):
        """Tell the next tier, once, that nobody has decided in time."""
        self.ensure_one()
        self.carloan_escalated_on = fields.Datetime.now()
        request = self.env[self.model].browse(self.res_id)
        users = self._get_escalation_users()
        text = self.env._(
            "%(tier)s has not decided on %(request)s until %(deadline)s.",
            tier=self.name,
            request=request.name,
            deadline=self._get_deadline_text(),
        )
        # one mail tells what happened: not another that an activity was assigned
        quiet = request.with_context(mail_activity_quick_update=True)
        for user in users:
            quiet.activity_schedule(
                "carloan_relief.mail_activity_relief_escalation",
                summary=text,
                user_id=user.id,
            )
        title = self.env._("%(request)s is overdue", request=request.name)
        request._notify_approval(users, title, text)
        request._log(text)

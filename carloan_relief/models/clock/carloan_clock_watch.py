"""The days of the law watched by night: state, warning, what was missed."""

from odoo import api, fields, models
from odoo.fields import Domain

WARNING = "carloan_relief.mail_activity_clock_warning"
MISSED = "carloan_relief.mail_activity_clock_missed"
BATCH = 500


class CarloanClock(models.Model):
    _inherit = "carloan.clock"

    @api.model
    def _cron_watch(self):
        """Turn over what ran out, warn before it does; each clock once."""
        cron = self.env["ir.cron"]
        domain = Domain.OR(
            self._get_watch_domain(company)
            for company in self.env["res.company"].search([])
        )
        ids = self.search(domain, order="id").ids
        cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), BATCH):
            clocks = self.browse(ids[start : start + BATCH])
            clocks._watch()
            if not cron._commit_progress(len(clocks)):
                break

    def _get_watch_domain(self, company):
        """Return which clocks of a company need something today."""
        today = company._get_carloan_day()
        # clocks go on under a law that the company has left
        kinds = self.env["carloan.clock.kind"].with_context(active_test=False)
        kinds = kinds.search([("nature", "=", "act")])
        warn = Domain.OR(
            Domain("kind_id", "=", kind.id)
            & Domain("due_date", "<=", fields.Date.add(today, days=kind.warn_days))
            for kind in kinds
        )
        must = Domain("nature", "=", "act")
        running = Domain("state", "=", "running")
        return Domain("company_id", "=", company.id) & (
            (running & Domain("due_date", "<", today))
            | (must & running & Domain("warned_on", "=", False) & warn)
            | (
                must
                & Domain("state", "=", "missed")
                & Domain("escalated_on", "=", False)
            )
        )

    def _watch(self):
        """Bring a batch of clocks up to date, warn and escalate."""
        self._sync(self.request_id)
        must = self.filtered(lambda clock: clock.nature == "act")
        missed = must.filtered(
            lambda clock: clock.state == "missed" and not clock.escalated_on
        )
        near = must.filtered(
            lambda clock: clock.state == "running" and not clock.warned_on
        )
        near._tell(WARNING, "_get_warned")
        missed._tell(MISSED, "_get_escalated")
        for company, items in self.grouped("company_id").items():
            today = company._get_carloan_day()
            (items & near).write({"warned_on": today})
            (items & missed).write({"escalated_on": today})

    def _tell(self, kind, recipients):
        """Put these clocks in the inbox of whom they concern, by one create."""
        activity = self.env.ref(kind)
        model_id = self.env["ir.model"]._get_id("carloan.relief.request")
        vals_list = [
            {
                "activity_type_id": activity.id,
                "res_model_id": model_id,
                "res_id": clock.request_id.id,
                "summary": clock._get_summary(),
                "date_deadline": clock.due_date,
                "user_id": user.id,
                "automated": True,
            }
            for clock in self
            for user in getattr(clock, recipients)()
        ]
        # who is told of a clock needs no mail that an activity was assigned
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quiet.create(vals_list)

    def _get_summary(self):
        """Return what the day asks for, in one line."""
        return self.env._(
            "%(clock)s: last day %(date)s (%(law)s)",
            clock=self.kind_id.name,
            date=fields.Date.to_string(self.due_date),
            law=self.source or "",
        )

    def _get_warned(self):
        """Return who has to act: the officer, else whom it escalates to."""
        return self.user_id or self._get_escalated()

    def _get_escalated(self):
        """Return whom to tell of what was missed: the team's lead, else managers."""
        group = self.env.ref("carloan_relief.group_manager")
        managers = group.all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids
        )
        return self.team_id.user_id or managers


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _clear_clock_inbox(self):
        """Clear the inbox of clocks that need nothing any more."""
        must = self.clock_ids.filtered(lambda clock: clock.nature == "act")
        near = must.filtered(lambda clock: clock.state == "running" and clock.warned_on)
        missed = must.filtered(lambda clock: clock.state == "missed")
        (self - near.request_id).activity_unlink([WARNING])
        (self - missed.request_id).activity_unlink([MISSED])

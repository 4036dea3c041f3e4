"""The job that works on campaigns, and the fingerprint of what was approved."""

import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .relief_campaign_guard import BASIS_FIELDS


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    def _get_fingerprint(self):
        """Return what was approved, as a digest of filter, limits, policy and lines."""
        self.ensure_one()
        self.env.flush_all()
        values = {
            # as a number: a name differs by the language of the reader
            name: self[name].id if self._fields[name].relational else self[name]
            for name in sorted(self._get_basis_names())
        }
        if not self.mail_template_several_id:
            # what was approved before there was this letter stays approved
            del values["mail_template_several_id"]
        ((digest,),) = self.env.execute_query(
            SQL(
                "SELECT md5(%s || COALESCE(string_agg(md5(concat_ws('|', loan_id,"
                " plan::text, cost)), '' ORDER BY loan_id), ''))"
                "  FROM carloan_relief_campaign_line"
                " WHERE campaign_id = %s AND exclusion IS NULL",
                json.dumps(values, default=str, sort_keys=True),
                self.id,
            )
        )
        return digest

    def _get_basis_names(self):
        """Return the fields that an approval rests on."""
        return BASIS_FIELDS | {"policy_id", "budget"}

    @api.model
    def _cron_run(self):
        """Work on the campaigns under way, the oldest first, in batches."""
        cron = self.env["ir.cron"]
        under_way = self.search([("state", "in", self._get_job_states())], order="id")
        cron._commit_progress(remaining=len(under_way))
        for campaign in under_way:
            campaign = campaign.with_context(tz=campaign._get_tz())
            while campaign._try_step():
                left = cron._commit_progress()
                # the transaction after each commit sees whether somebody stopped it
                campaign.invalidate_recordset()
                if not left:
                    return
            if not cron._commit_progress(1):
                return

    @api.model
    def _get_job_states(self):
        return ["previewing"]

    def _try_step(self):
        """Take the next step; one campaign that cannot go on holds up no other."""
        try:
            return self._take_step()
        except (UserError, ValueError) as error:
            self.env.cr.rollback()
            self.invalidate_recordset()
            self._halt(str(error))
            return False

    def _halt(self, why):
        """Stop working on a campaign until somebody looked at it."""
        back = {"previewing": "draft", "running": "paused"}.get(self.state)
        if back:
            self._move_to(back, (self.state,))
        self._message_log(body=self.env._("The job stopped: %(why)s", why=why))
        self.env["ir.cron"]._commit_progress()

    def _take_step(self):
        """Take the next step of one campaign; return whether there may be more."""
        self.ensure_one()
        if self.state != "previewing":
            return False
        if self._run_preview_batch():
            return True
        self._finish_preview()
        return False

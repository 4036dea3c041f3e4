from dateutil.relativedelta import relativedelta

from odoo import fields, models


class CarloanDemo(models.AbstractModel):
    """A campaign of offers to borrowers who did not ask, some of which are answered."""

    _inherit = "carloan.demo"

    def _build_campaign(self, loans, users):
        """Take a campaign through preview, approval and sending to its first answers.

        :param loans: whom it may write to; who is under relief is left out by itself
        :param dict users: {login: user}
        """
        today = fields.Date.context_today(self)
        loans.partner_id.carloan_offers_consent_on = today - relativedelta(months=1)
        campaign = (
            self.env["carloan.relief.campaign"]
            .with_user(users["analyst"])
            .create(self._prepare_campaign_vals(loans, today))
        )
        campaign.action_preview()
        self._run_campaign(campaign)
        campaign.action_request_approval()
        for login in ("approver", "manager"):
            if campaign.state == "to_approve":
                self._decide(campaign, users[login], "validate", "Cheap and in time.")
        campaign.with_user(users["manager"]).action_launch()
        self._send_campaign(campaign)
        self._answer_campaign(campaign, users)
        return campaign

    def _prepare_campaign_vals(self, loans, today):
        return {
            "name": "Flood on the coast",
            "reason_id": self.env.ref("carloan_relief.relief_reason_disaster").id,
            "loan_domain": f"[('id', 'in', {loans.ids})]",
            "date_to": today + relativedelta(days=30),
            "mode": "limited",
            "extend": 6,
            "capitalise": True,
            "only_affordable": False,
            "only_gain": False,
            "min_cut": 0.0,
        }

    def _run_campaign(self, campaign):
        """Do what the background job does, here and now."""
        # sudo: the job runs for everybody
        while campaign.sudo()._take_step():
            pass
        campaign.invalidate_recordset()

    def _send_campaign(self, campaign):
        """Make the offers and write to everybody, at whatever hour the book is built.

        Nobody lives at these addresses whom a letter could wake.
        """
        campaign_sudo = campaign.sudo()  # sudo: the job runs for everybody
        while campaign_sudo._make_batch():
            pass
        campaign_sudo._send(campaign_sudo._get_unsent())
        self._run_campaign(campaign)

    def _answer_campaign(self, campaign, users):
        """One borrower signs, one does not want it, the others are still thinking."""
        # sudo: offers of the campaign, whichever team has the loan
        requests = campaign.sudo().request_ids.sorted("id").with_user(users["officer"])
        for request in requests[:1]:
            self._sign_on_paper(request)
        for request in requests[1:2]:
            request.action_decline("Everything is fine here.")

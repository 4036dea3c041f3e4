"""A request that a campaign began, and what is other about it."""

from odoo import fields, models

from ..relief.relief_request import MOVE_FIELDS

MOVE_FIELDS |= {"relief_campaign_id", "campaign_approved"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    relief_campaign_id = fields.Many2one(
        "carloan.relief.campaign",
        "Campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    campaign_approved = fields.Boolean(
        "Approved With Its Campaign",
        readonly=True,
        copy=False,
        help="The offer of the campaign still stands. Whatever else the borrower asks "
        "for takes the normal way.",
    )

    def _get_offer_url(self):
        """Return where the borrower reads the offer; the portal says it."""
        return False

    def _get_deciders(self):
        """Override: who proposed or approved the campaign does not post its reliefs."""
        deciders = super()._get_deciders()
        # sudo: who posts need not read campaigns
        for request_sudo in self.sudo().filtered("campaign_approved"):
            campaign_sudo = request_sudo.relief_campaign_id
            deciders |= (
                campaign_sudo.approver_ids | campaign_sudo.editor_ids
            ).with_env(self.env)
        return deciders

    def _get_decision_text(self):
        """Override: name who approved the campaign, where it was its offer."""
        campaigns_sudo = self.sudo().filtered("campaign_approved").relief_campaign_id
        if not campaigns_sudo:
            return super()._get_decision_text()
        return self.env._(
            "Had been approved with campaign %(campaign)s.",
            campaign=campaigns_sudo[:1].name,
        )

    def _void_proposal(self):
        """Override: what the borrower wants instead was not approved with the
        campaign, and is asked for from today: clocks of the law run from now, and
        papers are needed like in any other case."""
        res = super()._void_proposal()
        # sudo: how a case stands to its campaign is written by the case alone
        for request_sudo in self.sudo():
            if request_sudo.campaign_approved and request_sudo.state == "assessed":
                request_sudo.write(
                    {
                        "campaign_approved": False,
                        "date_submitted": fields.Datetime.now(),
                        "notice_date": request_sudo.company_id._get_carloan_day(),
                    }
                )
                request_sudo._sync_checklist()
        return res

    def _get_offer_expiry(self):
        """Override: an offer of a campaign ends with it at the latest."""
        expiry = super()._get_offer_expiry()
        # sudo: the last day of a campaign is no secret
        campaign_sudo = self.sudo().relief_campaign_id
        if self.campaign_approved and campaign_sudo:
            expiry = min(expiry, campaign_sudo.date_to)
        return expiry

    def _note_opened(self):
        """Keep that the borrower looked at the offer for the first time."""
        # sudo: lines are written by the system alone
        lines_sudo = (
            self.env["carloan.relief.campaign.line"]
            .sudo()
            .search([("request_id", "in", self.ids), ("opened_on", "=", False)])
        )
        if lines_sudo:
            lines_sudo.write({"opened_on": fields.Datetime.now()})

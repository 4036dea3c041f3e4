"""Offers that a campaign made: what the borrower sees and may say."""

from odoo import models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_offer_url(self):
        """Override: the page of the offer, in the borrower's language."""
        return self._get_borrower_url()

    def _portal_is_campaign(self):
        """Whether the offer shown is one that nobody asked for."""
        self.ensure_one()
        return self.campaign_approved

    def _portal_seen(self):
        """Note that the borrower looked at an open offer of a campaign."""
        self.ensure_one()
        if self.campaign_approved and self.state == "offered":
            self._note_opened()

    def _portal_ask_else(self, wish):
        """Take what the borrower needs instead; the request goes the normal way.

        :param str wish: typed by the borrower
        :raise UserError: when the offer is no longer open, or nothing was said
        """
        self.ensure_one()
        if not self.campaign_approved or not self._portal_can_sign():
            raise UserError(
                self.env._(
                    "This offer is no longer open. Reload the page to see where your "
                    "request stands."
                )
            )
        wish = self._read_reason(wish)
        self.note = wish
        self._void_proposal()
        self._tell_officer(
            self.env._(
                "The borrower needs something else than the campaign offered: %(wish)s",
                wish=wish,
            )
        )

    def _get_step(self, code, label):
        """Override: the first step of a campaign was ours."""
        if code == "submitted" and self.campaign_approved:
            label = self.env._("We prepared an offer for you")
        return super()._get_step(code, label)

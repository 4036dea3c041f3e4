from odoo import models


class CarloanReliefRequest(models.Model):
    """Who is too close to a case: parties, household, relatives, the own person."""

    _inherit = "carloan.relief.request"

    def _is_related(self, user):
        """Override: relations on file count, and the contact itself."""
        if super()._is_related(user):
            return True
        # sudo: who may not act must be known whatever the user may read
        own = user.sudo().partner_id
        loans_sudo = self.loan_id.sudo()
        parties = loans_sudo.partner_id | loans_sudo.party_ids.partner_id
        if own in parties:
            return True
        related = self.env["carloan.partner.relation"]._find_related(
            parties | parties.commercial_partner_id
        )
        return own.id in related.ids

"""Approval of a relief request by tiers of authority."""

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _name = "carloan.relief.request"
    _inherit = ["carloan.relief.request", "carloan.approval.mixin"]

    _state_to = ["offered"]
    _cancel_state = "withdrawn"

    def _compute_need_validation(self):
        """Override of `base_tier_validation`: what passed straight needs no review."""
        res = super()._compute_need_validation()
        self.filtered("straight_through").need_validation = False
        return res

    # --------------------------------------------------------------- PROPOSAL
    def action_request_approval(self):
        """Put the chosen offer to the tiers, or straight through if policy allows."""
        self._check_staff("officer")
        for request in self:
            request._request_approval()
        return True

    def _request_approval(self):
        """Propose one case: a small one passes, any other climbs its tiers."""
        self.ensure_one()
        self._check_proposal_complete()
        straight = self._is_straight_through()
        self._move_to(
            "to_approve",
            ("assessed",),
            proposer_id=self.env.uid,
            date_proposed=fields.Datetime.now(),
            proposal_hash=self._get_proposal_hash(),
            straight_through=straight,
        )
        if straight:
            self._log(
                self.env._(
                    "Straight through: within policy and below the limit of the grade."
                )
            )
            self._offer()
            return
        self._ask_tiers()

    def _check_proposal_complete(self):
        """A proposal needs an offer, and an exception needs a reason."""
        self.ensure_one()
        # sudo: the offer of the case
        offer_sudo = self.sudo().offer_id
        if self.state == "assessed" and not offer_sudo:
            raise UserError(
                self.env._(
                    "Request %(request)s has no offer to approve: choose one on the "
                    "Offers page, or make one with New Offer.",
                    request=self.name,
                )
            )
        if offer_sudo.is_exception and not (offer_sudo.exception_reason or "").strip():
            raise UserError(
                self.env._(
                    "Offer %(offer)s is outside the policy and says no reason. Make it "
                    "again with New Offer and enter the reason.",
                    offer=offer_sudo.display_name,
                )
            )
        if self.state == "assessed":
            self._check_figures()

    def _is_straight_through(self):
        """Whether the policy lets this case pass without a person. Never a refusal."""
        self.ensure_one()
        # sudo: limits of the policy apply whoever asks
        self_sudo = self.sudo()
        rule_sudo, offer_sudo = self_sudo.rule_id, self_sudo.offer_id
        # of all reliefs of the borrower: a large one is not cut into small ones
        concession = self_sudo._get_cumulative_concession(
            rule_sudo.straight_through_months or 12
        )
        return bool(
            rule_sudo.straight_through
            and not offer_sudo.is_exception
            and offer_sudo.affordable
            and rule_sudo.currency_id.compare_amounts(
                concession, rule_sudo.straight_through_limit
            )
            <= 0
        )

    def _get_deciders(self):
        """Override: the approvers neither post what they approved."""
        return super()._get_deciders() | self.approver_ids

    def _void_proposal(self):
        """Override: drop the reviews together with the proposal they were for."""
        res = super()._void_proposal()
        for request_sudo in self.sudo():
            if request_sudo.state == "assessed" and request_sudo.review_ids:
                request_sudo._end_approval()
                # what was decided stays on file, for the proposal it was given to
                request_sudo._get_valid_decisions().void = True
                request_sudo.review_ids.unlink()
        return res

    def restart_validation(self):
        """Override of `base_tier_validation`: a restart is a change of proposal."""
        return self.action_reopen()

    def _approved(self):
        """Override: what all tiers approved is offered."""
        self._offer()

    def _refused(self, reasons):
        """Override: what the tiers refused is closed with their reasons."""
        self._close("rejected", ("to_approve",), reasons)

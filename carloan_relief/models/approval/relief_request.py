"""Approval of a relief request by tiers of authority."""

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CarloanReliefRequest(models.Model):
    _name = "carloan.relief.request"
    _inherit = ["carloan.relief.request", "tier.validation"]

    _state_from = ["to_approve"]
    _state_to = ["offered"]
    _cancel_state = "withdrawn"
    _tier_validation_manual_config = True

    approver_ids = fields.Many2many(
        "res.users", string="Approved By", compute="_compute_approver_ids"
    )
    review_deadline = fields.Datetime(compute="_compute_review_deadline")

    @api.depends(
        "review_ids.status", "review_ids.done_by", "approval_decision_ids.decision"
    )
    def _compute_approver_ids(self):
        # sudo: reviews are closed to outsiders, the names of approvers are not
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            approved_sudo = request_sudo.review_ids.filtered(
                lambda review: review.status == "approved"
            )
            given_sudo = request_sudo._get_valid_decisions().filtered(
                lambda one: one.decision == "approved"
            )
            request.approver_ids = (approved_sudo.done_by | given_sudo.user_id).ids

    @api.depends("review_ids.status", "review_ids.carloan_deadline")
    def _compute_review_deadline(self):
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            pending_sudo = request_sudo.review_ids.filtered(
                lambda review: review.status == "pending" and review.carloan_deadline
            )
            request.review_deadline = min(
                pending_sudo.mapped("carloan_deadline"), default=False
            )

    def _compute_need_validation(self):
        """Override of `base_tier_validation`: what passed straight needs no review."""
        res = super()._compute_need_validation()
        self.filtered("straight_through").need_validation = False
        return res

    def _get_to_validate_message(self):
        """Override of `base_tier_validation`: in the language of the reader."""
        # sudo: reviews are closed to outsiders, whose turn it is is not
        pending_sudo = self.sudo().review_ids.filtered(
            lambda review: review.status == "pending"
        )
        if not pending_sudo:
            return super()._get_to_validate_message()
        return self.env._(
            "Waits for the decision of: %(who)s.",
            who=escape(", ".join(pending_sudo.mapped("carloan_decider"))),
        )

    def _tier_validation_check_write_allowed(self, vals):
        """Override of `base_tier_validation`: this model guards its own fields.

        Moves are closed to writing and a change of the basis voids the approval;
        officer, team and notes may change while a case is being decided.
        """

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
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        self_sudo.invalidate_recordset(["need_validation", "review_ids"])
        reviews_sudo = self_sudo.request_validation()
        if not reviews_sudo:
            raise UserError(
                self.env._(
                    "No approval tier covers request %(request)s. A manager adds one "
                    "under Car Loans > Configuration > Approval Tiers.",
                    request=self.name,
                )
            )
        self._check_reviewable(reviews_sudo)
        self._check_top_authority()
        self._start_clocks()
        self._log(
            self.env._(
                "Put up for approval: %(tiers)s.",
                tiers=", ".join(reviews_sudo.mapped("name")),
            )
        )

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

    def _check_reviewable(self, reviews_sudo):
        """Every tier must have as many as must approve, else the case would hang."""
        for review_sudo in reviews_sudo:
            needed = review_sudo.definition_id.carloan_approvals or 1
            people = review_sudo._get_members()
            if not people:
                raise UserError(
                    self.env._(
                        "Nobody may decide tier %(tier)s of request %(request)s: all "
                        "its members are the proposer, related to the borrower or not "
                        "certified. Have a manager add a reviewer to the tier.",
                        tier=review_sudo.name,
                        request=self.name,
                    )
                )
            if len(people) < needed:
                raise UserError(
                    self.env._(
                        "Tier %(tier)s of request %(request)s takes %(needed)s "
                        "approvals, but only %(count)s may decide: %(people)s. Have a "
                        "manager add members to the tier.",
                        tier=review_sudo.name,
                        request=self.name,
                        needed=needed,
                        count=len(people),
                        people=", ".join(people.mapped("name")),
                    )
                )

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

    def _get_decision_text(self):
        """Override: name who had approved before a change voided it."""
        names = ", ".join(self.approver_ids.mapped("name"))
        return self.env._("Had been approved by: %(names)s.", names=names or "-")

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

    # ---------------------------------------------------------------- REVIEWS
    def _check_reviewer(self):
        """Refuse a decision by somebody who may not give it now."""
        self.ensure_one()
        self._lock()
        if self.state != "to_approve":
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: there is nothing to decide. "
                    "Reload the page.",
                    request=self.name,
                    state=self._get_state_label(),
                )
            )
        self._check_not_own()
        self._check_proposal_unchanged()
        user = self.env.user
        if user == self.proposer_id or user in self._get_decided_users():
            raise AccessError(
                self.env._(
                    "%(user)s proposed or already decided on %(request)s; another "
                    "person must decide this tier.",
                    user=user.name,
                    request=self.name,
                )
            )

    def _get_decidable_reviews_sudo(self):
        """Return the reviews of the lowest open tier that the user may decide.

        Who is a member is asked anew: somebody who left the tier since the request
        may no longer decide.
        """
        # sudo: reviews are closed to everybody but the approval
        open_sudo = self.sudo().review_ids.filtered(
            lambda review: review.status in ("waiting", "pending")
        )
        lowest = min(open_sudo.mapped("sequence"), default=0)
        decided = self._get_decided_users()
        mine_sudo = open_sudo.filtered(
            lambda review: review.sequence == lowest
            and review._get_principal(self.env.user, decided) is not None
        )
        if not mine_sudo:
            raise AccessError(
                self.env._(
                    "It is not for %(user)s to decide %(request)s now. Next: %(next)s.",
                    user=self.env.user.name,
                    request=self.name,
                    next=", ".join(
                        open_sudo.filtered(
                            lambda review: review.sequence == lowest
                        ).mapped("name")
                    ),
                )
            )
        return mine_sudo

    def _get_sequences_to_approve(self, user):
        """Override: who may not decide is not offered the buttons."""
        if (
            user == self.proposer_id
            or user in self._get_decided_users()
            or self._is_related(user)
        ):
            return []
        return super()._get_sequences_to_approve(user)

    def validate_tier(self):
        """Override of `base_tier_validation`: only who may decide gets the dialog."""
        self.ensure_one()
        self._check_reviewer()
        self._get_decidable_reviews_sudo()
        return super().validate_tier()

    def reject_tier(self):
        """Override of `base_tier_validation`: only who may decide gets the dialog."""
        self.ensure_one()
        self._check_reviewer()
        self._get_decidable_reviews_sudo()
        return super().reject_tier()

    def _add_comment(self, validate_reject, reviews):
        """Override of `base_tier_validation`: the dialog says what it is about."""
        action = super()._add_comment(validate_reject, reviews)
        titles = {
            "validate": self.env._("Approve %(request)s: why?", request=self.name),
            "reject": self.env._(
                "Reject %(request)s: the reason, as it can be told to the borrower",
                request=self.name,
            ),
        }
        return dict(action, name=titles[validate_reject])

    def _decide(self, decision, comment):
        """Record a decision with its comment, as the dialog hands it in."""
        self.ensure_one()
        self._check_reviewer()
        self = self.with_context(carloan_comment=(comment or "").strip())
        if decision == "validate":
            self._validate_tier()
        else:
            self._rejected_tier()

"""Approval of a record as a whole by tiers of authority: who may decide, and how."""

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CarloanApprovalMixin(models.AbstractModel):
    """What is put to tiers of authority: a request for relief, a campaign of offers.

    A model that inherits it has ``name``, ``company_id``, ``state``, ``proposer_id``,
    ``proposal_hash`` and ``approval_decision_ids``, and answers ``_is_related``,
    ``_check_not_own``, ``_lock``, ``_log``, ``_get_state_label``,
    ``_check_proposal_unchanged``, ``_get_case_amounts``, ``_get_like_cases``,
    ``_approved`` and ``_refused``.
    """

    _name = "carloan.approval.mixin"
    _description = "Approval by tiers of authority"
    _inherit = ["tier.validation"]

    _state_from = ["to_approve"]
    _tier_validation_manual_config = True
    #: Activity that asks for a decision.
    _approval_activity = "carloan_relief.mail_activity_relief_approval"

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
        # sudo: reviews are closed to those who only read the case
        for request, request_sudo in zip(self, self.sudo(), strict=True):
            pending_sudo = request_sudo.review_ids.filtered(
                lambda review: review.status == "pending" and review.carloan_deadline
            )
            request.review_deadline = min(
                pending_sudo.mapped("carloan_deadline"), default=False
            )

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

    def _check_reviewable(self, reviews_sudo):
        """Every tier must have as many as must approve, else the case would hang."""
        for review_sudo in reviews_sudo:
            needed = review_sudo.definition_id.carloan_approvals or 1
            people = review_sudo._get_members()
            if not people:
                raise UserError(
                    self.env._(
                        "Nobody may decide tier %(tier)s of %(record)s: all its "
                        "members proposed or drafted it, are related to a borrower or "
                        "not certified. Have a manager add a reviewer to the tier.",
                        tier=review_sudo.name,
                        record=self.display_name,
                    )
                )
            if len(people) < needed:
                raise UserError(
                    self.env._(
                        "Tier %(tier)s of %(record)s takes %(needed)s "
                        "approvals, but only %(count)s may decide: %(people)s. Have a "
                        "manager add members to the tier.",
                        tier=review_sudo.name,
                        record=self.display_name,
                        needed=needed,
                        count=len(people),
                        people=", ".join(people.mapped("name")),
                    )
                )

    def _get_decision_text(self):
        """Name who had approved before a change voided it."""
        names = ", ".join(self.approver_ids.mapped("name"))
        return self.env._("Had been approved by: %(names)s.", names=names or "-")

    def _check_reviewer(self):
        """Refuse a decision by somebody who may not give it now."""
        self.ensure_one()
        self._lock()
        if self.state != "to_approve":
            raise UserError(
                self.env._(
                    "%(record)s is %(state)s: there is nothing to decide. Reload the "
                    "page.",
                    record=self.display_name,
                    state=self._get_state_label(),
                )
            )
        self._check_not_own()
        self._check_proposal_unchanged()
        user = self.env.user
        if user == self.proposer_id or user in self._get_decided_users():
            raise AccessError(
                self.env._(
                    "%(user)s proposed or already decided on %(record)s; another "
                    "person must decide this tier.",
                    user=user.name,
                    record=self.display_name,
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
                    "It is not for %(user)s to decide %(record)s now. Next: %(next)s.",
                    user=self.env.user.name,
                    record=self.display_name,
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
            "validate": self.env._(
                "Approve %(record)s: why?", record=self.display_name
            ),
            "reject": self.env._(
                "Reject %(record)s: the reason, as it can be told to the borrower",
                record=self.display_name,
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

    # --------------------------------------------------------------- PROPOSAL
    def _ask_tiers(self):
        """Put one record to the tiers that it needs."""
        self.ensure_one()
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        self_sudo.invalidate_recordset(["need_validation", "review_ids"])
        reviews_sudo = self_sudo.request_validation()
        if not reviews_sudo:
            raise UserError(
                self.env._(
                    "No approval tier covers %(record)s. A manager adds one "
                    "under Car Loans > Configuration > Approval Tiers.",
                    record=self.display_name,
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

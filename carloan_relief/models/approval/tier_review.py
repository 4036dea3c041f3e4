from odoo import api, fields, models
from odoo.exceptions import AccessError

# reviews of these models are written by the approval itself and by nothing else
GUARDED_MODELS = ("carloan.relief.request",)


class TierReview(models.Model):
    _inherit = "tier.review"

    carloan_deadline = fields.Datetime("Decide Before", readonly=True)
    carloan_decider = fields.Char(
        "Who Decides", compute="_compute_carloan_decider", compute_sudo=True
    )

    @api.depends("reviewer_group_id", "reviewer_ids")
    @api.depends_context("lang")
    def _compute_carloan_decider(self):
        """Name the role or the persons in the language of the reader.

        `todo_by` is stored in the language of whoever proposed.
        """
        for review in self:
            people = review.reviewer_ids.mapped("display_name")
            review.carloan_decider = review.reviewer_group_id.name or ", ".join(people)

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse a review of a relief request that somebody makes by hand."""
        if any(vals.get("model") in GUARDED_MODELS for vals in vals_list):
            self._check_guard()
        return super().create(vals_list)

    def write(self, vals):
        """Refuse to forge a decision, or to turn another review into one of ours."""
        guarded = any(review.model in GUARDED_MODELS for review in self.sudo())
        if guarded or vals.get("model") in GUARDED_MODELS:
            self._check_guard()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_guard(self):
        if any(review.model in GUARDED_MODELS for review in self.sudo()):
            self._check_guard()

    def _check_guard(self):
        """Reviews of relief requests change by Approve and Reject alone."""
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Reviews of relief requests are kept by the approval itself: open "
                    "the request and use Approve or Reject there."
                )
            )

    def _update_review_status(self):
        """Promote reviews in sudo mode, as the guard closes them to their readers."""
        return super(TierReview, self.sudo())._update_review_status()

    def _get_reviewers(self):
        """Leave only those who may decide: of the tier, unrelated, not the proposer."""
        if self.model not in GUARDED_MODELS:
            return super()._get_reviewers()
        # sudo: members of a group and partners of users are closed to most staff
        self_sudo = self.sudo()
        request_sudo = self_sudo.env[self.model].browse(self.res_id)
        group_sudo = self_sudo.reviewer_group_id
        if group_sudo and not self_sudo.reviewer_id:
            # implied members too: a manager is an approver
            reviewers_sudo = group_sudo.all_user_ids
        else:
            reviewers_sudo = super(TierReview, self_sudo)._get_reviewers()
        company = request_sudo.company_id
        reviewers_sudo = reviewers_sudo.filtered(
            lambda user: user.active
            and not user.share
            and company in user.company_ids
            and not request_sudo._is_related(user)
        )
        return reviewers_sudo - self_sudo.requested_by

from odoo import api, fields, models
from odoo.exceptions import AccessError

# reviews of these models are written by the approval itself and by nothing else
from .tier_definition import GUARDED_MODELS


class TierReview(models.Model):
    _inherit = "tier.review"

    carloan_decider = fields.Char(
        "Who Decides", compute="_compute_carloan_decider", compute_sudo=True
    )
    carloan_decision_ids = fields.One2many(
        "carloan.approval.decision", "review_id", "Decisions"
    )
    carloan_votes = fields.Char(
        "Approvals", compute="_compute_carloan_votes", compute_sudo=True
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

    @api.depends("carloan_decision_ids.decision", "definition_id.carloan_approvals")
    def _compute_carloan_votes(self):
        """Say how many of the approvals needed a committee has."""
        for review in self:
            given = review.carloan_decision_ids.filtered(
                lambda one: one.decision == "approved"
            )
            needed = review.definition_id.carloan_approvals or 1
            review.carloan_votes = f"{len(given)} / {needed}"

    # ----------------------------------------------------------------- GUARD
    @api.model_create_multi
    def create(self, vals_list):
        """Refuse a review of a relief request that somebody makes by hand."""
        if any(vals.get("model") in GUARDED_MODELS for vals in vals_list):
            self._check_guard()
        return super().create(vals_list)

    def write(self, vals):
        """Refuse to forge a decision, or to turn another review into one of ours."""
        # sudo: a review of ours is guarded also against who may not read it
        guarded = any(review.model in GUARDED_MODELS for review in self.sudo())
        if guarded or vals.get("model") in GUARDED_MODELS:
            self._check_guard()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_guard(self):
        # sudo: as in write
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

    # ------------------------------------------------------------- WHO DECIDES
    def _get_reviewers(self):
        """Leave only those who may decide, and who stands in for them today."""
        if self.model not in GUARDED_MODELS:
            return super()._get_reviewers()
        members = self._get_members()
        return members | self._get_delegations(members).delegate_id

    def _get_members(self):
        """Return who may decide in their own right: of the tier and eligible."""
        # sudo: members of a group and partners of users are closed to most staff
        self_sudo = self.sudo()
        request_sudo = self_sudo.env[self.model].browse(self.res_id)
        return self._filter_eligible(self_sudo.definition_id._get_people(request_sudo))

    def _filter_eligible(self, users):
        """Leave who is unrelated, of the company, certified and not the proposer."""
        # sudo: companies and partners of users are closed to most staff
        request_sudo = self.sudo().env[self.model].browse(self.res_id)
        definition_sudo = self.sudo().definition_id
        company = request_sudo.company_id
        users = users.sudo().filtered(
            lambda user: user.active
            and not user.share
            and company in user.company_ids
            and not request_sudo._is_related(user)
        )
        if definition_sudo.requires_certificate:
            users = self.env["carloan.certificate"]._get_holders(
                users,
                definition_sudo.certificate_kind_id,
                fields.Date.context_today(self),
            )
        return users - self.sudo().requested_by

    def _get_delegations(self, members):
        """Return the delegations of today by which somebody stands in for a member.

        Who stands in must be eligible, too.
        """
        # sudo: who stands in is the same whoever asks
        request_sudo = self.sudo().env[self.model].browse(self.res_id)
        delegations_sudo = self.env["carloan.approval.delegation"]._get_of_today(
            members, request_sudo.company_id
        )
        eligible = self._filter_eligible(delegations_sudo.delegate_id)
        return delegations_sudo.filtered(lambda one: one.delegate_id in eligible)

    def _get_principal(self, user, decided):
        """Return for whom a user decides: nobody else, or a member who is away.

        :param decided: res.users who decided already, or for whom somebody did
        :return: res.users, empty if in their own right; None if not at all
        """
        members = self._get_members()
        if user in members:
            return user.browse() if user not in decided else None
        absent = self._get_delegations(members).filtered(
            lambda one: one.delegate_id == user and one.user_id not in decided
        )
        return absent[:1].user_id or None

    def _refresh_reviewers(self):
        """Work out anew who may decide: people leave, are away, and come back."""
        self_sudo = self.sudo()  # nobody writes reviewers by hand
        self.env.add_to_compute(self._fields["reviewer_ids"], self_sudo)
        self_sudo.flush_recordset(["reviewer_ids"])

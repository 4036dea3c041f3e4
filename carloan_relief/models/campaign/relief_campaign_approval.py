"""A campaign is approved as a whole: by tiers, on the sum of what it gives up."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .relief_campaign_guard import MOVE_FIELDS

#: Campaigns whose cost has been approved, and takes of the authority of a tier.
DECIDED = ("approved", "running", "paused", "sent", "done", "stopped")
MOVE_FIELDS |= {
    "proposer_id",
    "date_proposed",
    "proposal_hash",
    "approval_decision_ids",
    "review_ids",
    "validation_status",
}


class CarloanReliefCampaign(models.Model):
    _name = "carloan.relief.campaign"
    _inherit = ["carloan.relief.campaign", "carloan.approval.mixin"]

    _state_to = ["approved"]
    _cancel_state = "stopped"
    _approval_activity = "carloan_relief.mail_activity_campaign_approval"

    proposer_id = fields.Many2one("res.users", "Proposed By", readonly=True, copy=False)
    date_proposed = fields.Datetime("Proposed On", readonly=True, copy=False)
    proposal_hash = fields.Char(readonly=True, copy=False)
    # the tiers name everybody who approved; this is who did so last
    approver_id = fields.Many2one(string="Approval Completed By")
    approval_decision_ids = fields.One2many(
        "carloan.approval.decision", "relief_campaign_id", "Decisions"
    )

    # ---------------------------------------------------------------- ACTIONS
    def action_request_approval(self):
        """Put the preview to the tiers."""
        self._check_campaigner()
        for campaign in self:
            campaign._request_approval()
        return True

    def _request_approval(self):
        """Put one campaign to the tiers, as it was worked out."""
        self.ensure_one()
        self._check_valid_on(self._get_today())
        self._check_policy_unchanged()
        if self.state == "previewed" and not self.selected_count:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s reaches nobody: look at why loans were left "
                    "out, change the filter or the limits and press Preview.",
                    campaign=self.name,
                )
            )
        # whoever proposes answers for it as who drafted it does
        self._note_editor()
        self._check_not_own()
        self._move_to(
            "to_approve",
            ("previewed",),
            proposer_id=self.env.uid,
            date_proposed=fields.Datetime.now(),
            proposal_hash=self._get_fingerprint(),
        )
        self._ask_tiers()

    def action_take_back(self):
        """Take a proposal back to its preview; every decision on it is void."""
        self._check_campaigner()
        for campaign in self:
            campaign._void_approval()
            campaign._move_to("previewed", ("to_approve", "approved", "refused"))
        return True

    def restart_validation(self):
        """Override of `base_tier_validation`: a restart takes the proposal back."""
        return self.action_take_back()

    def _check_policy_unchanged(self):
        """What was worked out under one policy is not offered under another."""
        # sudo: which policy is in force is no secret
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        policy_sudo = Policy_sudo._find_in_force(self.company_id, self._get_today())
        if policy_sudo != self.sudo().policy_id:
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s was worked out under %(old)s; in force is "
                    "%(new)s. What was approved is void: press Preview Again.",
                    campaign=self.name,
                    old=self.sudo().policy_id.display_name or "-",
                    new=policy_sudo.display_name or "-",
                )
            )

    # ------------------------------------------------------- WHAT THE MIXIN ASKS
    def _is_related(self, user):
        """Whether a user drafted it, or is a party of a loan that is written to."""
        self.ensure_one()
        # sudo: who drafted it counts, whoever asks
        return user in self.sudo().editor_ids or self._has_loan_of(user)

    def _has_loan_of(self, user):
        """Whether a loan that is written to is of the user, or of a relative."""
        # sudo: borrowers and partners of users may be hidden from the one who asks
        Line_sudo = self.env["carloan.relief.campaign.line"].sudo()
        house = user.sudo().partner_id.commercial_partner_id
        path = "partner_id.commercial_partner_id"
        domain = [
            ("campaign_id", "=", self.id),
            ("exclusion", "=", False),
            "|",
            (path, "=", house.id),
            (f"loan_id.party_ids.{path}", "=", house.id),
        ]
        return bool(Line_sudo.search_count(domain, limit=1))

    def _check_not_own(self):
        """Nobody proposes or decides on an offer to themselves or a relative.

        Who drafted a campaign may propose it, and never decides on it.
        """
        for campaign in self:
            user = campaign.env.user
            drafting = campaign.state == "previewed"
            check = campaign._has_loan_of if drafting else campaign._is_related
            own = check(user)
            if own and not self.env.su:
                raise AccessError(
                    self.env._(
                        "%(user)s drafted %(campaign)s or is a party of a loan in it. "
                        "Ask a colleague, or leave the loan out.",
                        user=user.name,
                        campaign=campaign.name,
                    )
                )

    def _lock(self):
        """Lock the campaign, so that of two people pressing a button one goes on."""
        if not self.try_lock_for_update():
            raise UserError(
                self.env._(
                    "Somebody else is working on %(campaign)s at this moment. Wait for "
                    "them, reload the page and look before you try again.",
                    campaign=", ".join(self.mapped("name")),
                )
            )
        self.invalidate_recordset(["state"])

    def _log(self, body):
        """Note a move in the chatter in the name of the user."""
        # sudo: approvers move a campaign without writing on it
        for campaign_sudo in self.sudo():
            campaign_sudo._message_log(body=body)

    def _check_proposal_unchanged(self):
        """Refuse to go on with anything but what was put to the tiers."""
        self.ensure_one()
        self._check_policy_unchanged()
        if self.proposal_hash != self._get_fingerprint():
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s is another one than what was put up for "
                    "approval. Take it back, look at the preview and ask again.",
                    campaign=self.name,
                )
            )

    def _has_amounts(self):
        """Override: what is not worked out yet takes nothing."""
        return bool(self.as_of)

    def _get_case_amounts(self):
        """Return what the campaign uses of authority, in the company's currency."""
        self.ensure_one()
        # sudo: a campaign takes the same of an authority, whoever asks
        Line_sudo = self.env["carloan.relief.campaign.line"].sudo()
        ((count, forgiven, added, dpd),) = Line_sudo._read_group(
            [("campaign_id", "=", self.id), ("exclusion", "=", False)],
            [],
            ["__count", "forgiven:sum", "added_instalments:max", "dpd:max"],
        )
        return {
            "concession": self.budget,
            "principal": forgiven or 0.0,
            "instalments": max(added or 0, 0),
            "dpd": dpd or 0,
            "count": count,
        }

    def _get_like_cases(self, months):
        """Return the other campaigns: (decided within a window, in process)."""
        self.ensure_one()
        begin = fields.Datetime.subtract(fields.Datetime.now(), months=months)
        # sudo: other campaigns count, whoever may read them
        others_sudo = self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self.id),
                ("state", "in", ("to_approve", *DECIDED)),
            ]
        )
        process_sudo = others_sudo.filtered(lambda one: one.state == "to_approve")
        used_sudo = (others_sudo - process_sudo).filtered(
            lambda one: one.approved_on and one.approved_on >= begin
        )
        return used_sudo, process_sudo

    def _sum_amounts(self, requests_sudo, measure):
        """Override: instalments added are those of a single loan, too."""
        if measure == "instalments":
            return 0
        return super()._sum_amounts(requests_sudo, measure)

    def _prepare_decision_vals(self, review_sudo, principal):
        """Override to name the campaign."""
        return {
            **super()._prepare_decision_vals(review_sudo, principal),
            "relief_campaign_id": self.id,
        }

    def _approved(self):
        """Override: what all tiers approved may be sent."""
        self._move_to("approved", ("to_approve",), **self._prepare_approval_vals())
        self._log(
            self.env._(
                "Approved: offers to %(count)s loans, at a cost of up to %(budget)s.",
                count=self.selected_count,
                budget=self.currency_id.format(self.budget),
            )
        )

    def _refused(self, reasons):
        """Override: nothing is sent of what a tier refused."""
        self._move_to("refused", ("to_approve",))
        self.sudo()._end_approval()  # activities of others end as well
        self._log(self.env._("Refused: %(reasons)s", reasons=reasons))

    def _void_approval(self):
        """Override: drop what was decided; it stays on file as void."""
        # sudo: reviews and decisions are kept by the approval
        for campaign_sudo in self.sudo():
            if not campaign_sudo.proposer_id:
                continue
            campaign_sudo._end_approval()
            campaign_sudo._get_valid_decisions().void = True
            campaign_sudo.review_ids.unlink()
            campaign_sudo.with_context(skip_validation_check=True).write(
                {
                    "proposer_id": False,
                    "date_proposed": False,
                    "proposal_hash": False,
                    "approver_id": False,
                    "approved_on": False,
                }
            )

    def _drop_preview(self):
        """Override: without a preview there is nothing approved."""
        self._void_approval()
        return super()._drop_preview()


class CarloanApprovalDecision(models.Model):
    _inherit = "carloan.approval.decision"

    relief_campaign_id = fields.Many2one(
        "carloan.relief.campaign",
        "Campaign",
        ondelete="restrict",
        index="btree_not_null",
    )

    _decided_check = models.Constraint(
        "CHECK (num_nonnulls(request_id, relief_campaign_id) = 1)",
        "A decision is on one request or on one campaign.",
    )
    _campaign_person_uniq = models.UniqueIndex(
        "(relief_campaign_id, user_id) WHERE NOT COALESCE(void, false)",
        "A person decides on a proposal once.",
    )
    _campaign_principal_uniq = models.UniqueIndex(
        "(relief_campaign_id, for_user_id) WHERE NOT COALESCE(void, false)",
        "Somebody has decided on this proposal for the person who is away.",
    )

    def _get_decided(self):
        """Override: a request or a campaign."""
        return self.relief_campaign_id or super()._get_decided()

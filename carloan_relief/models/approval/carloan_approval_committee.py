"""Decisions on a proposal: who gave them for whom, and when they are enough."""

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import authority


class CarloanApprovalMixin(models.AbstractModel):
    _inherit = "carloan.approval.mixin"

    def _get_valid_decisions(self):
        """Return the decisions on what is proposed now, in sudo mode."""
        # sudo: the trail is closed to outsiders, who decided is not
        return self.sudo().approval_decision_ids.filtered(lambda one: not one.void)

    def _get_decided_users(self):
        """Return who decided on this proposal, or had somebody decide for them."""
        given_sudo = self._get_valid_decisions()
        return (given_sudo.user_id | given_sudo.for_user_id).with_env(self.env)

    def _validate_tier(self, tiers=False):
        """Override of `base_tier_validation` to check again and to go on.

        The comment dialog calls this with whatever reviews it was given, so the
        reviews are chosen here.
        """
        self.ensure_one()
        self._check_reviewer()
        self._check_tiers_enough()
        reviews_sudo = self._get_decidable_reviews_sudo()
        self._record_decisions(reviews_sudo, "approved")
        done_sudo = reviews_sudo.filtered(
            lambda review: self._get_outcome(review) == authority.APPROVED
        )
        done_sudo._refresh_reviewers()
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        res = None
        if done_sudo:
            res = super(CarloanApprovalMixin, self_sudo)._validate_tier(done_sudo)
            self._go_on_after_tiers()
        self_sudo._sync_activities()
        return res

    def _go_on_after_tiers(self):
        """Go on to the next tier, or to the offer after the last one."""
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        self_sudo.review_ids._update_review_status()
        if self_sudo.validation_status == "validated":
            self_sudo._end_approval()
            self._approved()
        else:
            self_sudo._start_clocks()

    def _rejected_tier(self, tiers=False):
        """Override of `base_tier_validation`: what refusals end is closed."""
        self.ensure_one()
        self._check_reviewer()
        reviews_sudo = self._get_decidable_reviews_sudo()
        self._record_decisions(reviews_sudo, "refused")
        ended_sudo = reviews_sudo.filtered(
            lambda review: self._get_outcome(review) == authority.REFUSED
        )
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        if not ended_sudo:
            self_sudo._sync_activities()
            return None
        ended_sudo._refresh_reviewers()
        res = super(CarloanApprovalMixin, self_sudo)._rejected_tier(ended_sudo)
        self._close_refused(ended_sudo)
        return res

    def _close_refused(self, reviews_sudo):
        """End it with the reasons of those who refused."""
        refused_sudo = reviews_sudo.carloan_decision_ids.filtered(
            lambda one: one.decision == "refused" and one.comment
        )
        reasons = ", ".join(refused_sudo.sorted("id").mapped("comment"))
        self._refused(reasons)

    def _get_outcome(self, review_sudo):
        """Return where a tier stands, as the engine says it."""
        given_sudo = review_sudo.carloan_decision_ids.filtered(lambda one: not one.void)
        approvals = given_sudo.filtered(lambda one: one.decision == "approved")
        voters = given_sudo.mapped(lambda one: one.for_user_id or one.user_id)
        (found,) = authority.outcome(
            [review_sudo.definition_id.carloan_approvals or 1],
            # who has left since and decided before still counts
            [len(review_sudo._get_members() | voters)],
            [len(approvals)],
            [len(given_sudo) - len(approvals)],
            [review_sudo.definition_id.carloan_refusal != "blocked"],
        )
        return int(found)

    def _record_decisions(self, reviews_sudo, decision):
        """Keep who decided, for whom, when and on what figures."""
        decided = self._get_decided_users()
        comment = self.env.context.get("carloan_comment") or False
        for review_sudo in reviews_sudo:
            principal = review_sudo._get_principal(self.env.user, decided)
            vals = self._prepare_decision_vals(review_sudo, principal)
            vals.update(decision=decision, comment=comment)
            # sudo: decisions are written by the approval alone
            self.env["carloan.approval.decision"].sudo().create(vals)
            review_sudo.comment = comment
            self._log_decision(review_sudo, decision, principal)
        self.env.flush_all()

    def _prepare_decision_vals(self, review_sudo, principal):
        """Return who decides, and the figures that are decided on."""
        self_sudo = self.sudo()
        now = fields.Datetime.now()
        delegations = review_sudo._get_delegations(principal) if principal else []
        amounts = self_sudo._get_case_amounts()
        return {
            "review_id": review_sudo.id,
            "definition_id": review_sudo.definition_id.id,
            "tier": review_sudo.name,
            "user_id": self.env.uid,
            "for_user_id": principal.id if principal else False,
            "delegation_id": delegations[:1].id if delegations else False,
            "date": now,
            "hours": review_sudo._get_hours_taken(),
            "late": bool(
                review_sudo.carloan_deadline and review_sudo.carloan_deadline < now
            ),
            "concession": amounts["concession"],
            "principal_forgiven": amounts["principal"],
            "added_instalments": amounts["instalments"],
            "assessed_dpd": amounts["dpd"],
            "figures": self_sudo._prepare_authority_rows(),
            "proposal_hash": self_sudo.proposal_hash,
        }

    def _log_decision(self, review_sudo, decision, principal):
        """Note a decision in the chatter, in the name of who gave it."""
        texts = {
            ("approved", False): self.env._("%(user)s approved: %(tiers)s."),
            ("refused", False): self.env._("%(user)s refused: %(tiers)s."),
            ("approved", True): self.env._(
                "%(user)s approved for %(away)s: %(tiers)s."
            ),
            ("refused", True): self.env._("%(user)s refused for %(away)s: %(tiers)s."),
        }
        self._log(
            texts[decision, bool(principal)]
            % {
                "user": self.env.user.name,
                "away": principal.name if principal else "",
                "tiers": review_sudo.name,
            }
        )

    def _check_tiers_enough(self):
        """Refuse to approve what has outgrown the tiers it was put to.

        Another one that counts with it may have been proposed since.
        """
        # sudo: reviews and tiers are the same for all who look
        missing_sudo = self.sudo()._get_required_tiers() - (
            self.sudo().review_ids.definition_id
        )
        if missing_sudo:
            raise UserError(
                self.env._(
                    "Together with what else was decided or is in process, %(record)s "
                    "by now needs %(tiers)s as well. Take it back to change it, and "
                    "ask for approval again.",
                    record=self.display_name,
                    tiers=", ".join(missing_sudo.mapped("name")),
                )
            )
        self._check_top_authority()

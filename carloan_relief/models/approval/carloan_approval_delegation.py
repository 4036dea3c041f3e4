from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .tier_definition import GUARDED_MODELS


class CarloanApprovalDelegation(models.Model):
    """Who stands in for an approver who is away, from when until when."""

    _name = "carloan.approval.delegation"
    _description = "Delegation of approval"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        "Away",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    delegate_id = fields.Many2one(
        "res.users",
        "Stands In",
        required=True,
        index=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(required=True, tracking=True)
    date_to = fields.Date(required=True, tracking=True)
    reason = fields.Char(required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("revoked", "Revoked")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    approver_id = fields.Many2one(
        "res.users", "Approved By", readonly=True, copy=False, tracking=True
    )
    approved_on = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    revoked_on = fields.Datetime(readonly=True, copy=False)
    applied = fields.Boolean(
        readonly=True,
        copy=False,
        help="The open reviews know of it; kept by the hourly watch.",
    )

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "A delegation cannot end before it begins."
    )
    _other_check = models.Constraint(
        "CHECK (user_id <> delegate_id)", "Somebody else has to stand in."
    )

    @api.depends("user_id", "delegate_id", "date_from", "date_to")
    def _compute_display_name(self):
        for one in self:
            if not (one.delegate_id and one.date_from and one.date_to):
                one.display_name = self.env._("New delegation")
                continue
            one.display_name = self.env._(
                "%(delegate)s for %(user)s, %(begin)s to %(end)s",
                delegate=one.delegate_id.name,
                user=one.user_id.name,
                begin=one.date_from,
                end=one.date_to,
            )

    @api.constrains("user_id", "delegate_id", "date_from", "date_to", "state")
    def _check_no_chain(self):
        """Whoever stands in is there in that time and stands in for one only.

        A delegate who is away would hand on what is not theirs.
        """
        for one in self.filtered(lambda one: one.state != "revoked"):
            # sudo: delegations cross whether or not the user may read both
            crossing = self.sudo().search(
                [
                    ("id", "!=", one.id),
                    ("state", "!=", "revoked"),
                    ("company_id", "=", one.company_id.id),
                    ("date_from", "<=", one.date_to),
                    ("date_to", ">=", one.date_from),
                    "|",
                    ("user_id", "in", (one.user_id | one.delegate_id).ids),
                    ("delegate_id", "=", one.user_id.id),
                ],
                limit=1,
            )
            if crossing:
                raise ValidationError(
                    self.env._(
                        "%(new)s crosses %(other)s: whoever stands in may not be away "
                        "at that time, and nobody hands a delegation on. Change the "
                        "dates, or revoke the other one.",
                        new=one.display_name,
                        other=crossing.display_name,
                    )
                )

    @api.constrains("user_id", "delegate_id", "company_id")
    def _check_eligible(self):
        """Both must be approvers of the company themselves."""
        for one in self:
            # sudo: companies of users are closed to most staff
            for user in (one.user_id | one.delegate_id).sudo():
                if (
                    not user.has_group("carloan_relief.group_approver")
                    or one.company_id not in user.company_ids
                ):
                    raise ValidationError(
                        self.env._(
                            "%(user)s is no approver of %(company)s and can neither "
                            "delegate nor stand in. Choose an approver.",
                            user=user.name,
                            company=one.company_id.name,
                        )
                    )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """A delegation begins as a draft, of oneself unless a manager makes it."""
        guarded = self._get_guarded()
        made = super().create(
            [{k: v for k, v in vals.items() if k not in guarded} for vals in vals_list]
        )
        made._check_owner()
        return made

    def write(self, vals):
        """What was approved is not changed: revoke it, and make another."""
        if not self.env.su:
            self._check_writable(vals)
            self._check_owner()
        res = super().write(vals)
        if not self.env.su:
            self._check_owner()
        return res

    @api.model
    def _get_guarded(self):
        """Return the fields that Approve and Revoke alone write."""
        return {
            "state",
            "approver_id",
            "approved_on",
            "revoked_by_id",
            "revoked_on",
            "applied",
        }

    def _check_writable(self, vals):
        names = self._get_guarded() | {
            "user_id",
            "delegate_id",
            "company_id",
            "date_from",
            "date_to",
            "reason",
        }
        for one in self:
            if self._get_guarded() & set(vals) or (
                one.state != "draft" and names & set(vals)
            ):
                raise AccessError(
                    self.env._(
                        "%(delegation)s is %(state)s and is changed by its buttons "
                        "alone: revoke it and make another.",
                        delegation=one.display_name,
                        state=one._get_state_label(),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_owner()
        for one in self:
            if one.state != "draft":
                raise UserError(
                    self.env._(
                        "%(delegation)s was approved and stays on file: revoke it.",
                        delegation=one.display_name,
                    )
                )

    def _get_state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _check_owner(self):
        """An approver delegates the own authority, a manager anybody's."""
        if self.env.su or self.env.user.has_group("carloan_relief.group_manager"):
            return
        for one in self:
            if one.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "%(user)s may delegate only the own authority. A manager makes "
                        "%(delegation)s.",
                        user=self.env.user.name,
                        delegation=one.display_name,
                    )
                )

    # --------------------------------------------------------------- ACTIONS
    def action_approve(self):
        """Put a delegation in force; a manager who has no part in it."""
        for one in self:
            one._check_approver()
            # sudo: the state is written by the buttons alone
            one.sudo().write(
                {
                    "state": "approved",
                    "approver_id": self.env.uid,
                    "approved_on": fields.Datetime.now(),
                }
            )
        self._apply_changes()
        return True

    def _check_approver(self):
        self.ensure_one()
        self.lock_for_update()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(delegation)s is %(state)s already. Reload the page.",
                    delegation=self.display_name,
                    state=self._get_state_label(),
                )
            )
        user = self.env.user
        # who wrote on the draft last has made it as it is
        involved = self.user_id | self.delegate_id | self.create_uid | self.write_uid
        if user in involved or not user.has_group("carloan_relief.group_manager"):
            raise AccessError(
                self.env._(
                    "%(user)s may not approve %(delegation)s: it takes a manager who "
                    "neither made it nor has a part in it.",
                    user=user.name,
                    delegation=self.display_name,
                )
            )

    def action_revoke(self):
        """End a delegation at once: by who gave it, or by a manager."""
        self.check_access("read")
        self._check_owner()
        for one in self.filtered(lambda one: one.state != "revoked"):
            # sudo: the state is written by the buttons alone
            one.sudo().write(
                {
                    "state": "revoked",
                    "revoked_by_id": self.env.uid,
                    "revoked_on": fields.Datetime.now(),
                }
            )
        self._apply_changes()
        return True

    # ------------------------------------------------------------------- USE
    @api.model
    def _get_of_today(self, users, company):
        """Return the delegations in force today of these users, in sudo mode."""
        today = fields.Date.context_today(self)
        # sudo: who stands in must be known whoever asks
        return self.sudo().search(
            [
                ("state", "=", "approved"),
                ("user_id", "in", users.ids),
                ("company_id", "=", company.id),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )

    @api.model
    def _apply_changes(self):
        """Put stand-ins into open reviews when a delegation begins, and out after."""
        today = fields.Date.context_today(self)
        running = [
            ("state", "=", "approved"),
            ("date_from", "<=", today),
            ("date_to", ">=", today),
        ]
        # sudo: reviews are closed to everybody but the approval
        self_sudo = self.sudo()
        begun_sudo = self_sudo.search([*running, ("applied", "=", False)])
        ended_sudo = self_sudo.search([("applied", "=", True)]) - self_sudo.search(
            [*running, ("applied", "=", True)]
        )
        changed_sudo = begun_sudo | ended_sudo
        if not changed_sudo:
            return
        begun_sudo.applied = True
        ended_sudo.applied = False
        open_sudo = self_sudo.env["tier.review"].search(
            [
                ("model", "in", GUARDED_MODELS),
                ("status", "in", ("waiting", "pending")),
                ("reviewer_ids", "in", changed_sudo.user_id.ids),
            ]
        )
        open_sudo._refresh_reviewers()
        for model, reviews_sudo in open_sudo.grouped("model").items():
            records_sudo = self_sudo.env[model].browse(reviews_sudo.mapped("res_id"))
            records_sudo._sync_activities()

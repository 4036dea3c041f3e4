"""The life of a version: drafted, approved by another, in force, replaced."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CarloanReliefPolicy(models.Model):
    _inherit = "carloan.relief.policy"

    def action_approve(self):
        """Approve drafts of another manager; from its date on a version holds."""
        self._check_car_loan_manager()
        self.check_access("write")
        for policy in self:
            policy._check_draft()
            policy._check_second_person()
            policy._approve()
        return True

    def _approve(self):
        """Approve one draft that is complete and has days of its own."""
        self.ensure_one()
        self._check_complete()
        self._check_days()
        # sudo: states of versions are reserved to the buttons
        self.sudo().write({"state": "approved", **self._prepare_approval_vals()})

    def action_back_to_draft(self):
        """Take the approval of a version back before it is in force."""
        self._check_car_loan_manager()
        self.check_access("write")
        for policy in self:
            if policy.state != "approved":
                raise UserError(
                    self.env._(
                        "Policy %(policy)s is %(state)s: only an approved version that "
                        "is not in force yet goes back to draft.",
                        policy=policy.display_name,
                        state=policy._get_state_label(),
                    )
                )
            policy._check_unused()
            # sudo: states of versions are reserved to the buttons
            policy.sudo().write(
                {"state": "draft", "approver_id": False, "approved_on": False}
            )
        return True

    def _check_unused(self):
        """Refuse to reopen a version that has decided a case.

        An approved version counts from its date on, before the night has said so.
        """
        self.ensure_one()
        # sudo: a case counts whoever may read it
        case_sudo = self.env["carloan.relief.request"].sudo()
        case_sudo = case_sudo.search([("policy_id", "=", self.id)], limit=1)
        if case_sudo:
            raise UserError(
                self.env._(
                    "Policy %(policy)s has decided request %(request)s already and "
                    "stays as it is. Press New Version and change that one.",
                    policy=self.display_name,
                    request=case_sudo.name,
                )
            )

    def action_put_in_force(self):
        """Put an approved version in force whose date has come."""
        self._check_car_loan_manager()
        self.check_access("write")
        for policy in self:
            policy._check_may_begin()
            policy._put_in_force()
        return True

    def _check_may_begin(self):
        """Refuse what nobody approved, and what begins later."""
        self.ensure_one()
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "Policy %(policy)s is %(state)s. A second manager presses Approve "
                    "on a draft; then it can be put in force.",
                    policy=self.display_name,
                    state=self._get_state_label(),
                )
            )
        if self.date_from > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "Policy %(policy)s begins on %(date)s and comes into force by "
                    "itself in the night before. Press Back to Draft to change the "
                    "date.",
                    policy=self.display_name,
                    date=fields.Date.to_string(self.date_from),
                )
            )

    def _check_complete(self):
        """A version without rules would refuse everybody."""
        if not self.rule_ids:
            raise ValidationError(
                self.env._(
                    "Policy %(policy)s has no rule: add one for each risk grade first.",
                    policy=self.display_name,
                )
            )

    def _find_replaced_sudo(self):
        """Return the versions that end when this one begins."""
        # sudo: dates and state of versions are reserved to the buttons
        return self.sudo().search(
            [
                ("state", "=", "in_force"),
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self.id),
            ]
        )

    def _check_days(self):
        """Two versions cannot begin on one day, nor one before what it replaces."""
        # sudo: versions that the reader may not see begin on days, too
        rivals_sudo = self.sudo().search(
            [("state", "=", "approved"), ("company_id", "=", self.company_id.id)]
        )
        rivals_sudo = rivals_sudo.filtered(lambda one: one.date_from == self.date_from)
        for policy_sudo in self._find_replaced_sudo() | (rivals_sudo - self.sudo()):
            if policy_sudo.date_from >= self.date_from:
                raise UserError(
                    self.env._(
                        "Policy %(old)s is in force from %(date)s. Set a later date on "
                        "%(new)s, so that both have days of their own.",
                        old=policy_sudo.display_name,
                        date=fields.Date.to_string(policy_sudo.date_from),
                        new=self.display_name,
                    )
                )

    def _put_in_force(self):
        """Put one version in force and end the one it replaces the day before."""
        self.ensure_one()
        self._check_complete()
        self._check_days()
        now = fields.Datetime.now()
        self._find_replaced_sudo().write(
            {
                "state": "retired",
                "date_to": fields.Date.subtract(self.date_from, days=1),
                "retired_on": now,
            }
        )
        # sudo: states of versions are reserved to the buttons
        self.sudo().write({"state": "in_force", "put_in_force_on": now})

    @api.model
    def _cron_put_in_force(self):
        """Put the approved versions in force whose date has come, the oldest first."""
        due = self.search(
            [
                ("state", "=", "approved"),
                ("date_from", "<=", fields.Date.context_today(self)),
            ],
            order="date_from, id",
        )
        for policy in due:
            policy._put_in_force()

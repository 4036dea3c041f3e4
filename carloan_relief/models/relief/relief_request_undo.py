"""Undoing a relief that should not have been posted."""

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def action_undo(self):
        """Open the window that asks when and why the relief is undone."""
        self.ensure_one()
        self._check_staff("manager", "accountant")
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Undo Relief"),
        }

    def _undo(self, date, reason, cascade=False):
        """Reverse the entries of a relief and restore the schedule before it.

        :param bool cascade: reverse the bills made since, too
        :return: the entries made
        """
        self.ensure_one()
        self._check_staff("manager", "accountant")
        self._move_to(
            "undone",
            ("active", "broken"),
            date_closed=fields.Datetime.now(),
            decline_reason=reason,
        )
        # sudo: schedules and entries are written by the system alone
        self_sudo = self.sudo()
        moves_sudo = self_sudo.loan_id._undo_relief(
            self_sudo._get_schedule(), date, reason, cascade
        )
        self._log(
            self.env._(
                "Undone as of %(date)s (entries made: %(count)s): %(reason)s",
                date=fields.Date.to_string(date),
                count=len(moves_sudo),
                reason=reason,
            )
        )
        return moves_sudo

    def _get_schedule(self):
        """Return the schedule that this relief made."""
        self.ensure_one()
        # sudo: schedules of any officer's loan
        schedule = self.sudo().loan_id.schedule_ids.filtered(
            lambda one: one.request_id == self.sudo()
        )
        if not schedule:
            raise UserError(
                self.env._(
                    "Request %(request)s has not been activated: there is nothing to "
                    "undo. Withdraw it instead.",
                    request=self.name,
                )
            )
        return schedule[:1]

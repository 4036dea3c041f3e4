from odoo import api, models
from odoo.exceptions import UserError

from .tier_definition import GUARDED_MODELS


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _check_approval_decided(self):
        """An approval leaves the inbox by being decided, not by a tick."""
        kinds = [
            self.env.ref(self.env[model]._approval_activity, raise_if_not_found=False)
            for model in GUARDED_MODELS
        ]
        if self.env.su or not any(kinds):
            return
        for activity in self:
            # sudo: the name of the case alone
            if activity.sudo().activity_type_id in kinds:
                raise UserError(
                    self.env._(
                        "%(activity)s of %(request)s is done by deciding: open the "
                        "request and press Approve or Reject.",
                        activity=activity.sudo().summary,
                        request=activity.sudo().res_name,
                    )
                )

    def _action_done(self, feedback=False, attachment_ids=None):
        """Override of `mail`: an approval is not done by a tick."""
        self._check_approval_decided()
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_approval(self):
        self._check_approval_decided()

    def write(self, vals):
        """Override of `mail`: an approval is not handed to somebody else."""
        if {"user_id", "activity_type_id", "res_id", "res_model_id", "active"} & set(
            vals
        ):
            self._check_approval_decided()
        return super().write(vals)

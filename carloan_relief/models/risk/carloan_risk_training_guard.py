from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Written by the buttons and the job alone; who trained may not promote.
MOVE_FIELDS = {
    "name",
    "user_id",
    "state",
    "progress",
    "progress_text",
    "message",
    "report",
    "seconds",
}


class CarloanRiskTraining(models.Model):
    """Who may write what on a training: what was asked for and what was found stay."""

    _inherit = "carloan.risk.training"

    @api.model
    def default_get(self, fields_list):
        """Start from the definition of default that is policy today."""
        found = super().default_get(fields_list)
        policies = self.env["carloan.risk.policy"]
        today = fields.Date.context_today(self)
        rule = policies._get_in_force(self.env.company, today)._get_default_rule()
        for name in ("missed", "dpd", "charge_off", "horizon"):
            if name in fields_list:
                found[name] = getattr(rule, name)
        return found

    @api.model_create_multi
    def create(self, vals_list):
        """Give each training its number."""
        vals_list = [dict(vals) for vals in vals_list]
        if not self.env.su:
            # said here in full: a default of the context would fill what is left out
            start = {
                **dict.fromkeys(MOVE_FIELDS, False),
                "state": "draft",
                "user_id": self.env.uid,
            }
            vals_list = [{**vals, **start} for vals in vals_list]
        trainings = super().create(vals_list)
        for item in trainings:
            # sudo: the number is closed to users
            item.sudo().name = self.env["ir.sequence"].next_by_code(
                "carloan.risk.training"
            )
        return trainings

    def write(self, vals):
        """Keep what a training was asked for once it has begun, and its course."""
        if MOVE_FIELDS & set(vals) and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of training %(training)s are set by its buttons and "
                    "its job, not by writing them.",
                    fields=", ".join(sorted(MOVE_FIELDS & set(vals))),
                    training=self[:1].name,
                )
            )
        asked = set(vals) & {
            name
            for name, field in self._fields.items()
            if not field.readonly and name not in ("shadow", "model_ids")
        }
        own = {"message_follower_ids", "message_ids", "message_main_attachment_id"}
        if asked - own and not self.env.su and any(t.state != "draft" for t in self):
            raise UserError(
                self.env._(
                    "Training %(training)s has begun: what it was asked for stays. "
                    "Duplicate it to ask for something else.",
                    training=self[:1].name,
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_draft(self):
        for item in self:
            if item.state != "draft":
                raise UserError(
                    self.env._(
                        "Training %(training)s has begun and is evidence: it stays. "
                        "Only a draft can be deleted.",
                        training=item.name,
                    )
                )

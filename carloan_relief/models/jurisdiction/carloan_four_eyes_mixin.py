from odoo import api, fields, models
from odoo.exceptions import AccessError


class CarloanFourEyesMixin(models.AbstractModel):
    """What one manager drafts and another approves: who did which, and when."""

    _name = "carloan.four.eyes.mixin"
    _description = "Drafted by one person, approved by another"

    editor_ids = fields.Many2many(
        "res.users",
        string="Drafted By",
        readonly=True,
        copy=False,
        help="Everybody who wrote on the draft. None of them may approve it.",
    )
    approver_id = fields.Many2one(
        "res.users", "Approved By", readonly=True, copy=False, tracking=True
    )
    approved_on = fields.Datetime(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever makes a draft is one of its authors."""
        records = super().create(vals_list)
        records._note_editor()
        return records

    def _note_editor(self):
        """Put the user among the authors of these drafts."""
        if self.env.uid == api.SUPERUSER_ID:
            return
        # sudo: nobody writes the list of authors, least of all its own entry
        for record_sudo in self.sudo():
            if self.env.user not in record_sudo.editor_ids:
                record_sudo.editor_ids += self.env.user

    def _check_car_loan_manager(self):
        """Refuse anybody but a manager: a hidden button is no guard."""
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_manager"
        ):
            raise AccessError(
                self.env._(
                    "Only a car-loan manager may decide on %(record)s. Ask one.",
                    record=", ".join(self.mapped("display_name")) or self._description,
                )
            )

    def _check_second_person(self):
        """Refuse the approval by somebody who drafted it."""
        for record in self:
            # sudo: an author counts whoever may read the list
            if self.env.user in record.sudo().editor_ids:
                raise AccessError(
                    self.env._(
                        "%(user)s drafted %(record)s and may not also approve it. Ask "
                        "another manager.",
                        user=self.env.user.name,
                        record=record.display_name,
                    )
                )

    def _prepare_approval_vals(self):
        """Return who approves, and when."""
        return {"approver_id": self.env.uid, "approved_on": fields.Datetime.now()}

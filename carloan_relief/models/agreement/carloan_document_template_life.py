"""The life of a version of a text: drafted, approved by another, replaced."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .carloan_document_template import RESERVED


class CarloanDocumentTemplate(models.Model):
    _inherit = "carloan.document.template"

    @api.model_create_multi
    def create(self, vals_list):
        """New versions begin as drafts, whoever asks."""
        if not self.env.su:
            # said here in full: a default of the context would fill what is left out
            start = {**dict.fromkeys(RESERVED, False), "state": "draft", "version": 1}
            start["editor_ids"] = []
            vals_list = [{**vals, **start} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Keep what is approved as it was; note who wrote on a draft."""
        if not self.env.su:
            if RESERVED & set(vals):
                raise UserError(
                    self.env._(
                        "State and version of template %(template)s are set by its "
                        "buttons: use Approve, New Version or Retire.",
                        template=self[:1].display_name,
                    )
                )
            if set(vals) - {"message_follower_ids", "message_ids"}:
                self._check_draft()
        if set(vals) - RESERVED:
            self._note_editor()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_draft(self):
        """Refuse an edit of a version that was approved."""
        for template in self:
            if template.state != "draft":
                raise UserError(
                    self.env._(
                        "Template %(template)s was approved and stays as it is: "
                        "documents are made from it. Press New Version and change "
                        "that one.",
                        template=template.display_name,
                    )
                )

    # --------------------------------------------------------------- ACTIONS
    def action_approve(self):
        """Let drafts of another manager hold from their first day on."""
        self._check_car_loan_manager()
        self.check_access("write")
        for template in self:
            template._check_draft()
            template._check_second_person()
            template._check_complete()
            # sudo: states of versions are reserved to the buttons
            template.sudo().write(
                {"state": "approved", **self._prepare_approval_vals()}
            )
        return True

    def action_retire(self):
        """End a version: no new document is made from it, nor from one before it."""
        self._check_car_loan_manager()
        self.check_access("write")
        for template in self:
            if template.state != "approved":
                raise UserError(
                    self.env._(
                        "Only an approved template is retired: delete the draft "
                        "%(template)s if nobody needs it.",
                        template=template.display_name,
                    )
                )
            # sudo: states of versions are reserved to the buttons
            template.sudo().state = "retired"
        return True

    def action_new_version(self):
        """Open a draft with the same texts, to hold from today or later."""
        self.ensure_one()
        self._check_car_loan_manager()
        draft = self.copy({"valid_from": fields.Date.context_today(self)})
        # sudo: the number of a version is counted, not written
        draft.sudo().version = self._get_last_version() + 1
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def _get_last_version(self):
        """Return the highest version there is of this text."""
        self.ensure_one()
        # sudo: versions that the user may not see are counted as well
        same_sudo = self.sudo().search(
            [
                ("kind", "=", self.kind),
                ("company_id", "=", self.company_id.id),
                ("jurisdiction_id", "=", self.jurisdiction_id.id),
            ]
        )
        return max(same_sudo.mapped("version"), default=0)

    def action_view_documents(self):
        """Open the documents that were made from this version."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_document_action"
        )
        return dict(action, domain=[("template_id", "=", self.id)], context={})

    def copy_data(self, default=None):
        """Override to keep the name, which the version tells apart."""
        copies = super().copy_data(default)
        for template, vals in zip(self, copies, strict=True):
            vals["name"] = template.name
        return copies

    # ---------------------------------------------------------------- CHECKS
    def _check_complete(self):
        """Refuse a version without a text, or a text that leaves out a duty."""
        self.ensure_one()
        if not self.text_ids:
            raise ValidationError(
                self.env._(
                    "Template %(template)s has no text: add one for each language "
                    "your borrowers speak.",
                    template=self.display_name,
                )
            )
        for text in self.text_ids:
            missing = self._get_required_placeholders(self.kind) - text._get_names()
            if missing:
                raise ValidationError(
                    self.env._(
                        "The text in %(lang)s of %(template)s leaves out what such a "
                        "document must say: %(names)s. Add these fields.",
                        lang=text.lang_id.name,
                        template=self.display_name,
                        names=", ".join(
                            f"{{{{ {name} }}}}" for name in sorted(missing)
                        ),
                    )
                )

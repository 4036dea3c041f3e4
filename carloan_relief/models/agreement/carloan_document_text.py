from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import placeholders


class CarloanDocumentText(models.Model):
    """A template in one language: what a lawyer edits."""

    _name = "carloan.document.text"
    _description = "Text of a Document"
    _order = "template_id, id"

    template_id = fields.Many2one(
        "carloan.document.template", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    kind = fields.Selection(related="template_id.kind")
    state = fields.Selection(related="template_id.state")
    lang_id = fields.Many2one(
        "res.lang",
        "Language",
        required=True,
        ondelete="restrict",
        context={"active_test": False},
    )
    lang_code = fields.Char(
        "Language Code", related="lang_id.code", store=True, help="Such as zh_CN."
    )
    title = fields.Char(required=True, help="Heading, and name of the file.")
    body = fields.Html(
        required=True,
        sanitize_overridable=False,
        help="Write {{ borrower }} where a value goes. What stands between "
        "{{#consents}} and {{/consents}} falls away when there is none.",
    )

    _lang_uniq = models.Constraint(
        "UNIQUE (template_id, lang_id)", "A template has one text for each language."
    )

    @api.depends("template_id", "lang_id")
    def _compute_display_name(self):
        for text in self:
            name = text.template_id.display_name or ""
            text.display_name = f"{name}, {text.lang_id.name}"

    @api.constrains("body", "title", "template_id")
    def _check_placeholders(self):
        for text in self:
            known = text.template_id._get_placeholder_labels(text.kind)
            try:
                for part in (text.title, text.body):
                    placeholders.check(part, known)
            except placeholders.PlaceholderError as error:
                raise ValidationError(text._get_error_text(error, known)) from error

    def _get_error_text(self, error, known):
        """Say what is wrong with a field, and how to put it right."""
        why = {
            "unknown": self.env._("there is no field of this name"),
            "attribute": self.env._("a field may stand in the text only, not in a tag"),
            "unclosed": self.env._("it is opened and not closed"),
            "unopened": self.env._("it is closed and not opened before"),
        }[error.reason]
        return self.env._(
            "The text in %(lang)s of %(template)s cannot be filled in at “%(name)s”: "
            "%(why)s. Fields are written like {{ borrower }}; there are: %(known)s.",
            lang=self.lang_id.name,
            template=self.template_id.display_name,
            name=error.name,
            why=why,
            known=", ".join(known),
        )

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Add no text to a version that was approved."""
        texts = super().create(vals_list)
        texts._touch_template()
        return texts

    def write(self, vals):
        """Change no text of a version that was approved, nor move one to it."""
        self._touch_template()
        result = super().write(vals)
        self._touch_template()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._touch_template()

    def _touch_template(self):
        """Whoever writes a text is one of the authors of its version."""
        if not self.env.su:
            self.template_id._check_draft()
        self.template_id._note_editor()

    # ---------------------------------------------------------------- FILLING
    def _get_names(self):
        """Return the fields that title and body ask for."""
        self.ensure_one()
        return placeholders.names(self.title) | placeholders.names(self.body)

    def _fill(self, values):
        """Return (title, body) with the fields filled in.

        :param dict values: what ``_get_document_values`` of a record answers
        :return: title as plain text, body as Markup
        """
        self.ensure_one()
        title = placeholders.fill(self.title, values)
        return title.unescape(), placeholders.fill(self.body, values)

    def _get_render_lang(self):
        """Return the language in which amounts, dates and tables are written."""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        # a text may be there before its language is switched on
        return self.lang_code if self.lang_code in installed else "en_US"

    def action_preview(self):
        """Show the text as it would be for a case."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": "carloan.document.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_text_id": self.id},
        }

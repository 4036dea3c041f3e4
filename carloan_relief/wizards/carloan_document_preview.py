from odoo import api, fields, models


class CarloanDocumentPreview(models.TransientModel):
    """A text as it would be for a case, before anybody approves it."""

    _name = "carloan.document.preview"
    _description = "Preview of a Document"

    text_id = fields.Many2one("carloan.document.text", required=True, readonly=True)
    request_id = fields.Many2one(
        "carloan.relief.request",
        "Case",
        domain="[('offer_id', '!=', False)]",
        default=lambda self: self._default_request_id(),
        help="Whose figures the preview shows. Nothing is issued.",
    )
    title = fields.Char(compute="_compute_body")
    # its values are escaped when they are filled in
    body = fields.Html(compute="_compute_body", sanitize=False)

    def _default_request_id(self):
        # the user's own rights decide whose figures are shown
        domain = [("offer_id", "!=", False)]
        return self.env["carloan.relief.request"].search(domain, limit=1)

    @api.depends("text_id", "request_id")
    def _compute_body(self):
        for preview in self:
            title = body = False
            text, request = preview.text_id, preview.request_id
            if text and request:
                text.check_access("read")
                request.check_access("read")
                extra = preview._get_sample_values(text)
                partner = request.partner_id
                title, body = request._fill_text(text, partner, extra)
            preview.title, preview.body = title, body

    def _get_sample_values(self, text):
        """Return a word for each field that only the maker of a document knows."""
        labels = text.template_id._get_placeholder_labels(text.kind)
        request = self.request_id.sudo()  # sudo: the names of the fields alone
        known = request._get_document_values(text.kind, request.partner_id)
        return {
            name: f"[{label}]" for name, label in labels.items() if name not in known
        }

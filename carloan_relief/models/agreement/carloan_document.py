import hashlib

from markupsafe import Markup

from odoo import api, fields, models, modules, tools
from odoo.exceptions import AccessError, UserError

#: The page has its own head: no room is left for another. Millimetres.
MARGINS = {"data-report-margin-top": 15, "data-report-header-spacing": 0}


class CarloanDocument(models.Model):
    """A paper as it was given out: its exact bytes, their fingerprint, its version.

    Made by the system and never changed: what replaces it is another document.
    """

    _name = "carloan.document"
    _description = "Issued Document"
    _inherit = ["carloan.document.mixin"]
    _order = "id desc"
    _rec_name = "title"
    _check_company_auto = True

    title = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        related="template_id.kind", store=True, index=True, readonly=True
    )
    request_id = fields.Many2one(
        "carloan.relief.request", readonly=True, ondelete="restrict", index=True
    )
    loan_id = fields.Many2one(
        "carloan.loan", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="loan_id.company_id", store=True, index=True, readonly=True
    )
    team_id = fields.Many2one("carloan.team", compute="_compute_team_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", "Made Out To", required=True, readonly=True, index=True
    )
    text_id = fields.Many2one("carloan.document.text", required=True, readonly=True)
    template_id = fields.Many2one(
        related="text_id.template_id", store=True, index=True, readonly=True
    )
    proposal_hash = fields.Char(
        "Proposal", readonly=True, help="Fingerprint of the proposal it speaks of."
    )
    lang = fields.Char("Language", readonly=True)
    body = fields.Html(readonly=True, sanitize=False)
    issued_on = fields.Datetime(readonly=True, default=fields.Datetime.now)
    issued_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    attachment_id = fields.Many2one(
        "ir.attachment", "File", readonly=True, ondelete="restrict"
    )
    sha256 = fields.Char(
        "Fingerprint", readonly=True, help="SHA-256 of the bytes of the file."
    )
    void_on = fields.Datetime(
        "Void Since", readonly=True, help="Another document took its place."
    )

    @api.depends("request_id.team_id", "loan_id.team_id")
    def _compute_team_id(self):
        for document in self:
            source = document.request_id or document.loan_id
            document.team_id = source.team_id

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Only the system makes documents."""
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        """Nobody changes a document."""
        self._check_system()
        return super().write(vals)

    def _check_system(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Documents are made by the system from their templates and never "
                    "changed. Issue another one in the place of %(document)s.",
                    document=self[:1].title or self._description,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Document %(document)s was given out and stays on file.",
                document=self[:1].title,
            )
        )

    def _get_document_loan(self):
        """Override: the loan it is about."""
        return self.loan_id

    # ---------------------------------------------------------------- PRINTING
    def _get_report_base_filename(self):
        """Name of the file."""
        self.ensure_one()
        source = self.request_id.name or self.loan_id.name
        return f"{self.title} {source}".replace("/", "-")

    def _get_markup(self):
        """Return the body: values in it were escaped when it was filled in."""
        self.ensure_one()
        return Markup(self.body or "")

    def _print(self):
        """Keep the exact bytes of documents that have no file yet."""
        # sudo: the file of a paper is written by nobody's hand
        for document_sudo in self.sudo().filtered(lambda one: not one.attachment_id):
            content = document_sudo._number_pages(
                document_sudo._render_report("carloan_relief.document_page")
            )
            attachment_sudo = document_sudo._make_attachment(
                document_sudo._get_report_base_filename(), content
            )
            document_sudo.write(
                {
                    "attachment_id": attachment_sudo.id,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )

    def _render_report(self, template):
        """Return the bytes of a page about one document, in its language.

        The page fetches nothing, so a job without a server prints the same. In tests it
        stays HTML as with Odoo's own reports.
        """
        self.ensure_one()
        document = self.with_context(lang=self.lang)
        company = document.company_id
        html = document.env["ir.qweb"]._render(
            template,
            {
                "doc": document,
                "company": company,
                "address": self._get_address_line(company.partner_id),
                "source": self.request_id.name or self.loan_id.name,
                "image_data_uri": tools.image.image_data_uri,
            },
        )
        if modules.module.current_test and not self.env.context.get(
            "force_report_rendering"
        ):
            return html.encode()
        reports = self.env["ir.actions.report"].with_company(company)
        return reports._run_wkhtmltopdf([html], specific_paperformat_args=MARGINS)

    def _number_pages(self, content):
        """Return the file with the number of each page, in the document's language."""
        reports = self.env["ir.actions.report"].with_context(lang=self.lang)
        return reports._number_pages(content)

    def _make_attachment(self, name, content):
        """Store bytes beside the document."""
        self.ensure_one()
        return self.env["ir.attachment"].create(
            {
                "name": f"{name}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _get_content(self):
        """Return the exact bytes, printed now if they were not yet."""
        self.ensure_one()
        self._print()
        # sudo: who may read the paper may read its file
        return self.sudo().attachment_id.raw

    def action_open(self):
        """Download the file."""
        self.ensure_one()
        self.check_access("read")
        self._print()
        # sudo: the file follows the document, which the user may read
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.sudo().attachment_id.id}?download=true",
            "target": "new",
        }

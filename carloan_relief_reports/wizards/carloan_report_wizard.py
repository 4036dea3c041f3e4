import base64

from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanReportWizard(models.TransientModel):
    """Choose a report and its loans, and download the workbook."""

    _name = "carloan.report.wizard"
    _description = "Download a Report"

    report = fields.Selection(
        selection="_selection_report",
        required=True,
        default="carloan.report.management",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    domain = fields.Char(string="Loans", default="[]")
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        required=True,
        default=lambda self: self.env.user.lang or "en_US",
    )
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    @api.model
    def _selection_report(self):
        return self.env["carloan.report"]._get_reports()

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    def action_download(self):
        """Build the workbook with the user's own rights and hand it over."""
        self.ensure_one()
        report = self.env[self.report].with_context(
            allowed_company_ids=self.company_id.ids, lang=self.lang
        )
        result = report._build(report._parse_domain(self.domain))
        if not result.row_count:
            raise UserError(result.message)
        self.write({"file": base64.b64encode(result.data), "file_name": result.name})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{result.name}"
            "?download=true",
            "target": "download",
        }

    def action_schedule(self):
        """Open a new schedule with the same choices."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send regularly"),
            "res_model": "carloan.report.schedule",
            "views": [(False, "form")],
            "context": {
                "default_report": self.report,
                "default_domain": self.domain,
                "default_company_id": self.company_id.id,
                "default_lang": self.lang,
            },
        }

import io

from odoo import models

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ...tools.page_numbers import number_pages


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Override of `base` to number pages where the printer drops footers."""
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        model = self._get_report(report_ref).model
        if _wkhtml().is_patched_qt or not model.startswith("carloan."):
            return streams
        for res_id, stream in streams.items():
            if stream["stream"] and not stream["attachment"]:
                reports = self._with_reader(self.env[model].browse(res_id or []))
                content = reports._number_pages(stream["stream"].getvalue())
                stream["stream"] = io.BytesIO(content)
        return streams

    def _with_reader(self, record):
        """Return the reports in the language of the borrower a record speaks to."""
        if "partner_id" not in record._fields or not record.partner_id.lang:
            return self
        return self.with_context(lang=record.partner_id.lang)

    def _number_pages(self, content):
        """Return a PDF with "Page x of y" at the foot of each page."""
        return number_pages(
            content,
            lambda n, total: self.env._(
                "Page %(page)s of %(pages)s", page=n, pages=total
            ),
        )

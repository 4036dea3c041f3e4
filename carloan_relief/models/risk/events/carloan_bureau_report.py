from odoo import api, models


class CarloanBureauReport(models.Model):
    _inherit = "carloan.bureau.report"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to have the borrower's loans assessed with what the bureau says.

        A report of the sandbox is made up and changes nothing.
        """
        reports = super().create(vals_list)
        queue = self.env["carloan.risk.queue"]
        for (company, day), some in (
            reports.filtered(lambda report: not report.sandbox)
            .grouped(lambda report: (report.company_id, report.known_on))
            .items()
        ):
            queue._add_partners(some.partner_id, "bureau", company, day)
        return reports

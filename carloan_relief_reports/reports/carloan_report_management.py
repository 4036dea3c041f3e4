from odoo import models


class CarloanReportManagement(models.AbstractModel):
    """The manager's workbook: the portfolio, the relief pipeline and relief given."""

    _name = "carloan.report.management"
    _description = "Portfolio and Relief"
    _inherit = ["carloan.report.portfolio", "carloan.report.relief"]

    _report_offered = True

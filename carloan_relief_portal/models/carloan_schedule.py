from odoo import models


class CarloanSchedule(models.Model):
    _name = "carloan.schedule"
    _inherit = ["carloan.schedule", "carloan.borrower.mixin"]

    _borrower_fields = frozenset(
        {
            "annual_rate",
            "company_id",
            "currency_id",
            "date_from",
            "instalment_ids",
            "loan_id",
            "method",
            "name",
            "period",
            "state",
            "version",
        }
    )

from odoo import models


class CarloanInstalment(models.Model):
    _name = "carloan.instalment"
    _inherit = ["carloan.instalment", "carloan.borrower.mixin"]

    _borrower_fields = frozenset(
        {
            "amount",
            "amount_residual",
            "balance",
            "company_id",
            "currency_id",
            "due_date",
            "fee",
            "interest",
            "loan_id",
            "paid_state",
            "principal",
            "schedule_id",
            "sequence",
            "state",
        }
    )

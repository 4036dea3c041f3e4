from odoo import fields, models

ACCOUNTING_GROUPS = "account.group_account_readonly,account.group_account_invoice"


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    line_ids = fields.One2many(
        "account.move.line",
        "carloan_loan_id",
        string="Journal items",
        groups=ACCOUNTING_GROUPS,
    )
    payment_ids = fields.One2many(
        "account.payment",
        "carloan_loan_id",
        string="Repayments",
        groups=ACCOUNTING_GROUPS,
    )

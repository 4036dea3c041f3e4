from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
        help="The payment is split over what this loan owes, in the agreed order.",
    )

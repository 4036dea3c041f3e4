from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    carloan_bank_format = fields.Json(
        help="How the bank of this journal writes its CSV files, as last said."
    )

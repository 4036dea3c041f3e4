from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_draft_horizon = fields.Integer(
        string="Instalments shown ahead in the ledger",
        default=3,
        help="How many coming instalments of each loan stand in the ledger as draft "
        "entries that post themselves on their date. 0: none, -1: all.",
    )
    carloan_locked_policy = fields.Selection(
        [
            ("refuse", "Refuse"),
            ("next_open", "Book on the first open day"),
        ],
        string="Loan entries dated in a closed period",
        required=True,
        default="refuse",
        help="Due dates and days past due stay as they are; loan and entry say so, and "
        "who posts is told. Accruals and opening balances are always refused: they "
        "belong to their day.",
    )
    carloan_provision = fields.Boolean(
        string="Set loss allowances of car loans at month end",
        help="The night of each month end brings the allowance of each loan to what "
        "its stage asks for.",
    )
    carloan_accrue = fields.Boolean(
        string="Accrue interest of car loans at month end",
        help="The night of each month end posts the interest that has run and is not "
        "due yet; the entry is reversed on the next day.",
    )

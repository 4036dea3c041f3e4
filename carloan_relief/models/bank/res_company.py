from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_match_confidence = fields.Integer(
        string="Confidence from which a bank line is posted without a look (%)",
        default=90,
        help="A line of a bank statement that is recognised with less confidence "
        "goes to the work list. 100: only a loan reference will do.",
    )
    carloan_return_days = fields.Integer(
        string="Days in which a bank may return a payment",
        default=60,
        help="Money that goes back to a payer is taken for the return of a repayment "
        "of so many days before. A direct debit may come back within eight weeks.",
    )

    carloan_entered_days = fields.Integer(
        string="Days between a repayment entered by hand and its booking",
        default=5,
        help="A booking of the same amount within so many days is taken for the money "
        "that was entered, and waits for a person.",
    )

    _carloan_bank_limits = models.Constraint(
        "CHECK (carloan_match_confidence BETWEEN 1 AND 100 "
        "AND carloan_return_days >= 0 AND carloan_entered_days >= 0)",
        "The confidence lies between 1 and 100 %, the days cannot be negative.",
    )

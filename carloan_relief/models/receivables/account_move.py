from odoo import models


class AccountMove(models.Model):
    """Which entries are repayments, without opening every entry."""

    _inherit = "account.move"

    _carloan_repay_idx = models.Index("(id) WHERE carloan_event = 'repay'")

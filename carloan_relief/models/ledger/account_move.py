from odoo import fields, models

from ..loan.selections import EVENT_SELECTION


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    carloan_instalment_id = fields.Many2one(
        "carloan.instalment",
        string="Car-loan instalment",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    carloan_event = fields.Selection(
        EVENT_SELECTION, string="Car-loan event", copy=False, readonly=True
    )
    carloan_event_key = fields.Char(
        string="Car-loan event key", copy=False, readonly=True
    )

    _carloan_event_key_uniq = models.UniqueIndex(
        "(company_id, carloan_event_key) WHERE carloan_event_key IS NOT NULL",
        "This car-loan event is already in the ledger.",
    )

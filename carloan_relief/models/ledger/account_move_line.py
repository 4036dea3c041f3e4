from odoo import fields, models

from ..loan.selections import COMPONENT_SELECTION, ROLE_SELECTION


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

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
    carloan_role = fields.Selection(
        ROLE_SELECTION, string="Car-loan role", index="btree_not_null", copy=False
    )
    carloan_component = fields.Selection(
        COMPONENT_SELECTION,
        string="Car-loan component",
        index="btree_not_null",
        copy=False,
    )

from odoo import api, fields, models

from ..loan.selections import COMPONENT_SELECTION, ROLE_SELECTION
from .account_move import check_carloan_fields

# what a reversal takes over, so that the sub-ledger follows the ledger
CARLOAN_FIELDS = ("carloan_role", "carloan_component")
CARLOAN_LINKS = ("carloan_loan_id", "carloan_instalment_id")


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

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: only postings of ours write car-loan fields."""
        for vals in vals_list:
            check_carloan_fields(self.env, vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: only postings of ours write car-loan fields."""
        check_carloan_fields(self.env, vals)
        return super().write(vals)

    def _copy_data_extend_business_fields(self, values):
        """Override of `account` to keep loan and role on the lines of a reversal."""
        result = super()._copy_data_extend_business_fields(values)
        for name in CARLOAN_FIELDS:
            values[name] = self[name]
        for name in CARLOAN_LINKS:
            values[name] = self[name].id
        return result

from odoo import fields, models

from ..loan.selections import COMPONENT_SELECTION, ROLE_SELECTION

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

    def _copy_data_extend_business_fields(self, values):
        """Override of `account` to keep loan and role on the lines of a reversal."""
        super()._copy_data_extend_business_fields(values)
        for name in CARLOAN_FIELDS:
            values[name] = self[name]
        for name in CARLOAN_LINKS:
            values[name] = self[name].id

from odoo import api, fields, models
from odoo.exceptions import UserError

from .selections import ROLE_SELECTION


class CarloanProductAccount(models.Model):
    _name = "carloan.product.account"
    _description = "Account of a loan product"
    _order = "product_id, id"
    _check_company_auto = True

    product_id = fields.Many2one(
        "carloan.product", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="product_id.company_id", store=True)
    role = fields.Selection(ROLE_SELECTION, required=True)
    account_id = fields.Many2one(
        "account.account", required=True, check_company=True, ondelete="restrict"
    )

    _role_uniq = models.UniqueIndex(
        "(product_id, role)",
        "A product has one account per role: change the existing line.",
    )

    def write(self, vals):
        """Override: what is in the books already stays on its account."""
        for line in self:
            moves_on = {"account_id": line.account_id.id, "role": line.role}
            if any(name in vals and vals[name] != moves_on[name] for name in moves_on):
                line._check_not_posted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_posted(self):
        """Refuse: the role would be mapped anew, to another account."""
        for line in self:
            line._check_not_posted()

    def _check_not_posted(self):
        """Refuse to move a role on which loans of the product stand."""
        # sudo: loans of every team count
        items_sudo = self.env["account.move.line"].sudo()
        posted = items_sudo.search_count(
            [
                ("account_id", "=", self.account_id.id),
                ("carloan_role", "=", self.role),
                ("carloan_loan_id.product_id", "=", self.product_id.id),
                ("parent_state", "=", "posted"),
            ],
            limit=1,
        )
        if posted:
            raise UserError(
                self.env._(
                    "Product %(product)s: “%(role)s” of its loans is posted on "
                    "%(account)s, and what settles it must be too. Make another "
                    "product for another account.",
                    product=self.product_id.display_name,
                    role=self._get_role_label(),
                    account=self.account_id.display_name,
                )
            )

    def _get_role_label(self):
        return dict(self._fields["role"]._description_selection(self.env))[self.role]

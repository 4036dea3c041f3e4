from odoo import fields, models

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

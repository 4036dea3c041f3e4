from odoo import api, fields, models


class CarloanReturnReason(models.Model):
    """Why a bank does not honour a payment, as banks code it and as people say it."""

    _name = "carloan.return.reason"
    _description = "Reason of a returned payment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    codes = fields.Char(
        string="Codes of the banks",
        help="Separated by commas, as in ISO 20022 (AM04) or as your bank has them.",
    )
    words = fields.Char(
        string="Words in the text",
        help="Separated by commas: where the bank gives no code, a booking whose text "
        "holds one of them is returned for this reason.",
    )
    bears_fee = fields.Boolean(
        string="The borrower bears the fee",
        help="Not where the lender or a bank made the mistake.",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for every company."
    )

    @api.model
    def _get_rows(self, company):
        """Return [(id, codes, words)] of a company, as the matching takes them."""
        # sudo: bookings are matched by the system
        reasons_sudo = self.sudo().search([("company_id", "in", (company.id, False))])
        return [(one.id, one.codes, one.words) for one in reasons_sudo]

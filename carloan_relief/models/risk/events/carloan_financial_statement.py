from odoo import api, models


class CarloanFinancialStatement(models.Model):
    _inherit = "carloan.financial.statement"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to have the borrower's loans assessed with the new figures."""
        statements = super().create(vals_list)
        queue = self.env["carloan.risk.queue"]
        for (company, day), some in statements.grouped(
            lambda item: (item.company_id, item.known_on)
        ).items():
            queue._add_partners(some.partner_id, "statement", company, day)
        return statements

from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _carloan_set_partner(self, partner):
        """Note that this money is of another borrower: the booking was assigned anew.

        Odoo would make the items of the entry again, and may not delete the one that
        a payment is matched with.
        """
        line = self.with_context(
            skip_account_move_synchronization=True, skip_readonly_check=True
        )
        if line.partner_id != partner:
            line.partner_id = partner
            line.move_id.partner_id = partner
            line.move_id.line_ids.partner_id = partner

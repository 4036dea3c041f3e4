"""Steps against a borrower wait while the law stays them."""

from odoo import models


class CarloanRepossession(models.Model):
    _inherit = "carloan.repossession"

    def action_approve(self):
        """Override: nothing is approved that may not be done."""
        self.loan_id._check_not_stayed("repossession")
        return super().action_approve()

    def action_take(self):
        """Override: no vehicle is taken while a case is open."""
        self.loan_id._check_not_stayed("repossession")
        return super().action_take()

    def action_sell(self):
        """Override: nor sold."""
        self.loan_id._check_not_stayed("repossession")
        return super().action_sell()


class CarloanWriteOff(models.Model):
    _inherit = "carloan.write.off"

    def action_approve(self):
        """Override: nothing is approved that may not be done."""
        self.loan_id._check_not_stayed("write_off")
        return super().action_approve()

    def action_write_off(self):
        """Override: no loan is written off while a case is open."""
        self.loan_id._check_not_stayed("write_off")
        return super().action_write_off()

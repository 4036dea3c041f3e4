from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.depends("carloan_loan_id.dunning_stop")
    def _compute_no_followup(self):
        """Override of `account`: follow-up reports leave out what is not collected."""
        result = super()._compute_no_followup()
        for line in self:
            # sudo: whoever posts need not read loans
            if line.carloan_loan_id.sudo().dunning_stop:
                line.no_followup = True
        return result

from odoo import fields, models

# What the lender thinks of the borrower stays with the lender: a borrower's read
# access to the loan must not open these over RPC.
STAFF = "base.group_user"


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    cn_class = fields.Selection(groups=STAFF)
    eir_period = fields.Float(groups=STAFF)
    adjustment_balance = fields.Monetary(groups=STAFF)

    def _portal_payments(self):
        """Payments that reached the loan, the newest first."""
        self.ensure_one()
        return self.payment_ids.filtered(
            lambda payment: payment.state in ("in_process", "paid")
        ).sorted("date", reverse=True)

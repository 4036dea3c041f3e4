from odoo import api, models
from odoo.exceptions import ValidationError


class AccountPayment(models.Model):
    """Money that goes back: what was paid beyond all that was due."""

    _inherit = "account.payment"

    def action_post(self):
        """Override: a credit is paid back while it is there, one payment at a time."""
        refunds = self.filtered(
            lambda one: one._is_carloan_refund() and one.move_id.state != "posted"
        )
        if refunds and len(self) > 1:
            # what comes in first makes the credit, and each refund leaves less of it
            (self - refunds).action_post()
            for payment in refunds.sorted(lambda one: (one.date, one.id)):
                payment.action_post()
            return None
        for payment in refunds:
            # sudo: whoever confirms a payment was allowed to by the rights on payments
            payment.sudo().carloan_loan_id._prepare_refund(payment.sudo())
        return super().action_post()

    @api.constrains(
        "carloan_loan_id", "payment_type", "partner_id", "carloan_payer_note"
    )
    def _check_carloan_payee(self):
        """Money goes back to the borrower or to who paid it; to others if it is said
        why."""
        for payment in self.filtered(lambda one: one._is_carloan_refund()):
            loan_sudo = payment.carloan_loan_id.sudo()  # a cashier reads no loans
            known = loan_sudo._find_payees()
            if payment.partner_id in known or payment.carloan_payer_note:
                continue
            raise ValidationError(
                self.env._(
                    "Loan %(loan)s is lent to %(borrower)s, and %(payee)s neither "
                    "borrowed nor paid. Pay the credit back to who paid it, or say in "
                    "the note why somebody else is paid.",
                    loan=loan_sudo.name,
                    borrower=loan_sudo.partner_id.display_name,
                    payee=payment.partner_id.display_name or self.env._("nobody"),
                )
            )

    def _get_carloan_payer(self):
        """Return who paid this repayment; empty where the bank gave a name alone."""
        borrower = self.carloan_loan_id.partner_id
        others = self.carloan_payer_id or (
            self.partner_id - borrower - borrower.commercial_partner_id
        )
        return others or (borrower.browse() if self.carloan_payer_name else borrower)

from odoo import models
from odoo.exceptions import UserError

# what the entry of a repayment was made of
FIXED = (
    "amount",
    "date",
    "partner_id",
    "journal_id",
    "currency_id",
    "company_id",
    "payment_type",
    "partner_type",
    "carloan_loan_id",
    "carloan_payer_id",
    "move_id",
    "outstanding_account_id",
    "destination_account_id",
)
CONFIRMED = ("in_process", "paid")
# held by our own Confirm: an object, so nobody can send it
_CONFIRMING = object()


class AccountPayment(models.Model):
    """A repayment is confirmed by its button, and once posted undone by its button.

    Odoo would write another amount, day, loan or state on the payment and leave the
    entry as it is; and a state written on a draft would post it past the allocation.
    """

    _inherit = "account.payment"

    def write(self, vals):
        """Override of `account`: see above."""
        if not self.env.su:
            own = self.filtered("carloan_loan_id")
            own._check_carloan_confirmed(vals)
            # sudo: who enters payments need not read entries; here and below, a message
            # names the loan, of whatever team
            posted = own.filtered(lambda one: one.sudo().move_id.state == "posted")
            posted._check_carloan_posted(vals)
        return super().write(vals)

    def action_post(self):
        """Override of `account`: see `_check_carloan_confirmed`."""
        return super(
            AccountPayment, self.with_context(carloan_confirming=_CONFIRMING)
        ).action_post()

    def action_reject(self):
        """Override of `account`: what the bank rejects is undone, with all it paid."""
        if len(self) == 1 and self.carloan_loan_id and self.move_id.state == "posted":
            return self.action_carloan_undo()
        return super().action_reject()

    def _check_carloan_confirmed(self, vals):
        """Refuse to confirm a draft otherwise than by its button."""
        confirming = self.env.context.get("carloan_confirming") is _CONFIRMING
        if vals.get("state") not in CONFIRMED or confirming:
            return
        for payment in self.filtered(lambda one: one.state not in CONFIRMED):
            if payment._is_carloan_refund():
                raise UserError(
                    self.env._(
                        "Paying back %(amount)s of the credit of loan %(loan)s is "
                        "confirmed by its button Confirm, which looks whether the "
                        "credit is still there.",
                        loan=payment.sudo().carloan_loan_id.name,
                        amount=payment.currency_id.format(payment.amount),
                    )
                )
            raise UserError(
                self.env._(
                    "The repayment of loan %(loan)s over %(amount)s is confirmed by "
                    "its button Confirm, which splits it over what the loan owes.",
                    loan=payment.sudo().carloan_loan_id.name,
                    amount=payment.currency_id.format(payment.amount),
                )
            )

    def _check_carloan_posted(self, vals):
        """Refuse to change what is in the books."""
        Move = self.env["account.move"]
        names = [name for name in FIXED if name in vals]
        state = vals.get("state", "paid")
        for payment in self:
            if state not in CONFIRMED or any(
                Move._field_will_change(payment, vals, name) for name in names
            ):
                if payment._is_carloan_refund():
                    payment._raise_carloan_refund_posted()
                raise UserError(
                    self.env._(
                        "%(payment)s is a repayment of loan %(loan)s and in the books: "
                        "never edited once posted. Press Undo on it, and enter it "
                        "again.",
                        payment=payment.name,
                        loan=payment.sudo().carloan_loan_id.name,
                    )
                )

    def _raise_carloan_refund_posted(self):
        raise UserError(
            self.env._(
                "%(payment)s paid back a credit of loan %(loan)s and is in the books: "
                "never edited once posted. Press Undo on it, and pay the credit back "
                "again.",
                payment=self.name,
                loan=self.sudo().carloan_loan_id.name,
            )
        )

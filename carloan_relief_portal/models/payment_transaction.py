from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment`: the money of a borrower pays the loan.

        Called once per transaction: when it is done and has no payment yet. If the
        loan was settled meanwhile the money is kept as the borrower's, and somebody
        is asked to look: it must neither be lost nor open a closed loan.
        """
        loan = self.carloan_loan_id
        if not loan:
            return super()._create_payment(**extra_create_values)
        loan._lock()  # a cashier may be taking money of it at this moment
        values = {"partner_id": loan.partner_id.id, **extra_create_values}
        if loan.state in ("active", "written_off"):
            values["carloan_loan_id"] = loan.id
            return super()._create_payment(**values)
        payment = super()._create_payment(**values)
        loan.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Money for a settled loan"),
            note=self.env._(
                "%(amount)s came in online by %(reference)s after the loan was "
                "settled. Pay it back, or use it for another loan.",
                amount=self.currency_id.format(self.amount),
                reference=self.reference,
            ),
            user_id=loan.user_id.id or self.env.uid,
        )
        return payment

from odoo import models
from odoo.exceptions import ValidationError


class AccountPayment(models.Model):
    """Money that is part of the balance with which a loan came into the books."""

    _inherit = "account.payment"

    def _check_carloan_date(self):
        """Extended: refuse money from before the balances were brought in."""
        result = super()._check_carloan_date()
        opened = self._find_carloan_opened()
        for payment in self:
            loan_sudo = payment.carloan_loan_id.sudo()  # the message names it
            if payment.date < opened.get(loan_sudo, payment.date):
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s came into these books on %(opened)s with what "
                        "it owed then: a repayment dated %(date)s is part of that "
                        "balance. Enter what came in on that day or later.",
                        loan=loan_sudo.name,
                        opened=opened[loan_sudo],
                        date=payment.date,
                    )
                )
        return result

    def _find_carloan_opened(self):
        """Return {loan: day on which it came into the books from elsewhere}."""
        schedules = self.sudo().carloan_loan_id.schedule_ids
        loans = schedules.filtered(lambda one: one.reason == "opening").loan_id
        if not loans:
            return {}
        # sudo: whoever takes money need not read the books
        lines = self.env["account.move.line"].sudo()
        return dict(
            lines._read_group(
                [
                    ("carloan_loan_id", "in", loans.ids),
                    ("carloan_event", "=", "open"),
                    ("parent_state", "=", "posted"),
                ],
                ["carloan_loan_id"],
                ["date:min"],
            )
        )

from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_post(self):
        """Override: money for a written-off claim brings the claim back for it."""
        # sudo: whoever confirms a payment was allowed to by the rights on payments
        late_sudo = self._filter_carloan_repayments().sudo()
        late_sudo = late_sudo.filtered(
            lambda one: (
                one.carloan_loan_id.state == "written_off"
                or one.carloan_loan_id.written_off_balance > 0
            )
        )
        for payment_sudo in late_sudo:
            payment_sudo.carloan_loan_id._check_recovery_date(payment_sudo.date)
            if payment_sudo.move_id.state == "draft":
                # what is owed may have changed since the draft was made
                payment_sudo._rebuild_carloan_move()
        result = super().action_post()
        for payment_sudo in late_sudo:
            payment_sudo._post_carloan_recovery()
        return result

    def _post_carloan_recovery(self):
        """Post what goes with money for a written-off claim."""
        loan = self.carloan_loan_id
        lines = self.move_id.line_ids.filtered(
            lambda line: line.carloan_role == "principal"
        )
        amount = -sum(loan._to_minor(lines.mapped("amount_currency")))
        if amount:
            loan._post_recovery(f"recovery:{self.id}", self.move_id, self.date, amount)

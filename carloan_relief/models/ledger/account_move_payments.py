from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _compute_reconciled_payment_ids(self):
        """Override of `account`: entries of loans are no invoices to be paid.

        Odoo asks for it whenever an entry is made or a payment moves on, to bring the
        payment state of invoices up to date, by a join that reads all payments and all
        that they settled. For these entries nothing depends on the answer: repayments
        are found by the loan.
        """
        own = self.filtered(lambda m: m.carloan_event and not m.is_invoice(True))
        for move in own:
            move.reconciled_payment_ids = move.matched_payment_ids
        others = self - own
        if not others:  # Odoo would flush five models for nothing
            return None
        return super(AccountMove, others)._compute_reconciled_payment_ids()

    def _search_reconciled_payment_ids(self, operator, value):
        """Override of `account`: a repayment that is not posted yet pays no invoice.

        Odoo asks for the invoices of each payment that gets its entry, one by one, by
        the same joins.
        """
        if operator not in ("in", "="):
            return super()._search_reconciled_payment_ids(operator, value)
        payments = self.env["account.payment"].browse(value)
        payments = payments.filtered(
            lambda one: not one.carloan_loan_id or one.move_id.state == "posted"
        )
        if not payments:
            return [("id", "in", [])]
        return super()._search_reconciled_payment_ids(operator, payments.ids)

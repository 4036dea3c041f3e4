from odoo import api, models
from odoo.exceptions import UserError


class AccountPartialReconcile(models.Model):
    """What settles a claim of a loan is written by the loan: it knows which one."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: claims of a loan are settled by its own entries."""
        partials = super().create(vals_list)
        if not self.env.su:
            for partial in partials:
                partial._check_carloan_match()
        return partials

    def _check_carloan_match(self):
        """Refuse to match a claim of a loan with what is none of it."""
        lines = debit, credit = self.debit_move_id, self.credit_move_id
        moves = (debit.move_id, credit.move_id)
        if any(one.reversed_entry_id == other for one, other in (moves, moves[::-1])):
            return  # by account, whichever the loan: an accrual of many leaves as one
        if not any(line.carloan_role for line in lines):
            return
        get_key = self.env["carloan.ledger"]._get_match_key
        # sudo, here and below: the message names the loan, of whatever team
        if get_key(debit) != get_key(credit):
            line = lines[0] if lines[0].carloan_role else lines[1]
            raise UserError(
                self.env._(
                    "%(item)s is a claim of loan %(loan)s and cannot be matched, or "
                    "paid, by itself. Press Register repayment on the loan: the money "
                    "is split over what the loan owes, in the agreed order.",
                    item=line.display_name,
                    loan=line.sudo().carloan_loan_id.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_carloan(self):
        lines = (self.debit_move_id | self.credit_move_id).filtered("carloan_role")
        if lines and not self.env.su:
            raise UserError(
                self.env._(
                    "%(item)s is a claim of loan %(loan)s: what settled it cannot be "
                    "taken off by hand. Press Undo on the repayment, or on the entry "
                    "that settled it.",
                    item=lines[0].display_name,
                    loan=lines[0].sudo().carloan_loan_id.name,
                )
            )

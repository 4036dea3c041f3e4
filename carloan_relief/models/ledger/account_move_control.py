from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .carloan_books import CONTROL_ROLES


class AccountMove(models.Model):
    """Accounts that belong to the loans as a whole take no entry beside them.

    The sum of the loans would no longer be the balance of the account, and nobody
    would know whose the difference is. Balances that came from elsewhere, before they
    are given to loans, are posted by who keeps the books, on purpose.
    """

    _inherit = "account.move"

    beside_loans = fields.Boolean(
        string="Opening or migration entry of car loans",
        copy=False,
        tracking=True,
        help="Lets the entry use the accounts of the loans without a loan. Check the "
        "Books names the difference until another such entry clears it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: see `_check_may_post_beside`."""
        for vals in vals_list:
            self._check_may_post_beside(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: see `_check_may_post_beside`."""
        self._check_may_post_beside(vals)
        return super().write(vals)

    def _check_may_post_beside(self, vals):
        """Refuse the mark from anybody but who keeps the books as a whole."""
        keeper = "account.group_account_manager"
        if vals.get("beside_loans") and not (
            self.env.su or self.env.user.has_group(keeper)
        ):
            raise AccessError(
                self.env._(
                    "Only an accounting administrator may mark an entry as an opening "
                    "or migration entry of car loans."
                )
            )

    def _post(self, soft=True):
        """Override of `account`: see the class."""
        self._check_beside_loans()
        return super()._post(soft)

    def _check_beside_loans(self):
        """Refuse items of no loan on accounts that belong to the loans.

        What takes such an entry back is let through: it mends what it reverses.
        """
        others = self.filtered(
            lambda move: (
                not move.carloan_event
                and not move.beside_loans
                and (not move.reversed_entry_id or move.reversed_entry_id.carloan_event)
            )
        )
        for company, moves in others.grouped("company_id").items():
            # sudo: whoever posts need not read the loan products
            ledger_sudo = self.env["carloan.ledger"].sudo()
            control = ledger_sudo._get_mapped_accounts(company, CONTROL_ROLES)
            moves.line_ids.filtered(
                lambda line, control=control: line.account_id.id in control
            )._check_of_loan()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """Override of `account`: a posted item does not get to such an account."""
        result = super().write(vals)
        if "account_id" in vals and not self.env.su:
            self.move_id.filtered(lambda m: m.state == "posted")._check_beside_loans()
        return result

    def _check_of_loan(self):
        """Refuse the first of these items that is of no loan."""
        for line in self:
            if not (line.carloan_loan_id and line.carloan_role):
                raise UserError(
                    self.env._(
                        "%(move)s: account %(account)s belongs to the car loans, and "
                        "%(amount)s on it are of no loan. Register it from the loan "
                        "(repayment, undo, write-off), or choose another account. For "
                        "balances from elsewhere, an accounting administrator sets "
                        "“%(mark)s” on the page Other Info.",
                        move=line.move_id.display_name,
                        account=line.account_id.display_name,
                        amount=line.currency_id.format(line.amount_currency),
                        mark=line.move_id._fields["beside_loans"]._description_string(
                            self.env
                        ),
                    )
                )

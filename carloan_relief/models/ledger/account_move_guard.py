from odoo import api, models
from odoo.exceptions import UserError

# what the loans rest on: in an entry, and in its items
MOVE_FIXED = (
    "date",
    "journal_id",
    "partner_id",
    "currency_id",
    "company_id",
    "move_type",
    "auto_post",
)
LINE_FIXED = (
    "account_id",
    "partner_id",
    "currency_id",
    "balance",
    "debit",
    "credit",
    "amount_currency",
    "date_maturity",
    "tax_ids",
    "move_id",
)


class AccountMove(models.Model):
    """Entries of loans are made, and undone, by the loans alone.

    Odoo lets an accountant edit much of a posted entry and all of a draft; what a loan
    owes, and since when, would follow without a word. The ways that are open: Undo, and
    to delete a draft, which is made again.
    """

    _inherit = "account.move"

    def write(self, vals):
        """Override of `account`: nobody edits by hand what a loan rests on."""
        if not self.env.su:
            own = self.filtered("carloan_loan_id") | self.filtered("carloan_event")
            own._check_carloan_fixed(vals, MOVE_FIXED)
            if vals.get("state", "posted") != "posted":
                own.filtered(lambda move: move.state == "posted")._raise_carloan_fixed()
        return super().write(vals)

    def copy(self, default=None):
        """Override of `account`: a copy would move the accounts, and no loan."""
        own = self.filtered("carloan_event")
        if own and not self.env.su:
            raise UserError(
                self.env._(
                    "%(move)s belongs to loan %(loan)s and cannot be duplicated: the "
                    "copy would be part of no loan. Use the buttons of the loan.",
                    move=own[0].display_name,
                    loan=own[0]._get_carloan_names(),
                )
            )
        return super().copy(default)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_carloan_posted(self):
        posted = self.filtered(lambda m: m.carloan_event and m.state == "posted")
        if not self.env.su:
            posted._raise_carloan_fixed()

    def _check_carloan_fixed(self, vals, names):
        """Refuse values that would change one of these fields."""
        names = [name for name in names if name in vals]
        for move in self:
            if any(self._field_will_change(move, vals, name) for name in names):
                move._raise_carloan_fixed()

    def _raise_carloan_fixed(self):
        """Raise the message about an entry that is not edited, if there is one."""
        for move in self:
            if move.state == "draft":
                raise UserError(
                    self.env._(
                        "%(move)s is a coming entry of loan %(loan)s and follows its "
                        "schedule. Delete this draft if it is wrong: it is made again.",
                        move=move.ref or move.display_name,
                        loan=move._get_carloan_names(),
                    )
                )
            raise UserError(
                self.env._(
                    "%(move)s belongs to loan %(loan)s. An entry of a loan is never "
                    "edited once posted: press Undo on it instead.",
                    move=move.name,
                    loan=move._get_carloan_names(),
                )
            )

    def _get_carloan_names(self):
        """Return the names of the loans of an entry, the first ones of many."""
        # sudo: the names alone, of loans of whatever team
        loans_sudo = self.sudo().carloan_loan_id or self.sudo().line_ids.carloan_loan_id
        return ", ".join(loans_sudo[:3].mapped("name"))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `account`: nobody adds items to an entry of a loan."""
        if not self.env.su:
            moves = self.env["account.move"].browse(
                {vals["move_id"] for vals in vals_list if vals.get("move_id")}
            )
            moves.filtered("carloan_event")._raise_carloan_fixed()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `account`: nobody edits by hand what a loan rests on."""
        names = [name for name in LINE_FIXED if name in vals]
        if names and not self.env.su:
            for line in self:
                move = line.move_id
                if (move.carloan_event or line.carloan_role) and any(
                    move._field_will_change(line, vals, name) for name in names
                ):
                    move._raise_carloan_fixed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_carloan_posted(self):
        moves = self.move_id.filtered(lambda m: m.carloan_event and m.state == "posted")
        if not self.env.su:
            moves._raise_carloan_fixed()

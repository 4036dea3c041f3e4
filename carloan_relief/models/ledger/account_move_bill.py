from collections import defaultdict

from odoo import fields, models


class AccountMove(models.Model):
    """Bills of many loans in one go, those of one loan one after the other."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override: each bill of a loan finds in the books what the one before left.

        How much of it is income, whether its tax waits, and what credit is left for it
        depends on that. After nights that were missed several are due at once.
        """
        turns = self._deal_carloan_bills(soft)
        if len(turns) < 2:
            return super()._post(soft)
        # what is suspended is decided on all of them: it makes drafts anew
        posted = self.browse().union(
            *(
                super(AccountMove, moves.with_context(carloan_more_bills=True))._post(
                    soft
                )
                for moves in turns
            )
        )
        # sudo: see _after_post of the ledger
        posted.sudo().carloan_loan_id._update_suspension(
            fields.Date.context_today(self)
        )
        return posted.with_env(self.env)

    def _deal_carloan_bills(self, soft):
        """Return these entries in turns, each with one bill of a loan at most."""
        bills = self._filter_carloan_bills(soft)
        if len(bills) == len(bills.carloan_loan_id):
            return [self]
        turns = defaultdict(self.browse)
        turns[0] = self - bills
        for own in bills.grouped("carloan_loan_id").values():
            in_turn = own.sorted(lambda move: move.carloan_instalment_id.due_date)
            for turn, bill in enumerate(in_turn):
                turns[turn] |= bill
        return list(turns.values())

    def _filter_carloan_bills(self, soft):
        """Return the bills of instalments among these entries that are posted now."""
        today = fields.Date.context_today(self)
        # sudo: whoever posts a bill need not read loans
        return self.sudo().filtered(
            lambda move: (
                move.carloan_event == "bill"
                and not move.reversed_entry_id
                and not (soft and move.date > today)
            )
        )

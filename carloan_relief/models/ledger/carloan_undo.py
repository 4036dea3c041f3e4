from odoo import fields, models
from odoo.exceptions import UserError

from .carloan_ledger import QUICK


class CarloanLoan(models.Model):
    """What went into the books by mistake: reversed, in the right order."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # REPAYMENT
    # ------------------------------------------------------------------

    def _undo_repayment(self, move, date, reason):
        """Reverse a repayment that bounced or was an error.

        What it paid is due again from its own date, and what came in later is
        allocated as if the repayment had never been.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        self._check_undo_date(move, date)
        self._check_own_repayment(move)
        made = loan._reverse_events(move, date, reason)
        loan._note_undone(move, reason)
        return made

    # ------------------------------------------------------------------
    # BILL
    # ------------------------------------------------------------------

    def _undo_bill(self, move, date, reason):
        """Reverse the last bill: its instalment is planned again.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        self._check_undo_date(move, date)
        instalment = move.sudo().carloan_instalment_id
        loan._check_bill_undoable(move, instalment)
        made = loan._reverse_bills(instalment, date, reason)
        made += loan._replay_repayments(date, f"replay:{move.id}")
        made += loan._cover_allowance(date, made)
        loan.env["carloan.ledger"]._draft_horizon(loan)
        loan._refresh_position()
        loan._note_undone(move, reason)
        return made

    def _check_bill_undoable(self, move, instalment):
        """Refuse when a later bill or a change of the schedule stands on this one."""
        if instalment.schedule_id != self.schedule_id:
            self._raise_not_undone(
                move,
                self.env._(
                    "%(schedule)s came later: undo that change first",
                    schedule=self.schedule_id.name,
                ),
            )
        charge = self._find_charge_on(instalment)
        if charge:
            self._raise_not_undone(
                move,
                self.env._(
                    "penalty interest was charged on it (%(charge)s): undo that first",
                    charge=charge,
                ),
            )
        later = self.instalment_ids.filtered(
            lambda line: line.state == "billed" and line.sequence > instalment.sequence
        )
        if later:
            last = later.sorted("sequence")[-1]
            self._raise_not_undone(
                move,
                self.env._(
                    "%(instalment)s of %(date)s is billed: undo that bill first",
                    instalment=last.display_name,
                    date=last.due_date,
                ),
            )

    def _reverse_bills(self, instalments, date, reason, state="planned"):
        """Reverse the bills of instalments, the last one first."""
        instalments = instalments.sorted("sequence", reverse=True)
        made = self._reverse_events(instalments.move_id, date, reason)
        # back into the register on the day on which it leaves the books
        day = max(made.mapped("date"), default=date)
        for line in instalments:
            memo = self.env["carloan.memo"]._find_standing(line._get_bill_key())
            memo._reverse(day)
            made += self.env["carloan.ledger"]._retract_unearned(line, date)
            line.write(
                {
                    "state": state,
                    "move_id": False,
                    "suspended": 0.0,
                    "unearned": 0.0,
                    "unearned_released_on": False,
                    "undo_count": line.undo_count + 1,
                }
            )
        return made

    def _cover_allowance(self, date, made):
        """Charge what is taken back from an allowance that is no longer there.

        Interest of an impaired loan raises the allowance when it is billed, or received
        while it is suspended. Where the bill is undone or the money comes back, that
        part goes with it; if the allowance was released or used since, that was too
        much by what is missing now.

        :param made: the entries of the undoing
        :return: the entry made, if any
        """
        missing = -self._to_minor([self._get_allowance()])[0]
        if missing <= 0 or "allowance" not in made.line_ids.mapped("carloan_role"):
            return made.browse()
        event = {
            "loan": self,
            "event": "provision",
            "key": f"cover:{self.id}:{max(made.ids)}",
            "date": date,
            "amounts": {"charge": missing},
        }
        return self.env["carloan.ledger"]._post_events([event])

    # ------------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------------

    def _check_undo_date(self, move, date):
        """Refuse what is undone already, or before the day it happened."""
        if move.state != "posted" or "posted" in move.sudo().reversal_move_ids.mapped(
            "state"
        ):
            self._raise_not_undone(move, self.env._("it has been undone already"))
        self._check_undo_day(move, date)

    def _check_undo_day(self, move, date):
        """Refuse a day before the event, and one that is still to come."""
        date = fields.Date.to_date(date)
        self._check_day_has_come(date)
        if move and date < move.date:
            self._raise_not_undone(
                move,
                self.env._(
                    "it happened on %(date)s: choose that day or a later one",
                    date=move.date,
                ),
            )

    def _check_day_has_come(self, date):
        """Refuse a day that is still to come."""
        if date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(date)s is still to come. Post it on that day, or "
                    "choose today.",
                    loan=self.name,
                    date=date,
                )
            )

    def _check_own_repayment(self, move):
        """Refuse an entry of repayments that nobody paid: it follows from others."""
        # sudo: the caller has checked who may post money of a loan
        if not move.sudo().origin_payment_id:
            self._raise_not_undone(
                move, self.env._("it follows from the repayments before it")
            )

    def _raise_not_undone(self, move, why):
        """Raise the message about an event that cannot be undone."""
        events = dict(move._fields["carloan_event"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(move)s (%(event)s of loan %(loan)s) cannot be undone: %(why)s.",
                move=move.name,
                event=events.get(move.carloan_event, ""),
                loan=self.name,
                why=why,
            )
        )

    def _reverse_events(self, moves, date, reason):
        """Post the reversal of entries of this loan, in the order given."""
        moves = moves.filtered(lambda move: move.state == "posted")
        if not moves:
            return moves
        # sudo: reversals carry the fields that only the system writes
        moves = moves.sudo().with_context(**QUICK, carloan_undo=True)
        values = [
            {"date": date, "ref": f"{move.ref or self.name} - {reason}"}
            for move in moves
        ]
        return (
            self.env["account.move"]
            .sudo()
            .browse(moves._reverse_moves(values, cancel=True).ids)
        )

    def _note_undone(self, move, reason):
        """Leave a note on the loan about an event that was undone."""
        events = dict(move._fields["carloan_event"]._description_selection(self.env))
        self._message_log(
            body=self.env._(
                "Undone: %(event)s %(move)s. %(reason)s",
                event=events.get(move.carloan_event, ""),
                move=move.name,
                reason=reason,
            )
        )

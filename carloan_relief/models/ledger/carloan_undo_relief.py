from odoo import fields, models
from odoo.exceptions import UserError


class CarloanLoan(models.Model):
    """A relief that went into the books by mistake: the schedule before it is back."""

    _inherit = "carloan.loan"

    def _undo_relief(self, schedule, date, reason, cascade=False):
        """Reverse a relief and put the schedule before it in force again.

        :param schedule: the schedule that the relief made
        :param cascade: reverse the bills made since, too, and bill what the schedule
            before asks for
        :raise UserError: naming what stands on the relief
        :return: the entries made
        """
        self.ensure_one()
        # sudo: the caller has checked who may undo a relief; what is suspended waits
        # until the old schedule is back
        loan = self.sudo().with_context(carloan_keep_suspension=True)
        loan._lock()
        schedule = schedule.sudo()
        date = fields.Date.to_date(date)
        loan._check_relief_undoable(schedule, cascade)
        before = loan._find_schedule_before(schedule)
        moves = loan._find_relief_moves(schedule.event_key).filtered(
            lambda move: (
                not move.reversed_entry_id
                and "posted" not in move.reversal_move_ids.mapped("state")
            )
        )
        billed = schedule.instalment_ids.filtered(lambda line: line.state == "billed")
        loan._check_undo_day((moves | billed.move_id).sorted("date")[-1:], date)
        made = loan._take_back_penalties(schedule, date, reason)
        made += loan._reverse_bills(billed, date, reason, state="replaced")
        covered = loan._get_covered(schedule, moves)
        made += loan._charge_beside(covered, date)
        undone = loan._reverse_events(moves.sorted("id", reverse=True), date, reason)
        made += undone
        # back into the register on the day on which it leaves the books
        day = max(undone.mapped("date"), default=date)
        self.env["carloan.memo"]._find_standing(schedule.event_key)._reverse(day)
        loan._restore_schedule(before, schedule)
        made += loan._charge_covered(covered, date, f"undo:{schedule.id}:covered")
        made += loan._bill_restored(date)
        made += loan._replay_repayments(date, f"replay:schedule:{schedule.id}")
        made += loan.env["carloan.ledger"]._release_restored(loan, date)
        made += loan._cover_allowance(date, made)
        loan.env["carloan.ledger"]._draft_horizon(loan)
        self.sudo()._refresh_position()
        return made

    def _check_relief_undoable(self, schedule, cascade):
        """Refuse when something later stands on a relief, and say what."""
        blocker = self._find_relief_blocker(schedule, cascade)
        if blocker:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(schedule)s cannot be undone: %(blocker)s.",
                    loan=self.name,
                    schedule=schedule.name,
                    blocker=blocker,
                )
            )

    def _find_relief_blocker(self, schedule, cascade=False):
        """Return what forbids to undo a relief, in words; empty when nothing does."""
        self.ensure_one()
        if schedule.state == "undone":
            return self.env._("it has been undone already")
        if schedule != self.schedule_id:
            return self.env._(
                "%(schedule)s came later: undo that one first",
                schedule=self.schedule_id.name,
            )
        if cascade:
            return ""
        bills = schedule.instalment_ids.filtered(lambda line: line.state == "billed")
        if not bills:
            return ""
        last = bills.sorted("sequence")[-1]
        return self.env._(
            "%(instalment)s of %(date)s was billed by it: undo that bill first, or "
            "choose to undo the bills as well",
            instalment=last.display_name,
            date=last.due_date,
        )

    def _find_schedule_before(self, schedule):
        """Return the schedule that was in force before another one."""
        earlier = self.schedule_ids.filtered(
            lambda one: one.version < schedule.version and one.state == "superseded"
        )
        return earlier.sorted("version")[-1:]

    def _restore_schedule(self, before, undone):
        """Put an earlier schedule in force again."""
        before._activate()
        undone.write({"state": "undone"})
        self._end_new_claim(undone)
        replaced = before.instalment_ids.filtered(lambda line: line.state == "replaced")
        # what their drafts kept out of income when they were replaced is long over
        replaced.write({"state": "planned", "suspended": 0.0, "unearned": 0.0})
        self.write({"previous_schedule_id": self._find_schedule_before(before).id})

    def _bill_restored(self, date):
        """Bill what fell due meanwhile: due on its own date, entered on `date`."""
        due = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state == "planned" and line.due_date <= date
        )
        # the replay that follows allocates everything, credits included
        ledger = self.env["carloan.ledger"].with_context(carloan_keep_credits=True)
        return ledger._bill(due.with_env(ledger.env), date)

from odoo import models
from odoo.exceptions import UserError

from ...engine import settlement, suspension
from ..loan.carloan_loan_snapshot import OVERDUE


class CarloanWriteOff(models.Model):
    """A part of the principal leaves the books; the loan goes on with the rest."""

    _inherit = "carloan.write.off"

    def _get_amount(self):
        """Override: of a part, what the case says."""
        return self.part_amount if self.scope == "part" else super()._get_amount()

    def _get_missing(self):
        """Override: a part needs its amount."""
        missing = super()._get_missing()
        undue = self.loan_id.undue_principal
        if self.scope == "part" and not 0 < self.part_amount < undue:
            missing.append(
                self.env._(
                    "A principal to write off that is above 0 and below the %(undue)s "
                    "not yet due",
                    undue=undue,
                )
            )
        return missing

    def _post(self):
        """Override: a part leaves the loan in the books."""
        if self.scope == "part":
            return self.loan_id._write_off_part(self, self.date)
        return super()._post()

    def _get_part_schedule(self):
        """Return the schedule that a part written off has made."""
        # sudo: schedules of any officer's loan
        return self.loan_id.sudo().schedule_ids.filtered(
            lambda one: one.event_key == f"writeoff:{self.id}"
        )

    def _find_undo_blocker(self):
        """Override: a later change of the schedule stands on a part."""
        blocker = super()._find_undo_blocker()
        schedule_sudo = self._get_part_schedule()
        if blocker or not schedule_sudo:
            return blocker
        return schedule_sudo.loan_id._find_relief_blocker(schedule_sudo, cascade=True)

    def action_view_schedule(self):
        """Open the schedule that the loan goes on by."""
        self.ensure_one()
        return self._get_part_schedule().sudo(False)._get_records_action()


class CarloanLoan(models.Model):
    """Part of the principal written off: a lower schedule, and a claim beside it."""

    _inherit = "carloan.loan"

    def _write_off_part(self, case, date):
        """Take a part of the principal not yet due out of the books.

        The rest is due on the same days in lower instalments, as after a prepayment;
        the part is owed by the last of them, in the register. It takes its share of
        the interest adjustment, and as much of the allowance as it needs.

        :return: values for the case, see `_prepare_write_off_vals`
        :raise UserError: where the coming rows follow a relief that still runs
        """
        self.ensure_one()
        loan = self._prepare_closing(date, ends=False)
        loan._check_allowance_date(date)
        amount = loan._to_minor([case.part_amount])[0]
        position, _ids = loan._get_positions(date, strict=True)
        loan._check_part(case, amount, int(position.principal[0]))
        loan._check_plain(position)
        left = loan._pay_ahead(position, amount, "reamortise", date)
        written = amount - int(left.rest[0])
        taken = settlement.taken_adjustment(
            position.adjustment, position.principal, [written]
        )
        _used, charge = settlement.write_off_part([written], taken, position.allowance)
        row = {
            "principal": written,
            "adjustment": int(taken[0]),
            "allowance": int(position.allowance[0]),
        }
        nothing = dict.fromkeys(OVERDUE, 0)
        due = loan.schedule_id.instalment_ids.sorted("sequence")[-1:].due_date
        loan._post_write_off(case, date, row, nothing, {}, int(charge[0]), 0, due)
        key = f"writeoff:{case.id}"
        loan._go_on_by(position, left, taken, key, date, reason="write_off")
        return loan._prepare_write_off_vals(row, nothing, written, int(charge[0]), 0)

    def _check_part(self, case, amount, principal):
        if not 0 < amount < principal:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(amount)s is no part of the %(undue)s of "
                    "principal not yet due. Correct it, or write off the whole claim.",
                    loan=self.name,
                    amount=case.part_amount,
                    undue=self._from_minor([principal])[0],
                )
            )

    def _undo_write_off(self, case, date, reason):
        """Override: after a part, the schedule before is in force again."""
        schedule = case._get_part_schedule()
        if not schedule:
            return super()._undo_write_off(case, date, reason)
        loan = self.sudo()  # the case has checked who may undo it
        loan._lock()
        blocker = case._find_undo_blocker()
        if blocker:
            move = case._find_moves(f"writeoff:{case.id}")[:1]
            loan._raise_not_undone(move, blocker)
        return loan._undo_closing(schedule, date, reason)

    def _update_state_from_ledger(self, rows):
        """Override: a loan that owes what was written off in part is not closed."""
        result = super()._update_state_from_ledger(rows)
        settled = {row["id"] for row in rows if self._is_settled(row)}
        loans = self.sudo()  # whoever takes the last repayment
        in_part = loans.write_off_ids.filtered(
            lambda one: one.state == "done" and one.scope == "part"
        ).loan_id
        for loan in in_part:
            owed = loan.written_off_balance > 0
            if loan.state == "closed" and owed:
                loan.state = "written_off"
            elif (
                loan.state == "written_off"
                and loan.id not in settled
                and not loan._find_whole_write_off(("approved", "done"))
            ):
                loan.state = "active"
        return result

    def _decide_suspension(self):
        """Extended: who repaid the rest is cured, though a part is owed for ever."""
        decided = super()._decide_suspension()
        # sudo: what is suspended follows from the policy, whoever looks
        repaid_sudo = self.sudo().filtered(
            lambda loan: (
                loan.state == "written_off"
                and loan.suspended_since
                and not loan._find_whole_write_off(("approved", "done"))
            )
        )
        if repaid_sudo:
            cured = decided.get(suspension.RESUME, repaid_sudo.browse())
            decided[suspension.RESUME] = cured | repaid_sudo
        return decided

    def _find_whole_write_off(self, states=("done",)):
        """Return the write-off that took this loan out of the books.

        :param states: of the case; while it is being posted it is still approved
        """
        # sudo: what stands in the way is named, whatever the user may read
        return self.sudo().write_off_ids.filtered(
            lambda case: case.state in states and case.scope == "whole"
        )

from odoo import fields, models
from odoo.exceptions import UserError

from ..loan.carloan_loan_snapshot import OVERDUE
from ..loan.carloan_schedule import TERM_FIELDS


class CarloanLoan(models.Model):
    """What every way of ending a loan checks and prepares."""

    _inherit = "carloan.loan"

    def _prepare_closing(self, date, ends=True):
        """Lock one loan and bring it up to a day on which it ends or is cut short.

        What fell due by then is billed, and the borrower's credit has been used; what
        was entered later would not be part of it, so there must be none.

        :param bool ends: the loan ends: accrued interest may not stand any more
        :return: the loan with the rights of the system; the caller has checked who
            may do this
        :raise UserError: naming the entry or the date that is in the way
        """
        self.ensure_one()
        loan_sudo = self.sudo()  # accountants post for any officer's loan
        loan_sudo._lock()
        loan_sudo._check_state("active")
        loan_sudo._check_closing_date(date)
        ledger = self.env["carloan.ledger"].sudo()
        due = ledger._find_due(date).filtered(lambda line: line.loan_id == loan_sudo)
        made = ledger._bill(due) | ledger._charge_penalties(loan_sudo, date)
        loan_sudo._check_booked_by(made, date)
        ledger._use_credits(loan_sudo, date)
        if ends:
            loan_sudo._check_nothing_accrued(date)
        return loan_sudo

    def _check_closing_date(self, date):
        """Refuse a day that is still to come, or before what is in the books."""
        self._check_day_has_come(date)
        later = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("state", "=", "posted"),
                ("date", ">", date),
            ],
            order="date desc, id desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(move)s of %(later)s is in the books already, "
                    "after %(date)s. Choose that day or a later one.",
                    loan=self.name,
                    move=later.name,
                    later=later.date,
                    date=date,
                )
            )

    def _check_allowance_date(self, date):
        """Refuse a day before the allowance was last set: what uses the allowance of
        that day would leave the later change behind.

        The runs post for many loans at once, so the loan is on their items alone.
        """
        later = self.env["account.move.line"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_role", "=", "allowance"),
                ("parent_state", "=", "posted"),
                ("date", ">", date),
            ],
            order="date desc, id desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: its allowance was set on %(later)s by %(move)s, "
                    "after %(date)s. Choose that day or a later one.",
                    loan=self.name,
                    later=later.date,
                    move=later.move_id.name,
                    date=date,
                )
            )

    def _check_booked_by(self, moves, date):
        """Refuse when what a closing rests on was booked after its day: that lies in a
        closed period, and the books of the day would say less than is owed."""
        for move in moves.filtered(lambda one: one.date > date):
            # booked later, it may bear its tax otherwise than on its day
            locks = move._get_carloan_locks(date)
            locks = locks or move._get_violated_lock_dates(date, has_tax=True)
            move._raise_carloan_locked(locks, date)

    def _check_nothing_accrued(self, date):
        """Refuse while the interest of a month end stands: it leaves the next day."""
        groups = self.env["account.move.line"]._read_group(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_role", "=", "interest_due"),
                ("carloan_component", "=", False),
                ("parent_state", "=", "posted"),
                ("date", "<=", date),
            ],
            aggregates=["amount_currency:sum"],
        )
        accrued = groups[0][0] or 0.0
        if not self.currency_id.is_zero(accrued):
            raise UserError(
                self.env._(
                    "Loan %(loan)s: interest of %(amount)s accrued at the month end "
                    "still stands on %(date)s and leaves the books on the next day. "
                    "Choose the first day of the new month.",
                    loan=self.name,
                    amount=accrued,
                    date=date,
                )
            )

    def _get_owed(self, date):
        """Return what this loan owes in the books on a day, in minor units.

        Interest carried into an instalment to come is owed like what is overdue: a
        loan that ends has no such instalment.

        :return: dict of the columns of the position (`principal`, `overdue_*`, ...)
        """
        row = self._read_position_rows(date)[0]
        row["overdue_interest"] += row["ahead_interest"]
        row["suspended_interest"] += row["ahead_suspended"]
        return row

    @staticmethod
    def _get_overdue_parts(row):
        """Return {component: minor units} of what is overdue in the books.

        What is suspended is owed beside it, in its register.
        """
        return {
            name: int(row[f"overdue_{name}"]) - int(row.get(f"suspended_{name}") or 0)
            for name in OVERDUE
        }

    @staticmethod
    def _get_overdue_total(row):
        """Return all that is overdue, suspended or not, in minor units."""
        return sum(int(row[f"overdue_{name}"]) for name in OVERDUE)

    def _get_credit(self, row):
        """Return the borrower's credit of a position row, minor units."""
        return max(int(row["credit"]), 0)

    def _replace_schedule(self, built, key, unwind=None, reason="prepayment", **values):
        """Put a schedule in force that an event of this loan made.

        :param Schedule built: engine schedule of this loan
        :param str key: of the event; its entries begin with it
        :return: the schedule
        """
        schedule = self.env["carloan.schedule"]._create_from_engine(
            self,
            built,
            0,
            reason,
            unwind=unwind,
            **{**self._get_terms_in_force(), **values, "event_key": key},
        )
        schedule._activate()
        return schedule

    def _get_terms_in_force(self):
        """Return the terms of the active schedule, for the one that follows it."""
        schedule = self.schedule_id
        return {name: schedule[name] for name in (*TERM_FIELDS, "date_from")}

    def _undo_closing(self, schedule, date, reason, cascade=True):
        """Undo what replaced a schedule: its bills and entries, then the loan goes on.

        :return: the entries made
        :raise UserError: naming what stands on it
        """
        self.ensure_one()
        loan_sudo = self.sudo()  # the caller has checked who may undo
        date = fields.Date.to_date(date)
        moves = loan_sudo._find_relief_moves(schedule.sudo().event_key)
        moves |= schedule.sudo().instalment_ids.move_id.filtered(
            lambda move: move.state == "posted"
        )
        first = moves.sorted("date")[-1:]
        if first and schedule.state != "undone":
            loan_sudo._check_undo_date(first, date)
        # first: what the register gives back is part of what repayments settle
        key = schedule.sudo().event_key
        day = first._get_carloan_open_day(date) if first else date
        self.env["carloan.memo"]._find_standing(key)._reverse(day)
        made = loan_sudo._undo_relief(schedule, date, reason, cascade=cascade)
        # a loan that was closed is active again only now
        self.env["carloan.ledger"].sudo()._draft_horizon(loan_sudo)
        return made

    def _check_bill_undoable(self, move, instalment):
        """Override: what let the rest fall due is undone with all that goes with it."""
        kind = (instalment.schedule_id.event_key or "").partition(":")[0]
        if kind in ("settlement", "repossession"):
            self._raise_not_undone(
                move,
                self.env._(
                    "it is part of %(schedule)s: undo that event",
                    schedule=instalment.schedule_id.name,
                ),
            )
        return super()._check_bill_undoable(move, instalment)

    def _check_repayment_undoable(self, move):
        """Refuse to reverse a repayment on which a later event stands."""
        self.ensure_one()
        blocker = self._find_repayment_blocker(move)
        if blocker:
            self._raise_not_undone(move, blocker)

    def _find_repayment_blocker(self, move):
        """Return in words what stands on a repayment; empty when nothing does."""
        payment = move.origin_payment_id
        if not payment:
            return ""
        ahead = self.schedule_ids.filtered(
            lambda one: (
                one.event_key == f"prepay:{payment.id}" and one.state == "active"
            )
        )
        if ahead:
            return self.env._(
                "%(schedule)s was made from it: undo that first", schedule=ahead.name
            )
        return ""

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def _open_case(self, cases, name):
        """Open the live one of the cases of this loan, or a new one."""
        live = cases.filtered(lambda one: one.state not in ("rejected", "undone"))
        return {
            "type": "ir.actions.act_window",
            "res_model": cases._name,
            "view_mode": "form",
            "res_id": live[:1].id,
            "context": {"default_loan_id": self.id},
            "name": name,
        }

"""Activation as of a day before: the books as if it had been pressed then."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..relief.relief_request import MOVE_FIELDS

MOVE_FIELDS |= {"effective_date", "backdate_reason"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    effective_date = fields.Date(
        "In Effect From",
        readonly=True,
        copy=False,
        help="Accounting date of the plan; earlier than the activation when that was "
        "dated back.",
    )
    backdate_reason = fields.Char("Why Dated Back", readonly=True, copy=False)

    def action_backdate(self):
        """Open the window that asks from when on the plan is in effect, and why."""
        self.ensure_one()
        self._check_staff("manager", "accountant")
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.relief.backdate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Activate as of a Day Before"),
        }

    def action_activate_dated(self, date, reason):
        """Put the accepted plan into the ledger as of a day before today.

        :param date: from when on the plan is in effect
        :param str reason: why it is dated back
        """
        self.ensure_one()
        self._check_staff("manager", "accountant")
        reason = (reason or "").strip()
        date = fields.Date.to_date(date)
        if not date or not reason:
            raise UserError(
                self.env._(
                    "%(request)s: enter from when on the plan is in effect, and why it "
                    "is dated back.",
                    request=self.name,
                )
            )
        if self._activate(date):
            # sudo: closed to forms and RPC; who may activate was checked before
            self.sudo().backdate_reason = reason
            self._log(
                self.env._(
                    "In effect from %(date)s: %(reason)s",
                    date=fields.Date.to_string(date),
                    reason=reason,
                )
            )
        return True

    def _activate(self, date=None):
        """Override: a day before is checked, and what was billed since made anew."""
        today = fields.Date.context_today(self)
        date = fields.Date.to_date(date) or today
        if date == today:
            done = super()._activate(date)
        else:
            self._lock()
            if self.state == "active":
                return False
            self._check_backdate(date, today)
            self._take_back_bills(date)
            done = super()._activate(date)
            self._bill_since(today)
        if done:
            # sudo: closed to forms and RPC; who may activate was checked before
            self.sudo().effective_date = date
        return done

    def _take_back_bills(self, date):
        """Reverse the bills since a day: the plan bills them anew."""
        loan_sudo = self._lock_loan_sudo()
        bills_sudo = loan_sudo._find_later_entries(date)
        self._check_only_bills(bills_sudo, date)
        for move_sudo in bills_sudo.sorted(lambda move: (move.date, move.id))[::-1]:
            loan_sudo._undo_bill(
                move_sudo,
                move_sudo.date,
                self.env._("%(request)s takes effect before", request=self.name),
            )

    def _bill_since(self, today):
        """Bill what the plan asks for up to today."""
        loan_sudo = self.loan_id.sudo()  # see _lock_loan_sudo
        due_sudo = loan_sudo.instalment_ids.filtered(
            lambda row: (row.state in ("planned", "drafted") and row.due_date <= today)
        )
        for row_sudo in due_sudo.sorted("due_date"):
            self.env["carloan.ledger"].sudo()._bill(row_sudo)
        loan_sudo._refresh_position()

    # ---------------------------------------------------------------- CHECKS
    @api.model
    def _get_earliest_effect(self, today):
        """Return the first day from which the plan may be in effect."""
        # sudo: the limit is policy data
        limit = self.sudo().policy_id.backdate_days
        return max(fields.Date.add(today, days=-limit), self.as_of or today)

    def _check_backdate(self, date, today):
        """Refuse a day to come, or one before what the policy allows."""
        earliest = self._get_earliest_effect(today)
        if earliest <= date <= today:
            return
        # sudo: the limit is policy data
        policy_sudo = self.sudo().policy_id
        raise UserError(
            self.env._(
                "%(request)s cannot be in effect from %(date)s: policy %(policy)s "
                "allows %(days)s days back, and not before the offer was worked out "
                "on %(as_of)s. Enter a day from %(earliest)s to %(today)s.",
                request=self.name,
                date=fields.Date.to_string(date),
                policy=policy_sudo.display_name,
                days=policy_sudo.backdate_days,
                as_of=fields.Date.to_string(self.as_of),
                earliest=fields.Date.to_string(earliest),
                today=fields.Date.to_string(today),
            )
        )

    def _check_only_bills(self, moves_sudo, date):
        """Refuse when something came since that cannot be made anew by itself."""
        other_sudo = moves_sudo.filtered(lambda move: move.carloan_event != "bill")
        if not other_sudo:
            return
        last_sudo = other_sudo.sorted("date")[-1]
        events = dict(
            last_sudo._fields["carloan_event"]._description_selection(self.env)
        )
        raise UserError(
            self.env._(
                "%(request)s cannot be in effect from %(date)s: %(event)s %(move)s of "
                "%(day)s came later. Date it on or after that day, or assess the "
                "request again.",
                request=self.name,
                date=fields.Date.to_string(date),
                event=events.get(last_sudo.carloan_event, ""),
                move=last_sudo.name,
                day=fields.Date.to_string(last_sudo.date),
            )
        )


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    #: Entries of a day after which stand beside what is owed, and stay as they are.
    _events_beside = ("accrue", "provision", "open")

    def _find_later_entries(self, date):
        """Return the standing entries of a loan after a day, in sudo."""
        self.ensure_one()
        # sudo: whoever activates need not read the ledger
        moves_sudo = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("carloan_loan_id", "=", self.id),
                    ("state", "=", "posted"),
                    ("date", ">", date),
                    ("carloan_event", "not in", (*self._events_beside, False)),
                    ("reversed_entry_id", "=", False),
                ]
            )
        )
        return moves_sudo.filtered(
            lambda move: "posted" not in move.reversal_move_ids.mapped("state")
        )

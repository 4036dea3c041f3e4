from datetime import timedelta

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

# what belongs to one day and to no other: the interest up to it, the balances on it
FIXED_EVENTS = ("accrue", "open")


class AccountMove(models.Model):
    """Loan entries and closed periods: by the policy of the company, never in silence.

    Odoo would move the date without a word, and the schedule, the days past due and
    the books would then tell different dates. The money of a buyer and the lines of a
    bank statement are no events of a loan, yet posted beside one (`carloan_beside` in
    the context): they go the same way.
    """

    _inherit = "account.move"

    def _respect_carloan_lock_dates(self, soft):
        """Refuse a loan entry in a closed period, or book it on the first open day.

        Its due dates stay: how late a loan is does not depend on who closed a month.
        """
        today = fields.Date.context_today(self)
        dates = {}
        beside = self.env.context.get("carloan_beside")
        for move in self.filtered(lambda one: one.carloan_event or beside):
            if soft and move.date > today:
                continue
            day = move._get_carloan_open_day(move.date)
            if day != move.date:
                dates[move] = move.date
                # sudo: whoever may post may let the system date it
                move.sudo().with_context(skip_invoice_sync=True).date = day
        self._note_carloan_moved(dates)

    def _get_carloan_open_day(self, date):
        """Return the day on which an entry dated `date` is booked.

        :raise UserError: when the period is closed and the company refuses, when the
            event belongs to its day alone, or when no day up to today is open
        """
        locks = self._get_carloan_locks(date)
        if not locks:
            return date
        fixed = self.carloan_event in FIXED_EVENTS and not self.reversed_entry_id
        day = max(lock for lock, _field in locks) + timedelta(days=1)
        if (
            fixed
            or self.company_id.sudo().carloan_locked_policy != "next_open"
            or day > fields.Date.context_today(self)
        ):
            self._raise_carloan_locked(locks, date)
        return self._get_carloan_open_day(day)  # another lock may end later

    def _get_carloan_locks(self, date):
        """Return the locks that an entry of a day would violate.

        Its VAT is no tax of Odoo's, yet part of the return of its month all the same.
        """
        declared = "output_vat" in self.line_ids.mapped("carloan_role")
        return self._get_violated_lock_dates(date, declared)

    def _get_carloan_reversal_date(self, date):
        """Return the day of a reversal, which Odoo would move in silence."""
        date = fields.Date.to_date(date) or fields.Date.context_today(self)
        locks = self._get_carloan_locks(date)
        day = self._get_carloan_open_day(date) if locks else date
        if day != date:
            self._note_carloan_locked(date, day)
        return day

    def _note_carloan_moved(self, dates):
        """Say of each entry whose date is no longer the one in `dates`."""
        for move, date in dates.items():
            if move.date != date:
                move._note_carloan_locked(date, move.date)

    def _note_carloan_locked(self, date, day):
        """Say on entry and loan, and to the user, that an entry is booked later."""
        loan = self._get_carloan_locked_loan()
        body = self.env._(
            "“%(event)s” of %(date)s falls in a closed period and is booked on "
            "%(day)s, the first open day. Due dates stay as they were.",
            event=self._get_carloan_event_label(),
            date=date,
            day=day,
        )
        # sudo: whoever posts need not be allowed to write the loan
        for record in (self, loan):
            if record:
                record.sudo()._message_log(body=body)
        if self.env.uid != SUPERUSER_ID:
            self.env.user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "title": loan.name or self.ref or "",
                    "message": body,
                    "sticky": True,
                },
            )

    def _raise_carloan_locked(self, locks, date):
        """Raise the message about a locked date."""
        raise UserError(
            self.env._(
                "Loan %(loan)s: “%(event)s” is dated %(date)s, in a period that is "
                "closed (%(locks)s). Choose a later date, or ask the accountant to "
                "open the period.",
                loan=self._get_carloan_locked_loan().name or self.ref or "",
                event=self._get_carloan_event_label(),
                date=date,
                locks=self.env["res.company"]._format_lock_dates(locks),
            )
        )

    def _get_carloan_event_label(self):
        """Return what is booked, in words."""
        events = dict(self._fields["carloan_event"]._description_selection(self.env))
        return events.get(self.carloan_event) or self.ref or self.journal_id.name

    def _get_carloan_locked_loan(self):
        """Return the loan that an entry is of, or beside which it is posted."""
        # sudo: the name alone, of a loan of whatever team
        beside = self.env.context.get("carloan_beside") or False
        return self.carloan_loan_id or self.carloan_loan_id.sudo().browse(beside)

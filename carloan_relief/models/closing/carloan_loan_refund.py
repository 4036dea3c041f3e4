from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..ledger.carloan_replay import CLAIMS

REFUNDABLE = ("active", "closed", "written_off")


class CarloanLoan(models.Model):
    """A borrower's credit paid back: what is due comes first, the rest may go."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # FREE CREDIT
    # ------------------------------------------------------------------

    def _get_free_credit(self, date):
        """Return what of the credit of a day nothing owed takes, in minor units.

        What was written off is owed, too, outside the books.
        """
        row = self._get_owed(date)
        owed = self._get_overdue_total(row) + self._get_written_off(date)
        return max(self._get_credit(row) - owed, 0)

    def _prepare_refund(self, payment):
        """Lock a loan, bring it up to today, and refuse what its credit cannot give.

        The caller has checked who may post money of a loan.

        :param payment: that pays back; not posted yet
        """
        self.ensure_one()
        self._lock()
        self._check_state(*REFUNDABLE)
        self._check_not_paid_to_self(payment.partner_id)
        self._check_day_has_come(payment.date)
        self._check_refund_of_nothing(payment.amount)
        today = fields.Date.context_today(self)
        credit = self._get_credit(self._get_owed(today))
        if self.state == "active":
            ledger = self.env["carloan.ledger"]
            due = ledger._find_due(today).filtered(lambda line: line.loan_id == self)
            ledger._bill(due)
            ledger._use_credits(self, today)
        self._check_refund_amount(payment, credit)
        self._check_refund_date(payment.date)

    def _check_not_paid_to_self(self, payee):
        """Nobody pays back the credit of their own loan, or to themselves."""
        partners = self.partner_id | self.party_ids.partner_id | payee
        own = self.env.user.sudo().partner_id.commercial_partner_id
        if own in partners.commercial_partner_id:
            raise AccessError(
                self.env._(
                    "%(user)s is a party of loan %(loan)s, or would be paid, and may "
                    "not pay its credit back. Ask a colleague.",
                    user=self.env.user.name,
                    loan=self.name,
                )
            )

    def _check_refund_of_nothing(self, amount):
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(amount)s cannot be paid back. Enter an amount "
                    "above zero.",
                    loan=self.name,
                    amount=self.currency_id.format(amount),
                )
            )

    def _check_refund_amount(self, payment, credit):
        """Refuse more than nothing due takes.

        :param int credit: before what is due today was billed, in minor units
        """
        today = fields.Date.context_today(self)
        free = self._get_free_credit(today)
        if self._to_minor([payment.amount])[0] <= free:
            return
        if free < credit:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: what is due on %(date)s comes first. Of its credit "
                    "of %(credit)s that takes %(used)s; %(free)s can be paid back, not "
                    "%(amount)s.",
                    loan=self.name,
                    date=today,
                    credit=self._say_minor(credit),
                    used=self._say_minor(credit - free),
                    free=self._say_minor(free),
                    amount=self.currency_id.format(payment.amount),
                )
            )
        raise UserError(
            self.env._(
                "Loan %(loan)s: its credit is %(free)s, and %(amount)s is more than "
                "that. Enter %(free)s or less.",
                loan=self.name,
                free=self._say_minor(free),
                amount=self.currency_id.format(payment.amount),
            )
        )

    def _say_minor(self, amount):
        return self.currency_id.format(self._from_minor([amount])[0])

    def _check_refund_date(self, date):
        """Refuse a day after which something fell due or came in: the credit of that
        day has been used since, or was not there yet."""
        later = self.env["account.move.line"].search(
            [*CLAIMS, ("carloan_loan_id", "=", self.id), ("date", ">", date)],
            order="date desc, id desc",
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(move)s of %(later)s is in the books already, "
                    "after %(date)s. Choose that day or a later one.",
                    loan=self.name,
                    move=later.move_id.name,
                    later=later.date,
                    date=date,
                )
            )

    # ------------------------------------------------------------------
    # PAYEE
    # ------------------------------------------------------------------

    def _find_standing_payments(self, kind="inbound"):
        """Return the payments of this loan in the books, the oldest first."""
        return self.payment_ids.filtered(
            lambda one: (
                one.payment_type == kind and one.state in ("in_process", "paid")
            )
        ).sorted(lambda one: (one.date, one.id))

    def _find_payees(self):
        """Return to whom money of this loan goes back without a reason given."""
        payers = self.partner_id.browse().union(
            *(one._get_carloan_payer() for one in self._find_standing_payments())
        )
        return self.partner_id | self.partner_id.commercial_partner_id | payers

    def _find_credit_payments(self):
        """Return the repayments that left the credit; else the last one."""
        ledger = self.env["carloan.ledger"]
        lines = ledger._find_credits(ledger._get_open_lines(self))
        payments = self._find_standing_payments()
        return payments & lines.move_id.origin_payment_id or payments[-1:]

    def _get_default_payee(self):
        """Return to whom the credit goes back: who paid it.

        :return: a partner; empty where only a name is known, the borrower where
            several paid
        """
        payers = [one._get_carloan_payer() for one in self._find_credit_payments()]
        if not all(payers):
            return self.partner_id.browse()
        found = self.partner_id.browse().union(*payers)
        return found if len(found) == 1 else self.partner_id

    # ------------------------------------------------------------------
    # PAYMENT
    # ------------------------------------------------------------------

    def _register_refund(self, amount, date, payee, journal=None, **values):
        """Pay back a part of the credit of this loan and return the payment.

        The caller has checked who may do that.

        :param values: ``memo``, ``note`` (why somebody else is paid) and
            ``bank_account`` of the payee
        """
        self.ensure_one()
        self._check_refund_of_nothing(amount)
        vals = self._prepare_refund_vals(amount, date, payee, journal, **values)
        # sudo: managers post money of a loan without being accountants
        payment = self.env["account.payment"].sudo().create(vals)
        payment.action_post()
        self.sudo()._message_log(
            body=self.env._(
                "%(amount)s of the credit paid back to %(payee)s by %(payment)s.",
                amount=self.currency_id.format(amount),
                payee=payee.display_name,
                payment=payment.name,
            )
        )
        return payment.sudo(self.env.su)

    def _prepare_refund_vals(
        self, amount, date, payee, journal=None, memo=None, note="", bank_account=None
    ):
        """Return the values of the payment that pays a credit back."""
        vals = self._prepare_repayment_vals(amount, date, journal, memo)
        vals.update(
            payment_type="outbound", partner_id=payee.id, carloan_payer_note=note
        )
        if bank_account:
            vals["partner_bank_id"] = bank_account.id
        return vals

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def _undo_refund(self, move, date, reason):
        """Reverse a refund that came back or was an error: the credit is there again.

        It pays what has fallen due since, as if it had never been paid back.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        loan._check_undo_date(move, date)
        blocker = loan._find_refund_blocker(move.sudo())
        if blocker:
            loan._raise_not_undone(move, blocker)
        payment = move.sudo().origin_payment_id
        made = loan._reverse_events(move, date, reason)
        # as a repayment that came back: the money did not reach the payee
        payment.write({"state": "rejected"})
        key, day = f"replay:{move.id}", made.date
        made += loan._recharge_penalties(payment.date, day, key)
        made += loan._replay_repayments(day, key)
        loan._refresh_position()
        loan._note_undone(move, reason)
        return made

    def _find_refund_blocker(self, move):
        """Return in words what stands on a refund; empty when nothing does.

        What a write-off took out of the books is what was left without that money.
        """
        done = self._find_whole_write_off()
        entries = done._find_moves(f"writeoff:{done.id}") if done else done
        # by items: a draft made before is made anew when it is posted after
        if entries and min(move.line_ids.ids) < min(entries.line_ids.ids):
            return self._find_standing_write_off()
        return ""

    def _find_repayment_blocker(self, move):
        """Override: a loan written off can owe no money that was paid back."""
        blocker = super()._find_repayment_blocker(move)
        refund = self._find_standing_payments("outbound")[-1:]
        if blocker or not refund or self.state != "written_off":
            return blocker
        own = move.line_ids.filtered(
            lambda line: (
                line.carloan_role == "principal_due" and not line.carloan_component
            )
        )
        left = -sum(self._to_minor(own.mapped("amount_currency")))
        if left <= self._get_credit(self._get_owed(fields.Date.context_today(self))):
            return ""
        return self.env._(
            "%(payment)s of %(date)s paid its credit back: undo that first",
            payment=refund.name,
            date=refund.date,
        )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_pay_back_credit(self):
        """Open the window that pays the credit back."""
        self.ensure_one()
        self.check_access("read")
        self._check_may_post()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.refund",
            "view_mode": "form",
            "target": "new",
            "context": {"default_loan_id": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Pay back the credit"),
        }

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError

# more than that is left to the job in the background: nobody waits for minutes
POST_NOW = 50
POST_BATCH = 20


class CarloanBankLine(models.Model):
    """Bank lines posted: each one a repayment of its loan, or the return of one.

    The payment is the entry of the bank. Where the journal's payment method has no
    outstanding account, it debits the bank account itself, and no Odoo bank statement
    line is made: it would debit the bank a second time. Where there is one, the
    payment debits that account, and a statement line that is reconciled with it moves
    the money to the bank, as accountants know it.
    """

    _inherit = "carloan.bank.line"

    def action_post(self):
        """Post matched lines; many are posted in the background.

        A line that cannot be posted keeps the reason, the others are posted.
        """
        self.check_access("write")
        self.env["carloan.loan"]._check_may_post()
        ready = self.filtered(lambda line: line.state == "matched")
        if not ready:
            self.filtered(lambda line: line.state == "posted")._raise_worked_on()
            raise UserError(
                self.env._(
                    "None of these lines is matched to a loan. Choose loans, or press "
                    "Confirm where one is proposed."
                )
            )
        # sudo: lines are written, and loans paid, by the system from here on
        ready_sudo = ready.sudo()
        ready_sudo._lock_open()
        ready_sudo[POST_NOW:].write({"queued": True})
        ready_sudo[:POST_NOW]._post_batch()
        if len(ready) > POST_NOW:
            self.env.ref("carloan_relief.carloan_bank_cron_post")._trigger()
        return True

    def _lock_open(self):
        """Lock these lines; two people on one work list post it once.

        :raise UserError: when somebody else posts them now, or has just posted them
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is posting these lines right now. Wait a moment "
                    "and look at the work list again."
                )
            ) from error
        self.invalidate_recordset(["state", "payment_id"])
        self.filtered(lambda line: line.state != "matched")._raise_worked_on()

    def _raise_worked_on(self):
        """Refuse lines that somebody else has dealt with meanwhile, if any."""
        for line in self:
            raise UserError(
                self.env._(
                    "The line of %(date)s over %(amount)s has just been worked on by "
                    "somebody else. Look at the work list again.",
                    date=line.date,
                    amount=line.amount,
                )
            )

    @api.model
    def _cron_post(self):
        """Post queued lines in batches; a line that is refused leaves the queue."""
        domain = [("queued", "=", True), ("state", "=", "matched")]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.sudo().search_count(domain))
        while lines := self.sudo().search(domain, limit=POST_BATCH, order="date, id"):
            lines = lines.try_lock_for_update()
            lines._post_batch()
            if not lines or not cron._commit_progress(len(lines)):
                return

    def _post_batch(self):
        """Post lines the oldest first: one of each loan in a savepoint together, or
        each in its own where that fails."""
        for lines in self._deal_by_loan():
            if len(lines) == 1 or not lines._try_post():
                for line in lines:
                    line._try_post(keep_reason=True)

    def _deal_by_loan(self):
        """Return lines in turns, each with one line of a loan, in order of dates."""
        turns = defaultdict(self.browse)
        lines = self.sorted(lambda one: (one.date, one.id))
        for own in lines.grouped(lambda one: one._get_loan()).values():
            for turn, line in enumerate(own):
                turns[turn] |= line
        return list(turns.values())

    def _get_loan(self):
        """Return the loan that a line pays, or takes a payment back from."""
        if self.amount < 0:
            return self._get_paid_out().carloan_loan_id
        return self.returned_payment_id.carloan_loan_id or self.loan_id

    def _try_post(self, keep_reason=False):
        """Post these lines wholly or not at all; tell whether they are posted."""
        try:
            with self.env.cr.savepoint():
                for line, payment in self._post_all():
                    line.write({"state": "posted", "payment_id": payment.id})
                self.write({"error": False, "queued": False})
            return True
        except (UserError, ValidationError) as error:
            if keep_reason:
                self.write({"error": str(error), "queued": False})
            return False

    def _post_all(self):
        """Post lines of different loans; return [(line, its payment)]."""
        for line in self:
            line._check_postable()
        entered = self.filtered("entered_payment_id")
        returns = self.filtered(
            lambda line: line.amount < 0 or line.returned_payment_id
        )
        returns -= entered
        new = self - returns - entered
        done = new._post_repayments() if new else []
        done += [(line, line._settle_entered()) for line in entered]
        return done + [(line, line._post_return()) for line in returns]

    def _post_repayments(self):
        """Post the repayments of different loans; return [(line, payment)]."""
        payments = self.loan_id._register_repayments(
            [line._get_repayment() for line in self]
        )
        done = list(zip(self, payments, strict=True))
        for line, payment in done:
            line._make_statement_line(payment, payment.move_id.line_ids)
        return done

    def _get_repayment(self):
        """Return what the loan is told of the repayment."""
        return {
            "amount": self.amount,
            "date": self.date,
            "journal": self.journal_id,
            "memo": self.reference or self.loan_id.name,
            **self._get_payer(),
        }

    def _check_postable(self):
        """Refuse what cannot be right, in words that name the line's data."""
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The booking is dated %(date)s: post it then.", date=self.date
                )
            )
        if self.amount < 0:
            if not self._get_paid_out():
                raise UserError(
                    self.env._("Choose the payment that this booking returns.")
                )
            return
        if self.currency_id != self.loan_id.currency_id:
            raise UserError(
                self.env._(
                    "Loan %(loan)s is in %(loan_currency)s, the booking in "
                    "%(currency)s. Exchange the money first and enter it in "
                    "%(loan_currency)s.",
                    loan=self.loan_id.name,
                    loan_currency=self.loan_id.currency_id.name,
                    currency=self.currency_id.name,
                )
            )

    def _get_payer(self):
        """Return who paid, where that is not the borrower, with a note on it."""
        if not self.is_on_behalf:
            return {}
        party = self.loan_id._find_party(self.payer_name)
        note = self.payer_note or self.env._(
            "As in the bank statement of %(date)s: %(text)s",
            date=self.date,
            text=self.reference or self.payer_account or self.payer_name,
        )
        return {
            "payer": party.partner_id,
            "payer_name": self.payer_name,
            "payer_note": note,
        }

    def _post_return(self):
        """Undo the payment that the bank took back, on the day it did."""
        payment = self.returned_payment_id
        self._check_returned(payment)
        # undoing the payment parts it from the statement line that moved the money
        paid = payment.move_id.line_ids
        moved = paid.matched_credit_ids.credit_move_id
        moved |= paid.matched_debit_ids.debit_move_id
        note = self.reference or self.env._("Returned by the bank")
        loan, move = payment.carloan_loan_id, payment.move_id
        if self.amount < 0:
            loan._return_repayment(move, self.date, self.return_reason_id, note=note)
        elif payment.state != "rejected":  # a person may have undone it before
            loan._undo_refund(move, self.date, note)
        self._make_statement_line(payment, moved)
        return payment

    def _check_returned(self, payment):
        """Refuse a payment that is not what this booking takes back."""
        way = "inbound" if self.amount < 0 else "outbound"
        found = (payment.payment_type, payment.journal_id, payment.currency_id)
        compare = self.currency_id.compare_amounts
        if found == (way, self.journal_id, self.currency_id) and not compare(
            payment.amount, abs(self.amount)
        ):
            return
        raise UserError(
            self.env._(
                "Payment %(payment)s is %(paid)s of %(journal)s, this booking is "
                "%(amount)s of %(own)s: it cannot take that payment back. Choose "
                "another payment.",
                payment=payment.name,
                paid=payment.currency_id.format(
                    payment.amount
                    if payment.payment_type == "inbound"
                    else -payment.amount
                ),
                journal=payment.journal_id.name,
                amount=self.currency_id.format(self.amount),
                own=self.journal_id.name,
            )
        )

    def _make_statement_line(self, payment, items):
        """Move the money to the bank account, where the payment did not; see above.

        :param items: journal items, of which those on the outstanding account are
            settled by it
        """
        outstanding = payment.outstanding_account_id
        if outstanding == self.journal_id.default_account_id:
            return self.env["account.bank.statement.line"]
        if not self.statement_line_id:
            self.statement_line_id = self._create_statement_line(payment)
        line = self.statement_line_id
        line._carloan_set_partner(payment.partner_id)
        if outstanding.reconcile:
            own = line.move_id.line_ids + items
            own.filtered(
                lambda item: item.account_id == outstanding and not item.reconciled
            ).reconcile()
        return line

    def _create_statement_line(self, payment):
        """Create the line of Odoo's bank statement for this booking."""
        Line = self.env["account.bank.statement.line"]
        # its entry is none of the loan, and closed periods are to be respected as well
        Line = Line.with_context(carloan_beside=payment.carloan_loan_id.id)
        made = Line.create(
            {
                "journal_id": self.journal_id.id,
                "date": self.date,
                "amount": self.amount,
                "payment_ref": self.reference or payment.name,
                "partner_id": payment.partner_id.id,
                "account_number": self.payer_account,
                "counterpart_account_id": payment.outstanding_account_id.id,
            }
        )
        return made.with_env(self.env)

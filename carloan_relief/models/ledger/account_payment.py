from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError


class AccountPayment(models.Model):
    _inherit = "account.payment"

    carloan_loan_id = fields.Many2one(
        "carloan.loan",
        string="Car loan",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="restrict",
        help="The payment is split over what this loan owes, in the agreed order.",
    )

    carloan_payer_id = fields.Many2one(
        "res.partner",
        string="Paid by",
        check_company=True,
        index="btree_not_null",
        copy=False,
        help="Who paid on behalf of the borrower: a guarantor, a co-borrower, a "
        "relative. The money settles the borrower's debt all the same.",
    )
    carloan_payer_name = fields.Char(string="Name of the payer", copy=False)
    carloan_payer_note = fields.Char(string="Why somebody else pays", copy=False)
    carloan_split_ids = fields.One2many(
        "account.move.line",
        string="How the money was split",
        compute="_compute_carloan_split_ids",
    )

    @api.depends("move_id.line_ids.carloan_role")
    def _compute_carloan_split_ids(self):
        for payment in self:
            lines = payment.move_id.line_ids.filtered("carloan_role")
            own = payment.carloan_loan_id and not payment._is_carloan_refund()
            payment.carloan_split_ids = lines if own else False

    def _is_carloan_refund(self):
        """Tell whether this pays a borrower's credit back, instead of taking money."""
        return bool(self.carloan_loan_id) and self.payment_type == "outbound"

    def _filter_carloan_repayments(self):
        """Return those of these payments that bring money in for a loan."""
        return self.filtered(
            lambda one: one.carloan_loan_id and not one._is_carloan_refund()
        )

    @api.constrains(
        "carloan_loan_id",
        "partner_id",
        "carloan_payer_id",
        "carloan_payer_name",
        "carloan_payer_note",
    )
    def _check_carloan_payer(self):
        """Somebody else may pay, if it is said why: nobody's money pays by mistake."""
        for payment in self._filter_carloan_repayments():
            borrower = payment.carloan_loan_id.sudo().partner_id
            payers = payment.carloan_payer_id | payment.partner_id
            others = payers - borrower - borrower.commercial_partner_id
            name = others[:1].display_name or payment.carloan_payer_name
            if name and not payment.carloan_payer_note:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s is lent to %(borrower)s, and %(payer)s pays. "
                        "Say in the note why, or choose another loan.",
                        loan=payment.carloan_loan_id.sudo().name,
                        borrower=borrower.display_name,
                        payer=name,
                    )
                )

    @api.depends("carloan_loan_id")
    def _compute_outstanding_account_id(self):
        """Override of `account`: a loan payment always has an account, so an entry.

        Without an outstanding account Odoo would confirm the payment and write no
        entry until a bank statement comes; the loan would look unpaid meanwhile.
        """
        result = super()._compute_outstanding_account_id()
        for payment in self:
            if payment.carloan_loan_id and not payment.outstanding_account_id:
                payment.outstanding_account_id = payment.journal_id.default_account_id
        return result

    @api.constrains("carloan_loan_id", "currency_id", "state")
    def _check_carloan_payment(self):
        for payment in self.filtered("carloan_loan_id"):
            loan = payment.carloan_loan_id
            if payment.currency_id != loan.currency_id:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s is in %(loan_currency)s, the payment in "
                        "%(currency)s. Exchange the money first and enter it in "
                        "%(loan_currency)s.",
                        loan=loan.name,
                        loan_currency=loan.currency_id.name,
                        currency=payment.currency_id.name,
                    )
                )

    def _prepare_move_line_default_vals(
        self, write_off_line_vals=None, force_balance=None
    ):
        """Override of `account` to split the counterpart over what the loan owes."""
        lines = super()._prepare_move_line_default_vals(
            write_off_line_vals=write_off_line_vals, force_balance=force_balance
        )
        if not self.carloan_loan_id:
            return lines
        liquidity, counterpart, *others = lines
        return [liquidity, *self._prepare_carloan_lines(counterpart), *others]

    def _prepare_carloan_lines(self, counterpart):
        """Return the journal items that take the place of the counterpart."""
        loan = self.carloan_loan_id.sudo()  # a cashier posts for any officer's loan
        ledger = self.env["carloan.ledger"].sudo()
        amount = loan._to_minor([-counterpart["amount_currency"]])[0]
        lines = self._prepare_carloan_split(loan, ledger, amount)
        company = self.company_id
        return ledger._convert_lines(
            lines,
            loan.currency_id,
            company,
            ledger._get_rate(company, loan.currency_id, self.date),
            total=counterpart["debit"] - counterpart["credit"],
        )

    def _prepare_carloan_split(self, loan, ledger, amount):
        """Return what money settles, in the agreed order; the rest is a credit.

        :param int amount: minor units that come in; negative where a credit goes back
        """
        if self._is_carloan_refund():
            # its day is that from which it is owed, should the money behind the
            # credit come back; the side of the bank is the payment's own
            event = {"loan": loan, "event": "refund", "date": self.date}
            lines = ledger._prepare_lines({**event, "amounts": {"credit": -amount}})
            return [one for one in lines if one.get("carloan_role") != "bank"]
        recovered = loan._get_recoverable(amount, self.date)
        targets = loan._allocate(amount - recovered, date=self.date)
        rest = amount - recovered - sum(share for _line, share in targets)
        lines = ledger._prepare_settling_lines(loan, targets)
        if recovered:
            lines.append(ledger._prepare_recovered_line(loan, recovered))
        if rest:
            lines.append(ledger._prepare_credit_line(loan, -rest))
        return lines

    def _generate_move_vals(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        """Override of `account` to mark the entry as an event of the loan."""
        vals = super()._generate_move_vals(write_off_line_vals, force_balance, line_ids)
        loan = self.carloan_loan_id
        if loan:
            event = "refund" if self._is_carloan_refund() else "repay"
            if event == "repay":
                loan.sudo()._check_state("active", "written_off")
            vals.update(
                carloan_loan_id=loan.id,
                carloan_event=event,
                carloan_event_key=f"{event}:{self.id}",
            )
        return vals

    def _generate_journal_entry(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        """Override of `account`: the entry of a loan payment is the system's own."""
        own = self.filtered("carloan_loan_id")
        args = (write_off_line_vals, force_balance, line_ids)
        if own:
            # sudo: only the system writes car-loan fields; whoever confirms a payment
            # was allowed to by the rights on payments
            super(AccountPayment, own.sudo())._generate_journal_entry(*args)
        others = self - own
        if not others:
            return None
        return super(AccountPayment, others)._generate_journal_entry(*args)

    def action_post(self):
        """Override of `account`: a repayment meets what is owed on its own day.

        Penalties are charged up to that day before it is split, and what came in
        later, yet was entered before, is allocated anew after it.
        """
        own = self._filter_carloan_repayments()
        # sudo: a cashier reads no loans
        own.sudo().carloan_loan_id._lock()  # two cashiers allocate one after the other
        own._check_carloan_date()
        for payment in own:
            # sudo: see below
            payment.sudo().carloan_loan_id._check_repaid(payment.amount)
        # sudo: whoever confirms a payment was allowed to by the rights on payments
        own_sudo = own.sudo()
        turns = own_sudo._deal_by_loan()
        if len(turns) > 1:
            # what the first one of a loan settles, the next must not settle again
            for payments in (self - own, *turns):
                payments.with_env(self.env).action_post()
            return None
        ledger_sudo = self.env["carloan.ledger"].sudo()
        for date, payments_sudo in own_sudo.grouped("date").items():
            ledger_sudo._charge_penalties(payments_sudo.carloan_loan_id, date)
            payments_sudo._recognise_carloan_receipt()
        result = super().action_post()
        own_sudo._replay_carloan_later()
        return result

    def _deal_by_loan(self):
        """Return these payments in turns, each with one payment of a loan, in order
        of their dates."""
        turns = defaultdict(self.browse)
        for payments in (
            self.sorted(lambda one: (one.date, one.id))
            .grouped("carloan_loan_id")
            .values()
        ):
            for turn, payment in enumerate(payments):
                turns[turn] |= payment
        return list(turns.values())

    def _recognise_carloan_receipt(self):
        """Let suspended interest that these repayments reach be income first."""
        for payment in self.filtered("carloan_loan_id.suspended_since"):
            loan = payment.carloan_loan_id
            amount = loan._to_minor([payment.amount])[0]
            amount -= loan._get_recoverable(amount, payment.date)
            self.env["carloan.ledger"]._recognise_receipt(
                loan, amount, payment.date, f"repay:{payment.id}"
            )

    def _check_carloan_date(self):
        """Refuse money that has not come yet: it would be split on what is due then;
        and money from before the loan was paid out."""
        today = fields.Date.context_today(self)
        for payment in self:
            loan_sudo = payment.carloan_loan_id.sudo()  # a cashier reads no loans
            start = loan_sudo.start_date
            if start and payment.date < start:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s was paid out on %(start)s, after the repayment "
                        "dated %(date)s. Enter the day on which the money came in, or "
                        "choose another loan.",
                        loan=loan_sudo.name,
                        start=start,
                        date=payment.date,
                    )
                )
            if payment.date > today:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a repayment dated %(date)s lies in the "
                        "future. Enter the day on which the money came in.",
                        loan=payment.carloan_loan_id.sudo().name,
                        date=payment.date,
                    )
                )

    def _replay_carloan_later(self):
        """Put right what rested on these repayments not being there.

        One that is entered after its day: penalties were charged on what it pays, and
        later money was allocated without it.
        """
        for payment in self.sorted("date"):
            loan = payment.carloan_loan_id
            move = payment.move_id
            if move and loan._has_later_entries(payment.date, move):
                key = f"late:{move.id}"
                loan._recharge_penalties(payment.date, payment.date, key)
                loan._replay_repayments(payment.date, f"replay:{key}")

    def _synchronize_to_moves(self, changed_fields):
        """Override of `account`: a split counterpart is made anew, not edited."""
        split = self.filtered("carloan_loan_id")
        super(AccountPayment, self - split)._synchronize_to_moves(changed_fields)
        triggers = self._get_trigger_fields_to_synchronize()
        if not any(name in changed_fields for name in triggers):
            return
        for payment in split:
            if payment.move_id.state == "draft":
                payment._rebuild_carloan_move()

    def _rebuild_carloan_move(self):
        """Make the draft entry of a loan payment anew from the payment."""
        lines = [Command.create(v) for v in self._prepare_move_line_default_vals()]
        # sudo: see _generate_journal_entry
        self.move_id.sudo().with_context(skip_invoice_sync=True).write(
            {
                "date": self.date,
                "partner_id": self.partner_id.id,
                "line_ids": [Command.clear(), *lines],
            }
        )

    def action_carloan_undo(self):
        """Open the window that asks when and why this repayment is undone."""
        self.ensure_one()
        return self.move_id.action_carloan_undo()

from odoo import fields, models

# what a fee may meet without being settled otherwise than by money
OWN_EVENTS = ("fee", "repay")


class CarloanLoan(models.Model):
    """Payments that the bank took back, and what that costs the borrower."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # RETURN
    # ------------------------------------------------------------------

    def _return_repayment(self, move, date, reason, note="", waived=False):
        """Undo a repayment that the bank took back, and charge what that costs.

        The caller has checked who may.

        :param reason: `carloan.return.reason`
        :param bool waived: the fee is not asked for
        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        date = fields.Date.to_date(date)
        payment = move.sudo().origin_payment_id
        # the money is gone: what the bank said of it stays posted
        move = move.with_context(carloan_returned=True)
        made = loan._undo_repayment(move, date, note or reason.name)
        payment.carloan_return_reason_id = reason
        fee = loan._get_return_fee(reason, date)
        if fee and waived:
            loan._note_fee_waived(fee, payment)
        elif fee:
            made |= loan._charge_return_fee(payment, fee, date)
        return made

    def _after_reversed_repayment(self, reversal):
        """Override: money that was entered by mistake is to be assigned again."""
        made = super()._after_reversed_repayment(reversal)
        payment = reversal.reversed_entry_id.origin_payment_id
        if payment and not self.env.context.get("carloan_returned"):
            self.env["carloan.bank.line"]._reopen(payment)
        return made

    def _get_return_fee(self, reason, date):
        """Return the fee that a returned payment costs, in minor units; 0 for none."""
        if self.state == "written_off" or not reason.bears_fee:
            return 0
        policy = self.env["carloan.return.fee"]._get_for(self)
        return self._to_minor([policy._get_amount(self, date)])[0]

    def _charge_return_fee(self, payment, fee, date):
        """Post the fee of a returned payment; a credit of the borrower pays it."""
        ledger = self.env["carloan.ledger"]
        move = ledger._post_events([self._prepare_fee_event(payment, fee, date)])
        ledger._use_credits(self, date)
        self._refresh_position()
        return move

    def _prepare_fee_event(self, payment, fee, date):
        """Return the event of a fee, with the VAT within it."""
        ledger = self.env["carloan.ledger"]
        taxes = ledger._add_vat(self.product_id, date, {"fee": fee}, ("fee",))
        return {
            "loan": self,
            "event": "fee",
            "key": f"fee:return:{payment.id}",
            "date": date,
            "amounts": {"fee": fee, "fee_vat": sum(taxes.values())},
            "vat_within": taxes,
            "ref": self.env._(
                "%(loan)s - Fee: %(payment)s was returned (%(reason)s)",
                loan=self.name,
                payment=payment.name,
                reason=payment.carloan_return_reason_id.name,
            ),
        }

    def _note_fee_waived(self, fee, payment):
        self._message_log(
            body=self.env._(
                "%(payment)s was returned; its fee of %(fee)s is not asked for.",
                payment=payment.name,
                fee=self.currency_id.format(self._from_minor([fee])[0]),
            )
        )

    # ------------------------------------------------------------------
    # WAIVER, UNDO
    # ------------------------------------------------------------------

    def _waive_fee(self, move, date, reason):
        """Give up what is unpaid of a fee that was charged.

        :return: the entry
        :raise UserError: when nothing of it is open
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may waive
        loan._lock()
        loan._check_undo_date(move, date)
        if move.sudo().carloan_event != "fee":
            loan._raise_not_undone(move, self.env._("it charged no fee"))
        lines = move.sudo().line_ids.filtered(
            lambda line: (
                line.carloan_component == "fee" and line.amount_residual_currency > 0
            )
        )
        if not lines:
            loan._raise_not_undone(move, self.env._("nothing of it is unpaid"))
        shares = loan._to_minor(lines.mapped("amount_residual_currency"))
        targets = list(zip(lines, shares, strict=True))
        made = self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": loan,
                    "event": "waive",
                    # a waiver that was undone leaves its key
                    "key": f"waive:fee:{move.id}:{loan._count_fee_waivers(move)}",
                    "date": fields.Date.to_date(date),
                    "amounts": {
                        "fee": sum(shares),
                        "vat_pending": self.env["carloan.ledger"]._get_pending_vat(
                            targets
                        ),
                    },
                    "splits": {"fee": targets},
                    "ref": f"{move.ref} - {reason}",
                }
            ]
        )
        loan._refresh_position()
        return made

    def _count_fee_waivers(self, move):
        """Return how often a fee was waived, undone waivers included."""
        return self.env["account.move"].search_count(
            [
                ("carloan_event_key", "=like", f"waive:fee:{move.id}:%"),
                ("company_id", "=", self.company_id.id),
            ]
        )

    def _undo_fee(self, move, date, reason):
        """Reverse a fee, or its waiver; what was paid settles something else.

        :return: the entries made
        :raise UserError: naming what settled the fee meanwhile
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        loan._check_undo_date(move, date)
        blocker = loan._find_fee_blocker(move)
        if blocker:
            loan._raise_not_undone(move, blocker)
        made = loan._reverse_events(move, date, reason)
        made |= loan._replay_repayments(date, f"replay:{move.id}")
        loan._refresh_position()
        loan._note_undone(move, reason)
        return made

    def _find_fee_blocker(self, move):
        """Return in words what settled a fee otherwise than by money."""
        if move.carloan_event == "waive":
            return ""
        due = move.line_ids.filtered("carloan_component")
        lines = self._find_receivable_lines().filtered(
            lambda line: (
                line.carloan_component == "fee"
                and not line.carloan_instalment_id
                and line.date_maturity in due.mapped("date_maturity")
                and line.carloan_event not in OWN_EVENTS
            )
        )
        if self.currency_id.is_zero(sum(lines.mapped("amount_currency"))):
            return ""
        return self.env._(
            "%(move)s settled it: undo that first", move=lines[-1:].move_id.name
        )

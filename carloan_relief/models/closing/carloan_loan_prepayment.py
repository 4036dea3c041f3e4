import numpy as np

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import advance, measures, settlement, valuation
from ...engine.fields import FieldError
from ...engine.schedule import build

# what a person chooses; `next` is the borrower's credit, as it comes without choosing
IN_ADVANCE_SELECTION = [
    ("next", "Keep as credit for the next instalments"),
    ("last", "Repay principal: fewer instalments"),
    ("reamortise", "Repay principal: lower instalments"),
]


class CarloanLoan(models.Model):
    """Principal repaid ahead of its day."""

    _inherit = "carloan.loan"

    def _prepay(self, payment, rule):
        """Repay principal ahead with what a repayment paid above what was due.

        :param payment: the posted repayment
        :param str rule: `last` or `reamortise` (engine.advance)
        :return: the schedule made; empty where the repayment left nothing over
        :raise UserError: when it would repay everything, or the method forbids it
        """
        self.ensure_one()
        date = fields.Date.to_date(payment.date)
        # interest runs to the day of the money, whatever day the books give it
        booked = max(payment.sudo().move_id.date, date)
        key = f"prepay:{payment.id}"
        loan = self._prepare_closing(booked, ends=False)
        done = loan.schedule_ids.filtered(lambda one: one.event_key == key)
        amount = loan._get_left_over(payment, booked)
        if done or not amount:
            return done
        position, _ids = loan._get_positions(booked, strict=True)
        loan._check_not_all(amount, int(position.principal[0]))
        loan._check_plain(position)
        paid = loan._pay_ahead(position, amount, rule, date)
        repaid = amount - int(paid.rest[0])
        taken = settlement.taken_adjustment(
            position.adjustment, position.principal, [repaid]
        )
        loan._post_prepayment(key, date, repaid, int(taken[0]))
        schedule = loan._go_on_by(position, paid, taken, key, date)
        loan._note_prepayment(schedule, repaid, rule)
        return schedule

    def _go_on_by(self, position, left, taken, key, date, reason="prepayment"):
        """Put in force what is left once principal has gone ahead of its day.

        :param left: of the engine (`advance.pay_ahead`)
        :param taken: (1,) what of the interest adjustment went with the principal
        :return: the schedule
        """
        claims = measures.collected(left.schedule, position.claimed, left.terms.holiday)
        unwind = self._unwind_after(position, left, taken, claims)
        ahead = self._find_claims_ahead()
        schedule = self._replace_schedule(
            left.schedule,
            key,
            unwind,
            reason=reason,
            **self._prepare_term_vals(left.terms),
        )
        self._collect_again(ahead, schedule, claims[0], key, date)
        self.env["carloan.ledger"]._draft_horizon(self)
        self._refresh_position()
        return schedule

    def _get_left_over(self, payment, date):
        """Return what a repayment left as credit and is still there, minor units."""
        own = payment.sudo().move_id.line_ids.filtered(
            lambda line: (
                line.carloan_role == "principal_due" and not line.carloan_component
            )
        )
        left = -sum(self._to_minor(own.mapped("amount_currency")))
        return min(left, self._get_credit(self._get_owed(date)))

    def _check_not_all(self, amount, principal):
        """Refuse to repay everything as if it were a part."""
        if amount >= principal:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(amount)s above what is due would repay all of "
                    "the principal not yet due (%(principal)s). Use Early settlement.",
                    loan=self.name,
                    amount=self._from_minor([amount])[0],
                    principal=self._from_minor([principal])[0],
                )
            )

    def _check_plain(self, position):
        """Refuse where the coming instalments are not what the terms give.

        What a relief agreed for some of them is read back with the position; what
        cannot be would be lost by working the rest out anew.
        """
        coming = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state in ("planned", "drafted")
        ).sorted("sequence")
        built = build(position.terms())
        if not settlement.same_rows(
            built,
            self._to_minor(coming.mapped("amount")),
            self._to_minor(coming[:1].mapped("interest")),
        ):
            raise UserError(
                self.env._(
                    "Loan %(loan)s: its coming instalments follow a relief that still "
                    "runs, which repaying principal now would end. Keep the money as "
                    "credit, or settle the loan early.",
                    loan=self.name,
                )
            )

    def _pay_ahead(self, position, amount, rule, date):
        """Return what the engine makes of the rest, its refusals in our words."""
        try:
            return advance.pay_ahead(
                position, [amount], rule, date=[np.datetime64(date)]
            )
        except FieldError as error:
            raise UserError(self._word_refusal(error.field, position, date)) from error

    def _word_refusal(self, field, position, date):
        """Return in words why the engine cannot use money ahead.

        :param str field: what the engine names as its reason
        """
        if field == "in_advance":
            return self.env._(
                "Loan %(loan)s: its principal is due with the last instalment, so no "
                "instalment can go. Choose lower instalments, or keep the money as "
                "credit.",
                loan=self.name,
            )
        if field == "from":
            first = max(position.last_due_date[0], position.interest_from[0])
            return self.env._(
                "Loan %(loan)s: %(date)s is before %(first)s, from which its coming "
                "instalments count: what was repaid before cannot lower them. Keep "
                "the money as credit, or settle the loan early.",
                loan=self.name,
                date=date,
                first=first,
            )
        return self.env._(
            "Loan %(loan)s: what remains cannot be worked out anew from its terms in "
            "force. Keep the money as credit, or settle the loan early.",
            loan=self.name,
        )

    def _unwind_after(self, position, paid, taken, claims):
        """Return how the rest of the interest adjustment returns to income."""
        eir = valuation.original_eir(position, build(position.terms()))
        left = position.adjustment - taken
        return valuation.unwind(paid.schedule, left, eir, claims)

    def _post_prepayment(self, key, date, repaid, taken):
        """Let principal fall due ahead of its day, and the credit settle it."""
        ledger = self.env["carloan.ledger"]
        ledger._post_events(
            [
                {
                    "loan": self,
                    "event": "prepay",
                    "key": f"{key}:prepay",
                    "date": date,
                    "amounts": {"principal": repaid, "unwind": -taken},
                    "ref": self.env._("%(loan)s - Repaid ahead", loan=self.name),
                }
            ]
        )
        ledger._use_credits(self, date)

    def _note_prepayment(self, schedule, repaid, rule):
        """Leave a note on the loan about what money paid ahead changed."""
        choice = self.env["carloan.repayment"]._fields["in_advance"]
        labels = dict(choice._description_selection(self.env))
        rows = schedule.instalment_ids
        self._message_log(
            body=self.env._(
                "%(amount)s of principal repaid ahead (%(rule)s): %(count)s "
                "instalments of %(instalment)s remain.",
                amount=self.currency_id.format(self._from_minor([repaid])[0]),
                rule=labels[rule],
                count=len(rows),
                instalment=self.currency_id.format(rows[:1].amount),
            )
        )

    def _undo_prepayment(self, schedule, date, reason, cascade=False):
        """Put the schedule before money paid ahead in force again.

        :param bool cascade: reverse the bills made since, too
        :return: the entries made
        :raise UserError: for a schedule that nothing paid ahead made, and naming what
            stands on this one
        """
        self.ensure_one()
        self._lock()
        if not (schedule.sudo().event_key or "").startswith("prepay:"):
            raise UserError(
                self.env._(
                    "%(schedule)s was not made by money paid ahead and cannot be "
                    "undone here. Undo the event that made it.",
                    schedule=schedule.display_name,
                )
            )
        made = self._undo_closing(schedule, date, reason, cascade)
        self.sudo()._message_log(
            body=self.env._(
                "Undone: %(schedule)s. %(reason)s",
                schedule=schedule.sudo().name,
                reason=reason,
            )
        )
        return made

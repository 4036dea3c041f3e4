from odoo import fields, models
from odoo.exceptions import UserError

from ..ledger.carloan_memo import SHARES


class CarloanLoan(models.Model):
    """Money for a claim that was written off."""

    _inherit = "carloan.loan"

    def _get_recoverable(self, amount, date):
        """Return how much of an amount the written-off claim takes, in minor units.

        :param date: day of the money; a part written off later it cannot pay (before
            the whole was, it is refused: `_check_recovery_date`)
        """
        self.ensure_one()
        if self.state not in ("active", "written_off"):
            return 0
        claim = self._get_written_off(date)
        if claim and self.state == "active":
            # written off in part: first what is due in the books
            today = fields.Date.context_today(self)
            amount -= self._get_overdue_total(self._get_owed(today))
        return max(min(amount, claim), 0)

    def _get_written_off(self, date):
        """Return what is owed of claims written off by a day, in minor units."""
        # sudo: managers take repayments without reading the registers
        lines_sudo = self.sudo().memo_ids.filtered(lambda x: x.kind == "written_off")
        whole = self.state == "written_off"
        by_then = lines_sudo.filtered(lambda line: whole or line.date <= date)
        sums = (sum(lines.mapped("amount")) for lines in (lines_sudo, by_then))
        return min(self._to_minor([self.currency_id.round(one) for one in sums]))

    def _check_recovery_date(self, date):
        """Refuse money dated before the claim was written off."""
        case = self._find_whole_write_off()
        if case and date < case.date:
            raise UserError(
                self.env._(
                    "Loan %(loan)s was written off on %(date)s by %(case)s. Enter what "
                    "came in on that day or later; what came in before and was "
                    "forgotten needs the write-off undone first.",
                    loan=self.name,
                    date=case.date,
                    case=case.name,
                )
            )

    def _post_recovery(self, key, move, date, amount):
        """Bring back into the books what came in for a written-off claim.

        The claim is reinstated for what came in, which the entry `move` settles, and
        the allowance that the reinstatement made is released.

        :param str key: of the event, beginning with `recovery:`
        :param int amount: minor units
        :return: the entries made
        """
        ledger = self.env["carloan.ledger"]
        released = self.product_id.recovery_result
        parts = self._split_recovered(amount)
        tax = sum(part["vat"] for part in parts)
        steps = {
            "reinstate": {"reinstated": amount},
            "release": {released: amount - tax, "vat": tax},
        }
        events = [
            {
                "loan": self,
                "event": "recovery",
                "key": f"{key}:{step}",
                "date": date,
                "amounts": amounts,
                "ref": self.env._(
                    "%(loan)s - Recovery (%(move)s)", loan=self.name, move=move.name
                ),
            }
            for step, amounts in steps.items()
        ]
        made = ledger._post_events(events)
        self._record_recovered(key, move, date, parts)
        self._refresh_position()
        return made

    def _split_recovered(self, amount):
        """Return which parts of the written-off claim an amount takes, as agreed."""
        rows = self.env["carloan.memo"]._get_balances(self, ("written_off",))
        shares = self._split(
            amount, [(row["component"], row["due_date"], row["amount"]) for row in rows]
        )
        if sum(shares) != amount:
            self._raise_above_claim(amount, sum(shares))
        get_share = self.env["carloan.ledger"]._get_share
        return [
            {**row, **get_share(row, share)}
            for row, share in zip(rows, shares, strict=True)
            if share
        ]

    def _record_recovered(self, key, move, date, parts):
        """Take what came in out of the register."""
        event = {
            "loan": self,
            "kind": "written_off",
            "memo_event": "recovery",
            "key": key,
            "date": move.date or date,
            "parts": parts,
            "sign": -1,
        }
        vals_list = self.env["carloan.ledger"]._prepare_memo_vals(event, move)
        self.env["carloan.memo"]._record(vals_list)

    def _raise_above_claim(self, amount, owed):
        raise UserError(
            self.env._(
                "Loan %(loan)s: %(amount)s is more than the %(owed)s that is still "
                "owed of what was written off. Enter the payment again.",
                loan=self.name,
                amount=self._from_minor([amount])[0],
                owed=self._from_minor([owed])[0],
            )
        )

    def _post_collection_cost(self, payment, amount):
        """Post what collecting a recovery cost, as the lender's own expense."""
        return self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": self,
                    "event": "recovery",
                    "key": f"recovery:{payment.id}:cost",
                    "date": payment.date,
                    "amounts": {"cost": self._to_minor([amount])[0]},
                    "ref": self.env._("%(loan)s - Collection cost", loan=self.name),
                }
            ]
        )

    def _after_reversed_repayment(self, reversal):
        """Override: a recovery that bounced is owed again, outside the books."""
        made = super()._after_reversed_repayment(reversal)
        undone = reversal.reversed_entry_id
        payment = undone.origin_payment_id
        if self.state == "written_off":
            self._return_receipt(payment, reversal.date, f"replay:{undone.id}")
        reason = reversal.ref or ""
        return made | self._reverse_recovery(
            f"recovery:{payment.id}", reversal.date, reason
        )

    def _recharge_penalties(self, day, posted_from, key):
        """Override: what was owed when a loan was written off stays that."""
        if self.state == "written_off":
            return self.env["account.move"]
        return super()._recharge_penalties(day, posted_from, key)

    def _replay_repayments(self, date, key):
        """Override: the books hold nothing of a loan written off to allocate anew.

        What is left of its receivables there is what repayments had settled; moving
        that to what is suspended would open what the write-off has closed. All is
        allocated anew when the write-off is undone.
        """
        if self.state == "written_off":
            return self.env["account.move"]
        return super()._replay_repayments(date, key)

    def _return_receipt(self, payment, date, key):
        """Put back into the register what a repayment that bounced had paid of it."""
        memo = self.env["carloan.memo"]._find_standing(f"repay:{payment.id}:receipt")
        names = ("amount", *SHARES)
        parts = [
            {
                "component": line.component,
                "instalment": line.instalment_id,
                "due_date": line.due_date,
                **dict(
                    zip(names, self._to_minor([line[n] for n in names]), strict=True)
                ),
            }
            for line in memo
        ]
        # a receipt below zero, not a reversal: what was received is counted by it
        self.env["carloan.ledger"]._post_receipt(self, parts, date, key)

    def _reverse_recovery(self, key, date, reason):
        """Take a recovery back: the claim is owed again, outside the books.

        :param str key: of the event that brought it in
        :return: the entries made
        """
        memo = self.env["carloan.memo"]._find_standing(key)
        if not memo:
            return self.env["account.move"]
        # what collecting it cost was spent all the same
        keys = [f"{key}:reinstate", f"{key}:release"]
        moves = self.env["account.move"].search(
            [
                ("carloan_event_key", "in", keys),
                ("company_id", "=", self.company_id.id),
            ],
            order="id desc",
        )
        made = self._reverse_events(moves, date, reason)
        memo._reverse(max(made.mapped("date"), default=date))
        self._refresh_position()
        return made

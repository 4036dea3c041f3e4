from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import settlement


class CarloanLoan(models.Model):
    """The vehicle of a loan in the ledger: taken, and sold."""

    _inherit = "carloan.loan"

    repossession_ids = fields.One2many(
        "carloan.repossession", "loan_id", string="Vehicle taken"
    )

    def _take_vehicle(self, case):
        """Take the vehicle for the claim, for its value, or for what was written off.

        :return: the entry
        """
        self.ensure_one()
        if self.state == "written_off":
            return self._take_for_written_off(case)
        loan = self._prepare_closing(case.date)
        row = loan._get_owed(case.date)
        if loan._get_credit(row):
            loan._settle_credit(row, case.date, f"repossession:{case.id}:credit")
        if case.scope == "full":
            return loan._take_for_all(case)
        return loan._take_for_value(case)

    def _take_for_all(self, case):
        """Settle the whole claim; neither covered nor provided is the result (A28)."""
        key = f"repossession:{case.id}"
        self._check_allowance_date(case.date)
        row = self._get_owed(case.date)
        overdue = self._get_overdue_parts(row)
        case._compute_figures()
        move = self._post_vehicle(
            case,
            {
                **overdue,
                "not_due": int(row["principal"]),
                "adjustment": int(row["adjustment"]),
                "allowance_used": int(row["allowance"]),
            },
            self._spread(overdue),
        )
        self._give_up_register(key, case.date, move)
        self._replace_schedule(settlement.nothing_left(), key)
        self._refresh_position()
        return move

    def _give_up_register(self, key, date, move):
        """Waive what is suspended: the vehicle settles the whole claim."""
        ledger = self.env["carloan.ledger"]
        event = {
            "loan": self,
            "memo_event": "waive",
            "key": f"{key}:waived",
            "date": date,
            "parts": self.env["carloan.memo"]._get_balances(self),
            "sign": -1,
        }
        self.env["carloan.memo"]._record(ledger._prepare_memo_vals(event, move))

    def _take_for_value(self, case):
        """Let all fall due, settle as much as the vehicle is worth; the rest stays."""
        key = f"repossession:{case.id}"
        case._compute_figures()
        self._fall_due(case.date, key)
        value = self._to_minor([case.fair_value])[0]
        owed = self._get_overdue_total(self._get_owed(case.date))
        surplus = case._get_surplus(value, owed)
        if value > owed + surplus:
            self._raise_worth_more(value, owed)
        # what its value reaches of suspended interest is income now, as with money
        ledger = self.env["carloan.ledger"]
        ledger._recognise_receipt(self, value - surplus, case.date, key)
        spread = {}
        for line, amount in self._allocate(value - surplus):
            spread.setdefault(line.carloan_component, []).append((line, amount))
        amounts = {
            name: sum(amount for _line, amount in parts)
            for name, parts in spread.items()
        }
        return self._post_vehicle(case, {**amounts, "surplus": surplus}, spread)

    def _raise_worth_more(self, value, owed):
        raise UserError(
            self.env._(
                "Loan %(loan)s: the vehicle is worth %(value)s, more than the %(owed)s "
                "that is owed. Let it settle the whole claim, or let the difference be "
                "the borrower's.",
                loan=self.name,
                value=self._from_minor([value])[0],
                owed=self._from_minor([owed])[0],
            )
        )

    def _take_for_written_off(self, case):
        """Bring back what was written off, as far as the vehicle is worth."""
        self._lock()
        self._check_closing_date(case.date)
        self._check_recovery_date(case.date)
        case._compute_figures()
        value = self._to_minor([case.fair_value])[0]
        amount = self._get_recoverable(value, case.date)
        move = self._post_vehicle(case, {"not_due": amount}, {})
        if amount:
            self._post_recovery(f"recovery:vehicle:{case.id}", move, case.date, amount)
        return move

    def _post_vehicle(self, case, amounts, splits):
        """Post the entry of a vehicle taken."""
        value, costs = self._to_minor([case.fair_value, case.costs])
        return self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": self,
                    "event": "repossession",
                    "key": f"repossession:{case.id}:take",
                    "date": case.date,
                    "amounts": {**amounts, "fair_value": value, "costs": costs},
                    "splits": splits,
                    "ref": f"{self.name} - {case.name}",
                }
            ]
        )

    def _sell_vehicle(self, case):
        """Post the sale of a vehicle taken: the difference is gain or loss."""
        self.ensure_one()
        self._check_sale_date(case)
        self._lock()
        move = self.env["carloan.ledger"]._post_events([self._prepare_sale(case)])
        case.sale_payment_id = self._receive_sale(case, move)
        if case.sale_surplus or case.sale_shortfall:
            self.env["carloan.ledger"]._use_credits(self, case.sale_date)
        self._refresh_position()
        return move

    def _check_sale_date(self, case):
        """Refuse a sale before the vehicle was taken, or one still to come."""
        if case.sale_date < case.date:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s: the sale of %(sale)s is before the "
                    "vehicle was taken on %(date)s. Correct the day.",
                    case=case.name,
                    loan=self.name,
                    sale=case.sale_date,
                    date=case.date,
                )
            )
        if case.sale_date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s: the sale of %(sale)s is still to come. "
                    "Post it on that day.",
                    case=case.name,
                    loan=self.name,
                    sale=case.sale_date,
                )
            )

    def _prepare_sale(self, case):
        """Return the event of a sale: the buyer owes the price."""
        tax, left = case._get_sale()
        names = ("sale_price", "book_value", "sale_costs")
        price, value, costs = self._to_minor([case[name] for name in names])
        return {
            "loan": self,
            "event": "sale",
            # a sale that was undone leaves its key
            "key": f"sale:{case.id}:{len(case._find_moves(f'sale:{case.id}'))}",
            "date": case.sale_date,
            "amounts": {
                "proceeds": price,
                "vat": tax,
                "book_value": value,
                "costs": costs,
                "surplus": int(left.surplus),
                "shortfall": int(left.shortfall),
            },
            "buyer": {
                "partner_id": case.buyer_id.id,
                "account_id": self._get_buyer_account(case).id,
            },
            "ref": f"{self.name} - {case.name}",
        }

    def _get_buyer_account(self, case):
        """Return the account of what the buyer of a vehicle owes."""
        buyer = case.buyer_id.with_company(self.company_id)
        account = buyer.property_account_receivable_id
        if not account:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s: %(buyer)s has no receivable account in "
                    "%(company)s. Enter one on the contact, under Accounting.",
                    case=case.name,
                    loan=self.name,
                    buyer=buyer.display_name,
                    company=self.company_id.display_name,
                )
            )
        return account

    def _receive_sale(self, case, move):
        """Post the money of the buyer as a payment, matched with what they owe."""
        account = self._get_buyer_account(case)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": case.buyer_id.id,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "journal_id": case.sale_journal_id.id,
                "amount": case.sale_price,
                "date": case.sale_date,
                "memo": f"{self.name} - {case.name}",
                "destination_account_id": account.id,
            }
        )
        if not payment.outstanding_account_id:
            # else Odoo writes no entry until the bank statement comes
            payment.outstanding_account_id = payment.journal_id.default_account_id
        # its entry is none of the loan, and closed periods are to be respected as well
        payment.with_context(carloan_beside=self.id).action_post()
        items = move.line_ids + payment.move_id.line_ids
        items.filtered(lambda item: item.account_id == account).reconcile()
        return payment

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def _undo_sale(self, case, date, reason):
        """Reverse the sale: the vehicle stands in the books again."""
        self._lock()
        move = case._find_moves(f"sale:{case.id}").sorted("id")[-1:]
        self._check_undo_date(move, date)
        made = self._return_sale(case, date, reason)
        made |= self._reverse_events(move, date, reason)
        if case.sale_surplus or case.sale_shortfall:
            made |= self._replay_repayments(
                fields.Date.to_date(date), f"replay:{move.id}"
            )
            self._refresh_position()
        return made

    def _return_sale(self, case, date, reason):
        """Give the buyer's money back in the books."""
        payment = case.sale_payment_id
        paid = payment.move_id
        if not paid:  # sold before payments were made of it
            return paid
        paid.line_ids.remove_move_reconcile()
        beside = paid.with_context(carloan_beside=self.id)
        day = beside._get_carloan_reversal_date(date)
        values = {"date": day, "ref": f"{paid.ref or case.name} - {reason}"}
        made = paid._reverse_moves([values], cancel=True)
        payment.state = "canceled"
        case.sale_payment_id = False
        return made

    def _undo_vehicle(self, case, date, reason):
        """Give the vehicle back in the books: the claim stands as it did."""
        schedule = case._get_schedule_sudo()
        if schedule:
            return self._undo_closing(schedule, date, reason)
        self._lock()
        moves = case._find_moves(f"repossession:{case.id}")
        self._check_undo_date(moves, date)
        key = f"recovery:vehicle:{case.id}"
        made = self._reverse_recovery(key, fields.Date.to_date(date), reason)
        made |= self._reverse_events(moves, date, reason)
        self._refresh_position()
        return made

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_take_vehicle(self):
        """Open the settlement by the vehicle of this loan, or a new one."""
        self.ensure_one()
        return self._open_case(self.repossession_ids, self.env._("Vehicle taken"))

"""What may happen to a loan in a month of its random life.

A payment is drawn first and made with those of other loans. Any other event returns
what it did, in words for the history, or None where it could not happen. It draws from
``draw`` alone, so that a life does not depend on what was refused before.
"""

from datetime import timedelta

from odoo.addons.carloan_relief.engine import measures, valuation

#: How often what happens to a loan in a month.
WEIGHTS = {
    "pay_due": 50,
    "skip": 14,
    "pay_part": 9,
    "pay_over": 6,
    "pay_late_entered": 5,
    "bounce": 4,
    "undo_bill": 2,
    "charge": 3,
    "undo_penalty": 1,
    "relieve": 6,
    "undo_relief": 2,
    "undo_provision": 2,
    "write_off": 2,
    "recover": 4,
    "undo_write_off": 1,
    "settle": 1,
    "undo_settlement": 1,
    "pay_on_behalf": 3,
    "prepay": 3,
    "undo_prepayment": 2,
    "end_plan": 2,
    "take_vehicle": 2,
    "sell_vehicle": 3,
    "undo_vehicle": 2,
    "refund": 4,
    "undo_refund": 2,
}
#: What comes from a bank, for many loans at once.
PAYMENTS = (
    "pay_due",
    "pay_part",
    "pay_over",
    "pay_late_entered",
    "pay_on_behalf",
    "recover",
)
#: A bad payer pays so much less often.
BAD = {"pay_due": 8, "pay_part": 14, "skip": 40, "pay_over": 1}

PLANS = (
    lambda r: [{"kind": "extend", "instalments": r.randint(1, 12)}],
    lambda r: [{"kind": "rate", "annual_rate": round(r.uniform(0, 0.1), 4)}],
    lambda r: [
        {
            "kind": "holiday",
            "instalments": r.randint(1, 3),
            "interest": r.choice(["pay", "capitalise", "defer", "waive"]),
        }
    ],
    lambda r: [
        {"kind": "capitalise", "components": ["interest", "penalty", "principal"]},
        {"kind": "extend", "instalments": r.randint(1, 6)},
    ],
    lambda r: [
        {"kind": "waive", "component": "interest", "percent": r.choice([30, 50, 100])},
        {"kind": "capitalise", "components": ["interest", "principal"]},
    ],
    lambda r: [{"kind": "waive", "component": "penalty", "percent": 100}],
    lambda r: [
        {
            "kind": "waive",
            "component": r.choice(["interest", "penalty"]),
            "percent": r.choice([40, 100]),
            "when": "on_completion",
        },
        {"kind": "extend", "instalments": r.randint(1, 4)},
    ],
    lambda r: [
        {"kind": "forgive_principal", "percent": r.choice([1, 5, 12.5])},
        {"kind": "rate", "annual_rate": 0.03},
    ],
    lambda r: [{"kind": "defer_principal", "percent": r.choice([10, 30])}],
)


class LifeEvents:
    """The events of a life, one method each."""

    def _skip(self, loan, draw):
        return None

    # ------------------------------------------------------------------
    # MONEY: what is drawn is a row of `_register_repayments`
    # ------------------------------------------------------------------

    def _pay(self, loan, row):
        loan._register_repayments([row])
        return row

    def _row(self, loan, amount, day=None, **payer):
        amount = round(amount, 2)
        if amount <= 0 or loan.state not in ("active", "written_off"):
            return None
        return {"amount": amount, "date": day or self.today, **payer}

    def _draw_pay_due(self, loan, draw):
        return self._row(loan, loan.overdue_amount - loan.credit_balance)

    def _draw_pay_part(self, loan, draw):
        return self._row(loan, loan.overdue_amount * draw.random())

    def _draw_pay_over(self, loan, draw):
        ahead = (loan.next_amount or 0.0) * 2 * draw.random()
        return self._row(loan, loan.overdue_amount + ahead)

    def _draw_pay_late_entered(self, loan, draw):
        day = max(self.today - timedelta(days=draw.randint(1, 40)), loan.start_date)
        amount = max(loan.overdue_amount, 100.0) * draw.choice([0.5, 1, 1.5])
        return self._row(loan, amount, day)

    def _draw_pay_on_behalf(self, loan, draw):
        amount = loan.overdue_amount * draw.uniform(0.5, 1.2)
        payer = {"payer_name": "Chen Lei", "payer_note": "The employer pays"}
        return self._row(loan, amount, **payer)

    def _draw_recover(self, loan, draw):
        if loan.state != "written_off":
            return None
        return self._row(loan, loan.written_off_balance * draw.uniform(0.1, 1.1))

    # ------------------------------------------------------------------
    # WHAT THE COMPANY DOES
    # ------------------------------------------------------------------

    def _find(self, loan, event):
        """The last entry of an event that stands and can be undone."""
        moves = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", loan.id),
                ("carloan_event", "=", event),
                ("state", "=", "posted"),
            ],
            order="date desc, id desc",
        )
        return moves.filtered("carloan_can_undo")[:1]

    def _bounce(self, loan, draw):
        move = self._find(loan, "repay")
        if not move:
            return None
        if draw.random() < 0.5:
            move._reverse_moves([{"date": self.today}], cancel=True)
        else:
            loan._undo_repayment(move, self.today, "bounced")
        return move.name

    def _undo_bill(self, loan, draw):
        move = self._find(loan, "bill")
        return move and (loan._undo_bill(move, self.today, "by mistake"), move.name)[1]

    def _charge(self, loan, draw):
        return self.ledger._charge_penalties(loan, self.today).mapped("name") or None

    def _undo_penalty(self, loan, draw):
        move = self._find(loan, "penalty")
        if not move:
            return None
        loan._undo_penalty(move, self.today, "by mistake")
        return move.name

    def _relieve(self, loan, draw):
        if loan.state != "active":
            return None
        plan = draw.choice(PLANS)(draw)
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        # whatever record asks for a relief makes its key
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(request, revised, modification, self.today)
        return plan

    def _undo_relief(self, loan, draw):
        if loan.schedule_id.reason != "relief" or loan.state != "active":
            return None
        if loan.schedule_id.id in self.ended:  # a plan that ended stays
            return None
        made = loan._undo_relief(
            loan.schedule_id, self.today, "by mistake", draw.random() < 0.7
        )
        return len(made)

    def _undo_provision(self, loan, draw):
        last = loan.provision_ids.filtered(lambda item: item.state == "posted")[:1]
        if not last:
            return None
        last.action_undo()
        return last.date

    def _write_off(self, loan, draw):
        if loan.state != "active" or loan.dpd < 60:
            return None
        case = self.env["carloan.write.off"].create({"loan_id": loan.id})
        case.sudo().state = "approved"  # while it is posted
        case.sudo().write({"state": "done", **loan._write_off(case, self.today)})
        return loan.written_off_balance

    def _undo_write_off(self, loan, draw):
        case = loan.write_off_ids.filtered(lambda one: one.state == "done")[:1]
        if not case:
            return None
        loan._undo_write_off(case, self.today, "by mistake")
        case.sudo().write({"state": "undone"})
        return case.id

    def _settle(self, loan, draw):
        if loan.state != "active":
            return None
        case = self.env["carloan.settlement"].create(
            {"loan_id": loan.id, "date": self.today}
        )
        case.action_settle()
        return case.total

    def _undo_settlement(self, loan, draw):
        case = loan.settlement_ids.filtered(lambda one: one.state == "done")[:1]
        return case and (case._undo(self.today, "by mistake"), case.name)[1] or None

    # ------------------------------------------------------------------
    # PAID BACK
    # ------------------------------------------------------------------

    def _refund(self, loan, draw):
        """Pay a credit back, all or some of it, where there is none one paid just now;
        of a loan that is over, too."""
        row = self._row(loan, loan.overdue_amount + draw.choice([1.0, 80.0, 900.0]))
        if loan.credit_balance <= 0 and row:
            self._pay(loan, row)
        if loan.credit_balance <= 0:
            return None
        amount = round(loan.credit_balance * draw.choice([1, 1, 0.5, 1.01]), 2)
        day = self.today - timedelta(days=draw.choice([0, 0, 0, 3]))
        return loan._register_refund(amount, day, loan.partner_id).name

    def _undo_refund(self, loan, draw):
        move = self._find(loan, "refund")
        if not move:
            return None
        loan._undo_refund(move, self.today, "returned")
        return move.name

    # ------------------------------------------------------------------
    # PAID AHEAD
    # ------------------------------------------------------------------

    def _prepay(self, loan, draw):
        if loan.state != "active":
            return None
        above = loan.undue_principal * draw.choice([0.05, 0.2, 0.5])
        amount = round(max(loan.overdue_amount - loan.credit_balance, 0) + above, 2)
        if amount <= 0:
            return None
        payment = loan._register_repayment(amount, self.today)
        schedule = loan._prepay(payment, draw.choice(["last", "reamortise"]))
        return schedule and f"{amount} {schedule.name}"

    def _undo_prepayment(self, loan, draw):
        schedule = loan.schedule_id
        if not (schedule.event_key or "").startswith("prepay:"):
            return None
        made = loan._undo_prepayment(
            schedule, self.today, "by mistake", draw.random() < 0.7
        )
        return len(made)

    # ------------------------------------------------------------------
    # CONDITION OF A PLAN
    # ------------------------------------------------------------------

    def _end_plan(self, loan, draw):
        """Cure or break a relief, once: what was held is waived, or due again."""
        schedule = loan.schedule_id
        if schedule.reason != "relief" or schedule.id in self.ended:
            return None
        key, kept = schedule.event_key, draw.random() < 0.5
        if kept:
            loan._lock()
            made = loan._complete_conditional(key)
            loan._refresh_position()
        else:
            made = loan._break_conditional(key, self.today)
        self.ended.add(schedule.id)
        return f"{'kept' if kept else 'broken'} {len(made)}"

    # ------------------------------------------------------------------
    # VEHICLE
    # ------------------------------------------------------------------

    def _take_vehicle(self, loan, draw):
        if loan.state not in ("active", "written_off") or loan.dpd < 30:
            return None
        owed = loan.written_off_balance or loan.undue_principal + loan.overdue_amount
        case = self.env["carloan.repossession"].create(
            {
                "loan_id": loan.id,
                "date": self.today,
                "fair_value": round(owed * draw.choice([0.3, 0.6, 0.9, 1.2]), 2),
                "costs": draw.choice([0.0, 300.0]),
                "scope": draw.choice(["full", "part"]),
                "source": "Valuer",
            }
        )
        case.action_approve()
        case.action_take()
        return f"{case.scope} {case.fair_value} of {owed}"

    def _sell_vehicle(self, loan, draw):
        case = loan.repossession_ids.filtered(lambda one: one.state == "done")[:1]
        if not case:
            return None
        price = round(case.book_value * draw.uniform(0.7, 1.2), 2) + 1
        case.write({"sale_date": self.today, "sale_price": price, "sale_costs": 50.0})
        case.action_sell()
        return price

    def _undo_vehicle(self, loan, draw):
        case = loan.repossession_ids.filtered(lambda o: o.state in ("done", "sold"))[:1]
        return case and (case._undo(self.today, "by mistake"), case.name)[1] or None

from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.reallocation import reallocate
from .carloan_ledger import QUICK, RECEIVABLE_ROLES


class CarloanLoan(models.Model):
    """What went into the books by mistake: reversed, in the right order."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # REPAYMENT
    # ------------------------------------------------------------------

    def _undo_repayment(self, move, date, reason):
        """Reverse a repayment that bounced or was an error.

        What it paid is due again from its own date, and what came in later is
        allocated as if the repayment had never been.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        self._check_undo_date(move, date)
        payment = move.sudo().origin_payment_id
        if not payment:
            self._raise_not_undone(
                move, self.env._("it follows from the repayments before it")
            )
        made = loan._reverse_events(move, date, reason)
        loan._note_undone(move, reason)
        return made

    def _after_reversed_repayment(self, reversal):
        """Allocate anew what came in later, however a repayment was reversed."""
        payment = reversal.reversed_entry_id.origin_payment_id
        # a rejected payment is one that the bank did not honour
        payment.write({"state": "rejected"})
        key = f"replay:{reversal.reversed_entry_id.id}"
        return self._replay_repayments(reversal.date, key)

    def _replay_repayments(self, date, key):
        """Allocate all repayments anew and post the difference as one entry.

        :return: the entry; empty where every repayment pays what it paid already
        """
        self.ensure_one()
        lines = self._find_receivable_lines()
        paid = lines.filtered(lambda line: line.move_id.carloan_event == "repay")
        due = self._sum_by_key(lines - paid)
        now = self._sum_by_key(paid)
        owed = self._add_register(due)
        target = self._get_replayed(owed, self._find_live_repayments(paid.move_id))
        self._shift_register(due, target, date, key)
        difference = {
            line_key: now.get(line_key, 0) + target.get(line_key, 0)
            for line_key in {**now, **target}
        }
        return self._post_replay(difference, date, key)

    def _find_receivable_lines(self):
        """Return all posted lines on the receivables of this loan."""
        return self.env["account.move.line"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_role", "in", RECEIVABLE_ROLES),
                ("carloan_held", "=", False),
                ("parent_state", "=", "posted"),
            ],
            order="date, id",
        )

    def _sum_by_key(self, lines):
        """Return {(role, component, instalment, maturity): minor units}."""
        sums = defaultdict(float)
        for line in lines:
            component = line.carloan_component
            key = (
                line.carloan_role,
                component,
                line.carloan_instalment_id,
                line.date_maturity if component else False,
            )
            sums[key] += line.amount_currency
        amounts = self._to_minor([self.currency_id.round(v) for v in sums.values()])
        return dict(zip(sums, amounts, strict=True))

    def _find_live_repayments(self, moves):
        """Return [(date, minor units)] of what came in and was not reversed."""
        live = moves.filtered(
            lambda move: (
                move.origin_payment_id
                and not move.reversed_entry_id
                and "posted" not in move.reversal_move_ids.mapped("state")
            )
        )
        result = []
        # the day the money came in: the entry may be later, after a closed period
        for move in live.sorted(lambda move: (move.origin_payment_id.date, move.id)):
            # what came in for a claim written off is no part of the receivables
            own = move.line_ids.filtered(
                lambda line: line.carloan_role in RECEIVABLE_ROLES
            )
            amount = self.currency_id.round(-sum(own.mapped("amount_currency")))
            result.append((move.origin_payment_id.date, self._to_minor([amount])[0]))
        return result

    def _get_replayed(self, due, repayments):
        """Return what the repayments settle when allocated anew, by key.

        The borrower's credit is the key without component; credits are negative.
        """
        keys = [key for key, amount in due.items() if key[1] and amount > 0]
        keys.sort(key=lambda key: key[3])
        product = self.product_id
        shares = reallocate(
            [date for date, _amount in repayments],
            [amount for _date, amount in repayments],
            [due[key] for key in keys],
            [key[3] for key in keys],
            [key[1] for key in keys],
            order=product._get_allocation_order(),
            mode=product.allocation_mode,
        ).tolist()
        target = dict(zip(keys, shares, strict=True))
        rest = sum(amount for _date, amount in repayments) - sum(shares)
        credit_key = ("principal_due", False, self.env["carloan.instalment"], False)
        target[credit_key] = rest
        return target

    def _post_replay(self, difference, date, key):
        """Post the lines that lead from the allocation of now to the new one."""
        ledger = self.env["carloan.ledger"]
        lines = [
            self._prepare_replay_line(line_key, -amount)
            for line_key, amount in difference.items()
            if amount
        ]
        if not lines:
            return self.env["account.move"]
        event = {
            "loan": self,
            "event": "repay",
            "key": key,
            "date": date,
            "lines": lines,
            "ref": self.env._("%(loan)s - Repayments allocated anew", loan=self.name),
        }
        return ledger._post_events([event])

    def _prepare_replay_line(self, line_key, amount):
        """Return one journal item of a replay; `amount` in minor units, + debit."""
        ledger = self.env["carloan.ledger"]
        role, component, instalment, maturity = line_key
        if not component:
            return ledger._prepare_credit_line(self, amount)
        return {
            **ledger._prepare_line_vals(self, role, component, amount),
            "date_maturity": maturity,
            "carloan_instalment_id": instalment.id,
        }

    # ------------------------------------------------------------------
    # BILL
    # ------------------------------------------------------------------

    def _undo_bill(self, move, date, reason):
        """Reverse the last bill: its instalment is planned again.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        self._check_undo_date(move, date)
        instalment = move.sudo().carloan_instalment_id
        loan._check_bill_undoable(move, instalment)
        made = loan._reverse_bills(instalment, date, reason)
        made += loan._replay_repayments(date, f"replay:{move.id}")
        loan.env["carloan.ledger"]._draft_horizon(loan)
        loan._refresh_position()
        loan._note_undone(move, reason)
        return made

    def _check_bill_undoable(self, move, instalment):
        """Refuse when a later bill or a change of the schedule stands on this one."""
        if instalment.schedule_id != self.schedule_id:
            self._raise_not_undone(
                move,
                self.env._(
                    "%(schedule)s came later: undo that change first",
                    schedule=self.schedule_id.name,
                ),
            )
        charges = self._find_penalty_moves()
        if instalment in charges.line_ids.carloan_instalment_id:
            self._raise_not_undone(
                move,
                self.env._(
                    "penalty interest was charged on it (%(charge)s): undo that first",
                    charge=charges[-1:].name,
                ),
            )
        later = self.instalment_ids.filtered(
            lambda line: line.state == "billed" and line.sequence > instalment.sequence
        )
        if later:
            last = later.sorted("sequence")[-1]
            self._raise_not_undone(
                move,
                self.env._(
                    "%(instalment)s of %(date)s is billed: undo that bill first",
                    instalment=last.display_name,
                    date=last.due_date,
                ),
            )

    def _reverse_bills(self, instalments, date, reason, state="planned"):
        """Reverse the bills of instalments, the last one first."""
        instalments = instalments.sorted("sequence", reverse=True)
        made = self._reverse_events(instalments.move_id, date, reason)
        for line in instalments:
            memo = self.env["carloan.memo"]._find_standing(line._get_bill_key())
            memo._reverse(date)
            line.write(
                {
                    "state": state,
                    "move_id": False,
                    "suspended": 0.0,
                    "undo_count": line.undo_count + 1,
                }
            )
        return made

    # ------------------------------------------------------------------
    # RELIEF
    # ------------------------------------------------------------------

    def _undo_relief(self, schedule, date, reason, cascade=False):
        """Reverse a relief and put the schedule before it in force again.

        :param schedule: the schedule that the relief made
        :param cascade: reverse the bills made since, too, and bill what the schedule
            before asks for
        :raise UserError: naming what stands on the relief
        :return: the entries made
        """
        self.ensure_one()
        # sudo: the caller has checked who may undo a relief; what is suspended waits
        # until the old schedule is back
        loan = self.sudo().with_context(carloan_keep_suspension=True)
        loan._lock()
        schedule = schedule.sudo()
        date = fields.Date.to_date(date)
        loan._check_relief_undoable(schedule, cascade)
        before = loan._find_schedule_before(schedule)
        moves = loan._find_relief_moves(schedule.event_key)
        billed = schedule.instalment_ids.filtered(lambda line: line.state == "billed")
        made = loan._reverse_bills(billed, date, reason, state="replaced")
        moves = moves.filtered(
            lambda move: (
                not move.reversed_entry_id
                and "posted" not in move.reversal_move_ids.mapped("state")
            )
        )
        made += loan._reverse_events(moves.sorted("id", reverse=True), date, reason)
        self.env["carloan.memo"]._find_standing(schedule.event_key)._reverse(date)
        loan._restore_schedule(before, schedule)
        made += loan._bill_restored(date)
        made += loan._replay_repayments(date, f"replay:schedule:{schedule.id}")
        loan.env["carloan.ledger"]._draft_horizon(loan)
        self.sudo()._refresh_position()
        return made

    def _check_relief_undoable(self, schedule, cascade):
        """Refuse when something later stands on a relief, and say what."""
        blocker = self._find_relief_blocker(schedule, cascade)
        if blocker:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(schedule)s cannot be undone: %(blocker)s.",
                    loan=self.name,
                    schedule=schedule.name,
                    blocker=blocker,
                )
            )

    def _find_relief_blocker(self, schedule, cascade=False):
        """Return what forbids to undo a relief, in words; empty when nothing does."""
        self.ensure_one()
        if schedule.state == "undone":
            return self.env._("it has been undone already")
        if schedule != self.schedule_id:
            return self.env._(
                "%(schedule)s came later: undo that one first",
                schedule=self.schedule_id.name,
            )
        if cascade:
            return ""
        bills = schedule.instalment_ids.filtered(lambda line: line.state == "billed")
        if not bills:
            return ""
        last = bills.sorted("sequence")[-1]
        return self.env._(
            "%(instalment)s of %(date)s was billed by it: undo that bill first, or "
            "choose to undo the bills as well",
            instalment=last.display_name,
            date=last.due_date,
        )

    def _find_schedule_before(self, schedule):
        """Return the schedule that was in force before another one."""
        earlier = self.schedule_ids.filtered(
            lambda one: one.version < schedule.version and one.state == "superseded"
        )
        return earlier.sorted("version")[-1:]

    def _restore_schedule(self, before, undone):
        """Put an earlier schedule in force again."""
        before._activate()
        undone.write({"state": "undone"})
        replaced = before.instalment_ids.filtered(lambda line: line.state == "replaced")
        replaced.write({"state": "planned"})
        self.write({"previous_schedule_id": self._find_schedule_before(before).id})

    def _bill_restored(self, date):
        """Bill what fell due meanwhile: due on its own date, entered on `date`."""
        due = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state == "planned" and line.due_date <= date
        )
        # the replay that follows allocates everything, credits included
        ledger = self.env["carloan.ledger"].with_context(carloan_keep_credits=True)
        return ledger._bill(due.with_env(ledger.env), date)

    # ------------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------------

    def _check_undo_date(self, move, date):
        """Refuse what is undone already, or before the day it happened."""
        if move.state != "posted" or "posted" in move.sudo().reversal_move_ids.mapped(
            "state"
        ):
            self._raise_not_undone(move, self.env._("it has been undone already"))
        if fields.Date.to_date(date) < move.date:
            self._raise_not_undone(
                move,
                self.env._(
                    "it happened on %(date)s: choose that day or a later one",
                    date=move.date,
                ),
            )

    def _raise_not_undone(self, move, why):
        """Raise the message about an event that cannot be undone."""
        events = dict(move._fields["carloan_event"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(move)s (%(event)s of loan %(loan)s) cannot be undone: %(why)s.",
                move=move.name,
                event=events.get(move.carloan_event, ""),
                loan=self.name,
                why=why,
            )
        )

    def _reverse_events(self, moves, date, reason):
        """Post the reversal of entries of this loan, in the order given."""
        moves = moves.filtered(lambda move: move.state == "posted")
        if not moves:
            return moves
        # sudo: reversals carry the fields that only the system writes
        moves = moves.sudo().with_context(**QUICK, carloan_undo=True)
        values = [
            {"date": date, "ref": f"{move.ref or self.name} - {reason}"}
            for move in moves
        ]
        return (
            self.env["account.move"]
            .sudo()
            .browse(moves._reverse_moves(values, cancel=True).ids)
        )

    def _note_undone(self, move, reason):
        """Leave a note on the loan about an event that was undone."""
        events = dict(move._fields["carloan_event"]._description_selection(self.env))
        self._message_log(
            body=self.env._(
                "Undone: %(event)s %(move)s. %(reason)s",
                event=events.get(move.carloan_event, ""),
                move=move.name,
                reason=reason,
            )
        )

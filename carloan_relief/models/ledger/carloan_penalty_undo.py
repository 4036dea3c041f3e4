from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanLoan(models.Model):
    """Penalties charged by mistake, in the books or beside them."""

    _inherit = "carloan.loan"

    def _undo_penalty(self, move, date, reason):
        """Reverse the last charge of penalty interest; its days are open again.

        :return: the entries made
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        self._check_undo_date(move, date)
        blocker, before = loan._find_penalty_blocker(move.sudo())
        if blocker:
            self._raise_not_undone(move, blocker)
        made = loan._reverse_events(move, date, reason)
        made += loan._reopen_penalty_days(before, date, f"replay:{move.id}")
        loan._note_undone(move, reason)
        return made

    def _undo_suspended_penalty(self, memo, date, reason):
        """Take the last charge out of the register; its days are open again.

        :param memo: one line of the charge, which has one for each instalment
        :return: the entries made, where the charge had been paid
        """
        self.ensure_one()
        loan = self.sudo()  # the caller has checked who may post money of a loan
        loan._lock()
        lines = memo.sudo()._get_charge()
        blocker, before = loan._find_penalty_blocker(lines)
        date = fields.Date.to_date(date)
        if not lines:
            blocker = self.env._("it has been undone already")
        elif date < memo.date:
            blocker = self.env._(
                "it happened on %(date)s: choose that day or a later one",
                date=memo.date,
            )
        if blocker:
            loan._raise_charge_stands(memo, blocker)
        lines._reverse(date)
        key = f"replay:memo:{lines[0].id}"
        made = loan._reopen_penalty_days(before, date, key)
        loan._message_log(
            body=self.env._(
                "Undone: penalty of %(date)s outside the books. %(reason)s",
                date=memo.date,
                reason=reason,
            )
        )
        return made

    def _raise_charge_stands(self, memo, why):
        raise UserError(
            self.env._(
                "The penalty of %(date)s of loan %(loan)s cannot be undone: %(why)s.",
                date=memo.date,
                loan=self.name,
                why=why,
            )
        )

    def _reopen_penalty_days(self, before, date, key):
        """Charge the days since the charge before anew, and allocate anew."""
        self.write({"penalty_date": before})
        made = self._replay_repayments(date, key)
        self._refresh_position()
        return made

    def _find_penalty_blocker(self, charge):
        """Return (what stands on a charge in words, day of the charge before it).

        :param charge: its entry, or its lines of the register
        """
        days = self._get_days_charged(self._find_penalty_moves())
        own = days.get(charge[:1], charge[:1].date)
        charges = {day: move.name for move, day in days.items()}
        beside = self._find_penalty_memos()
        charges.update({line.date: line.loan_id.name for line in beside})
        later = max((day for day in charges if own and day > own), default=None)
        before = self._get_charged_until([day for day in charges if own and day < own])
        if later:
            return self._get_later_text(charges[later], later), before
        what, day = self._find_agreed_on(charge) if charge else ("", None)
        if what:
            return self.env._(
                "%(what)s of %(date)s rests on it: undo that first",
                what=what,
                date=day,
            ), before
        return "", before

    def _get_later_text(self, name, date):
        return self.env._(
            "%(later)s of %(date)s came later: undo that one first",
            later=name,
            date=date,
        )

    def _find_agreed_on(self, charge):
        """Return what disposed of a charge since by agreement: (name, day).

        Taken back after that, it would be less than nothing.
        """
        if charge._name == "carloan.memo":
            components = charge.mapped("component")
            since = [("id", ">", max(charge.ids))]
        else:
            lines = charge.line_ids.filtered("carloan_component")
            components = lines.mapped("carloan_component")
            found = self._find_agreed_entry(components, max(lines.ids))
            if found:
                return found.ref or found.name, found.date
            # it may have been suspended, and disposed of in the register
            since = [
                ("date", ">=", charge.date),
                ("create_date", ">=", charge.create_date),
            ]
        memo = self._find_agreed_memos([("component", "in", components), *since])[:1]
        return memo.plan_key or memo.event_key, memo.date

    def _find_agreed_entry(self, components, line_id):
        """Return the first entry that settled claims of a kind since a journal item."""
        moves = self.env["account.move"].search(self._get_agreed_domain())
        lines = moves.line_ids.filtered(
            lambda line: line.carloan_component in components and line.id > line_id
        )
        return lines.sorted("id").move_id[:1]

    def _find_penalty_moves(self):
        """Return the charges of penalty that stand, the oldest first."""
        moves = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_event", "=", "penalty"),
                ("state", "=", "posted"),
                ("reversed_entry_id", "=", False),
            ],
            order="date, id",
        )
        moves = moves.filtered(
            lambda move: "posted" not in move.reversal_move_ids.mapped("state")
        )
        days = self._get_days_charged(moves)
        return moves.sorted(lambda move: (days[move], move.id))

    @staticmethod
    def _get_days_charged(moves):
        """Return {entry: day up to which it charges}, which its key tells: a charge of
        a closed period is booked later, and is made for its own day all the same."""
        return {
            move: fields.Date.to_date(move.carloan_event_key.split(":")[2][:10])
            for move in moves
        }

    def _find_charge_on(self, instalment):
        """Return in words the last charge if one was made on an instalment."""
        charges, beside = self._find_penalty_moves(), self._find_penalty_memos()
        if instalment in beside.instalment_id:
            return self.env._(
                "outside the books, of %(date)s", date=max(beside.mapped("date"))
            )
        charged = instalment in charges.line_ids.carloan_instalment_id
        return charges[-1:].name if charged else ""

    def _find_penalty_memos(self):
        """Return the lines of charges outside the books that stand."""
        lines = self.env["carloan.memo"].search(
            [("loan_id", "=", self.id), ("event", "=", "penalty")]
        )
        return lines.filtered(lambda line: not line.is_undone)


class CarloanMemo(models.Model):
    """A charge outside the books: a line for each instalment that bears it."""

    _inherit = "carloan.memo"

    is_undone = fields.Boolean(compute="_compute_is_undone", compute_sudo=True)
    can_undo = fields.Boolean(compute="_compute_is_undone", compute_sudo=True)

    def _reverse(self, date):
        """Extended: what is taken back is known to be so at once."""
        made = super()._reverse(date)
        self.invalidate_recordset(["is_undone", "can_undo"])
        return made

    @api.depends("event", "reversed_id")
    def _compute_is_undone(self):
        undone = self.search([("reversed_id", "in", self.ids)]).reversed_id
        for line in self:
            line.is_undone = line in undone
            line.can_undo = line.event == "penalty" and not line.is_undone

    def _get_charge(self):
        """Return the lines of the charge that this one is part of, not undone."""
        self.ensure_one()
        if self.event != "penalty":
            return self.browse()
        return self._find_standing(self.event_key.rpartition(":")[0]).filtered(
            lambda line: line.loan_id == self.loan_id
        )

    def action_undo(self):
        """Open the window that asks when and why this charge is undone."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_memo_id": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Undo"),
        }


class CarloanLedger(models.AbstractModel):
    _inherit = "carloan.ledger"

    def _get_penalty_keys(self, loans, as_of):
        """Return {loan: key of its charge of a day}; after an undo it has another.

        :param loans: a list or a dict of loans
        """
        ids = [loan.id for loan in loans]
        times = dict.fromkeys(ids, 0)
        # sudo: the night charges every team's loans
        for model, origin, loan in (
            ("account.move", "reversed_entry_id.carloan_event_key", "carloan_loan_id"),
            ("carloan.memo", "reversed_id.event_key", "loan_id"),
        ):
            undone = self.env[model].sudo()
            groups = undone._read_group(
                # by the key: a charge of a closed day is booked on a later one
                [(loan, "in", ids), (origin, "=like", f"penalty:%:{as_of}%")],
                [loan],
                ["__count"],
            )
            for record, count in groups:
                times[record.id] += count
        again = {key: f".{count}" if count else "" for key, count in times.items()}
        return {loan: f"penalty:{loan.id}:{as_of}{again[loan.id]}" for loan in loans}

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import settlement
from ..ledger.carloan_memo import SHARES


class CarloanLoan(models.Model):
    """A write-off in the ledger, and back."""

    _inherit = "carloan.loan"

    write_off_ids = fields.One2many("carloan.write.off", "loan_id", string="Write-offs")
    written_off_balance = fields.Monetary(
        string="Written off and still owed",
        compute="_compute_written_off_balance",
        compute_sudo=True,
        help="Out of the books, not forgiven: the borrower owes it.",
    )
    suspended_balance = fields.Monetary(
        string="Suspended interest and penalties",
        compute="_compute_written_off_balance",
        compute_sudo=True,
        help="Owed, and kept out of income: in the register, not in the books.",
    )
    written_off_claim = fields.Monetary(
        string="Still owed",
        compute="_compute_written_off_balance",
        compute_sudo=True,
        help="All that is owed outside the books: what was written off, and of a loan "
        "that left them as a whole the interest and penalties suspended before.",
    )

    @api.depends("memo_ids.amount", "memo_ids.kind", "state")
    def _compute_written_off_balance(self):
        groups = self.env["carloan.memo"]._read_group(
            [("loan_id", "in", self.ids), ("kind", "in", ("written_off", "suspended"))],
            ["loan_id", "kind"],
            ["amount:sum"],
        )
        sums = {(loan, kind): amount for loan, kind, amount in groups}
        for loan in self:
            written_off = sums.get((loan, "written_off"), 0.0)
            suspended = sums.get((loan, "suspended"), 0.0)
            loan.written_off_balance = written_off
            loan.suspended_balance = suspended
            whole = loan.state == "written_off"
            loan.written_off_claim = written_off + (suspended if whole else 0.0)

    # ------------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------------

    def _write_off(self, case, date):
        """Take a loan out of the books against its allowance.

        The allowance is topped up (or the rest of it released) first, so that every
        control account of the loan ends at zero; the claim goes to the register.

        :return: values for the case: what was owed by component, allowance, charge
        """
        self.ensure_one()
        loan = self._prepare_closing(date)
        loan._check_allowance_date(date)
        loan._end_plans(case, date)
        row = loan._get_owed(date)
        if loan._get_credit(row):
            loan._settle_credit(row, date, f"writeoff:{case.id}:credit")
            row = loan._get_owed(date)
        overdue = loan._get_overdue_parts(row)
        claim = int(row["principal"]) + sum(overdue.values())
        if claim <= 0:
            loan._raise_nothing_owed()
        spread = loan._spread(overdue)
        tax = loan._get_spread_vat(spread)
        _used, charge = settlement.write_off(
            [claim], [row["adjustment"]], [row["allowance"]], [tax]
        )
        # first: what is posted below empties the loan, which would close it
        loan.write({"state": "written_off"})
        loan._post_write_off(case, date, row, overdue, spread, int(charge[0]), tax)
        loan.instalment_ids.move_id.filtered(lambda m: m.state == "draft").unlink()
        loan._refresh_position()
        return loan._prepare_write_off_vals(row, overdue, claim, int(charge[0]), tax)

    def _end_plans(self, case, date):
        """Let what plans held until their end be owed again: no plan will be kept.

        Its entries are part of the write-off, and are undone with it.
        """
        # what is due again stays in the books until it is written off
        loan = self.with_context(carloan_keep_suspension=True)
        vals = {"carloan_write_off_id": case.id}
        for key in loan._find_running_plans():
            name = f"writeoff:{case.id}:{key}"
            loan._break_conditional(key, date, name=name, vals=vals)

    def _find_running_plans(self):
        """Return the keys of the reliefs whose condition may still be met."""
        schedules = self.schedule_ids.filtered(
            lambda one: (
                one.reason == "relief"
                and one.state != "undone"
                and (not one.request_id or one.request_id.state == "active")
            )
        )
        keys = schedules.sorted("version").mapped("event_key")
        held = self._find_held_lines().mapped(self._get_held_key)
        return list(dict.fromkeys([*keys, *held, *self._find_plan_keys()]))

    def _get_spread_vat(self, spread):
        """Return the pending VAT within what leaves the books, minor units."""
        pairs = [pair for pairs in spread.values() for pair in pairs]
        return self.env["carloan.ledger"]._get_pending_vat(pairs)

    def _raise_nothing_owed(self):
        raise UserError(
            self.env._(
                "Loan %(loan)s owes nothing in the books: there is nothing to write "
                "off.",
                loan=self.name,
            )
        )

    def _settle_credit(self, row, date, key):
        """Let the borrower's credit repay principal that is not yet due."""
        ledger = self.env["carloan.ledger"]
        amount = min(self._get_credit(row), int(row["principal"]))
        event = {"loan": self, "event": "prepay", "key": key, "date": date}
        ledger._post_events([{**event, "amounts": {"principal": amount}}])
        ledger._use_credits(self, date)

    def _post_write_off(
        self, case, date, row, overdue, spread, charge, tax, due_date=None
    ):
        """Post the entries of a write-off and its lines of the register.

        :param due_date: by when principal not yet due is owed, default at once
        """
        key = f"writeoff:{case.id}"
        common = {
            "loan": self,
            "date": date,
            "ref": f"{self.name} - {case.name}",
            "vals": {"carloan_write_off_id": case.id},
        }
        ledger = self.env["carloan.ledger"]
        ledger._post_events(
            [
                {
                    **common,
                    "event": "provision",
                    "key": f"{key}:provision",
                    "amounts": {"charge": charge},
                }
            ]
        )
        move = ledger._post_events(
            [
                {
                    **common,
                    "event": "write_off",
                    "key": f"{key}:write_off",
                    "amounts": {
                        **overdue,
                        "not_due": int(row["principal"]),
                        "adjustment": int(row["adjustment"]),
                        "vat_pending": tax,
                    },
                    "splits": spread,
                }
            ]
        )
        self._record_written_off(key, date, row, spread, move, due_date)

    def _record_written_off(self, key, date, row, spread, move, due_date):
        """Put into the register what the books no longer hold."""
        ledger = self.env["carloan.ledger"]
        parts = [
            {
                "component": component,
                "instalment": line.carloan_instalment_id,
                "due_date": line.date_maturity,
                "amount": amount,
                # what waits for the money is due with a recovery
                "vat": ledger._get_pending_vat([(line, amount)]),
                "to_allowance": 0,
            }
            for component, targets in spread.items()
            for line, amount in targets
        ]
        outside = {
            "principal": int(row["principal"]),
            # in the books a part of the adjustment, to the borrower a claim of its own
            "interest": 0 if due_date else self._get_interest_kept(),
        }
        parts += [
            {
                "component": component,
                "instalment": self.env["carloan.instalment"],
                "due_date": due_date or date,
                "amount": amount,
                **dict.fromkeys(SHARES, 0),
            }
            for component, amount in outside.items()
            if amount
        ]
        event = {
            "loan": self,
            "kind": "written_off",
            "memo_event": "write_off",
            "key": key,
            # out of the books on one day, and in the register on the same
            "date": move.date or date,
            "parts": parts,
        }
        self.env["carloan.memo"]._record(ledger._prepare_memo_vals(event, move))

    def _prepare_write_off_vals(self, row, overdue, claim, charge, tax):
        """Return what the case keeps of the position that was written off."""
        amounts = {
            "principal": int(row["principal"]) + overdue["principal"],
            "interest": overdue["interest"],
            "fee": overdue["fee"],
            "penalty": overdue["penalty"],
            "claim": claim,
            "allowance": int(row["allowance"]),
            "charge": charge,
            "vat_pending": tax,
        }
        return dict(zip(amounts, self._from_minor(amounts.values()), strict=True))

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def _undo_write_off(self, case, date, reason):
        """Put a loan back into the books as it stood, due on its own dates.

        :return: the entries made
        :raise UserError: naming what came in (or was taken) since
        """
        self.ensure_one()
        loan = self.sudo()  # the case has checked who may undo it
        loan._lock()
        date = fields.Date.to_date(date)
        moves = case._find_moves(f"writeoff:{case.id}").sorted("id", reverse=True)
        write_off = moves.filtered(lambda move: move.carloan_event == "write_off")
        loan._check_undo_date(write_off, date)
        blocker = loan._find_write_off_blocker(case)
        if blocker:
            loan._raise_not_undone(write_off, blocker)
        loan._check_state("written_off")
        made = loan._reverse_events(moves, date, reason)
        memo = self.env["carloan.memo"]._find_standing(f"writeoff:{case.id}")
        memo._reverse(max(made.mapped("date"), default=date))
        loan.write({"state": "active"})
        made += loan._replay_repayments(date, f"replay:writeoff:{case.id}")
        loan.env["carloan.ledger"]._draft_horizon(loan)
        loan._refresh_position()
        return made

    def _find_write_off_blocker(self, case):
        """Return in words what was recovered since; empty when nothing was.

        What came in before, for a part that was written off earlier, stands on that.
        """
        Memo = self.env["carloan.memo"]
        own = Memo._find_standing(f"writeoff:{case.id}")
        came_in = Memo.search(
            [
                ("loan_id", "=", self.id),
                ("event", "=", "recovery"),
                ("id", ">", min(own.ids, default=0)),
            ]
        )
        undone = Memo.search([("reversed_id", "in", came_in.ids)]).reversed_id
        standing = came_in - undone
        last = standing.sorted("id")[-1:]
        if not last:
            return ""
        # one repayment takes from the claims of many instalments
        taken = standing.filtered(lambda memo: memo.move_id == last.move_id)
        return self.env._(
            "%(move)s of %(date)s recovered %(amount)s: undo that first",
            move=last.move_id.name,
            date=last.date,
            amount=self.currency_id.format(abs(sum(taken.mapped("amount")))),
        )

    def _undo_penalty(self, move, date, reason):
        """Override: what was owed when a loan was written off stays that."""
        self._check_not_written_off(move)
        return super()._undo_penalty(move, date, reason)

    def _undo_suspended_penalty(self, memo, date, reason):
        """Override: what was owed when a loan was written off stays that."""
        if blocker := self._find_standing_write_off():
            self._raise_charge_stands(memo, blocker)
        return super()._undo_suspended_penalty(memo, date, reason)

    def _undo_bill(self, move, date, reason):
        """Override: what was owed when a loan was written off stays that."""
        self._check_not_written_off(move)
        return super()._undo_bill(move, date, reason)

    def _check_not_written_off(self, move):
        if blocker := self._find_standing_write_off():
            self._raise_not_undone(move, blocker)

    def _find_standing_write_off(self):
        """Return in words which write-off stands; empty when none does."""
        done = self._find_whole_write_off()
        if not done:
            return ""
        return self.env._(
            "%(case)s came later: undo that write-off first", case=done.name
        )

    def _find_relief_blocker(self, schedule, cascade=False):
        """Override: what was owed when a loan was written off stays that."""
        return (
            super()._find_relief_blocker(schedule, cascade)
            or self._find_standing_write_off()
        )

    def _find_repayment_blocker(self, move):
        """Override: what was paid before a write-off stays while that stands."""
        done = self._find_whole_write_off()
        recovered = move.line_ids.filtered(
            lambda line: line.carloan_role == "principal" and line.carloan_loan_id
        )
        # by items: a draft made before is made anew when it is posted after
        entries = done._find_moves(f"writeoff:{done.id}") if done else done
        if (
            done
            and not recovered
            and min(move.line_ids.ids) < min(entries.line_ids.ids)
        ):
            return self._find_standing_write_off()
        return super()._find_repayment_blocker(move)

    # ------------------------------------------------------------------
    # POSITION
    # ------------------------------------------------------------------

    def _write_position_rows(self, rows, as_of):
        """Override: nothing more falls due in the books of a loan written off.

        What it owes stands in the register, and is the later every night.
        """
        gone = set(self.filtered(lambda loan: loan.state == "written_off").ids)
        for row in rows:
            if row["id"] in gone:
                row.update(written_off=True, next_due_date=None, next_amount=0)
        return super()._write_position_rows(rows, as_of)

    def _prepare_snapshot(self, row, as_of, dpd, dpd_original, bucket, cn_class):
        """Override: a loan written off is a loss, whatever its days past due."""
        if row.get("written_off"):
            cn_class = "loss"
        return super()._prepare_snapshot(
            row, as_of, dpd, dpd_original, bucket, cn_class
        )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_propose_write_off(self):
        """Open the write-off of this loan, or a new one."""
        self.ensure_one()
        return self._open_case(self.write_off_ids, self.env._("Write-off"))

from odoo import fields, models

from ...engine import relief_events
from ...engine.measures import COMPONENTS
from .carloan_ledger import RECEIVABLE_ROLES


class CarloanLoan(models.Model):
    """Waivers that count once a plan is kept to its end."""

    _inherit = "carloan.loan"

    def _update_state_from_ledger(self, rows):
        """Override: a loan repaid to its end completes its plan, a bounce undoes it."""
        before = {loan.id: loan.state for loan in self}
        result = super()._update_state_from_ledger(rows)
        if self.env.context.get("carloan_keep_suspension"):
            return result
        for loan in self.sudo():  # whoever takes the last repayment
            if before[loan.id] == "active" and loan.state == "closed":
                loan._complete_conditional()
            elif before[loan.id] == "closed" and loan.state == "active":
                loan._reopen_conditional()
        return result

    # ------------------------------------------------------------------
    # COMPLETED
    # ------------------------------------------------------------------

    def _complete_conditional(self, key=None):
        """Waive for good what was held until the plan is completed.

        :param key: of one relief; all of them where it is not given
        :return: the entries made
        """
        self.ensure_one()
        loan = self.with_context(carloan_keep_suspension=True)
        date = fields.Date.context_today(self)
        lines = loan._find_held_lines(key)
        made = self.env["account.move"]
        for relief, own in lines.grouped(self._get_held_key).items():
            made |= loan._waive_held(own, relief, date)
        for relief in [key] if key else loan._find_plan_keys():
            loan._waive_register(relief, date)
        return made

    def _find_plan_keys(self):
        """Return the keys of the reliefs that hold something in the register."""
        # sudo: the registers are read for the posting
        groups = self.env["carloan.memo"].sudo()
        groups = groups._read_group(
            [("loan_id", "=", self.id), ("kind", "=", "held")],
            ["plan_key"],
            ["amount:sum"],
        )
        return [key for key, amount in groups if not self.currency_id.is_zero(amount)]

    def _waive_register(self, key, date):
        """Waive what one relief holds in the register, and no other."""
        parts = self.env["carloan.memo"]._get_balances(self, ("held",), key)
        last = self.env["carloan.memo"].sudo()  # see _find_plan_keys
        last = last.search([("loan_id", "=", self.id)], order="id desc", limit=1)
        name = f"complete:{self.id}:{last.id}"
        self._record_register(parts, -1, "waive", name, date, plan_key=key)

    def _find_held_lines(self, key=None):
        """Return the receivables of this loan that are held, still open."""
        lines = self.env["carloan.ledger"]._get_open_lines(self, held=(True,))
        lines = lines.filtered(lambda line: line.amount_residual_currency > 0)
        if key:
            lines = lines.filtered(lambda line: self._get_held_key(line) == key)
        return lines

    @staticmethod
    def _get_held_key(line):
        """Return the key of the relief that holds a line."""
        return (line.move_id.carloan_event_key or "").rpartition(":")[0]

    def _waive_held(self, lines, key, date):
        """Post the waiver of held lines, against the allowance made for them."""
        held = dict.fromkeys(COMPONENTS, 0)
        splits = {component: [] for component in COMPONENTS}
        residuals = self._to_minor(lines.mapped("amount_residual_currency"))
        for line, amount in zip(lines, residuals, strict=True):
            held[line.carloan_component] += amount
            splits[line.carloan_component].append((line, amount))
        position, _ids = self._get_positions(date)
        events = relief_events.completion(held, int(position.allowance[0]))
        made = self.env["account.move"]
        # a completion that a bounce undid leaves its key to what it was
        number = self._find_relief_moves(f"{key}:complete")[-1:].id or 0
        request = lines.move_id[:1]
        link = {"ref": self.env._("%(ref)s - Plan completed", ref=request.ref)}
        if "carloan_request_id" in request._fields:
            link["carloan_request_id"] = request.carloan_request_id.id
        pairs = [pair for targets in splits.values() for pair in targets]
        tax = self.env["carloan.ledger"]._get_pending_vat(pairs)
        for name, amounts in events:
            if name == "waive":
                amounts = relief_events.with_vat(amounts, tax)
            made |= self.env["carloan.ledger"]._post_events(
                [
                    {
                        "loan": self,
                        "event": name,
                        "key": f"{key}:complete:{number}:{name}",
                        "date": date,
                        "amounts": amounts,
                        "splits": splits if name == "waive" else {},
                        "vals": link,
                    }
                ]
            )
        return made

    def _reopen_conditional(self):
        """Hold again what a completion waived: the last repayment was not honoured."""
        self.ensure_one()
        loan = self.with_context(carloan_keep_suspension=True)
        date = fields.Date.context_today(self)
        moves = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_event_key", "=like", "%:complete:%"),
                ("reversed_entry_id", "=", False),
            ],
            order="id desc",
        )
        moves = moves.filtered(
            lambda move: "posted" not in move.reversal_move_ids.mapped("state")
        )
        loan._reverse_events(moves, date, self.env._("Plan not completed"))
        memo = self.env["carloan.memo"]._find_standing(f"complete:{self.id}")
        memo._reverse(date)

    # ------------------------------------------------------------------
    # BROKEN
    # ------------------------------------------------------------------

    def _break_conditional(self, key, date, name=None, vals=None):
        """Let what a broken plan does not waive be due again, since its own dates.

        What was held is an ordinary claim again (it was provided for: nothing else to
        post); what had left the books comes back fully provided, as no income.

        :param key: of the relief, as its schedule has it
        :param name: what the keys of the entries begin with, where another event
            than the break of the plan ends it
        :param vals: further values of the entries
        :return: the entries made
        """
        self.ensure_one()
        name = name or f"{key}:break"
        loan = self.sudo()  # the relief room has checked who may break a plan
        loan._lock()
        made = loan._release_held(key, date, name, vals)
        made |= loan._reinstate(key, date, name, vals)
        parts = self.env["carloan.memo"]._get_balances(loan, ("held",), key)
        loan._record_register(parts, -1, "release", f"{name}:out", date, plan_key=key)
        loan._record_register(parts, 1, "release", f"{name}:in", date)
        loan._refresh_position()
        return made

    def _release_held(self, key, date, name, vals=None):
        """Turn held receivables into ordinary ones."""
        lines = [
            vals
            for line in self._find_held_lines(key)
            for amount in self._to_minor([line.amount_residual_currency])
            for vals in (
                self._prepare_claim(line.carloan_component, -amount, line, held=True),
                self._prepare_claim(line.carloan_component, amount, line),
            )
        ]
        return self._post_claims("hold", lines, name, date, vals=vals)

    def _reinstate(self, key, date, name, vals=None):
        """Bring back what was waived at the grant under the condition."""
        moves = self._find_relief_moves(key).filtered(
            lambda move: (
                move.carloan_event_key == f"{key}:waive:2"
                and "posted" not in move.reversal_move_ids.mapped("state")
            )
        )
        settled = moves.line_ids.filtered(
            lambda line: line.carloan_role in RECEIVABLE_ROLES
        )
        if not settled or self._is_reinstated(key, name):
            return moves.browse()
        amounts = dict.fromkeys(COMPONENTS, 0)
        lines = []
        for line in settled:
            amount = -self._to_minor([line.amount_currency])[0]
            amounts[line.carloan_component] += amount
            lines.append(self._prepare_claim(line.carloan_component, amount, line))
        ledger = self.env["carloan.ledger"]
        lines += [
            {
                **ledger._prepare_line_vals(
                    self, line.role, line.component, line.debit - line.credit
                ),
                "date_maturity": date,
            }
            for line in relief_events.reinstatement(amounts)
            if line.role not in RECEIVABLE_ROLES
        ]
        return self._post_claims("reinstate", lines, name, date, vals=vals)

    def _is_reinstated(self, key, name):
        """Tell whether another event than this one has brought a waiver back."""
        moves = self.env["account.move"].search(
            [
                ("carloan_loan_id", "=", self.id),
                ("carloan_event", "=", "reinstate"),
                # the key whole: of two requests one number may begin the other
                ("carloan_event_key", "=like", f"%{key}:%reinstate"),
                ("carloan_event_key", "!=", f"{name}:reinstate"),
                ("state", "=", "posted"),
            ]
        )
        return bool(
            moves.filtered(
                lambda move: (
                    not move.reversed_entry_id
                    and "posted" not in move.reversal_move_ids.mapped("state")
                )
            )
        )

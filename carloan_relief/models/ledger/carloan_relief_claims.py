from odoo import models

from ...engine import allocation, relief_events
from ..loan.selections import DUE_ROLES

# what takes an amount out of the register of suspended interest, by destination
REGISTER_EVENTS = {"waived": "waive", "capitalised": "capitalise"}


class CarloanLoan(models.Model):
    """Claims that a relief keeps, and that are due otherwise: held, or carried."""

    _inherit = "carloan.loan"

    # ------------------------------------------------------------------
    # HELD UNTIL COMPLETION
    # ------------------------------------------------------------------

    def _hold_conditional(
        self, position, revised, index, derecognise, key, date, request
    ):
        """Set aside what is waived on completion: neither due nor late until then.

        Recognised claims stay receivables, marked as held (with `derecognise` they
        have left the books); suspended ones move to a register of their own.
        """
        if not derecognise:
            amounts = relief_events.of_destination(
                position, revised, "conditional", index
            )
            lines = [
                vals
                for component, targets in self._spread(amounts).items()
                for line, amount in targets
                for vals in (
                    self._prepare_claim(component, -amount, line),
                    self._prepare_claim(component, amount, line, held=True),
                )
            ]
            self._post_claims("hold", lines, key, date, request)
        hidden = relief_events.in_register(position, revised, index)["conditional"]
        parts = self._take_from_register(hidden)
        self._record_register(parts, -1, "hold", f"{key}:held:out", date, request)
        self._record_register(
            parts, 1, "hold", f"{key}:held:in", date, request, plan_key=key
        )

    def _prepare_claim(self, component, amount, line, held=False, **vals):
        """Return a journal item on the receivable of a line; minor units, + debit."""
        if amount > 0:
            vals.update(self.env["carloan.ledger"]._get_line_shares(line, amount))
        return {
            **self.env["carloan.ledger"]._prepare_line_vals(
                self, DUE_ROLES[component], component, amount
            ),
            "date_maturity": line.date_maturity,
            "carloan_instalment_id": line.carloan_instalment_id.id,
            "carloan_held": held,
            **vals,
        }

    def _post_claims(self, event, lines, key, date, request=None, vals=None):
        """Post journal items that move claims within their receivables."""
        if not lines:
            return self.env["account.move"]
        vals = self._get_relief_vals(request) if request else vals or {}
        return self.env["carloan.ledger"]._post_events(
            [
                {
                    "loan": self,
                    "event": event,
                    "key": f"{key}:{event}",
                    "date": date,
                    "lines": lines,
                    "vals": vals,
                }
            ]
        )

    # ------------------------------------------------------------------
    # CARRIED INTO THE FIRST NEW INSTALMENT
    # ------------------------------------------------------------------

    def _carry_interest(self, position, revised, index, schedule, key, date, request):
        """Let the new instalments collect interest that was owed before.

        It stays a claim, due with them, and is not billed again: they ask for that
        much less (`carried`), so no interest is income twice.
        """
        rows = relief_events.collected(revised)[index].tolist()
        slots = [
            [line, amount]
            for line, amount in zip(
                schedule.instalment_ids.sorted("sequence"), rows, strict=False
            )
            if amount
        ]
        if not slots:
            return
        for line, amount in slots:
            line.carried = self._from_minor([amount])[0]
        booked = relief_events.of_destination(position, revised, "carried", index)
        lines = []
        for old, amount in self._spread(booked)["interest"]:
            lines.append(self._prepare_claim("interest", -amount, old))
            lines += [
                self._prepare_claim(
                    "interest",
                    part,
                    old,
                    date_maturity=new.due_date,
                    carloan_instalment_id=new.id,
                )
                for new, part in self._fill(slots, amount)
            ]
        self._post_claims("carry", lines, key, date, request)
        hidden = relief_events.in_register(position, revised, index)["carried"]
        parts = self._take_from_register(hidden)
        self._record_register(parts, -1, "carry", f"{key}:carry:out", date, request)
        moved = [
            {**row, "instalment": new, "due_date": new.due_date, **share}
            for row in parts
            for new, share in self._fill_register(slots, row)
        ]
        self._record_register(moved, 1, "carry", f"{key}:carry:in", date, request)

    @staticmethod
    def _fill(slots, amount):
        """Put an amount into the instalments that still have room, in turn."""
        result = []
        for slot in slots:
            part = min(slot[1], amount)
            if part:
                slot[1] -= part
                amount -= part
                result.append((slot[0], part))
        return result

    def _fill_register(self, slots, row):
        """Put a row of the register into the instalments that still have room."""
        ledger = self.env["carloan.ledger"]
        return [
            (new, ledger._get_share(row, part))
            for new, part in self._fill(slots, row["amount"])
        ]

    # ------------------------------------------------------------------
    # REGISTER
    # ------------------------------------------------------------------

    def _clear_register(self, position, revised, index, key, date, request):
        """Take out of the register what a relief waives or adds to the principal."""
        hidden = relief_events.in_register(position, revised, index)
        for name, event in REGISTER_EVENTS.items():
            parts = self._take_from_register(hidden[name])
            self._record_register(parts, -1, event, f"{key}:memo:{name}", date, request)

    def _take_from_register(self, amounts, kind="suspended"):
        """Return the parts of the register that amounts by component take, by age."""
        balances = self.env["carloan.memo"]._get_balances(self, (kind,))
        result = []
        for component, amount in amounts.items():
            rows = [row for row in balances if row["component"] == component]
            if not amount or not rows:
                continue
            shares = allocation.allocate(
                [amount],
                [[row["amount"] for row in rows]],
                [[component] * len(rows)],
                [list(range(len(rows)))],
            )[0].tolist()
            get_share = self.env["carloan.ledger"]._get_share
            result += [
                {**row, **get_share(row, share)}
                for row, share in zip(rows, shares, strict=True)
                if share
            ]
        return result

    def _record_register(
        self, parts, sign, event, key, date, request=None, plan_key=None
    ):
        """Add parts to a register, or take them out (`sign` -1).

        :param plan_key: of the relief whose register of what it holds is meant
        """
        link = self._get_request_link("carloan.memo", request) if request else {}
        vals_list = self.env["carloan.ledger"]._prepare_memo_vals(
            {
                "loan": self,
                "kind": "held" if plan_key else "suspended",
                "memo_event": event,
                "key": key,
                "date": date,
                "parts": parts,
                "sign": sign,
                "memo_vals": {**link, "plan_key": plan_key},
            }
        )
        return self.env["carloan.memo"]._record(vals_list)

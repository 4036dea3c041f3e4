from odoo import models

from ...engine import ledger as engine_ledger
from ..loan.selections import DUE_ROLES
from .carloan_ledger import RECEIVABLE_ROLES
from .carloan_memo import SHARES


class CarloanLedger(models.AbstractModel):
    """Claims that move between the books and the register outside them."""

    _inherit = "carloan.ledger"

    def _post_register(self, events):
        """Post entries that move claims between the books and the register.

        :param events: as for `_post_events`, with `parts` (dicts `component`,
            `instalment`, `due_date`, `amount`, and of it `vat` and `to_allowance`, in
            minor units), `memo_event`, `sign` of the register (+1 into it), `vat`:
            where the VAT of the parts comes from or goes to (the ending of the
            engine's amounts), and `beside`: amounts that are in no register
        """
        for event in events:
            event["lines"] = self._prepare_register_lines(event)
        self = self.with_context(carloan_keep_suspension=True)  # noqa: PLW0642
        moves = self._post_events([event for event in events if event["lines"]])
        move_by_key = {move.carloan_event_key: move for move in moves}
        memos = []
        for event in events:
            memos += self._prepare_memo_vals(event, move_by_key.get(event["key"]))
        self.env["carloan.memo"]._record(memos)
        loans = self.env["carloan.loan"].union(*(event["loan"] for event in events))
        loans._refresh_position()
        return moves

    def _prepare_register_lines(self, event):
        """Return the journal items: receivables by due date, the rest by role."""
        loan, parts = event["loan"], event["parts"]
        amounts = dict(event.get("beside", {}))
        for part in parts:
            component = part["component"]
            for name, value in (
                (component, "amount"),
                (f"{component}_{event['vat']}", "vat"),
                ("to_allowance", "to_allowance"),
            ):
                amounts[name] = amounts.get(name, 0) + part[value]
        amounts = {name: amount for name, amount in amounts.items() if amount}
        result = []
        for line in engine_ledger.entry(event["event"], **amounts):
            amount = line.debit - line.credit
            vals = self._prepare_line_vals(loan, line.role, line.component, amount)
            if line.role in RECEIVABLE_ROLES:
                result += self._split_by_due(loan, vals, line.component, event)
            else:
                result.append({**vals, "date_maturity": event["date"]})
        # claims of one kind that change places: no income, yet each is due or not
        moved = {part["component"] for part in parts if part["amount"]}
        for component in moved - set(amounts):
            role = DUE_ROLES[component]
            vals = self._prepare_line_vals(loan, role, component, 0)
            result += self._split_by_due(loan, vals, component, event)
        return result

    def _split_by_due(self, loan, vals, component, event):
        """Return a receivable line for each due date of a register event."""
        sign = -event.get("sign", 1)
        return [
            {
                **vals,
                "balance": loan._from_minor([sign * part["amount"]])[0],
                "date_maturity": part["due_date"],
                "carloan_instalment_id": part["instalment"].id,
                **{
                    f"carloan_{name}": loan._from_minor([sign * part[name]])[0]
                    for name in SHARES
                },
                "carloan_vat_pending": event["vat"] == "vat_pending",
            }
            for part in event["parts"]
            if part["component"] == component
        ]

    def _prepare_memo_vals(self, event, move=None):
        """Return the register lines of an event."""
        loan, sign = event["loan"], event.get("sign", 1)
        return [
            {
                "loan_id": loan.id,
                "kind": event.get("kind", "suspended"),
                "component": part["component"],
                "instalment_id": part["instalment"].id,
                "due_date": part["due_date"],
                "amount": loan._from_minor([sign * part["amount"]])[0],
                **{name: loan._from_minor([sign * part[name]])[0] for name in SHARES},
                # out of one and into the other on the same day: that of a closed
                # period is booked later
                "date": move.date if move else event["date"],
                "event": event["memo_event"],
                "move_id": move.id if move else False,
                "event_key": f"{event['key']}:{number}",
                **event.get("memo_vals", {}),
            }
            for number, part in enumerate(event["parts"], start=1)
        ]

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import ledger as engine_ledger
from ...engine import suspension, vat
from ..loan.selections import DUE_ROLES
from .carloan_ledger import RECEIVABLE_ROLES

# what is suspended: principal and fees stay in the books
SUSPENDED = ("interest", "penalty")

DECISION_QUERY = """
    SELECT loan.id, loan.dpd, loan.suspended_since IS NOT NULL AS suspended,
           product.suspend_days AS after, product.resume_days AS resume_at
      FROM carloan_loan loan
      JOIN carloan_product product ON product.id = loan.product_id
     WHERE loan.id IN %(ids)s AND loan.state = 'active'
       AND (product.suspend_days > 0 OR loan.suspended_since IS NOT NULL)
"""


class CarloanLoan(models.Model):
    """Interest that is no income while a loan is long overdue."""

    _inherit = "carloan.loan"

    suspended_since = fields.Date(
        readonly=True,
        copy=False,
        help="From this day on interest and penalties are no income: they stand in the "
        "memo register, and the borrower owes them still.",
    )

    def _update_suspension(self, as_of):
        """Suspend or resume the interest of these loans as their policy says today."""
        today = fields.Date.context_today(self)
        if as_of != today or self.env.context.get("carloan_keep_suspension"):
            return
        for code, loans in self._decide_suspension().items():
            if code == suspension.SUSPEND:
                loans._try_suspension("_suspend", today)
            elif code == suspension.RESUME:
                loans._try_suspension("_resume", today)

    def _decide_suspension(self):
        """Return {code of the engine: loans}."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(SQL(DECISION_QUERY, ids=tuple(self.ids)))
        if not rows:
            return {}
        columns = {name: [row[name] or 0 for row in rows] for name in rows[0]}
        ids = np.array(columns.pop("id"))
        codes = suspension.decide(**columns)
        # sudo: what is suspended follows from the policy, whoever looks
        Loan = self.env["carloan.loan"].sudo()
        return {
            int(code): Loan.browse(ids[codes == code].tolist())
            for code in np.unique(codes)
        }

    def _try_suspension(self, step, date):
        """Take a step for all loans, or one by one where that fails."""
        try:
            with self.env.cr.savepoint():
                getattr(self.env["carloan.ledger"], step)(self, date)
        except UserError as error:
            if len(self) > 1:
                for loan in self:
                    loan._try_suspension(step, date)
                return
            self._message_log(
                body=self.env._(
                    "The suspension of interest could not be brought up to date: "
                    "%(reason)s",
                    reason=str(error),
                )
            )

    def _renew_drafts(self):
        """Make the coming bills anew: what they ask for in the books has changed."""
        coming = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state in ("planned", "drafted")
        )
        coming.move_id.filtered(lambda move: move.state == "draft").unlink()
        coming.filtered("suspended").write({"suspended": 0.0})
        self.env["carloan.ledger"]._draft_horizon(self)


class CarloanLedger(models.AbstractModel):
    """Suspension: out of income into the register, and back."""

    _inherit = "carloan.ledger"

    @api.model
    def _suspend(self, loans, date):
        """Take unpaid interest and penalties of loans out of the books."""
        loans.write({"suspended_since": date})
        lines = self._get_open_lines(loans).filtered(
            lambda line: (
                line.carloan_component in SUSPENDED
                and line.amount_residual_currency > 0
            )
        )
        grouped = lines.grouped("carloan_loan_id")
        rows = {loan: self._get_suspended_parts(own) for loan, own in grouped.items()}
        self._post_register(
            [
                {
                    "loan": loan,
                    "event": "suspend",
                    "memo_event": "suspend",
                    "key": f"suspend:{loan.id}:{max(grouped[loan].ids)}",
                    "date": date,
                    "parts": parts,
                    "vat": "vat_pending",
                }
                for loan, parts in rows.items()
            ]
        )
        loans._renew_drafts()
        self._note_suspension(loans, self.env._("Interest is suspended."))

    def _get_suspended_parts(self, lines):
        """Return what leaves the books of open lines, by the engine."""
        loan = lines.carloan_loan_id
        amounts, taxes = vat.leaves(
            loan._to_minor(lines.mapped("amount_residual_currency")),
            loan._to_minor(lines.mapped("carloan_vat")),
            loan._to_minor(lines.mapped("amount_currency")),
            lines.mapped("carloan_vat_pending"),
        )
        return [
            {
                "component": line.carloan_component,
                "instalment": line.carloan_instalment_id,
                "due_date": line.date_maturity,
                "amount": amount,
                "vat": tax,
            }
            for line, amount, tax in zip(
                lines, amounts.tolist(), taxes.tolist(), strict=True
            )
            if amount
        ]

    @api.model
    def _resume(self, loans, date):
        """Bring what is left in the register back into the books: the loan is cured."""
        loans.write({"suspended_since": False})
        balances = self.env["carloan.memo"]._get_balances(loans)
        last = dict(
            self.env["carloan.memo"]._read_group(
                [("loan_id", "in", loans.ids)], ["loan_id"], ["id:max"]
            )
        )
        parts_by_loan = {loan: [] for loan in loans}
        for row in balances:
            parts_by_loan[row["loan"]].append(row)
        self._post_register(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "memo_event": "resume",
                    "key": f"resume:{loan.id}:{last[loan]}",
                    "date": date,
                    "parts": parts,
                    "vat": "vat_pending",
                    "sign": -1,
                }
                for loan, parts in parts_by_loan.items()
                if parts
            ]
        )
        loans._renew_drafts()
        self._note_suspension(loans, self.env._("Interest is income again."))

    def _note_suspension(self, loans, body):
        loans._message_log_batch(bodies=dict.fromkeys(loans.ids, body))

    @api.model
    def _recognise_receipt(self, loan, amount, date, key):
        """Take out of the register what money that has come in will settle.

        Suspended interest is income when it is received, in the agreed order with
        everything else that is owed; the repayment then finds it in the books.

        :param int amount: minor units that came in
        """
        balances = self.env["carloan.memo"]._get_balances(loan)
        if not balances or amount <= 0:
            return
        lines = self._get_open_lines(loan).filtered(
            lambda line: line.carloan_component and line.amount_residual_currency > 0
        )
        rows = [
            (line.carloan_component, line.date_maturity, residual)
            for line, residual in zip(
                lines,
                loan._to_minor(lines.mapped("amount_residual_currency")),
                strict=True,
            )
        ]
        rows += [(row["component"], row["due_date"], row["amount"]) for row in balances]
        shares = loan._split(amount, rows, date)[len(lines) :]
        parts = [
            {**row, "amount": share, "vat": self._get_part(row, share)}
            for row, share in zip(balances, shares, strict=True)
            if share
        ]
        self._post_receipt(loan, parts, date, key)

    def _recognise_credit(self, loan, date):
        """Take out of the register what money paid ahead will settle."""
        lines = self._get_open_lines(loan)
        credits = self._find_credits(lines)
        amount = -sum(loan._to_minor(credits.mapped("amount_residual_currency")))
        register = self.env["carloan.memo"].sudo()
        last = register.search([("loan_id", "=", loan.id)], order="id desc", limit=1)
        key = f"credit:{loan.id}:{last.id}:{max(credits.ids, default=0)}"
        self._recognise_receipt(loan, amount, date, key)

    @staticmethod
    def _find_credits(lines):
        """Return the lines of what a borrower paid ahead."""
        return lines.filtered(
            lambda line: (
                line.carloan_role == "principal_due"
                and not line.carloan_component
                and line.amount_residual_currency < 0
            )
        )

    @staticmethod
    def _get_part(row, share):
        """Return the VAT of a share of a row of the register."""
        return int(vat.part([row["vat"]], [share], [row["amount"]])[0])

    def _post_receipt(self, loan, parts, date, key):
        """Post income on a cash basis; negative parts take it back after a bounce."""
        self._post_register(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "memo_event": "receipt",
                    "key": f"{key}:receipt",
                    "date": date,
                    "parts": parts,
                    "vat": "vat",
                    "sign": -1,
                }
            ]
            if parts
            else []
        )

    # ------------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------------

    def _post_register(self, events):
        """Post entries that move claims between the books and the register.

        :param events: as for `_post_events`, with `parts` (dicts `component`,
            `instalment`, `due_date`, `amount`, `vat` in minor units), `memo_event`,
            `sign` of the register (+1 into it) and `vat`: where the VAT of the parts
            comes from or goes to (the ending of the engine's amounts)
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
        amounts = {}
        for part in parts:
            tax = f"{part['component']}_{event['vat']}"
            for name, value in ((part["component"], "amount"), (tax, "vat")):
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
                "carloan_vat": loan._from_minor([sign * part["vat"]])[0],
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
                "vat": loan._from_minor([sign * part["vat"]])[0],
                "date": event["date"],
                "event": event["memo_event"],
                "move_id": move.id if move else False,
                "event_key": f"{event['key']}:{number}",
                **event.get("memo_vals", {}),
            }
            for number, part in enumerate(event["parts"], start=1)
        ]

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import suspension

# what is suspended: principal and fees stay in the books
SUSPENDED = ("interest", "penalty")

DECISION_QUERY = """
    SELECT loan.id, loan.dpd, loan.suspended_since IS NOT NULL AS suspended,
           product.suspend_days AS after, product.resume_days AS resume_at,
           loan.resumed_on - loan.oldest_due_date AS at_cure,
           loan.resumed_dpd AS believed
      FROM carloan_loan loan
      JOIN carloan_product product ON product.id = loan.product_id
     WHERE loan.id IN %(ids)s
       AND (loan.state = 'active'
            AND (product.suspend_days > 0 OR loan.suspended_since IS NOT NULL)
            -- repaid to its end: what was kept out of income is income now
            OR loan.state = 'closed' AND loan.suspended_since IS NOT NULL)
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
    resumed_on = fields.Date(
        string="Interest resumed on",
        readonly=True,
        copy=False,
        help="Day of the last cure. Where the money for it comes back, it was none: "
        "interest is suspended again, and what the cure made income is taken back.",
    )
    resumed_dpd = fields.Integer(
        string="Days past due at the cure", readonly=True, copy=False
    )

    def _update_suspension(self, as_of):
        """Suspend or resume the interest of these loans as their policy says today."""
        today = fields.Date.context_today(self)
        waits = ("carloan_keep_suspension", "carloan_more_bills")
        if as_of != today or any(self.env.context.get(name) for name in waits):
            return
        for code, loans in self._decide_suspension().items():
            if code == suspension.SUSPEND:
                loans._try_suspension("_suspend", today)
            elif code == suspension.RESUME:
                loans._try_suspension("_resume", today)
            elif code == suspension.LAPSE:
                loans._try_suspension("_lapse", today)

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
        ledger = self.env["carloan.ledger"]
        ledger._take_step(
            self,
            lambda loans: getattr(ledger, step)(loans, date),
            lambda reason: self.env._(
                "The suspension of interest could not be brought up to date: "
                "%(reason)s",
                reason=reason,
            ),
        )

    def _renew_drafts(self):
        """Make the coming bills anew: what they ask for in the books has changed."""
        coming = self.schedule_id.instalment_ids.filtered(
            lambda line: line.state in ("planned", "drafted")
        )
        coming.move_id.filtered(lambda move: move.state == "draft").unlink()
        coming.filtered(lambda line: line.suspended or line.unearned).write(
            {"suspended": 0.0, "unearned": 0.0}
        )
        self.env["carloan.ledger"]._draft_horizon(self)


class CarloanLedger(models.AbstractModel):
    """Suspension: out of income into the register, and back."""

    _inherit = "carloan.ledger"

    @api.model
    def _suspend(self, loans, date):
        """Take unpaid interest and penalties of loans out of the books."""
        loans.write({"suspended_since": date})
        self._hide_open(loans, date)
        loans._renew_drafts()
        self._note_suspension(loans, self.env._("Interest is suspended."))

    def _hide_open(self, loans, date):
        """Move what is unpaid of suspended loans and in the books to the register."""
        lines = self._get_open_lines(loans).filtered(
            lambda line: (
                line.carloan_component in SUSPENDED
                and line.amount_residual_currency > 0
            )
        )
        grouped = lines.grouped("carloan_loan_id")
        parts = self._get_suspended_parts(lines)
        last = self._find_last_memo(lines.carloan_loan_id)
        self._post_register(
            [
                {
                    "loan": loan,
                    "event": "suspend",
                    "memo_event": "suspend",
                    # a claim may leave more than once: a repayment of it bounced
                    "key": f"suspend:{loan.id}:{max(own.ids)}:{last.get(loan, 0)}",
                    "date": date,
                    "parts": [parts[line] for line in own if line in parts],
                    "vat": "vat_pending",
                }
                for loan, own in grouped.items()
                if any(line in parts for line in own)
            ]
        )

    def _find_last_memo(self, loans):
        """Return {loan: id of its last line in a register}, for the keys of others."""
        # sudo: the registers are read for the posting
        groups = self.env["carloan.memo"].sudo()
        groups = groups._read_group(
            [("loan_id", "in", loans.ids)], ["loan_id"], ["id:max"]
        )
        return dict(groups)

    def _get_suspended_parts(self, lines):
        """Return {line: what leaves the books of it}, by the engine, for N loans."""
        if not lines:
            return {}
        minor = [
            [line.carloan_loan_id._to_minor([line[name]])[0] for line in lines]
            for name in (
                "amount_residual_currency",
                "amount_currency",
                "carloan_vat",
                "carloan_to_allowance",
            )
        ]
        loans = lines.carloan_loan_id
        carrying, accrued = self._read_carrying(loans), loans._read_accrued_allowance()
        held = {
            loan: allowance - accrued.get(loan.id, 0)
            for loan, (_gross, allowance) in carrying.items()
        }
        found = suspension.leaves(
            *minor,
            lines.mapped("carloan_vat_pending"),
            loan=[line.carloan_loan_id.id for line in lines],
            allowance=[held[line.carloan_loan_id] for line in lines],
        )
        return {
            line: {
                "component": line.carloan_component,
                "instalment": line.carloan_instalment_id,
                "due_date": line.date_maturity,
                "amount": amount,
                "vat": tax,
                "to_allowance": kept,
            }
            for line, amount, tax, kept in zip(
                lines, *(part.tolist() for part in found), strict=True
            )
            if amount
        }

    @api.model
    def _lapse(self, loans, date):
        """Suspend loans as if their last cure had never been: its money came back.

        Interest that a relief made principal since that cure stays income. It is
        interest due no longer, and suspension is about that; the agreement was made on
        what both sides knew and stands, with its schedule and its result. What may not
        be collected of it is principal at risk, which is for the allowance.
        """
        self._retract_cure(loans, date)
        loans.write({"resumed_on": False, "resumed_dpd": 0})
        self._suspend(loans.filtered(lambda loan: not loan.suspended_since), date)

    def _note_cure(self, loans, date):
        """Note when and how late loans were cured, in one statement."""
        loans.write({"suspended_since": False, "resumed_on": date})
        loans.flush_recordset(["dpd"])
        query = SQL(
            "UPDATE carloan_loan SET resumed_dpd = dpd WHERE id IN %s", tuple(loans.ids)
        )
        self.env.cr.execute(query)
        loans.invalidate_recordset(["resumed_dpd"])

    @api.model
    def _resume(self, loans, date):
        """Bring what is left in the register back into the books: the loan is cured."""
        self._note_cure(loans, date)
        parts_by_loan = {loan: [] for loan in loans}
        for row in self.env["carloan.memo"]._get_balances(loans):
            parts_by_loan[row["loan"]].append(row)
        unearned = self._find_unearned(loans)
        last = self._find_last_memo(loans)
        before = self._find_last_resumed(loans)
        self._post_register(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "memo_event": "resume",
                    # a cure after one that lapsed has a key of its own
                    "key": f"resume:{loan.id}:{last.get(loan, 0)}"
                    f":{before.get(loan, 0)}",
                    "date": date,
                    "parts": parts,
                    "vat": "vat_pending",
                    "sign": -1,
                    "beside": self._get_unearned_amounts(loan, rows, date),
                }
                for loan, parts in parts_by_loan.items()
                for rows in [unearned.get(loan, self.env["carloan.instalment"])]
                if parts or rows
            ]
        )
        self._release_unearned(unearned, date)
        loans._renew_drafts()
        self._note_suspension(loans, self.env._("Interest is income again."))

    def _note_suspension(self, loans, body):
        loans._message_log_batch(bodies=dict.fromkeys(loans.ids, body))

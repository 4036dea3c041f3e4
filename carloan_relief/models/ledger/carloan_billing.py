from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import suspension

BILL_BATCH = 100


class CarloanLedger(models.AbstractModel):
    """Bills: the instalments of the coming months as drafts, posted when due."""

    _inherit = "carloan.ledger"

    @api.model
    def _draft_bills(self, instalments, date=None):
        """Put instalments into the ledger as drafts that post themselves when due.

        :param date: earliest day of the entries, where their own is over.
        :return: the draft moves. An instalment of nothing (a holiday) makes none.
        """
        planned = instalments.filtered(lambda line: line.state == "planned")
        # sudo: billing states are written by the ledger alone
        planned.filtered("loan_id.suspended_since").sudo()._set_suspended()
        prepared = [(line, self._prepare_bill_vals(line, date)) for line in planned]
        prepared = [(line, vals) for line, vals in prepared if vals]
        moves = self._create_moves([vals for _line, vals in prepared])
        lines = [line for line, _vals in prepared]
        self._link_drafts(instalments.browse([line.id for line in lines]), moves)
        return moves

    def _link_drafts(self, lines, moves):
        """Note the draft of each instalment by one statement, in the same order."""
        if not lines:
            return
        lines.flush_recordset(["move_id", "state"])
        self.env.cr.execute_values(
            """
            UPDATE carloan_instalment inst
               SET move_id = draft.move_id, state = 'drafted'
              FROM (VALUES %s) AS draft (id, move_id)
             WHERE inst.id = draft.id
            """,
            list(zip(lines.ids, moves.ids, strict=True)),
        )
        lines.invalidate_recordset(["move_id", "state"])
        lines.modified(["move_id", "state"])

    def _prepare_bill_vals(self, line, date=None):
        """Return the values of the draft bill of an instalment."""
        loan = line.loan_id
        names = ("principal", "interest", "fee", "unwind")
        amounts = loan._to_minor([line[name] for name in names])
        amounts = dict(zip(names, amounts, strict=True))
        # owed since before, or no income: not claimed by this bill
        amounts["interest"] -= sum(loan._to_minor([line.carried, line.suspended]))
        if loan.suspended_since:
            amounts = suspension.kept_out(amounts)
        taxes = self._add_vat(
            loan.product_id, line.due_date, amounts, ("interest", "fee")
        )
        amounts.update({f"{name}_vat": tax for name, tax in taxes.items()})
        return self._prepare_move_vals(
            {
                "loan": loan,
                "event": "bill",
                "key": line._get_bill_key(),
                # what is billed late stays due since its own day
                "date": max(line.due_date, date or line.due_date),
                "amounts": amounts,
                "vat_within": taxes,
                "instalment": line,
                "ref": line.display_name,
                "vals": {"auto_post": "at_date"},
            }
        )

    def _record_suspended_bills(self, instalments):
        """Put what instalments ask for and what is no income into the register."""
        self.env["carloan.memo"]._record(
            [
                {
                    "loan_id": line.loan_id.id,
                    "kind": "suspended",
                    "component": "interest",
                    "instalment_id": line.id,
                    "due_date": line.due_date,
                    "amount": line.suspended,
                    "vat": self._get_suspended_vat(line),
                    "date": line.move_id.date or line.due_date,
                    "event": "bill",
                    "move_id": line.move_id.id,
                    "event_key": line._get_bill_key(),
                }
                for line in instalments.filtered("suspended")
            ]
        )

    @api.model
    def _draft_horizon(self, loans):
        """Draft the next instalments of loans as far as their company looks ahead."""
        self._draft_bills(self._find_horizon(loans))

    def _find_horizon(self, loans, limit=None, after=0):
        """Return the instalments that should stand as drafts and do not yet.

        :param int after: only those with a greater id
        """
        if not loans:
            return self.env["carloan.instalment"]
        self.env.flush_all()
        query = SQL(
            """
            SELECT inst.id FROM (
                SELECT inst.id, inst.state, company.carloan_draft_horizon AS horizon,
                       row_number() OVER (
                           PARTITION BY inst.loan_id ORDER BY inst.due_date
                       ) AS position
                  FROM carloan_instalment inst
                  JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
                  JOIN res_company company ON company.id = loan.company_id
                 WHERE loan.id IN %(ids)s AND loan.state = 'active'
                   AND inst.state IN ('planned', 'drafted')
            ) inst
            WHERE inst.state = 'planned' AND inst.id > %(after)s
              AND (inst.horizon < 0 OR inst.position <= inst.horizon)
            ORDER BY inst.id
            LIMIT %(limit)s
            """,
            ids=tuple(loans.ids),
            limit=limit,
            after=after,
        )
        ids = [row[0] for row in self.env.execute_query(query)]
        return self.env["carloan.instalment"].sudo().browse(ids)

    # ------------------------------------------------------------------
    # NIGHTLY
    # ------------------------------------------------------------------

    @api.model
    def _find_due(self, as_of, limit=None, skip=()):
        """Return the instalments due on or before a day that are not billed yet."""
        domain = [
            ("due_date", "<=", as_of),
            ("state", "in", ("planned", "drafted")),
            ("schedule_id.state", "=", "active"),
            ("loan_id.state", "=", "active"),
            ("loan_id", "not in", list(skip)),
        ]
        Instalment = self.env["carloan.instalment"].sudo()
        return Instalment.search(domain, order="due_date, id", limit=limit)

    @api.model
    def _bill_due(self, as_of=None, limit=None):
        """Post the bills of all instalments due; again does nothing more.

        :return: the moves posted
        """
        as_of = as_of or fields.Date.context_today(self)
        return self._bill(self._find_due(as_of, limit=limit))

    def _bill(self, instalments, date=None):
        """Post the bills of these instalments and draft the next ones."""
        self._draft_bills(instalments, date)
        moves = instalments.move_id.filtered(lambda move: move.state == "draft")
        moves._post(soft=False)
        # an instalment of nothing has no entry, yet its day has come
        empty = instalments.filtered(lambda line: line.state == "planned")
        empty.write({"state": "billed"})
        self._record_suspended_bills(empty)
        empty.loan_id._refresh_position()
        self._draft_horizon(instalments.loan_id)
        return moves

    @api.model
    def _cron_bill_due(self):
        """Bill what is due, in batches: whole loans done or untouched.

        A loan that cannot be billed gets a note with the reason and does not stop
        the others; the next night tries it again.
        """
        today = fields.Date.context_today(self)
        cron = self.env["ir.cron"]
        failed = set()
        cron._commit_progress(remaining=len(self._find_due(today)))
        while batch := self._find_due(today, limit=BILL_BATCH, skip=failed):
            failed |= self._bill_batch(batch)
            if not cron._commit_progress(len(batch)):
                return

    def _bill_batch(self, batch):
        """Bill a batch, or its loans one by one if it fails; return the failed ids."""
        _done, failed = self._take_step(
            batch,
            self._bill,
            lambda reason: self.env._(
                "The instalment could not be billed: %(reason)s", reason=reason
            ),
        )
        return set(failed.ids)

    @api.model
    def _cron_draft_horizon(self, batch=100):
        """Fill in the drafts of a book that came in by import, in batches.

        By id: an instalment of nothing makes no draft and is not looked at twice.
        """
        loans = self.env["carloan.loan"].sudo().search([("state", "=", "active")])
        last = 0
        while lines := self._find_horizon(loans, limit=batch, after=last):
            last = lines[-1:].id
            self._draft_batch(lines)
            if not self.env["ir.cron"]._commit_progress(len(lines)):
                return

    def _draft_batch(self, lines):
        """Draft a batch, or its loans one by one if that fails."""
        self._take_step(
            lines,
            self._draft_bills,
            lambda reason: self.env._(
                "The coming instalments could not be drafted: %(reason)s",
                reason=reason,
            ),
        )

    @api.model
    def _cron_refresh_positions(self, batch=2000):
        """Bring days past due and classes of the whole book up to the day."""
        today = fields.Date.context_today(self)
        Loan = self.env["carloan.loan"].sudo()
        domain = [
            ("state", "in", ("active", "written_off")),
            "|",
            ("position_date", "!=", today),
            ("position_date", "=", False),
        ]
        while loans := Loan.search(domain, limit=batch):
            loans._refresh_position(today)
            if not self.env["ir.cron"]._commit_progress(len(loans)):
                return

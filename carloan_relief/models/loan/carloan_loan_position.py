import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import classification, frozen, rest
from ...engine.measures import Position
from ...engine.position import RUNNING
from .position_sql import POSITION_QUERY

# read with a position, but no part of the engine's Position
POSITION_EXTRA = (
    "digits",
    "credit",
    "next_amount",
    "version",
    "restructured",
    "class_before",
    "restructured_again",
    "upgrade_met",
    "past",
    "ahead_interest",
    "ahead_suspended",
    "engine_terms",
)

NOTHING_RUNS = {
    "holiday_interest": "pay",
    "interest_from": "NaT",
    "claimed": 0,
}


class CarloanLoan(models.Model):
    """The position of a loan: read from the ledger."""

    _inherit = "carloan.loan"

    def _get_positions(self, as_of=None, strict=False):
        """Return (Position, loan ids) of these loans as of a day, for the engine.

        The only way by which relief, reports and wizards learn what a loan owes.
        Rows follow the order of the ids returned.

        :param bool strict: refuse a loan whose ledger is not where its schedule is,
            as whoever changes the schedule must; others get the plain rows of it
        """
        as_of = as_of or fields.Date.context_today(self)
        rows = self._read_position_rows(as_of)
        self._leave_out_accrued(rows, as_of)
        self._read_back_running(rows, as_of, strict)
        columns = (
            {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        )
        ids = columns.pop("id", [])
        for name in POSITION_EXTRA:
            columns.pop(name, None)
        columns["dpd"] = self._get_dpd(columns.pop("oldest_due_date", []), as_of)
        for name in ("next_due_date", "last_due_date", "interest_from"):
            columns[name] = np.array(columns.get(name, []), dtype="datetime64[D]")
        return Position.of(as_of=np.datetime64(as_of), **columns), ids

    def _read_back_running(self, rows, as_of, strict):
        """Put into position rows, in place, what an earlier relief left running.

        The ledger knows what is owed, not how the rest of it was agreed to be paid:
        that follows from the terms that the schedule was made of and from how many
        of its instalments are past.

        :raise UserError: naming a loan whose ledger differs from its schedule
        """
        for row in rows:
            row.update(dict.fromkeys(RUNNING, 0) | NOTHING_RUNS)
        rows = [row for row in rows if row["engine_terms"]]
        if not rows:
            return
        terms = frozen.thaw_terms([row["engine_terms"] for row in rows])
        left = rest.rest(terms, [row["past"] for row in rows])
        sound = []
        for i, row in enumerate(rows):
            if int(left.principal[i]) == row["principal"]:
                for name in (*RUNNING, *rest.GOES_ON):
                    row[name] = getattr(left, name)[i]
                sound.append(row)
            elif strict:
                self._raise_not_read_back(row, int(left.principal[i]))
        self._read_claims_ahead(sound, as_of)

    def _leave_out_accrued(self, rows, as_of):
        """Take from position rows, in place, what a month end holds for a day only."""

    def _read_claims_ahead(self, rows, as_of):
        """Tell, in place, what the coming instalments collect of earlier claims."""

    def _raise_not_read_back(self, row, expected):
        """Raise that a relief still runs on other figures than the ledger's."""
        loan = self.browse(row["id"])
        raise UserError(
            self.env._(
                "Loan %(loan)s: %(schedule)s leaves a principal of %(expected)s to "
                "come, the ledger has %(principal)s. Look for an entry made by hand "
                "with Check the Books and reverse it, or undo that schedule first.",
                loan=loan.name,
                schedule=loan.schedule_id.name,
                expected=loan._from_minor([expected])[0],
                principal=loan._from_minor([row["principal"]])[0],
            )
        )

    @staticmethod
    def _get_dpd(oldest, as_of):
        """Return the days past due of each oldest unpaid due date (None: none)."""
        oldest = np.array(oldest, dtype="datetime64[D]")
        return classification.days_past_due(oldest, np.datetime64(as_of))

    def _read_position_rows(self, as_of):
        """Read what N loans owe as of a day: one statement over the ledger.

        Amounts are sums of posted lines per role, so they equal the ledger by
        construction; only the oldest unpaid date needs residuals. Money comes in
        minor units.
        """
        if not self.ids:
            return []
        self.env.flush_all()
        query = SQL(
            POSITION_QUERY,
            ids=tuple(self.ids),
            as_of=as_of,
            residual=self._get_residual_sql(as_of),
        )
        return self.env.execute_query_dict(query)

    @api.model
    def _get_residual_sql(self, as_of):
        """Return the residual of a journal item as of a day.

        Today's residual stands on the line. For a day in the past, what was
        matched later is put back.
        """
        if as_of >= fields.Date.context_today(self):
            return SQL("line.amount_residual_currency")
        return SQL(
            """
            line.amount_currency
            - COALESCE((SELECT sum(part.debit_amount_currency)
                          FROM account_partial_reconcile part
                         WHERE part.debit_move_id = line.id
                           AND part.max_date <= %(day)s), 0)
            + COALESCE((SELECT sum(part.credit_amount_currency)
                          FROM account_partial_reconcile part
                         WHERE part.credit_move_id = line.id
                           AND part.max_date <= %(day)s), 0)
            """,
            day=as_of,
        )

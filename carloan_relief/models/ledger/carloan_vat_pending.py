from odoo import models
from odoo.tools import SQL

from ...engine import reallocation, vat
from ..loan.selections import DUE_ROLES

# what changes a claim by agreement: before its day the claim stood as it was
AGREED = (
    "waive",
    "capitalise",
    "forgive",
    "carry",
    "hold",
    "reinstate",
    "write_off",
    "repossession",
)

# Since when interest is unpaid, by the residuals of now; and whether those say it of
# the day asked about too: nothing is dated later, and nothing due before is unbilled.
UNPAID_QUERY = """
    SELECT pair.loan_id, pair.day, LEAST(claim.since, memo.since) AS since,
           EXISTS (
               SELECT FROM account_move_line line
                WHERE line.carloan_loan_id = pair.loan_id
                  AND line.parent_state = 'posted' AND line.date > pair.day
                  AND (line.carloan_component IS NOT NULL
                       OR line.carloan_role = 'principal_due')
           ) OR EXISTS (
               SELECT FROM carloan_instalment inst
                 JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
                WHERE loan.id = pair.loan_id AND inst.due_date < pair.day
                  AND inst.state IN ('planned', 'drafted')
           ) AS behind
      FROM unnest(%(loans)s::int[], %(days)s::date[]) AS pair (loan_id, day)
      LEFT JOIN LATERAL (
            SELECT min(CASE WHEN line.carloan_component = 'penalty'
                              OR move.carloan_event = 'penalty' THEN line.date
                            ELSE line.date_maturity END) AS since
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE line.carloan_loan_id = pair.loan_id
               AND line.parent_state = 'posted'
               AND line.carloan_component IN ('interest', 'penalty')
               AND line.carloan_held IS NOT TRUE
               AND line.amount_residual_currency > 0
               AND line.date_maturity < pair.day
           ) claim ON TRUE
      LEFT JOIN LATERAL (
            SELECT min(claimed.due_date) AS since FROM (
                SELECT due_date FROM carloan_memo
                 WHERE loan_id = pair.loan_id AND kind = 'suspended'
                   AND due_date < pair.day
                 GROUP BY component, instalment_id, due_date HAVING sum(amount) > 0
            ) claimed
           ) memo ON TRUE
"""


class CarloanLedger(models.AbstractModel):
    """Whether tax waits for the money: as of the day on which it falls due.

    A bill may be posted later, when the night did not run or a loan is dated back. It
    is taxed as if all before it had been billed, and paid, in its time.
    """

    _inherit = "carloan.ledger"

    def _find_vat_pending(self, pairs):
        """Return whether what falls due is taxed on receipt only, in sets.

        :param pairs: (loan, day) of what falls due
        :return: {(loan, day): bool}
        """
        pairs = list(dict.fromkeys(pairs))
        days = [self._get_vat(loan.product_id, day)[1] for loan, day in pairs]
        since = self._find_unpaid_since(
            [pair for pair, limit in zip(pairs, days, strict=True) if limit]
        )
        found = vat.is_pending(
            [day for _loan, day in pairs], [since.get(pair) for pair in pairs], days
        )
        return dict(zip(pairs, found.tolist(), strict=True))

    def _find_unpaid_since(self, pairs):
        """Return {(loan, day): since when interest was unpaid on that day}."""
        if not pairs:
            return {}
        self.env.flush_all()
        query = SQL(
            UNPAID_QUERY,
            loans=[loan.id for loan, _day in pairs],
            days=[day for _loan, day in pairs],
        )
        rows = self.env.execute_query(query)
        loans = {loan.id: loan for loan, _day in pairs}
        found = {(loans[loan_id], day): since for loan_id, day, since, _b in rows}
        behind = [(loans[loan_id], day) for loan_id, day, _since, late in rows if late]
        return {**found, **self._replay_unpaid_since(behind)}

    def _replay_unpaid_since(self, pairs):
        """Return the same for loans whose books are not those of the day, by replay."""
        if not pairs:
            return {}
        # sudo: what is owed is known whoever posts
        Loan = self.env["carloan.loan"].sudo()
        loans = Loan.browse({loan.id: None for loan, _day in pairs})
        lines = loans._find_receivable_lines()
        self._fetch_repayments(loans._get_paid_lines(lines).move_id)
        by_loan = lines.grouped("carloan_loan_id")
        registers = loans._get_registers()
        unbilled = loans._find_unbilled(max(day for _loan, day in pairs))
        return {
            (loan, day): loan.with_prefetch(loans.ids)
            .sudo()
            ._get_unpaid_since(
                day,
                by_loan.get(loan, lines.browse()),
                registers[loan],
                unbilled.get(loan, ()),
            )
            for loan, day in pairs
        }

    @staticmethod
    def _fetch_repayments(moves):
        """Read at once what tells of each repayment when it came and whether it stands.

        Loan by loan it would be read for that loan alone.
        """
        moves.mapped("reversal_move_ids.state")
        moves.mapped("origin_payment_id.date")
        moves.mapped("line_ids.amount_currency")


class CarloanLoan(models.Model):
    """What a loan owed on a day that is over."""

    _inherit = "carloan.loan"

    def _find_unbilled(self, day):
        """Return {loan: instalments that fell due before a day and are not billed}."""
        lines = self.env["carloan.instalment"].search(
            [
                ("loan_id", "in", self.ids),
                ("schedule_id.state", "=", "active"),
                ("state", "in", ("planned", "drafted")),
                ("due_date", "<", day),
            ]
        )
        return lines.grouped("loan_id")

    def _get_unpaid_since(self, day, lines, register, unbilled):
        """Return since when interest was unpaid on a day, NaT where none was.

        :param lines: all lines on the receivables of this loan
        :param register: of this loan, see `_get_registers`
        :param unbilled: instalments that fell due and are in no entry yet
        """
        self.ensure_one()
        paid = self._get_paid_lines(lines)
        later = lines.filtered(
            lambda line: line.date > day and line.move_id.carloan_event in AGREED
        )
        dues = self._get_dues(lines - paid - later, register)
        dues += [row for line in unbilled for row in self._get_unbilled_dues(line)]
        repayments = self._find_live_repayments(paid.move_id)
        return reallocation.unpaid_since(
            [date for date, _amount in repayments],
            [amount for _date, amount in repayments],
            [amount for _key, _day, amount in dues],
            [key[3] for key, _day, _amount in dues],
            [key[1] for key, _day, _amount in dues],
            day,
            owed_from=[owed_from for _key, owed_from, _amount in dues],
            **self._get_allocation_rule(),
        )

    def _get_unbilled_dues(self, line):
        """Return what an instalment will claim, as `_get_dues`.

        What it collects of older claims is among those; what joins the principal is
        no claim.
        """
        names = ("principal", "interest", "fee", "carried")
        amounts = dict(
            zip(names, self._to_minor([line[n] for n in names]), strict=True)
        )
        amounts["interest"] += min(amounts["principal"], 0) - amounts.pop("carried")
        return [
            ((DUE_ROLES[name], name, line, line.due_date), line.due_date, amount)
            for name, amount in amounts.items()
            if amount > 0
        ]

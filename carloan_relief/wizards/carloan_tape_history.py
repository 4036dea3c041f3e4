import numpy as np

from odoo import models
from odoo.tools import SQL

from ..engine import arrears
from ..engine.risk import history
from .carloan_tape_loader import BATCH

#: State of a loan that is over, by how its months say it ended.
STATES = {"repaid": "closed", "charged_off": "written_off", "stopped": "closed"}


class CarloanTapeLoader(models.AbstractModel):
    """The past of a tape: loans that were over on its date, and all months.

    A model learns from loans that ended: without them every borrower of an older date
    would look like one who is still here. Such loans come in with their borrower,
    vehicle and months, archived, and never touch the books.
    """

    _inherit = "carloan.tape.loader"

    def _create_past_loans(self, tape, product, index):
        """Create the loans of the tape that are not open, for their history."""
        rest = np.setdiff1d(np.arange(len(tape.loans)), index)
        rest = rest[np.isin(rest, tape.loan_index)]
        # a loan of the company with the same reference keeps the history it has
        known = self._find_known([tape.loans[at].ref for at in rest], product)
        rest = [at for at in rest.tolist() if tape.loans[at].ref not in known]
        code, end = self._get_endings(tape)
        loans = self.env["carloan.loan"]
        for start in range(0, len(rest), BATCH):
            part = rest[start : start + BATCH]
            rows = [tape.loans[at] for at in part]
            made = self._create_batch(tape, product, rows)
            self._end_loans(made, [(code[at], end[at]) for at in part])
            loans |= made
        return loans

    @staticmethod
    def _get_endings(tape):
        """Return (code, date) of how each loan of the tape ended by its months."""
        blank_loan, blank_day = tape.blanks[:2]
        return history.endings(
            tape.loan_index,
            tape.month_end,
            tape.balance,
            tape.principal_paid,
            blank_loan,
            blank_day,
            len(tape.loans),
            tape.options.as_of,
        )

    def _find_known(self, refs, product):
        """Return the references that loans of the company have already."""
        # sudo: a loan of another team has a reference too
        loans_sudo = self.env["carloan.loan"].sudo().with_context(active_test=False)
        known = loans_sudo.search_fetch(
            [
                ("import_ref", "in", refs),
                ("company_id", "=", product.company_id.id),
            ],
            ["import_ref"],
        )
        return set(known.mapped("import_ref"))

    def _end_loans(self, loans, ends):
        """Say of new loans that they are over, how and when: one statement."""
        names = [history.ENDINGS[code] for code, _day in ends]
        # owed after its last instalment: it did not end, but nobody will bill it
        names = ["stopped" if name == "open" else name for name in names]
        days = [None if np.isnat(day) else day.item() for _code, day in ends]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE carloan_loan loan
                   SET state = past.state, active = FALSE,
                       history_end = past.history_end,
                       history_end_date = past.day
                  FROM unnest(%(ids)s, %(states)s, %(ends)s, %(days)s::date[])
                       AS past (id, state, history_end, day)
                 WHERE loan.id = past.id
                """,
                ids=loans.ids,
                states=[STATES[name] for name in names],
                ends=names,
                days=days,
            )
        )
        loans.invalidate_recordset()

    def _load_behaviour(self, tape, contract, loans):
        """Load the months of these loans up to the as-of date; return their number."""
        ids = np.zeros(len(tape.loans), np.int64)
        place = {row.ref: at for at, row in enumerate(tape.loans)}
        at = [place[ref] for ref in loans.mapped("import_ref")]
        ids[at] = loans.ids
        code, end = self._get_endings(tape)
        rows = self._find_months(tape, ids, code, end)
        months = self._prepare_months(tape, contract, ids, rows, code, end)
        blanks = self._prepare_blanks(tape, contract, ids, code, end)
        self.env["carloan.behaviour"]._load_rows([*months, *blanks])
        return len(rows) + len(blanks)

    def _find_months(self, tape, ids, code, end):
        """Return the rows that tell something: up to the end, then what came in."""
        of_loan = tape.loan_index
        lasting = (code[of_loan] == history.OPEN) | (tape.month_end <= end[of_loan])
        return np.flatnonzero((ids[of_loan] > 0) & (lasting | (tape.recovered != 0)))

    def _prepare_months(self, tape, contract, ids, rows, code, end):
        """Return the behaviour of months with a balance, as ``_load_rows`` takes it."""
        of_loan, day = tape.loan_index[rows], tape.month_end[rows]
        days = arrears.days_past_due(contract, of_loan, tape.balance[rows], day)
        over = (code[of_loan] != history.OPEN) & (day > end[of_loan])
        lost = (code[of_loan] == history.CHARGED_OFF) & (day == end[of_loan])
        due = np.where(over, 0, contract.payment[of_loan])
        recovered = np.where(over | lost, tape.recovered[rows], 0)
        factor = 10**tape.options.digits
        money = [tape.balance[rows], due, tape.paid[rows], tape.principal_paid[rows]]
        columns = [
            ids[of_loan],
            np.full(len(rows), self._get_company_id(ids)),
            day,
            *(column / factor for column in money),
            days,
            np.zeros(len(rows), bool),
            lost,
            recovered / factor,
        ]
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def _prepare_blanks(self, tape, contract, ids, code, end):
        """Return the months without a balance: the charge-off, and what came in."""
        company_id, factor = self._get_company_id(ids), 10**tape.options.digits
        of_loan, day, paid, recovered = tape.blanks
        lost = (code[of_loan] == history.CHARGED_OFF) & (day == end[of_loan])
        after = (code[of_loan] == history.CHARGED_OFF) & (day > end[of_loan])
        told = (ids[of_loan] > 0) & (lost | (after & (recovered != 0)))
        rows = np.flatnonzero(told)
        due = np.where(lost, contract.payment[of_loan], 0)
        return [
            (
                int(ids[of_loan[at]]),
                company_id,
                day[at].item(),
                0.0,
                float(due[at]) / factor,
                float(paid[at]) / factor,
                0.0,
                0,
                False,
                bool(lost[at]),
                float(recovered[at]) / factor,
            )
            for at in rows.tolist()
        ]

    def _get_company_id(self, ids):
        return self.env["carloan.loan"].browse(int(ids.max())).company_id.id

from collections import defaultdict

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import ledger as engine_ledger
from ...engine import penalty
from .carloan_ledger import RECEIVABLE_ROLES

PENALTY_BATCH = 100

# what overdue principal bears is charged in this order
BORNE = ("interest", "penalty")

# overdue principal by instalment, with what its contract charges on it
PENALTY_QUERY = """
    SELECT line.carloan_loan_id AS loan_id,
           line.carloan_instalment_id AS instalment_id,
           line.date_maturity AS due_date,
           loan.penalty_date AS since,
           loan.day_count AS day_count,
           COALESCE(loan.penalty_rate, 0)::float AS rate,
           COALESCE(loan.penalty_uplift, 0)::float AS uplift,
           COALESCE(loan.overdue_bears_interest, FALSE) AS bearing,
           schedule.annual_rate::float AS contract,
           COALESCE((schedule.engine_terms ->> 'first_rate_rows')::int, 0) > 0
               AS lowered,
           COALESCE(loan.grace_days, 0) AS grace,
           COALESCE(loan.penalty_cap, 0)::float AS cap,
           sum(line.amount_residual_currency) AS overdue,
           COALESCE(max(inst.principal), sum(line.amount_currency)) AS lent,
           COALESCE(max(charged.amount), 0) + COALESCE(max(beside.amount), 0)
               AS charged
      FROM account_move_line line
      JOIN carloan_loan loan ON loan.id = line.carloan_loan_id
      JOIN carloan_schedule schedule ON schedule.id = loan.schedule_id
      LEFT JOIN carloan_instalment inst ON inst.id = line.carloan_instalment_id
      LEFT JOIN LATERAL (
            SELECT sum(penalty.amount_currency) AS amount
              FROM account_move_line penalty
             WHERE penalty.carloan_loan_id = line.carloan_loan_id
               AND penalty.carloan_component = 'penalty'
               AND penalty.date_maturity = line.date_maturity
               AND penalty.parent_state = 'posted'
               AND penalty.carloan_event = 'penalty'
           ) charged ON loan.penalty_cap > 0
      LEFT JOIN LATERAL (
            -- charged while suspended: in the register, not in the books
            SELECT sum(memo.amount) AS amount
              FROM carloan_memo memo
              LEFT JOIN carloan_memo undone ON undone.id = memo.reversed_id
             WHERE memo.loan_id = line.carloan_loan_id
               AND memo.due_date = line.date_maturity
               AND memo.component = 'penalty'
               AND COALESCE(undone.event, memo.event) = 'penalty'
           ) beside ON loan.penalty_cap > 0
     WHERE line.carloan_loan_id IN %(ids)s
       AND line.carloan_role = 'principal_due'
       AND line.carloan_component = 'principal'
       AND line.parent_state = 'posted'
       AND line.amount_residual_currency > 0
       AND line.date_maturity + CASE WHEN loan.overdue_bears_interest THEN 0
               ELSE COALESCE(loan.grace_days, 0) END < %(as_of)s
       AND (loan.penalty_rate > 0 OR loan.penalty_uplift > 0
            OR loan.overdue_bears_interest)
       AND loan.state = 'active'
     GROUP BY line.carloan_loan_id, line.carloan_instalment_id, line.date_maturity,
              loan.id, schedule.id
     ORDER BY line.carloan_loan_id, line.date_maturity
"""

# loans whose penalty was not charged for as long as their product waits
DUE_QUERY = """
    SELECT loan.id
      FROM carloan_loan loan
      JOIN carloan_product product ON product.id = loan.product_id
     WHERE loan.state = 'active'
       AND (loan.penalty_rate > 0 OR loan.penalty_uplift > 0
            OR loan.overdue_bears_interest)
       AND loan.overdue_principal > 0
       AND loan.penalty_stop IS NOT TRUE
       AND COALESCE(loan.penalty_date,
                    loan.oldest_due_date + COALESCE(loan.grace_days, 0))
           + GREATEST(product.penalty_interval, 1) <= %(as_of)s
       AND loan.id NOT IN %(skip)s
     ORDER BY loan.id
     LIMIT %(limit)s
"""


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    penalty_date = fields.Date(
        string="Penalties charged up to",
        readonly=True,
        copy=False,
        help="Penalty interest is in the books up to this day.",
    )

    def action_charge_penalties(self):
        """Charge the penalties of these loans up to today."""
        self.check_access("read")
        self._check_may_post()
        self._lock()
        # sudo: accountants post for any officer's loan
        self.env["carloan.ledger"].sudo()._charge_penalties(self.sudo())
        return True


class CarloanLedger(models.AbstractModel):
    """Penalty interest on overdue principal, charged in sets."""

    _inherit = "carloan.ledger"

    @api.model
    def _charge_penalties(self, loans, as_of=None):
        """Post the penalties of loans up to a day; the same day again adds nothing.

        :return: the entries, one per loan that owes a penalty
        """
        as_of = fields.Date.to_date(as_of) or fields.Date.context_today(self)
        rows = self._read_penalty_rows(loans, as_of)
        parts_by_loan = self._compute_penalties(rows, as_of)
        keys = self._get_penalty_keys(parts_by_loan, as_of)
        booked = {
            x: parts for x, parts in parts_by_loan.items() if not x.suspended_since
        }
        pending = self._find_vat_pending([(loan, as_of) for loan in booked])
        events = [
            {
                **self._prepare_penalty_event(loan, parts, as_of, pending[loan, as_of]),
                "key": keys[loan],
            }
            for loan, parts in booked.items()
        ]
        moves = self._post_events(events)
        self._record_suspended_penalties(parts_by_loan, as_of, keys)
        charged = loans.browse([loan.id for loan in parts_by_loan])
        # sudo: what the ledger says is written by the system
        charged.sudo().write({"penalty_date": as_of})
        return moves

    def _read_penalty_rows(self, loans, as_of):
        """Read the overdue principal of N loans by one statement."""
        if not loans:
            return []
        self.env.flush_all()
        query = SQL(PENALTY_QUERY, ids=tuple(loans.ids), as_of=as_of)
        rows = self.env.execute_query_dict(query)
        # for some of the instalments, by a relief
        lowered = {row["loan_id"] for row in rows if row["lowered"]}
        # sudo: the rate is part of the contract, whoever charges
        schedules_sudo = loans.browse(lowered).sudo().schedule_id
        rates = schedules_sudo._get_rates_on(as_of)
        rates = {schedule.loan_id.id: rate for schedule, rate in rates.items()}
        for row in rows:
            row["contract"] = rates.get(row["loan_id"], row["contract"])
        return rows

    def _compute_penalties(self, rows, as_of):
        """Return {loan: [(component, instalment, due date, minor units)]}.

        By the engine; the component is interest where the contract says so.
        """
        if not rows:
            return {}
        # sudo: the night charges every team's loans
        loans = self.env["carloan.loan"].sudo().browse([r["loan_id"] for r in rows])
        columns = {
            name: [row[name] for row in rows] for name in ("grace", "cap", "day_count")
        }
        rates = ("rate", "contract", "uplift", "bearing")
        columns["interest"], columns["rate"] = penalty.rates_on_top(
            *([row[name] for row in rows] for name in rates)
        )
        for name in ("overdue", "lent", "charged"):
            # each in the currency of its loan
            columns[name] = [
                loan._to_minor([float(row[name])])[0]
                for loan, row in zip(loans, rows, strict=True)
            ]
        dates = {
            name: np.array([row[name] for row in rows], dtype="datetime64[D]")
            for name in ("due_date", "since")
        }
        late = penalty.late(as_of=np.datetime64(as_of), **dates, **columns)
        Instalment = self.env["carloan.instalment"].sudo()
        result = {}
        for loan, row, *amounts in zip(loans, rows, *late, strict=True):
            instalment = Instalment.browse(row["instalment_id"])
            for component, amount in zip(BORNE, amounts, strict=True):
                if amount:
                    part = (component, instalment, row["due_date"], int(amount))
                    result.setdefault(loan, []).append(part)
        return result

    def _prepare_penalty_event(self, loan, parts, as_of, pending):
        """Return the event of one loan's penalties: a receivable per instalment.

        :param bool pending: their tax waits for the money
        """
        lines = []
        taxes = self._get_penalty_vat(loan, parts, as_of)
        amounts = self._sum_penalty(parts, taxes, pending)
        for line in engine_ledger.entry("penalty", **amounts):
            amount = line.debit - line.credit
            vals = self._prepare_line_vals(loan, line.role, line.component, amount)
            if line.role in RECEIVABLE_ROLES:
                vals["carloan_vat_pending"] = pending and bool(taxes)
                lines += self._split_penalty(loan, vals, parts, taxes)
            else:
                lines.append({**vals, "date_maturity": as_of})
        return {
            "loan": loan,
            "event": "penalty",
            "key": f"penalty:{loan.id}:{as_of}",
            "date": as_of,
            "lines": lines,
            "ref": self._get_penalty_ref(loan, parts, as_of),
        }

    @staticmethod
    def _sum_penalty(parts, taxes, pending):
        """Return the amounts of a charge by the names that the engine knows."""
        amounts = defaultdict(int)
        for (component, _instalment, _due, amount), tax in zip(
            parts, taxes, strict=True
        ):
            amounts[component] += amount
            amounts[f"{component}_vat{'_pending' if pending else ''}"] += tax
        return amounts

    def _get_penalty_ref(self, loan, parts, as_of):
        """Return in words what is charged: penalty, interest, or both."""
        values = {"loan": loan.name, "date": as_of}
        components = {part[0] for part in parts}
        if components == {"penalty"}:
            return self.env._("%(loan)s - Penalty interest up to %(date)s", **values)
        if components == {"interest"}:
            return self.env._(
                "%(loan)s - Interest on overdue principal up to %(date)s", **values
            )
        return self.env._(
            "%(loan)s - Interest and penalty on overdue principal up to %(date)s",
            **values,
        )

    def _record_suspended_penalties(self, parts_by_loan, as_of, keys):
        """Put the penalties of suspended loans into the register: owed, no income."""
        suspended = {
            loan: parts for loan, parts in parts_by_loan.items() if loan.suspended_since
        }
        vals_list = [
            {
                "loan_id": loan.id,
                "kind": "suspended",
                "component": component,
                "instalment_id": instalment.id,
                "due_date": due_date,
                "amount": loan._from_minor([amount])[0],
                "vat": loan._from_minor([tax])[0],
                "date": as_of,
                "event": "penalty",
                "event_key": f"{keys[loan]}:{number}",
            }
            for loan, parts in suspended.items()
            for number, ((component, instalment, due_date, amount), tax) in enumerate(
                zip(parts, self._get_penalty_vat(loan, parts, as_of), strict=True),
                start=1,
            )
        ]
        if vals_list:
            self.env["carloan.memo"]._record(vals_list)
            loans = self.env["carloan.loan"].union(*suspended)
            loans.sudo()._refresh_position()

    def _get_penalty_vat(self, loan, parts, as_of):
        """Return the VAT within each part of a charge, by the engine."""
        taxes = [
            self._add_vat(loan.product_id, as_of, {"borne": amount}, ("borne",))
            for _component, _instalment, _due, amount in parts
        ]
        return [tax.get("borne", 0) for tax in taxes]

    def _split_penalty(self, loan, vals, parts, taxes):
        """Return a receivable line for each instalment that bears a penalty."""
        return [
            {
                **vals,
                "balance": loan._from_minor([amount])[0],
                # with its instalment, so that both are settled in one turn
                "date_maturity": due_date,
                "carloan_instalment_id": instalment.id,
                "carloan_vat": loan._from_minor([tax])[0],
            }
            for (component, instalment, due_date, amount), tax in zip(
                parts, taxes, strict=True
            )
            if component == vals["carloan_component"]
        ]

    # ------------------------------------------------------------------
    # NIGHTLY
    # ------------------------------------------------------------------

    def _find_penalty_due(self, as_of, limit=None, skip=()):
        """Return the loans whose product charges penalties about now."""
        self.env.flush_all()
        query = SQL(DUE_QUERY, as_of=as_of, limit=limit, skip=tuple(skip) or (0,))
        ids = [row[0] for row in self.env.execute_query(query)]
        return self.env["carloan.loan"].sudo().browse(ids)

    @api.model
    def _cron_charge_penalties(self):
        """Charge penalties in batches; a loan that cannot be charged gets a note."""
        today = fields.Date.context_today(self)
        cron = self.env["ir.cron"]
        failed = set()
        cron._commit_progress(remaining=len(self._find_penalty_due(today)))
        while loans := self._find_penalty_due(today, PENALTY_BATCH, failed):
            done = self._charge_batch(loans, today)
            # what bears no penalty (capped, within grace) is not looked at twice
            failed |= set((loans - done).ids)
            if not cron._commit_progress(len(loans)):
                return

    def _charge_batch(self, loans, as_of):
        """Charge a batch, or its loans one by one if that fails; return the charged."""
        done, _failed = self._take_step(
            loans,
            lambda own: self._charge_penalties(own, as_of).carloan_loan_id,
            lambda reason: self.env._(
                "Penalty interest could not be charged: %(reason)s", reason=reason
            ),
        )
        return loans.browse().union(*done)

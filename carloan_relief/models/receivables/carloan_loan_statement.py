from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...engine import statement
from ..ledger.carloan_ledger import RECEIVABLE_ROLES

# each entry of a loan, by what it changed for the borrower; an accrual is not due.
# What is recovered of a claim written off is due at once, as it comes in.
MOVEMENTS = """
    WITH item AS (
        SELECT line.*, line.carloan_role = 'principal' AND (
                   move.carloan_event IN ('repay', 'recovery')
                   OR move.carloan_event = 'repossession' AND EXISTS (
                       SELECT FROM account_move recovery
                        WHERE recovery.company_id = move.company_id
                          AND recovery.carloan_event_key = 'recovery:vehicle:'
                              || split_part(COALESCE(undone.carloan_event_key,
                                            move.carloan_event_key), ':', 2)
                              || ':reinstate')) AS recovers
          FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
          LEFT JOIN account_move undone ON undone.id = move.reversed_entry_id
         WHERE line.carloan_loan_id = %(loan)s
           AND line.parent_state = 'posted'
           AND line.date <= %(date_to)s
           AND line.carloan_role IN %(roles)s
           AND (line.carloan_component IS NOT NULL
                OR line.carloan_role IN ('principal', 'principal_due'))
    )
    SELECT move.id, move.name, move.date, move.carloan_event AS event,
           move.reversed_entry_id IS NOT NULL AS reversed,
           -- of a recovery: the payment, or the case of the vehicle, that it is for
           substring(COALESCE(undone.carloan_event_key, move.carloan_event_key)
                     FROM '^recovery:(.*):reinstate$') AS recovers,
           COALESCE(undone.origin_payment_id, move.origin_payment_id)::text AS pays,
           substring(COALESCE(undone.carloan_event_key, move.carloan_event_key)
                     FROM '^repossession:([0-9]+):take$') AS takes,
           move.origin_payment_id IS NOT NULL AS payment, inst.sequence,
           split_part(schedule.event_key, ':', 1) AS made_by,
           EXISTS (SELECT FROM carloan_settlement
                    WHERE payment_id = move.origin_payment_id) AS settles,
           partner.name AS payer, payee.name AS payee,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_role = 'principal' AND NOT line.recovers) AS undue,
           sum(line.amount_currency) FILTER (
               WHERE line.recovers OR line.carloan_component = 'principal'
                 AND line.carloan_held IS NOT TRUE) AS principal,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_component = 'interest'
                 AND line.carloan_held IS NOT TRUE) AS interest,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_component = 'fee'
                 AND line.carloan_held IS NOT TRUE) AS fee,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_component = 'penalty'
                 AND line.carloan_held IS NOT TRUE) AS penalty,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_component IS NOT NULL AND line.carloan_held) AS held,
           sum(line.amount_currency) FILTER (
               WHERE line.carloan_role = 'principal_due'
                 AND line.carloan_component IS NULL) AS credit
      FROM item line
      JOIN account_move move ON move.id = line.move_id
      LEFT JOIN account_move undone ON undone.id = move.reversed_entry_id
      LEFT JOIN carloan_instalment inst ON inst.id = move.carloan_instalment_id
      LEFT JOIN carloan_schedule schedule ON schedule.id = inst.schedule_id
      LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
      LEFT JOIN res_partner partner ON partner.id = payment.carloan_payer_id
      LEFT JOIN res_partner payee ON payee.id = payment.partner_id
       AND move.carloan_event = 'refund' AND payee.id != %(borrower)s
     GROUP BY move.id, undone.id, inst.sequence, schedule.event_key, partner.name,
              payee.name
    HAVING bool_or(line.amount_currency != 0)
     ORDER BY move.date, move.id
"""


class CarloanLoan(models.Model):
    """Statement of account: what happened on a loan, equal to the ledger."""

    _inherit = "carloan.loan"

    def _get_statement(self, date_from, date_to):
        """Return the statement of account of one loan for a period.

        :return: the engine's statement, amounts in minor units, its rows with `date`,
            `label` and `document`; and `memo` (owed outside the books) and `reliefs`
            (schedules that a relief of the period made)
        :raise UserError: for a period that ends before it begins
        """
        self.ensure_one()
        date_from, date_to = map(fields.Date.to_date, (date_from, date_to))
        if date_from > date_to:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: the statement begins on %(start)s, after its end "
                    "on %(end)s. Exchange the two days.",
                    loan=self.name,
                    start=format_date(self.env, date_from),
                    end=format_date(self.env, date_to),
                )
            )
        movements = self._read_movements(date_to)
        before = sum(movement["date"] < date_from for movement in movements)
        return {
            **statement.statement(movements, before),
            "date_from": date_from,
            "date_to": date_to,
            "memo": self._get_statement_memo(date_to),
            "reliefs": self._get_statement_reliefs(date_from, date_to),
        }

    def _read_movements(self, date_to):
        """Return the movements of this loan up to a day, by one statement."""
        self.env.flush_all()
        query = SQL(
            MOVEMENTS,
            loan=self.id,
            borrower=self.partner_id.id,
            date_to=date_to,
            roles=("principal", *RECEIVABLE_ROLES),
        )
        labels = dict(
            self.env["account.move"]
            ._fields["carloan_event"]
            ._description_selection(self.env)
        )
        rows = self._join_recoveries(self.env.execute_query_dict(query))
        return [self._prepare_movement(row, labels) for row in rows]

    @staticmethod
    def _join_recoveries(rows):
        """Return movements with each recovery as part of what brought it in.

        The claim is put back for what came in, by an entry of its own: to the reader
        that is one event.
        """
        recoveries = {
            (row["recovers"], row["reversed"], row["date"]): row
            for row in rows
            if row["recovers"]
        }
        joined = set()
        for row in rows:
            kind = row["takes"] and f"vehicle:{row['takes']}"
            key = (row["pays"] or kind, row["reversed"], row["date"])
            recovery = recoveries.get(key)
            if recovery and not row["recovers"]:
                joined.add(recovery["id"])
                row["recovered"] = recovery["principal"] or 0
                for name in statement.PARTS:
                    row[name] = (row[name] or 0) + (recovery[name] or 0)
        return [row for row in rows if row["id"] not in joined]

    def _prepare_movement(self, row, labels):
        """Return one movement for the engine and for the reader."""
        parts = statement.PARTS
        amounts = self._to_minor([float(row[name] or 0) for name in parts])
        return {
            "date": row["date"],
            "document": row["name"],
            "label": self._get_movement_label(row, labels),
            "paid": row["event"] in ("repay", "refund"),
            "recovered": self._to_minor([float(row.get("recovered") or 0)])[0],
            **dict(zip(parts, amounts, strict=True)),
        }

    def _get_movement_label(self, row, labels):
        """Return what happened, in words."""
        label = labels.get(row["event"], self.env._("Other entry"))
        if row["event"] == "repay" and not row["payment"] and not row["reversed"]:
            # no money came: what was paid before settles something else
            label = self.env._("Paid before, now allocated")
        elif row["event"] == "repay":
            label = self._get_receipt_label(row, label)
        if row["event"] == "refund" and row["payee"]:
            label = self.env._("Credit paid back to %(payee)s", payee=row["payee"])
        if row["event"] == "bill" and row["sequence"]:
            label = self._get_bill_label(row)
        if row["event"] == "penalty" and not (row["interest"] and row["penalty"]):
            label = self.env._("Penalty interest")
            if row["interest"]:
                label = self.env._("Interest on overdue principal")
        if row.get("recovered"):
            label = self.env._("%(what)s, for what was written off", what=label)
        if row["reversed"]:
            label = self.env._("Undone: %(event)s", event=label)
        return label

    def _get_receipt_label(self, row, label):
        """Return what money that came in was for, and who paid on behalf."""
        if row["settles"]:
            label = self.env._("Repayment: early settlement")
        if row["payer"]:
            label = self.env._(
                "%(what)s, paid by %(payer)s", what=label, payer=row["payer"]
            )
        return label

    def _get_bill_label(self, row):
        """Return what fell due: an instalment, or all of the rest and why."""
        if row["made_by"] == "settlement":
            return self.env._("Early settlement: the rest falls due")
        if row["made_by"] == "repossession":
            return self.env._("Vehicle taken: the rest falls due")
        return self.env._("Instalment %(number)s due", number=row["sequence"])

    def _get_statement_memo(self, date_to):
        """Return [(register, minor units)] of what is owed outside the books."""
        kinds = dict(
            self.env["carloan.memo"]._fields["kind"]._description_selection(self.env)
        )
        # sudo: a borrower's own statement is printed by the portal, and staff who read
        # the loan read its registers
        groups = (
            self.env["carloan.memo"]
            .sudo()
            ._read_group(
                [("loan_id", "=", self.id), ("date", "<=", date_to)],
                ["kind"],
                ["amount:sum"],
            )
        )
        return [
            (kinds[kind], self._to_minor([amount])[0])
            for kind, amount in groups
            if not self.currency_id.is_zero(amount)
        ]

    def _get_statement_reliefs(self, date_from, date_to):
        """Return the schedules that reliefs of a period made, the oldest first."""
        # sudo: see above; the schedule is the borrower's own
        schedules = self.sudo().schedule_ids.filtered(
            lambda one: one.reason == "relief" and one.state != "undone"
        )
        return schedules.filtered(
            lambda one: date_from <= one._get_relief_date() <= date_to
        ).sorted("version")

    def _format_minor(self, amount):
        """Return minor units as money of this loan; a dash for nothing."""
        if not amount:
            return "–"
        return self.currency_id.format(self._from_minor([amount])[0])

    def _get_statement_filename(self):
        """Return the name of the file of a statement, without its ending."""
        return f"{self.env._('Statement')} {self.name}".replace("/", "-")

    def _get_statement_period(self):
        """Return the whole life of a loan up to today: what a statement covers unless
        told otherwise."""
        # sudo: the first day in the books is no secret of theirs
        first = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("carloan_loan_id", "=", self.id), ("parent_state", "=", "posted")],
                [],
                ["date:min"],
            )[0][0]
        )
        today = fields.Date.context_today(self)
        return min(first or self.start_date or today, today), today


class CarloanSchedule(models.Model):
    _inherit = "carloan.schedule"

    def _get_relief_date(self):
        """Return the day on which a relief came into force."""
        return fields.Date.to_date(self.create_date)

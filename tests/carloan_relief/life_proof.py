"""After each month of a random life: what the books and the reports must say.

The reports go by loan, role and component; what they are compared with goes by the
accounts alone, as an auditor would add them up.
"""

from datetime import date

from odoo.tools import SQL

from odoo.addons.carloan_relief.models.receivables.columns import KINDS, get_steps

from .common_loan import OTHER_EVENT

BILLED_ROLES = ("principal_due", "interest_due", "fee_due")
OWED_ROLES = ("principal", *BILLED_ROLES, "penalty_due")
OVERDUE = tuple(f"overdue_{c}" for c in ("principal", "interest", "fee", "penalty"))


class LifeProof:
    """The proofs of a life."""

    def find_differences(self):
        """Return the differences of the books and reports, and what failed."""
        found = self.ledger._check_books(self.env.company)
        found += [
            {"check": "failed", "loan_id": loan_id, "trace": trace}
            for loan_id, trace in self.failures
        ]
        self.failures = []
        return [*found, *self._find_report_differences()]

    def tell(self, found, loans=3):
        """Return the lives of the first loans that differences are about."""
        ids = {row.get("loan_id") for row in found if isinstance(row, dict)} - {None}
        return [self._tell(loan_id) for loan_id in sorted(ids)[:loans]]

    def _find_report_differences(self):
        """Return in words where a report and the accounts part."""
        found = [text for kind in KINDS for text in self._check_rollforward(kind)]
        found += [f"item of another event: {row}" for row in self._find_items()]
        found += self._check_positions()
        return [*found, *self._check_aged(), *self._check_months()]

    def _find_items(self):
        """Return the journal items that keep another event than their entry has."""
        self.env.flush_all()
        return self.env.execute_query(SQL(OTHER_EVENT))

    def _check_positions(self):
        """Nothing owed is below nothing: the next relief would be refused."""
        for row in self.loans._read_position_rows(self.today):
            below = {name: row[name] for name in OVERDUE if row[name] < 0}
            if below:
                yield f"loan {row['id']} owes {below}\n{self._tell(row['id'])}"

    def _get_accounts(self, roles):
        """Return the ids of the accounts of roles."""
        mapping = self.product.account_ids.filtered(lambda one: one.role in roles)
        return tuple(mapping.account_id.ids)

    def _sum_accounts(self, roles, condition, **values):
        """Return what the accounts of roles hold, by the journal items alone."""
        query = SQL(
            "SELECT COALESCE(sum(balance), 0) FROM account_move_line"
            " WHERE account_id IN %s AND parent_state = 'posted' AND %s",
            self._get_accounts(roles),
            SQL(condition, **values),
        )
        return self.env.execute_query(query)[0][0]

    def _check_rollforward(self, kind):
        """The movements of the year explain the balance, loan by loan and in all."""
        first = date(self.today.year, 1, 1)
        report = self.env["carloan.rollforward"].create(
            {"kind": kind, "date_from": first, "date_to": self.today}
        )
        report._fill()
        names = ("opening", "closing", *get_steps(kind))
        lines = self.env["carloan.rollforward.line"].search(
            [("report_id", "=", report.id)]
        )
        rows = lines.read([*names, "loan_id"], load=None)
        report.unlink()
        for row in rows:
            steps = sum(row[name] for name in names if name != "closing")
            if round(steps - row["closing"], 2) or round(row["other"], 2):
                shown = {name: value for name, value in row.items() if value}
                yield f"{kind}: {shown}\n{self._get_events(kind, row['loan_id'])}"
                yield self._tell(row["loan_id"])
        roles, sign = KINDS[kind]
        for name, condition in (("opening", "date < %(day)s"), ("closing", "TRUE")):
            total = round(sum(row[name] for row in rows), 2)
            held = sign * self._sum_accounts(roles, condition, day=first)
            if round(total - float(held), 2):
                yield f"{kind} {name}: report {total}, accounts {held}"

    def _get_events(self, kind, loan_id):
        """Return the entries of this year on the accounts of a roll-forward."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "in", self._get_accounts(KINDS[kind][0])),
                ("carloan_loan_id", "=", loan_id),
                ("date", ">=", date(self.today.year, 1, 1)),
                ("parent_state", "=", "posted"),
            ]
        )
        return [(line.move_id.carloan_event_key, line.balance) for line in lines]

    def _check_aged(self):
        """All that is owed stands in one bucket, and is the balance of its accounts."""
        report = self.env["carloan.aged.balance"].create({"as_of": self.today})
        report._fill()
        lines = self.env["carloan.aged.balance.line"].search(
            [("report_id", "=", report.id)]
        )
        total = round(sum(lines.mapped("total")), 2)
        report.unlink()
        held = float(self._sum_accounts(OWED_ROLES, "TRUE"))
        if round(total - held, 2):
            yield f"aged balances: report {total}, accounts {held}"

    def _check_months(self):
        """What is still due of each month is what the accounts hold of it."""
        groups = self.env["carloan.instalment.month"]._read_group(
            [("company_id", "=", self.env.company.id)],
            ["due_date:month"],
            ["residual:sum", "billed:sum", "paid:sum", "relieved:sum"],
        )
        shown = {}
        for month, residual, billed, paid, relieved in groups:
            shown[month] = round(residual, 2)
            if round(billed - paid - relieved - residual, 2):
                yield f"instalments of {month:%Y-%m} do not add up"
        held = self._get_due_by_month()
        for month in sorted({*shown, *held}):
            if round(shown.get(month, 0.0) - held.get(month, 0.0), 2):
                yield (
                    f"instalments of {month:%Y-%m}: report {shown.get(month)}, "
                    f"accounts {held.get(month)}"
                )

    def _get_due_by_month(self):
        """Return {first of month: owed of what was billed}, penalties left out.

        Claims carried into an instalment to come are part of what that will ask for.
        """
        query = SQL(
            """
            SELECT date_trunc('month', day)::date, sum(item.amount) FROM (
                SELECT date_maturity AS day, balance AS amount,
                       carloan_instalment_id AS instalment_id
                  FROM account_move_line
                 WHERE account_id IN %s AND parent_state = 'posted'
                   AND carloan_component IS NOT NULL AND carloan_held IS NOT TRUE
                 UNION ALL
                SELECT due_date, amount, instalment_id FROM carloan_memo
                 WHERE kind = 'suspended' AND component != 'penalty'
                   AND company_id = %s
            ) item
              LEFT JOIN carloan_instalment inst ON inst.id = item.instalment_id
             WHERE inst.id IS NULL OR inst.state NOT IN ('planned', 'drafted')
             GROUP BY 1
            """,
            self._get_accounts(BILLED_ROLES),
            self.env.company.id,
        )
        return {month: float(amount) for month, amount in self.env.execute_query(query)}

    def _tell(self, loan_id):
        """Return what happened to a loan lately."""
        return "\n".join(self.history.get(loan_id, [str(loan_id)])[-12:])

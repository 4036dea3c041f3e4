"""A year of the ledger that the reports over it are asked about."""

from collections import defaultdict

from odoo import fields
from odoo.tests import freeze_time

from odoo.addons.carloan_relief.engine import measures, valuation
from odoo.addons.carloan_relief.models.receivables.columns import (
    COLUMNS,
    KINDS,
    OTHER,
)

from .common_loan import LoanCase

TODAY = "2026-06-20"
LINE_FIELDS = ("opening", "closing")


class ReceivablesCase(LoanCase):
    """A year of four loans, and the journal items behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_staff("rec", "accountant", "auditor", "manager", "officer")
        cls.used = cls._create_product(cls.company, name="Used car", code="USED")
        cls._live()

    @classmethod
    def _live(cls):
        """A year of four loans: paid, late, relieved, undone, bounced, allowed for."""
        with freeze_time("2025-06-20"):
            start = {"start_date": "2025-06-15", "first_due_date": "2025-07-15"}
            cls.good, cls.late, cls.relieved, cls.undone = (
                cls._create_active(product_id=product.id, principal=amount, **start)
                for product, amount in (
                    (cls.product, 120000),
                    (cls.used, 36000),
                    (cls.product, 60000),
                    (cls.used, 50000),
                )
            )
        loans = cls.good | cls.late | cls.relieved | cls.undone
        cls._month("2025-07-20", loans)
        cls._month("2025-08-20", loans)
        cls._month("2025-10-20", cls.good | cls.undone)
        with freeze_time("2025-11-05"):
            cls._relieve(cls.relieved)
        cls._month("2026-01-20", cls.good | cls.relieved)
        with freeze_time("2026-02-03"):
            schedule = cls._relieve(cls.undone)
            cls.undone._undo_relief(schedule, "2026-02-03", "Mistake")
            cls._provide(cls.late, 9000)
            cls._provide(cls.late, -2500)
        with freeze_time("2026-03-02"):
            cls._bill("2026-03-02")
            payment = cls._pay(cls.late, 1500, "2026-03-02")
            # more than is due: a credit of the borrower
            cls._pay(cls.good, cls.good.overdue_amount + 400, "2026-03-02")
        with freeze_time("2026-03-04"):
            cls.late._undo_repayment(payment.move_id, "2026-03-04", "Bounced")
        cls._month("2026-06-20", cls.relieved)

    @classmethod
    def _month(cls, date, payers):
        """Bill up to a day; the payers then pay all they owe."""
        with freeze_time(date):
            cls._bill(date)
            for loan in payers.filtered("overdue_amount"):
                cls._pay(loan, loan.overdue_amount, date)

    @classmethod
    def _relieve(cls, loan):
        """Waive half of the interest, capitalise the rest, cut principal and rate."""
        plan = [
            {"kind": "waive", "component": "interest", "percent": 50},
            {"kind": "capitalise", "components": ["interest", "principal"]},
            {"kind": "forgive_principal", "amount": "1000"},
            {"kind": "rate", "annual_rate": 0.036},
        ]
        loan._refresh_position()
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        loan._apply_relief(loan, revised, modification, fields.Date.today())
        return loan.schedule_id

    @classmethod
    def _provide(cls, loan, amount):
        cls.ledger._post_events(
            [
                {
                    "loan": loan,
                    "event": "provision",
                    "key": f"provision:{loan.id}:{amount}",
                    "date": fields.Date.today(),
                    "amounts": {"charge": loan._to_minor([amount])[0]},
                }
            ]
        )

    # ------------------------------------------------------------------ helpers

    def _rollforward(self, kind, start, end, **values):
        report = self.env["carloan.rollforward"].create(
            {"kind": kind, "date_from": start, "date_to": end, **values}
        )
        return self._lines(report)

    def _aged(self, as_of, **values):
        report = self.env["carloan.aged.balance"].create({"as_of": as_of, **values})
        return self._lines(report)

    def _lines(self, report):
        action = report.action_show()
        return self.env[action["res_model"]].search(action["domain"])

    def _items(self, roles, before=None, start=None):
        """Posted journal items of roles, read one by one."""
        domain = [
            ("carloan_role", "in", roles),
            ("parent_state", "=", "posted"),
            ("company_id", "=", self.company.id),
        ]
        if before:
            domain.append(("date", "<=", before))
        if start:
            domain.append(("date", ">=", start))
        return self.env["account.move.line"].search(domain)

    def _balance(self, roles, day):
        return round(sum(self._items(roles, day).mapped("balance")), 2)

    def _expected_steps(self, kind, start, end):
        """{(loan, column): amount}, by Python from each journal item."""
        roles, sign = KINDS[kind]
        sums = defaultdict(float)
        for line in self._items(roles, end, start):
            move = line.move_id
            step = COLUMNS[kind].get(move.carloan_event, OTHER)
            way = (1 if line.balance > 0 else -1) * (
                -1 if move.reversed_entry_id else 1
            )
            if line.carloan_role == "principal" and step == "billed" and way > 0:
                step = "capitalised"
            if line.carloan_role == "allowance" and step == "charged" and way > 0:
                step = "released"
            sums[line.carloan_loan_id, step] += sign * line.balance
        return {key: round(value, 2) for key, value in sums.items()}

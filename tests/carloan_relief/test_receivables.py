"""The reports over the ledger: roll-forwards, aged balances, instalments by month.

Every figure is computed a second time in Python from the journal items.
"""

import datetime
from collections import defaultdict

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import date_utils

from odoo.addons.carloan_relief.engine import ledger as engine_ledger
from odoo.addons.carloan_relief.engine import measures, valuation
from odoo.addons.carloan_relief.engine.classification import BUCKET_LIMITS, BUCKETS
from odoo.addons.carloan_relief.models.receivables.carloan_aged_balance import (
    BUCKET_FIELDS,
    ROLES,
)
from odoo.addons.carloan_relief.models.receivables.columns import (
    COLUMNS,
    KINDS,
    OTHER,
    get_steps,
)

from .common_loan import LoanCase

TODAY = "2026-06-20"
LINE_FIELDS = ("opening", "closing")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceivables(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._user("rec_accountant", "account.group_account_invoice")
        cls.auditor = cls._user("rec_auditor", "carloan_relief.group_auditor")
        cls.manager = cls._user("rec_manager", "carloan_relief.group_manager")
        cls.officer = cls._user("rec_officer", "carloan_relief.group_officer")
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
            payment = cls._pay(cls.late, 1500, "2026-03-02")
            cls.late._undo_repayment(payment.move_id, "2026-03-04", "Bounced")
            # more than is due: a credit of the borrower
            cls._pay(cls.good, cls.good.overdue_amount + 400, "2026-03-02")
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

    # ------------------------------------------------------------------ columns

    def test_every_event_of_the_engine_has_its_column(self):
        for kind in KINDS:
            missing = set(engine_ledger.EVENTS) - set(COLUMNS[kind])
            self.assertFalse(missing, f"{kind}: say in columns.py where these belong")

    def test_no_event_that_moves_a_balance_is_called_other(self):
        for kind, (roles, _sign) in KINDS.items():
            for event, rules in engine_ledger._RULES.items():
                # both sides on one role: nothing moves
                moved = {r for pair in rules.values() if len({*pair}) > 1 for r in pair}
                if moved & {*roles}:
                    self.assertNotEqual(COLUMNS[kind][event], OTHER, (kind, event))

    def test_every_column_can_be_seen(self):
        Line = self.env["carloan.rollforward.line"]
        for kind in KINDS:
            for view in ("list", "pivot"):
                xmlid = f"carloan_relief.carloan_rollforward_line_{kind}_view_{view}"
                arch = Line.get_view(self.env.ref(xmlid).id, view)["arch"]
                for name in ("opening", *get_steps(kind), "closing"):
                    self.assertIn(f'name="{name}"', arch, f"{kind} {view}")

    def test_buckets_are_those_of_the_engine(self):
        labels = dict(self.env["carloan.loan"]._fields["bucket"].selection)
        Line = self.env["carloan.aged.balance.line"]
        self.assertEqual(len(BUCKET_FIELDS), len(BUCKETS))
        self.assertEqual(tuple(BUCKET_FIELDS.values()), (*BUCKET_LIMITS, None))
        for name, code in list(zip(BUCKET_FIELDS, BUCKETS, strict=True))[1:]:
            self.assertEqual(Line._fields[name].string, labels[code])

    # ------------------------------------------------------------- roll-forward

    def test_each_column_is_the_sum_of_its_journal_items(self):
        for kind in KINDS:
            lines = self._rollforward(kind, "2025-07-01", "2026-06-30")
            expected = self._expected_steps(kind, "2025-07-01", "2026-06-30")
            for loan in lines.loan_id:
                own = lines.filtered(lambda line, loan=loan: line.loan_id == loan)
                for step in get_steps(kind):
                    self.assertEqual(
                        round(sum(own.mapped(step)), 2),
                        expected.get((loan, step), 0.0),
                        f"{kind} {loan.name} {step}",
                    )

    def test_the_year_tells_each_thing_that_happened(self):
        lines = self._rollforward("principal", "2025-06-01", "2026-06-30")
        total = {
            name: round(sum(lines.mapped(name)), 2) for name in get_steps("principal")
        }
        self.assertEqual(total["disbursed"], 266000.0)
        self.assertEqual(total["forgiven"], -1000.0)  # the undone relief nets out
        self.assertEqual(total["billed"], 0.0)
        self.assertEqual(total["other"], 0.0)
        self.assertGreater(total["capitalised"], 0.0)
        march = self._rollforward("principal", "2026-03-01", "2026-03-31")
        credit = march.filtered(lambda line: line.part == "credit")
        self.assertEqual((credit.loan_id, credit.closing), (self.good, -400.0))
        allowance = self._rollforward("allowance", "2026-02-01", "2026-02-28")
        self.assertRecordValues(
            allowance,
            [{"loan_id": self.late.id, "charged": 9000.0, "released": -2500.0}],
        )
        adjustment = self._rollforward("adjustment", "2025-11-01", "2026-06-30")
        self.assertTrue(sum(adjustment.mapped("unwound")))

    def test_opening_and_closing_are_the_ledgers(self):
        for kind, (roles, sign) in KINDS.items():
            for start, end in (("2025-11-01", "2025-11-30"), ("2026-03-01", TODAY)):
                lines = self._rollforward(kind, start, end)
                before = fields.Date.to_date(start) - datetime.timedelta(days=1)
                for name, day in (("opening", before), ("closing", end)):
                    self.assertEqual(
                        round(sum(lines.mapped(name)), 2),
                        sign * self._balance(roles, day),
                        f"{kind} {name} {day}",
                    )
                for line in lines:
                    moved = sum(line[step] for step in get_steps(kind))
                    self.assertAlmostEqual(line.opening + moved, line.closing, 2)

    def test_twelve_months_add_up_to_the_year(self):
        for kind in KINDS:
            year = self._rollforward(kind, "2025-07-01", "2026-06-30")
            sums, opening = defaultdict(float), {}
            for number in range(12):
                start = date_utils.add(datetime.date(2025, 7, 1), months=number)
                end = date_utils.end_of(start, "month")
                month = self._rollforward(kind, start, end)
                for line in month:
                    key = (line.loan_id, line.part)
                    if number and key in opening:
                        self.assertAlmostEqual(line.opening, opening[key], 2)
                    opening[key] = line.closing
                    for step in get_steps(kind):
                        sums[(*key, step)] += line[step]
            for line in year:
                key = (line.loan_id, line.part)
                self.assertAlmostEqual(line.closing, opening[key], 2)
                for step in get_steps(kind):
                    self.assertAlmostEqual(line[step], sums.pop((*key, step)), 2)
            self.assertFalse([key for key, value in sums.items() if round(value, 2)])

    def test_an_unknown_event_falls_into_other(self):
        move = self.good.line_ids.filtered(
            lambda line: line.move_id.carloan_event == "disburse"
        ).move_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET carloan_event = 'novel' WHERE id = %s", [move.id]
        )
        lines = self._rollforward("principal", "2025-06-01", "2025-06-30")
        own = lines.filtered(lambda line: line.loan_id == self.good)
        self.assertEqual((own.other, own.disbursed, own.closing), (120000, 0, 120000))

    def test_one_product_alone(self):
        lines = self._rollforward(
            "principal", "2025-06-01", TODAY, product_ids=self.used.ids
        )
        self.assertEqual(lines.product_id, self.used)
        self.assertEqual(lines.loan_id, self.late | self.undone)

    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(ValidationError):
            self._rollforward("principal", "2026-02-01", "2026-01-31")

    def test_a_row_opens_the_journal_items_behind_it(self):
        lines = self._rollforward("principal", "2025-11-01", "2025-11-30")
        for line in lines:
            items = self.env["account.move.line"].search(
                line.action_view_items()["domain"]
            )
            moved = round(sum(items.mapped("balance")), 2)
            self.assertEqual(moved, round(line.closing - line.opening, 2))

    # -------------------------------------------------------------------- aged

    def test_totals_of_aged_balances_are_the_accounts(self):
        for day in ("2025-08-31", "2025-11-05", "2026-02-03", "2026-03-03", TODAY):
            lines = self._aged(day)
            self.assertEqual(
                round(sum(lines.mapped("total")), 2), self._balance(ROLES, day), day
            )
            for component in ("interest", "fee", "penalty"):
                own = lines.filtered(lambda x, c=component: x.component == c)
                self.assertEqual(
                    round(sum(own.mapped("total")), 2),
                    self._balance((f"{component}_due",), day),
                )
            for line in lines:
                parts = sum(line[name] for name in BUCKET_FIELDS)
                self.assertAlmostEqual(parts, line.total, 2)

    def test_buckets_of_today_are_the_residuals(self):
        """A second way: what Odoo's reconciliation says is open."""
        expected = defaultdict(float)
        for item in self._items(ROLES[1:], TODAY):
            if not item.carloan_component or not item.amount_residual:
                continue
            days = (fields.Date.to_date(TODAY) - item.date_maturity).days
            name = next(
                name
                for name, limit in BUCKET_FIELDS.items()
                if limit is None or days <= limit
            )
            key = (item.carloan_loan_id, item.carloan_component, name)
            expected[key] += item.amount_residual
        found = {}
        for line in self._aged(TODAY):
            for name in BUCKET_FIELDS:
                amount = line[name]
                if line.component == "principal" and name == "not_due":
                    amount -= self._sum(line.loan_id, "principal")
                if line.component != "credit" and round(amount, 2):
                    found[line.loan_id, line.component, name] = round(amount, 2)
        self.assertEqual(
            found, {key: round(value, 2) for key, value in expected.items()}
        )
        self.assertIn((self.late, "principal", "due_360"), found)

    def test_a_past_day_does_not_know_what_came_later(self):
        lines = self._aged("2025-11-04")
        own = lines.filtered(lambda line: line.loan_id == self.relieved)
        interest = own.filtered(lambda line: line.component == "interest")
        bills = self._items(("interest_due",), "2025-11-04").filtered(
            lambda line: line.carloan_loan_id == self.relieved
        )
        self.assertEqual(
            round(interest.total, 2), round(sum(bills.mapped("balance")), 2)
        )
        self.assertGreater(interest.due_30, 0.0)

    def test_a_row_opens_its_open_items(self):
        for day in ("2025-11-04", TODAY):
            for line in self._aged(day):
                items = self.env["account.move.line"].search(
                    line.action_view_items()["domain"]
                )
                self.assertEqual(
                    round(sum(items.mapped("balance")), 2), round(line.total, 2)
                )

    # ------------------------------------------------------------------ months

    def test_instalments_by_month_agree_with_schedule_and_ledger(self):
        Month = self.env["carloan.instalment.month"]
        loans = self.good | self.late | self.relieved | self.undone
        for loan in loans:
            rows = Month.search([("loan_id", "=", loan.id)])
            by_instalment = {row.instalment_id: row for row in rows}
            billed = loan.schedule_ids.instalment_ids.filtered(
                lambda line: line.state == "billed"
            )
            coming = loan.instalment_ids - billed
            self.assertEqual(set(by_instalment), set(billed | coming))
            for line in billed:
                row = by_instalment[line]
                self.assertAlmostEqual(row.residual, line.amount_residual, 2)
                self.assertAlmostEqual(row.billed, line.amount, 2)
                self.assertAlmostEqual(
                    row.paid + row.relieved + row.residual, row.billed
                )
                late = line.due_date < fields.Date.today()
                self.assertEqual(row.overdue, row.residual if late else 0.0)
            self.assertEqual(
                sum(r.expected for r in rows if r.billed == 0),
                sum(coming.mapped("amount")),
            )
        paid = -sum(
            self._items(ROLES[1:])
            .filtered(
                lambda x: x.carloan_component and x.move_id.carloan_event == "repay"
            )
            .mapped("balance")
        )
        rows = Month.search([("loan_id", "in", loans.ids)])
        self.assertAlmostEqual(sum(rows.mapped("paid")), paid, 2)
        relieved = rows.filtered(lambda row: row.loan_id == self.relieved)
        self.assertGreater(sum(relieved.mapped("relieved")), 0)
        groups = Month._read_group(
            [("loan_id", "in", loans.ids)], ["due_date:month"], ["expected:sum"]
        )
        self.assertGreater(len(groups), 30)

    def test_a_row_opens_its_bill(self):
        row = self.env["carloan.instalment.month"].search(
            [("loan_id", "=", self.late.id), ("overdue", ">", 0)], limit=1
        )
        self.assertEqual(row.action_open_move()["res_id"], row.move_id.id)

    # ------------------------------------------------------------------ access

    def test_accountant_auditor_and_manager_read(self):
        for user in (self.accountant, self.auditor, self.manager):
            for model, values in (
                ("carloan.rollforward", {"kind": "principal"}),
                ("carloan.aged.balance", {}),
            ):
                report = self.env[model].with_user(user).create(values)
                action = report.action_show()
                lines = self.env[action["res_model"]].with_user(user)
                lines = lines.search(action["domain"])
                self.assertTrue(lines, f"{user.login} {model}")
                with self.assertRaises(AccessError):
                    lines[0].write({"loan_id": self.good.id})
                with self.assertRaises(AccessError):
                    lines[0].unlink()
            months = self.env["carloan.instalment.month"].with_user(user)
            self.assertTrue(months.search([("loan_id", "=", self.good.id)]))

    def test_officers_see_no_report(self):
        for model in ("carloan.rollforward", "carloan.aged.balance"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.officer).create({})
        with self.assertRaises(AccessError):
            self.env["carloan.instalment.month"].with_user(self.officer).search([])

    def test_a_report_is_its_makers_own(self):
        report = self.env["carloan.aged.balance"].with_user(self.accountant).create({})
        action = report.action_show()
        lines = self.env[action["res_model"]].search(action["domain"])
        with self.assertRaises(AccessError):
            report.with_user(self.auditor).action_show()
        found = lines.with_user(self.auditor).search(action["domain"])
        self.assertFalse(found)

    def test_other_company_sees_nothing_and_may_not_ask(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "rec_stranger",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        env = self.env(user=stranger)
        report = env["carloan.aged.balance"].create({"as_of": TODAY})
        self.assertEqual(report.company_id, company)
        action = report.action_show()
        self.assertFalse(env[action["res_model"]].search(action["domain"]))
        self.assertFalse(env["carloan.instalment.month"].search([]))
        with self.assertRaises(AccessError):
            env["carloan.aged.balance"].create({"company_id": self.company.id})

    # ------------------------------------------------------------------- speed

    def test_more_loans_need_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._rollforward("principal", "2026-06-01", TODAY)
            self._aged(TODAY)
            return self.env.cr.sql_log_count - start

        count()
        few = count()
        for _number in range(5):
            self._create_active(start_date=TODAY, first_due_date="2026-07-20")
        self.assertEqual(count(), few)

"""The statement of account: every event, equal to the ledger, as a PDF."""

import re
from collections import defaultdict

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase
from .test_comparison import cells

DUE = ("principal", "interest", "fee", "penalty")
REPORT = "carloan_relief.statement_report"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStatement(ReliefCase):
    def _second_way(self, date_from, date_to):
        """The account from the journal items, one by one."""
        opening, closing = defaultdict(float), defaultdict(float)
        sums = defaultdict(float)
        for line in self.loan.line_ids.sorted(lambda x: (x.date, x.move_id.id)):
            role, component = line.carloan_role, line.carloan_component
            if line.parent_state != "posted" or line.date > date_to:
                continue
            if role == "principal":
                parts = ("undue", "outstanding")
            elif component == "principal":
                parts = ("principal", "due", "outstanding")
            elif component in DUE:
                parts = (component, "due")
            elif role == "principal_due":
                parts = ("credit", "due")
            else:
                continue
            for part in parts:
                closing[part] += line.balance
                if line.date < date_from:
                    opening[part] += line.balance
            if line.date >= date_from and "due" in parts:
                sums[line.move_id] += line.balance
        totals = defaultdict(float)
        for move, amount in sums.items():
            if move.carloan_event == "repay":
                totals["received"] -= amount
            elif amount > 0:
                totals["charged"] += amount
            else:
                totals["relieved"] -= amount
        return opening, closing, totals

    def _assert_equal(self, account, date_from, date_to):
        opening, closing, totals = self._second_way(
            *map(fields.Date.to_date, (date_from, date_to))
        )
        for name, expected in (("opening", opening), ("closing", closing)):
            for part, minor in account[name].items():
                amount = self.loan._from_minor([minor])[0]
                self.assertAlmostEqual(amount, expected[part], 2, f"{name} {part}")
        for part, minor in account["totals"].items():
            amount = self.loan._from_minor([minor])[0]
            self.assertAlmostEqual(amount, totals[part], 2, part)

    def test_the_statement_is_the_ledger(self):
        self._pay(self.loan, 500, TODAY)
        request = self._active()
        for start, end in (
            ("2026-01-01", TODAY),
            ("2026-03-01", "2026-04-30"),
            (TODAY, TODAY),
        ):
            account = self.loan._get_statement(start, end)
            self._assert_equal(account, start, end)
        self.assertEqual(account["reliefs"].request_id, request)
        self.assertEqual(
            account["closing"]["due"],
            self.loan._to_minor([self.loan.overdue_amount])[0],
        )
        self.assertEqual(
            account["closing"]["outstanding"],
            self.loan._to_minor([self.loan.principal_balance])[0],
        )

    def test_balances_run_and_each_payment_is_split(self):
        account = self.loan._get_statement("2026-01-01", TODAY)
        due = account["opening"]["due"]
        for row in account["rows"]:
            due += row["charged"] - row["received"] - row["relieved"]
            self.assertEqual(row["due"], due)
            if row["received"]:
                split = sum(row[name] for name in DUE) + row["credit"]
                self.assertEqual(-split, row["received"])
        labels = [row["label"] for row in account["rows"]]
        self.assertEqual(labels[0], "Disbursement")
        self.assertIn("Instalment 5 due", labels)
        self.assertIn("Repayment", labels)

    def test_what_was_undone_is_told(self):
        payment = self._pay(self.loan, 1000, "2026-06-18")
        self.loan._undo_repayment(payment.move_id, TODAY, "Bounced")
        account = self.loan._get_statement("2026-06-16", TODAY)
        self._assert_equal(account, "2026-06-16", TODAY)
        self.assertIn("Undone: Repayment", [row["label"] for row in account["rows"]])

    def test_an_accrual_is_not_due(self):
        self.ledger._accrue(self.company, "2026-05-31")
        account = self.loan._get_statement("2026-05-20", "2026-05-31")
        self.assertFalse(account["rows"])

    def test_memo_registers_stand_beside_it(self):
        self.env["carloan.memo"]._record(
            [
                {
                    "loan_id": self.loan.id,
                    "kind": "suspended",
                    "component": "interest",
                    "due_date": "2026-05-15",
                    "date": "2026-06-01",
                    "amount": 123.45,
                    "event": "suspend",
                    "event_key": "test",
                }
            ]
        )
        self.assertEqual(
            self.loan._get_statement("2026-01-01", TODAY)["memo"],
            [("Suspended", 12345)],
        )
        self.assertFalse(self.loan._get_statement("2026-01-01", "2026-05-31")["memo"])

    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(UserError):
            self.loan._get_statement("2026-06-01", "2026-05-01")
        wizard = self.env["carloan.statement"].create(
            {
                "loan_id": self.loan.id,
                "date_from": "2026-06-01",
                "date_to": "2026-05-01",
            }
        )
        with self.assertRaises(UserError):
            wizard.action_print()

    def _html(self, user=None, **data):
        report = self.env["ir.actions.report"].with_user(user or self.accountant)
        html = report._render_qweb_html(REPORT, self.loan.ids, data=data)[0]
        return html.decode()

    def test_page_of_a_relief_shows_both_schedules_in_the_borrowers_language(self):
        self._active()
        html = self._html()
        self.assertIn("Statement of account", html)
        self.assertIn("Change of the schedule", html)
        table = re.search(r"<table[^>]*o_carloan_comparison.*?</table>", html, re.S)
        self.assertEqual(cells(table.group()), cells(self.loan.comparison))
        self.env["res.lang"]._activate_lang("zh_CN")
        self.borrower.lang = "zh_CN"
        self.assertIn(self.loan.name, self._html())
        self.assertIn('lang="zh-CN"', self._html().replace("zh_CN", "zh-CN"))
        self.assertIn("Statement of account", self._html(lang="en_US"))

    def test_who_prints_it(self):
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [(6, 0, self.officer.ids)]}
        )
        self.loan.team_id = team
        for user in (self.officer, self.accountant, self.auditor, self.manager):
            wizard = (
                self.env["carloan.statement"]
                .with_user(user)
                .create({"loan_id": self.loan.id})
            )
            self.assertEqual(wizard.date_from.isoformat(), "2026-01-15")
            action = wizard.action_print()
            self.assertEqual(action["report_name"], "carloan_relief.report_statement")
            self.assertIn(self.loan.name, self._html(user))
        with self.assertRaises(AccessError):
            self._html(self.officer_2)
        with self.assertRaises(AccessError):
            self._html(self.employee)

    def test_what_the_browser_asks_for_has_the_loan_and_the_period(self):
        """The address names the loans only where the action has no data of its own."""
        wizard = self.env["carloan.statement"].create(
            {"loan_id": self.loan.id, "date_from": "2026-02-01", "lang": "en_US"}
        )
        action = wizard.action_print()
        self.assertFalse(action["data"])
        self.assertEqual(action["context"]["active_ids"], self.loan.ids)
        report = self.env["ir.actions.report"].with_context(**action["context"])
        html = report._render_qweb_html(REPORT, self.loan.ids, data={})[0].decode()
        self.assertIn(self.loan.name, html)
        self.assertIn("02/01/2026", html)

    def test_more_events_need_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.loan._get_statement("2026-01-01", TODAY)
            return self.env.cr.sql_log_count - start

        count()
        few = count()
        for _number in range(4):
            self._pay(self.loan, 10, TODAY)
        self.assertEqual(count(), few)

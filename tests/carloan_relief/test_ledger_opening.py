"""A book that comes from elsewhere: one entry, a line per loan and role."""

import numpy as np

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import schedule as engine_schedule

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerOpening(LoanCase):
    def _open(self, count=3, import_id="tape-1"):
        loans = self.env["carloan.loan"].concat(
            *(
                self._create_loan(import_ref=f"{import_id}-{number}")
                for number in range(count)
            )
        )
        built = engine_schedule.build(
            engine_schedule.Terms.of(
                principal=[9000000 + number for number in range(count)],
                annual_rate=0.072,
                instalments=24,
                start_date=np.datetime64("2026-06-15"),
                first_due_date=np.datetime64("2026-07-15"),
                due_day=15,
            )
        )
        values = [{"date_from": fields.Date.to_date("2026-06-15")} for _loan in loans]
        schedules = self.env["carloan.schedule"]._create_batch(
            loans, built, "opening", values=values
        )
        schedules._activate()
        rows = [
            {
                "loan": loan,
                "principal": 9000000 + number,
                "overdue_principal": 250000,
                "overdue_interest": 50001,
                "oldest_due_date": fields.Date.to_date("2026-04-15"),
            }
            for number, loan in enumerate(loans)
        ]
        account = self.env["account.account"].search(
            [
                ("account_type", "=", "equity"),
                ("company_ids", "in", self.company.ids),
            ],
            limit=1,
        )
        day = fields.Date.to_date("2026-06-20")
        post = self.ledger._post_opening
        return loans, post(self.product, day, rows, account, import_id), rows, account

    def test_one_entry_carries_every_loan(self):
        loans, move, _rows, account = self._open()
        self.assertEqual(move.state, "posted")
        self.assertEqual(set(loans.mapped("state")), {"active"})
        self.assertEqual(loans.mapped("undue_principal"), [90000.0, 90000.01, 90000.02])
        self.assertEqual(loans.mapped("overdue_amount"), [3000.01] * 3)
        self.assertEqual(loans.mapped("dpd"), [66] * 3)
        self.assertEqual(loans.mapped("dpd_original"), [66] * 3)
        contra = move.line_ids.filtered(lambda line: line.account_id == account)
        self.assertEqual(len(contra), 1)
        self.assertEqual(len(move.line_ids), 3 * 3 + 1)
        self.assertBooks()

    def test_the_same_import_posts_once(self):
        _loans, move, rows, account = self._open()
        day = fields.Date.to_date("2026-06-20")
        again = self.ledger._post_opening(self.product, day, rows, account, "tape-1")
        self.assertEqual(again, move)
        self.assertBooks()

    def test_a_loan_in_the_books_is_not_opened_again(self):
        loans, _move, rows, account = self._open()
        day = fields.Date.to_date("2026-06-20")
        with self.assertRefused(loans[0].import_ref and loans[0].name):
            self.ledger._post_opening(self.product, day, rows, account, "tape-2")

    def test_opened_loans_are_repaid_billed_and_drafted(self):
        loans, _move, _rows, _account = self._open(2)
        self._pay(loans[0], 3000.01, "2026-06-20")
        self.assertEqual(loans[0].overdue_amount, 0.0)
        self.assertEqual(loans[0].dpd, 0)
        self.ledger._draft_horizon(loans)
        drafted = loans.schedule_id.instalment_ids.filtered(
            lambda line: line.state == "drafted"
        )
        self.assertEqual(len(drafted), 6)
        with freeze_time("2026-07-20"):
            self._bill("2026-07-20")
        self.assertGreater(loans[0].overdue_amount, 0.0)
        self.assertBooks()

    def test_many_loans_cost_few_queries(self):
        before = self.cr.sql_log_count
        self._open(2, "small")
        small = self.cr.sql_log_count - before
        before = self.cr.sql_log_count
        self._open(22, "large")
        large = self.cr.sql_log_count - before
        # creating each loan by itself is the test's own doing; the rest is in sets
        self.assertLess((large - small) / 20, 12)

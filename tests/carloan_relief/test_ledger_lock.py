"""Closed periods: an event in one is refused or booked later, and it is always said."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerLock(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(principal=12000.0)
        cls._bill("2026-04-30")
        cls.company.fiscalyear_lock_date = "2026-05-31"
        cls.company.carloan_locked_policy = "next_open"
        cls.open_day = fields.Date.to_date("2026-06-01")

    def _notes(self, record):
        return " ".join(record.message_ids.mapped("body"))

    def assertSaid(self, move, date):
        """Entry and loan both say that the date of the event is not the entry's."""
        for record in (move, self.loan):
            self.assertIn(f"of {date} falls in a closed period", self._notes(record))

    def test_bill_keeps_its_due_date(self):
        bill = self._bill("2026-05-31")
        self.assertEqual(bill.date, self.open_day)
        self.assertEqual(
            set(bill.line_ids.mapped("date_maturity")),
            {fields.Date.to_date("2026-05-15")},
        )
        self.assertIn("/2026/06/", bill.name)
        self.assertSaid(bill, "2026-05-15")
        self.assertEqual(self.loan.dpd, 125)
        self.assertBooks()

    def test_refusing_company_refuses(self):
        self.company.carloan_locked_policy = "refuse"
        with self.assertRefused("2026-05-15"):
            self._bill("2026-05-31")

    def test_a_closed_return_of_the_tax_keeps_what_is_in_it(self):
        """Our tax is none of Odoo's, yet part of the return of its month."""
        self.company.fiscalyear_lock_date = False
        self.company.tax_lock_date = "2026-05-31"
        plain = self._bill("2026-05-31")
        self.assertEqual(str(plain.date), "2026-05-15")
        self.env["carloan.vat.rate"].create({"date_from": "2026-01-01", "rate": 0.06})
        self.company.carloan_draft_horizon = 0
        loan = self._create_active(principal=12000.0)
        taxed = self.ledger._bill(loan.instalment_ids[0])
        self.assertIn("output_vat", taxed.line_ids.mapped("carloan_role"))
        self.assertEqual(taxed.date, self.open_day)

    def test_odoos_own_job_says_so_too(self):
        draft = self.loan.instalment_ids[3].move_id
        self.assertEqual(draft.state, "draft")
        with self.enter_registry_test_mode():
            self.env.ref(
                "account.ir_cron_auto_post_draft_entry"
            ).method_direct_trigger()
        self.assertEqual(draft.state, "posted")
        self.assertEqual(draft.date, self.open_day)
        self.assertSaid(draft, "2026-05-15")
        self.assertEqual(self.loan.instalment_ids[3].state, "billed")
        self.assertBooks()

    def test_payment_keeps_the_day_the_money_came(self):
        payment = self._pay(self.loan, 371.62, "2026-05-20")
        self.assertEqual(payment.date, fields.Date.to_date("2026-05-20"))
        self.assertEqual(payment.move_id.date, self.open_day)
        self.assertSaid(payment.move_id, "2026-05-20")
        self.assertEqual(self.loan.instalment_ids[0].paid_state, "paid")
        self.assertBooks()

    def test_reversal_is_booked_on_the_first_open_day(self):
        self.company.fiscalyear_lock_date = False
        payment = self._pay(self.loan, 371.62, "2026-05-20")
        self.company.fiscalyear_lock_date = "2026-05-31"
        made = self.loan._undo_repayment(payment.move_id, "2026-05-25", "Bounced")
        self.assertEqual(made.date, self.open_day)
        self.assertSaid(payment.move_id, "2026-05-25")
        self.assertEqual(self.loan.dpd, 125)
        self.assertBooks()

    def test_who_posts_is_told(self):
        accountant = self._user("lock_acc", "account.group_account_invoice")
        wizard = self.env["carloan.repayment"].with_user(accountant)
        wizard = wizard.create(
            {"loan_id": self.loan.id, "amount": 371.62, "date": "2026-05-20"}
        )
        told = []
        with patch.object(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **_options: told.append((user, kind, message)),
        ):
            wizard.action_register()
        told = [(user, text) for user, kind, text in told if "notification" in kind]
        self.assertEqual(told[0][0], accountant)
        self.assertIn("2026-06-01", told[0][1]["message"])

    def test_nothing_is_booked_in_the_future(self):
        self.company.fiscalyear_lock_date = "2026-06-20"
        with self.assertRefused("2026-05-15"):
            self._bill("2026-05-31")

    def test_accrual_belongs_to_its_day_and_the_night_goes_on(self):
        with self.assertRefused("2026-05-31"):
            self.ledger._accrue(self.company, "2026-05-31")
        self.company.carloan_accrue = True
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.carloan_ledger_cron_accrue")
            cron.method_direct_trigger()
        self.assertIn("could not be accrued", self._notes(self.product))

    def test_a_later_lock_counts_as_well(self):
        # Odoo locks for good only what holds no drafts
        drafts = self.loan.instalment_ids.move_id
        drafts.filtered(lambda move: move.state == "draft").unlink()
        self.company.hard_lock_date = "2026-06-10"
        bill = self._bill("2026-05-31")
        self.assertEqual(bill.date, fields.Date.to_date("2026-06-11"))

    def test_open_periods_are_left_alone(self):
        bill = self._bill("2026-06-15").filtered(
            lambda move: move.carloan_instalment_id.sequence == 5
        )
        self.assertEqual(bill.date, fields.Date.to_date("2026-06-15"))
        self.assertNotIn("closed period", self._notes(bill))

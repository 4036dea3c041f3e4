"""The life of a loan in the ledger: paid out, billed, repaid."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerLife(LoanCase):
    def test_disbursement_posts_the_loan_and_its_schedule(self):
        loan = self._create_active()
        self.assertEqual(loan.state, "active")
        self.assertEqual(len(loan.instalment_ids), 36)
        first, last = loan.instalment_ids[0], loan.instalment_ids[-1]
        # A01 of the worked examples
        self.assertEqual(first.amount, 3716.23)
        self.assertEqual(last.amount, 3716.42)
        self.assertEqual(last.balance, 0.0)
        self.assertEqual(loan.schedule_id.total_interest, 13784.47)
        self.assertAlmostEqual(loan.eir_period, 0.006, places=6)
        self.assertEqual(self._sum(loan, "principal"), 120000.0)
        self.assertEqual(self._sum(loan, "bank"), -120000.0)
        self.assertEqual(loan.principal_balance, 120000.0)
        self.assertBooks()

    def test_disbursing_twice_is_refused_and_posts_once(self):
        loan = self._create_active()
        with self.assertRefused(loan.name):
            loan.action_disburse()
        moves = self.ledger._post_events([loan._prepare_disburse_event()])
        self.assertEqual(moves.carloan_event_key, f"disburse:{loan.id}")
        self.assertEqual(self._sum(loan, "principal"), 120000.0)

    def test_horizon_shows_the_coming_instalments_as_drafts(self):
        loan = self._create_active(start_date="2026-06-15", first_due_date="2026-07-15")
        drafted = loan.instalment_ids.filtered(lambda line: line.state == "drafted")
        self.assertEqual(drafted.mapped("sequence"), [1, 2, 3])
        self.assertEqual(set(drafted.move_id.mapped("auto_post")), {"at_date"})
        self.assertEqual(set(drafted.move_id.mapped("state")), {"draft"})
        self.assertBooks()

    def test_horizon_of_none_and_of_all(self):
        self.company.carloan_draft_horizon = 0
        loan = self._create_active()
        self.assertFalse(loan.instalment_ids.move_id)
        self.company.carloan_draft_horizon = -1
        self.ledger._draft_horizon(loan)
        self.assertEqual(len(loan.instalment_ids.move_id), 36)

    def test_billing_moves_principal_and_is_idempotent(self):
        loan = self._create_active()
        moves = self._bill("2026-06-20").filtered(lambda m: m.carloan_loan_id == loan)
        self.assertEqual(len(moves), 5)
        self.assertEqual(
            self._entry(loan.instalment_ids[0].move_id),
            {
                "principal_due": 2996.23,
                "principal": -2996.23,
                "interest_due": 720.0,
                "interest_income": -720.0,
            },
        )
        self.assertFalse(
            self._bill("2026-06-20").filtered(lambda m: m.carloan_loan_id == loan)
        )
        self.assertEqual(loan.overdue_amount, round(5 * 3716.23, 2))
        self.assertEqual(loan.oldest_due_date, fields.Date.to_date("2026-02-15"))
        self.assertEqual(loan.dpd, 125)
        self.assertEqual(loan.bucket, "91-180")
        self.assertEqual(loan.cn_class, "substandard")
        self.assertEqual(loan.next_due_date, fields.Date.to_date("2026-07-15"))
        drafted = loan.instalment_ids.filtered(lambda line: line.state == "drafted")
        self.assertEqual(drafted.mapped("sequence"), [6, 7, 8])
        self.assertBooks()

    def test_odoo_posting_the_drafts_itself_is_the_same_billing(self):
        loan = self._create_active(start_date="2026-04-10", first_due_date="2026-05-10")
        drafts = loan.instalment_ids[:2].move_id
        drafts._post()
        self.assertEqual(loan.instalment_ids[:2].mapped("state"), ["billed"] * 2)
        self.assertEqual(loan.overdue_amount, round(2 * 3716.23, 2))
        self.assertFalse(
            self._bill("2026-06-20").filtered(lambda m: m.carloan_loan_id == loan)
        )
        self.assertBooks()

    def test_repayment_settles_the_oldest_instalment_interest_first(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        payment = self._pay(loan, 2000.0, "2026-06-18")
        self.assertIn(payment.state, ("in_process", "paid"))
        self.assertEqual(
            self._entry(payment.move_id),
            {"asset_cash": 2000.0, "interest_due": -720.0, "principal_due": -1280.0},
        )
        self.assertEqual(loan.instalment_ids[0].amount_residual, 1716.23)
        self.assertEqual(loan.instalment_ids[0].paid_state, "overdue")
        self.assertEqual(loan.dpd, 125)
        self._pay(loan, 1716.23, "2026-06-19")
        self.assertEqual(loan.instalment_ids[0].paid_state, "paid")
        self.assertEqual(loan.oldest_due_date, fields.Date.to_date("2026-03-15"))
        self.assertBooks()

    def test_vertical_order_pays_all_interest_first(self):
        self._agree(allocation_mode="vertical")
        loan = self._create_active()
        self._bill("2026-06-20")
        interest = sum(loan.instalment_ids[:5].mapped("interest"))
        self._pay(loan, interest, "2026-06-18")
        self.assertEqual(loan.overdue_interest, 0.0)
        self.assertEqual(
            loan.overdue_principal,
            round(sum(loan.instalment_ids[:5].mapped("principal")), 2),
        )

    def test_principal_first_order(self):
        self._agree(allocation_order="principal,interest,fee,penalty")
        loan = self._create_active()
        self._bill("2026-02-15")
        self._pay(loan, 3000.0, "2026-02-15")
        self.assertEqual(loan.overdue_principal, 0.0)
        self.assertEqual(loan.overdue_interest, 716.23)

    def test_overpayment_is_a_credit_that_the_next_bill_uses(self):
        loan = self._create_active(start_date="2026-05-15", first_due_date="2026-06-15")
        self._bill("2026-06-20")
        self._pay(loan, 5000.0, "2026-06-16")
        self.assertEqual(loan.overdue_amount, 0.0)
        self.assertEqual(loan.credit_balance, 1283.77)
        self.assertBooks()
        with freeze_time("2026-07-16"):
            self._bill("2026-07-16")
        self.assertEqual(loan.credit_balance, 0.0)
        self.assertEqual(loan.overdue_amount, round(3716.23 - 1283.77, 2))
        self.assertEqual(
            loan.instalment_ids[1].amount_residual, round(3716.23 - 1283.77, 2)
        )
        self.assertBooks()

    def test_a_loan_paid_to_the_end_closes(self):
        loan = self._create_active(
            instalments=3, start_date="2026-02-15", first_due_date="2026-03-15"
        )
        self._bill("2026-06-20")
        self._pay(loan, loan.overdue_amount, "2026-06-20")
        self.assertEqual(loan.principal_balance, 0.0)
        self.assertEqual(loan.state, "closed")
        self.assertBooks()

    def test_a_repayment_in_error_is_reversed_and_the_debt_is_back(self):
        loan = self._create_active()
        self._bill("2026-02-15")
        payment = self._pay(loan, 3716.23, "2026-02-15")
        self.assertEqual(loan.overdue_amount, 0.0)
        with self.assertRefused("reverse"):
            payment.action_draft()
        payment.move_id._reverse_moves([{"date": "2026-02-16"}], cancel=True)
        self.assertEqual(loan.overdue_amount, 3716.23)
        self.assertEqual(loan.instalment_ids[0].amount_residual, 3716.23)
        self.assertBooks()

    def test_bills_are_neither_reopened_nor_reversed_alone(self):
        loan = self._create_active()
        move = self._bill("2026-02-15").filtered(lambda m: m.carloan_loan_id == loan)
        with self.assertRefused(loan.name):
            move.button_draft()
        with self.assertRefused(loan.name):
            move._reverse_moves(cancel=True)

    def test_a_locked_period_is_refused_not_moved(self):
        loan = self._create_active()
        self._bill("2026-05-20")
        self.company.fiscalyear_lock_date = "2026-05-31"
        with self.assertRefused(loan.name):
            self._pay(loan, 100.0, "2026-05-20")
        late = self._create_loan(start_date="2026-05-01", first_due_date="2026-07-01")
        with self.assertRefused(late.name):
            late.action_disburse()
        self.assertEqual(late.state, "draft")
        self._pay(loan, 100.0, "2026-06-18")
        self.assertBooks()

    def test_positions_of_the_past_know_nothing_later(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        self._pay(loan, 5 * 3716.23, "2026-06-18")
        self.assertEqual(loan.dpd, 0)
        position, ids = loan._get_positions(fields.Date.to_date("2026-04-20"))
        self.assertEqual(ids, loan.ids)
        self.assertEqual(int(position.dpd[0]), 64)
        self.assertEqual(int(position.instalments[0]), 33)
        self.assertEqual(int(position.overdue_total[0]), round(3 * 3716.23 * 100))
        self.assertEqual(str(position.next_due_date[0]), "2026-05-15")
        self.assertEqual(str(position.last_due_date[0]), "2026-04-15")

    def test_reading_and_refreshing_costs_the_same_for_many(self):
        loans = self.env["carloan.loan"].concat(
            *(self._create_active() for _ in "abcdefghij")
        )
        self._bill("2026-06-20")

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records._refresh_position()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self.assertLessEqual(count(loans), count(loans[:1]) + 2)

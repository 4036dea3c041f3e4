"""What Odoo lets an accountant do with entries, done to the entries of a loan.

Each way is refused with the loan named, or leaves loan and books as they were.
"""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase

TODAY = "2026-06-20"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLedgerGuard(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = cls._user("guard_manager", "account.group_account_manager")
        cls.loan = cls._create_active()
        cls._bill(TODAY)
        cls.first = cls._pay(cls.loan, 3716.23, "2026-03-01").with_user(user)
        cls.second = cls._pay(cls.loan, 5000.0, "2026-04-20").with_user(user)
        moves = cls.loan.instalment_ids.move_id.with_user(user).sorted("date")
        cls.bills = moves.filtered(lambda move: move.state == "posted")
        cls.drafts = moves - cls.bills
        cls.paid = cls._get_claim(cls.bills[0])
        cls.due = cls._get_claim(cls.bills[-1])
        cls.other_account = cls.env["account.account"].search(
            [
                ("account_type", "=", "asset_receivable"),
                ("id", "not in", cls.loan.line_ids.account_id.ids),
            ],
            limit=1,
        )
        cls.misc = cls.env["account.journal"].search(
            [("type", "=", "general"), ("id", "!=", cls.bills[0].journal_id.id)],
            limit=1,
        )

    @staticmethod
    def _get_claim(move):
        return move.line_ids.filtered(lambda x: x.carloan_role == "principal_due")

    def assertNamed(self, function, *args, exception=UserError, **kwargs):
        """It is refused, the loan is named, and nothing has changed."""
        with self.assertRefused(self.loan.name, exception):
            function(*args, **kwargs)
        self.assertBooks()

    # ------------------------------------------------------------------
    # ENTRIES
    # ------------------------------------------------------------------

    def test_posted_item_is_not_edited(self):
        for vals in (
            {"account_id": self.other_account.id},
            {"date_maturity": "2027-01-01"},
            {"partner_id": self.env.user.partner_id.id},
        ):
            self.assertNamed(self.due.write, vals)
            self.assertNamed(self.paid.write, vals)
        bank = self.first.move_id.line_ids.filtered(lambda x: not x.carloan_role)
        self.assertNamed(bank.write, {"account_id": self.other_account.id})

    def test_posted_entry_is_not_edited(self):
        for vals in ({"state": "draft"}, {"state": "cancel"}, {"date": "2026-06-01"}):
            self.assertNamed(self.bills[0].write, vals)
        forced = self.bills[0].with_context(force_delete=True, dynamic_unlink=True)
        self.assertNamed(forced.unlink)
        self.assertNamed(forced.line_ids.unlink)

    def test_notes_may_be_written(self):
        self.bills[0].write({"narration": "seen", "ref": "checked"})
        self.due.write({"name": "as agreed"})
        self.second.write({"memo": "at the counter"})
        self.assertBooks()

    def test_link_to_the_loan_is_not_emptied(self):
        for record, name in (
            (self.bills[0], "carloan_event"),
            (self.due, "carloan_loan_id"),
            (self.due, "carloan_component"),
        ):
            with self.assertRefused(name, AccessError):
                record.write({name: False})

    def test_draft_follows_the_schedule(self):
        draft = self.drafts[0]
        self.assertNamed(self._get_claim(draft).write, {"date_maturity": "2030-01-01"})
        for vals in (
            {"date": TODAY},
            {"auto_post": "no"},
            {"journal_id": self.misc.id},
            {
                "line_ids": [
                    Command.create({"account_id": self.other_account.id, "balance": b})
                    for b in (5.0, -5.0)
                ]
            },
        ):
            self.assertNamed(draft.write, vals)
        wizard = self.env["validate.account.move"].with_user(self.first.env.user)
        wizard = wizard.with_context(
            active_model="account.move", active_ids=self.drafts[1].ids
        ).create({"force_post": True})
        self.assertNamed(wizard.validate_move)

    def test_due_draft_is_posted_and_wrong_one_deleted(self):
        with freeze_time("2026-07-15"):
            self.drafts[0].action_post()
            self.drafts[1].unlink()
        self.assertEqual(self.drafts[0].state, "posted")
        self.assertBooks()

    def test_no_copy(self):
        self.assertNamed(self.bills[0].copy)
        self.assertNamed(self.bills[0].action_duplicate)

    # ------------------------------------------------------------------
    # MATCHING
    # ------------------------------------------------------------------

    def test_matching_is_not_taken_off(self):
        partials = self.paid.matched_credit_ids
        self.assertTrue(partials)
        self.assertNamed(self.paid.remove_move_reconcile)
        self.assertNamed(partials.unlink)
        self.assertNamed(self.bills[0].js_remove_outstanding_partial, partials[:1].id)

    def test_claim_is_not_paid_by_odoo_s_window(self):
        for records in (self.due, self.bills[-1], self.bills.line_ids):
            wizard = self.env["account.payment.register"].with_user(self.first.env.user)
            wizard = wizard.with_context(
                active_model=records._name, active_ids=records.ids
            ).create({})
            self.assertNamed(wizard._create_payments)

    def test_claim_is_not_matched_with_another_entry(self):
        entry = self.env["account.move"].with_user(self.first.env.user)
        account, amount = self.due.account_id, self.due.balance
        entry = entry.create(
            {
                "journal_id": self.misc.id,
                "date": TODAY,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": -amount}),
                    Command.create(
                        {"account_id": self.other_account.id, "balance": amount}
                    ),
                ],
            }
        )
        with self.assertRefused("of no loan"):
            entry.action_post()
        # even one that who keeps the books has marked
        entry.sudo().beside_loans = True
        entry.action_post()
        items = entry.line_ids.filtered(lambda x: x.account_id == account) | self.due
        with self.assertRefused(self.loan.name):
            items.reconcile()

    # ------------------------------------------------------------------
    # REPAYMENTS
    # ------------------------------------------------------------------

    def _draft_payment(self, **values):
        return (
            self.env["account.payment"]
            .with_user(self.first.env.user)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.borrower.id,
                    "journal_id": self.first.journal_id.id,
                    "amount": 1000.0,
                    "date": TODAY,
                    "carloan_loan_id": self.loan.id,
                    **values,
                }
            )
        )

    def test_posted_repayment_is_not_edited(self):
        other = self._create_active()
        for vals in (
            {"amount": 1.0},
            {"date": "2026-06-01"},
            {"carloan_loan_id": other.id},
            {"carloan_loan_id": False},
            {"state": "draft"},
            {"state": "rejected"},
        ):
            self.assertNamed(self.second.write, vals)
        # what Reject opens instead is in test_repayment_date
        for name in ("action_draft", "action_cancel", "unlink"):
            self.assertNamed(getattr(self.second, name))

    def test_draft_is_confirmed_by_its_button(self):
        early = self._draft_payment(date="2026-07-15")
        self.assertNamed(early.write, {"state": "paid"})
        draft = self._draft_payment()
        self.assertNamed(draft.action_validate)
        draft.write({"amount": 900.0})
        draft.action_post()
        self.assertEqual(draft.move_id.state, "posted")
        self.assertBooks()

    def test_repayment_of_nothing(self):
        self.assertNamed(self._draft_payment(amount=0.0).action_post)

    def _reverse(self, move, date=TODAY):
        wizard = self.env["account.move.reversal"].with_user(self.first.env.user)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids)
        values = {"journal_id": move.journal_id.id, "date": fields.Date.to_date(date)}
        wizard.create(values).reverse_moves()

    def test_repayment_is_reversed_once(self):
        move = self.first.move_id
        self.assertNamed(self._reverse, move, "2026-02-20")
        self._reverse(move)
        self.assertNamed(self._reverse, move)
        self.assertNamed(self._reverse, move.reversal_move_ids)

    def test_use_of_a_credit_is_not_reversed(self):
        self._pay(self.loan, 30000.0, TODAY)
        with freeze_time("2026-07-16"):
            self._bill("2026-07-16")
            used = self.env["account.move"].search(
                [("carloan_event_key", "=like", f"credit:{self.loan.id}:%")], limit=1
            )
            self.assertTrue(used)
            self.assertNamed(self._reverse, used, "2026-07-16")

    def test_accrual_of_many_loans_is_reversed_by_hand(self):
        self._create_active()
        with freeze_time("2026-06-30"):
            accrual = self.ledger._accrue(self.company, "2026-06-30")
            reversal = accrual.reversal_move_ids
            self.assertEqual(reversal.state, "draft")
        with freeze_time("2026-07-01"):
            reversal.with_user(self.first.env.user).action_post()
        self.assertEqual(reversal.state, "posted")
        self.assertBooks()

"""Activation: all or nothing, once, and only on what was offered."""

from unittest.mock import patch

from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefActivation(ReliefCase):
    def test_revised_schedule_is_the_one_that_was_signed(self):
        request = self._active()
        offer = request.offer_id
        rows = self.loan.instalment_ids
        self.assertEqual(self.loan.schedule_id.reason, "relief")
        self.assertEqual(self.loan.schedule_id.request_id, request)
        self.assertEqual(len(rows), offer.instalments)
        self.assertEqual(
            self.loan._to_minor(rows.mapped("amount")),
            [row["instalment"] for row in offer.rows],
        )
        self.assertEqual(
            [row.due_date.isoformat() for row in rows],
            [row["due_date"] for row in offer.rows],
        )
        self.assertEqual(request.poster_id, self.accountant)
        self.assertTrue(request.sudo().move_ids)
        self.assertEqual(set(request.sudo().move_ids.mapped("state")), {"posted"})
        self.assertBooks()

    def test_a_second_press_posts_nothing(self):
        request = self._active()
        moves, schedules = request.sudo().move_ids, self.loan.schedule_ids
        answer = request.with_user(self.accountant).action_activate()
        self.assertEqual(answer["params"]["type"], "warning")
        self.assertEqual(request.sudo().move_ids, moves)
        self.assertEqual(self.loan.schedule_ids, schedules)

    def test_a_loan_that_moved_is_refused_with_the_figures(self):
        request = self._accepted()
        self._pay(self.loan, 1000.0, TODAY)
        with self.assertRefused("moved since"):
            request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "accepted")
        self.assertFalse(request.sudo().move_ids)
        # the way out that the message names
        request.action_reopen()
        request.action_assess()
        self.assertEqual(request.state, "assessed")

    def test_days_going_by_do_not_make_an_offer_stale(self):
        request = self._accepted()
        with freeze_time("2026-06-25"):
            request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")

    def test_missing_consent_names_the_person(self):
        request = self._offered()
        request.action_accept()
        consent = request.consent_ids.with_user(self.officer)
        with self.assertRefused(self.guarantor.name):
            request.with_user(self.accountant).action_activate()
        consent.action_refuse()
        with self.assertRefused(self.guarantor.name):
            request.with_user(self.accountant).action_activate()
        consent.action_give()
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")

    def test_proposer_and_approver_do_not_post(self):
        request = self._accepted()
        invoicing = self.env.ref("account.group_account_invoice")
        for user in (self.officer, self.approver):
            user.group_ids += invoicing
        with self.assertRaises(AccessError):
            request.with_user(self.officer).action_activate()
        with self.assertRaises(AccessError):
            request.with_user(self.approver).action_activate()
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.poster_id, self.accountant)

    def test_officers_and_approvers_do_not_post_money(self):
        request = self._accepted()
        for user in (self.officer_2, self.approver_2, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                request.with_user(user).action_activate()
        request.with_user(self.manager).action_activate()
        self.assertEqual(request.state, "active")

    def test_a_failure_in_the_ledger_leaves_nothing(self):
        request = self._accepted()
        with (
            patch.object(
                type(self.env["carloan.ledger"]),
                "_draft_horizon",
                side_effect=UserError("no journal"),
            ),
            self.assertRefused("no journal"),
        ):
            request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "accepted")
        self.assertFalse(request.sudo().move_ids)
        self.assertEqual(self.loan.schedule_id.reason, "origination")

    def test_an_altered_offer_is_refused(self):
        request = self._accepted()
        rows = [dict(row) for row in request.offer_id.rows]
        rows[0]["instalment"] -= 100
        request.offer_id.sudo().rows = rows
        with self.assertRefused("voids the approval"):
            request.with_user(self.accountant).action_activate()

    def test_somebody_else_at_work_gets_a_clear_message(self):
        request = self._accepted()
        with (
            patch.object(
                type(self.loan), "lock_for_update", side_effect=LockError("taken")
            ),
            self.assertRefused(self.loan.name),
        ):
            request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "accepted")

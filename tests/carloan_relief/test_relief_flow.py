"""The moves of a case: from where, by whom, and what each leaves behind."""

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefFlow(ReliefCase):
    def test_submit_asks_each_party_for_consent(self):
        request = self._draft()
        self.assertEqual(request.state, "draft")
        self.assertTrue(request.temporary)
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.consent_ids.partner_id, self.guarantor)
        self.assertEqual(request.consent_ids.state, "pending")
        self.assertIn("Submitted", self._logged(request))

    def test_submit_without_a_reason_names_the_request(self):
        request = self._draft(reason_id=False)
        with self.assertRefused(request.name):
            request.action_submit()

    def test_relief_needs_a_loan_in_life(self):
        request = self._draft(loan=self._create_loan())
        with self.assertRefused("in life"):
            request.action_submit()

    def test_each_move_only_from_its_states(self):
        moves = (
            "action_submit",
            "action_assess",
            "action_request_approval",
            "action_offer",
            "action_accept",
            "action_decline",
            "action_expire",
        )
        request = self._active()
        for move in moves:
            with self.subTest(move=move), self.assertRaises(UserError):
                getattr(request, move)()
        with self.assertRaises(UserError):
            request.action_reject("too late")
        self.assertEqual(request.state, "active")

    def test_one_open_request_per_loan(self):
        request = self._draft()
        with self.assertRefused(f"already has an open relief request: {request.name}"):
            self._draft()
        request.action_withdraw("Found work")
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(request.decline_reason, "Found work")
        # of two made at once, which neither sees, the index lets one through
        vals = {"loan_id": self.loan.id, "reason_id": self.reason.id}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.Request.create([vals, vals])
        self._draft()

    def test_state_and_figures_cannot_be_written(self):
        request = self._assessed()
        for values in (
            {"state": "active"},
            {"offer_id": request.offer_ids[-1].id},
            {"grade_id": self._grade("A").id},
            {"affordable_instalment": 1.0},
            {"proposal_hash": "x"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                # a context from outside opens nothing
                request.with_context(skip_validation_check=True).write(values)
        with self.assertRaises(AccessError):
            request.offer_ids[0].with_user(self.officer).write({"instalment": 1.0})
        with self.assertRaises(AccessError):
            request.consent_ids.with_user(self.officer).write({"state": "given"})

    def test_a_state_given_at_creation_is_ignored(self):
        request = self._draft(state="accepted", straight_through=True)
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.straight_through)

    def test_only_drafts_can_be_deleted(self):
        request = self._draft()
        request.action_submit()
        with self.assertRefused(request.name):
            request.with_user(self.manager).unlink()

    def test_offer_expires_after_its_last_day(self):
        request = self._offered()
        expiry = request.expiry_date
        self.assertEqual(expiry, fields.Date.add(self._today(), days=14))
        with self.assertRefused("valid until"):
            request.action_expire()
        with freeze_time(expiry), self.enter_registry_test_mode():
            self._run_expiry()
            self.assertEqual(request.state, "offered")
        with freeze_time(fields.Date.add(expiry, days=1)):
            with self.assertRefused("expired"):
                request.action_accept()
            with self.enter_registry_test_mode():
                self._run_expiry()
            self.assertEqual(request.state, "expired")
            with self.assertRaises(UserError):
                request.action_accept()

    def test_offer_ends_before_the_next_bill(self):
        """What falls due changes the position: an older offer could not be posted."""
        for due, days in (("2026-06-25", 4), ("2026-06-20", 0), ("2026-09-15", 14)):
            with self.subTest(next_due=due):
                request = self.env["carloan.relief.request"].new(
                    {"loan_id": self.loan.id}
                )
                request.policy_id = self.env.ref("carloan_relief.relief_policy_china")
                request.loan_id.sudo().next_due_date = due
                self.assertEqual(
                    request._get_offer_expiry(),
                    fields.Date.add(self._today(), days=days),
                )

    def _run_expiry(self):
        self.env.ref("carloan_relief.ir_cron_relief_expire").method_direct_trigger()
        self.env.invalidate_all()

    def test_declined_and_withdrawn_offers_are_closed(self):
        request = self._offered()
        request.action_decline("Will sell the car")
        self.assertEqual(request.state, "declined")
        self.assertTrue(request.date_closed)
        with self.assertRefused(request.name):
            request.action_accept()
        self.assertFalse(self.loan.schedule_ids.filtered("request_id"))

    def test_refusal_needs_a_reason_and_a_person(self):
        request = self._assessed()
        with self.assertRefused("reason"):
            request.action_reject()
        request.with_user(self.approver).action_reject("Income not shown")
        self.assertEqual(request.state, "rejected")
        self.assertEqual(request.decline_reason, "Income not shown")

    def test_acceptance_needs_a_name(self):
        request = self._offered()
        with self.assertRefused("Nobody signed"):
            request._accept("  ")
        request._accept("Chen Lei")
        self.assertEqual(request.signed_by, "Chen Lei")
        self.assertEqual(request.state, "accepted")

    def test_cured_and_broken_are_for_managers(self):
        request = self._active()
        with self.assertRaises(AccessError):
            request.action_cure()
        request.with_user(self.manager).action_cure()
        self.assertEqual(request.state, "cured")

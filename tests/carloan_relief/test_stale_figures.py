"""Nobody decides on figures that a bill or a payment has overtaken."""

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

PLAN = [{"kind": "extend", "instalments": 3}]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStaleFigures(ReliefCase):
    def _press(self, warning):
        """Press the button of the message, as its dialog does."""
        _message, action_id, button, context = warning.exception.args
        self.assertEqual(button, "Compute Again")
        action = self.env["ir.actions.server"].with_user(self.officer)
        return action.browse(action_id).sudo().with_context(**context).run()

    def test_a_proposal_after_a_payment_is_refused_and_computed_again(self):
        request = self._assessed()
        owed = request.sudo().before_total
        self._pay(self.loan, 1000.0, TODAY)
        with self.assertRaises(RedirectWarning) as warning:
            request.action_request_approval()
        self.assertEqual(request.state, "assessed")
        message = warning.exception.args[0]
        for word in (self.loan.name, request.name, "overdue principal"):
            self.assertIn(word, message)
        self.assertEqual(self._press(warning)["tag"], "soft_reload")
        request.invalidate_recordset()
        self.assertLess(request.sudo().before_total, owed)
        request.action_request_approval()
        self.assertNotEqual(request.state, "assessed")

    def test_an_offer_after_a_payment_is_refused(self):
        request = self._assessed()
        before = len(request.offer_ids)
        self._pay(self.loan, 1000.0, TODAY)
        with self.assertRaises(RedirectWarning):
            request._add_custom_offer(PLAN, "the borrower asks for it")
        self.assertEqual(len(request.offer_ids), before)

    def test_after_a_bill_too(self):
        request = self._assessed()
        with freeze_time("2026-07-16"):
            self._bill("2026-07-16")
            with self.assertRaises(RedirectWarning):
                request.action_request_approval()

    def test_days_alone_overtake_nothing(self):
        request = self._assessed()
        with freeze_time("2026-06-25"):
            request.action_request_approval()
        self.assertEqual(request.state, "to_approve")

    def test_what_moved_while_it_was_decided_is_not_offered(self):
        request = self._proposed()
        self._pay(self.loan, 1000.0, TODAY)
        with self.assertRefused("presses Change Proposal"):
            self._approve(request, self.approver)
        request.invalidate_recordset()
        self.assertEqual(request.state, "to_approve")
        request.with_user(self.officer).action_reopen()
        request.with_user(self.officer).action_assess()
        self.assertEqual(request.state, "assessed")

    def test_penalties_wait_while_a_plan_is_decided_and_signed(self):
        """What is lost if they do not: the plan that was signed cannot begin."""
        self._agree(penalty_rate=0.18, grace_days=0)
        self.product.penalty_interval = 1
        request = self._accepted()
        charged = self.loan.overdue_penalty
        self.assertGreater(charged, 0.0)
        with freeze_time("2026-06-25"):
            self.assertNotIn(self.loan, self._find_due())
            request.with_user(self.accountant).action_activate()
            self.assertEqual(request.state, "active")
            self.assertBooks()

    def test_a_plan_that_comes_to_nothing_saves_no_penalty(self):
        twin = self._create_late()
        self._agree(penalty_rate=0.18, grace_days=0)
        self.product.penalty_interval = 1
        request = self._offered()
        self.ledger._charge_penalties(twin)
        with freeze_time("2026-06-25"):
            self.assertIn(twin, self._find_due())
            self.ledger._charge_penalties(self._find_due())
            self.assertLess(self.loan.overdue_penalty, twin.overdue_penalty)
            request.action_withdraw("done")
            self.ledger._charge_penalties(self._find_due())
            self.assertEqual(self.loan.overdue_penalty, twin.overdue_penalty)
            self.assertBooks()

    def _find_due(self):
        return self.ledger._find_penalty_due(fields.Date.today())

    def test_only_staff_on_the_case_compute(self):
        request = self._assessed()
        for user in (self.accountant, self.auditor, self.employee):
            with self.assertRaises(AccessError):
                request.with_user(user).action_compute_again()

"""Measures that staff set in the window, from the offer to the end of the plan."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefConditional(ReliefCase):
    """Two instalments overdue: of their interest half is waived on completion."""

    def _set(self, request, **values):
        """Fill in the window and propose what it says."""
        wizard = self.env["carloan.relief.offer.wizard"].with_user(self.officer)
        wizard = wizard.create({"request_id": request.id, **values})
        self.assertFalse(wizard.error)
        wizard.action_add()
        return wizard

    def _activate(self, request):
        request.action_request_approval()
        approvers = [self.approver, self.manager, self.approver_2]
        while request.state == "to_approve" and approvers:
            self._approve(request, approvers.pop(0))
        self.assertEqual(request.state, "offered")
        request.consent_ids.with_user(self.officer).action_give()
        request.action_accept()
        request.with_user(self.accountant).action_activate()
        return request

    def _conditional(self, **policy):
        request = self._assessed("A")
        if policy:
            request.sudo().policy_id.write(policy)
        self._set(
            request, waive_interest=0.5, waive_when="on_completion", capitalise=True
        )
        return self._activate(request)

    def test_a_kept_plan_waives_in_the_end(self):
        owed = self.loan.overdue_interest
        request = self._conditional()
        self.assertIn("once the plan is completed", request.offer_id.plan_text)
        held = self._sum(self.loan, "interest_due")
        self.assertAlmostEqual(held, owed / 2, delta=0.01)
        self.assertEqual((self.loan.dpd, self.loan.overdue_amount), (0, 0.0))
        self.assertEqual(self._sum(self.loan, "allowance"), -held)
        closing = self._statement()["closing"]
        self.assertEqual((closing["due"], closing["held"]), (0, round(held * 100)))
        request.with_user(self.manager).action_cure()
        self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        self.assertEqual(self._statement()["closing"]["held"], 0)
        self.assertBooks()

    def _statement(self):
        return self.loan._get_statement(*self.loan._get_statement_period())

    def test_a_broken_plan_lets_it_be_due_again(self):
        oldest = self.loan.oldest_due_date
        request = self._conditional()
        held = self._sum(self.loan, "interest_due")
        with self.assertRaises(AccessError):
            request.with_user(self.officer).action_break("missed two instalments")
        request.with_user(self.manager).action_break("missed two instalments")
        self.assertEqual(request.state, "broken")
        self.assertEqual(self.loan.overdue_interest, held)
        self.assertEqual(self.loan.oldest_due_date, oldest)
        closing = self._statement()["closing"]
        self.assertEqual((closing["due"], closing["held"]), (round(held * 100), 0))
        self.assertIn("Conditional waiver settled", self._logged(request))
        self.assertBooks()

    def test_out_of_the_books_by_policy_and_back(self):
        request = self._conditional(conditional_waiver="derecognise")
        self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
        loss = self._sum(self.loan, "modification_result")
        self.assertGreater(loss, 0.0)
        request.with_user(self.manager).action_break("missed two instalments")
        back = self._sum(self.loan, "interest_due")
        self.assertGreater(back, 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), -back)
        self.assertEqual(self._sum(self.loan, "modification_result"), loss)
        self.assertBooks()

    def test_carried_deferred_and_forgiven_are_exceptions_or_limits(self):
        request = self._assessed("A")
        Wizard = self.env["carloan.relief.offer.wizard"].with_user(self.officer)
        plan = {"carry_interest": True, "defer_principal": 0.2, "capitalise": True}
        wizard = Wizard.create({"request_id": request.id, **plan})
        self.assertTrue(wizard.is_exception)
        self.assertIn("may not be carried", wizard.breach_text)
        self.assertIn("may be deferred", wizard.breach_text)
        request.sudo().rule_id.write({"may_carry": True, "max_forbear": 0.2})
        wizard = Wizard.create({"request_id": request.id, **plan})
        self.assertFalse(wizard.is_exception, wizard.breach_text)
        wizard = Wizard.create({"request_id": request.id, "forgive_principal": 0.1})
        self.assertTrue(wizard.is_exception)

    def test_a_plan_that_carries_and_defers_goes_into_the_ledger(self):
        interest = self.loan.overdue_interest
        principal = self.loan.principal_balance
        request = self._assessed("A")
        request.sudo().rule_id.write({"may_carry": True, "max_forbear": 0.2})
        self._set(request, carry_interest=True, defer_principal=0.2, capitalise=True)
        self._activate(request)
        lines = self.loan.instalment_ids.sorted("sequence")
        self.assertEqual(lines[0].carried, interest)
        self.assertAlmostEqual(lines[-2].balance, principal * 0.2, delta=4000)
        self.assertGreaterEqual(lines[-1].principal, round(principal * 0.2, 2))
        self.assertEqual(round(sum(lines.mapped("principal")), 2), principal)
        self.assertBooks()

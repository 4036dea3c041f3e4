"""Monthly ceilings on the book: seen, reserved by proposals, checked under a lock."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .test_relief_policy import PolicyCase

EXTEND = [{"kind": "extend", "instalments": 3}]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefCeiling(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a company of its own keeps the loans of other tests out of the book
        others = cls.env["carloan.loan"].search([("state", "=", "active")]) - cls.loan
        others.write({"state": "closed"})
        cls.loans = cls.loan
        for _number in range(3):
            cls.loans |= cls._create_late()

    def _ceiling(self, **values):
        """Put a version with one ceiling in force."""
        new = self._new_version()
        new.write({"ceiling_ids": [Command.create(values)]})
        self._begin(new)
        return new.ceiling_ids

    def _case(self, loan, plan=None, reason=None):
        request = self._assessed("C", loan=loan)
        if plan:
            offer = request._add_custom_offer(plan, reason)
            offer.with_user(self.officer).action_choose()
        return request

    def _usage(self, ceiling):
        ceiling.invalidate_recordset()
        return (
            ceiling.book_count,
            ceiling.used_count,
            ceiling.process_count,
            ceiling.left_count,
        )

    def test_a_proposal_takes_from_what_is_available(self):
        ceiling = self._ceiling(measure="extend", count_share=0.5)
        self.assertEqual(self._usage(ceiling), (4, 0, 0, 2))
        first = self._case(self.loans[0], EXTEND)
        self.assertEqual(self._usage(ceiling), (4, 0, 0, 2), "not proposed yet")
        first.action_request_approval()
        self.assertEqual(self._usage(ceiling), (4, 0, 1, 1))
        self._approve(first, self.approver)
        first.consent_ids.with_user(self.officer).action_give()
        first.action_accept()
        first.with_user(self.accountant).action_activate()
        self.assertEqual(self._usage(ceiling), (4, 1, 0, 1))
        # the next month begins with a full ceiling
        with freeze_time("2026-07-02"):
            self.assertEqual(self._usage(ceiling), (4, 0, 0, 2))

    def test_what_passes_is_refused_or_climbs_as_an_exception(self):
        self._ceiling(measure="extend", count_share=0.25)
        second = self._case(self.loans[1], EXTEND)
        self._case(self.loans[0], EXTEND).action_request_approval()
        with self.assertRefused("passes the monthly ceiling"):
            second.action_request_approval()
        self.assertEqual(second.state, "assessed")
        # made again, the offer knows of the ceiling and asks for a reason
        with self.assertRefused("Extension: monthly ceiling on the book"):
            second._add_custom_offer(EXTEND)
        offer = second._add_custom_offer(EXTEND, "The plant has closed")
        self.assertEqual(offer.binding, ["ceiling.extend"])
        self.assertTrue(offer.is_exception)
        offer.with_user(self.officer).action_choose()
        second.action_request_approval()
        self.assertEqual(second.state, "to_approve")

    def test_another_measure_is_not_concerned(self):
        self._ceiling(measure="forgive", count_share=0.01)
        request = self._case(self.loans[0], EXTEND)
        request.action_request_approval()
        self.assertEqual(request.state, "to_approve")

    def test_the_ceiling_on_the_principal(self):
        ceiling = self._ceiling(measure="all", balance_share=0.25)
        total = sum(self.loans.mapped("principal_balance"))
        self.assertAlmostEqual(ceiling.book_balance, total, 2)
        self.assertAlmostEqual(ceiling.left_balance, total / 4, 1)
        self._case(self.loans[0]).action_request_approval()
        ceiling.invalidate_recordset()
        self.assertAlmostEqual(ceiling.process_balance, total / 4, 2)
        with self.assertRefused("passes the monthly ceiling"):
            self._case(self.loans[1]).action_request_approval()

    def test_an_activation_is_checked_again(self):
        request = self._case(self.loans[0], EXTEND)
        request.action_request_approval()
        self._approve(request, self.approver)
        request.consent_ids.with_user(self.officer).action_give()
        request.action_accept()
        self._ceiling(measure="extend", count_share=0.1)
        with self.assertRefused("passes the monthly ceiling"):
            request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "accepted")
        self.assertFalse(request.move_count)

    def test_each_check_writes_so_that_two_at_once_cannot_both_pass(self):
        ceiling = self._ceiling(measure="extend", count_share=0.5)
        self.assertFalse(ceiling.checked_on)
        self._case(self.loans[0], EXTEND).action_request_approval()
        self.assertTrue(ceiling.checked_on)

    def test_who_may_read_and_write(self):
        ceiling = self._ceiling(measure="extend", count_share=0.5)
        for user in (self.officer, self.approver, self.auditor, self.accountant):
            self.assertEqual(ceiling.with_user(user).left_count, 2)
        with self.assertRaises(AccessError):
            ceiling.with_user(self.employee).read(["measure"])
        with self.assertRefused("New Version"):
            ceiling.with_user(self.manager).count_share = 1
        draft = self._new_version()
        draft.write({"ceiling_ids": [Command.create({"measure": "rate"})]})
        with self.assertRaises(AccessError):
            draft.ceiling_ids.with_user(self.officer).count_share = 1

"""Approval: tiers, four eyes, no own loans."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestApproval(ReliefCase):
    def test_one_tier_in_policy_two_for_high_risk(self):
        request = self._proposed("C")
        self.assertEqual(len(request.sudo().review_ids), 1)
        request.action_withdraw()
        risky = self._proposed("D")
        reviews = risky.sudo().review_ids.sorted("sequence")
        self.assertEqual(
            reviews.mapped("reviewer_group_id.name"), ["Approver", "Manager"]
        )
        self.assertEqual(reviews.mapped("status"), ["pending", "waiting"])

    def test_whose_turn_it_is_is_said_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        group = self.env.ref("carloan_relief.group_approver")
        group.with_context(lang="zh_CN").name = "审批人"
        request = self._proposed("C").with_user(self.officer)
        self.assertIn("Approver", request.to_validate_message)
        chinese = request.with_context(lang="zh_CN").review_ids
        self.assertEqual(chinese.carloan_decider, "审批人")

    def test_tiers_decide_in_their_order(self):
        request = self._proposed("D")
        with self.assertRaises(AccessError):
            request.with_user(self.officer_2).validate_tier()
        self._approve(request, self.approver)
        self.assertEqual(request.state, "to_approve")
        tier = self.env.ref("carloan_relief.tier_definition_manager")
        # the manager was asked on the first tier, too: now it is the second
        self.assertEqual(set(request.activity_ids.mapped("summary")), {tier.name})
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()
        self._approve(request, self.manager)
        self.assertEqual(request.state, "offered")
        self.assertEqual(request.approver_ids, self.approver | self.manager)
        self.assertTrue(request.expiry_date)

    def test_the_comment_dialog_cannot_jump_the_order(self):
        request = self._proposed("D")
        last = request.sudo().review_ids.sorted("sequence")[-1]
        wizard = (
            self.env["comment.wizard"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": request._name,
                    "res_id": request.id,
                    "review_ids": last.ids,
                    "validate_reject": "validate",
                    "comment": "jump",
                }
            )
        )
        wizard.add_comment()
        # the manager is an approver too: the first tier is decided, not the last
        self.assertEqual(last.status, "pending")
        self.assertEqual(request.state, "to_approve")

    def test_one_person_decides_one_tier(self):
        request = self._proposed("D")
        self._approve(request, self.manager)
        with self.assertRaises(AccessError):
            request.with_user(self.manager).validate_tier()
        self.assertFalse(request.with_user(self.manager).can_review)

    def test_the_proposer_does_not_approve(self):
        request = self._proposed("C", user=self.manager)
        self.assertNotIn(self.manager, request.sudo().review_ids.reviewer_ids)
        self.assertFalse(request.with_user(self.manager).can_review)
        with self.assertRaises(AccessError):
            request.with_user(self.manager).validate_tier()

    def test_nobody_handles_their_own_or_a_relatives_loan(self):
        house = self.env["res.partner"].create({"name": "House", "is_company": True})
        self.borrower.parent_id = house
        for user in (self.officer_2, self.approver_2, self.accountant):
            user.partner_id.parent_id = house
        with self.assertRaises(AccessError):
            self._draft(user=self.officer_2)
        request = self._proposed("C")
        self.assertNotIn(self.approver_2, request.sudo().review_ids.reviewer_ids)
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).reject_tier()
        self._approve(request, self.approver)
        with self.assertRaises(AccessError):
            request.with_user(self.officer_2).action_accept()
        request.consent_ids.with_user(self.officer).action_give()
        request.action_accept()
        with self.assertRaises(AccessError):
            request.with_user(self.accountant).action_activate()

    def test_a_guarantor_is_a_party_too(self):
        self.loan.party_ids.partner_id = self.approver_2.partner_id
        request = self._proposed("C")
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()

    def test_who_left_the_tier_may_no_longer_decide(self):
        request = self._proposed("C")
        self.approver.group_ids -= self.env.ref("carloan_relief.group_approver")
        self.approver.group_ids += self.env.ref("carloan_relief.group_officer")
        with self.assertRaises(AccessError):
            request.with_user(self.approver).validate_tier()

    def test_a_tier_without_anybody_is_told_at_once(self):
        tier = self.env.ref("carloan_relief.tier_definition_approver")
        tier.write({"review_type": "individual", "reviewer_id": self.officer.id})
        tier.reviewer_group_id = False
        request = self._assessed("C")
        with self.assertRefused("Nobody may decide"):
            request.action_request_approval()
        self.assertEqual(request.state, "assessed")

    def test_no_tier_is_not_an_approval(self):
        self.env["tier.definition"].search([]).active = False
        request = self._assessed("C")
        with self.assertRefused("No approval tier"):
            request.action_request_approval()

    def test_rejection_closes_the_case_with_its_reason(self):
        request = self._proposed("D")
        self._reject(request, self.approver, "Income not shown")
        self.assertEqual(request.state, "rejected")
        self.assertEqual(request.decline_reason, "Income not shown")
        # nothing to decide any more; the borrower is still to be told
        letter = self.env.ref("carloan_relief.mail_activity_decline_letter")
        self.assertEqual(request.activity_ids.activity_type_id, letter)
        with self.assertRefused(request.name):
            request.with_user(self.manager).validate_tier()

    def test_a_change_after_approval_voids_it(self):
        request = self._accepted("C")
        request.with_user(self.officer).write({"temporary": False})
        self.assertEqual(request.state, "assessed")
        self.assertFalse(request.sudo().review_ids)
        self.assertFalse(request.signed_by)
        self.assertEqual(request.consent_ids.state, "pending")
        self.assertIn(self.approver.name, self._logged(request))
        # nothing of the old approval opens the way
        with self.assertRaises(UserError):
            request.action_offer()

    def test_a_note_does_not_void_it(self):
        request = self._offered("C")
        request.with_user(self.officer).write({"note": "Called twice"})
        self.assertEqual(request.state, "offered")

    def test_straight_through_within_policy_and_below_the_limit(self):
        request = self._assessed("A")
        offer = request.offer_id
        self.assertTrue(offer.affordable)
        self.assertLessEqual(offer.concession, request.rule_id.straight_through_limit)
        request.action_request_approval()
        self.assertEqual(request.state, "offered")
        self.assertTrue(request.straight_through)
        self.assertFalse(request.sudo().review_ids)

    def test_an_exception_never_goes_straight_through(self):
        request = self._assessed("A")
        request._add_custom_offer(
            [{"kind": "extend", "instalments": 20}], "Flood"
        ).action_choose()
        request.action_request_approval()
        self.assertEqual(request.state, "to_approve")
        self.assertEqual(len(request.sudo().review_ids), 2)

    def test_reviews_are_in_the_inbox_with_a_deadline(self):
        request = self._proposed("C")
        self.assertTrue(request.sudo().review_ids.carloan_deadline)
        activities = request.activity_ids
        self.assertIn(self.approver, activities.user_id)
        self.assertNotIn(self.officer, activities.user_id)
        self._approve(request, self.approver)
        self.assertFalse(request.activity_ids)

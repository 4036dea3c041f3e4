"""Approval of a campaign as a whole: who, on what sum, and what voids it."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_campaign import CampaignCase
from .common_relief import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCampaignApproval(CampaignCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._user("c_manager_2", "carloan_relief.group_manager")

    def _limit(self, most, measure="concession"):
        ref = self.env.ref(f"carloan_relief.authority_campaign_{measure}")
        ref.sudo().most = most

    def test_one_tier_within_its_authority(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        self.assertEqual(campaign.state, "to_approve")
        self.assertEqual(len(campaign.sudo().review_ids), 1)
        self.assertIn(
            self.approver,
            campaign.sudo().activity_ids.user_id,
            "the approval is in the inbox",
        )
        self._approve(campaign, self.approver)
        self.assertEqual(campaign.state, "approved")
        self.assertEqual(campaign.approver_id, self.approver)
        decision = campaign.sudo().approval_decision_ids
        self.assertEqual(decision.concession, campaign.budget)
        self.assertEqual(decision.company_id, self.company)
        self.assertFalse(campaign.sudo().activity_ids.filtered("active"))

    def test_the_sum_climbs(self):
        """What passes the first tier's authority needs the manager as well; and what
        was approved before counts, so that it is not cut into small campaigns."""
        lines = self._previewed().line_ids.sorted("cost", reverse=True)
        first = self._previewed(lines[0].loan_id)
        second = self._previewed(lines[1].loan_id)
        total = first.budget + second.budget
        self.assertGreater(min(first.budget, second.budget), 0)
        self._limit(total - 0.01)
        first.action_request_approval()
        self.assertEqual(len(first.sudo().review_ids), 1)
        self._approve(first, self.approver)
        second.action_request_approval()
        self.assertEqual(len(second.sudo().review_ids), 2)
        self._approve(second, self.approver)
        self.assertEqual(second.state, "to_approve")
        self._approve(second, self.manager)
        self.assertEqual(second.state, "approved")
        self.assertIn(
            self.company.currency_id.format(first.budget), str(second.authority_table)
        )

    def test_number_of_loans_and_presets_climb(self):
        self._limit(5, "count")
        campaign = self._previewed()
        campaign.action_request_approval()
        self.assertEqual(len(campaign.sudo().review_ids), 2)
        preset = self._previewed(self.loans[:2], mode="preset", extend=3)
        preset.action_request_approval()
        self.assertEqual(len(preset.sudo().review_ids), 2)

    def test_who_drafted_or_is_in_it_does_not_decide(self):
        campaign = self._campaign(user=self.manager)
        campaign.with_user(self.analyst).min_cut = 0.01
        self._preview(campaign)
        self.loans[0].party_ids = [
            (0, 0, {"partner_id": self.approver.partner_id.id, "role": "guarantor"})
        ]
        campaign.with_user(self.analyst).action_request_approval()
        for user in (self.manager, self.approver, self.analyst, self.officer):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                campaign.with_user(user).validate_tier()
        self._approve(campaign, self.approver_2)
        self.assertEqual(campaign.state, "approved")

    def test_who_is_in_it_does_not_propose(self):
        campaign = self._campaign()
        self.loans[0].party_ids = [
            (0, 0, {"partner_id": self.manager.partner_id.id, "role": "guarantor"})
        ]
        self._preview(campaign)
        with self.assertRefused("leave the loan out", AccessError):
            campaign.with_user(self.manager).action_request_approval()

    def test_certified_staff_only_where_the_tier_says_so(self):
        tier = self.env.ref("carloan_relief.tier_definition_campaign_approver")
        kind = self.env.ref("carloan_relief.certificate_kind_relief")
        tier.sudo().write(
            {"requires_certificate": True, "certificate_kind_id": kind.id}
        )
        campaign = self._previewed()
        with self.assertRefused("not certified"):
            campaign.action_request_approval()

    def test_every_change_voids_it(self):
        """(change, state after it)"""
        day = "2026-07-01"
        changes = {
            "date_to": day,
            "loan_domain": "[]",
            "mode": "limited",
            "pick": "shortest",
            "extend": 1,
            "waive_penalty": 0.1,
            "min_cut": 0.2,
            "requires_consent": False,
            "reserve": 0.2,
        }
        campaign = self._previewed()
        before = campaign.read(list(changes), load=None)[0]
        for name, value in changes.items():
            with self.subTest(name=name):
                campaign.action_request_approval()
                self._approve(campaign, self.approver)
                campaign.write({name: value})
                self.assertEqual(campaign.state, "draft")
                self.assertFalse(campaign.sudo().review_ids)
                self.assertTrue(
                    all(campaign.sudo().approval_decision_ids.mapped("void"))
                )
                self.assertFalse(campaign.approver_id)
                campaign.write({name: before[name] for name in changes})
                self._preview(campaign)
        campaign.action_request_approval()
        campaign.line_ids[0].action_leave_out()
        self.assertEqual(campaign.state, "previewed")
        self.assertFalse(campaign.proposer_id)

    def test_another_policy_in_force_voids_it(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        self.env.cr.execute(
            "UPDATE carloan_relief_campaign SET policy_id = %s WHERE id = %s",
            (self._new_version().id, campaign.id),
        )
        campaign.invalidate_recordset()
        with self.assertRefused("press Preview Again"):
            campaign.with_user(self.approver).validate_tier()

    def test_forged_lines_are_found(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        campaign.sudo().line_ids[0].cost += 1
        with self.assertRefused("is another one than what was put up"):
            campaign.with_user(self.approver).validate_tier()

    def test_refusal_and_taking_back(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        self._reject(campaign, self.approver, "Too dear")
        self.assertEqual(campaign.state, "refused")
        self.assertIn("Too dear", self._logged(campaign))
        campaign.action_take_back()
        self.assertEqual(
            (campaign.state, campaign.proposer_id.id), ("previewed", False)
        )
        campaign.action_request_approval()
        self.assertEqual(campaign.state, "to_approve")

    def test_nobody_to_write_to_is_no_campaign(self):
        campaign = self._previewed(min_cut=0.99)
        with self.assertRefused("reaches nobody"):
            campaign.action_request_approval()

    def test_whoever_works_with_campaigns_can_open_one(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        self._approve(campaign, self.approver)
        view = self.env.ref("carloan_relief.carloan_relief_campaign_view_form")
        names = set(view._get_combined_arch().xpath("//field/@name"))
        names &= set(campaign._fields)
        self.assertIn("approval_decision_ids", names)
        for user in (
            self.analyst,
            self.approver,
            self.officer,
            self.auditor,
            self.manager,
        ):
            with self.subTest(user=user.login):
                mine = campaign.with_user(user)
                mine.read([*names])
                self.assertEqual(len(mine.approval_decision_ids), 1)
                self.assertTrue(mine.approval_decision_ids.mapped("tier"))
                self.assertTrue(mine.review_ids.mapped("carloan_votes"))

    def test_forging_an_approval(self):
        campaign = self._previewed()
        campaign.action_request_approval()
        review = campaign.sudo().review_ids
        for user in (self.analyst, self.approver, self.manager_2, self.employee):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    review.with_user(user).write({"status": "approved"})
                with self.assertRaises(AccessError):
                    campaign.with_user(user).write({"proposal_hash": "x"})
                with self.assertRaises(AccessError):
                    self.env["carloan.approval.decision"].with_user(user).create(
                        {"relief_campaign_id": campaign.id, "user_id": user.id}
                    )

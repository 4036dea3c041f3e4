"""Authority counted per borrower, and committees."""

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

EXTEND = [{"kind": "extend", "instalments": 3}]


class TierCase(ReliefCase):
    """Two tiers of whom the first has limits that a test sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.env.ref("carloan_relief.tier_definition_approver")
        cls.second = cls.env.ref("carloan_relief.tier_definition_manager")
        cls.first.carloan_limit_ids.unlink()
        cls.loan_2 = cls._create_late()

    @classmethod
    def _limit(cls, measure, most, months=12, tier=None):
        return cls.env["carloan.authority.limit"].create(
            {
                "definition_id": (tier or cls.first).id,
                "measure": measure,
                "most": most,
                "window_months": months,
            }
        )

    @classmethod
    def _custom(cls, loan, plan=None, reason="Flood"):
        request = cls._assessed("C", loan=loan)
        if plan:
            offer = request._add_custom_offer(plan, reason)
            offer.with_user(cls.officer).action_choose()
        return request

    @classmethod
    def _ask(cls, loan, plan=None):
        request = cls._custom(loan, plan)
        request.action_request_approval()
        return request

    @staticmethod
    def _tiers(request):
        return request.sudo().review_ids.definition_id


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAuthority(TierCase):
    def test_each_limit_makes_a_case_climb(self):
        request = self._custom(self.loan)
        amounts = request.sudo()._get_case_amounts()
        self.assertGreater(amounts["dpd"], 0)
        for measure in ("concession", "instalments", "dpd", "count"):
            amount = amounts[measure]
            for most, climbs in ((amount, False), (amount - 0.01, amount > 0)):
                with self.subTest(measure=measure, most=most):
                    limit = self._limit(measure, max(most, 0))
                    needed = request.sudo()._get_required_tiers()
                    self.assertEqual(self.second in needed, climbs)
                    limit.unlink()

    def test_forgiven_principal_is_measured(self):
        request = self._custom(
            self.loan, [{"kind": "forgive_principal", "amount": "300"}]
        )
        self.assertEqual(request.principal_forgiven, 300.0)
        self.second.definition_domain = "[('id', '=', 0)]"
        for most, climbs in ((300, False), (299.99, True)):
            limit = self._limit("principal", most)
            needed = request.sudo()._get_required_tiers()
            self.assertEqual(self.second in needed, climbs, most)
            limit.unlink()

    def test_a_large_case_is_not_cut_into_small_ones(self):
        self._limit("count", 1)
        first = self._ask(self.loan)
        self.assertEqual(self._tiers(first), self.first)
        second = self._ask(self.loan_2)
        self.assertEqual(self._tiers(second), self.first | self.second)
        (row,) = second.sudo()._prepare_authority_rows()
        self.assertEqual((row["used"], row["in_process"]), (0, 1))
        self.assertEqual((row["available"], row["exceeded"]), (0, True))
        # decided now, the first does not fit beside the second any more
        with self.assertRefused(self.second.name):
            self._approve(first, self.approver)
        second.action_withdraw()
        self._approve(first, self.approver)
        self.assertEqual(first.state, "offered")

    def test_what_is_active_counts_within_the_window_alone(self):
        self._limit("count", 1, months=6)
        active = self._active("C")
        with freeze_time(fields.Date.add(self._today(), days=1)):
            request = self._assessed("C", loan=self.loan_2)
        used, process = request._get_like_cases(6)
        self.assertEqual((used, process), (active.sudo(), self.Request))
        active.sudo().date_active = "2025-12-19"
        self.assertFalse(request._get_like_cases(6)[0])
        self.assertTrue(request._get_like_cases(7)[0])

    def test_another_borrower_is_another_matter(self):
        other = self.env["res.partner"].create({"name": "Wu Fang"})
        self.loan_2.sudo().partner_id = other
        self._limit("count", 1)
        self._ask(self.loan)
        self.assertEqual(self._tiers(self._ask(self.loan_2)), self.first)

    def test_nobody_above_is_told_at_once(self):
        self._limit("count", 0)
        self._limit("count", 0, tier=self.second)
        request = self._custom(self.loan)
        with self.assertRefused("highest tier"):
            request.action_request_approval()
        self.assertEqual(request.state, "assessed")

    def test_small_cases_together_do_not_go_straight_through(self):
        request = self._assessed("A", loan=self.loan_2)
        rule = request.sudo().rule_id
        self.assertTrue(request._is_straight_through())
        before = self._proposed("A")
        self.assertTrue(before.straight_through)
        offer = before.sudo().offer_id
        offer.concession = rule.straight_through_limit
        self.assertGreater(request.concession, 0)
        self.assertFalse(request._is_straight_through())

    def test_the_approver_sees_what_is_left(self):
        self._limit("count", 1)
        self._ask(self.loan)
        request = self._ask(self.loan_2).with_user(self.approver)
        self.assertIn(self.first.name, request.authority_table)
        self.assertIn("climbs", request.authority_table)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCommittee(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver_3 = cls._user("r_approver_3", "carloan_relief.group_approver")
        group = cls.env["res.groups"].create({"name": "Committee"})
        cls.members = cls.approver | cls.approver_2 | cls.approver_3
        group.user_ids = [Command.set(cls.members.ids)]
        cls.first.write({"reviewer_group_id": group.id, "carloan_approvals": 2})

    def _votes(self, request, votes):
        for user, vote in votes:
            (self._approve if vote else self._reject)(request, user, f"<{user.login}>")

    def test_committees(self):
        """(how refusals end it, votes in turn, state after the last)"""
        one, two, three = self.members
        cases = [
            ("single", [(one, True)], "to_approve"),
            ("single", [(one, True), (two, True)], "offered"),
            ("single", [(one, True), (two, False)], "rejected"),
            ("blocked", [(one, False)], "to_approve"),
            ("blocked", [(one, False), (two, True), (three, True)], "offered"),
            ("blocked", [(one, False), (two, True), (three, False)], "rejected"),
        ]
        for refusal, votes, state in cases:
            with self.subTest(refusal=refusal, votes=len(votes), state=state):
                self.first.carloan_refusal = refusal
                request = self._ask(self.loan_2)
                self._votes(request, votes)
                self.assertEqual(request.state, state)
                given = request.sudo().approval_decision_ids
                self.assertEqual(
                    given.user_id,
                    self.env["res.users"].union(*(user for user, _vote in votes)),
                )
                if state == "rejected":
                    for user, vote in votes:
                        told = f"<{user.login}>" in request.decline_reason
                        self.assertEqual(told, not vote)
                if state in ("to_approve", "offered"):
                    request.action_withdraw()

    def test_each_member_decides_once(self):
        request = self._ask(self.loan)
        self._approve(request, self.approver)
        self.assertFalse(request.with_user(self.approver).can_review)
        with self.assertRaises(AccessError):
            request.with_user(self.approver).validate_tier()
        self.assertEqual(request.sudo().review_ids.carloan_votes, "1 / 2")
        self.assertEqual(
            request.activity_ids.user_id, self.approver_2 | self.approver_3
        )

    def test_too_few_members_are_told_at_once(self):
        self.first.carloan_approvals = 4
        request = self._custom(self.loan)
        with self.assertRefused("only 3 may decide"):
            request.action_request_approval()

    def test_the_trail_outlives_the_proposal(self):
        request = self._ask(self.loan)
        self._approve(request, self.approver, "Sound")
        (given,) = request.sudo().approval_decision_ids
        self.assertRecordValues(
            given,
            [
                {
                    "user_id": self.approver.id,
                    "for_user_id": False,
                    "decision": "approved",
                    "comment": "Sound",
                    "tier": self.first.name,
                    "concession": request.concession,
                    "added_instalments": request.added_instalments,
                    "grade_id": request.grade_id.id,
                    "proposal_hash": request.proposal_hash,
                    "void": False,
                }
            ],
        )
        request.action_reopen()
        self.assertTrue(given.void)
        self.assertFalse(request.approver_ids)
        # a new proposal is decided anew, by the same person as well
        request.action_request_approval()
        self._votes(request, [(self.approver, True), (self.approver_2, True)])
        self.assertEqual(request.state, "offered")
        for user in (self.officer, self.approver, self.manager):
            with self.assertRaises(AccessError):
                given.with_user(user).write({"decision": "refused"})
            with self.assertRaises(AccessError):
                given.with_user(user).unlink()

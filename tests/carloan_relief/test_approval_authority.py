"""Authority counted per borrower, committees, stand-ins, certificates."""

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
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
        used, process = request._get_borrower_cases(6)
        self.assertEqual((used, process), (active.sudo(), self.Request))
        active.sudo().date_active = "2025-12-19"
        self.assertFalse(request._get_borrower_cases(6)[0])
        self.assertTrue(request._get_borrower_cases(7)[0])

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


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDelegation(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first.write(
            {
                "review_type": "individual",
                "reviewer_id": cls.approver.id,
                "reviewer_group_id": False,
            }
        )
        cls.manager_2 = cls._user("r_manager_2", "carloan_relief.group_manager")

    def _delegate(self, user=None, delegate=None, begin=TODAY, end=TODAY, **values):
        user = user or self.approver
        return (
            self.env["carloan.approval.delegation"]
            .with_user(user)
            .create(
                {
                    "user_id": user.id,
                    "delegate_id": (delegate or self.approver_2).id,
                    "date_from": begin,
                    "date_to": end,
                    "reason": "Leave",
                    **values,
                }
            )
        )

    def test_who_stands_in_decides_for_who_is_away(self):
        request = self._ask(self.loan)
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()
        delegation = self._delegate()
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()
        delegation.with_user(self.manager).action_approve()
        self.assertIn(self.approver_2, request.activity_ids.user_id)
        self.assertTrue(request.with_user(self.approver_2).can_review)
        self._approve(request, self.approver_2)
        given = request.sudo().approval_decision_ids
        self.assertEqual(given.for_user_id, self.approver)
        self.assertEqual(given.delegation_id, delegation)
        self.assertEqual(request.state, "offered")

    def test_it_begins_and_ends_by_its_dates_and_is_revoked(self):
        request = self._ask(self.loan)
        day = self._today()
        delegation = self._delegate(
            begin=fields.Date.add(day, days=1), end=fields.Date.add(day, days=2)
        )
        delegation.with_user(self.manager).action_approve()
        Delegation = self.env["carloan.approval.delegation"]
        review = request.sudo().review_ids
        for days, there in ((0, False), (1, True), (2, True), (3, False)):
            with freeze_time(fields.Date.add(day, days=days)):
                Delegation._apply_changes()
                self.assertEqual(self.approver_2 in review.reviewer_ids, there, days)
        with freeze_time(fields.Date.add(day, days=1)):
            Delegation._apply_changes()
            delegation.with_user(self.approver).action_revoke()
            self.assertNotIn(self.approver_2, review.reviewer_ids)
            with self.assertRaises(AccessError):
                request.with_user(self.approver_2).validate_tier()

    def test_who_may_make_and_approve_one(self):
        delegation = self._delegate()
        for user in (self.approver, self.approver_2, self.officer):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                delegation.with_user(user).action_approve()
        with self.assertRaises(AccessError):
            delegation.with_user(self.approver).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self._delegate(
                self.approver_2,
                self.manager,
                user_id=self.approver.id,
                date_from="2026-07-01",
                date_to="2026-07-02",
            )
        with self.assertRaises(AccessError):
            self._delegate(self.officer, self.approver_2)
        own = self._delegate(self.manager, self.manager_2)
        with self.assertRaises(AccessError):
            own.with_user(self.manager_2).action_approve()
        delegation.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            delegation.with_user(self.approver).write({"date_to": "2027-01-01"})

    def test_no_chain_and_no_outsider(self):
        self._delegate()
        with self.assertRaises(ValidationError):
            self._delegate(self.approver_2, self.manager)
        with self.assertRaises(ValidationError):
            self._delegate(self.manager, self.approver)
        with self.assertRaises(ValidationError):
            self._delegate(delegate=self.officer, begin="2026-07-01", end="2026-07-02")

    def test_who_stands_in_must_be_eligible(self):
        self._delegate().with_user(self.manager).action_approve()
        self.loan.party_ids.partner_id = self.approver_2.partner_id
        request = self._ask(self.loan)
        self.assertNotIn(self.approver_2, request.sudo().review_ids.reviewer_ids)
        with self.assertRaises(AccessError):
            request.with_user(self.approver_2).validate_tier()

    def test_relations_on_file_count(self):
        """(person, related to, who is kept out)"""
        wife = self.env["res.partner"].create({"name": "Sun Li"})
        me = self.approver.partner_id
        cases = [
            (me, self.borrower, True),
            (self.borrower, me, True),
            (self.guarantor, me, True),
            (wife, me, False),
        ]
        request = self._custom(self.loan)
        for partner, other, kept_out in cases:
            with self.subTest(partner=partner.name, other=other.name):
                relation = self.env["carloan.partner.relation"].create(
                    {"partner_id": partner.id, "other_id": other.id, "kind": "spouse"}
                )
                self.assertEqual(request._is_related(self.approver), kept_out)
                relation.unlink()

    def test_certified_staff_where_the_tier_says_so(self):
        kind = self.env.ref("carloan_relief.certificate_kind_relief")
        self.first.write({"requires_certificate": True, "certificate_kind_id": kind.id})
        request = self._custom(self.loan)
        Certificate = self.env["carloan.certificate"].with_user(self.manager)
        vals = {"user_id": self.approver.id, "kind_id": kind.id}
        cases = [
            ("2026-06-21", False, False),
            ("2025-06-20", "2026-06-19", False),
            ("2026-06-20", "2026-06-20", True),
            ("2026-01-01", False, True),
        ]
        for begin, end, valid in cases:
            with self.subTest(begin=begin, end=end):
                one = Certificate.create({**vals, "valid_from": begin, "valid_to": end})
                self.assertEqual(one.valid, valid)
                held = Certificate._get_holders(self.approver, kind, self._today())
                self.assertEqual(bool(held), valid)
                one.sudo().unlink()
        with self.assertRefused("not certified"):
            request.action_request_approval()
        Certificate.create({**vals, "valid_from": TODAY, "given_by_id": 1})
        request.action_request_approval()
        self._approve(request, self.approver)
        self.assertEqual(request.state, "offered")

    def test_nobody_certifies_themselves(self):
        kind = self.env.ref("carloan_relief.certificate_kind_relief")
        vals = {"kind_id": kind.id, "valid_from": TODAY}
        Certificate = self.env["carloan.certificate"]
        with self.assertRaises(AccessError):
            Certificate.with_user(self.manager).create(
                {**vals, "user_id": self.manager.id}
            )
        with self.assertRaises(AccessError):
            Certificate.with_user(self.approver).create(
                {**vals, "user_id": self.approver_2.id}
            )
        made = Certificate.with_user(self.manager).create(
            {**vals, "user_id": self.approver.id, "given_by_id": self.officer.id}
        )
        self.assertEqual(made.given_by_id, self.manager)

"""Who stands in for whom, who is too close, and who is certified."""

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .test_approval_authority import TierCase


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
        with self.assertRaises(AccessError):
            own.with_user(self.approver).unlink()
        # a manager who wrote on the draft has a part in it
        delegation.with_user(self.manager_2).reason = "Sick"
        with self.assertRaises(AccessError):
            delegation.with_user(self.manager_2).action_approve()
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

    def test_nobody_writes_the_own_relation_away(self):
        relation = self.env["carloan.partner.relation"].create(
            {
                "partner_id": self.manager.partner_id.id,
                "other_id": self.borrower.id,
                "kind": "spouse",
            }
        )
        own = relation.with_user(self.manager)
        with self.assertRefused("own relation to", AccessError):
            own.other_id = self.guarantor
        with self.assertRefused("own relation to", AccessError):
            own.unlink()
        relation.with_user(self.manager_2).kind = "relative"
        relation.with_user(self.manager_2).unlink()

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

"""What each role may do with a request, and what nobody may do over RPC."""

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common_relief import TODAY, ReliefCase

# anything else would be a crash, which proves nothing
REFUSALS = (
    "odoo.exceptions.AccessError",
    "odoo.exceptions.UserError",
    "odoo.exceptions.ValidationError",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestApprovalRights(ReliefCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._proposed("C")
        cls.review = cls.request.sudo().review_ids
        cls.env.flush_all()

    def _rpc(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _refused(self, login, model, method, *args, **kwargs):
        self.authenticate(login, login)
        self._assert_refused(model, method, *args, **kwargs)

    def _assert_refused(self, model, method, *args, **kwargs):
        # the server logs each refusal as a warning: here they are what is wanted
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            self._rpc(model, method, *args, **kwargs)
        self.assertIn(caught.exception.args[0], REFUSALS)

    def test_an_approval_cannot_be_forged_over_rpc(self):
        forged = {"status": "approved", "done_by": self.approver.id}
        review = {
            "model": self.request._name,
            "res_id": self.request.id,
            "definition_id": self.review.definition_id.id,
            "status": "approved",
        }
        for login in ("r_employee", "r_officer", "r_approver", "r_manager"):
            with self.subTest(login=login):
                self._refused(login, "tier.review", "write", self.review.ids, forged)
                self._refused(login, "tier.review", "unlink", self.review.ids)
                self._refused(login, "tier.review", "create", [review])
        self.review.invalidate_recordset()
        self.assertEqual(self.review.status, "pending")

    def test_another_review_cannot_be_turned_into_ours(self):
        other = self.env["tier.review"].create(
            {"model": "res.partner", "res_id": self.borrower.id}
        )
        self.env.flush_all()
        self._refused(
            "r_officer",
            "tier.review",
            "write",
            other.ids,
            {"model": self.request._name, "res_id": self.request.id},
        )

    def test_state_cannot_be_forged_over_rpc(self):
        name, ids = self.request._name, self.request.ids
        for login in ("r_officer", "r_manager", "r_approver"):
            with self.subTest(login=login):
                context = {"skip_validation_check": True}
                values = {"state": "offered"}
                self._refused(login, name, "write", ids, values, context=context)
        for login in ("r_employee", "r_officer_2", "r_auditor"):
            self._refused(login, name, "validate_tier", ids)
        self._refused("r_officer_2", name, "action_offer", ids)
        for private in ("_accept", "_activate", "_offer", "_decide"):
            self._refused("r_officer", name, private, ids)

    def test_nobody_lowers_what_decides_on_the_tiers(self):
        """Columns worked out from loan and offer are closed, though forms show them."""
        name, ids = self.request._name, self.request.ids
        for values in (
            {"concession": 0.0},
            {"is_exception": False},
            {"added_instalments": 0},
            {"principal_forgiven": 0.0},
            {"assessed_dpd": 0},
            {"partner_id": self.guarantor.id},
            {"validation_status": "validated"},
            {"proposer_id": self.officer_2.id},
        ):
            with self.subTest(values=values):
                self._refused("r_officer", name, "write", ids, values)
        forged = [(1, self.review.id, {"status": "approved"})]
        self._refused("r_officer", name, "write", ids, {"review_ids": forged})
        forged = [(0, 0, {"user_id": self.approver.id, "decision": "approved"})]
        values = {"approval_decision_ids": forged}
        self._refused("r_officer", name, "write", ids, values)

    def test_decisions_and_tiers_are_closed_over_rpc(self):
        decision = {
            "request_id": self.request.id,
            "user_id": self.approver.id,
            "decision": "approved",
        }
        tier = self.review.definition_id
        for login in ("r_employee", "r_officer", "r_approver"):
            with self.subTest(login=login):
                for model, vals in (
                    ("carloan.approval.decision", decision),
                    ("tier.definition", {"name": "Mine"}),
                    (
                        "carloan.authority.limit",
                        {"definition_id": tier.id, "measure": "dpd", "most": 1},
                    ),
                    (
                        "carloan.certificate",
                        {"user_id": self.approver.id, "kind_id": 1},
                    ),
                ):
                    self._refused(login, model, "create", [vals])
                user = {"reviewer_id": self.officer.id, "review_type": "individual"}
                self._refused(login, "tier.definition", "write", tier.ids, user)
                self._refused(login, "tier.definition", "unlink", tier.ids)
        self._refused("r_manager", "carloan.approval.decision", "create", [decision])
        exception = {"name": "x", "model_id": 1}
        self._refused("r_manager", "tier.validation.exception", "create", [exception])

    def test_an_approval_does_not_leave_the_inbox_by_a_tick(self):
        activity = self.request.sudo().activity_ids.filtered(
            lambda one: one.user_id == self.approver
        )
        for login in ("r_officer", "r_approver", "r_manager"):
            with self.subTest(login=login):
                for method in ("action_feedback", "action_done", "unlink"):
                    self._refused(login, "mail.activity", method, activity.ids)
                self._refused(
                    login,
                    "mail.activity",
                    "write",
                    activity.ids,
                    {"user_id": self.officer_2.id},
                )
        self.assertTrue(activity.exists().active)

    def test_a_message_decides_nothing(self):
        self.authenticate("r_officer", "r_officer")
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": self.request._name,
                "thread_id": self.request.id,
                "post_data": {
                    "body": "Approved",
                    "message_type": "comment",
                    "subtype_xmlid": "base_tier_validation.mt_tier_validation_accepted",
                },
            },
        )
        self.request.invalidate_recordset()
        self.assertEqual(self.request.state, "to_approve")
        self.assertFalse(self.request.sudo().approval_decision_ids)

    def test_the_borrower_who_is_an_approver(self):
        """Staff who borrow decide nothing on their own loan, by no route."""
        self.request.loan_id.sudo().partner_id = self.approver_2.partner_id
        self.env.flush_all()
        name, ids = self.request._name, self.request.ids
        for method in ("validate_tier", "reject_tier", "action_await_papers"):
            self._refused("r_approver_2", name, method, ids)
        self.assertFalse(self.request.with_user(self.approver_2).can_review)

    def test_the_comment_dialog_is_no_way_round(self):
        dialog = {
            "res_model": self.request._name,
            "res_id": self.request.id,
            "validate_reject": "validate",
            "comment": "fine",
        }
        for login in ("r_employee", "r_officer_2"):
            self.authenticate(login, login)
            wizard = self._rpc("comment.wizard", "create", [dialog])
            self._assert_refused("comment.wizard", "add_comment", wizard)

    def test_outsiders_read_neither_reviews_nor_tiers(self):
        portal = new_test_user(self.env, "r_portal", groups="base.group_portal")
        public = self.env.ref("base.public_user")
        for user in (portal, public):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.review.with_user(user).read(["status"])
                with self.assertRaises(AccessError):
                    self.review.definition_id.with_user(user).read(["name"])
                with self.assertRaises(AccessError):
                    self.request.with_user(user).read(["state"])
        Review = self.env["tier.review"].with_user(self.employee)
        self.assertFalse(Review.search([("id", "=", self.review.id)]))

    def test_roles(self):
        """Who reads, writes, creates, deletes a request."""
        expected = {
            self.officer: "rwc",
            self.approver: "r",
            self.manager: "rwcd",
            self.auditor: "r",
            self.accountant: "r",
            self.employee: "",
        }
        operations = ("read", "write", "create", "unlink")
        for user, rights in expected.items():
            for letter, operation in zip("rwcd", operations, strict=True):
                with self.subTest(user=user.login, operation=operation):
                    self.assertEqual(
                        self.request.with_user(user).has_access(operation),
                        letter in rights,
                    )
        for user in (self.officer, self.manager, self.approver):
            offers = self.request.offer_ids.with_user(user)
            self.assertTrue(offers.has_access("read"))
            self.assertFalse(offers.has_access("write"))

    def test_officers_see_the_requests_of_their_team(self):
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [(6, 0, self.officer_2.ids)]}
        )
        self.request.sudo().team_id = team
        self.assertFalse(self.request.with_user(self.officer).has_access("read"))
        self.assertTrue(self.request.with_user(self.officer_2).has_access("read"))
        self.assertTrue(self.request.with_user(self.approver).has_access("read"))

    def test_staff_may_not_take_the_steps_of_others(self):
        for user in (self.auditor, self.employee, self.accountant):
            for move in ("action_withdraw", "action_reopen", "action_accept"):
                with (
                    self.subTest(user=user.login, move=move),
                    self.assertRaises(AccessError),
                ):
                    getattr(self.request.with_user(user), move)()

"""Two approvers at the same second, each with a connection of their own."""

from odoo import api, fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user, tagged

from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestApprovalRace(CommittedCase):
    def _make_book(self, env):
        """A case of a committee of two out of two that waits for approval."""
        today = fields.Date.today()
        product = env["carloan.product"].create({"name": "Race", "annual_rate": 0.072})
        product.action_map_accounts()
        loan = env["carloan.loan"].create(
            {
                "partner_id": env["res.partner"].create({"name": "Chen Lei"}).id,
                "product_id": product.id,
                "principal": 12000.0,
                "instalments": 12,
                "start_date": fields.Date.subtract(today, months=1),
                "first_due_date": today,
            }
        )
        loan.action_disburse()
        self.users = [
            new_test_user(env, f"decides_{n}", "carloan_relief.group_approver").id
            for n in "ab"
        ]
        request = env["carloan.relief.request"].create({"loan_id": loan.id})
        request.write({"state": "to_approve", "proposal_hash": "-"})
        request.proposal_hash = request._get_proposal_hash()
        tier = env.ref("carloan_relief.tier_definition_approver")
        env["tier.review"].create(
            {
                "model": request._name,
                "res_id": request.id,
                "definition_id": tier.id,
                "requested_by": env.uid,
                "sequence": 1,
                "status": "pending",
            }
        )
        self.request_id = request.id
        return loan.ids

    def _clean(self):
        with self._env() as env:
            for query in (
                "DELETE FROM carloan_decline_letter WHERE request_id = %s",
                "DELETE FROM carloan_approval_decision WHERE request_id = %s",
                "DELETE FROM tier_review WHERE res_id = %s"
                " AND model = 'carloan.relief.request'",
                "DELETE FROM mail_activity WHERE res_id = %s"
                " AND res_model = 'carloan.relief.request'",
                "DELETE FROM carloan_relief_request WHERE id = %s",
            ):
                env.cr.execute(query, [self.request_id])
        super()._clean()

    def _session(self, user_id):
        """Return the case as one session sees it, with a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        env = api.Environment(cr, user_id, {})
        return env["carloan.relief.request"].browse(self.request_id)

    def test_one_decides_and_the_other_is_told(self):
        one, two = (self._session(user_id) for user_id in self.users)
        self.assertEqual(one.state, two.state)
        one._decide("reject", "Not shown")
        # the first has not committed: the second is not left waiting
        with self.assertRaises(UserError) as busy:
            two._decide("validate", "Fine")
        self.assertIn("Somebody else is working on", str(busy.exception))
        two.env.cr.rollback()
        two.env.invalidate_all()
        self.assertEqual(two.state, "to_approve", "seen before the first commits")
        one.env.cr.commit()
        with self.assertRaises(UserError) as late:
            retrying(lambda: two._decide("validate", "Fine"), two.env)
        self.assertIn("there is nothing to decide", str(late.exception))
        self.assertNotIsInstance(late.exception, AccessError)
        with self._env() as env:
            request = env["carloan.relief.request"].browse(self.request_id)
            self.assertEqual(request.state, "rejected")
            given = request.approval_decision_ids
            self.assertEqual(given.user_id.id, self.users[0])

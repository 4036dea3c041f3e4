"""A substantial modification: flagged, decided by an accountant, posted, undone."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

PLAN = [
    {"kind": "capitalise", "components": ["principal", "interest"]},
    {"kind": "rate", "annual_rate": 0.0},
    {"kind": "extend", "instalments": 12},
]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestExchange(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._assessed()
        cls.offer = cls.request._add_custom_offer(PLAN, "Court settlement")
        cls.request.sudo().write(
            {
                "offer_id": cls.offer.id,
                "state": "accepted",
                "proposer_id": cls.officer.id,
            }
        )
        request_sudo = cls.request.sudo()
        request_sudo.proposal_hash = request_sudo._get_proposal_hash()
        request_sudo._make_consents()
        cls.request.consent_ids.with_user(cls.officer).action_give()

    def _decide(self, value, user=None):
        request = self.request.with_user(user or self.accountant)
        action = request.action_exchange()
        wizard = self.env[action["res_model"]].with_user(user or self.accountant)
        wizard = wizard.with_context(action["context"]).create({"fair_value": value})
        wizard.action_confirm()
        return wizard

    def test_flagged_by_the_share_of_the_policy(self):
        self.assertTrue(self.offer.substantial)
        self.assertGreater(self.offer.value_change, 10.0)
        small = self.request._prepare_value_change(
            self.request._get_position(), [{"kind": "extend", "instalments": 2}]
        )
        self.assertFalse(small["substantial"])
        self.request.sudo().policy_id.substantial_share = 0.5
        vals = self.request._prepare_value_change(self.request._get_position(), PLAN)
        self.assertFalse(vals["substantial"])

    def test_decided_posted_and_undone(self):
        loan = self.loan
        rate, start = loan.eir_period, loan.principal_balance
        wizard = self._decide(80000.0)
        self.assertEqual(wizard.carried, round(start + loan.adjustment_balance, 2))
        self.request.with_user(self.accountant).action_activate()
        moves = self.request.sudo().move_ids
        move = moves.filtered(lambda one: one.carloan_event == "exchange")
        self.assertEqual(len(move), 1)
        self.assertFalse(moves.filtered(lambda one: one.carloan_event == "modify"))
        self.assertEqual(
            round(loan.undue_principal + loan.adjustment_balance, 2), 80000.0
        )
        entry = self._entry(move)
        self.assertEqual(
            entry["interest_adjustment"], round(80000.0 - loan.undue_principal, 2)
        )
        self.assertEqual(loan.allowance_balance, 0.0)
        self.assertTrue(loan.poci)
        self.assertNotEqual(loan.eir_period, rate)
        self.assertBooks()
        loan.with_user(self.auditor).read(["poci"])
        self.request.with_user(self.accountant)._undo(self._today(), "Mistake")
        self.assertFalse(loan.poci)
        self.assertEqual((loan.eir_period, loan.adjustment_balance), (rate, 0.0))
        self.assertBooks()

    def test_who_decides_and_when(self):
        with self.assertRaises(AccessError):
            self.request.with_user(self.officer).action_exchange()
        with self.assertRaises(AccessError):
            self.request.with_user(self.officer).write({"new_claim_value": 1.0})
        with self.assertRefused("is not possible"):
            self._decide(-1.0)
        self._decide(80000.0)
        self._decide(0.0)
        self.assertIn("goes on", self._logged(self.request))
        self.offer.sudo().substantial = False
        with self.assertRefused("reaches the share"):
            self.request.with_user(self.accountant).action_exchange()

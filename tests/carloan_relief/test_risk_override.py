"""Grades set by hand: who proposes, who decides, and how they end."""

import re

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .risk_common import AS_OF
from .risk_grading_common import GradingCase


@tagged("post_install", "-at_install")
class TestRiskOverride(GradingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good.team_id = cls.team

    def setUp(self):
        super().setUp()
        self.assess(self.good, pd=0.2)

    def test_a_second_person_puts_it_in_force_and_it_shows(self):
        item = self.propose(self.good)
        self.assertEqual(self.good.risk_grade_id, self.grades["D"])
        item.with_user(self.users["analyst"]).action_approve()
        self.assertRecordValues(
            item,
            [
                {
                    "state": "in_force",
                    "grade_before_id": self.grades["D"].id,
                    "direction": "better",
                    "proposer_id": self.users["officer"].id,
                    "approver_id": self.users["analyst"].id,
                    "date_from": AS_OF,
                }
            ],
        )
        self.assertEqual(self.good.risk_grade_id, self.grades["B"])
        latest = self.good.assessment_id
        self.assertEqual(latest.override_id, item)
        self.assertLess(latest.pd, 0.05)
        for shown in (
            self.good.risk_override_text,
            self.good.partner_id.risk_override_text,
            latest.reason_text,
        ):
            self.assertIn("Set by hand to B until 2026-07-30", shown)

    def test_nobody_decides_on_the_own_proposal(self):
        for user in ("analyst", "manager"):
            item = self.propose(self.good, user=user)
            with self.assertRaises(AccessError) as caught:
                item.action_approve()
            self.assertIn("a second person", str(caught.exception))
            item.sudo().state = "refused"
            item.flush_recordset()

    def test_a_loan_has_one_at_a_time(self):
        item = self.propose(self.good)
        other = self.propose(self.late, user="manager")
        text = f"Loan {self.good.name} already has grade B by hand (proposed"
        with self.assertRaisesRegex(UserError, re.escape(text)):
            self.propose(self.good)
        with self.assertRaisesRegex(UserError, re.escape(text)):
            other.sudo().loan_id = self.good
        item.with_user(self.users["analyst"]).action_approve()
        with self.assertRaisesRegex(UserError, "in force, until 2026-07-30"):
            self.propose(self.good)

    def test_who_may_decide(self):
        item = self.propose(self.good)
        for user in ("officer", "approver", "auditor", "accountant"):
            with self.subTest(user), self.assertRaises(AccessError):
                item.with_user(self.users[user]).action_approve()
        item.with_user(self.users["manager"]).action_refuse()
        self.assertEqual(item.state, "refused")
        self.assertEqual(self.good.risk_grade_id, self.grades["D"])
        with self.assertRaises(UserError):
            item.with_user(self.users["analyst"]).action_approve()

    def test_moves_cannot_be_forged_nor_history_deleted(self):
        item = self.propose(self.good)
        analyst = item.with_user(self.users["analyst"])
        for vals in (
            {"state": "in_force"},
            {"approver_id": self.users["manager"].id},
            {"proposer_id": self.users["manager"].id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                analyst.write(vals)
        analyst.action_approve()
        for vals in ({"expiry": AS_OF + relativedelta(days=60)}, {"reason": "x"}):
            with self.subTest(vals), self.assertRaises(UserError):
                analyst.write(vals)
        with self.assertRaises(UserError):
            item.sudo().unlink()

    def test_limits_of_the_policy(self):
        for vals in ({"days": 91}, {"days": -1}, {"grade": "A"}):
            with self.subTest(vals), self.assertRaises(UserError):
                self.propose(self.good, **vals)
        self.assertEqual(self.propose(self.good, "E").direction, "worse")

    def test_a_hard_rule_binds_an_override(self):
        self.flag(self.good, "bankrupt")
        self.assess(self.good, pd=0.2)
        item = self.propose(self.good, "C")
        item.with_user(self.users["analyst"]).action_approve()
        self.assertEqual(self.good.risk_grade_id, self.grades["E"])

    def test_it_ends_by_night_and_the_loan_returns(self):
        item = self.propose(self.good, days=10)
        item.with_user(self.users["analyst"]).action_approve()
        with freeze_time(AS_OF + relativedelta(days=10)):
            self.env["carloan.risk.override"]._cron_expire()
            self.assertEqual(item.state, "in_force")
        with freeze_time(AS_OF + relativedelta(days=11)):
            self.env["carloan.risk.override"]._cron_expire()
            self.assertRecordValues(item, [{"state": "ended", "date_end": item.expiry}])
            waiting = self.env["carloan.risk.queue"].search([])
            self.assertEqual(waiting.loan_id, self.good)
            waiting._process("override")
            self.assertNotEqual(self.good.risk_grade_id, self.grades["B"])
            self.assertFalse(self.good.risk_override_text)
        # what held on a day stays so
        past = self.assess(self.good, AS_OF)
        self.assertEqual(past.override_id, item)

    def test_it_can_be_ended_before(self):
        item = self.propose(self.good)
        item.with_user(self.users["analyst"]).action_approve()
        item.with_user(self.users["manager"]).action_end()
        self.assertEqual(item.state, "ended")
        self.assertFalse(self.good.assessment_id.override_id)

    def test_an_officer_sees_the_own_team_s(self):
        self.assess(self.late)
        item = self.propose(self.late, "E", user="analyst")
        with self.assertRaises(AccessError):
            item.with_user(self.users["officer"]).read(["reason"])
        item.sudo().state = "refused"
        item.flush_recordset()
        with self.assertRaises(AccessError):
            self.propose(self.late, "E", user="officer")

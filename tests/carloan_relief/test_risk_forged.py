"""What nobody may say over RPC: by writing it, by a default of the context, by a child
that is moved to another parent."""

import base64
import datetime

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .risk_common import AS_OF
from .risk_grading_common import GradingCase


@tagged("post_install", "-at_install")
class TestRiskForged(GradingCase):
    def as_role(self, model, role, **context):
        return self.env[model].with_user(self.users[role]).with_context(**context)

    def make(self, model, role, defaults=(), **vals):
        context = {f"default_{name}": value for name, value in dict(defaults).items()}
        return self.as_role(model, role, **context).create(vals)

    def assert_closed(self, record, role, **vals):
        """Each value is refused alone, to the role that may write the record."""
        for name, value in vals.items():
            with self.subTest(name), self.assertRaises(AccessError):
                record.with_user(self.users[role]).write({name: value})

    def test_a_grade_by_hand_begins_as_a_proposal(self):
        self.assess(self.good, pd=0.2)
        forged = {
            "state": "in_force",
            "date_from": AS_OF,
            "proposer_id": self.users["manager"].id,
            "approver_id": self.users["manager"].id,
        }
        vals = {
            "loan_id": self.good.id,
            "grade_id": self.grades["B"].id,
            "reason": "Told to",
            "expiry": AS_OF + datetime.timedelta(days=30),
        }
        item = self.make("carloan.risk.override", "officer", forged, **vals)
        self.assertRecordValues(
            item,
            [
                {
                    "state": "proposed",
                    "date_from": False,
                    "proposer_id": self.users["officer"].id,
                    "approver_id": False,
                    "grade_before_id": self.grades["D"].id,
                }
            ],
        )

    def test_a_review_begins_as_asked_for(self):
        self.assess(self.good)
        forged = {
            "state": "answered",
            "channel": "portal",
            "asked_on": "2020-01-01 00:00:00",
        }
        vals = {"loan_id": self.good.id, "reason": "New job"}
        review = self.make("carloan.risk.review", "officer", forged, **vals)
        self.assertRecordValues(
            review,
            [
                {
                    "state": "asked",
                    "channel": "staff",
                    "asked_on": fields.Datetime.now(),
                    "deadline": datetime.date(2026, 7, 7),
                }
            ],
        )

    def test_who_trained_is_who_asked(self):
        manager = self.users["manager"].id
        forged = {"user_id": manager, "state": "done"}
        for defaults, vals in ((forged, {}), ({}, forged)):
            item = self.make("carloan.risk.training", "analyst", defaults, **vals)
            self.assertEqual(item.user_id, self.users["analyst"])
            self.assertEqual(item.state, "draft")
            self.assertTrue(item.name)
        self.assert_closed(
            item, "analyst", user_id=manager, state="done", report={}, name="T1"
        )
        item.sudo().state = "done"
        with self.assertRaisesRegex(UserError, item.name):
            item.unlink()

    def test_a_contact_is_logged_today(self):
        contact = self.make(
            "carloan.contact",
            "officer",
            {"logged_on": "2020-01-01", "breaks": "hours"},
            loan_id=self.good.id,
            date=f"{AS_OF} 08:00:00",
            consent=True,
        )
        self.assertEqual(contact.logged_on, AS_OF)
        self.assertFalse(contact.breaks)

    def test_a_verified_household_stays_verified(self):
        model, person = "carloan.financial.statement", self.good.partner_id.id
        vals = {"partner_id": person, "date": AS_OF, "net_income": 2000.0}
        forged = {"verified_by": self.users["analyst"].id, "verified_on": AS_OF}
        statement = self.make(model, "officer", forged, **vals)
        self.assertFalse(statement.verified_by)
        statement.evidence_ids = [
            Command.create({"name": "payslip.pdf", "datas": base64.b64encode(b"x")})
        ]
        statement.action_verify()
        self.assert_closed(statement, "officer", verified_by=False, verified_on=False)
        with self.assertRaisesRegex(UserError, "new statement"):
            statement.known_on = AS_OF
        open_one = self.make(model, "officer", **vals)
        line = self.make(
            "carloan.financial.line",
            "officer",
            statement_id=open_one.id,
            type="rent",
            amount=1.0,
        )
        with self.assertRaisesRegex(UserError, "was verified"):
            line.statement_id = statement

    def test_where_a_bureau_report_came_from_stays(self):
        model, person = "carloan.bureau.report", self.good.partner_id.id
        forged = {"source": "fetched", "provider": "Bureau", "sandbox": True}
        for defaults, vals in ((forged, {}), ({}, forged)):
            report = self.make(model, "officer", defaults, partner_id=person, **vals)
            self.assertRecordValues(
                report, [{"source": "entered", "provider": False, "sandbox": False}]
            )
        made_up = report.sudo().copy({"sandbox": True})
        self.assert_closed(made_up, "officer", sandbox=False, source="fetched")
        received = self.as_role(model, "officer")._receive([{"partner_id": person}])
        self.assertEqual(received.create_uid, self.users["officer"])
        for role, vals in (
            ("auditor", {"partner_id": person}),
            ("officer", {"partner_id": self.late.partner_id.id}),  # another team's
        ):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_role(model, role)._receive([vals])

    def test_a_grade_follows_from_an_assessment(self):
        self.good.team_id = self.team
        self.assess(self.good, pd=0.2)
        best = self.grades["A"].id
        self.assert_closed(self.good, "officer", risk_grade_id=best, risk_pd=0.0)
        vals = self.good.copy_data()[0]
        forged = {"risk_grade_id": best, "risk_pd": 0.001}
        for defaults, own in ((forged, {}), ({}, forged)):
            loan = self.make("carloan.loan", "officer", defaults, **vals, **own)
            self.assertFalse(loan.risk_grade_id)
            self.assertFalse(loan.risk_pd)

    def test_a_rule_or_row_does_not_move_into_what_is_in_use(self):
        self.assess(self.good)
        later = self.policy.copy({"valid_from": AS_OF + datetime.timedelta(days=1)})
        with self.assertRaisesRegex(UserError, "stays as it is"):
            later.cap_ids[0].with_user(self.users["analyst"]).policy_id = self.policy
        table = self.env.ref("carloan_relief.carloan_risk_table_redefault")
        row = table.copy().row_ids[0].with_user(self.users["analyst"])
        request = self.env["carloan.relief.request"].create({"loan_id": self.good.id})
        request.sudo().redefault_table_id = table
        with self.assertRaisesRegex(UserError, "stays as it is"):
            row.table_id = table

    def test_a_point_alone_cannot_bend_a_curve(self):
        curve = self.env["carloan.vehicle.curve"].create(
            {
                "name": "Own",
                "line_ids": [
                    Command.create({"age": age, "share": share})
                    for age, share in ((0, 1.0), (1, 0.5))
                ],
            }
        )
        with self.assertRaisesRegex(ValidationError, "rises"):
            curve.line_ids[0].with_user(self.users["analyst"]).share = 0.4

"""Households, bureau reports and vehicles: what is entered, and by whom."""

import base64
import datetime
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.carloan_relief.models.risk.carloan_bureau_provider import BureauError

from .risk_common import AS_OF, RiskCase

NOON = f"{AS_OF} 04:00:00"  # 12:00 in Shanghai
NIGHT = f"{AS_OF} 15:00:00"  # 23:00 in Shanghai
MODELS = (
    "carloan.financial.line",
    "carloan.bureau.report",
    "carloan.bureau.line",
    "carloan.bureau.consent",
    "carloan.contact",
    "carloan.vehicle.curve",
    "carloan.risk.feature",
)


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01 06:00:00")
class TestRiskData(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.person = cls.good.partner_id
        cls.person.ref = "P-1"
        (cls.person | cls.late.partner_id).tz = "Asia/Shanghai"

    def as_role(self, model, role):
        return self.env[model].with_user(self.users[role])

    def statement(self, role="officer", **values):
        return self.as_role("carloan.financial.statement", role).create(
            {"partner_id": self.person.id, "date": AS_OF, **values}
        )

    # -------------------------------------------------------------- households
    def test_totals_follow_from_the_lines_a_month(self):
        """1,200 a week and 600 a year; a kind without lines keeps what was typed."""
        lines = [
            ("wage", 1200.0, "week"),
            ("other_income", 600.0, "year"),
            ("rent", 900.0, "month"),
            ("food", 100.0, "fortnight"),
        ]
        statement = self.statement(
            other_debt=75.0,
            line_ids=[
                Command.create({"type": kind, "amount": amount, "frequency": often})
                for kind, amount, often in lines
            ],
        )
        self.assertRecordValues(
            statement,
            [
                {
                    "net_income": 1200 * 52 / 12 + 50,
                    "living_costs": 900 + round(100 * 26 / 12, 2),
                    "other_debt": 75.0,
                }
            ],
        )
        statement.line_ids.filtered(lambda line: line.type == "rent").amount = 1000.0
        self.assertEqual(statement.living_costs, 1000 + 216.67)

    def test_verified_figures_stand(self):
        statement = self.statement(net_income=2000.0)
        with self.assertRaisesRegex(UserError, "evidence"):
            statement.action_verify()
        statement.evidence_ids = [
            Command.create({"name": "payslip.pdf", "datas": base64.b64encode(b"x")})
        ]
        statement.action_verify()
        self.assertEqual(statement.verified_by, self.users["officer"])
        self.assertEqual(statement.verified_on, datetime.date(2026, 7, 1))
        for values in ({"net_income": 9.0}, {"line_ids": [Command.clear()]}):
            with self.assertRaisesRegex(UserError, "new statement"):
                statement.write(values)
        with self.assertRaisesRegex(UserError, "was verified"):
            self.as_role("carloan.financial.line", "officer").create(
                {"statement_id": statement.id, "type": "rent", "amount": 1.0}
            )
        with self.assertRaisesRegex(UserError, "already"):
            statement.with_user(self.users["analyst"]).action_verify()

    def test_nobody_verifies_by_hand_or_for_oneself(self):
        mine = {"verified_by": self.users["analyst"].id}
        with self.assertRaises(AccessError):
            self.statement(**mine)
        with self.assertRaises(AccessError):
            self.statement().write(mine)
        own = self.users["officer"].partner_id
        with self.assertRaisesRegex(UserError, "own household"):
            self.statement(partner_id=own.id).action_verify()
        for role in ("approver", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.statement().with_user(self.users[role]).action_verify()

    def test_dates_that_cannot_be_right(self):
        for values in (
            {"known_on": AS_OF - datetime.timedelta(days=1)},
            {"known_on": "2026-07-02"},
            {"employed_since": "2026-07-01"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.statement(**values)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.statement(line_ids=[Command.create({"type": "rent", "amount": -1.0})])

    # ------------------------------------------------------------------ bureau
    def consent(self, **values):
        return self.as_role("carloan.bureau.consent", "officer").create(
            {"partner_id": self.person.id, "date": AS_OF, "text": "Yes.", **values}
        )

    def fetch(self, role="officer"):
        self.company.carloan_bureau_provider = "carloan.bureau.provider.sandbox"
        wizard = self.as_role("carloan.bureau.fetch", role).create(
            {"partner_id": self.person.id}
        )
        action = wizard.action_fetch()
        return self.env["carloan.bureau.report"].browse(action["res_id"])

    def test_the_sandbox_says_the_same_each_time_and_is_marked(self):
        self.consent()
        first, second = self.fetch(), self.fetch()
        self.assertTrue(first.sandbox)
        self.assertEqual(first.source, "fetched")
        self.assertIn("made-up", first.provider)
        self.assertTrue(500 <= first.score <= 850)
        for name in ("score", "arrears", "accounts", "inquiries_6m", "reference"):
            self.assertEqual(first[name], second[name], name)

    def test_no_report_without_a_consent_that_holds(self):
        cases = (
            lambda: None,
            lambda: self.consent(date="2026-01-01", date_until="2026-06-30"),
            lambda: self.consent().action_withdraw(),
        )
        for case in cases:
            case()
            with self.assertRaisesRegex(UserError, "agreed"):
                self.fetch()
        with self.assertRaisesRegex(UserError, "button"):
            self.consent().write({"withdrawn_on": False})

    def test_a_provider_that_fails_leaves_nothing_and_says_so(self):
        self.consent()
        sandbox = type(self.env["carloan.bureau.provider.sandbox"])
        cases = (
            (BureauError("The line is busy."), "line is busy"),
            (OSError("secret of the socket"), "try again later"),
            ({"score": 600, "lines": [{"kind": "inquiry"}]}, "needs its date"),
            ("not a report", "no report"),
        )
        for answer, says in cases:
            with self.subTest(says):
                error = isinstance(answer, Exception)
                fake = {"side_effect": answer} if error else {"return_value": answer}
                with (
                    patch.object(sandbox, "_fetch", **fake),
                    self.assertRaisesRegex(UserError, says) as caught,
                ):
                    self.fetch()
                self.assertNotIn("secret", str(caught.exception))
        self.assertFalse(
            self.env["carloan.bureau.report"].search([("source", "=", "fetched")])
        )

    def test_without_a_provider_it_says_where_to_choose_one(self):
        self.company.carloan_bureau_provider = False
        with self.assertRaisesRegex(UserError, "Settings"):
            self.env["carloan.bureau.provider"]._request_report(
                self.person, self.consent(), self.company
            )

    HEAD = "reference,report_date,score,kind,lender,date,limit,balance,arrears,dpd\n"

    def load(self, text, role="analyst"):
        wizard = self.as_role("carloan.bureau.import", role).create(
            {
                "file": base64.b64encode((self.HEAD + text).encode()),
                "file_name": "b.csv",
            }
        )
        return wizard, wizard.action_import()

    def test_rows_of_a_person_and_date_make_one_report(self):
        _wizard, action = self.load(
            "P-1,2026-06-30,640,account,Bank,2020-01-01,1000.00,250.50,50.00,31\n"
            "P-1,2026-06-30,,inquiry,Shop,2026-05-01,,,,\n"
            f"{self.late.name},2026-06-29,700,,,,,,,\n"
        )
        reports = self.env["carloan.bureau.report"].search(action["domain"])
        self.assertRecordValues(
            reports.sorted("date", reverse=True),
            [
                {
                    "partner_id": self.person.id,
                    "score": 640,
                    "accounts": 1,
                    "arrears": 50.0,
                    "lines_used": 250.5,
                    "worst_dpd": 31,
                    "inquiries_6m": 1,
                    "source": "imported",
                },
                {
                    "partner_id": self.late.partner_id.id,
                    "score": 700,
                    "accounts": 0,
                    "arrears": 0.0,
                    "lines_used": 0.0,
                    "worst_dpd": 0,
                    "inquiries_6m": 0,
                    "source": "imported",
                },
            ],
        )

    def test_a_file_with_a_wrong_cell_is_refused_by_row_and_column(self):
        good = "P-1,2026-06-30,640,account,Bank,,1.00,1.00,0,0\n"
        cases = (
            (",2026-06-30,640,,,,,,,\n", "reference", "is empty"),
            ("nobody,2026-06-30,640,,,,,,,\n", "reference", "no person"),
            ("P-1,30.06.2026,640,,,,,,,\n", "report_date", "not a date"),
            ("P-1,2027-06-30,640,,,,,,,\n", "report_date", "future"),
            ("P-1,2026-06-30,many,,,,,,,\n", "score", "not a number"),
            ("P-1,2026-06-30,640,loan,,,,,,\n", "kind", "neither"),
            ("P-1,2026-06-30,640,inquiry,,,,,,\n", "date", "needs its date"),
            ("P-1,2026-06-30,640,account,,,,-5.00,,\n", "balance", "below zero"),
            ("P-1,2026-06-30,640,account,,2026-07-01,,,,\n", "date", "after"),
        )
        for row, column, says in cases:
            with self.subTest(says):
                wizard, _action = self.load(good + row)
                self.assertEqual(wizard.state, "refused")
                problem = wizard.problem_ids
                self.assertEqual((problem.line, problem.column), (3, column))
                self.assertIn(says, problem.reason)
        self.assertFalse(self.env["carloan.bureau.report"].search([]))

    # ---------------------------------------------------------------- vehicles
    def test_the_first_curve_that_fits_brings_the_value_forward(self):
        vehicle = self.good.vehicle_id
        vehicle.valuation_ids = [
            Command.create({"date": "2025-07-01", "value": 10000.0})
        ]
        curve = self.env["carloan.vehicle.curve"].create(
            {
                "name": "Own",
                "company_id": self.company.id,
                "sequence": 99,
                "usage": "private",
                "line_ids": [
                    Command.create({"age": age, "share": share})
                    for age, share in ((0, 1.0), (1, 0.5), (2, 0.25))
                ],
            }
        )
        self.assertAlmostEqual(vehicle.value_today, 5000.0, -1)
        found = self.env["carloan.risk.features"]._gather(
            self.good, datetime.date(2026, 7, 1)
        )
        self.assertAlmostEqual(found["ltv"][0], 8000 / 5000, 2)
        curve.usage = "commercial"
        vehicle.invalidate_recordset()
        self.assertAlmostEqual(vehicle.value_today, 10000 * 0.69 / 0.8, -2)

    def test_a_curve_that_rises_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "rises"):
            self.env["carloan.vehicle.curve"].create(
                {
                    "name": "Gold",
                    "line_ids": [
                        Command.create({"age": 0, "share": 0.5}),
                        Command.create({"age": 1, "share": 0.9}),
                    ],
                }
            )

    # ------------------------------------------------------------------ rights
    def test_strangers_see_nothing(self):
        for model in MODELS:
            for role in ("employee", "accountant"):
                with self.subTest((model, role)), self.assertRaises(AccessError):
                    self.as_role(model, role).search([])

    def test_officers_see_their_team_and_others_all(self):
        other = self.late.partner_id.id
        made = {
            "carloan.bureau.report": {"partner_id": other},
            "carloan.bureau.consent": {"partner_id": other, "text": "Yes."},
            "carloan.contact": {"loan_id": self.late.id, "date": NOON},
        }
        for model, values in made.items():
            record = self.env[model].create(values)
            self.assertNotIn(record, self.as_role(model, "officer").search([]), model)
            for role in ("approver", "analyst", "manager", "auditor"):
                self.assertIn(record, self.as_role(model, role).search([]), model)
            self.late.team_id = self.team
            self.assertIn(record, self.as_role(model, "officer").search([]), model)
            self.late.team_id = self.other_team

    def test_another_company_is_another_world(self):
        self.as_role("carloan.contact", "officer").create(
            {"loan_id": self.good.id, "date": NOON, "outcome": "no_answer"}
        )
        self.env["carloan.bureau.report"].create({"partner_id": self.person.id})
        other = self.env["res.company"].create({"name": "Elsewhere"})
        manager = self.users["manager"]
        manager.company_ids += other
        for model in ("carloan.contact", "carloan.bureau.report"):
            there = self.as_role(model, "manager").with_context(
                allowed_company_ids=other.ids
            )
            self.assertFalse(there.search([]), model)

    def test_who_enters_what(self):
        readers = ("approver", "auditor")
        for role in readers:
            for model, values in (
                ("carloan.bureau.report", {"partner_id": self.person.id}),
                ("carloan.contact", {"loan_id": self.good.id, "date": NOON}),
                ("carloan.vehicle.curve", {"name": "x"}),
            ):
                with self.subTest((role, model)), self.assertRaises(AccessError):
                    self.as_role(model, role).create(values)
        with self.assertRaises(AccessError):
            self.as_role("carloan.vehicle.curve", "officer").create({"name": "x"})
        with self.assertRaises(AccessError):
            self.as_role("carloan.risk.feature", "manager").create({"name": "x"})

    def test_the_dictionary_shows_what_the_code_declares(self):
        from odoo.addons.carloan_relief.engine.risk.dictionary import DICTIONARY

        rows = self.as_role("carloan.risk.feature", "auditor").search([])
        self.assertEqual(rows.mapped("name"), [item.name for item in DICTIONARY])
        self.assertEqual(rows[0].direction, "1")
        self.assertEqual(rows[0].display_name, "Days past due")

    def test_the_request_takes_the_purpose_of_the_loan(self):
        self.good.purpose = "goods"
        request = self.env["carloan.relief.request"].create({"loan_id": self.good.id})
        self.assertEqual(request.car_purpose, "goods")
        request.car_purpose = "private"
        self.assertEqual(self.good.purpose, "goods")

"""Numbers of law as dated rows that two managers keep, and the engine reads."""

import numpy as np
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.carloan_relief.engine import classification, rules

from .common_loan import LoanCase

SWITCHES = ("cn.term.relaxed", "cn.term.restructuring", "cn.upgrade.by_overdue")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestJurisdiction(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["carloan.jurisdiction.rule"]
        cls.cn = cls.env.ref("carloan_relief.jurisdiction_cn")
        group = "carloan_relief.group_manager"
        cls.manager = new_test_user(cls.env, "j_manager", groups=group)
        cls.manager_2 = new_test_user(cls.env, "j_manager_2", groups=group)
        cls.officer = new_test_user(
            cls.env, "j_officer", groups="carloan_relief.group_officer"
        )

    def _new(self, code="cn.substandard.dpd", value=60, **values):
        domain = [("code", "=", code), ("company_id", "=", False)]
        old = self.Rule.search(domain, limit=1)
        action = old.with_user(self.manager).action_new_value()
        return (
            self.Rule.with_user(self.manager)
            .with_context(action["context"])
            .create({"value": value, "valid_from": "2026-07-01", **values})
        )

    def test_every_row_of_the_engine_stands_in_the_book_once(self):
        self.assertEqual(set(self.Rule._get_book().rows), set(rules.DEFAULT.rows))
        count = self.Rule.search_count([])
        self.Rule._seed()
        self.assertEqual(self.Rule.search_count([]), count)

    def test_every_row_says_what_it_is_and_where_it_comes_from(self):
        for rule in self.Rule.search([]):
            self.assertNotEqual(rule.title, rule.code)
            self.assertTrue(rule.source, rule.code)

    def test_numbers_are_shown_as_a_person_reads_them(self):
        shown = {
            "cn.substandard.dpd": "more than 90 days",
            "cn.cost.licensed": "at most 24%",
            "cn.contact.until": "less than 22:00",
            "cn.term.relaxed": "off",
            "cn.observation.least": "1 years",
        }
        for code, text in shown.items():
            rule = self.Rule.search([("code", "=", code)])
            self.assertEqual(rule.value_text, text)
        limits = self.Rule.search([("code", "=", "cn.ltv.private.ice")])
        self.assertEqual(limits.mapped("value_text"), ["no limit", "at most 80%"])

    def test_switches_that_loosen_the_law_are_off(self):
        book = self.Rule._get_book()
        for code in SWITCHES:
            self.assertFalse(book.on(code), code)

    def test_a_new_value_counts_once_another_manager_approved_it(self):
        new = self._new()
        self.assertEqual(new.state, "draft")
        self.assertEqual(self.Rule._get_book().at("cn.substandard.dpd").value, 90)
        with self.assertRaisesRegex(AccessError, "may not also approve"):
            new.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            new.with_user(self.officer).action_approve()
        new.with_user(self.manager_2).action_approve()
        self.assertEqual(new.approver_id, self.manager_2)
        book = self.Rule._get_book()
        self.assertEqual(book.at("cn.substandard.dpd", "2026-06-30").value, 90)
        self.assertEqual(book.at("cn.substandard.dpd", "2026-07-01").value, 60)

    def test_who_writes_on_a_draft_may_not_approve_it(self):
        new = self._new()
        new.with_user(self.manager_2).value = 61
        with self.assertRaisesRegex(AccessError, "drafted"):
            new.with_user(self.manager_2).action_approve()

    def test_an_approved_number_is_history_what_is_known_of_it_is_not(self):
        rule = self.Rule.search([("code", "=", "cn.technical.dpd")])
        rule = rule.with_user(self.manager)
        for values in (
            {"value": 9},
            {"valid_from": "2020-01-01"},
            {"valid_to": "2026-06-19"},
            {"code": "cn.x"},
        ):
            with self.assertRaisesRegex(UserError, "New Value"):
                rule.write(values)
        with self.assertRaises(UserError):
            rule.unlink()
        with self.assertRaises(UserError):
            rule.write({"state": "draft"})
        rule.write({"confirmed": True, "source": "Read on 2026-06-20"})
        self.assertTrue(self.Rule._get_book().at("cn.technical.dpd").confirmed)

    def test_a_law_with_rules_in_force_is_not_put_away(self):
        law = self.cn.with_user(self.manager)
        for values in ({"code": "xx"}, {"active": False}, {"is_law": False}):
            with self.assertRaisesRegex(UserError, "rules in force"):
                law.write(values)
        law.write({"code": "cn", "note": "Read again"})
        empty = law.create({"name": "Nowhere", "code": "xx"})
        empty.code = "xy"
        empty.active = False

    def test_a_company_goes_its_own_way_from_its_first_date_on(self):
        company, other = self.env["res.company"].create(
            [{"name": "Strict"}, {"name": "Plain"}]
        )
        self.manager.company_ids += company
        self.manager_2.company_ids += company
        self._new(company_id=company.id).with_user(self.manager_2).action_approve()
        general = self._new(value=80, valid_from="2026-09-01")
        general.with_user(self.manager_2).action_approve()
        days = ["2026-06-30", "2026-07-01", "2026-09-01"]
        code = "cn.substandard.dpd"
        for who, values in ((company, [90, 60, 60]), (other, [90, 90, 80])):
            found = who._get_rule_book().value(code, np.array(days, "datetime64[D]"))
            self.assertEqual(found.tolist(), values, who.name)

    def test_what_the_engine_cannot_read_is_refused(self):
        with self.assertRaisesRegex(UserError, "measured"):
            self._new(unit="months").with_user(self.manager_2).action_approve()
        with self.assertRaisesRegex(ValidationError, "must begin with"):
            self._new(code="cn.loss.dpd").code = "us.loss.dpd"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._new()

    def test_a_company_is_under_the_law_of_its_country(self):
        for country, code in (("au", "au"), ("de", "eu"), ("cn", "cn"), ("br", "cn")):
            company = self.env["res.company"].create(
                {"name": country, "country_id": self.env.ref(f"base.{country}").id}
            )
            self.assertEqual(company.carloan_jurisdiction_id.code, code)
        self.assertTrue(self.env.company.carloan_jurisdiction_id)

    def test_officers_read_and_employees_do_not(self):
        rule = self.Rule.search([], limit=1)
        self.assertTrue(rule.with_user(self.officer).code)
        with self.assertRaises(AccessError):
            rule.with_user(self.officer).write({"confirmed": True})
        employee = new_test_user(self.env, "j_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            rule.with_user(employee).read(["code"])


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestClassesByBook(LoanCase):
    def test_the_class_of_a_loan_follows_the_book_of_its_company(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        loan._refresh_position()
        self.assertEqual((loan.dpd, loan.cn_class), (125, "substandard"))
        rule = self.env["carloan.jurisdiction.rule"].create(
            {
                "jurisdiction_id": self.env.ref("carloan_relief.jurisdiction_cn").id,
                "code": "cn.doubtful.dpd",
                "value": 120,
                "unit": "days",
                "operator": "gt",
                "valid_from": "2026-06-20",
                "company_id": self.company.id,
            }
        )
        loan._refresh_position()
        self.assertEqual(loan.cn_class, "substandard", "a draft counts for nothing")
        rule.action_approve()
        loan._refresh_position()
        self.assertEqual(loan.cn_class, "doubtful")
        # a day before the first rule is measured by the first rule
        rows = loan._read_position_rows(loan.start_date)
        _dpd, classes = loan._classify_rows(rows, "2018-12-31")
        self.assertEqual(list(classes), [classification.CN_GRADES[0]])

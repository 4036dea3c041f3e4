"""Versions of a policy, their rules and conditions, and cases decided under them."""

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class PolicyCase(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._user("r_manager_2", "carloan_relief.group_manager")
        cls.policy = cls.env.ref("carloan_relief.relief_policy_china")

    @classmethod
    def _new_version(cls, **values):
        """A draft of the first manager."""
        action = cls.policy.with_user(cls.manager).action_new_version()
        new = cls.env["carloan.relief.policy"].browse(action["res_id"])
        if values:
            new.with_user(cls.manager).write(values)
        return new.with_user(cls.manager)

    @classmethod
    def _rule_of(cls, policy, letter):
        return policy.rule_ids.filtered(lambda rule: rule.grade_id.name == letter)

    @classmethod
    def _begin(cls, policy):
        policy.with_user(cls.manager_2).action_approve()
        policy.with_user(cls.manager).action_put_in_force()

    @classmethod
    def _condition(cls, letter="C", **values):
        """Put a new version with a condition in force."""
        new = cls._new_version()
        rule = cls._rule_of(new, letter)
        rule.write({"condition_ids": [Command.create(values)]})
        cls._begin(new)
        return new


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyVersions(PolicyCase):
    def test_what_is_in_force_is_history(self):
        rule = self.policy.rule_ids[0].with_user(self.manager)
        with self.assertRefused("New Version"):
            self.policy.with_user(self.manager).lgd = 0.3
        with self.assertRefused("New Version"):
            rule.max_extend = 60
        with self.assertRefused("New Version"):
            rule.write({"condition_ids": [Command.create({"min_age": 6})]})
        with self.assertRefused("New Version"):
            rule.unlink()
        with self.assertRefused("buttons"):
            self.policy.with_user(self.manager).state = "draft"

    def test_a_version_is_drafted_approved_and_put_in_force(self):
        new = self._new_version()
        self.assertEqual((new.version, new.state), (2, "draft"))
        self.assertEqual(len(new.rule_ids), 5)
        self._rule_of(new, "C").max_extend = 10
        self._begin(new)
        self.assertEqual(new.state, "in_force")
        self.assertEqual(new.editor_ids, self.manager)
        self.assertEqual(new.approver_id, self.manager_2)
        self.assertTrue(new.approved_on and new.put_in_force_on)
        self.assertEqual(self.policy.state, "retired")
        self.assertEqual(self.policy.date_to, fields.Date.to_date("2026-06-19"))
        self.assertEqual(self._assessed("C").policy_id, new)

    def test_nobody_approves_what_they_drafted(self):
        new = self._new_version()
        with self.assertRefused("may not also approve", AccessError):
            new.action_approve()
        # whoever changes a rule is an author as well
        self._rule_of(new, "D").with_user(self.manager_2).max_holiday = 1
        self.assertEqual(new.editor_ids, self.manager | self.manager_2)
        with self.assertRefused("may not also approve", AccessError):
            new.with_user(self.manager_2).action_approve()

    def test_each_step_is_for_managers_and_from_its_state(self):
        new = self._new_version()
        with self.assertRaises(AccessError):
            new.with_user(self.officer).action_approve()
        with self.assertRefused("presses Approve"):
            new.action_put_in_force()
        with self.assertRefused("goes back to draft"):
            new.action_back_to_draft()
        new.with_user(self.manager_2).action_approve()
        with self.assertRefused("Back to Draft"):
            self._rule_of(new, "A").max_extend = 1
        new.action_back_to_draft()
        self.assertFalse(new.approver_id)
        self._rule_of(new, "A").max_extend = 1

    def test_an_approved_version_that_decided_a_case_stays(self):
        new = self._new_version()
        new.with_user(self.manager_2).action_approve()
        request = self._assessed("C")
        self.assertEqual(request.policy_id, new, "it counts before the night")
        with self.assertRefused(f"has decided request {request.name}"):
            new.action_back_to_draft()
        self.assertEqual(new.state, "approved")

    def test_an_empty_version_or_one_without_days_is_refused(self):
        Policy = self.env["carloan.relief.policy"].with_user(self.manager)
        empty = Policy.create({"name": "Empty"})
        with self.assertRaises(ValidationError):
            empty.with_user(self.manager_2).action_approve()
        new = self._new_version(date_from=self.policy.date_from)
        with self.assertRefused("later date"):
            new.with_user(self.manager_2).action_approve()

    def test_a_version_of_a_later_date_comes_into_force_by_night(self):
        new = self._new_version(date_from="2026-07-01")
        new.with_user(self.manager_2).action_approve()
        with self.assertRefused("in the night before"):
            new.action_put_in_force()
        Policy = self.env["carloan.relief.policy"]
        with freeze_time("2026-06-30"):
            Policy._cron_put_in_force()
            self.assertEqual((new.state, self.policy.state), ("approved", "in_force"))
        with freeze_time("2026-07-01"):
            # it counts from its first minute, before the night job has run
            day = fields.Date.to_date("2026-07-01")
            self.assertEqual(Policy._get_in_force(self.company, day), new)
            Policy._cron_put_in_force()
        self.assertEqual((new.state, self.policy.state), ("in_force", "retired"))
        self.assertEqual(self.policy.date_to, fields.Date.to_date("2026-06-30"))

    def test_a_case_keeps_the_version_it_was_decided_under(self):
        request = self._proposed("C")
        self.assertFalse(request.newer_policy_id)
        new = self._new_version()
        self._rule_of(new, "C").write({"max_extend": 0, "may_capitalise": False})
        self._begin(new)
        request.invalidate_recordset(["newer_policy_id"])
        self.assertEqual(request.newer_policy_id, new)
        self._approve(request, self.approver)
        self.assertEqual(request.state, "offered")
        self.assertEqual(request.policy_id, self.policy)
        self.assertEqual(request.rule_id.policy_id, self.policy)
        # assessed anew, it is decided under what is in force now
        request.action_reopen()
        request.action_assess()
        self.assertEqual(request.policy_id, new)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyRules(PolicyCase):
    def test_the_rule_that_fits_most_closely_is_the_loans(self):
        new = self._new_version()
        general = self._rule_of(new, "C")
        used = general.copy({"policy_id": new.id, "condition": "used"})
        own = general.copy({"policy_id": new.id, "product_id": self.product.id})
        loan = self.loan
        grade = self._grade("C")
        self.assertEqual(new._get_rule(grade, loan), own)
        own.unlink()
        self.assertEqual(new._get_rule(grade, loan), general)
        self.vehicle.condition = "used"
        self.assertEqual(new._get_rule(grade, loan), used)
        self.assertEqual(new._get_rule(grade), general)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            general.copy({"policy_id": new.id, "condition": "used"})

    def test_a_rule_for_some_loans_needs_one_for_the_others(self):
        new = self._new_version()
        with self.assertRefused("for the others", ValidationError):
            self._rule_of(new, "C").condition = "new"

    def test_the_law_caps_the_term_whatever_the_policy_says(self):
        new = self._new_version()
        self._rule_of(new, "A").write({"max_extend": 36, "max_total_term_new": 0})
        self._begin(new)
        long = self._create_late(instalments=58, principal=190000.0)
        request = self._assessed("A", loan=long)
        self.assertEqual(max(request.offer_ids.mapped("added_instalments")), 2)
        text = " ".join(request.offer_ids.mapped("binding_text"))
        self.assertIn("longest term that the law allows", text)
        vals = request._prepare_custom_offer_vals(
            [{"kind": "extend", "instalments": 3}]
        )
        self.assertIn("law_term", vals["binding"])

    def test_more_than_one_treatment_of_the_interest_of_a_holiday(self):
        new = self._new_version()
        self._rule_of(new, "B").write({"holiday_waive": True, "holiday_pay": True})
        self._begin(new)
        request = self._assessed("B")
        position = request._get_position()
        box = request._prepare_box(position)
        self.assertEqual(box["holiday_interest"], ("capitalise", "pay", "waive"))
        for mode, codes in (("waive", []), ("defer", ["holiday_interest"])):
            plan = [{"kind": "holiday", "instalments": 1, "interest": mode}]
            offer = request._prepare_custom_offer_vals(plan)
            self.assertEqual(offer["binding"], codes, mode)

    def test_principal_may_be_forgiven_within_the_limit_of_the_grade(self):
        new = self._new_version()
        self._rule_of(new, "D").max_forgive = 0.05
        self._begin(new)
        request = self._assessed("D")
        for percent, codes in ((5, []), (6, ["max_forgive"])):
            plan = [{"kind": "forgive_principal", "percent": percent}]
            vals = request._prepare_custom_offer_vals(plan)
            self.assertEqual(vals["binding"], codes)
        kinds = {m["kind"] for offer in request.offer_ids for m in offer.plan}
        self.assertIn("forgive_principal", kinds)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyConditions(PolicyCase):
    def test_facts_are_those_of_the_ledger(self):
        position, _ids = self.loan._get_positions(self._today())
        facts = self.loan._get_eligibility_facts(position, self.reason)
        self.assertEqual(facts.payments.tolist(), [3])
        self.assertEqual(facts.dpd.tolist(), [36])
        self.assertEqual(str(facts.start_date[0]), "2026-01-15")
        self.assertEqual(facts.reason.tolist(), [self.reason.id])
        self.assertEqual(len(facts.history.owner), 0)

    def test_loan_to_value_is_that_of_the_latest_assessment(self):
        self.vehicle.purchase_value = 160000.0
        assessment = self.loan._assess(self._today())
        position, _ids = self.loan._get_positions(self._today())
        facts = self.loan._get_eligibility_facts(position)
        self.assertEqual(facts.ltv.tolist(), [assessment.features["ltv"]])
        self.assertGreater(facts.ltv[0], 0.5)

    def test_a_young_loan_is_not_extended_and_everybody_is_told(self):
        self._condition("C", measure="extend", min_age=6)
        request = self._assessed("C")
        self.assertIn("Extension: the loan is too young", request.closed_text)
        self.assertTrue(request.offer_ids)
        for offer in request.offer_ids:
            self.assertNotIn("extend", str(offer.plan))
            self.assertIn("Extension: the loan is too young", offer.binding_text)

    def test_what_is_closed_can_be_an_exception_with_a_reason(self):
        self._condition("C", measure="extend", min_payments=4)
        request = self._assessed("C")
        plan = [{"kind": "extend", "instalments": 3}]
        with self.assertRefused("too few instalments were paid"):
            request._add_custom_offer(plan)
        offer = request._add_custom_offer(plan, "Flooded twice")
        self.assertTrue(offer.is_exception)
        self.assertEqual(offer.binding, ["extend.payments"])

    def test_a_hardship_of_another_sort_closes_a_measure(self):
        other = self.env.ref("carloan_relief.relief_reason_illness")
        self._condition("C", measure="holiday", reason_ids=[Command.set(other.ids)])
        request = self._assessed("C")
        self.assertEqual(request.closed, ["holiday.reason"])

    def test_a_second_relief_too_soon_finds_everything_closed(self):
        self._condition("C", gap=6, max_count=1, count_months=24)
        first = self._active("C")
        self.assertFalse(first.closed)
        with freeze_time("2026-09-20"):
            self._bill("2026-09-20")
            request = self._assessed("C")
            self.assertEqual(request.closed, ["all.count", "all.gap"])
            self.assertFalse(request.offer_ids)
            self.assertIn("too soon after the relief before", request.closed_text)
        # a relief that was undone is no relief
        first.sudo().state = "undone"
        position, _ids = self.loan._get_positions(self._today())
        facts = self.loan._get_eligibility_facts(position)
        self.assertEqual(len(facts.history.owner), 0)

    def test_a_count_without_its_months_is_refused(self):
        rule = self._rule_of(self._new_version(), "C")
        with self.assertRaises(ValidationError):
            rule.write({"condition_ids": [Command.create({"max_count": 1})]})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            rule.write({"condition_ids": [Command.create({"gap": -1})]})

    def test_who_may_read_and_write(self):
        rule = self._rule_of(self._new_version(), "C")
        rule.write({"condition_ids": [Command.create({"min_age": 1})]})
        condition = rule.condition_ids
        for user in (self.officer, self.approver, self.auditor, self.accountant):
            self.assertEqual(condition.with_user(user).min_age, 1)
            with self.assertRaises(AccessError):
                condition.with_user(user).min_age = 2
        with self.assertRaises(AccessError):
            condition.with_user(self.employee).read(["min_age"])
        rule.policy_id.with_user(self.manager_2).action_approve()
        with self.assertRaises(UserError):
            condition.with_user(self.manager).unlink()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyComparison(PolicyCase):
    def _compare(self, new, user=None):
        action = new.with_user(user or self.auditor).action_compare()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user or self.auditor)
            .with_context(action["context"])
            .create({})
        )
        self.assertEqual((wizard.old_id, wizard.new_id), (self.policy, new))
        action = wizard.action_compare()
        return self.env[action["res_model"]].search(action["domain"])

    def _changes(self, lines):
        return {
            (
                line.grade_id.name or "",
                line.measure or "",
                line.old or False,
                line.new,
            ): line.change
            for line in lines
            if line.change != "same"
        }

    def test_what_changed_by_grade_and_measure_and_which_way(self):
        new = self._new_version()
        new.write({"lgd": 0.5, "substantial_share": 0.2})
        self._rule_of(new, "A").write(
            {"max_extend": 18, "max_rate_cut": 0.01, "max_total_term_new": 0}
        )
        self._rule_of(new, "C").write(
            {
                "min_instalment_pct": 0.9,
                "may_capitalise": False,
                "straight_through_months": 24,
                "condition_ids": [Command.create({"measure": "rate", "min_age": 6})],
            }
        )
        new.write(
            {"ceiling_ids": [Command.create({"measure": "all", "count_share": 0.05})]}
        )
        rule = self._rule_of(self.policy, "C")
        lowest = f"{rule.min_instalment_pct * 100:.6g}%"
        expected = {
            ("", "", "2018-01-01", TODAY): "other",
            ("", "", "45%", "50%"): "other",
            ("", "", "10%", "20%"): "other",
            ("C", "all", "12", "24"): "tighter",
            ("A", "extend", "12", "18"): "looser",
            ("A", "extend", "60", "0"): "looser",
            ("A", "rate", "2%", "1%"): "tighter",
            ("C", "all", lowest, "90%"): "tighter",
            ("C", "capitalise", "yes", "no"): "tighter",
            ("C", "rate", False, "Age of the Loan (Months): 6"): "tighter",
            ("", "all", False, "5%"): "other",
            ("", "all", False, "0%"): "other",
        }
        self.assertEqual(self._changes(self._compare(new)), expected)

    def test_two_equal_versions_do_not_differ(self):
        new = self._new_version(date_from=self.policy.date_from)
        self.assertFalse(self._changes(self._compare(new, self.officer)))

    def test_one_version_chosen_twice_is_refused(self):
        wizard = self.env["carloan.relief.policy.comparison"].create(
            {"old_id": self.policy.id, "new_id": self.policy.id}
        )
        with self.assertRefused("chosen twice"):
            wizard.action_compare()

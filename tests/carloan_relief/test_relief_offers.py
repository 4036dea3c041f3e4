"""Policy, offers and the wizard: one engine, one set of figures."""

from odoo.tests import Form, freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefOffers(ReliefCase):
    def test_present_figures_are_those_of_the_ledger(self):
        request = self._assessed()
        self.assertEqual(request.as_of, self._today())
        self.assertEqual(request.before_instalments, 31)
        self.assertEqual(request.before_instalment, 3716.23)
        remaining = self.loan.instalment_ids.filtered(lambda row: row.state != "billed")
        self.assertAlmostEqual(
            request.before_total,
            sum(remaining.mapped("amount")) + self.loan.overdue_amount,
            places=2,
        )
        statement = request.statement_id.sudo()
        self.assertEqual(request.affordable_instalment, statement.affordable_instalment)

    def test_offers_stay_in_the_box_of_the_grade(self):
        for letter in "ABCDE":
            request = self._assessed(letter)
            rule = request.rule_id
            self.assertEqual(rule.grade_id, self._grade(letter))
            for offer in request.offer_ids:
                with self.subTest(grade=letter, plan=offer.plan_text):
                    self.assertFalse(offer.is_exception)
                    self.assertLessEqual(
                        offer.added_instalments, rule.max_extend + rule.max_holiday
                    )
                    if not rule.may_capitalise:
                        self.assertNotIn("capitalise", str(offer.plan))
            request.action_withdraw()

    def test_low_risk_gets_more_room_than_high_risk(self):
        lowest = {}
        for letter in "AE":
            request = self._assessed(letter)
            lowest[letter] = min(request.offer_ids.mapped("instalment"))
            request.action_withdraw()
        self.assertLess(lowest["A"], lowest["E"])

    def test_the_recommended_offer_is_proposed_and_explained(self):
        request = self._assessed("B")
        offer = request.offer_id
        self.assertEqual(offer.pick, "recommended")
        self.assertTrue(offer.reason_text)
        self.assertTrue(offer.plan_text)
        self.assertEqual(len(offer.rows), offer.instalments)
        self.assertEqual(len(offer.chart["after"]), offer.instalments)
        self.assertEqual(len(offer.chart["before"]), request.before_instalments)

    def test_term_cap_counts_from_the_start_of_the_loan(self):
        """60 months for a new car: a loan of 58 may get 2 more, not 12."""
        long = self._create_late(instalments=58, principal=190000.0)
        request = self._assessed("A", loan=long)
        self.assertTrue(request.offer_ids)
        self.assertLessEqual(max(request.offer_ids.mapped("added_instalments")), 2)

    def test_used_car_has_the_shorter_cap(self):
        used = self.env["carloan.vehicle"].create(
            {"make": "Aurora", "model": "Old", "condition": "used"}
        )
        self.loan.vehicle_id = used
        request = self._assessed("A")
        self.assertTrue(request.offer_ids)
        self.assertLessEqual(max(request.offer_ids.mapped("added_instalments")), 0)

    def test_wizard_recomputes_through_the_engine(self):
        request = self._assessed("B")
        with Form(
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .with_context(default_request_id=request.id)
        ) as form:
            form.capitalise = True
            form.extend = 6
            self.assertFalse(form.is_exception)
            first = form.instalment
            form.extend = 12
            self.assertLess(form.instalment, first)
            form.rate_cut = 0.05
            self.assertTrue(form.is_exception)
            self.assertIn("rate cut", form.breach_text)
            form.rate_cut = 0
            self.assertFalse(form.is_exception)
        wizard = form.record
        wizard.action_add()
        offer = request.offer_id
        self.assertEqual(offer.pick, "custom")
        self.assertEqual(offer.instalment, wizard.instalment)
        self.assertEqual(offer.added_instalments, 12)

    def test_wizard_says_what_cannot_be(self):
        request = self._assessed("B")
        wizard = (
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .create({"request_id": request.id, "holiday": 50})
        )
        self.assertIn("holiday", wizard.error)
        with self.assertRefused("holiday"):
            wizard.action_add()
        wizard.write({"holiday": 0, "rate_cut": 0.5})
        self.assertIn(self.loan.name, wizard.error)

    def test_every_offer_is_rebuilt_by_the_inputs_it_gives(self):
        """ "Start from this" leads to the very plan and figures of the offer."""
        request = self._assessed("B")
        Wizard = self.env["carloan.relief.offer.wizard"].with_user(self.officer)
        wizard = Wizard.create({"request_id": request.id})
        columns = wizard.offers["columns"]
        self.assertEqual(len(columns), len(request.offer_ids))
        self.assertEqual(
            wizard.offers["before"]["instalment"], request.before_instalment
        )
        for column, offer in zip(columns, request.offer_ids, strict=True):
            with self.subTest(plan=offer.plan_text):
                wizard.write(column["inputs"])
                self.assertEqual(wizard.plan_text, offer.plan_text)
                self.assertEqual(wizard.instalment, offer.instalment)
                self.assertEqual(wizard.total_cost, offer.total_cost)
                self.assertAlmostEqual(wizard.apr, offer.apr, places=6)
                self.assertFalse(wizard.is_exception)

    def test_a_plan_that_the_inputs_cannot_say_is_not_offered_as_a_start(self):
        request = self._assessed("B")
        wizard = (
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .create({"request_id": request.id})
        )
        said = {
            ("extend", 3): [{"kind": "extend", "instalments": 3}],
            ("rate_cut", 0.01): [
                {"kind": "rate", "annual_rate": 0.062, "instalments": 12}
            ],
            ("waive_fee", 0.5): [{"kind": "waive", "component": "fee", "percent": 50}],
            ("first_due_date", "2026-08-01"): [
                {"kind": "redate", "first_due_date": "2026-08-01"}
            ],
            ("low_amount", 900.5): [
                {"kind": "lower_instalment", "amount": "900.50", "instalments": 3}
            ],
        }
        for (name, value), plan in said.items():
            self.assertEqual(wizard._get_inputs(plan)[name], value)
        stated = [{"kind": "waive", "component": "interest", "amount": "10.00"}]
        self.assertIsNone(wizard._get_inputs(stated))

    def test_lower_instalments_and_another_day(self):
        """What is set, what the schedule is, and what the papers will say."""
        request = self._assessed("B")
        with Form(
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .with_context(default_request_id=request.id)
        ) as form:
            form.capitalise = True
            form.low_amount = 1500.0
            form.low_instalments = 3
            self.assertIn("¥\xa01,500.00: 3, then higher ones", form.plan_text)
            self.assertEqual(form.instalment, 1500.0)
            self.assertTrue(form.is_exception)
            self.assertIn("does not provide for", form.breach_text)
            form.low_then = "extend"
            self.assertGreater(form.instalments, request.before_instalments)
            form.first_due_date = "2026-07-28"
            self.assertIn("due on 07/28/2026", form.plan_text)
            form.exception_reason = "Paid on the 25th, and on half pay until October"
        form.record.action_add()
        rows = request.offer_id.rows
        self.assertEqual([row["instalment"] for row in rows[:3]], [150000] * 3)
        self.assertGreater(rows[3]["instalment"], 150000)
        days = [row["due_date"][-2:] for row in rows[:3]]
        self.assertEqual(days, ["28"] * 3)

    def test_a_rate_for_some_time_is_said_to_be_that(self):
        words = self.env["carloan.relief.offer"]._get_plan_text
        rate = {"kind": "rate", "annual_rate": 0.036}
        self.assertEqual(words([rate], self.loan.currency_id), "rate 3.6% a year")
        self.assertEqual(
            words([{**rate, "instalments": 12}], self.loan.currency_id),
            "rate 3.6% a year for the first instalments: 12",
        )

    def test_sliders_know_the_limits_of_the_policy(self):
        request = self._assessed("C")
        limits = (
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .create({"request_id": request.id})
            .limits
        )
        rule = request.rule_id
        self.assertEqual(limits["waive_interest"]["policy"], rule.max_waive_interest)
        self.assertEqual(limits["rate_cut"]["end"], 0.072)
        self.assertEqual(limits["holiday"]["end"], request.before_instalments - 1)
        self.assertGreaterEqual(limits["extend"]["end"], limits["extend"]["policy"])

    def test_exception_needs_a_reason(self):
        request = self._assessed("E")
        wizard = (
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .create({"request_id": request.id, "extend": 24, "capitalise": True})
        )
        self.assertTrue(wizard.is_exception)
        with self.assertRefused("outside the policy"):
            wizard.action_add()
        wizard.exception_reason = "Disaster area"
        wizard.action_add()
        self.assertTrue(request.is_exception)
        self.assertEqual(request.offer_id.exception_reason, "Disaster area")

    def test_preview_asks_little_of_the_database(self):
        request = self._assessed("B")
        form = Form(
            self.env["carloan.relief.offer.wizard"]
            .with_user(self.officer)
            .with_context(default_request_id=request.id)
        )
        form.extend = 3
        self.env.invalidate_all()
        # measured: request, rule, vehicle, policy and the like, one read each
        with self.assertQueryCount(30):
            form.extend = 6

    def test_no_policy_says_where_to_make_one(self):
        self.env["carloan.relief.policy"].search([]).sudo().write({"state": "draft"})
        request = self._draft()
        request.action_submit()
        with self.assertRefused("Relief Policies"):
            request.action_assess()

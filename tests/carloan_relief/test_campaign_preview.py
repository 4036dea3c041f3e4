"""The preview of a campaign: who would get what, and who would not and why."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_campaign import CampaignCase
from .common_relief import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCampaignPreview(CampaignCase):
    def test_preview_is_what_the_simulation_finds(self):
        """The best plan within the policy is the one that the simulation tells."""
        campaign = self._previewed()
        self.assertEqual(
            (campaign.state, campaign.loan_count, campaign.selected_count),
            ("previewed", 6, 6),
        )
        run = self.env["carloan.relief.simulation"].create(
            {
                "policy_id": self.policy.id,
                "loan_domain": campaign.loan_domain,
                "reason_id": campaign.reason_id.id,
            }
        )
        run.action_start()
        while run._run_batch():
            pass
        lines = run.line_ids.filtered(lambda line: line.version == "new")
        for line in lines:
            mine = self._line(campaign, line.loan_id)
            for name in (
                "plan",
                "instalment_before",
                "instalment",
                "concession",
                "npv_gain",
                "dpd",
            ):
                self.assertEqual(mine[name], line[name], name)
            self.assertAlmostEqual(mine.cut, line.cut)
        # a plan that brings more than it gives pays for no other
        given = sum(max(amount, 0) for amount in lines.mapped("concession"))
        self.assertAlmostEqual(campaign.concession, given)
        self.assertEqual(
            campaign.budget, self.company.currency_id.round(campaign.concession * 1.05)
        )

    def test_who_is_left_out_and_why(self):
        """(what is known, code): each on a loan of its own, all in one preview."""
        since = "2026-05-01"
        partner, loan = "partner", "loan"
        cases = [
            (partner, {"carloan_deceased_on": since}, "deceased"),
            (loan, {"litigation_since": since}, "litigation"),
            (partner, {"carloan_no_offers": True}, "no_contact"),
            (partner, {"carloan_offers_consent_on": False}, "no_consent"),
            (partner, {"email": False}, "no_address"),
        ]
        for record, (kind, values, _code) in zip(self.loans, cases, strict=False):
            (record.partner_id if kind == partner else record).write(values)
        self._draft(loan=self.loans[5])
        campaign = self._previewed()
        expected = {at: code for at, (_kind, _values, code) in enumerate(cases)}
        self.assertEqual(self._codes(campaign), {**expected, 5: "open_request"})
        self.assertEqual((campaign.selected_count, campaign.concession), (0, 0))

    def test_flags_relations_and_grades_leave_out(self):
        self.env["carloan.risk.flag"].create(
            {
                "partner_id": self.loans[0].partner_id.id,
                "kind": "fraud",
                "date_from": "2026-05-01",
                "reason": "file",
            }
        )
        self.loans[1].partner_id = self.analyst.partner_id
        self.analyst.partner_id.write(
            {"email": "a@example.com", "carloan_offers_consent_on": "2026-01-02"}
        )
        self.loans[2].write({"risk_grade_id": False})
        self.env["mail.blacklist"].create({"email": "borrower3@example.com"})
        campaign = self._previewed()
        self.assertEqual(
            self._codes(campaign),
            {0: "risk_flag", 1: "related", 2: "ungraded", 3: "no_contact"},
        )

    def test_an_offer_stays_inside_box_and_limits(self):
        """(mode, limits, what each plan may hold)"""
        cases = [
            ("limited", {"extend": 3}, {"extend"}),
            ("limited", {"waive_penalty": 1.0, "capitalise": True}, None),
            ("preset", {"extend": 6}, {"extend"}),
            ("preset", {"holiday": 1, "holiday_interest": "capitalise"}, {"holiday"}),
        ]
        for mode, limits, kinds in cases:
            with self.subTest(mode=mode, limits=limits):
                campaign = self._previewed(mode=mode, **limits)
                for line in campaign.line_ids.filtered("plan"):
                    if kinds:
                        self.assertEqual(set(line.measures.split()), kinds)
                    most = limits.get("extend", 0)
                    for measure in line.plan:
                        if measure["kind"] == "extend":
                            self.assertLessEqual(measure["instalments"], most)

    def test_the_same_for_all_leaves_out_whose_policy_forbids_it(self):
        """A holiday of 4: grades A and B may have it, C three, D two."""
        campaign = self._previewed(
            mode="preset", holiday=4, holiday_interest="capitalise"
        )
        self.assertEqual(self._codes(campaign), {4: "outside", 5: "outside"})
        line = self._line(campaign, self.loans[4])
        self.assertIn("longest holiday of the policy", line.details_text)

    def test_what_is_too_small_or_too_dear_is_left_out(self):
        everybody = dict.fromkeys(range(6), "small_cut")
        self.assertEqual(self._codes(self._previewed(min_cut=0.99)), everybody)
        poor = self._previewed(household_share=0.0, only_affordable=True)
        self.assertEqual(set(self._codes(poor).values()), {"strained"})

    def test_a_monthly_ceiling_stops_the_last_ones(self):
        """Of a book of N loans two may be extended this month."""
        book = self.env["carloan.loan"].search_count(
            [("state", "=", "active"), ("company_id", "=", self.company.id)]
        )
        ceiling = self.env["carloan.relief.ceiling"].sudo()
        self.env.cr.execute(
            "INSERT INTO carloan_relief_ceiling"
            " (policy_id, company_id, measure, count_share, balance_share)"
            " VALUES (%s, %s, 'extend', %s, 0)",
            (self.policy.id, self.policy.company_id.id or None, 2.001 / book),
        )
        ceiling.invalidate_model()
        self.policy.invalidate_recordset()
        campaign = self._previewed(mode="preset", extend=3)
        self.assertEqual(set(self._codes(campaign).values()), {"ceiling"})
        self.assertEqual(campaign.selected_count, 2)
        line = campaign.line_ids.filtered("exclusion")[:1]
        self.assertIn("monthly ceiling on the book", line.details_text)

    def test_it_goes_on_behind_what_is_worked_out(self):
        campaign = self._campaign()
        campaign.action_preview()
        campaign.sudo()._run_preview_batch(2)
        self.assertEqual(len(campaign.line_ids), 2)
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.ir_cron_relief_campaign")
            cron.method_direct_trigger()
        campaign.invalidate_recordset()
        self.assertEqual(campaign.state, "previewed")
        self.assertEqual(campaign.line_ids.loan_id, self.loans)

    def test_queries_do_not_grow_with_the_loans(self):
        """Two loans and six take the same number of statements."""
        for loan in self.loans:
            self._put_grade(loan, "B")
        self.env.flush_all()

        def count(loans):
            campaign = self._campaign(loans, user=self.env.user)
            campaign.action_preview()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign._run_preview_batch()
            return self.env.cr.sql_log_count - before

        count(self.loans[:1])
        few, many = count(self.loans[:2]), count(self.loans)
        self.assertEqual(many, few)

    def test_a_change_voids_the_preview(self):
        campaign = self._previewed()
        campaign.min_cut = 0.1
        self.assertEqual((campaign.state, campaign.line_ids.ids), ("draft", []))
        self.assertFalse(campaign.policy_id)
        campaign.name = "Another name"
        self.assertEqual(campaign.state, "draft")

    def test_loans_are_left_out_by_hand(self):
        campaign = self._previewed()
        line = self._line(campaign, self.loans[0])
        rest = campaign.concession - line.cost
        line.with_user(self.analyst).action_leave_out()
        self.assertEqual(line.exclusion, "by_hand")
        self.assertAlmostEqual(campaign.concession, rest)
        with self.assertRefused("cannot be left out"):
            line.with_user(self.analyst).action_leave_out()

    def test_bad_input_says_what_to_do(self):
        with self.assertRefused("Widen the filter"):
            self._campaign(self.env["carloan.loan"]).action_preview()
        with self.assertRefused("Choose it anew"):
            self._campaign(loan_domain="[('nothing', '=', 1)]").action_preview()
        with self.assertRefused("enter a later last day"):
            self._campaign(date_to="2026-06-19").action_preview()
        with self.assertRefused("choose one on the page"):
            self._campaign(mail_template_id=False).action_preview()
        with self.assertRefused("names none"):
            self._campaign(mode="preset").action_preview()

    def test_who_may_what(self):
        campaign = self._previewed()
        for user in (self.approver, self.auditor, self.officer):
            mine = campaign.with_user(user)
            self.assertTrue(mine.line_ids)
            with self.assertRaises(AccessError):
                mine.action_preview()
            with self.assertRaises(AccessError):
                mine.line_ids[:1].action_leave_out()
        for user in (self.employee, self.accountant):
            with self.assertRaises(AccessError):
                campaign.with_user(user).read(["state"])
        for values in (
            {"state": "approved"},
            {"budget": 1.0},
            {"line_ids": [(5,)]},
            {"approver_id": self.approver.id},
            {"editor_ids": [(5,)]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                campaign.write(values)
        for values in ({"exclusion": False}, {"cost": 0}, {"request_id": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                campaign.line_ids[:1].write(values)
        forged = self.Campaign.with_user(self.analyst).with_context(
            default_state="approved", default_budget=1e9
        )
        forged = forged.create(
            {
                "name": "x",
                "reason_id": self.reason.id,
                "date_to": TODAY,
                "line_ids": [(0, 0, {"loan_id": self.loans[0].id})],
            }
        )
        self.assertEqual((forged.state, forged.budget), ("draft", 0))
        self.assertFalse(forged.line_ids)

    def test_another_company_sees_nothing(self):
        campaign = self._previewed()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "c_stranger",
            "carloan_relief.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("carloan.relief.campaign", "carloan.relief.campaign.line"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        self.assertFalse(campaign.with_user(stranger).has_access("read"))

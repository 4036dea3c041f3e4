"""Offers of an approved campaign: made in sets, sent, answered, stopped."""

from datetime import datetime
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.campaign import relief_campaign_send

from .common_campaign import CampaignCase
from .common_relief import TODAY

NOON = datetime(2026, 6, 20, 12, 0)


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestCampaignMake(CampaignCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        cls.guarantor_line = cls.env["carloan.loan.party"].create(
            {
                "loan_id": cls.loans[0].id,
                "partner_id": cls.guarantor.id,
                "role": "guarantor",
            }
        )

    def _approved(self, loans=None, **values):
        campaign = self._previewed(loans, **values)
        campaign.action_request_approval()
        if campaign.state == "to_approve":
            self._approve(campaign, self.approver)
        if campaign.state == "to_approve":
            self._approve(campaign, self.manager)
        return campaign

    def _launched(self, loans=None, **values):
        campaign = self._approved(loans, **values)
        campaign.with_user(self.manager).action_launch()
        return campaign.sudo()

    def _made(self, loans=None, **values):
        campaign = self._launched(loans, **values)
        while campaign._make_batch():
            pass
        return campaign

    def _sent(self, loans=None, **values):
        campaign = self._made(loans, **values)
        while campaign._take_step():
            pass
        campaign.invalidate_recordset()
        return campaign

    def _request(self, campaign, place=0):
        return self._line(campaign, self.loans[place]).request_id

    # ---------------------------------------------------------------- MAKING
    def test_an_offer_made_is_the_one_that_a_case_would_get(self):
        """The set gives what one case gives by its own steps, to the cent."""
        campaign = self._made()
        self.assertEqual(campaign.line_ids.mapped("state"), ["made"] * 6)
        made = self._request(campaign, 2)
        line = self._line(campaign, self.loans[2])
        made._withdraw("to compare")
        case = self._draft(loan=self.loans[2], reason_id=campaign.reason_id.id)
        case.action_submit()
        self._put_grade(self.loans[2], "B")
        with patch.object(type(self.env["carloan.risk.assessor"]), "_assess") as again:
            again.return_value = self.loans[2].assessment_id
            case.action_assess()
        # the household without a statement is taken to carry the share of the campaign
        case.sudo().affordable_instalment = made.affordable_instalment
        case.sudo()._generate_offers(case.sudo()._get_position())
        for name in (
            "position",
            "policy_id",
            "rule_id",
            "grade_id",
            "assessment_id",
            "lgd",
            "lgd_policy_id",
            "prepayment",
            "pd_no_relief",
            "expected_facts",
            "before_rows",
            "before_instalment",
            "before_total",
            "closed",
            "temporary",
            "team_id",
        ):
            self.assertEqual(made[name], case[name], name)
        for mine, other in zip(made.offer_ids, case.offer_ids, strict=True):
            for name in ("plan", "rows", "instalment", "npv", "concession", "pick"):
                self.assertEqual(mine[name], other[name], name)
        self.assertEqual(made.offer_id.pick, "recommended")
        self.assertEqual(made.proposal_hash, made._get_proposal_hash())
        self.assertEqual(line.plan, made.offer_id.plan)
        self.assertEqual(made.channel, "campaign")

    def test_consents_dates_and_deciders(self):
        campaign = self._made()
        request = self._request(campaign)
        self.assertEqual(request.consent_ids.partner_id, self.guarantor)
        self.assertEqual(request.state, "offered")
        # the next instalment falls due on July 15, the campaign ends before
        self.assertEqual(request.expiry_date, fields.Date.to_date("2026-07-04"))
        names = campaign.request_ids.mapped("name")
        self.assertEqual(len(set(names)), 6)
        for user in (self.analyst, self.approver):
            self.assertIn(user, request._get_deciders())
        request.consent_ids.with_user(self.officer).action_give()
        request.with_user(self.officer).action_accept()
        request.with_user(self.accountant).action_activate()
        line = self._line(campaign, self.loans[0])
        self.assertEqual((line.state, line.is_active), ("active", 1))
        self.assertBooks()
        again = self._previewed(self.loans[:2])
        self.assertEqual(self._codes(again), {0: "running_plan", 1: "open_request"})

    def test_queries_do_not_grow_with_the_loans(self):
        for loan in self.loans:
            self._put_grade(loan, "B")

        def count(loans):
            campaign = self._launched(loans)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign._make_batch()
            return self.env.cr.sql_log_count - before

        count(self.loans[:1])
        few, many = count(self.loans[1:3]), count(self.loans[3:])
        self.assertLessEqual(many - few, 1)

    def test_a_killed_job_goes_on_and_doubles_nothing(self):
        campaign = self._launched()
        campaign._make_batch(2)
        self.assertEqual(campaign.made_count, 2)
        with patch.object(
            type(self.env["carloan.relief.request"]),
            "_make_campaign_offers",
            side_effect=ValueError("killed"),
        ):
            with self.assertRaises(ValueError), self.env.cr.savepoint():
                campaign._make_batch(2)
        campaign.invalidate_recordset()
        self.assertEqual(campaign.made_count, 2, "a batch is made whole or not at all")
        with self.enter_registry_test_mode():
            cron = self.env.ref("carloan_relief.ir_cron_relief_campaign")
            cron.method_direct_trigger()
        campaign.invalidate_recordset()
        self.assertEqual(sorted(campaign.request_ids.loan_id.ids), self.loans.ids)
        self.assertEqual((campaign.state, campaign.sent_count), ("sent", 6))
        self.assertEqual(len(campaign.request_ids), 6)

    def test_everything_is_looked_at_anew(self):
        campaign = self._launched()
        self._draft(loan=self.loans[1])
        self.loans[2].partner_id.carloan_deceased_on = TODAY
        campaign._make_batch()
        self.assertEqual(self._codes(campaign), {1: "open_request", 2: "deceased"})
        self.assertEqual(campaign.made_count, 4)

    def test_no_more_than_was_approved_is_given(self):
        campaign = self._launched()
        costs = campaign.line_ids.mapped("cost")
        self.env.cr.execute(
            "UPDATE carloan_relief_campaign SET budget = %s WHERE id = %s",
            (sum(costs) - 0.01, campaign.id),
        )
        campaign.invalidate_recordset()
        while campaign._make_batch():
            pass
        self.assertEqual(list(self._codes(campaign).values()), ["budget"])
        self.assertLessEqual(campaign._get_cost_made(), campaign.budget)

    def test_a_ceiling_holds_while_offers_are_made(self):
        campaign = self._launched(mode="preset", extend=3)
        book = self.env["carloan.loan"].search_count(
            [("state", "=", "active"), ("company_id", "=", self.company.id)]
        )
        self.env.cr.execute(
            "INSERT INTO carloan_relief_ceiling"
            " (policy_id, company_id, measure, count_share, balance_share)"
            " VALUES (%s, %s, 'all', %s, 0)",
            (self.policy.id, self.policy.company_id.id or None, 3.001 / book),
        )
        self.env.invalidate_all()
        while campaign._make_batch(2):
            pass
        self.assertEqual(campaign.made_count, 3)
        self.assertEqual(set(self._codes(campaign).values()), {"ceiling"})

    def test_another_policy_ends_it(self):
        campaign = self._launched()
        campaign._make_batch(1)
        self.env.cr.execute(
            "UPDATE carloan_relief_campaign SET policy_id = %s WHERE id = %s",
            (self._new_version().id, campaign.id),
        )
        campaign.invalidate_recordset()
        campaign._take_step()
        self.assertEqual(set(self._codes(campaign).values()), {"policy"})
        self.assertEqual(campaign.made_count, 1)

    # --------------------------------------------------------------- SENDING
    def test_letters_are_in_the_language_of_the_borrower(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("carloan_relief.mail_template_campaign")
        template.with_context(lang="fr_FR").subject = "Votre prêt"
        self.loans[0].partner_id.lang = "fr_FR"
        campaign = self._sent()
        self.assertEqual((campaign.state, campaign.sent_count), ("sent", 6))
        mails = (
            self.env["mail.mail"]
            .search([("model", "=", "carloan.relief.request")], order="res_id")
            .filtered(lambda mail: mail.res_id in campaign.request_ids.ids)
        )
        self.assertEqual(len(mails), 6)
        first = mails.filtered(lambda m: m.res_id == self._request(campaign).id)
        self.assertEqual(first.subject, "Votre prêt")
        self.assertEqual(first.recipient_ids, self.loans[0].partner_id)
        contacts = self.env["carloan.contact"].search(
            [("loan_id", "in", self.loans.ids)]
        )
        self.assertEqual(contacts.mapped("outcome"), ["sent"] * 6)
        self.assertEqual(set(contacts.mapped("about")), {"relief"})

    def test_a_borrower_with_two_loans_gets_one_letter_with_both_links(self):
        self.loans[3].partner_id = self.loans[0].partner_id
        campaign = self._sent()
        self.assertEqual((campaign.state, campaign.sent_count), ("sent", 6))
        mails = self._find_mails(campaign)
        self.assertEqual(len(mails), 5)
        first, second = self._request(campaign), self._request(campaign, 3)
        (letter,) = mails.filtered(
            lambda mail: mail.recipient_ids == self.loans[0].partner_id
        )
        self.assertEqual(letter.res_id, first.id)
        for request in (first, second):
            self.assertIn(request.loan_id.name, letter.body_html)
            if request._get_offer_url():
                self.assertIn(request._get_offer_url(), letter.body_html)
        self.assertIn(f"is on {first.name}", self._logged(second))
        contacts = self.env["carloan.contact"].search(
            [("loan_id", "in", (first + second).loan_id.ids)]
        )
        self.assertEqual(contacts.mapped("outcome"), ["sent"] * 2)

    def test_one_letter_wherever_a_batch_ends(self):
        self.loans[5].partner_id = self.loans[0].partner_id
        campaign = self._made()
        self.assertEqual(campaign._send_batch(2), 3)
        self.assertEqual(len(self._find_mails(campaign)), 2)

    def test_without_a_letter_for_several_each_loan_has_its_own(self):
        self.loans[3].partner_id = self.loans[0].partner_id
        campaign = self._made()
        campaign.mail_template_several_id = False
        campaign._send_batch()
        self.assertEqual(len(self._find_mails(campaign)), 6)

    def _find_mails(self, campaign):
        mails = self.env["mail.mail"].search([("model", "=", "carloan.relief.request")])
        return mails.filtered(lambda mail: mail.res_id in campaign.request_ids.ids)

    def test_nobody_is_written_to_at_night(self):
        """(zone of the borrower, whether noon in UTC is an hour of contact there)"""
        cases = [
            ("Asia/Shanghai", True),  # 20:00
            ("Pacific/Auckland", False),  # midnight
            ("America/New_York", True),  # 8:00
            ("America/Los_Angeles", False),  # 5:00
            (False, True),  # of the company
        ]
        law = self.env["carloan.jurisdiction"].search([("code", "=", "cn")])
        self.company.carloan_jurisdiction_id = law
        for loan, (zone, _allowed) in zip(self.loans, cases, strict=False):
            loan.partner_id.tz = zone
        campaign = self._made(self.loans[:5])
        while campaign._take_step():
            pass
        for loan, (zone, allowed) in zip(self.loans, cases, strict=False):
            line = self._line(campaign, loan)
            self.assertEqual(bool(line.sent_on), allowed, zone)
        self.assertEqual(campaign.state, "running", "it goes on in the morning")
        with freeze_time("2026-06-20 21:00:00"):
            while campaign._take_step():
                pass
        self.assertEqual(campaign.state, "sent")

    def test_who_objects_before_the_letter_goes_gets_none(self):
        campaign = self._made()
        self.loans[3].partner_id.carloan_no_offers = True
        while campaign._take_step():
            pass
        self.assertEqual(self._codes(campaign), {3: "no_contact"})
        self.assertEqual(self._request(campaign, 3).state, "withdrawn")

    def test_borrowers_are_not_written_to_too_often(self):
        self.company.carloan_offer_cap = 1
        first = self._sent(self.loans[:2])
        for request in first.request_ids:
            request._decline("no")
        second = self._previewed()
        self.assertEqual(self._codes(second), {0: "frequency", 1: "frequency"})
        self.company.carloan_offer_cap = 2
        self.assertFalse(self._codes(self._previewed()))

    # --------------------------------------------------------------- ANSWERS
    def test_the_funnel(self):
        """Each answer counts where it belongs, and the sums are stored."""
        campaign = self._sent()
        requests = [self._request(campaign, place) for place in range(6)]
        requests[0]._note_opened()
        requests[1].with_user(self.officer).action_accept()
        requests[2]._decline("no")
        requests[3].with_user(self.officer).action_reopen()
        with freeze_time("2026-07-20"):
            requests[4]._expire()
        self.env.flush_all()
        states = [self._line(campaign, loan).state for loan in self.loans]
        self.assertEqual(
            states, ["opened", "accepted", "declined", "other", "expired", "sent"]
        )
        self.env.cr.execute(
            "SELECT sum(is_sent), sum(is_opened), sum(is_accepted), sum(is_declined),"
            " sum(is_other), sum(is_expired), sum(is_active)"
            " FROM carloan_relief_campaign_line WHERE campaign_id = %s",
            (campaign.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), (6, 1, 1, 1, 1, 1, 0))

    def test_who_wants_something_else_goes_the_normal_way(self):
        campaign = self._sent()
        request = self._request(campaign, 1).with_user(self.officer)
        request.action_reopen()
        self.assertEqual(request.state, "assessed")
        self.assertFalse(request.campaign_approved)
        self.assertIn("approved with campaign", self._logged(request))
        other = request.offer_ids - request.offer_id
        other[:1].action_choose()
        for paper in request.checklist_ids.filtered(lambda one: one.state == "asked"):
            paper._receive(self.env["ir.attachment"], original_seen=True)
            paper.action_accept()
        request.action_request_approval()
        if request.state == "to_approve":
            self.assertNotIn(self.approver, request.approver_ids)
            self._approve(request, self.approver)
        self.assertIn(request.state, ("to_approve", "offered"))

    # ---------------------------------------------------------- PAUSE AND END
    def test_pause_resume_and_stop(self):
        campaign = self._launched()
        campaign._make_batch(2)
        mine = campaign.with_user(self.manager)
        mine.action_pause()
        self.assertFalse(campaign._take_step())
        self.assertEqual(campaign.made_count, 2)
        mine.action_resume()
        mine.action_stop()
        campaign.invalidate_recordset()
        self.assertEqual(set(self._codes(campaign).values()), {"stopped"})
        while campaign._take_step():
            pass
        self.assertEqual(set(campaign.request_ids.mapped("state")), {"withdrawn"})
        with self.assertRefused("possible only from"):
            mine.action_resume()

    def test_it_ends_on_its_last_day_where_the_company_is(self):
        """22:30 UTC of July 10 is the 11th in Shanghai, and the 10th in London."""
        campaign = self._launched()
        late = "2026-07-10 22:30:00"
        with freeze_time(late):
            self.company.partner_id.tz = "Europe/London"
            self.assertEqual(campaign._get_today(), fields.Date.to_date("2026-07-10"))
            self.company.partner_id.tz = "Asia/Shanghai"
            campaign._take_step()
        self.assertEqual(campaign.state, "done")
        self.assertEqual(set(self._codes(campaign).values()), {"late"})

    def test_who_may_launch(self):
        campaign = self._approved()
        for user in (self.analyst, self.approver, self.officer, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                campaign.with_user(user).action_launch()
        self.env.cr.execute(
            "UPDATE carloan_relief_campaign SET min_cut = 0.3 WHERE id = %s",
            (campaign.id,),
        )
        campaign.invalidate_recordset()
        with self.assertRefused("is another one than what was put up"):
            campaign.with_user(self.manager).action_launch()

    def test_what_is_under_way_does_not_change(self):
        campaign = self._launched()
        for values in ({"min_cut": 0.5}, {"loan_domain": "[]"}, {"date_to": TODAY}):
            with self.subTest(values=values), self.assertRefused("duplicate it"):
                campaign.with_user(self.analyst).write(values)
        for values in (
            {"campaign_approved": True},
            {"relief_campaign_id": campaign.id},
        ):
            with self.assertRaises(AccessError):
                self._draft().write(values)
        copy = campaign.with_user(self.analyst).copy()
        self.assertEqual((copy.state, copy.budget, copy.line_ids.ids), ("draft", 0, []))

    def test_letters_are_prepared_in_sets(self):
        campaign = self._made()
        with patch.object(relief_campaign_send, "BATCH", 50):
            self.assertEqual(campaign._send_batch(), 6)
        self.assertEqual(campaign._send_batch(), 0)

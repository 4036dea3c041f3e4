"""An offer that nobody asked for, as the borrower sees and answers it."""

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from .common import PortalCase, signature


@tagged("post_install", "-at_install")
class TestPortalCampaign(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loans = cls.loan | cls.other_loan
        cls.loans.partner_id.write({"carloan_offers_consent_on": cls.today})
        cls.company = cls.loan.company_id
        cls.company.carloan_jurisdiction_id = False
        cls.loans._assess(cls.today)
        reason = cls.env.ref("carloan_relief.relief_reason_disaster")
        campaign = (
            cls.env["carloan.relief.campaign"]
            .with_user(cls._make_staff("risk_analyst"))
            .create(
                {
                    "name": "Flood",
                    "reason_id": reason.id,
                    "loan_domain": f"[('id', 'in', {cls.loans.ids})]",
                    "date_to": cls.today + relativedelta(days=20),
                    "mode": "limited",
                    "extend": 6,
                    "capitalise": True,
                    "only_affordable": False,
                    "only_gain": False,
                    "min_cut": 0.0,
                }
            )
        )
        campaign.action_preview()
        cls.campaign = campaign.sudo()
        while cls.campaign._take_step():
            pass
        campaign.action_request_approval()
        campaign.with_user(cls.approver)._decide("validate", "Fine")
        if campaign.state == "to_approve":
            campaign.with_user(cls.manager)._decide("validate", "Fine")
        campaign.with_user(cls.manager).action_launch()
        while cls.campaign._take_step():
            pass
        cls.env.flush_all()
        lines = {line.loan_id: line for line in cls.campaign.line_ids}
        cls.line, cls.other_line = lines[cls.loan], lines[cls.other_loan]
        cls.case, cls.other_case = cls.line.request_id, cls.other_line.request_id
        cls.url = f"/my/relief/{cls.case.id}"

    def test_the_borrower_opens_and_accepts(self):
        self.assertEqual((self.line.state, self.case.state), ("sent", "offered"))
        self.sign_in(self.alice)
        text = self.page(self.url).text
        self.assertNotIn("What you told us", text)
        self.assertIn("You did not ask for this", text)
        self.assertIn("We prepared an offer for you", text)
        self.env.invalidate_all()
        self.assertEqual(self.line.state, "opened")
        self.assertEqual(self.other_line.state, "sent")
        opened = self.line.opened_on
        self.page(f"{self.url}/offers/{self.case.offer_id.id}")
        self.env.invalidate_all()
        self.assertEqual(self.line.opened_on, opened, "the first time counts")
        answer = self.make_jsonrpc_request(
            f"{self.url}/offers/{self.case.offer_id.id}/sign",
            {"name": "Alice Li", "signature": signature()},
        )
        self.assertTrue(answer.get("force_refresh"), answer)
        self.env.invalidate_all()
        self.assertEqual((self.line.state, self.line.is_accepted), ("accepted", 1))

    def test_the_borrower_wants_something_else(self):
        """It becomes a request like any other, from the day on which it is asked."""
        self.sign_in(self.bob)
        url = f"/my/relief/{self.other_case.id}"
        self.post(f"{url}/something-else", {"wish": "  "})
        self.env.invalidate_all()
        self.assertEqual(self.other_case.state, "offered", "nothing was said")
        self.post(f"{url}/something-else", {"wish": "Three months without paying"})
        self.env.invalidate_all()
        case = self.other_case
        self.assertEqual(case.state, "assessed")
        self.assertEqual(case.note, "Three months without paying")
        self.assertFalse(case.campaign_approved)
        self.assertEqual(self.other_line.state, "other")
        self.assertIn(
            "Three months without paying", case.activity_ids[:1].summary or ""
        )
        text = self.page(url).text
        self.assertNotIn("I need something else", text)
        again = self.post(f"{url}/something-else", {"wish": "more"})
        self.assertIn("no longer open", again.text)
        self.assertEqual(case.notice_date, self.today)

    def test_nobody_answers_for_another(self):
        self.sign_in(self.bob)
        self.assertEqual(self.page(self.url).status_code, 404)
        refused = self.post(f"{self.url}/something-else", {"wish": "mine"})
        self.assertEqual(refused.status_code, 404)
        self.env.invalidate_all()
        self.assertEqual((self.case.state, self.line.state), ("offered", "sent"))

    def test_the_letter_leads_to_the_page(self):
        mail = self.env["mail.mail"].search(
            [
                ("model", "=", "carloan.relief.request"),
                ("res_id", "=", self.case.id),
            ]
        )
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.alice.partner_id)
        self.assertIn(self.url, mail.body_html)
        self.assertNotIn("access_token", mail.body_html)

"""The request on the portal: its offers, the answer to them, its mails."""

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from .common import PortalCase, signature
from .test_portal_answers import PDF


@tagged("post_install", "-at_install")
class TestPortalRelief(PortalCase):
    def _sign(self, case, offer=None, **values):
        offer = offer or case.offer_id
        data = {"name": "Alice Li", "signature": signature(), **values}
        return self.make_jsonrpc_request(
            f"/my/relief/{case.id}/offers/{offer.id}/sign", data
        )

    def test_offers_show_only_after_the_approval(self):
        case = self._submitted()
        case.with_user(self.officer).action_assess()
        self.sign_in(self.alice)
        text = self.page(f"/my/relief/{case.id}").text
        self.assertIn("being decided", text)
        self.assertNotIn("Read and sign", text)
        offer = case.offer_ids[:1]
        page = self.page(f"/my/relief/{case.id}/offers/{offer.id}")
        self.assertEqual(page.status_code, 404)
        self.assertIn("error", self._sign(case))
        self.assertEqual(case.state, "assessed")

    def test_signature_accepts_what_was_approved(self):
        case = self._offered()
        self.sign_in(self.alice)
        text = self.page(f"/my/relief/{case.id}").text
        self.assertIn("Approved for you", text)
        page = self.page(f"/my/relief/{case.id}/offers/{case.offer_id.id}").text
        self.assertIn("portal.signature_form", page)
        self.assertIn("No charge", page, "the papers stand on the page")
        answer = self._sign(case)
        self.assertIn("Please read", answer["error"])
        self.assertEqual(case.state, "offered")
        self._read_all(case)
        answer = self._sign(case)
        self.assertEqual(answer["redirect_url"], f"/my/relief/{case.id}")
        self.assertEqual(case.state, "accepted")
        self.assertEqual(case.signed_by, "Alice Li")
        signed = case._get_signing_documents()
        self.assertEqual(signed.mapped("kind"), ["agreement", "disclosure"])
        for document in signed:
            self.assertEqual(document.signed_login, "alice@example.com")
            self.assertEqual(document.sign_method, "portal")
            self.assertTrue(document.signed_ip and document.signed_agent)
            self.assertFalse(document._find_faults())
        self.assertTrue(case.signature)
        self.assertTrue(case.agreement_id)

    def test_second_signature_is_told_so(self):
        case = self._offered()
        self._read_all(case)
        self.sign_in(self.alice)
        self._sign(case)
        signed = case.date_accepted
        self.assertIn("already signed", self._sign(case)["error"])
        self.assertEqual(case.date_accepted, signed)

    def test_doctored_signatures_are_refused(self):
        case = self._offered()
        self.sign_in(self.alice)
        for values, message in (
            ({"name": ""}, "full name"),
            ({"name": ["x"]}, "full name"),
            ({"name": "\x00\ud800"}, "full name"),
            ({"name": "x" * 500}, "full name"),
            ({"signature": ""}, "could not read"),
            ({"signature": "not base64 !"}, "could not read"),
            ({"signature": "PHNjcmlwdD4="}, "could not read"),
            ({"signature": "A" * 2_000_000}, "could not read"),
            ({"signature": {"a": 1}}, "could not read"),
        ):
            with self.subTest(message=message):
                self.assertIn(message, self._sign(case, **values)["error"])
        self.assertEqual(case.state, "offered")

    def test_only_the_approved_offer_can_be_signed(self):
        case = self._offered()
        self.sign_in(self.alice)
        other = case.offer_ids - case.offer_id
        self.assertTrue(other)
        self.assertIn("no longer open", self._sign(case, other[:1])["error"])
        self.assertEqual(case.state, "offered")

    def test_expired_offer_cannot_be_signed(self):
        case = self._offered()
        case.expiry_date = self.today + relativedelta(days=-1)
        self.sign_in(self.alice)
        text = self.page(f"/my/relief/{case.id}").text
        self.assertIn("has\n                expired", text)
        self.assertNotIn("Read and sign", text)
        self.assertIn("expired", self._sign(case)["error"])
        self.assertEqual(case.state, "offered")

    def test_decline_needs_a_reason(self):
        case = self._offered()
        self.sign_in(self.alice)
        answer = self.post(f"/my/relief/{case.id}/decline", {"reason": "  "})
        self.assertIn("Please tell us why", answer.text)
        self.assertEqual(case.state, "offered")
        self.post(f"/my/relief/{case.id}/decline", {"reason": "Still \x00too much"})
        self.assertEqual(case.state, "declined")
        self.assertEqual(case.decline_reason, "Still too much")
        again = self.post(f"/my/relief/{case.id}/decline", {"reason": "Again"})
        self.assertIn("no offer to decline", again.text)
        self.assertEqual(case.decline_reason, "Still too much")

    def test_an_answer_posted_signed_out_comes_back_with_a_word(self):
        """The login page opens the address of the form, by a GET."""
        case = self._offered()
        self.sign_in(self.alice)
        for path in ("decline", "papers", f"offers/{case.offer_id.id}/ask"):
            with self.subTest(path=path):
                answer = self.page(f"/my/relief/{case.id}/{path}")
                self.assertEqual(answer.status_code, 200)
                self.assertIn("Nothing was sent", answer.text)
        self.assertEqual(case.state, "offered")

    def test_agreement_of_a_declined_offer_is_no_longer_printed(self):
        case = self._offered()
        self.assertTrue(case._portal_has_agreement())
        case._decline("No")
        self.sign_in(self.alice)
        answer = self.page(f"/my/relief/{case.id}/agreement")
        self.assertEqual(answer.status_code, 404)

    def test_without_a_change_has_the_same_figures_as_a_plan(self):
        case = self._offered()
        before, plan = case._portal_before(), case.offer_id._portal_figures()
        self.assertLessEqual(before.keys(), plan.keys())
        rows = case.before_rows
        self.assertEqual(before["last_date"], rows[-1]["due_date"])
        interest = sum(row["interest"] for row in rows)
        self.assertEqual(round(before["interest"] * 100), interest)
        paid = sum(row["instalment"] for row in rows)
        self.assertEqual(round((before["total"] - before["due"]) * 100), paid)

    def test_signed_offer_is_not_declined_by_a_second_tab(self):
        case = self._accepted()
        self.sign_in(self.alice)
        self.post(f"/my/relief/{case.id}/decline", {"reason": "Second tab"})
        self.assertEqual(case.state, "accepted")

    def test_withdraw_before_an_offer_only(self):
        case = self._submitted()
        self.sign_in(self.alice)
        self.post(f"/my/relief/{case.id}/withdraw")
        self.assertEqual(case.state, "withdrawn")
        answer = self.post(f"/my/relief/{case.id}/withdraw")
        self.assertIn("no longer be taken back", answer.text)

    def test_other_plan_can_be_asked_for(self):
        case = self._offered()
        other = (case._portal_offers() - case.offer_id)[:1]
        self.sign_in(self.alice)
        self.post(f"/my/relief/{case.id}/offers/{other.id}/ask")
        self.assertEqual(case.wished_plan, other.plan)
        self.assertEqual(case.state, "offered")
        self.assertEqual(case.activity_ids.user_id, self.officer)

    def test_papers_wanted_and_handed_in(self):
        case = self._submitted()
        wizard = self.env["carloan.relief.papers"].with_user(self.officer)
        wizard.create({"request_id": case.id, "wanted": "Payslip of May"}).action_ask()
        self.sign_in(self.alice)
        self.assertIn("Payslip of May", self.page(f"/my/relief/{case.id}").text)
        answer = self.post(
            f"/my/relief/{case.id}/papers", files=[("papers", ("payslip.pdf", PDF))]
        )
        self.assertIn("We have your papers", answer.text)
        self.assertEqual(case.paper_ids.name, "payslip.pdf")
        history = self.page(f"/my/relief/{case.id}").text
        self.assertIn("What happened so far", history)
        self.assertIn("Papers handed in: 1", history)
        self.assertIn("The request was handed in", history)
        self.assertFalse(case.papers_wanted)
        answer = self.post(
            f"/my/relief/{case.id}/papers", files=[("papers", ("x.html", b"<html>"))]
        )
        self.assertIn("not a PDF, JPEG or PNG", answer.text)

    def test_timeline_says_who_has_it_and_by_when(self):
        case = self._submitted()
        now = self._now(case)
        self.assertEqual((now["code"], now["who"]), ("assessed", self.officer.name))
        self.assertGreater(now["due"], self.today)
        case = self._offered(self._make_loan(self.alice.partner_id))
        now = self._now(case)
        self.assertEqual((now["code"], now["who"]), ("offered", "You"))
        self.assertEqual(now["due"], case.expiry_date)
        case._decline("No")
        last = case._portal_timeline()[-1]
        self.assertEqual((last["code"], last["phase"]), ("declined", "end"))

    def test_timeline_names_those_whose_consent_is_missing(self):
        case = self._accepted()
        self.env["carloan.relief.consent"].create(
            {"request_id": case.id, "partner_id": self.bob.partner_id.id}
        )
        now = self._now(case)
        self.assertIn(self.bob.name, now["who"])
        self.assertGreaterEqual(now["due"], self.today)

    def _now(self, case):
        return next(s for s in case._portal_timeline() if s["phase"] == "now")

    def test_agreement_speaks_the_borrowers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.alice.partner_id.lang = "zh_CN"
        case = self._offered(self._make_loan(self.alice.partner_id))
        agreement, disclosure = case._issue_signing_documents()
        self.assertEqual(agreement.title, "车贷还款变更协议")
        self.assertIn("不收取任何其他费用", disclosure.body)
        self.assertIn("Alice Li", agreement.body)

    def test_cost_of_credit_is_disclosed_on_page_and_agreement(self):
        self.product.write({"fee": 20.0, "penalty_rate": 0.108, "grace_days": 3})
        case = self._offered(self._make_loan(self.alice.partner_id))
        offer = case.offer_id
        cost = offer._portal_cost()
        rows = offer.rows
        shown = ("principal", "interest", "fees")
        self.assertEqual(
            [round(cost[name] * 100) for name in shown],
            [
                sum(row[name] for row in rows)
                for name in ("principal", "interest", "fee")
            ],
        )
        # at the disclosed rate the rows are worth the principal, to half a unit
        rate = cost["annual_cost"] / 100 / 12
        worth = sum(row["instalment"] / (1 + rate) ** row["n"] for row in rows)
        self.assertAlmostEqual(worth / 100, cost["principal"], 2)
        self.assertEqual(cost["taker"], case.company_id.name)
        self.assertAlmostEqual(cost["penalty_rate"], 10.8)
        self.sign_in(self.alice)
        page = self.page(f"/my/relief/{case.id}/offers/{offer.id}").text
        disclosure = case._get_signing_documents()[1]
        for html in (page, disclosure.body):
            self.assertIn(f"{cost['annual_cost']:.2f}", html)
            self.assertIn("10.80", html)
            self.assertIn("There are no", html)

    def test_agreement_is_a_pdf(self):
        case = self._offered()
        case = case.with_context(force_report_rendering=True)
        document = case._issue_signing_documents()[:1]
        self.assertTrue(document.attachment_id.raw.startswith(b"%PDF"))
        document._sign("portal", "Alice Li", signature=signature())
        copy = document._get_signed_copy()
        self.assertTrue(copy.startswith(b"%PDF"))
        self.assertGreater(len(copy), len(document.attachment_id.raw))


@tagged("post_install", "-at_install")
class TestPortalMails(PortalCase):
    def _mails(self, case):
        messages = case.message_ids.filtered(lambda m: m.message_type == "auto_comment")
        return messages.sorted("id")

    def _subjects(self, case):
        return self._mails(case).mapped("subject")

    def test_each_step_tells_the_borrower_once(self):
        case = self._offered()
        case.consent_ids.write({"state": "given"})
        self._sign_all(case)
        case.with_user(self.accountant).action_activate()
        self.assertEqual(
            self._subjects(case),
            [
                f"We have your request {case.name}",
                f"Our offer for your loan {self.loan.name}",
                f"Your new repayment plan for loan {self.loan.name} is in force",
            ],
        )
        for message in self._mails(case):
            with self.subTest(subject=message.subject):
                self.assertEqual(message.partner_ids, self.alice.partner_id)
                self.assertEqual(message.author_id, self.officer.partner_id)
                self.assertIn(f"/my/relief/{case.id}", message.body)
                self.assertTrue(message.notification_ids)

    def test_refusal_gives_the_reason(self):
        case = self._submitted()
        case.with_user(self.officer).action_reject("The income was not shown.")
        self.assertIn("The income was not shown.", self._mails(case)[-1].body)

    def test_papers_mail_says_which(self):
        case = self._submitted()
        case._ask_papers("Payslip of May", self.today)
        self.assertIn("Payslip of May", self._mails(case)[-1].body)

    def test_mail_speaks_the_borrowers_language(self):
        self.alice.partner_id.lang = "zh_CN"
        case = self._submitted()
        self.assertIn("已收到", self._subjects(case)[0])
        # the link opens the page in the same language
        self.assertIn(f"/zh_CN/my/relief/{case.id}", self._mails(case)[0].body)

    def test_reminder_goes_out_once(self):
        case = self._offered()
        case.expiry_date = self.today + relativedelta(days=2)
        before = len(self._mails(case))
        cron = self.env.ref("carloan_relief_portal.ir_cron_remind_offers")
        cron.method_direct_trigger()
        cron.method_direct_trigger()
        self.assertEqual(len(self._mails(case)), before + 1)
        self.assertIn("expires soon", self._subjects(case)[-1])

    def test_expired_offer_is_told(self):
        case = self._offered()
        case.expiry_date = self.today + relativedelta(days=-1)
        case._expire()
        self.assertIn("has expired", self._subjects(case)[-1])

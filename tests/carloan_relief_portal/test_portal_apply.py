"""Asking for relief: nothing typed is lost, nothing is sent twice."""

from odoo.exceptions import ConcurrencyError
from odoo.tests import mute_logger, tagged

from .common import PortalCase
from .test_portal_answers import PDF


@tagged("post_install", "-at_install")
class TestPortalApply(PortalCase):
    def setUp(self):
        super().setUp()
        self.path = f"/my/loans/{self.loan.id}/relief"
        self.applications = self.env["carloan.relief.application"]
        self.answers = {
            "reason_id": str(self.reason.id),
            "temporary": "yes",
            "note": "The factory cut our hours.",
            "net_income": "6,000",
            "living_costs": "3500",
            "dependants": "2",
            "employment": "employed",
            "consent_truth": "1",
            "consent_data": "1",
        }

    def _requests(self, loan=None):
        domain = [("loan_id", "=", (loan or self.loan).id)]
        return self.env["carloan.relief.request"].search(domain)

    def _send(self, step="send", files=None, **changes):
        data = {**self.answers, "step": step, **changes}
        return self.post(self.path, data, files=files)

    def test_sends_once_with_what_was_typed(self):
        self.sign_in(self.alice)
        answer = self._send()
        case = self._requests()
        self.assertIn(f"/my/relief/{case.id}", answer.url)
        self.assertIn("We have your request", answer.text)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "submitted",
                    "channel": "portal",
                    "temporary": True,
                    "note": "The factory cut our hours.",
                    "user_id": self.officer.id,
                }
            ],
        )
        self.assertEqual(case.statement_id.net_income, 6000.0)
        self.assertEqual(case.statement_id.dependants, 2)
        self.assertTrue(case.consent_data_date)
        self.assertFalse(self.applications._get_for(self.loan))

    def test_second_send_shows_the_first_request(self):
        self.sign_in(self.alice)
        first = self._send()
        second = self._send()
        self.assertEqual(len(self._requests()), 1)
        self.assertEqual(second.url.partition("?")[0], first.url.partition("?")[0])

    def test_unreadable_answers_are_kept_and_named(self):
        self.sign_in(self.alice)
        answer = self._send(net_income="about 3000", reason_id="999999")
        self.assertFalse(self._requests())
        self.assertIn("Nothing was sent yet", answer.text)
        self.assertIn("We cannot read this as an amount", answer.text)
        self.assertIn("Choose one of the answers", answer.text)
        self.assertIn('value="about 3000"', answer.text)
        self.assertIn("The factory cut our hours.", answer.text)

    def test_missing_consent_sends_nothing(self):
        self.sign_in(self.alice)
        del self.answers["consent_data"]
        self.assertIn("Without your consent", self._send().text)
        self.assertFalse(self._requests())

    def test_draft_outlives_the_session(self):
        self.sign_in(self.alice)
        kept = self.make_jsonrpc_request(
            f"{self.path}/draft", {"answers": {"note": "Half a sen", "evil": "x"}}
        )
        self.assertIn("saved_at", kept)
        self.authenticate(None, None)
        lost = self._send(note="Half a sentence more")
        self.assertIn("/web/login", lost.url)
        self.sign_in(self.alice)
        self.assertIn("Half a sen", self.page(self.path).text)
        self.assertNotIn("evil", self.applications._get_for(self.loan).answers)

    def test_doctored_fields_are_ignored(self):
        self.sign_in(self.alice)
        self._send(
            state="active",
            user_id="1",
            partner_id=str(self.bob.partner_id.id),
            loan_id=str(self.other_loan.id),
            affordable_instalment="1",
            wished_plan='[{"kind": "forgive_principal", "percent": 100}]',
        )
        case = self._requests()
        self.assertEqual(case.state, "submitted")
        self.assertEqual(case.partner_id, self.alice.partner_id)
        self.assertFalse(case.affordable_instalment)
        self.assertFalse(case.wished_plan)
        self.assertFalse(self._requests(self.other_loan))

    def test_good_paper_goes_with_the_request(self):
        self.sign_in(self.alice)
        answer = self._send("upload", files=[("papers", ("letter.pdf", PDF))])
        self.assertIn("letter.pdf", answer.text)
        self.assertIn("Tick the box to let us read", self._send().text)
        self._send(consent_sensitive="1")
        case = self._requests()
        self.assertEqual(case.paper_ids.name, "letter.pdf")
        self.assertEqual(case.paper_ids.res_id, case.id)
        paper = self.page(f"/my/relief/{case.id}/papers/{case.paper_ids.id}")
        self.assertEqual(paper.content, PDF)
        self.assertIn("attachment", paper.headers["Content-Disposition"])

    def test_bad_papers_are_refused_and_words_kept(self):
        self.sign_in(self.alice)
        for name, content, message in (
            ("big.pdf", PDF + b"0" * 30 * 1024 * 1024, "larger than 10 MB"),
            ("page.html", b"<html><script/></html>", "not a PDF, JPEG or PNG"),
            ("page.pdf", b"<html><script/></html>", "not a PDF, JPEG or PNG"),
            ("empty.pdf", b"", "is empty"),
        ):
            with self.subTest(name=name):
                answer = self._send(
                    "send", files=[("papers", (name, content))], note=f"With {name}"
                )
                self.assertIn(message, answer.text)
                self.assertIn(f"With {name}", answer.text)
                self.assertFalse(self._requests())
        self.assertFalse(self.applications._get_for(self.loan).paper_ids)

    def test_paper_is_removed_by_its_own_number_only(self):
        self.sign_in(self.alice)
        self._send("upload", files=[("papers", ("letter.pdf", PDF))])
        own = self.applications._get_for(self.loan).paper_ids
        other = self.env["ir.attachment"].create({"name": "other", "raw": b"x"})
        self._send(f"drop-{other.id}")
        self.assertTrue(other.exists())
        self._send(f"drop-{own.id}")
        self.assertFalse(own.exists())

    def test_draft_of_staff_is_not_doubled(self):
        self.env["carloan.relief.request"].create(
            {"loan_id": self.loan.id, "user_id": self.officer.id}
        )
        self.sign_in(self.alice)
        answer = self._send()
        self.assertEqual(len(self._requests()), 1)
        self.assertIn("already", answer.text)
        self.assertIn("The factory cut our hours.", answer.text)

    def test_two_tabs_that_begin_at_once_share_one_application(self):
        """The later one is run again by Odoo and then finds the first one's."""
        first = self.applications._keep(self.loan, {"note": "First"})
        with self.assertRaises(ConcurrencyError):
            self.applications._begin(self.loan, {"note": "Second"})
        self.assertEqual(self.applications._keep(self.loan, {"note": "Second"}), first)

    def test_the_session_gives_forms_a_token_that_works(self):
        self.sign_in(self.alice)
        token = self.make_jsonrpc_request("/my/relief/session", {})["csrf_token"]
        self._send("keep", csrf_token=token)
        self.assertTrue(self.applications._get_for(self.loan))

    @mute_logger("odoo.http")
    def test_without_the_forms_token_nothing_is_taken(self):
        self.sign_in(self.alice)
        answer = self.url_open(self.path, data=self.answers)
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.applications._get_for(self.loan))

    def test_unsent_words_are_deleted_after_the_days(self):
        application = self.applications._keep(self.loan, {"note": "Old"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE carloan_relief_application SET write_date = now() - interval"
            " '91 days' WHERE id = %s",
            [application.id],
        )
        self.applications._gc_unsent()
        self.assertFalse(application.exists())


@tagged("post_install", "-at_install")
class TestPortalWhatIf(PortalCase):
    def setUp(self):
        super().setUp()
        self.path = f"/my/loans/{self.loan.id}/what-if"
        grade = self.env["carloan.risk.grade"].search([("name", "=", "C")])
        self.loan.risk_grade_id = grade

    def test_answers_with_the_figures_of_the_engine(self):
        answer = self.loan._portal_what_if(extend=6)
        self.assertEqual(answer["then"]["count"], answer["now"]["count"] + 6)
        self.assertLess(answer["then"]["instalment"], answer["now"]["instalment"])
        self.assertGreater(answer["more_interest"], 0)
        self.assertFalse(answer["broken"])
        self.sign_in(self.alice)
        text = self.page(f"{self.path}?extend=6").text
        self.assertIn(f"{answer['then']['instalment']:,.2f}", text)
        self.assertIn("This would help me", text)

    def test_beyond_the_box_is_told_and_not_asked_for(self):
        self.sign_in(self.alice)
        text = self.page(f"{self.path}?extend=120").text
        self.assertIn("It goes beyond", text)
        self.assertNotIn("This would help me", text)

    def test_doctored_wishes_answer_in_words(self):
        self.sign_in(self.alice)
        for query, words in (
            ("extend=-1", "Enter whole numbers"),
            ("extend=abc", "Enter whole numbers"),
            ("holiday=9999999999", "Enter whole numbers"),
            ("extend=601", "This number is too large"),
            ("extend=599", "It goes beyond"),
            ("holiday=600", "too large to be worked out"),
        ):
            with self.subTest(query=query):
                answer = self.page(f"{self.path}?{query}")
                self.assertEqual(answer.status_code, 200)
                self.assertIn('role="alert"', answer.text)
                self.assertIn(words, answer.text)
                # the form stays, to try again
                self.assertIn('id="extend"', answer.text)

    def test_nothing_is_left_to_change_when_all_is_due(self):
        loan = self._make_loan(self.alice.partner_id, instalments=4)
        self.sign_in(self.alice)
        text = self.page(f"/my/loans/{loan.id}/what-if?extend=3").text
        self.assertIn("there is none left to change", text)

    def test_answers_while_typing(self):
        self.sign_in(self.alice)
        answer = self.make_jsonrpc_request(
            f"{self.path}/answer", {"wish": {"extend": "3", "holiday": ""}}
        )
        self.assertIn("After the change", answer["html"])

    def test_wish_goes_into_the_application(self):
        self.sign_in(self.alice)
        answer = self.post(
            f"/my/loans/{self.loan.id}/relief",
            {"step": "wish", "wish_extend": "6", "wish_holiday": "0"},
        )
        self.assertIn("You would like", answer.text)
        self.assertIn('name="wish_extend" value="6"', answer.text)

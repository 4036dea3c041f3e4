"""How a decision is explained to the borrower, and asking for a person."""

from odoo.http import Request
from odoo.tests import tagged

from .common import PASSWORD, PortalCase


@tagged("post_install", "-at_install")
class TestPortalReview(PortalCase):
    def setUp(self):
        super().setUp()
        self.authenticate(self.alice.login, PASSWORD)

    def page(self, loan=None):
        return self.url_open(f"/my/loans/{(loan or self.loan).id}/decision")

    def ask(self, loan=None, **data):
        return self.url_open(
            f"/my/loans/{(loan or self.loan).id}/review",
            data={"csrf_token": Request.csrf_token(self), "subject": "", **data},
        )

    def reviews(self, loan=None):
        return self.env["carloan.risk.review"].search(
            [("loan_id", "=", (loan or self.loan).id)]
        )

    def test_reasons_stand_in_plain_words_without_points_or_grade(self):
        assessment = self.loan._assess()
        page = self.page()
        self.assertEqual(page.status_code, 200)
        first = assessment._get_borrower_reasons()[0]
        self.assertIn(first, page.text)
        self.assertNotIn("points)", page.text)
        self.assertNotIn(f"{assessment.pd:.6f}", page.text)
        self.assertIn("decision", self.url_open(f"/my/loans/{self.loan.id}").text)

    def test_a_suspicion_is_not_told(self):
        self.env["carloan.risk.flag"].create(
            {
                "partner_id": self.loan.partner_id.id,
                "kind": "fraud",
                "reason": "Forged payslip",
            }
        )
        self.loan._assess()
        text = self.page().text
        self.assertNotIn("raud", text)
        self.assertNotIn("Forged", text)

    def test_asking_for_a_person_and_reading_the_answer(self):
        self.loan._assess()
        answer = self.ask(reason="  I found work <b>again</b>  ")
        review = self.reviews()
        self.assertRecordValues(
            review,
            [
                {
                    "state": "asked",
                    "channel": "portal",
                    "reason": "I found work <b>again</b>",
                    "partner_id": self.alice.partner_id.id,
                }
            ],
        )
        self.assertIn(review.name, answer.text)
        # no second one beside it
        self.assertIn("cannot be reviewed now", self.ask(reason="Again").text)
        self.assertEqual(self.reviews(), review)
        review.with_user(self.approver).action_take()
        review.with_user(self.approver).write(
            {"outcome": "upheld", "explanation": "The <i>arrears</i> weigh on."}
        )
        review.with_user(self.approver).action_answer()
        text = self.page().text
        self.assertIn("the decision stands", text)
        self.assertIn("The &lt;i&gt;arrears&lt;/i&gt; weigh on.", text)

    def test_a_request_that_was_decided_can_be_reviewed_by_another(self):
        case = self._offered()
        self.ask(reason="The plan is too short", subject=str(case.id))
        review = self.reviews()
        self.assertEqual(review.request_id, case)
        self.assertEqual(review.assessment_id, case.assessment_id)
        self.assertIn(self.approver, review._get_deciders())
        self.assertIn(
            f"/my/loans/{self.loan.id}/decision",
            self.url_open(f"/my/relief/{case.id}").text,
        )

    def test_bad_input_makes_nothing(self):
        self.loan._assess()
        for data in (
            {"reason": "   "},
            {"reason": "x" * 4001},
            {"reason": "Why", "subject": "999999"},
            {"reason": "Why", "subject": "1 OR 1=1"},
        ):
            with self.subTest(data=str(data)[:40]):
                answer = self.ask(**data)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("alert-danger", answer.text)
        self.assertFalse(self.reviews())

    def test_another_s_loan_answers_as_a_missing_one(self):
        self.other_loan._assess()
        self.assertEqual(self.page(self.other_loan).status_code, 404)
        self.assertEqual(self.ask(self.other_loan, reason="Mine").status_code, 404)
        self.assertFalse(self.reviews(self.other_loan))
        case = self._offered(self.other_loan)
        self.assertIn(
            "alert-danger", self.ask(reason="Mine", subject=str(case.id)).text
        )
        self.assertFalse(self.reviews() | self.reviews(self.other_loan))

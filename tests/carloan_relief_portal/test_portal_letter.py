"""A refusal on the portal: its reasons, the letter, and how to complain."""

from odoo.tests import tagged

from .common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalLetter(PortalCase):
    def test_reasons_letter_and_complaint(self):
        case = self._submitted()
        reason = self.env.ref("carloan_relief.decline_reason_income")
        case.with_user(self.officer).action_reject_for(reason.ids)
        letter = case.decline_letter_ids
        mails = case.message_ids.filtered(lambda one: one.partner_ids)
        self.assertEqual(mails.filtered("attachment_ids"), letter.message_id)
        subjects = mails.mapped("subject")
        self.assertEqual(subjects.count(f"Our decision on your request {case.name}"), 1)
        self.assertNotIn(f"Your request {case.name}", subjects)
        self.sign_in(self.bob)
        url = f"/my/relief/{case.id}/letter"
        self.assertEqual(self.page(url).status_code, 404)
        self.assertEqual(letter.state, "sent")
        self.sign_in(self.alice)
        text = self.page(f"/my/relief/{case.id}").text
        for part in ("verify the income", url, "12378"):
            self.assertIn(part, text)
        answer = self.page(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(letter.state, "delivered")
        self.assertIn("Opened", letter.proof)

"""Refusals: specific reasons, a letter in the borrower's language, its delivery."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .test_clock import ClockCase, day


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDeclineLetter(ClockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._under("au")
        cls.borrower.email = "chen.lei@example.com"
        cls.request = cls._draft()
        cls.request.action_submit()
        reasons = cls.env["carloan.decline.reason"].search([("specific", "=", True)])
        cls.reasons = reasons[:2]
        cls.many = reasons[:5]

    def _wizard(self, reasons, reason=False):
        wizard = self.env["carloan.relief.close.wizard"].with_user(self.officer)
        return wizard.create(
            {
                "request_id": self.request.id,
                "move": "reject",
                "reason": reason,
                "decline_reason_ids": [Command.set(reasons.ids)],
            }
        )

    def test_refused_for_reasons_told_by_letter_and_the_clock_is_met(self):
        self._wizard(self.reasons, "Pay slips of May are missing.").action_confirm()
        letter = self.request.decline_letter_ids
        self.assertEqual((letter.state, letter.channel), ("sent", "email"))
        self.assertEqual(self.request.state, "rejected")
        self.assertIn("verify the income", self.request.decline_reason)
        clock = self._clock(self.request, "au_decide")
        self.assertEqual((clock.state, clock.met_on), ("met", day(TODAY)))
        wait = self._clock(self.request, "au_enforce")
        self.assertEqual(wait.due_date, day("2026-07-04"))
        body = letter.sudo().document_id.body
        for text in ("verify the income", "Pay slips of May", "afca.org.au"):
            self.assertIn(text, body)
        document = letter.sudo().document_id
        self.assertTrue(document.attachment_id.raw)
        self.assertTrue(document.sha256)
        message = letter.sudo().message_id
        self.assertIn(self.borrower, message.partner_ids)
        self.assertEqual(message.attachment_ids.mapped("mimetype"), ["application/pdf"])

    def test_in_the_language_of_the_borrower(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.borrower.lang = "zh_CN"
        reason = self.reasons[:1]
        reason.with_context(lang="zh_CN").told = "您提供的材料无法证实所述收入。"
        self._wizard(reason).action_confirm()
        body = self.request.decline_letter_ids.sudo().document_id.body
        self.assertIn("主要理由如下", body)
        self.assertIn("无法证实所述收入", body)
        self.assertIn("无法证实所述收入", self.request.decline_reason)

    def test_vague_or_too_many_reasons_are_refused(self):
        vague = self.env.ref("carloan_relief.decline_reason_policy")
        none = self.env["carloan.decline.reason"]
        for reasons, detail, text in (
            (none, "", "choose 1 to 4"),
            (self.many, "", "5 are chosen"),
            (vague, "", "nothing to act on"),
            (self.reasons, " Internal  POLICY. ", "nothing to act on"),
        ):
            with self.subTest(text), self.assertRefused(text):
                self._wizard(reasons, detail).action_confirm()
        self.assertEqual(self.request.state, "submitted")

    def test_a_refusal_without_reasons_waits_and_the_clock_runs(self):
        self.request.action_reject("Not this time")
        letter = self.request.decline_letter_ids
        self.assertEqual(letter.state, "draft")
        kind = self.env.ref("carloan_relief.mail_activity_decline_letter")
        todo = self.request.activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )
        self.assertEqual(todo.user_id, self.officer)
        clock = self._clock(self.request, "au_decide")
        self.assertEqual(clock.state, "running")
        with self.assertRefused("choose 1 to 4"):
            letter.action_send()
        letter.reason_ids = self.reasons
        with freeze_time("2026-07-13"):
            letter.action_send()
        self.assertEqual((clock.state, clock.met_on), ("late", day("2026-07-13")))
        facts = [fact["code"] for fact in self.request._get_timeline()]
        self.assertEqual(facts.count("letter"), 1)
        self.assertLess(facts.index("clock"), facts.index("letter"))
        self.assertFalse(todo.exists().filtered("active"))
        with self.assertRefused("sent already"):
            letter.action_send()

    def test_what_came_back_is_sent_again_and_the_clock_runs_on(self):
        self._wizard(self.reasons).action_confirm()
        letter = self.request.decline_letter_ids
        letter.action_failed()
        again = self.request.decline_letter_ids - letter
        self.assertEqual((letter.state, again.state), ("failed", "draft"))
        self.assertEqual((again.channel, again.reason_ids), ("post", self.reasons))
        clock = self._clock(self.request, "au_decide")
        self.assertEqual(clock.state, "running")
        again.action_send()
        again.action_delivered("Slip 4711")
        self.assertEqual((again.state, again.proof), ("delivered", "Slip 4711"))
        self.assertEqual(clock.state, "met")

    def test_a_mail_that_left_is_delivered_and_one_that_bounced_is_not(self):
        self._wizard(self.reasons).action_confirm()
        letter = self.request.decline_letter_ids
        for status, state in (("ready", "sent"), ("bounce", "failed")):
            notes = letter.sudo().message_id.notification_ids
            notes.filtered(
                lambda note: note.res_partner_id == self.borrower
            ).notification_status = status
            with self.enter_registry_test_mode():
                self.env.ref(
                    "carloan_relief.ir_cron_decline_letter"
                ).method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(letter.state, state)

    def test_nobody_forges_a_letter_or_its_delivery(self):
        self._wizard(self.reasons).action_confirm()
        letter = self.request.decline_letter_ids
        for user in (self.officer, self.approver, self.manager):
            forged = letter.with_user(user)
            for values in (
                {"state": "delivered"},
                {"proof": "x"},
                {"sent_on": False},
                {"detail": "Another"},
                {"reason_ids": [Command.clear()]},
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    forged.write(values)
            with self.assertRaises(AccessError):
                forged.create({"request_id": self.request.id})
        for user in (self.auditor, self.employee, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                letter.with_user(user).action_delivered("x")
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [Command.set(self.officer_2.ids)]}
        )
        self.request.sudo().team_id = team
        self.assertFalse(letter.with_user(self.officer).has_access("read"))
        self.assertTrue(letter.with_user(self.officer_2).has_access("read"))

    def test_after_an_offer_that_was_not_taken_a_letter_may_follow(self):
        with self.assertRaises(AccessError):
            self.request.with_user(self.auditor).action_letter()
        self.request.sudo().write({"state": "expired", "date_closed": f"{TODAY} 10:00"})
        action = self.request.action_letter()
        letter = self.env["carloan.decline.letter"].browse(action["res_id"])
        self.assertEqual((letter.request_id, letter.state), (self.request, "draft"))
        self.assertEqual(self.request.action_letter()["res_id"], letter.id)

"""A guarantor without an account answers by a link: once, in time, nobody else."""

import re

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import PortalCase, signature


@tagged("post_install", "-at_install")
class TestPortalConsent(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guarantor = cls.env["res.partner"].create(
            {"name": "Guo Min", "email": "guo@example.com"}
        )
        cls.loan.party_ids = [
            Command.create({"partner_id": cls.guarantor.id, "role": "guarantor"})
        ]
        cls.case = cls._offered()
        cls.consent = cls.case.consent_ids

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)  # the holder of a link has no account

    def _send(self):
        """Send the link as the officer does; return its path from the mail."""
        sent = self._catch_mails()
        self.consent.with_user(self.officer).action_send_link()
        self.assertEqual(len(sent), 1)
        return self._find_path(sent[0])

    def _catch_mails(self):
        """Return the list that the bodies of mails sent from now on are put into."""
        sent = []

        def catch(records, *args, **kwargs):
            sent.extend(records.mapped("body_html"))
            return True

        self.patch(type(self.env["mail.mail"]), "send", catch)
        return sent

    def _find_path(self, body):
        return re.search(r"/relief/consent/\d+/[\w-]+", body)[0]

    def _sign(self, path, **values):
        data = {"name": "Guo Min", "signature": signature(), **values}
        return self.make_jsonrpc_request(f"{path}/sign", data)

    def test_agreed_once(self):
        path = self._send()
        self.assertNotIn(path.split("/")[-1], self.consent.sudo().link_hash)
        self.assertNotIn(
            path.split("/")[-1],
            " ".join(map(str, self.case.message_ids.mapped("body"))),
        )
        page = self.page(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Guo Min", page.text)
        self.assertIn("695", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(self.page(f"{path}/paper").status_code, 200)
        self.assertIn("full name", self._sign(path, name=" ")["error"])
        self.assertIn("could not read", self._sign(path, signature="x")["error"])
        self.assertIn("redirect_url", self._sign(path))
        self.assertEqual((self.consent.state, self.consent.method), ("given", "portal"))
        paper = self.consent.document_id
        self.assertEqual(paper.sign_method, "link")
        self.assertEqual(paper.signed_by, "Guo Min")
        self.assertEqual(paper.signed_login, "guo@example.com")
        self.assertTrue(paper.signed_ip and paper.opened_on)
        self.assertFalse(paper._find_faults())
        self.assertEqual(self.page(path).status_code, 404)
        self.assertIn("error", self._sign(path))
        with self.assertRaisesRegex(UserError, "consented already"):
            self.consent.with_user(self.officer).action_send_link()

    def test_refused(self):
        path = self._send()
        self.page(path)
        answer = self.post(f"{path}/refuse")
        self.assertIn("Thank you", answer.text)
        self.assertEqual(self.consent.state, "refused")
        self.assertEqual(self.page(path).status_code, 404)

    def test_links_that_open_nothing(self):
        path = self._send()
        other = self._offered(self.other_loan)
        other.consent_ids.create(
            {"request_id": other.id, "partner_id": self.guarantor.id}
        )
        token = path.split("/")[-1]
        wrong = [
            f"/relief/consent/{self.consent.id}/{token}x",
            f"/relief/consent/{self.consent.id}/x",
            f"/relief/consent/{other.consent_ids.id}/{token}",
            f"/relief/consent/999999999/{token}",
            f"/relief/consent/{10**30}/{token}",
        ]
        bodies = set()
        for address in wrong:
            for answer in (
                self.page(address),
                self.page(f"{address}/paper"),
                self.post(f"{address}/refuse"),
            ):
                self.assertEqual(answer.status_code, 404, address)
                bodies.add(re.sub(r"csrf_token: \"[^\"]*\"", "", answer.text))
        for address in wrong[:-1]:
            self.assertIn("error", self._sign(address))
        again = self._send()
        self.assertEqual(self.page(path).status_code, 404, "the one before is over")
        self.assertEqual(self.page(again).status_code, 200)
        self.consent.sudo().link_until = fields.Datetime.now() - relativedelta(
            seconds=1
        )
        self.assertEqual(self.page(again).status_code, 404)
        self.assertEqual(self.consent.state, "pending")

    def test_a_new_proposal_closes_the_link(self):
        path = self._send()
        self.case.with_user(self.officer).action_reopen()
        self.assertEqual(self.page(path).status_code, 404)
        self.assertIn("error", self._sign(path))

    def test_who_sends(self):
        for user in (self.approver, self.accountant, self.alice):
            with self.assertRaises(AccessError):
                self.consent.with_user(user).action_send_link()
        with self.assertRaises(AccessError):
            self.consent.with_user(self.officer).write({"link_until": "2030-01-01"})
        with self.assertRaises(AccessError):
            self.consent.with_user(self.officer).read(["link_hash"])
        self.guarantor.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self.consent.with_user(self.officer).action_send_link()

    # ---------------------------------------------------------------- REMINDER
    def _run_job(self):
        """Run the nightly job; return the mails about consents that it sent."""
        sent = self._catch_mails()
        cron = self.env.ref("carloan_relief_portal.ir_cron_remind_offers")
        cron.method_direct_trigger()
        return [body for body in sent if "/relief/consent/" in body]

    def _shift(self, **delta):
        """Have the link been sent earlier than it was."""
        consent_sudo = self.consent.sudo()
        consent_sudo.link_sent_on -= relativedelta(**delta)
        consent_sudo.link_until -= relativedelta(**delta)

    def _awake(self, law="eu"):
        """Companies of this law; the EU names no hours."""
        self.case.company_id.carloan_jurisdiction_id = self.env.ref(
            f"carloan_relief.jurisdiction_{law}"
        )

    def test_reminded_once_by_a_new_link_that_ends_on_the_same_day(self):
        self._awake()
        path = self._send()
        self._shift(days=9)
        self.assertFalse(self._run_job(), "five days are left, of four")
        self._shift(days=2)
        until = self.consent.link_until
        sent = self._run_job()
        self.assertEqual(len(sent), 1)
        again = self._find_path(sent[0])
        self.assertEqual(self.consent.link_until, until)
        self.assertEqual(self.page(path).status_code, 404, "the one before is over")
        self.assertEqual(self.page(again).status_code, 200)
        bodies = " ".join(map(str, self.case.message_ids.mapped("body")))
        self.assertIn("Guo Min was reminded of the consent", bodies)
        self.assertNotIn(again.split("/")[-1], bodies)
        self.assertFalse(self._run_job(), "once")
        self._send()
        self.assertFalse(self.consent.link_reminded_on, "a new link, a new reminder")

    def test_answered_or_sent_on_paper_is_not_reminded(self):
        self._awake()
        self.assertFalse(self._run_job(), "no link was sent")
        path = self._send()
        self._shift(days=12)
        self.page(path)
        self._sign(path)
        self.assertFalse(self._run_job())

    def test_reminded_in_hours_only(self):
        self._awake("cn")
        self.guarantor.tz = "Asia/Shanghai"
        with freeze_time(fields.Datetime.now() + relativedelta(hour=17, minute=0)):
            self._send()
            self._shift(days=12)
            self.assertFalse(self._run_job(), "one in the morning in Shanghai")
            cron = self.env.ref("carloan_relief_portal.ir_cron_remind_offers")
            again = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertTrue(again, "the job comes again")
        with freeze_time(fields.Datetime.now() + relativedelta(hour=3, minute=0)):
            self.assertEqual(len(self._run_job()), 1)

    def test_a_link_that_ended_is_told_to_the_officer_once(self):
        self._awake()
        self._send()
        self._shift(days=15)
        before = len(self.case.activity_ids)
        self.assertFalse(self._run_job(), "nobody is reminded of what is over")
        self._run_job()
        told = self.case.activity_ids[before:]
        self.assertEqual(len(self.case.activity_ids), before + 1)
        self.assertIn("ended without an answer", told.summary)
        self.assertEqual(told.user_id, self.officer)
        self.assertEqual(self.consent.state, "pending")

    def test_who_has_no_address_any_more_is_told_to_the_officer(self):
        self._awake()
        self._send()
        self._shift(days=12)
        self.guarantor.email = False
        self.assertFalse(self._run_job())
        self.assertFalse(self._run_job())
        told = self.case.activity_ids.filtered(
            lambda one: "cannot be reminded" in (one.summary or "")
        )
        self.assertEqual(len(told), 1)


@tagged("post_install", "-at_install")
class TestPortalCoolingOff(PortalCase):
    def test_withdrawn_within_the_days_and_not_after(self):
        self.env.company.carloan_jurisdiction_id = self.env.ref(
            "carloan_relief.jurisdiction_eu"
        )
        case = self._accepted()
        self.assertTrue(case.in_cooling_off)
        case.with_user(self.accountant).action_activate()
        schedule = self.loan.schedule_id
        self.sign_in(self.alice)
        self.assertIn(
            "Withdraw from what I signed", self.page(f"/my/relief/{case.id}").text
        )
        until = case.cooling_off_until
        case.sudo().cooling_off_until = fields.Datetime.now() - relativedelta(seconds=1)
        self.assertNotIn("Withdraw from what", self.page(f"/my/relief/{case.id}").text)
        answer = self.post(f"/my/relief/{case.id}/cooloff")
        self.assertIn("no longer be taken back", answer.text)
        case.sudo().cooling_off_until = until
        answer = self.post(f"/my/relief/{case.id}/cooloff")
        self.assertIn("was taken back", answer.text)
        self.assertEqual(case.state, "undone")
        self.assertNotEqual(self.loan.schedule_id, schedule)

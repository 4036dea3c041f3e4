"""A guarantor without an account answers by a link: once, in time, nobody else."""

import re

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

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
        sent = []

        def catch(records, *args, **kwargs):
            sent.extend(records.mapped("body_html"))
            return True

        mails = type(self.env["mail.mail"])
        self.patch(mails, "send", catch)
        self.consent.with_user(self.officer).action_send_link()
        self.assertEqual(len(sent), 1)
        return re.search(r"/relief/consent/\d+/[\w-]+", sent[0])[0]

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

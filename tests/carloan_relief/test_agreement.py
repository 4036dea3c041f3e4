"""What is signed for a case: papers, proof, the last second, and back out again."""

import base64

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

PDF = base64.b64encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF")
PAGE = base64.b64encode(b"<html><script>x()</script></html>")


class AgreementCase(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.env["res.lang"]._activate_lang("zh_CN")

    @classmethod
    def _rule(cls, code, value, valid_from="2020-01-01", unit="switch"):
        place = cls.env["carloan.jurisdiction"].search(
            [("code", "=", code.split(".")[0])]
        )
        cls.env["carloan.jurisdiction.rule"].sudo().create(
            {
                "jurisdiction_id": place.id,
                "code": code,
                "value": value,
                "unit": unit,
                "valid_from": valid_from,
                "state": "approved",
            }
        )

    def _paper(self, request, consent=None, user=None, **values):
        return (
            self.env["carloan.relief.paper"]
            .with_user(user or self.officer)
            .create(
                {
                    "request_id": request.id,
                    "consent_id": consent.id if consent else False,
                    "scan": PDF,
                    "scan_name": "signed.pdf",
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgreement(AgreementCase):
    def test_papers_speak_the_borrowers_language_and_say_the_cost(self):
        self.borrower.lang = "zh_CN"
        self._agree(penalty_rate=0.108, grace_days=3)
        self._rule("cn.cost.disclosure", 1)
        template = self.env.ref("carloan_relief.document_template_disclosure_cn")
        template.sudo().valid_from = "2026-01-01"
        request = self._offered()
        documents = request._issue_signing_documents()
        self.assertEqual(documents.mapped("kind"), ["agreement", "disclosure"])
        agreement, disclosure = documents
        cost = request.offer_id._get_cost()
        self.assertEqual(agreement.title, "车贷还款变更协议")
        self.assertIn(f"{cost['nominal'] * 100:.2f}", disclosure.body)
        self.assertIn("10.80", disclosure.body)
        self.assertIn("或有成本", disclosure.body)
        self.assertIn(self.currency_text(request, cost["total"]), disclosure.body)
        self.assertEqual(agreement.proposal_hash, request.proposal_hash)
        self.assertEqual(request._issue_signing_documents(), documents, "made once")
        self.assertEqual(
            agreement.attachment_id.raw, agreement._get_content(), "the exact bytes"
        )
        # the same figures as the frozen rows of the offer
        offer = request.offer_id
        self.assertEqual(round(cost["total"] * 100), round(offer.total_cost * 100))
        rows = sum(row["interest"] for row in offer.rows)
        self.assertEqual(round(cost["interest"] * 100), rows)
        self.assertEqual(cost["due_now"], offer.due_now)

    def currency_text(self, request, amount):
        # amounts in tables come from the monetary widget: digits are enough here
        return (
            request.currency_id.with_context(lang="zh_CN")
            .format(amount)
            .split(".")[0][-7:]
        )

    def test_penalty_is_disclosed_on_the_rate_that_the_plan_has_in_force(self):
        """Half as much again as the rate of the instalment that is late; as charged."""
        self._agree(penalty_rate=0.0, penalty_uplift=0.5)
        request = self._assessed()
        whole = {"kind": "rate", "annual_rate": 0.036}
        cases = [
            ([{"kind": "extend", "instalments": 1}], 0.108),
            ([whole], 0.054),
            # the largest principal comes last, when the contract's rate is back
            ([{**whole, "instalments": 3}], 0.108),
        ]
        for measures, rate in cases:
            with self.subTest(measures):
                offer = request._add_custom_offer(
                    [{"kind": "capitalise", "components": ["principal"]}, *measures],
                    "Court settlement",
                )
                self.assertAlmostEqual(offer._get_contingent_cost()["rate"], rate, 9)

    def test_disclosure_from_its_day_on(self):
        request = self._offered()
        self.assertEqual(request._get_signing_kinds(), ["agreement"])
        with freeze_time("2026-08-01"):
            self.assertEqual(request._get_signing_kinds(), ["agreement", "disclosure"])

    def test_signed_on_paper(self):
        request = self._offered()
        wizard = self._paper(request)
        self.assertEqual(wizard.signed_by, self.borrower.name)
        wizard.action_confirm()
        self.assertEqual(request.state, "accepted")
        self.assertTrue(request.is_signed)
        document = request._get_signing_documents()
        self.assertEqual(document.sign_method, "paper")
        self.assertEqual(document.scan_id.raw, base64.b64decode(PDF))
        self.assertEqual(document.recorded_by_id, self.officer)
        self.assertFalse(document._find_faults())
        self.assertIn(document.sha256.encode(), document._get_signed_copy())
        with self.assertRaisesRegex(UserError, "signed already"):
            self._paper(request).action_confirm()

    def test_no_scan_no_signature(self):
        request = self._offered()
        for values in (
            {"scan": False},
            {"scan": PAGE, "scan_name": "signed.pdf"},
            {"signed_by": "  "},
            {"paper_date": "2026-06-21"},
        ):
            with self.assertRaises(UserError):
                self._paper(request, **values).action_confirm()
        self.assertEqual(request.state, "offered")
        self.assertFalse(request.document_ids.filtered("signed_on"))

    def test_who_records(self):
        request = self._offered()
        for user in (self.approver, self.auditor, self.accountant, self.employee):
            with self.assertRaises(AccessError):
                self._paper(request, user=user).action_confirm()
        self.borrower.user_ids = [Command.set(self.officer_2.ids)]
        own = self.officer_2
        own.partner_id = self.borrower
        with self.assertRaisesRegex(AccessError, "party of loan"):
            self._paper(request, user=own).action_confirm()

    def test_changes_show(self):
        request = self._offered()
        self._paper(request).action_confirm()
        document = request._get_signing_documents()
        self.assertEqual(document.action_verify()["params"]["type"], "success")
        for field, value in (
            ("signed_by", "Somebody Else"),
            ("signed_on", "2026-06-21"),
            ("signed_ip", "10.0.0.1"),
            ("proposal_hash", "0" * 64),
            ("sha256", "0" * 64),
            ("scan_sha256", "0" * 64),
        ):
            before = document[field]
            document.sudo().write({field: value})
            self.assertTrue(document._find_faults(), field)
            document.sudo().write({field: before})
        self.assertFalse(document._find_faults())
        document.attachment_id.raw = b"%PDF-1.4 another"
        self.assertIn("file", document._find_faults()[0])
        self.assertEqual(document.action_verify()["params"]["type"], "danger")

    def test_changed_proposal_voids_what_was_signed(self):
        request = self._offered()
        self._paper(request).action_confirm()
        document = request._get_signing_documents()
        request.consent_ids.with_user(self.officer)._issue_paper()
        paper = request.consent_ids.document_id
        request.with_user(self.officer).action_reopen()
        self.assertTrue(document.void_on)
        self.assertTrue(paper.void_on)
        self.assertFalse(request.consent_ids.document_id)
        self.assertFalse(request.is_signed)
        self.assertTrue(document.signed_on, "it stays on file")
        request.with_user(self.officer).action_request_approval()
        self._approve(request, self.approver)
        fresh = request._issue_signing_documents()
        self.assertFalse(fresh & document)

    def test_activation_asks_for_the_signature(self):
        self._rule("policy.evidence.scan", 1)
        request = self._offered()
        with self.assertRaisesRegex(UserError, "needs the scan"):
            request.consent_ids.with_user(self.officer).action_give()
        self._paper(request, request.consent_ids).action_confirm()
        request.action_accept()
        with self.assertRaisesRegex(UserError, "no signed agreement"):
            request.with_user(self.accountant).action_activate()
        self._paper(request).action_confirm()
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")

    def test_background_job_makes_papers(self):
        request = self._offered()
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.ir_cron_print_documents"
            ).method_direct_trigger()
        self.assertTrue(request._get_signing_documents().attachment_id)

    def test_fields_of_the_moves_are_closed(self):
        request = self._draft()
        for vals in (
            {"expiry_at": "2030-01-01"},
            {"cooling_off_until": False},
            {"document_ids": [Command.clear()]},
        ):
            with self.assertRaises(AccessError):
                request.with_user(self.officer).write(vals)
        request.with_user(self.officer).action_withdraw()
        context = {
            "default_state": "accepted",
            "default_cooling_off_until": "2030-01-01",
            "default_signed_by": "Nobody",
        }
        made = self.Request.with_user(self.officer).with_context(**context)
        made = made.create({"loan_id": self.loan.id, "state": "active"})
        self.assertEqual(made.state, "draft")
        self.assertFalse(made.cooling_off_until or made.signed_by)


@tagged("post_install", "-at_install")
class TestLastSecond(AgreementCase):
    def test_accepted_one_second_after_it_ended(self):
        with freeze_time(TODAY):
            request = self._offered()
            self.assertEqual(
                request.expiry_at,
                fields.Datetime.to_datetime(f"{request.expiry_date} 15:59:59"),
                "midnight in Shanghai",
            )
        last = request.expiry_at
        over = fields.Datetime.add(last, seconds=1)
        with freeze_time(over):
            with self.assertRaisesRegex(UserError, "Asia/Shanghai"):
                request.action_accept()
            with self.assertRaisesRegex(UserError, "has expired"):
                self._paper(request).action_confirm()
        with freeze_time(last):
            with self.assertRaisesRegex(UserError, "cannot expire before"):
                request.with_user(self.officer).action_expire()
            with self.enter_registry_test_mode():
                self.env.ref(
                    "carloan_relief.ir_cron_relief_expire"
                ).method_direct_trigger()
            self.assertEqual(request.state, "offered")
            with self.env.cr.savepoint() as savepoint:
                request.action_accept()
                self.assertEqual(request.state, "accepted")
                savepoint.close(rollback=True)
        request.invalidate_recordset()
        with freeze_time(over):
            request.with_user(self.officer).action_expire()
        self.assertEqual(request.state, "expired")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCoolingOff(AgreementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule("cn.cooling_off", 14, unit="days")

    def test_agreement_says_so(self):
        request = self._offered()
        self.assertIn("within 14 days", request._issue_signing_documents().body)

    def test_before_the_activation(self):
        request = self._accepted()
        self.assertEqual(
            request.cooling_off_until,
            fields.Datetime.to_datetime("2026-07-04 15:59:59"),
        )
        request.with_user(self.officer).action_cool_off()
        self.assertEqual(request.state, "withdrawn")

    def test_undone_without_loss(self):
        before = self._books()
        schedule = self.loan.schedule_id
        request = self._active()
        self.assertNotEqual(self.loan.schedule_id, schedule)
        request.with_user(self.officer).action_cool_off()
        self.assertEqual(request.state, "undone")
        self.assertEqual(self.loan.schedule_id, schedule)
        self.assertEqual(self._books(), before)

    def _books(self):
        """Balance of each account of the loan."""
        self.env.flush_all()
        lines = self.env["account.move.line"]._read_group(
            [("carloan_loan_id", "=", self.loan.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["balance:sum"],
        )
        return {account: round(total, 2) for account, total in lines if round(total, 2)}

    def test_over_or_never(self):
        request = self._accepted()
        with freeze_time("2026-07-04 16:00:00"):
            request.invalidate_recordset(["in_cooling_off"])
            with self.assertRaisesRegex(UserError, "it is over"):
                request.with_user(self.officer).action_cool_off()
        for user in (self.approver, self.auditor, self.employee):
            with self.assertRaises(AccessError):
                request.with_user(user).action_cool_off()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestConsentPaper(AgreementCase):
    def test_what_it_means(self):
        request = self._offered()
        consent = request.consent_ids
        more = request.offer_id.total_cost - request.before_total
        self.assertIn("695", consent.effect_text)
        self.assertEqual("heavier by" in consent.effect_text, more > 0)
        request.offer_id.sudo().total_cost = request.before_total - 1
        consent.invalidate_recordset(["effect_text"])
        self.assertIn("liable for the changed debt", consent.effect_text)
        consent.party_id.role = "co_borrower"
        self.assertIn("cannot begin", consent.effect_text)
        consent.party_id.role = "mortgagor"
        self.assertIn("not secured", consent.effect_text)
        consent.party_id.role = "guarantor"
        self.company.carloan_jurisdiction_id = self.env.ref(
            "carloan_relief.jurisdiction_uk"
        )
        consent.invalidate_recordset(["effect_text"])
        self.assertIn("ask a lawyer", consent.effect_text)

    def test_signed_on_paper(self):
        self.guarantor.lang = "zh_CN"
        request = self._offered()
        consent = request.consent_ids
        self._paper(request, consent, signed_by="Guo Min").action_confirm()
        self.assertEqual((consent.state, consent.method), ("given", "paper"))
        paper = consent.document_id
        self.assertEqual(paper.partner_id, self.guarantor)
        self.assertIn("保证", paper.body)
        self.assertEqual(paper.signed_by, "Guo Min")
        self.assertFalse(paper._find_faults())

    def test_refused_blocks_and_a_manager_may_go_on(self):
        request = self._offered()
        consent = request.consent_ids
        self._paper(request, consent, answer="refused", scan=False).action_confirm()
        request.action_accept()
        with self.assertRaisesRegex(UserError, "lacks the written consent"):
            request.with_user(self.accountant).action_activate()
        waive = {"answer": "waived", "reason": "The car alone covers it"}
        with self.assertRaises(AccessError):
            self._paper(request, consent, **waive).action_confirm()
        with self.assertRaisesRegex(UserError, "needs a reason"):
            self._paper(
                request, consent, self.manager, **{**waive, "reason": " "}
            ).action_confirm()
        self._paper(request, consent, self.manager, **waive).action_confirm()
        self.assertEqual(consent.state, "waived")
        self.assertIn("695", self._logged(request))
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")

    def test_nobody_goes_on_without_a_co_borrower(self):
        request = self._offered()
        consent = request.consent_ids
        consent.party_id.role = "co_borrower"
        with self.assertRaisesRegex(UserError, "no guarantor"):
            self._paper(
                request, consent, self.manager, answer="waived", reason="x"
            ).action_confirm()

    def test_consent_of_another_request(self):
        request = self._offered()
        other = self._draft(self._create_late())
        with self.assertRaisesRegex(UserError, "another request"):
            self._paper(other, request.consent_ids).action_confirm()

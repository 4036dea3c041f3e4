"""Texts that a lawyer keeps: versions, languages, who may, what was issued."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

BODY = """<p>{{ borrower }} {{ lender }} {{ loan }} {{ annual_cost }}</p>
<p>{{ measures }}</p><p>{{ schedule }}</p>"""


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDocumentTemplate(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Template = cls.env["carloan.document.template"]
        cls.manager_2 = cls._user("r_manager_2", "carloan_relief.group_manager")
        cls.english = cls.env.ref("base.lang_en")
        cls.chinese = cls.env.ref("base.lang_zh_CN")
        cls.request = cls._assessed()

    def _template(self, user=None, kind="agreement", **values):
        texts = [
            {"lang_id": self.english.id, "title": "Change of {{ loan }}", "body": BODY},
            {"lang_id": self.chinese.id, "title": "变更协议", "body": BODY},
        ]
        return self.Template.with_user(user or self.manager).create(
            {
                "name": "Agreement",
                "kind": kind,
                "text_ids": [Command.create(text) for text in texts],
                **values,
            }
        )

    def _approved(self, **values):
        template = self._template(**values)
        template.with_user(self.manager_2).action_approve()
        return template

    def _find(self, date=TODAY):
        return self.Template._find_in_force("agreement", self.company, date)

    def test_which_version_holds(self):
        law = self.company.carloan_jurisdiction_id
        other = self.env["carloan.jurisdiction"].search([("id", "!=", law.id)], limit=1)
        general = self._approved(valid_from="2026-01-01")
        self.assertEqual(self._find(), general)
        self._approved(valid_from="2026-06-01", jurisdiction_id=other.id)
        self.assertEqual(self._find(), general, "another law says nothing here")
        of_law = self._approved(valid_from="2020-01-01", jurisdiction_id=law.id)
        self.assertEqual(self._find(), of_law, "the law of the company before all")
        own = self._approved(valid_from="2026-06-01", company_id=self.company.id)
        self.assertEqual(self._find(), own)
        self.assertEqual(self._find("2026-05-31"), of_law, "not before its first day")
        later = self._approved(valid_from="2026-06-10", company_id=self.company.id)
        self.assertEqual(self._find("2026-06-09"), own)
        self.assertEqual(self._find(), later)
        self._template(valid_from="2026-06-15", company_id=self.company.id)
        self.assertEqual(self._find(), later, "a draft holds nowhere")
        later.with_user(self.manager).action_retire()
        self.assertEqual(self._find(), of_law, "those before it are ended as well")

    def test_none_in_force_says_what_to_do(self):
        with self.assertRaisesRegex(UserError, "Configuration, Document Templates"):
            self.Template._get_in_force("notice", self.company, self._today())

    def test_language(self):
        template = self._approved()
        for lang, text in (
            ("zh_CN", 1),
            ("zh_TW", 1),
            ("en_GB", 0),
            ("fr_FR", 0),
            (False, 0),
        ):
            self.assertEqual(template._get_text(lang), template.text_ids[text], lang)

    def test_two_managers(self):
        template = self._template()
        with self.assertRaisesRegex(AccessError, "may not also approve"):
            template.with_user(self.manager).action_approve()
        for user in (self.officer, self.approver, self.auditor):
            with self.assertRaises(AccessError):
                template.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                template.with_user(user).write({"name": "Mine"})
            with self.assertRaises(AccessError):
                self._template(user)
        # whoever writes a text is an author, too
        text = template.text_ids[:1].with_user(self.manager_2)
        text.title = "Change of the loan {{ loan }}"
        with self.assertRaisesRegex(AccessError, "may not also approve"):
            template.with_user(self.manager_2).action_approve()

    def test_approved_stays(self):
        template = self._approved()
        other = self._template()
        for change in (
            lambda: template.write({"kind": "notice"}),
            lambda: template.write({"state": "draft"}),
            lambda: template.text_ids[:1].write({"body": BODY}),
            lambda: template.text_ids[:1].write({"body": False}),
            lambda: other.text_ids[:1].write({"template_id": template.id}),
            lambda: template.text_ids[:1].write({"template_id": other.id}),
            lambda: template.text_ids[:1].unlink(),
            lambda: template.unlink(),
            lambda: template.write({"text_ids": [Command.clear()]}),
        ):
            with self.assertRaises(UserError):
                change()

    def test_state_of_a_new_one_cannot_be_said(self):
        context = {"default_state": "approved", "default_version": 9}
        template = self._template(state="approved")
        defaulted = self.Template.with_user(self.manager).with_context(**context)
        defaulted = defaulted.create({"name": "X", "kind": "notice"})
        self.assertEqual((template | defaulted).mapped("state"), ["draft", "draft"])
        self.assertEqual((template | defaulted).mapped("version"), [1, 1])

    def test_new_version(self):
        template = self._approved()
        action = template.action_new_version()
        draft = self.Template.browse(action["res_id"])
        self.assertEqual((draft.version, draft.state), (2, "draft"))
        self.assertEqual(
            draft.text_ids.mapped("body"), template.text_ids.mapped("body")
        )
        self.assertEqual(draft.name, template.name)

    def test_a_text_that_cannot_be_filled_in(self):
        template = self._template()
        text = template.text_ids[:1]
        for body, why in (
            ("<p>{{ salary }}</p>", "no field of this name"),
            ("<p>{{ object.partner_id }}</p>", "no field of this name"),
            ("<p>{{#consents}}x</p>", "not closed"),
        ):
            with self.assertRaisesRegex(ValidationError, why):
                text.body = body
        text.body = "<p>{{ borrower }}</p>"
        with self.assertRaisesRegex(ValidationError, "schedule"):
            template.with_user(self.manager_2).action_approve()
        text.body = "<p onclick='x()'>{{ borrower }}<script>x()</script></p>"
        self.assertNotIn("script", text.body)
        self.assertNotIn("onclick", text.body)

    def test_issued_and_kept(self):
        self.borrower.name = "<b>Chen</b>"
        template = self._approved(valid_from="2026-06-01")
        document = self.request._issue_document("agreement").sudo(False)
        self.assertEqual(document.template_id, template)
        self.assertEqual(document.title, f"Change of {self.loan.name}")
        self.assertEqual(document.partner_id, self.borrower)
        self.assertIn("&lt;b&gt;Chen&lt;/b&gt;", document.body)
        rows = self.request.offer_id._get_money_rows()
        for row in rows:
            self.assertIn(row["instalment"], document.body)
        content = document._get_content()
        self.assertEqual(document._get_content(), content)
        self.assertEqual(document.attachment_id.checksum and len(document.sha256), 64)
        self.assertEqual(document.template_id.document_count, 1)
        for user in (self.officer, self.manager):
            mine = document.with_user(user)
            with self.assertRaises(AccessError):
                mine.write({"sha256": "0" * 64})
            with self.assertRaises(AccessError):
                mine.unlink()
        with self.assertRaises(UserError):
            document.sudo().unlink()
        with self.assertRaises(AccessError):
            document.with_user(self.manager).create({"title": "Mine"})

    def test_whose_documents(self):
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [Command.set(self.officer.ids)]}
        )
        document = self.request._issue_document("agreement").sudo(False)
        self.request.sudo().team_id = team
        Document = self.env["carloan.document"]
        domain = [("id", "=", document.id)]
        self.assertTrue(Document.with_user(self.officer).search(domain))
        self.assertFalse(Document.with_user(self.officer_2).search(domain))
        for user in (self.approver, self.manager, self.auditor, self.accountant):
            self.assertTrue(Document.with_user(user).search(domain), user.login)
        with self.assertRaises(AccessError):
            Document.with_user(self.employee).search(domain)

    def test_preview_issues_nothing(self):
        text = self._template().text_ids[:1].with_user(self.manager)
        preview = self.env["carloan.document.preview"].with_user(self.manager)
        preview = preview.create({"text_id": text.id, "request_id": self.request.id})
        self.assertIn(self.borrower.name, preview.body)
        self.assertEqual(preview.title, f"Change of {self.loan.name}")
        self.assertFalse(self.request.document_count)
        with self.assertRaises(AccessError):
            preview.with_user(self.officer).read(["body"])

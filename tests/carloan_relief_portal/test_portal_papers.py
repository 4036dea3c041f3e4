"""The checklist as the borrower sees it, and papers handed in for a line of it."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import convert_file

from .common import PortalCase

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@tagged("post_install", "-at_install")
class TestPortalPapers(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.income = cls.env.ref("carloan_relief.document_type_income")
        cls.income.needed_for = "approve"
        cls.case = cls._submitted()
        cls.line = cls._line(cls.case)
        cls.foreign = cls._line(cls._submitted(cls.other_loan))

    @classmethod
    def _line(cls, case):
        return case.checklist_ids.filtered(lambda one: one.type_id == cls.income)

    def _upload(self, paper, name="payslip.pdf"):
        return self.post(
            f"/my/relief/{self.case.id}/papers",
            {"paper": str(paper)},
            files=[("papers", (name, PDF, "application/pdf"))],
        )

    def test_what_is_wanted_is_said_and_an_upload_goes_to_its_line(self):
        self.sign_in(self.alice)
        page = self.page(f"/my/relief/{self.case.id}").text
        self.assertIn(self.income.name, page)
        self.assertIn("Please hand it in", page)
        self.assertIn(self.income.description, page)
        answer = self._upload(self.line.id)
        self.assertIn("We have it and look at it", answer.text)
        self.assertEqual(self.line.state, "received")
        self.assertEqual(self.line.received_by_id, self.alice)
        self.assertEqual(self.line.attachment_ids.name, "payslip.pdf")
        self.assertEqual(self.case.papers_to_check, 1)
        tasks = self.case.activity_ids.mapped("summary")
        self.assertIn(f"The borrower handed in: {self.income.name}.", tasks)
        self.line.with_user(self.officer)._refuse("The month is cut off")
        page = self.page(f"/my/relief/{self.case.id}").text
        self.assertIn("Please hand it in again", page)
        self.assertIn("The month is cut off", page)
        # the own paper can still be read back
        paper = self.line.attachment_ids
        back = self.page(f"/my/relief/{self.case.id}/papers/{paper.id}")
        self.assertEqual(back.content, PDF)

    def test_a_line_of_somebody_else_takes_nothing(self):
        self.sign_in(self.alice)
        for paper in (self.foreign.id, "0", "x; --", 2**40):
            with self.subTest(paper=paper):
                self._upload(paper, f"other-{paper}.pdf")
        self.assertEqual(self.foreign.state, "asked")
        self.assertFalse(self.foreign.attachment_ids)
        self.assertEqual(self.line.state, "asked")
        self.assertTrue(self.case.paper_ids, "kept for staff to sort")

    def test_borrowers_read_no_checklist_but_their_page(self):
        for user in (self.alice, self.bob):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.line.with_user(user).read(["state"])
                with self.assertRaises(AccessError):
                    self.line.with_user(user).action_accept()
                with self.assertRaises(AccessError):
                    self.case.with_user(user).read(["papers_open_text"])
        self.sign_in(self.bob)
        self.assertEqual(self.page(f"/my/relief/{self.case.id}").status_code, 404)

    def test_the_confirmation_and_the_staff_mail_name_what_is_wanted(self):
        # as shipped: a template that a company has changed stays the company's
        file = "data/mail_template_data.xml"
        convert_file(self.env, "carloan_relief_portal", file, {}, mode="init")
        self.case._notify_borrower("mail_template_received")
        self.assertIn(self.income.name, self.case.message_ids[:1].body)
        wizard = (
            self.env["carloan.relief.papers"]
            .with_user(self.officer)
            .with_context(active_model=self.case._name, active_id=self.case.id)
            .create({})
        )
        self.assertIn(self.income.name, wizard.wanted)

    def test_the_application_tells_which_papers_each_hardship_needs(self):
        self.case._withdraw("again")
        self.sign_in(self.alice)
        page = self.page(f"/my/loans/{self.loan.id}/relief").text
        self.assertIn("Which papers are usually needed?", page)
        self.assertIn(self.income.name, page)

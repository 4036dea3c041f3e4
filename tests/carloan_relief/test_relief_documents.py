"""Papers of a case: asked once, kept to what is not known, named when missing."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefDocuments(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Document = cls.env["carloan.relief.document"]
        cls.Wizard = cls.env["carloan.relief.document.wizard"]
        cls.income = cls.env.ref("carloan_relief.document_type_income")
        cls.budget = cls.env.ref("carloan_relief.document_type_budget")
        cls.identity = cls.env.ref("carloan_relief.document_type_identity")
        (cls.income | cls.budget).needed_for = "approve"

    def _submitted(self, **values):
        request = self._draft(**values)
        request.action_submit()
        return request

    def _paper(self, request, kind):
        return request.checklist_ids.filtered(lambda one: one.type_id == kind)

    def _file(self, user=None, **values):
        Attachment = self.env["ir.attachment"].with_user(user or self.officer)
        return Attachment.create({"name": "payslip.pdf", "raw": b"%PDF-1.4", **values})

    def _dialog(self, document, move, user=None, **values):
        user = user or self.officer
        wizard = self.Wizard.with_user(user).create(
            {"document_id": document.id, "move": move, **values}
        )
        return wizard.action_confirm()

    def _receive(self, document, **values):
        self._dialog(
            document,
            "receive",
            attachment_ids=[Command.set(self._file().ids)],
            **values,
        )

    def test_the_papers_asked_for_follow_the_hardship(self):
        """(reason, temporary, channel) -> codes asked for"""
        medical = self.env.ref("carloan_relief.document_type_medical")
        medical.hardship = "temporary"
        cases = [
            ("income_cut", True, "counter", {"budget", "income", "identity"}),
            ("illness", True, "phone", {"budget", "medical", "identity"}),
            ("illness", False, "phone", {"budget", "identity"}),
            ("disaster", True, "portal", {"budget", "disaster", "identity"}),
            ("income_cut", True, "campaign", set()),
        ]
        for code, temporary, channel, wanted in cases:
            with self.subTest(reason=code, temporary=temporary, channel=channel):
                request = self._submitted(
                    reason_id=self.env.ref(f"carloan_relief.relief_reason_{code}").id,
                    temporary=temporary,
                    channel=channel,
                )
                asked = set(request.checklist_ids.type_id.mapped("code"))
                self.assertEqual(asked, wanted)
                self.assertEqual(
                    set(request.checklist_ids.mapped("state")) - {"asked"}, set()
                )
                request.action_withdraw("done")

    def test_another_hardship_changes_what_is_asked_for_and_keeps_what_came(self):
        request = self._submitted()
        self._receive(self._paper(request, self.identity))
        request.with_user(self.officer).reason_id = self.env.ref(
            "carloan_relief.relief_reason_illness"
        )
        codes = set(request.checklist_ids.type_id.mapped("code"))
        self.assertEqual(codes, {"budget", "medical", "identity"})
        self.assertEqual(self._paper(request, self.identity).state, "received")

    def test_approval_is_refused_until_each_paper_is_there_and_checked(self):
        request = self._assessed()
        income = self._paper(request, self.income)
        budget = self._paper(request, self.budget)
        self.assertEqual(request.papers_missing, 2)
        with self.assertRefused("Proof of the lower income (not received)"):
            request.action_request_approval()
        self._receive(income)
        self.assertEqual((request.papers_missing, request.papers_to_check), (1, 1))
        self.assertEqual(income.received_by_id, self.officer)
        with self.assertRefused("(received, not checked yet)"):
            request.action_request_approval()
        self._dialog(income, "refuse", reason="The month is missing")
        with self.assertRefused("(refused: The month is missing)"):
            request.action_request_approval()
        self._receive(income)
        self.assertFalse(income.reason)
        income.with_user(self.officer).action_accept()
        self._dialog(budget, "receive", original_seen=True)
        budget.with_user(self.officer).action_accept()
        self.assertFalse(request.papers_open_text)
        request.action_request_approval()
        self.assertIn(request.state, ("to_approve", "offered"))
        self.assertEqual(str(income.valid_until), "2026-09-18")

    def test_a_paper_is_not_asked_for_twice_while_it_counts(self):
        request = self._submitted()
        income = self._paper(request, self.income)
        self._receive(income)
        income.with_user(self.officer).action_accept()
        request.action_withdraw("not now")
        other = self._create_late()
        with freeze_time("2026-09-18"):
            again = self._paper(self._submitted(loan=other), self.income)
            self.assertEqual((again.state, again.source_id), ("known", income))
            self.assertEqual(again.valid_until, income.valid_until)
            again.request_id.action_withdraw("not now")
        with freeze_time("2026-09-19"):
            late = self._paper(self._submitted(loan=other), self.income)
            self.assertEqual(late.state, "asked")

    def test_a_known_paper_that_grew_too_old_stops_the_case(self):
        request = self._assessed()
        self._dialog(
            self._paper(request, self.budget), "waive", self.approver, reason="x"
        )
        income = self._paper(request, self.income)
        self._receive(income)
        income.with_user(self.officer).action_accept()
        income.sudo().valid_until = "2026-06-19"
        with self.assertRefused("was valid until 2026-06-19"):
            request.action_request_approval()
        income.with_user(self.officer).action_ask_again()
        self.assertEqual(income.state, "asked")

    def test_a_verified_statement_is_the_proof_of_the_budget(self):
        request = self._submitted()
        budget = self._paper(request, self.budget)
        self.assertEqual(budget.state, "asked")
        statement = self.env["carloan.financial.statement"].search(
            [("partner_id", "=", self.borrower.id)]
        )
        statement.evidence_ids = self._file()
        statement.with_user(self.officer).action_verify()
        self.assertEqual((budget.state, budget.statement_id), ("known", statement))
        self.assertEqual(str(budget.valid_until), "2026-08-30")

    def test_waiving_takes_the_role_of_the_paper_and_a_reason(self):
        income = self._paper(self._submitted(), self.income)
        with self.assertRefused("it takes the role Approver"):
            self._dialog(income, "waive", reason="Known customer")
        with self.assertRefused("Say why"):
            self._dialog(income, "waive", self.approver, reason=" ")
        self._dialog(income, "waive", self.approver, reason="Known customer")
        self.assertEqual(income.decided_by_id, self.approver)
        self.assertIn("Known customer", self._logged(income.request_id))

    def test_a_step_on_a_closed_case_or_out_of_turn_is_refused(self):
        request = self._submitted()
        income = self._paper(request, self.income)
        with self.assertRefused("possible only from: Received"):
            income.with_user(self.officer).action_accept()
        with self.assertRefused("No file was given"):
            self._dialog(income, "receive")
        request.action_withdraw("not now")
        with self.assertRefused("its papers stay as they are"):
            self._dialog(income, "receive", original_seen=True)

    def test_more_papers_are_asked_for_by_hand(self):
        request = self._submitted()
        medical = self.env.ref("carloan_relief.document_type_medical")
        self.Wizard.with_user(self.officer).create(
            {
                "request_id": request.id,
                "move": "ask",
                "type_id": medical.id,
                "note": "Since March",
            }
        ).action_confirm()
        paper = self._paper(request, medical)
        self.assertEqual(paper.display_name, "Medical certificate (Since March)")
        self.assertIn(paper.display_name, request._get_wanted_text())
        request.with_user(self.officer).temporary = False
        self.assertTrue(paper.exists(), "what was asked by hand stays")

    def test_files_of_other_records_are_not_drawn_in(self):
        request = self._submitted()
        income = self._paper(request, self.income)
        other = self._submitted(loan=self._create_late())
        foreign = self._file(res_model=other._name, res_id=other.id)
        colleagues = self._file(user=self.officer_2)
        for values in (
            {"attachment_ids": [Command.set(foreign.ids)]},
            {"on_file_ids": [Command.set(foreign.ids)]},
        ):
            with self.assertRefused("do not belong to request"):
                self._dialog(income, "receive", **values)
        with self.assertRaises(AccessError):
            self._dialog(
                income, "receive", attachment_ids=[Command.set(colleagues.ids)]
            )
        own = self._file(res_model=request._name, res_id=request.id)
        self._dialog(income, "receive", on_file_ids=[Command.set(own.ids)])
        self.assertEqual(own.res_model, "carloan.relief.document")

    def test_nobody_writes_the_checklist_over_rpc(self):
        request = self._submitted()
        income = self._paper(request, self.income)
        values = {
            "request_id": request.id,
            "type_id": self.identity.id,
            "needed_for": "approve",
            "asked_on": "2026-06-20",
            "state": "accepted",
        }
        for user in (self.officer, self.approver, self.manager, self.auditor):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    income.with_user(user).write({"state": "accepted"})
                with self.assertRaises(AccessError):
                    self.Document.with_user(user).create(values)
                with self.assertRaises(AccessError):
                    income.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    request.with_user(user).write(
                        {
                            "checklist_ids": [
                                Command.update(income.id, {"state": "known"})
                            ]
                        }
                    )
        for user in (self.auditor, self.accountant, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                income.with_user(user).action_accept()
        for user in (self.accountant, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                income.with_user(user).read(["state"])

    def test_papers_of_another_team_or_company_are_hidden(self):
        request = self._submitted()
        income = self._paper(request, self.income)
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [Command.set(self.officer_2.ids)]}
        )
        request.sudo().team_id = team
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            income.with_user(self.officer).read(["state"])
        self.assertTrue(income.with_user(self.officer_2).read(["state"]))
        other = self.env["res.company"].create({"name": "Other"})
        elsewhere = self._user(
            "d_elsewhere",
            "carloan_relief.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            income.with_user(elsewhere).read(["state"])
        with self.assertRaises(AccessError):
            income.with_user(elsewhere).action_accept()

    def test_unsettled_papers_of_activation_stop_it(self):
        self.budget.needed_for = self.income.needed_for = "activate"
        request = self._accepted()
        with self.assertRefused("cannot go on without", UserError):
            request.with_user(self.accountant).action_activate()
        for paper in request.checklist_ids:
            self._dialog(paper, "waive", self.manager, reason="Flood")
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")

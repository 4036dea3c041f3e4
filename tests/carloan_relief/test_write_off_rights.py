"""Who may write a loan off, and on what evidence."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestWriteOffRights(ClosingCase):
    def test_without_evidence_nothing_is_proposed(self):
        loan = self._create_a19()
        case = self._write_off_case(loan, with_papers=False)
        self.assertIn("Ruling", case.missing)
        self.assertNotIn("Letter", case.missing)
        with self.assertRefused("“Ruling”"):
            case.action_submit()
        bare = self._write_off_case(
            self._create_a19(), with_papers=False, evidence_type_ids=[]
        )
        with self.assertRefused("No ground"):
            bare.action_submit()

    def test_limits_of_a_ground_are_data(self):
        self.ground.write({"min_dpd": 360, "max_amount": 30000.0})
        case = self._write_off_case(self._create_a19())
        with self.assertRefused("5 days past due, 360 are needed"):
            case.action_submit()
        self.ground.min_dpd = 0
        with self.assertRefused("above 30000.0"):
            case.action_submit()
        self.ground.write({"max_amount": 0, "valid_from": "2026-07-01"})
        with self.assertRefused("not in force on 2026-06-20"):
            case.action_submit()
        self.ground.valid_from = "2026-06-20"
        case.action_submit()
        self.assertEqual(case.state, "to_approve")

    def test_evidence_that_vanishes_is_noticed_at_each_step(self):
        case = self._write_off_case(self._create_a19())
        case.action_submit()
        case.sudo().line_ids.attachment_ids = False
        with self.assertRefused("Ruling"):
            case.with_user(self.approver).action_approve()

    def test_evidence_stays_as_it_was_proposed(self):
        case = self._write_off_case(self._create_a19())
        document = case.line_ids.attachment_ids
        document.with_user(self.officer).write({"raw": b"%PDF-1.4 better scan"})
        case.action_submit()
        for user in (self.officer, self.manager):
            own = document.with_user(user)
            with self.subTest(user=user.login), self.assertRefused(case.name):
                own.write({"raw": b"something else"})
            with self.subTest(user=user.login), self.assertRefused(case.name):
                own.unlink()
        # deleted from the chatter it is deleted as the system
        with self.assertRefused(case.name):
            document.sudo().unlink()
        self.assertEqual(document.raw, b"%PDF-1.4 better scan")

    def test_how_late_it_was_on_the_day_of_the_write_off(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        self.assertEqual(loan.dpd, 125)
        self.ground.min_dpd = 120
        late = self._write_off_case(loan, date="2026-06-15")
        self.assertFalse(late.missing)
        late.date = "2026-06-14"
        self.assertIn("119 days past due", late.missing)

    def test_four_eyes_and_roles(self):
        loan = self._create_a19()
        case = self._write_off_case(loan, approver_id=self.approver.id)
        for user in (self.approver, self.accountant, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_submit()
        mine = case.with_user(self.manager)
        mine.action_submit()
        self.assertEqual(case.activity_ids.user_id, self.approver)
        for user in (self.officer, self.accountant, self.auditor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_approve()
        with self.assertRefused("approved"):
            case.with_user(self.accountant).action_write_off()
        case.with_user(self.approver).action_approve()
        self.assertFalse(case.activity_ids)
        for user in (self.officer, self.approver, self.auditor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_write_off()
        case.with_user(self.accountant).action_write_off()
        self.assertRecordValues(
            case,
            [
                {
                    "proposer_id": self.manager.id,
                    "decider_id": self.approver.id,
                    "poster_id": self.accountant.id,
                }
            ],
        )
        for user in (self.officer, self.approver, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user)._undo("2026-06-20", "x")

    def test_decisions_are_not_written_by_hand(self):
        case = self._write_off_case(self._create_a19())
        for values in (
            {"state": "approved"},
            {"decider_id": self.approver.id},
            {"claim": 1.0},
        ):
            with self.assertRaises(AccessError):
                case.write(values)
        case.action_submit()
        # without its proposer a case could be approved by whoever proposed it
        for values in ({"state": "draft"}, {"proposer_id": False}, {"claim": 0.0}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                case.write(values)
        for values in (
            {"reason": "x"},
            {"scope": "part"},
            {"part_amount": 1.0},
            {"date": "2026-06-19"},
            {"evidence_type_ids": [Command.clear()]},
        ):
            with self.assertRefused(case.name):
                case.write(values)
        with self.assertRefused(case.name):
            case.line_ids[0].note = "x"
        with self.assertRefused(case.name):
            case.unlink()
        case.with_user(self.approver).action_reject()
        self.assertEqual(case.state, "rejected")

    def test_a_case_moves_to_no_loan_out_of_reach(self):
        case = self._write_off_case(self._create_a19())
        with self.assertRefused("is Draft"):
            case.loan_id = self._create_loan()
        other = self._create_a19()
        other.team_id = self.env["carloan.team"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            case.loan_id = other

    def test_a_document_of_the_case_is_read_by_who_reads_the_case(self):
        case = self._write_off_case(self._create_a19())
        document = case.line_ids.attachment_ids
        self.assertEqual((document.res_model, document.res_id), (case._name, case.id))
        self.assertTrue(document.with_user(self.approver).read(["name"]))
        with self.assertRaises(AccessError):
            document.with_user(self.employee).read(["name"])

    def test_nobody_writes_off_their_own_loan(self):
        own = self._create_active(partner_id=self.officer.partner_id.id)
        case = self._write_off_case(own)
        with self.assertRaises(AccessError):
            case.action_submit()

    def test_another_company_sees_and_does_nothing(self):
        case = self._written_off(self._create_a19())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "c_stranger",
            "carloan_relief.group_manager,account.group_account_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        Case = self.env["carloan.write.off"].with_user(stranger)
        self.assertFalse(Case.search([("id", "=", case.id)]))
        with self.assertRaises(AccessError):
            case.with_user(stranger).action_write_off()
        with self.assertRaises(UserError):
            Case.create({"loan_id": case.loan_id.id})

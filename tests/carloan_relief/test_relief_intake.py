"""Who works on a case, what else the borrower asked for, what the household carries."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase

CASE = "carloan_relief.mail_activity_relief_case"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReliefIntake(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer_3 = cls._user("r_officer_3", "carloan_relief.group_officer")
        cls.leader = cls._user("r_leader", "carloan_relief.group_officer")
        cls.team = cls.env["carloan.team"].create(
            {
                "name": "North",
                "user_id": cls.leader.id,
                "member_ids": [
                    Command.set(
                        (cls.officer | cls.officer_2 | cls.officer_3 | cls.leader).ids
                    )
                ],
            }
        )
        cls.loan.team_id = cls.team
        cls.env["carloan.absence"].create(
            {"user_id": cls.leader.id, "date_from": TODAY, "date_to": "2026-07-01"}
        )

    def _portal_case(self, loan=None, **values):
        """A case that came in by itself: nobody has it yet."""
        request = self.Request.create(
            {
                "loan_id": (loan or self.loan).id,
                "reason_id": self.reason.id,
                "channel": "portal",
                "user_id": False,
                **values,
            }
        )
        request._submit()
        return request

    def _tasks(self, request):
        kind = self.env.ref(CASE)
        return request.activity_ids.filtered(lambda one: one.activity_type_id == kind)

    # ------------------------------------------------------------- ASSIGNMENT
    def test_a_case_goes_to_the_present_member_with_fewest_open_cases(self):
        first = self._portal_case()
        self.assertEqual(first.user_id, self.officer)
        self.assertEqual(self._tasks(first).user_id, self.officer)
        self.env["carloan.absence"].create(
            {"user_id": self.officer_2.id, "date_from": TODAY, "date_to": TODAY}
        )
        second = self._portal_case(self._create_late(team_id=self.team.id))
        self.assertEqual(second.user_id, self.officer_3)
        self.assertIn("Assigned to", self._logged(second))

    def test_who_has_the_case_keeps_it_unless_absent_or_the_team_goes_by_load(self):
        request = self._draft()
        request.action_submit()
        self.assertEqual(request.user_id, self.officer)
        self.assertFalse(self._tasks(request), "one needs no task for what one took in")
        request.action_withdraw("again")
        absence = self.env["carloan.absence"].create(
            {"user_id": self.officer.id, "date_from": TODAY, "date_to": TODAY}
        )
        request = self._portal_case(user_id=self.officer.id)
        self.assertEqual(request.user_id, self.officer_2)
        request.action_withdraw("again")
        absence.unlink()
        self.team.assign_mode = "load"
        other = self._create_late()
        self._draft(loan=other)
        request = self._portal_case(user_id=self.officer.id)
        self.assertNotEqual(request.user_id, self.officer)

    def test_leaves_of_the_calendar_and_delegations_are_absences(self):
        find = self.env["carloan.absence"]._find_absent
        people = self.officer | self.officer_2 | self.approver | self.leader
        self.assertEqual(find(people), self.leader)
        resource = self.env["resource.resource"].create(
            {"name": "Officer", "user_id": self.officer.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": resource.id,
                "calendar_id": resource.calendar_id.id,
                "date_from": "2026-06-19 00:00:00",
                "date_to": "2026-06-22 00:00:00",
            }
        )
        self.env["carloan.approval.delegation"].create(
            {
                "user_id": self.approver.id,
                "delegate_id": self.approver_2.id,
                "date_from": TODAY,
                "date_to": TODAY,
                "reason": "Leave",
            }
        ).state = "approved"
        self.assertEqual(find(people), people - self.officer_2)

    def test_a_relative_does_not_get_the_case(self):
        self.env["carloan.partner.relation"].create(
            {
                "partner_id": self.officer.partner_id.id,
                "other_id": self.borrower.id,
                "kind": "spouse",
            }
        )
        self.assertEqual(self._portal_case().user_id, self.officer_2)

    def test_nobody_present_is_told_to_the_leader(self):
        self.team.member_ids = self.leader
        request = self._portal_case()
        self.assertFalse(request.user_id)
        self.assertIn("Nobody who may work on it", self._logged(request))
        self.assertEqual(self._tasks(request).user_id, self.leader)
        with self.assertRaises(AccessError):
            request.with_user(self.auditor).action_take()
        self.team.member_ids |= self.officer | self.officer_2
        request.with_user(self.officer).action_take()
        self.assertEqual(request.user_id, self.officer)
        with self.assertRefused("already. Reload"):
            request.with_user(self.officer_2).action_take()

    def test_a_case_changes_hands_by_those_in_charge_only(self):
        request = self._portal_case()
        with self.assertRefused("a manager or the leader", AccessError):
            request.with_user(self.officer).user_id = self.officer_3
        with self.assertRefused("a manager or the leader", AccessError):
            request.with_user(self.officer).team_id = False
        with self.assertRefused("a manager or the leader", AccessError):
            request.with_user(self.officer_2).action_assign_by_load()
        request.with_user(self.leader).user_id = self.officer_3
        self.assertEqual(self._tasks(request).user_id, self.officer_3)
        with self.assertRefused("takes an officer"):
            request.with_user(self.manager).user_id = self.auditor
        request.with_user(self.manager).action_assign_by_load()
        self.assertEqual(request.user_id, self.officer)
        request.action_withdraw("done")
        self.assertFalse(self._tasks(request))
        with self.assertRefused("only open requests"):
            request.with_user(self.manager).action_assign_by_load()

    def test_the_open_cases_of_an_absent_officer_are_handed_over(self):
        request = self._portal_case()
        Absence = self.env["carloan.absence"]
        ahead = Absence.with_user(self.officer).create(
            {"date_from": "2026-06-21", "date_to": "2026-06-30"}
        )
        self.assertEqual(ahead.user_id, self.officer)
        with self.assertRefused("is not absent today"):
            ahead.action_hand_over()
        ahead.date_from = TODAY
        self.assertTrue(request.officer_absent)
        ahead.action_hand_over()
        self.assertEqual(request.user_id, self.officer_2)
        self.assertFalse(request.officer_absent)

    def test_nobody_enters_the_absence_of_another(self):
        Absence = self.env["carloan.absence"]
        values = {"user_id": self.officer_2.id, "date_from": TODAY, "date_to": TODAY}
        with self.assertRefused("may not enter", AccessError):
            Absence.with_user(self.officer).create(values)
        own = Absence.with_user(self.officer).create(
            {**values, "user_id": self.officer.id}
        )
        with self.assertRefused("may not enter", AccessError):
            own.user_id = self.officer_2
        theirs = Absence.with_user(self.manager).create(values)
        for call in (
            theirs.with_user(self.officer).unlink,
            theirs.with_user(self.officer).action_hand_over,
        ):
            with self.assertRefused("may not enter", AccessError):
                call()
        with self.assertRaises(AccessError):
            Absence.with_user(self.employee).create(values)

    # ------------------------------------------------------------- DUPLICATES
    def test_a_second_open_case_names_the_first(self):
        first = self._draft()
        with self.assertRefused(f"{first.name} (Draft, officer"):
            self._draft(user=self.officer_2)
        first.action_withdraw("wrong loan")
        second = self._draft()
        self.assertIn(f"{first.name} of", second.previous_text)
        self.assertIn("Withdrawn", second.previous_text)

    def test_a_hardship_no_longer_used_is_named(self):
        request = self._draft()
        self.reason.active = False
        with self.assertRefused(f"no longer used: {self.reason.name}"):
            request.action_submit()

    def test_open_cases_on_other_loans_are_shown_whatever_the_team(self):
        other = self._create_late(team_id=self.team.id)
        theirs = self._draft(loan=other)
        outsider = self._user("r_outsider", "carloan_relief.group_officer")
        self.loan.team_id = False
        mine = self._draft(user=outsider)
        self.assertIn(theirs.name, mine.sibling_text)
        self.assertIn(other.name, mine.sibling_text)
        theirs.action_withdraw("done")
        self.env.invalidate_all()
        self.assertFalse(mine.sibling_text)

    # ----------------------------------------------------------------- BUDGET
    def test_the_household_is_set_against_both_instalments(self):
        request = self._assessed("B").with_user(self.officer)
        income, now = 9800.0, request.before_instalment
        self.assertEqual(request.budget_income, income)
        self.assertEqual(request.budget_affordable, request.affordable_instalment)
        self.assertAlmostEqual(
            request.budget_gap, request.affordable_instalment - now, places=2
        )
        self.assertAlmostEqual(request.burden_before, now / income, places=9)
        after = request.offer_id.instalment
        self.assertAlmostEqual(request.burden_after, after / income, places=9)
        action = request.action_open_budget()
        self.assertEqual(action["res_id"], request.statement_id.id)
        with self.assertRaises(AccessError):
            request.with_user(self.accountant).read(["budget_income"])

    def test_an_unknown_household_divides_by_nothing(self):
        stranger = self.env["res.partner"].create({"name": "Wu Fang"})
        request = self._draft(loan=self._create_late(partner_id=stranger.id))
        self.assertFalse(request.budget_id)
        self.assertEqual((request.burden_before, request.budget_gap), (0.0, 0.0))
        self.assertNotIn("res_id", request.action_open_budget())

"""The lives of requests up to their end or to the plan in force.

Two approvers in the same second live in `test_approval_race`, the approver who is the
borrower in `test_approval`, who decides for somebody away in
`test_approval_delegation`.
"""

from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .request_life import RequestLife

ASSESSED = """
    06-22 09:00  officer     ask             ->  draft
    06-22 09:10  officer     submit          ->  submitted
    06-22 10:00  officer     assess {grade}  ->  assessed
"""
OFFERED = (
    ASSESSED
    + """
    06-22 10:30  officer     propose         ->  to_approve
    06-22 14:00  approver    approve         ->  offered
"""
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRequestLives(RequestLife):
    # ------------------------------------------------------------- TO THE END
    def test_01_small_and_within_policy_it_passes_without_a_person(self):
        request = self.live(
            ASSESSED.format(grade="A")
            + """
    06-22 10:10  officer     propose          ->  to_approve, offered
    06-23 19:00  officer     accept           ->  accepted
    06-24 09:00  officer     consent          ->  accepted
    06-24 11:00  accountant  activate         ->  active
"""
        )
        self.assertTrue(request.straight_through)
        self.assertFalse(request.approver_ids)
        self.assertEqual((request.outcome, request.days_decide), ("granted", 0.0))
        self.assertEqual(self.loan.dpd, 0)
        self.assertEqual(self.loan.cn_class, "special_mention")

    def test_02_an_approver_decides_the_usual_case(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-25 12:00  officer     consent         ->  offered
    06-25 12:05  officer     accept          ->  accepted
    06-26 09:00  accountant  activate        ->  active
"""
        )
        self.assertEqual(request.approver_ids, self.approver)
        self.assertAlmostEqual(request.days_decide, 3.5 / 24, delta=0.02)
        self.assertAlmostEqual(request.days_answer, 2 + 22 / 24 + 5 / 1440, delta=0.02)
        self.assertBooks()

    def test_03_high_risk_climbs_to_the_manager(self):
        request = self.live(
            ASSESSED.format(grade="D")
            + """
    06-22 10:30  officer     propose         ->  to_approve
    06-22 14:30  approver    approve         ->  to_approve
    06-22 14:31  approver    approve         !!  already decided
    06-22 16:00  manager     approve         ->  offered
"""
        )
        self.assertEqual(request.approver_ids, self.approver | self.manager)

    def test_04_an_exception_needs_a_reason_and_climbs(self):
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:10  officer     insist haircut  !!  Enter why
    06-22 10:20  officer     choose haircut  ->  assessed
    06-22 10:30  officer     propose         ->  to_approve
    06-22 14:00  approver    approve         ->  to_approve
    06-23 09:00  manager     approve         ->  offered
    06-24 09:00  officer     consent         ->  offered
    06-24 09:05  officer     accept          ->  accepted
    06-25 09:00  accountant  activate        ->  active
"""
        )
        # a tenth of what is not yet due: 120,000 after five instalments
        self.assertEqual(request.principal_forgiven, 10483.80)
        self.assertEqual(request.measure_ids.mapped("code"), ["forgive"])
        self.assertTrue(request.is_exception)
        self.assertGreaterEqual(request.limits_broken, 1)

    def test_05_the_approver_refuses_and_the_borrower_asks_again(self):
        first = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:30  officer     propose                  ->  to_approve
    06-22 14:00  approver    refuse Income not shown  ->  rejected
    06-22 14:01  second      approve                  !!  nothing to decide
    06-22 14:02  officer     accept                   !!  possible only from
"""
        )
        self.assertEqual(first.decline_reason, "Income not shown")
        self.assertEqual((first.outcome, first.share_granted), ("refused", 0.0))
        again = self.live(
            """
    06-23 09:00  officer     ask             ->  draft
    06-23 09:10  officer     submit          ->  submitted
"""
        )
        self.assertNotEqual(again, first)

    def test_06_the_officer_refuses_with_a_reason_only(self):
        request = self.live(
            """
    06-22 09:00  officer     ask                  ->  draft
    06-22 09:01  officer     reject Too early     !!  possible only from
    06-22 09:10  officer     submit               ->  submitted
    06-22 09:20  officer     reject               !!  needs a reason
    06-22 09:30  officer     reject No hardship   ->  rejected
"""
        )
        self.assertEqual(request.decline_reason, "No hardship")
        self.assertFalse(request.days_to_active)

    def test_07_taken_back_before_anything_happened(self):
        request = self.live(
            """
    06-22 09:00  officer     ask                  ->  draft
    06-22 09:30  officer     withdraw Found work  ->  withdrawn
"""
        )
        self.assertEqual(request.outcome, "withdrawn")
        self.assertIs(request.share_granted, False)

    def test_08_taken_back_after_it_was_accepted(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-23 09:00  officer     accept                ->  accepted
    06-23 10:00  officer     withdraw Sold the car ->  withdrawn
    06-23 10:01  accountant  activate              !!  Guo Min
    06-23 10:02  officer     accept                !!  possible only from
"""
        )
        self.assertFalse(request.sudo().move_ids)

    def test_09_the_offer_is_declined(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-24 09:00  officer     decline Too dear     ->  declined
    06-24 09:01  officer     accept               !!  possible only from
"""
        )
        self.assertEqual((request.outcome, request.share_granted), ("not_taken", 0.0))

    def test_10_two_requests_at_once_for_one_loan(self):
        self.live(OFFERED.format(grade="C"))
        with self.assertRefused("already has an open relief request"):
            self._draft()

    # --------------------------------------------------------------- CHANGES
    def test_11_what_changes_after_approval_voids_it(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-23 09:00  officer     consent              ->  offered
    06-23 10:00  officer     change illness       ->  assessed
    06-23 10:01  officer     accept               !!  voids the approval
    06-23 11:00  officer     assess C             ->  assessed
    06-23 11:10  officer     propose              ->  to_approve
    06-23 15:00  second      approve              ->  offered
"""
        )
        self.assertEqual(request.approver_ids, self.approver_2)
        self.assertEqual(request.consent_ids.state, "pending")
        self.assertEqual(request.proposals, 2)
        void = request.sudo().approval_decision_ids.filtered("void")
        self.assertEqual(void.user_id, self.approver)

    def test_12_the_officer_takes_the_proposal_back(self):
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:30  officer     propose              ->  to_approve
    06-22 11:00  officer     reopen               ->  assessed
    06-22 11:05  officer     choose longer        ->  assessed
    06-22 11:10  officer     propose              ->  to_approve
    06-23 09:00  approver    approve              ->  offered
"""
        )
        self.assertEqual(request.added_instalments, 6)
        # both stays count: 50 minutes before, 10 after
        self.assertAlmostEqual(request.days_propose, 40 / 1440, delta=0.02)

    def test_13_papers_are_awaited_and_the_clock_stops(self):
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:30  officer     propose              ->  to_approve
    06-22 11:00  officer     await Payslip        ->  to_approve
    06-26 11:00  officer     receive              ->  to_approve
    06-26 12:00  approver    approve              ->  offered
"""
        )
        decision = request.sudo().approval_decision_ids
        self.assertFalse(decision.late)
        self.assertGreater(request.hours_waiting, 24)
        self.assertLess(request.hours_decide, 3)
        self.assertGreater(request.days_decide, 4)

    def test_14_decided_after_the_time_of_the_tier(self):
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:30  officer     propose              ->  to_approve
    06-25 10:30  approver    approve              ->  offered
"""
        )
        self.assertEqual(request.late_decisions, 1)
        self.assertGreater(request.hours_decide, 8)

    # ---------------------------------------------------------- TO THE LEDGER
    def test_15_the_guarantor_has_not_agreed_yet(self):
        self.live(
            OFFERED.format(grade="C")
            + """
    06-23 09:00  officer     accept               ->  accepted
    06-23 10:00  accountant  activate             !!  Guo Min
    06-24 09:00  officer     consent              ->  accepted
    06-24 10:00  accountant  activate             ->  active
"""
        )

    def test_16_the_guarantor_refuses(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-23 09:00  officer     accept                  ->  accepted
    06-23 09:30  officer     object                  ->  accepted
    06-23 10:00  accountant  activate                !!  Guo Min
    06-23 11:00  officer     decline No guarantor    ->  declined
"""
        )
        self.assertEqual(request.consent_ids.state, "refused")

    def test_17_a_payment_comes_in_between(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    06-23 09:00  officer     consent              ->  offered
    06-23 09:05  officer     accept               ->  accepted
    06-24 09:00  robot       pay 1000             ->  accepted
    06-24 10:00  accountant  activate             !!  has moved since
    06-24 10:30  officer     reopen               ->  assessed
    06-24 10:40  officer     assess C             ->  assessed
    06-24 10:50  officer     propose              ->  to_approve
    06-24 15:00  second      approve              ->  offered
    06-25 09:00  officer     consent              ->  offered
    06-25 09:05  officer     accept               ->  accepted
    06-26 09:00  accountant  activate             ->  active
"""
        )
        self.assertEqual(request.proposals, 2)
        self.assertBooks()

    def test_18_who_approved_does_not_post(self):
        self.live(
            ASSESSED.format(grade="D")
            + """
    06-22 10:30  officer     propose              ->  to_approve
    06-22 14:00  approver    approve              ->  to_approve
    06-22 15:00  manager     approve              ->  offered
    06-23 09:00  officer     consent              ->  offered
    06-23 09:05  officer     accept               ->  accepted
    06-23 10:00  manager     activate             !!  may not also put
    06-23 10:05  officer     activate             !!  needs one of
    06-23 11:00  accountant  activate             ->  active
    06-23 11:01  accountant  activate             ->  active
"""
        )
        self.assertEqual(len(self.loan.schedule_ids.filtered("request_id")), 1)

    # ------------------------------------------------------------- IN BETWEEN
    def test_32_the_policy_changes_in_between(self):
        old = self.env.ref("carloan_relief.relief_policy_china")
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:30  officer     propose              ->  to_approve
    06-23 08:00  manager     tighten              ->  to_approve
    06-23 14:00  approver    approve              ->  offered
    06-24 09:00  officer     consent              ->  offered
    06-24 09:05  officer     accept               ->  accepted
    06-25 09:00  accountant  activate             ->  active
"""
        )
        self.assertEqual((request.policy_id, old.state), (old, "retired"))
        later = self.live(
            """
    06-29 09:00  officer     ask                  ->  draft
    06-29 09:10  officer     submit               ->  submitted
    06-29 10:00  officer     assess C             ->  assessed
    06-29 10:10  officer     insist longer        !!  longest extension
"""
        )
        self.assertEqual(later.policy_id.version, old.version + 1)

    def test_33_the_policy_changes_and_the_case_is_assessed_again(self):
        old = self.env.ref("carloan_relief.relief_policy_china")
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:10  officer     choose longer        ->  assessed
    06-23 08:00  manager     tighten              ->  assessed
    06-23 09:00  officer     assess C             ->  assessed
    06-23 09:10  officer     insist longer        !!  longest extension
"""
        )
        self.assertEqual(request.policy_id.version, old.version + 1)
        added = [
            measure["instalments"]
            for offer in request.offer_ids
            for measure in offer.plan
            if measure["kind"] == "extend"
        ]
        self.assertEqual(max(added), 3)

    def test_34_accepted_in_the_last_second(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    07-06 23:59:58  officer  expire               !!  valid until
    07-06 23:59:59  officer  accept               ->  accepted
"""
        )
        self.assertEqual(str(request.expiry_date), "2026-07-06")

    def test_35_accepted_one_second_late(self):
        request = self.live(
            OFFERED.format(grade="C")
            + """
    07-07 00:00:00  officer  accept               !!  expired
    07-07 00:00:00  robot    expire               ->  expired
    07-07 00:00:01  officer  accept               !!  possible only from
"""
        )
        self.assertEqual((request.outcome, request.share_granted), ("not_taken", 0.0))
        self.assertAlmostEqual(request.days_answer, 14 + 10 / 24, delta=0.02)
        self.live("07-07 09:00  officer  ask  ->  draft")

    def test_36_longer_than_the_law_allows(self):
        request = self.live(
            ASSESSED.format(grade="C")
            + """
    06-22 10:10  officer     choose beyond the law  ->  assessed
    06-22 10:30  officer     propose                ->  to_approve
    06-22 14:00  approver    approve                ->  to_approve
    06-23 14:00  manager     refuse Over five years ->  rejected
"""
        )
        self.assertIn("max_term", request.offer_id.binding)
        self.assertGreaterEqual(request.limits_broken, 2)

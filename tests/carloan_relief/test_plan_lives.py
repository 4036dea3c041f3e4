"""The lives of plans in force: kept, broken, made up for, on trial, undone, twice."""

from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .request_life import RequestLife

#: A case whose plan staff set, in force since 26 June; the first due day is 15 July.
ACTIVE = """
    06-22 09:00  officer     ask              ->  draft
    06-22 09:10  officer     submit           ->  submitted
    06-22 10:00  officer     assess {grade}   ->  assessed
    06-22 10:10  officer     choose {plan}    ->  assessed
    06-22 10:30  officer     propose          ->  {asked}
    06-22 14:00  approver    approve          ->  {then}
    {more}
    06-25 12:00  officer     consent          ->  offered
    06-25 12:05  officer     accept           ->  accepted
    06-26 09:00  accountant  activate         ->  active
"""


def active(plan, grade="C", exception=False):
    """The lines of a plan that one approver grants, or a manager as well."""
    then = "to_approve" if exception else "offered"
    more = "06-23 09:00  manager     approve          ->  offered" if exception else ""
    return ACTIVE.format(
        grade=grade, plan=plan, asked="to_approve", then=then, more=more
    )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanLives(RequestLife):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("carloan_relief.relief_policy_china")

    @property
    def plan(self):
        return self.request.sudo().relief_plan_ids

    # ---------------------------------------------------------------- ENTRIES
    def test_19_longer_at_the_same_rate_costs_nothing(self):
        request = self.live(active("easy start"))
        # instalments 4 and 5 of the base loan, two times 3,716.23
        self.assertEqual(self.entries(), {"capitalise": 7432.46})
        self.assertEqual((request.concession, request.cost_booked), (0.0, 0.0))
        self.assertEqual(self.loan.dpd, 0)
        self.assertEqual(self.loan.cn_class, "special_mention")
        self.assertBooks()

    def test_20_half_of_the_overdue_interest_is_waived(self):
        request = self.live(active("waiver", exception=True))
        # instalments 4 and 5 of the base loan: 665.74 and 647.44 of interest
        waived = round((665.74 + 647.44) / 2, 2)
        self.assertEqual(self.entries(), {"waive": waived})
        self.assertEqual((request.given_interest, request.cost_booked), (waived,) * 2)
        self.assertEqual(self.loan.overdue_interest, waived)
        self.assertBooks()

    def test_21_a_lower_rate_books_its_loss(self):
        request = self.live(active("cheaper"))
        loss = self.entries()["modify"]
        # the present value at the old rate of one point less on what is owed
        self.assertEqual(request.given_time, loss)
        self.assertEqual(request.cost_booked, loss)
        rows = [row["instalment"] / 100 for row in request.offer_id.rows]
        value = sum(paid / 1.006**n for n, paid in enumerate(rows, start=1))
        self.assertAlmostEqual(loss, 104837.99 - value, delta=0.01)
        self.assertBooks()

    def test_22_a_tenth_of_the_principal_is_forgiven(self):
        request = self.live(active("haircut", exception=True))
        self.assertEqual(self.entries()["forgive"], 10483.80)
        self.assertEqual(request.principal_forgiven, 10483.80)
        self.assertBooks()

    # --------------------------------------------------------------- ITS ENDS
    def test_23_a_plan_kept_waives_what_was_promised(self):
        request = self.live(active("later waiver", exception=True))
        held = request.given_on_completion
        self.assertEqual(held, 656.59)
        self.assertEqual(request.cost_booked, 656.59)
        self.live(
            """
    07-15 20:00  robot       night            ->  active
    07-15 21:00  robot       pay              ->  active
    07-16 09:00  officer     cure             !!  needs one of
    07-16 09:10  manager     cure             ->  cured
    07-16 09:20  accountant  undo             !!  possible only from
""",
            request,
        )
        self.assertEqual((request.plan_result, request.share_kept), ("kept", 1.0))
        self.assertAlmostEqual(request.days_plan, 20 + 10 / 1440, delta=0.02)
        self.assertEqual(self._sum(self.loan, "interest_due"), 0.0)
        self.assertBooks()

    def test_24_a_plan_broken_makes_it_due_again(self):
        request = self.live(active("later waiver", exception=True))
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.live(
            """
    07-15 20:00  robot       night            ->  active
    08-15 20:00  robot       night            ->  active
    08-16 20:00  robot       night            ->  active
    08-29 20:00  robot       night            ->  active
    09-01 20:00  robot       night            ->  broken
    09-01 21:00  manager     cure             !!  possible only from
""",
            request,
        )
        self.assertEqual((request.plan_result, request.share_kept), ("broken", 0.0))
        self.assertIn("2 payments missed", request.decline_reason)
        self.assertEqual(self.plan.phase, "broken")
        self.assertGreaterEqual(self.loan.overdue_interest, 656.59)
        self.assertBooks()

    def test_25_a_breach_made_up_for_in_time_reinstates_the_plan(self):
        request = self.live(
            active("easy start")
            + """
    07-15 20:00  robot       night            ->  active
    08-16 20:00  robot       night            ->  active
    08-30 10:00  robot       pay              ->  active
    08-30 20:00  robot       night            ->  active
    09-15 21:00  robot       night            ->  active
"""
        )
        kinds = self.plan.event_ids.sorted("id").mapped("kind")
        self.assertEqual(
            [kind for kind in kinds if kind in ("notice", "recovered", "broken")],
            ["notice", "recovered"],
        )
        self.assertEqual(self.plan.phase, "running")
        told = [f["what"] for f in request._get_borrower_timeline()]
        self.assertIn("Breach made up for", told)

    def test_26_a_failed_trial_and_the_pause_after_it(self):
        self.policy.rule_ids.trial_payments = 3
        self.live(
            active("easy start")
            + """
    07-15 20:00  robot       night            ->  active
    08-16 20:00  robot       night            ->  broken
"""
        )
        self.assertEqual(self.plan.phase, "failed")
        self.assertEqual(str(self.plan.pause_until), "2027-02-16")
        failed = self.plan
        self.live(
            """
    09-01 09:00  officer     ask              ->  draft
    09-01 09:10  officer     submit           !!  takes no new request
"""
        )
        failed.with_user(self.manager).action_end_pause()
        self.live("09-02 09:00  officer  submit  ->  submitted", self.request)

    # ------------------------------------------------------------------- UNDO
    def test_27_undone_the_next_day(self):
        before = self.loan.schedule_id
        owed = self.loan.overdue_amount
        request = self.live(
            active("waiver", exception=True)
            + """
    06-27 09:00  officer     undo             !!  needs one of
    06-27 10:00  manager     undo             ->  undone
    06-27 10:01  manager     undo             !!  possible only from
"""
        )
        self.assertEqual(self.loan.schedule_id, before)
        self.assertEqual(self.loan.overdue_amount, owed)
        self.assertEqual((request.outcome, request.cost_booked), ("undone", 0.0))
        self.assertEqual(self.plan.phase, "undone")
        self.assertBooks()

    def test_28_a_bill_stands_on_it(self):
        self.live(
            active("easy start")
            + """
    07-15 20:00  robot       night            ->  active
    07-16 09:00  manager     undo             !!  was billed by it
    07-16 09:30  manager     undo bills       ->  undone
"""
        )
        self.assertGreater(self.loan.dpd, 30)
        self.assertBooks()

    # ------------------------------------------------------------------ TWICE
    def test_29_a_second_relief_under_observation(self):
        first = self.live(active("easy start"))
        self.assertEqual(self.loan.cn_class, "special_mention")
        self.live("07-15 20:00  robot  night  ->  active", first)
        second = self.live(
            """
    07-20 09:00  officer     ask              ->  draft
    07-20 09:10  officer     submit           ->  submitted
    07-20 10:00  officer     assess C         ->  assessed
    07-20 10:10  officer     choose cheaper   ->  assessed
    07-20 10:30  officer     propose          ->  to_approve
    07-20 14:00  approver    approve          ->  offered
    07-21 12:00  officer     consent          ->  offered
    07-21 12:05  officer     accept           ->  accepted
    07-22 09:00  accountant  activate         ->  active
"""
        )
        self.assertEqual(second.previous_request_id, first)
        self.assertEqual(first.next_request_id, second)
        self.assertTrue(self.plan.again)
        self.assertEqual(self.loan.cn_class, "substandard")
        self.assertBooks()

    def test_30_too_soon_for_the_same_help(self):
        rule = self.policy.rule_ids.filtered(lambda one: one.grade_id.name == "C")
        rule.sudo().write(
            {
                "condition_ids": [
                    Command.create(
                        {"measure": "extend", "max_count": 1, "count_months": 24}
                    )
                ]
            }
        )
        self.live(active("easy start"))
        request = self.live(
            """
    06-29 09:00  officer     ask              ->  draft
    06-29 09:10  officer     submit           ->  submitted
    06-29 10:00  officer     assess C         ->  assessed
    06-29 10:10  officer     insist longer    !!  relieved too often
"""
        )
        self.assertIn("relieved too often", request.closed_text)

    # ---------------------------------------------------------------- HOLIDAY
    def test_31_a_holiday_over_the_lunar_new_year(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Lunar new year",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2027-02-05 00:00:00",
                "date_to": "2027-02-11 23:59:59",
            }
        )
        with freeze_time("2027-01-20 20:00:00"):
            self._bill(date(2027, 1, 20))
            self.loan._refresh_position()
            self._pay(self.loan, self.loan.overdue_amount, "2027-01-20")
        owed = self.loan.principal_balance
        request = self.live(
            """
    2027-02-03 09:00  officer     ask              ->  draft
    2027-02-03 09:10  officer     submit           ->  submitted
    2027-02-04 10:00  officer     assess C         ->  assessed
    2027-02-04 10:10  officer     choose holiday   ->  assessed
    2027-02-04 15:00  officer     propose          ->  to_approve
    2027-02-12 09:30  approver    approve          ->  offered
    2027-02-14 12:00  officer     consent          ->  offered
    2027-02-14 23:59:59  officer  accept           ->  accepted
    2027-02-15 00:00:01  accountant  activate      ->  active
    2027-02-15 20:00  robot       night            ->  active
    2027-03-15 20:00  robot       night            ->  active
    2027-04-15 20:00  robot       night            ->  active
"""
        )
        self.assertEqual(str(request.expiry_date), "2027-02-14")
        self.assertGreater(request.days_decide, 7)
        self.assertLess(request.hours_decide, 8)
        self.assertEqual((request.late_decisions, request.holiday_instalments), (0, 3))
        rows = self.loan.instalment_ids.filtered(
            lambda line: line.schedule_id == self.loan.schedule_id
        ).sorted("sequence")
        self.assertEqual(
            [str(day) for day in rows[:4].mapped("due_date")],
            ["2027-02-15", "2027-03-15", "2027-04-15", "2027-05-15"],
        )
        self.assertEqual(sum(rows[:3].mapped("amount")), 0.0)
        self.assertAlmostEqual(rows[2].balance, owed * 1.006**3, delta=0.02)
        self.assertEqual((self.loan.dpd, self.loan.overdue_amount), (0, 0.0))
        self.assertEqual(self.loan.cn_class, "special_mention")
        self.assertEqual(request.cost_booked, 0.0)
        self.assertBooks()

    def test_37_in_effect_from_a_day_before(self):
        story = active("easy start")
        request = self.live(
            story.replace("activate         ", "backdate 06-25   ").replace(
                "06-26 09:00", "06-29 09:00"
            )
        )
        self.assertEqual(str(request.effective_date), "2026-06-25")
        self.assertEqual(
            set(map(str, request.sudo().move_ids.mapped("date"))), {"2026-06-25"}
        )
        self.assertEqual(str(self.plan.start_date), "2026-06-25")
        told = [fact["what"] for fact in request._get_timeline()]
        self.assertTrue([words for words in told if "Told us late" in words])
        self.assertBooks()

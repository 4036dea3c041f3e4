"""What managers count of a case: its steps and times, what it gave, what it cost."""

import importlib.util
from datetime import date
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import ReliefCase

# a Monday; each move on a day and hour of its own
MOVES = {
    "draft": "2026-06-22 08:30:00",
    "submitted": "2026-06-22 09:00:00",
    "assessed": "2026-06-23 14:00:00",
    "to_approve": "2026-06-23 15:30:00",
    "offered": "2026-06-26 10:00:00",
    "accepted": "2026-06-29 08:00:00",
    "active": "2026-06-30 16:45:00",
}
ASKED, RECEIVED = "2026-06-24 09:00:00", "2026-06-25 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-22 08:00:00")
class TestRequestCounts(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._live()
        cls.steps = cls.request.sudo().step_ids.grouped("state")

    @classmethod
    def _live(cls):
        """Take a case of grade D, which waives something, through all its steps."""
        with freeze_time(MOVES["draft"]):
            request = cls._draft()
        with freeze_time(MOVES["submitted"]):
            request.action_submit()
        with freeze_time(MOVES["assessed"]):
            request.action_assess()
            cls._set_grade(request, "C")
            cls._choose_waiver(request)
        with freeze_time(MOVES["to_approve"]):
            request.action_request_approval()
        with freeze_time(ASKED):
            request._await_papers("Payslip")
        with freeze_time(RECEIVED):
            request.action_papers_received()
        with freeze_time(MOVES["offered"]):
            cls._approve(request, cls.approver)
            cls._approve(request, cls.manager)
        with freeze_time(MOVES["accepted"]):
            request.consent_ids.with_user(cls.officer).action_give()
            request.action_accept()
        with freeze_time(MOVES["active"]):
            request.with_user(cls.accountant).action_activate()
        return request

    @classmethod
    def _choose_waiver(cls, request):
        """Propose an exception: half the overdue interest and a lower rate."""
        plan = [
            {"kind": "waive", "component": "interest", "percent": 50, "when": "now"},
            {"kind": "rate", "annual_rate": 0.01},
            {"kind": "extend", "instalments": 6},
        ]
        offer = request._add_custom_offer(plan, "Lost half of the income")
        offer.action_choose()

    # ------------------------------------------------------------------ STEPS
    def test_each_move_leaves_a_step_with_its_moment_and_person(self):
        people = {
            "to_approve": self.officer,
            "offered": self.manager,
            "active": self.accountant,
        }
        self.assertEqual(list(self.steps), list(MOVES))
        for state, step in self.steps.items():
            with self.subTest(state=state):
                self.assertEqual(str(step.date_begin), MOVES[state])
                self.assertEqual(step.user_id, people.get(state, self.officer))
        ends = list(MOVES.values())[1:] + ["False"]
        self.assertEqual([str(s.date_end) for s in self.steps.values()], ends)
        self.assertEqual(str(self.request.state_since), MOVES["active"])

    def test_times_of_each_step_by_the_calendar_of_the_company(self):
        calendar = self.env.company.resource_calendar_id
        pause = self.request.approval_pause_ids
        waited = calendar.get_work_hours_count(pause.date_begin, pause.date_end)
        self.assertGreater(waited, 1)
        for state, step in self.steps.items():
            if state == "active":
                continue
            with self.subTest(state=state):
                hours = calendar.get_work_hours_count(step.date_begin, step.date_end)
                off = waited if state == "to_approve" else 0
                self.assertAlmostEqual(step.hours, hours - off, delta=0.02)
                self.assertAlmostEqual(step.hours_waiting, off, delta=0.02)
                days = (step.date_end - step.date_begin).total_seconds() / 86400
                self.assertAlmostEqual(step.days, days, delta=0.02)

    def test_fields_of_the_case_are_the_sums_of_its_steps(self):
        request, steps = self.request, self.steps
        self.assertEqual(request.days_decide, steps["to_approve"].days)
        self.assertEqual(request.hours_answer, steps["offered"].hours)
        self.assertEqual(request.hours_waiting, steps["to_approve"].hours_waiting)
        decided = [steps[s].days for s in ("submitted", "assessed", "to_approve")]
        self.assertAlmostEqual(request.days_to_decision, sum(decided), delta=0.02)
        self.assertAlmostEqual(request.days_to_decision, 4 + 1 / 24, delta=0.02)
        self.assertAlmostEqual(request.days_to_active, 8 + 7.75 / 24, delta=0.02)
        self.assertIs(request.days_plan, False)
        self.assertEqual(request.proposals, 1)
        late = [
            decision.hours > decision.definition_id.carloan_sla_hours > 0
            for decision in request.sudo().approval_decision_ids
        ]
        self.assertEqual((request.late_decisions, sum(late)), (1, 1))

    def test_a_holiday_of_the_company_is_no_working_time(self):
        step = self.steps["assessed"]
        before = step.hours
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Company day",
                "calendar_id": self.env.company.resource_calendar_id.id,
                "date_from": "2026-06-23 00:00:00",
                "date_to": "2026-06-23 23:59:59",
            }
        )
        self.assertGreater(before, 1)
        step._store_times()
        self.assertEqual(step.hours, 0)
        self.assertGreater(step.days, 0)

    def test_averages_leave_out_what_was_not_reached(self):
        """A case that never got so far is no case decided in no time."""
        loan = self._create_late()
        other = self._draft(loan)
        other.action_submit()
        both = [("id", "in", (self.request | other).ids)]
        found = self.Request.sudo()._read_group(
            both, [], ["days_decide:avg", "share_granted:avg", "__count"]
        )
        days, share, count = found[0]
        self.assertEqual((days, share, count), (self.request.days_decide, 1.0, 2))
        self.assertEqual(other.read(["days_decide"])[0]["days_decide"], False)

    def test_a_proposal_taken_back_counts_every_stay(self):
        loan = self._create_late()
        request = self._proposed(loan=loan)
        request.action_reopen()
        request.action_request_approval()
        self.assertEqual(request.proposals, 2)
        stays = request.sudo().step_ids.mapped("state")
        self.assertEqual(
            stays,
            ["draft", "submitted", "assessed", "to_approve", "assessed", "to_approve"],
        )

    # ---------------------------------------------------------------- FIGURES
    def test_what_was_given_by_component_adds_up_to_the_concession(self):
        request = self.request
        interest = self.request.position["overdue_interest"] / 100
        self.assertAlmostEqual(request.given_interest, interest / 2, 2)
        parts = ("interest", "fee", "penalty", "time")
        given = sum(request[f"given_{part}"] for part in parts)
        given += request.principal_forgiven
        self.assertAlmostEqual(given, request.concession, 2)
        self.assertGreater(request.given_time, 0)
        self.assertEqual(
            set(request.measure_ids.mapped("code")),
            {"waive_interest", "rate", "extend"},
        )
        self.assertAlmostEqual(request.rate_cut, 0.062, 6)
        self.assertEqual(request.limits_broken, len(request.offer_id.binding))
        self.assertGreater(request.limits_broken, 0)

    def test_another_offer_changes_the_figures(self):
        request = self._assessed(loan=self._create_late())
        extended = request._add_custom_offer(
            [{"kind": "extend", "instalments": 3}], "More time"
        )
        extended.action_choose()
        self.assertEqual(request.measure_ids.mapped("code"), ["extend"])
        self.assertEqual((request.given_interest, request.rate_cut), (0.0, 0.0))

    def test_the_loss_booked_is_that_of_the_entries_and_goes_when_undone(self):
        request = self.request
        lines = request.sudo().move_ids.line_ids
        result = lines.filtered(
            lambda line: line.account_id.internal_group in ("income", "expense")
        )
        self.assertGreater(request.cost_booked, 0)
        self.assertAlmostEqual(request.cost_booked, sum(result.mapped("balance")), 2)
        self.assertEqual(request.outcome, "granted")
        with freeze_time("2026-07-01 10:00:00"):
            request.with_user(self.manager)._undo(date(2026, 7, 1), "Wrong loan")
        self.assertAlmostEqual(request.cost_booked, 0, 2)
        self.assertEqual(request.outcome, "undone")

    def test_outcome_of_each_state(self):
        states = dict(self.Request._fields["state"].selection)
        outcomes = self.Request._get_outcomes()
        self.assertEqual(set(states), set(outcomes))
        cases = {
            "rejected": ("refused", False, 0.0, False),
            "expired": ("not_taken", False, 0.0, False),
            "withdrawn": ("withdrawn", False, False, False),
            "cured": ("granted", "kept", 1.0, 1.0),
            "broken": ("granted", "broken", 1.0, 0.0),
        }
        for state, expected in cases.items():
            with self.subTest(state=state):
                self.request.sudo().write({"state": state})
                found = self.request.read(
                    ["outcome", "plan_result", "share_granted", "share_kept"]
                )[0]
                del found["id"]
                self.assertEqual(tuple(found.values()), expected)

    # --------------------------------------------------------------- TIMELINE
    def test_the_timeline_tells_what_when_and_who_in_order(self):
        facts = self.request.with_user(self.auditor)._get_timeline()
        told = [
            (fact["code"], str(fact["date"]), fact["who"])
            for fact in facts
            # of these the database sets the moment, by its own clock
            if fact["code"] not in ("offer", "entries")
        ]
        office, first, second = (
            user.name for user in (self.officer, self.approver, self.manager)
        )
        self.assertEqual(
            told,
            [
                ("draft", MOVES["draft"], office),
                ("submitted", MOVES["submitted"], office),
                ("paper_asked", MOVES["submitted"], office),
                ("assessed", MOVES["assessed"], office),
                ("to_approve", MOVES["to_approve"], office),
                ("papers", ASKED, office),
                ("papers", RECEIVED, ""),
                ("decision", MOVES["offered"], first),
                ("decision", MOVES["offered"], second),
                ("offered", MOVES["offered"], second),
                ("accepted", MOVES["accepted"], office),
                ("consent", MOVES["accepted"], office),
                ("active", MOVES["active"], self.accountant.name),
            ],
        )
        words = " / ".join(fact["what"] for fact in facts)
        for part in (
            self.reason.name,
            "grade C",
            "Payslip",
            "Exception worked out",
            "Lost half of the income",
            "Approved on tier Approver; Fine; late",
            f"Accepted: {self.borrower.name}",
            "Guo Min",
            f"Entries posted: {len(self.request.sudo().move_ids)}",
        ):
            self.assertIn(part, words)
        self.assertIn("Payslip", str(self.request.with_user(self.auditor).timeline))

    def test_the_borrower_is_told_what_is_theirs_to_know(self):
        facts = self.request._get_borrower_timeline()
        words = " / ".join(f"{fact['what']} {fact['who']}" for fact in facts)
        self.assertIn("Our offer was ready", words)
        self.assertIn("Papers awaited: Payslip", words)
        for hidden in (
            "grade",
            "tier",
            "Exception",
            "Entries",
            self.officer.name,
            self.approver.name,
        ):
            self.assertNotIn(hidden, words)
        self.assertEqual({fact["who"] for fact in facts}, {self.company.name})

    def test_the_timeline_of_one_case_takes_a_fixed_number_of_queries(self):
        request = self.request.with_user(self.auditor)
        self.env.invalidate_all()
        request._get_timeline()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            request._get_timeline()

    # ----------------------------------------------------------------- ACCESS
    def test_nobody_writes_what_is_counted(self):
        request = self.request.with_user(self.manager)
        step = self.steps["draft"].with_user(self.manager)
        for values in (
            {"outcome": "refused"},
            {"days_decide": 0.0},
            {"given_interest": False},
            {"cost_booked": 0.0},
            {"measure_ids": [Command.clear()]},
            {"step_ids": [Command.clear()]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                request.write(values)
        with self.assertRaises(AccessError):
            step.write({"date_end": "2026-01-01"})
        with self.assertRaises(AccessError):
            step.unlink()
        with self.assertRaises(AccessError):
            step.create({"request_id": request.id, "state": "cured"})

    def test_a_default_of_the_context_sets_nothing(self):
        loan = self._create_late()
        fake = {"default_outcome": "granted", "default_days_decide": 1.0}
        request = self.Request.with_user(self.officer).with_context(
            **fake, default_state="active", default_cost_booked=-5.0
        )
        request = request.create({"loan_id": loan.id, "reason_id": self.reason.id})
        self.assertEqual((request.state, request.outcome), ("draft", "open"))
        self.assertEqual((request.days_decide, request.cost_booked), (False, 0.0))

    def test_steps_are_seen_by_who_sees_the_case(self):
        Step = self.env["carloan.relief.step"]
        mine = [("request_id", "=", self.request.id)]
        count = len(MOVES)
        for user in (self.officer, self.approver, self.manager, self.auditor):
            self.assertEqual(Step.with_user(user).search_count(mine), count)
        with self.assertRaises(AccessError):
            Step.with_user(self.employee).search_count(mine)
        self.request.sudo().team_id = self.env["carloan.team"].create(
            {"name": "Another", "member_ids": [Command.set(self.officer_2.ids)]}
        )
        self.assertEqual(Step.with_user(self.officer).search_count(mine), 0)
        self.assertEqual(Step.with_user(self.officer_2).search_count(mine), count)

    # -------------------------------------------------------------- MIGRATION
    def test_upgrade_makes_the_steps_of_older_cases(self):
        request = self.request
        before = [
            (s.state, s.date_begin, s.date_end, s.hours) for s in request.step_ids
        ]
        figures = ("days_to_active", "cost_booked", "given_time", "state_since")
        expected = {name: request[name] for name in figures}
        request.sudo().step_ids.unlink()
        request.sudo().cost_booked = 0.0
        self.env.flush_all()
        # the database sets the day of creation by its own clock
        self.env.cr.execute(
            "UPDATE carloan_relief_request SET create_date = %s WHERE id = %s",
            (MOVES["draft"], request.id),
        )
        self._migrate()
        after = [(s.state, s.date_begin, s.date_end, s.hours) for s in request.step_ids]
        self.assertEqual(before, after)
        self.assertEqual({name: request[name] for name in figures}, expected)
        self.assertEqual(request.step_ids[-1:].user_id, self.accountant)
        self.assertEqual(request.step_ids[1].company_id, self.env.company)

    def _migrate(self):
        addon = Path(importlib.util.find_spec("odoo.addons.carloan_relief").origin)
        path = addon.parent / "migrations/19.0.1.0.2/post-relief_steps.py"
        spec = importlib.util.spec_from_file_location("relief_steps", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.0.1")
        self.env.invalidate_all()

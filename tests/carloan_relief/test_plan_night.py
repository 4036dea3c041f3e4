"""The night that looks at plans, a second relief, and who sees what."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_plan import PlanCase
from .common_relief import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanNight(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Plan = cls.env["carloan.relief.plan"]
        Plan.search([("id", "!=", cls.plan.id)]).watched = False

    def _copies(self, count):
        """More plans like the one that stands, of the same loan."""
        plans = self.plan
        for _number in range(count):
            request = self.plan.request_id.copy({"name": "copy", "state": "active"})
            request.flush_recordset()
            plans |= self.plan.copy({"request_id": request.id})
        return plans

    def test_a_set_takes_as_many_statements_as_one(self):
        plans = self._copies(6)
        counts = []
        with self.on("2026-07-01") as today:
            self.plan.loan_id._refresh_position(today)
            for some in (plans[:1], plans[1:3], plans[3:]):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                some._follow(today)
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 1, counts)
        self.assertLess(counts[2], 45, counts)

    def test_the_night_goes_on_where_it_ended_and_past_what_fails(self):
        plans = self._copies(2)
        # one of them cannot be followed: its breach has nobody to be told
        with self.on("2026-08-20"):
            broken = plans[1]
            broken.write({"phase": "notice", "grace_until": "2026-08-01"})
            broken.request_id.state = "withdrawn"
            plans[2].followed_on = fields.Date.to_date("2026-08-20")
            self.env.flush_all()
            with self.enter_registry_test_mode():
                cron = self.env.ref("carloan_relief.ir_cron_plan_follow")
                cron.method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual((plans[0].phase, plans[0].open_missed), ("notice", 2))
        self.assertEqual(str(plans[0].followed_on), "2026-08-20")
        self.assertFalse(broken.followed_on)
        self.assertIn("could not be followed", self._logged(broken.request_id))
        # who was looked at before is not looked at again
        self.assertEqual(plans[2].open_missed, 0)

    def test_a_second_relief_under_observation(self):
        first = self.plan
        with self.on("2026-07-20"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-07-20")
            draft = self._draft()
            self.assertEqual(draft.watched_plan_id, first)
            draft.action_withdraw()
            request = self._with_measures("A", loan=self.loan, extend=3)
            second = request.relief_plan_ids.sudo()
            self.assertEqual((second.again, second.previous_id), (True, first))
            self.assertEqual((first.phase, first.next_id), ("replaced", second))
            self.assertEqual(first.request_id.state, "replaced")
            self.assertEqual(first.request_id.plan_result, "replaced")
            self.assertEqual(request.previous_request_id, first.request_id)
            self.assertEqual(first.request_id.next_request_id, request)
            self.assertEqual(self.loan.cn_class, "substandard")
            second._follow(fields.Date.to_date("2026-07-20"))
            self.assertEqual((second.cn_class, second.stage), ("substandard", "3"))
            # it counts for the frequency of the policy
            _facts, history = self.loan._read_eligibility("2026-07-20")
            self.assertEqual(len(history), 2)
            # undone: the first one holds again
            request.with_user(self.manager)._undo(
                fields.Date.to_date("2026-07-20"), "Entered twice"
            )
            self.assertEqual(second.phase, "undone")
            self.assertEqual((first.phase, first.next_id.id), ("running", False))
            self.assertEqual(first.request_id.state, "active")
            self.assertEqual(self.loan.cn_class, "special_mention")

    def test_clocks_are_those_of_the_law_of_the_company(self):
        codes = {
            "eu": ["eu.probation"],
            "uk": ["eu.probation"],
            "us": ["policy.observation"],
            "cn": ["cn.observation"],
        }
        for law, expected in codes.items():
            self.plan.clock_ids.unlink()
            self.company.carloan_jurisdiction_id = self.env.ref(
                f"carloan_relief.jurisdiction_{law}"
            )
            self.plan._follow(self._today())
            self.assertEqual(self.plan.clock_ids.mapped("code"), expected, law)
        # more than one per cent of its value gone: a default, three clocks
        self.company.carloan_jurisdiction_id = self.env.ref(
            "carloan_relief.jurisdiction_eu"
        )
        self.plan.diminished = True
        self.plan._follow(self._today())
        clocks = {one.code: one for one in self.plan.clock_ids}
        self.assertEqual(str(clocks["eu.npe.cure"].date_earliest), "2027-06-20")
        self.assertEqual(self.plan.cn_class, "substandard")
        self.assertIn("CRR", clocks["eu.npe.cure"].source)

    def test_the_timeline_tells_of_the_plan(self):
        self._night(self.plan, "2026-07-15", pay=True)
        self._night(self.plan, "2026-09-16")
        request = self.plan.request_id.with_user(self.officer)
        facts = [fact["what"] for fact in request._get_timeline()]
        self.assertIn("First payment made (due 07/15/2026)", facts)
        self.assertIn("Clock restarted", " ".join(facts))
        told = " ".join(fact["what"] for fact in request._get_borrower_timeline())
        self.assertIn("Notice of a breach", told)
        self.assertNotIn("Clock restarted", told)

    def test_who_sees_a_plan_and_what_happened_to_it(self):
        self.plan._follow(self._today())
        records = (self.plan, self.plan.event_ids, self.plan.clock_ids)
        for user in (
            self.officer,
            self.approver,
            self.manager,
            self.auditor,
            self.accountant,
        ):
            for record in records:
                self.assertTrue(record.with_user(user).read(["display_name"]))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(record.with_user(user).has_access(operation))
        portal = self._user("r_portal", "base.group_portal")
        for user in (self.employee, portal):
            for record in records:
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])

    def test_officers_see_the_plans_of_their_team_and_company(self):
        team = self.env["carloan.team"].create(
            {"name": "North", "member_ids": [Command.link(self.officer.id)]}
        )
        self.plan.request_id.team_id = team
        self.plan._follow(self._today())
        for record in (self.plan, self.plan.event_ids, self.plan.clock_ids):
            self.assertTrue(record.with_user(self.officer).has_access("read"))
            self.assertFalse(record.with_user(self.officer_2).has_access("read"))
        other = self.env["res.company"].create({"name": "Other Lender"})
        stranger = self._user(
            "r_other",
            "carloan_relief.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for record in (self.plan, self.plan.event_ids, self.plan.clock_ids):
            self.assertFalse(record.with_user(stranger).has_access("read"))

    def test_steps_over_rpc(self):
        plan = self.plan
        for user in (self.officer_2, self.auditor, self.accountant):
            with self.assertRaises(AccessError):
                plan.with_user(user)._give_word("able", "x")
        with self.assertRaises(AccessError):
            plan.with_user(self.auditor).action_follow()
        with self.assertRaises(UserError):
            plan.with_user(self.manager).action_end_pause()
        with self.assertRaises(AccessError):
            self.env["carloan.relief.plan"].with_user(self.manager).create(
                {"request_id": plan.request_id.id, "loan_id": plan.loan_id.id}
            )
        # a context does not decide what a plan says, nor hide its end
        self.loan.dpd = 0
        request = plan.request_id.with_user(self.manager)
        request.with_context(plan_moves=True).action_break("asked for it")
        self.assertEqual(plan.phase, "broken")

"""What an open case or a plan in force keeps from being done to a borrower."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY
from .test_clock import ClockCase, day

NOON = f"{TODAY} 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(f"{TODAY} 13:00:00")
class TestStay(ClockCase):
    def _repossession(self):
        return self.env["carloan.repossession"].create(
            {
                "loan_id": self.loan.id,
                "fair_value": 80000.0,
                "source": "Valuer",
                "date": TODAY,
            }
        )

    def test_no_vehicle_is_taken_while_a_notice_is_open(self):
        self._under("au")
        case = self._repossession()
        request = self._draft(channel="phone")
        law = request.sudo().protection_id.with_user(self.manager)
        with self.assertRefused("Cases rest on"):
            law.stay_repossession = False
        law.confirmed = False
        self.assertTrue(self.loan.enforcement_stayed)
        stayed = self.env["carloan.loan"].search([("enforcement_stayed", "=", True)])
        self.assertEqual(stayed, self.loan)
        with self.assertRefused("due on 2026-07-11"):
            case.with_user(self.approver).action_approve()
        with self.assertRefused(request.name):
            self.loan._check_not_stayed("write_off")
        request.action_submit()
        request.action_reject("Income not shown")
        self.assertFalse(request.stay_until)  # refused, but the borrower not told
        letter = request.decline_letter_ids
        letter.reason_ids = self.env.ref("carloan_relief.decline_reason_income")
        letter.action_send()
        self.assertEqual(request.stay_until, day("2026-07-04"))
        with self.assertRefused("until 2026-07-04"):
            case.with_user(self.approver).action_approve()
        with freeze_time("2026-07-05"):
            self.assertFalse(self.loan.enforcement_stayed)
            case.with_user(self.approver).action_approve()
        self.assertEqual(case.state, "approved")

    def test_a_like_notice_within_four_months_stays_nothing(self):
        self._under("au")
        self._draft().action_withdraw("Later")
        again = self._draft(notice_date=TODAY)
        self.assertFalse(again.new_ground)
        self.assertFalse(again.stay_from)
        self.assertFalse(self.loan.enforcement_stayed)
        again.new_ground = True
        self.assertTrue(self.loan.enforcement_stayed)
        # the law's limit is passed
        again.sudo().write({"new_ground": False})
        again.action_withdraw("Later")
        with freeze_time("2026-11-01"):
            late = self._draft()
            self.assertEqual(late.stay_from, day("2026-11-01"))

    def test_a_case_taken_back_ends_the_stay_at_once(self):
        self._under("au")
        request = self._draft()
        request.action_withdraw("Found work")
        self.assertEqual(request.stay_until, day("2026-06-19"))
        self.assertFalse(self.loan.enforcement_stayed)

    def test_the_union_from_the_day_of_its_directive(self):
        self._under("eu")
        request = self._draft()
        request.action_submit()
        self.assertFalse(request.protection_id)
        self.loan._check_not_stayed("repossession")
        request.action_withdraw("Again")
        with freeze_time("2026-11-20"):
            request = self._draft()
            self.assertFalse(request.stay_from)
            request.action_submit()
            self.loan._check_not_stayed("write_off")
            with self.assertRefused("2023/2225"):
                self.loan._check_not_stayed("repossession")

    def test_no_stay_where_the_law_has_none(self):
        request = self._draft()
        request.action_submit()
        self.assertFalse(self.loan.enforcement_stayed)
        self._repossession().with_user(self.approver).action_approve()


@tagged("post_install", "-at_install")
@freeze_time(f"{TODAY} 13:00:00")
class TestDunningStop(ClockCase):
    def _contact(self, user=None, **values):
        return (
            self.env["carloan.contact"]
            .with_user(user or self.officer)
            .create({"loan_id": self.loan.id, "date": NOON, **values})
        )

    def test_collection_stops_with_the_plan_and_goes_on_when_it_breaks(self):
        request = self._accepted()
        self._contact(outcome="reached")
        self.assertFalse(self.loan.dunning_stop)
        request.with_user(self.accountant).action_activate()
        self.assertTrue(self.loan.dunning_stop)
        self.assertEqual(self.loan.dunning_stop_since, day(TODAY))
        with self.assertRefused("Collection is stopped"):
            self._contact()
        self.assertFalse(self._contact(about="relief").breaks)
        self.assertFalse(self._contact(direction="in").breaks)
        marked = self._contact(channel="letter", breach_reason="Sent before we knew")
        self.assertEqual(marked.breaks, "dunning_stop")
        # what was said the day before was allowed then
        self.assertFalse(self._contact(date="2026-06-19 12:00:00").breaks)
        lines = self.loan.sudo().line_ids
        self.assertTrue(all(lines.mapped("no_followup")))
        request.with_user(self.manager).action_break("Nothing paid")
        self.assertFalse(self.loan.dunning_stop)
        self.assertFalse(self._contact(channel="letter").breaks)

    def test_collection_stops_with_the_application_where_the_law_says_so(self):
        self._under("uk")
        request = self._draft()
        self.assertFalse(self.loan.dunning_stop)
        request.action_submit()
        self.assertTrue(self.loan.dunning_stop)
        with self.assertRefused("Collection is stopped"):
            self._contact(channel="letter")
        request.action_withdraw("Found work")
        self.assertFalse(self.loan.dunning_stop)

    def test_no_penalty_for_the_days_of_a_plan_where_the_law_says_so(self):
        self._under("uk")
        self._agree(penalty_rate=0.108, penalty_interval=1)
        request = self._active()
        self.assertTrue(self.loan.penalty_stop)
        ledger = self.ledger
        late = day("2027-01-20")
        with freeze_time(late):
            self._bill(late)
            self.assertGreater(self.loan.overdue_principal, 0)
            self.assertNotIn(self.loan, ledger._find_penalty_due(late))
            self.assertFalse(ledger._charge_penalties(self.loan))
            request.with_user(self.manager).action_break("Nothing paid")
            self.assertFalse(self.loan.penalty_stop)
            self.assertEqual(self.loan.penalty_date, late)
            # nor is a charge of those days made anew
            self.assertEqual(self.loan.penalty_free_until, late)
        with freeze_time(fields.Date.add(late, days=1)):
            moves = ledger._charge_penalties(self.loan)
            charged = sum(
                line.balance
                for line in moves.line_ids
                if line.carloan_role == "penalty_due"
            )
        one_day = self.loan.overdue_principal * 0.108 / 360
        self.assertGreater(charged, 0)
        self.assertLess(charged, one_day * 1.1)

    def test_follow_up_takes_lines_again_after_the_plan(self):
        """A line of a journal that follow-up reports read, not a general one."""
        self._active()
        line = self.loan.sudo().line_ids[:1]
        self.assertTrue(line.no_followup)
        line.journal_id.sudo().type = "sale"
        self.loan.sudo().dunning_stop = False
        self.assertFalse(line.no_followup)
        self.loan.sudo().dunning_stop = True
        self.assertTrue(line.no_followup)

    def test_nobody_lifts_the_stop_by_hand(self):
        self._active()
        for user in (self.officer, self.manager):
            for name in ("dunning_stop", "dunning_stop_since", "penalty_stop"):
                with self.subTest(name, user=user), self.assertRaises(AccessError):
                    self.loan.with_user(user).write({name: False})

    def test_a_word_of_hardship_in_a_call_opens_the_case(self):
        contact = self._contact(
            direction="in", outcome="hardship", note="Cannot pay", channel="call"
        )
        action = contact.action_open_request()
        request = self.Request.browse(action["res_id"])
        self.assertEqual(request.notice_date, fields.Date.to_date(TODAY))
        self.assertEqual((request.channel, request.note), ("phone", "Cannot pay"))
        self.assertEqual(contact.action_open_request()["res_id"], request.id)
        with self.assertRefused("says nothing of a hardship"):
            self._contact(direction="in").action_open_request()
        with self.assertRaises(AccessError):
            contact.with_user(self.employee).action_open_request()

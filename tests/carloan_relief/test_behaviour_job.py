"""The months of a loan, written from its ledger, read back as figures."""

import datetime

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_relief import ReliefCase

D = datetime.date


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestBehaviourJob(ReliefCase):
    """Lent on 15 January, 3,716.23 a month; three paid on 20 June, two are not."""

    def write(self):
        self.env["carloan.behaviour"].action_catch_up()
        return self.loan.behaviour_ids.sorted("month_end")

    def test_each_finished_month_once(self):
        rows = self.write()
        self.assertRecordValues(
            rows,
            [
                self.row(D(2026, 1, 31), 120000.0, 0.0, 0.0, 0),
                self.row(D(2026, 2, 28), 120000.0, 3716.23, 0.0, 13),
                self.row(D(2026, 3, 31), 120000.0, 3716.23, 0.0, 44),
                self.row(D(2026, 4, 30), 120000.0, 3716.23, 0.0, 74),
                self.row(D(2026, 5, 31), 120000.0, 3716.23, 0.0, 105),
            ],
        )
        self.assertEqual(self.write(), rows)  # the same rows, untouched

    def row(self, month_end, balance, due, paid, dpd, **more):
        return {
            "month_end": month_end,
            "balance": balance,
            "due": due,
            "paid": paid,
            "dpd": dpd,
            "source": "ledger",
            "relief": False,
            "charged_off": False,
            **more,
        }

    def test_a_month_that_is_over_is_caught_up_and_the_running_one_is_not(self):
        self.write()
        with freeze_time("2026-07-03"):
            june = self.write()[-1]
        paid = sum(self.loan.instalment_ids[:3].mapped("amount"))
        self.assertEqual((june.month_end, june.paid), (D(2026, 6, 30), round(paid, 2)))
        principal = sum(self.loan.instalment_ids[:3].mapped("principal"))
        self.assertAlmostEqual(june.principal_paid, principal, 2)
        self.assertAlmostEqual(june.balance, 120000 - principal, 2)
        self.assertEqual(june.dpd, 46)  # the instalment of 15 May is the oldest

    def test_entries_made_since_bring_the_month_up_to_date(self):
        rows = self.write()
        self.env.cr.execute(
            "UPDATE carloan_behaviour SET computed_at = %s WHERE id = ANY(%s)",
            ("2000-01-01", rows[-1:].ids),
        )
        self.env.invalidate_all()
        kept = rows[:-1]
        again = self.write()
        self.assertEqual(again[:-1], kept)
        self.assertNotEqual(again[-1], rows[-1])
        self.assertEqual(again[-1].dpd, 105)

    def test_imported_months_stay_as_they_came(self):
        self.env["carloan.behaviour"]._load_rows(
            [(self.loan.id, self.company.id, D(2026, 3, 31), 1.0, 2.0, 3.0, 4.0, 5)]
        )
        march = self.write()[2]
        self.assertRecordValues(march, [{"balance": 1.0, "dpd": 5, "source": "tape"}])

    def test_a_holiday_is_a_relief_month(self):
        """Three months without principal in the plan that a relief made."""
        plan = self._holiday_plan()
        with freeze_time("2026-12-02"):
            rows = {row.month_end: row.relief for row in self.write()}
        late = plan.instalment_ids.filtered(lambda one: one.due_date > D(2026, 6, 20))
        first = late.filtered("principal")[:1].due_date
        self.assertEqual(first, D(2026, 10, 15))
        free = [day.month for day, relief in rows.items() if relief]
        # in the month of the start nothing falls due either
        self.assertEqual(free, [1, 7, 8, 9])

    def _holiday_plan(self):
        """Put a schedule of a relief in force that begins with three free months."""
        rows = self.loan.instalment_ids.filtered(
            lambda one: one.due_date > D(2026, 6, 20)
        )
        free = rows[:3]
        self.loan.schedule_id.sudo().reason = "relief"
        free.sudo().write({"principal": 0.0, "interest": 0.0})
        return self.loan.schedule_id

    def test_a_write_off_is_a_charge_off_and_what_comes_in_is_recovered(self):
        self.loan._get_positions()
        self.env["carloan.memo"].sudo().create(
            {
                "loan_id": self.loan.id,
                "date": "2026-05-10",
                "due_date": "2026-05-10",
                "kind": "written_off",
                "component": "principal",
                "event": "recovery",
                "event_key": "recovery:test",
                "amount": -450.0,
            }
        )
        self.assertEqual(self.write()[-1].recovered, 450.0)

    def test_who_writes_months(self):
        rows = self.env["carloan.behaviour"]
        rows.with_user(self.manager).action_catch_up()
        for user in (self.officer, self.approver, self.auditor, self.employee):
            with self.subTest(user.login), self.assertRaises(AccessError):
                rows.with_user(user).action_catch_up()

    def test_the_job_of_the_night(self):
        cron = self.env.ref("carloan_relief.carloan_behaviour_cron")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.loan.behaviour_ids), 5)

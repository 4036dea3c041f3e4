"""When a report comes next: month ends, clock changes, pauses."""

from datetime import datetime

import pytz

from odoo.tests import BaseCase, tagged

from odoo.addons.carloan_relief_reports.models.recurrence import next_after

SHANGHAI = pytz.timezone("Asia/Shanghai")
BERLIN = pytz.timezone("Europe/Berlin")
UTC = pytz.utc


@tagged("post_install", "-at_install")
class TestRecurrence(BaseCase):
    def test_the_last_day_comes_back_after_a_short_month(self):
        start = datetime(2026, 1, 31, 8)
        found, moment = [], start
        for _month in range(4):
            moment = next_after(start, moment, 1, "month", UTC)
            found.append((moment.month, moment.day))
        self.assertEqual(found, [(2, 28), (3, 31), (4, 30), (5, 31)])

    def test_the_day_is_that_of_the_zone(self):
        # half past midnight on the 1st in Shanghai is the day before in UTC
        start = datetime(2026, 1, 31, 16, 30)
        found = next_after(start, start, 1, "month", SHANGHAI)
        self.assertEqual(found, datetime(2026, 2, 28, 16, 30))

    def test_eight_o_clock_stays_when_the_clocks_change(self):
        start = datetime(2026, 3, 28, 7)
        found = next_after(start, start, 1, "day", BERLIN)
        self.assertEqual(found, datetime(2026, 3, 29, 6))

    def test_an_hour_that_is_skipped_moves_on(self):
        start = datetime(2026, 3, 28, 1, 30)
        found = next_after(start, start, 1, "day", BERLIN)
        self.assertEqual(found, datetime(2026, 3, 29, 1, 30))

    def test_a_first_time_to_come_is_the_next(self):
        start = datetime(2026, 5, 1, 8)
        found = next_after(start, datetime(2026, 1, 1), 1, "week", UTC)
        self.assertEqual(found, start)

    def test_what_was_missed_is_not_made_up_for(self):
        start = datetime(2016, 1, 1, 8)
        found = next_after(start, datetime(2026, 6, 15), 2, "week", UTC)
        self.assertTrue(datetime(2026, 6, 15) < found < datetime(2026, 6, 29, 8, 1))
        self.assertEqual((found - start).days % 14, 0)

    def test_quarters_and_years(self):
        start = datetime(2024, 2, 29, 8)
        self.assertEqual(
            next_after(start, start, 1, "year", UTC), datetime(2025, 2, 28, 8)
        )
        self.assertEqual(
            next_after(start, start, 1, "quarter", UTC), datetime(2024, 5, 29, 8)
        )

"""Contacts with borrowers: the rules of conduct, promises, what was logged."""

import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .risk_common import AS_OF, RiskCase

NOON = f"{AS_OF} 04:00:00"  # 12:00 in Shanghai
NIGHT = f"{AS_OF} 15:00:00"  # 23:00 in Shanghai


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01 06:00:00")
class TestRiskContact(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.good | cls.late).partner_id.tz = "Asia/Shanghai"

    def as_role(self, model, role):
        return self.env[model].with_user(self.users[role])

    def contact(self, role="officer", **values):
        return self.as_role("carloan.contact", role).create(
            {"loan_id": self.good.id, "date": NOON, "outcome": "no_answer", **values}
        )

    def test_a_contact_that_breaks_a_rule_is_refused_or_marked(self):
        with self.assertRaisesRegex(UserError, "outside the hours"):
            self.contact(date=NIGHT)
        self.assertFalse(self.contact(date=NIGHT, consent=True).breaks)
        self.assertFalse(self.contact(date=NIGHT, direction="in").breaks)
        self.assertFalse(self.contact(date=NIGHT, channel="letter").breaks)
        marked = self.contact(date=NIGHT, breach_reason="Wrong time zone on file")
        self.assertEqual(marked.breaks, "hours")
        with self.assertRaisesRegex(UserError, "only to restore"):
            self.contact(party="unrelated_third_party")
        with self.assertRaisesRegex(UserError, "still to come"):
            self.contact(date="2026-07-02 04:00:00")

    def test_calls_of_a_day_are_counted_over_all_loans(self):
        for minute in range(6):
            self.contact(date=f"{AS_OF} 02:0{minute}:00")
        with self.assertRaisesRegex(UserError, "dialled too often"):
            self.contact(date=f"{AS_OF} 02:06:00")
        for minute in range(3):
            self.contact(date=f"2026-06-29 02:0{minute}:00", outcome="reached")
        with self.assertRaisesRegex(UserError, "spoken to"):
            self.contact(date="2026-06-29 02:03:00", outcome="reached")
        # contact is lost by the failed attempts: somebody else may be asked for it
        third = {"party": "unrelated_third_party", "about": "restore"}
        self.assertFalse(self.contact(date=f"{AS_OF} 03:00:00", **third).breaks)

    def test_what_was_logged_stands(self):
        contact = self.contact()
        contact.note = "Will call back"
        for values in ({"outcome": "reached"}, {"breaks": False}):
            with self.subTest(values), self.assertRaises(AccessError):
                contact.write(values)
        forged = self.contact(logged_on="2020-01-01", breaks="none")
        self.assertEqual(forged.logged_on, datetime.date(2026, 7, 1))
        self.assertFalse(forged.breaks)
        with self.assertRaises(AccessError):
            contact.unlink()

    def test_a_promise_needs_amount_and_day(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.contact(outcome="promise")

    def test_a_promise_without_money_is_broken_the_day_after(self):
        values = {"outcome": "promise", "promised_amount": 10.0}
        states = [
            self.contact(promised_date=day, **values).promise_state
            for day in ("2026-06-30", "2026-07-01")
        ]
        self.assertEqual(states, ["broken", "open"])

    def test_the_form_warns_before_it_is_saved(self):
        form = Form(self.as_role("carloan.contact", "officer"))
        form.loan_id = self.good.with_user(self.users["officer"])
        form.date = NIGHT
        self.assertIn("outside the hours", form.conduct_text)
        form.consent = True
        self.assertFalse(form.conduct_text)

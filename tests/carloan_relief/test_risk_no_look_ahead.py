"""An assessment of a past day sees that day: nothing later, nothing known later.

Every table that the features read has events here: one of a later day, one of an
earlier day that became known later, and one that was known on the day, which shows
that the event matters at all.
"""

import datetime
from unittest.mock import patch

import numpy as np

from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.risk import carloan_risk_features

from .common_loan import LoanCase

DAY = datetime.date(2026, 6, 30)
LATER, BEFORE = datetime.date(2026, 7, 20), datetime.date(2026, 6, 10)


@tagged("post_install", "-at_install")
@freeze_time("2026-09-30")
class TestNoLookAhead(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vehicle = cls.env["carloan.vehicle"].create(
            {"make": "Aurora", "model_year": 2024, "purchase_value": 130000.0}
        )
        cls.loan = cls._create_active(vehicle_id=cls.vehicle.id)
        cls._bill(DAY)
        cls._pay(cls.loan, sum(cls.loan.instalment_ids[:3].mapped("amount")), BEFORE)
        cls.statement = cls.env["carloan.financial.statement"].create(
            {
                "partner_id": cls.borrower.id,
                "date": "2026-05-01",
                "known_on": "2026-05-02",
                "net_income": 9000.0,
                "living_costs": 4000.0,
                "employment": "employed",
            }
        )
        cls.gatherer = cls.env["carloan.risk.features"]

    def gather(self):
        self.env.flush_all()
        found = self.gatherer._gather(self.loan, DAY)
        return {name: float(values[0]) for name, values in found.items()}

    def changed(self, event, *arguments):
        """Return the features that an event changes; undo it."""
        before = self.gather()
        with self.env.cr.savepoint() as savepoint:
            event(*arguments)
            after = self.gather()
            savepoint.rollback()
        self.env.invalidate_all()
        return {
            name
            for name in before
            if not np.isclose(before[name], after[name], equal_nan=True)
        }

    # ------------------------------------------------------------------ events
    def month(self, day, known):
        month_end = fields.Date.end_of(day, "month")
        if day == BEFORE:
            month_end = datetime.date(2026, 5, 31)
        self.env["carloan.behaviour"]._load_rows(
            [(self.loan.id, self.company.id, month_end, 9.0, 5.0, 0.0, 0.0, 99)]
        )

    def household(self, day, known):
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": self.borrower.id,
                "date": day,
                "known_on": known,
                "net_income": 1.0,
                "employment": "unemployed",
            }
        )

    def verification(self, day, known):
        self.statement.sudo().write(
            {"verified_by": self.env.user.id, "verified_on": known}
        )

    def report(self, day, known):
        self.env["carloan.bureau.report"].create(
            {
                "partner_id": self.borrower.id,
                "date": day,
                "known_on": known,
                "score": 333,
                "line_ids": [Command.create({"arrears": 100.0, "dpd": 40})],
            }
        )

    def valuation(self, day, known):
        self.vehicle.valuation_ids = [
            Command.create({"date": day, "known_on": known, "value": 5.0})
        ]

    def contact(self, day, known):
        self.env["carloan.contact"].create(
            {
                "loan_id": self.loan.id,
                "date": f"{day} 10:00:00",
                "logged_on": known,
                "outcome": "promise",
                "promised_amount": 1e6,
                "promised_date": fields.Date.add(day, days=3),
            }
        )

    def relief(self, day, known):
        schedule = self.loan.schedule_id
        last = self.loan.instalment_ids[-1]
        self.env["carloan.schedule"].create(
            {
                "loan_id": self.loan.id,
                "version": 2,
                "reason": "relief",
                "state": "superseded",
                "date_from": day,
                "known_on": known,
                "annual_rate": 0.01,
                "method": schedule.method,
                "instalment_count": 1,
                "instalment_ids": [
                    Command.create(
                        {
                            "loan_id": self.loan.id,
                            "company_id": self.company.id,
                            "sequence": 1,
                            "due_date": last.due_date,
                            "principal": 7.0,
                        }
                    )
                ],
            }
        )

    def purpose(self, day, known):
        request = self.env["carloan.relief.request"].create(
            {"loan_id": self.loan.id, "car_purpose": "goods"}
        )
        request.sudo().date_submitted = f"{known} 04:00:00"

    def repayment(self, day, known):
        self._pay(self.loan, 5000.0, day)

    def other_loan(self, day, known):
        self._create_active(
            start_date=day, first_due_date=fields.Date.add(day, days=40)
        )

    def fetched(self, day, known):
        """A report of the sandbox never counts, whenever it comes."""
        self.env["carloan.bureau.report"].create(
            {"partner_id": self.borrower.id, "date": BEFORE, "score": 1}
        ).sudo().write({"sandbox": True, "known_on": BEFORE})

    EVENTS = (
        # event, may be entered later for an earlier day, changes at least
        ("month", False, {"max_dpd_12m", "missed_12m"}),
        ("household", True, {"payment_to_income", "income_insecurity"}),
        ("verification", True, {"income_unverified"}),
        ("report", True, {"bureau_score", "worst_dpd_elsewhere"}),
        ("valuation", True, {"ltv"}),
        ("contact", True, {"contacts_3m", "broken_promises_12m"}),
        ("relief", True, {"relief_24m", "annual_rate", "remaining_term"}),
        ("purpose", True, {"commercial_use"}),
        ("repayment", False, {"exposure", "behind"}),
        ("other_loan", False, {"borrower_loans"}),
    )

    def test_what_comes_later_changes_nothing(self):
        for name, _late, _features in self.EVENTS:
            with self.subTest(name):
                self.assertFalse(self.changed(getattr(self, name), LATER, LATER))

    def test_what_became_known_later_changes_nothing(self):
        for name, late, _features in self.EVENTS:
            if late:
                with self.subTest(name):
                    self.assertFalse(self.changed(getattr(self, name), BEFORE, LATER))

    def test_what_was_known_counts(self):
        for name, _late, features in self.EVENTS:
            with self.subTest(name):
                changed = self.changed(getattr(self, name), BEFORE, BEFORE)
                self.assertLessEqual(features, changed)

    def test_the_sandbox_never_counts(self):
        self.assertFalse(self.changed(self.fetched, BEFORE, BEFORE))

    def test_a_class_without_a_code_is_unknown_and_told(self):
        self.statement.employment = "other"
        with patch.object(carloan_risk_features._logger, "info") as log:
            found = self.gather()
        self.assertTrue(np.isnan(found["income_insecurity"]))
        self.assertEqual(log.call_args.args[1:], ("income_insecurity", 1))

    def test_one_loan_is_quick(self):
        """The statements do not grow with the number of loans."""
        self.gather()
        loans = self.loan | self._create_active()
        self.env.flush_all()
        with self.assertQueryCount(40):
            self.gatherer._gather(loans, DAY)

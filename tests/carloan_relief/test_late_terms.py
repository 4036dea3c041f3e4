"""What a contract agrees on late payment stays, whatever becomes of its product."""

import runpy

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import file_path

from odoo.addons.carloan_relief.models.loan.carloan_loan_late import LATE_TERMS

from .common_loan import LoanCase

TERMS = {
    "penalty_rate": 0.108,
    "penalty_uplift": 0.0,
    "overdue_interest": False,
    "grace_days": 3,
    "penalty_cap": 0.0,
    "allocation_order": "fee,penalty,interest,principal",
    "allocation_mode": "horizontal",
    "principal_first_days": 0,
}
OTHERS = {
    "penalty_rate": 0.36,
    "penalty_uplift": 0.9,
    "overdue_interest": True,
    "grace_days": 0,
    "penalty_cap": 0.001,
    "allocation_order": "principal,interest,fee,penalty",
    "allocation_mode": "vertical",
    "principal_first_days": 1,
}


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestLateTerms(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write(TERMS)
        cls.loan = cls._create_active()
        cls._bill("2026-04-20")

    def _read(self, loan):
        return {source: loan[name] for name, source in LATE_TERMS.items()}

    def test_a_loan_takes_the_terms_of_its_product_once(self):
        self.assertEqual(self._read(self.loan), TERMS)
        draft = self._create_loan()
        self.product.write(OTHERS)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self._read(self.loan), TERMS)
        self.assertEqual(self._read(draft), TERMS)
        self.assertEqual(self._read(self._create_loan()), OTHERS)

    def test_days_not_yet_charged_bear_what_was_signed(self):
        """The product is changed one by one: none of its terms reaches the loan."""
        for name, value in OTHERS.items():
            with self.subTest(name):
                self.product.write(TERMS)
                loan = self._create_active()
                self.product.write({name: value})
                self._bill("2026-04-20")
                self.ledger._charge_penalties(loan)
                # as each overdue instalment bears its days in the worked example
                self.assertEqual(loan.overdue_penalty, 85.30)
                entry = self._entry(self._pay(loan, 60.0, "2026-04-20").move_id)
                # the penalty of the oldest instalment, then its interest
                self.assertEqual(entry["penalty_due"], -54.08)
                self.assertEqual(entry["interest_due"], -5.92)
        self.assertBooks()

    def test_a_charge_made_anew_bears_what_was_signed(self):
        payment = self._pay(self.loan, 1000.0, "2026-03-01")
        self.ledger._charge_penalties(self.loan)
        self.product.write(OTHERS)
        self.loan._undo_repayment(
            payment.move_id, fields.Date.to_date("2026-04-20"), "Returned"
        )
        self.assertEqual(self.loan.overdue_penalty, 85.30)
        self.assertBooks()

    def test_the_night_looks_for_loans_by_what_they_signed(self):
        today = fields.Date.to_date("2026-04-20")
        self.product.write({"penalty_rate": 0.0})
        self.assertIn(self.loan, self.ledger._find_penalty_due(today))
        free = self._create_active()
        self.product.write(TERMS)
        self._bill("2026-04-20")
        self.assertNotIn(free, self.ledger._find_penalty_due(today))
        self.assertFalse(self.ledger._charge_penalties(free))

    def test_a_form_proposes_and_a_draft_may_agree_otherwise(self):
        officer = self._user("late_officer", "carloan_relief.group_officer")
        form = Form(self.env["carloan.loan"].with_user(officer))
        form.partner_id = self.borrower
        form.product_id = self.product
        self.assertEqual((form.penalty_rate, form.grace_days), (0.108, 3))
        form.principal = 1000.0
        form.penalty_rate = 0.09
        loan = form.save()
        self.assertEqual(loan.penalty_rate, 0.09)
        self.assertEqual(loan.copy().penalty_rate, 0.09)

    def test_what_was_signed_is_not_written(self):
        manager = self._user("late_manager", "carloan_relief.group_manager")
        for name in LATE_TERMS:
            with self.subTest(name), self.assertRefused("stay as signed", UserError):
                self.loan.with_user(manager).write({name: self.loan[name]})

    def test_bad_terms_are_refused_by_name(self):
        for values, text in (
            ({"penalty_rate": 1.5}, "150"),
            ({"penalty_rate": -0.1}, "-10"),
            ({"allocation_order": "fee,interest"}, "fee,interest"),
            ({"allocation_order": "fee,fee,interest,principal"}, "once each"),
        ):
            with self.subTest(values=values), self.assertRefused(text, ValidationError):
                self._create_loan(**values)

    def test_old_loans_are_given_the_terms_of_their_product(self):
        other = self._create_product(self.company, **OTHERS)
        loan = self._create_loan(product_id=other.id)
        names = [name for name in LATE_TERMS if name != "principal_first_days"]
        self.env.flush_all()
        for name in names:
            self.env.cr.execute(f"ALTER TABLE carloan_loan DROP COLUMN {name}")
        path = file_path("carloan_relief/migrations/19.0.1.0.4/pre-late_terms.py")
        for _again in range(2):
            runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.3")
        self.env.invalidate_all()
        self.assertEqual(self._read(self.loan), TERMS)
        self.assertEqual(self._read(loan), OTHERS)

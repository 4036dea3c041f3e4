from odoo import fields
from odoo.tests import tagged

from odoo.addons.carloan_relief.demo.people import borrowers

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestDemoLife(LoanCase):
    """The lives of the demonstration book are those that its people lived."""

    def test_only_who_is_long_late_has_interest_suspended(self):
        people = [one for one in borrowers() if one.number in (14, 18)]
        demo = self.env["carloan.demo"]
        nobody = {"officer": self.env.user}
        team = self.env["carloan.team"].create({"name": "Desk"})
        loans = demo._build_loans(people, demo._build_products(), nobody, team)
        demo._run_life(people, loans)
        late, long_late = loans
        self.assertTrue(0 < late.dpd <= 90)
        self.assertFalse(late.suspended_since)
        self.assertGreater(long_late.dpd, 90)
        self.assertEqual(long_late.suspended_since, fields.Date.context_today(demo))

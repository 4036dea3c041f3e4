"""The demonstration holds a campaign on its way, with its first answers."""

from odoo.tests import tagged

from odoo.addons.carloan_relief.demo.people import borrowers

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
class TestDemoCampaign(LoanCase):
    def test_it_is_sent_and_some_have_answered(self):
        people = [one for one in borrowers() if one.flooded]
        demo = self.env["carloan.demo"]
        users = demo._build_users()
        team = self.env["carloan.team"].create(
            {"name": "Desk", "member_ids": [(6, 0, users["officer"].ids)]}
        )
        loans = demo._build_loans(people, demo._build_products(), users, team)
        demo._run_life(people, loans)
        demo._build_statements(people, loans)
        demo._build_risk_data(loans)
        loans = self.env["carloan.loan"].union(*loans)
        loans._assess()
        campaign = demo._build_campaign(loans, users)
        self.assertEqual(campaign.state, "sent")
        self.assertFalse(campaign.line_ids.filtered("exclusion"))
        states = sorted(campaign.sudo().request_ids.mapped("state"))
        self.assertEqual(states, ["accepted", "declined", "offered", "offered"])

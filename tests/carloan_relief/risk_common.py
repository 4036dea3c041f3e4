"""Two loans with a payment history, and a user of each role, for the risk tests."""

import datetime

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import TransactionCase

from .common_people import ROLES, make_users

AS_OF = datetime.date(2026, 6, 30)


class RiskCase(TransactionCase):
    """`good` paid every month, `late` has paid nothing for three months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.users = make_users(cls.env, "risk", ROLES)
        cls.team = cls.env["carloan.team"].create(
            {
                "name": "Own team",
                "member_ids": [Command.link(cls.users["officer"].id)],
            }
        )
        cls.other_team = cls.env["carloan.team"].create({"name": "Other team"})
        cls.product = cls.env["carloan.product"].create(
            {"name": "Risk cars", "code": "RISK", "annual_rate": 0.072}
        )
        cls.good = cls.make_loan("Good", cls.team)
        cls.late = cls.make_loan("Late", cls.other_team)
        cls.load_history(cls.good, [(500, 0)] * 18)
        cls.load_history(cls.late, [(500, 0)] * 15 + [(0, 16), (0, 46), (0, 77)])

    @classmethod
    def make_loan(cls, name, team, **vals):
        """Return an active loan of 12,000 on a car of 10,000, started 20 months ago."""
        start = AS_OF + relativedelta(months=-20, day=15)
        partner = cls.env["res.partner"].create({"name": f"{name} borrower"})
        vehicle = cls.env["carloan.vehicle"].create(
            {
                "make": "Aurora",
                "model": name,
                "model_year": 2024,
                "purchase_value": 10000,
            }
        )
        loan = cls.env["carloan.loan"].create(
            {
                "partner_id": partner.id,
                "vehicle_id": vehicle.id,
                "product_id": cls.product.id,
                "team_id": team.id,
                "principal": 12000.0,
                "instalments": 36,
                "start_date": start,
                "first_due_date": start + relativedelta(months=1),
                **vals,
            }
        )
        loan.state = "active"
        return loan

    @classmethod
    def load_history(cls, loan, months):
        """Load (paid, dpd) for each month up to the date of the tests."""
        count = len(months)
        cls.env["carloan.behaviour"]._load_rows(
            [
                (
                    loan.id,
                    loan.company_id.id,
                    AS_OF + relativedelta(months=at + 1 - count, day=31),
                    8000.0,
                    500.0,
                    float(paid),
                    float(paid) * 0.8,
                    dpd,
                )
                for at, (paid, dpd) in enumerate(months)
            ]
        )

"""Two borrowers with a login each, and one running loan of either."""

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user


class PortalCase(HttpCase):
    """Borrowers `alice` and `bob`; the suite signs in as either or as nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["res.partner"])
        cls.product = cls.env["carloan.product"].create(
            {"name": "New cars", "code": "PORTAL", "annual_rate": 0.072}
        )
        cls.alice = cls._make_borrower("alice", "Alice Li")
        cls.bob = cls._make_borrower("bob", "Bob Wu")
        cls.loan = cls._make_loan(cls.alice.partner_id)
        cls.other_loan = cls._make_loan(cls.bob.partner_id)

    @classmethod
    def _make_borrower(cls, login, name):
        return new_test_user(
            cls.env,
            login=f"{login}@example.com",
            password="borrower-password",
            name=name,
            groups="base.group_portal",
            email=f"{login}@example.com",
        )

    @classmethod
    def _make_loan(cls, partner, **vals):
        """A loan with its schedule, active without the entries of the ledger."""
        start = cls.today + relativedelta(months=-3, day=10)
        vehicle = cls.env["carloan.vehicle"].create(
            {"make": "Aurora", "model": partner.name, "model_year": 2025}
        )
        loan = cls.env["carloan.loan"].create(
            {
                "partner_id": partner.id,
                "product_id": cls.product.id,
                "vehicle_id": vehicle.id,
                "principal": 12000.0,
                "instalments": 12,
                "start_date": start,
                "first_due_date": start + relativedelta(months=1),
                **vals,
            }
        )
        cls._make_schedule(loan)
        return loan

    @classmethod
    def _make_schedule(cls, loan):
        rows = [
            Command.create(
                {
                    "loan_id": loan.id,
                    "company_id": loan.company_id.id,
                    "sequence": number,
                    "due_date": loan.first_due_date + relativedelta(months=number - 1),
                    "principal": 1000.0,
                    "interest": 72.0 - number,
                    "balance": 12000.0 - 1000.0 * number,
                }
            )
            for number in range(1, 13)
        ]
        schedule = cls.env["carloan.schedule"].create(
            {
                "loan_id": loan.id,
                "state": "active",
                "date_from": loan.start_date,
                "annual_rate": loan.annual_rate,
                "instalment_ids": rows,
            }
        )
        loan.write(
            {
                "state": "active",
                "schedule_id": schedule.id,
                "position_date": cls.today,
                "principal_balance": 12000.0,
                "next_due_date": loan.first_due_date,
                "next_amount": 1071.0,
            }
        )

    def sign_in(self, user):
        self.authenticate(user.login, "borrower-password")

    def page(self, path, **options):
        return self.url_open(path, timeout=60, **options)

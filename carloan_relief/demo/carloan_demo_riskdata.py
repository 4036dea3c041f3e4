from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

PURPOSES = ("private", "commute", "ride_hailing", "private", "goods", "business")
#: What came of a contact with a late borrower, one after the other.
OUTCOMES = ("no_answer", "promise", "reached", "hardship")
LINES = (
    ("wage", 9800.0, "month", "Payslip"),
    ("other_income", 6000.0, "year", "Bonus"),
    ("rent", 2600.0, "month", ""),
    ("food", 500.0, "week", ""),
    ("card", 350.0, "month", "Minimum payment"),
)


class CarloanDemo(models.AbstractModel):
    _inherit = "carloan.demo"

    @api.model
    def _build_risk_data(self, loans):
        """What is known of the borrowers beside their payments."""
        self.env.company.carloan_bureau_provider = "carloan.bureau.provider.sandbox"
        for number, loan in enumerate(loans):
            loan.purpose = PURPOSES[number % len(PURPOSES)]
        active = [loan for loan in loans if loan.state == "active"]
        self._build_budget(active[0])
        self._build_reports(active[:6])
        late = [loan for loan in active if loan.overdue_amount]
        self._build_contacts(late[: 2 * len(OUTCOMES)])
        self.env["carloan.behaviour"].action_catch_up()

    def _build_budget(self, loan):
        """One household line by line."""
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": loan.partner_id.id,
                "employment": "employed",
                "employer_type": "private",
                "employed_since": fields.Date.context_today(self)
                - relativedelta(years=4, day=1),
                "household_size": 3,
                "dependants": 1,
                "housing": "rented",
                "line_ids": [
                    Command.create(
                        {
                            "type": kind,
                            "amount": amount,
                            "frequency": often,
                            "name": note,
                        }
                    )
                    for kind, amount, often, note in LINES
                ],
            }
        )

    def _build_reports(self, loans):
        """Reports of a credit bureau, each with the consent it rests on."""
        today = fields.Date.context_today(self)
        consents = self.env["carloan.bureau.consent"].create(
            [
                {
                    "partner_id": loan.partner_id.id,
                    "date": today - relativedelta(days=30),
                    "text": "I agree that my credit record is asked for.",
                }
                for loan in loans
            ]
        )
        self.env["carloan.bureau.report"].create(
            [
                {
                    "partner_id": consent.partner_id.id,
                    "consent_id": consent.id,
                    "date": today - relativedelta(days=20),
                    "score": 580 + 30 * number,
                    "line_ids": [
                        Command.create(
                            {
                                "lender": "Another bank",
                                "limit": 20000.0,
                                "balance": 3000.0 * (1 + number % 5),
                                "instalment": 400.0,
                                "arrears": 400.0 * (number % 3 == 0),
                                "dpd": 21 * (number % 3 == 0),
                            }
                        ),
                        Command.create(
                            {
                                "kind": "inquiry",
                                "lender": "A card company",
                                "date": today - relativedelta(days=60),
                            }
                        ),
                    ],
                }
                for number, consent in enumerate(consents)
            ]
        )

    def _build_contacts(self, loans):
        """Calls about arrears in the days before, at an hour that is allowed."""
        today = fields.Datetime.now().replace(
            hour=2, minute=30, second=0, microsecond=0
        )
        self.env["carloan.contact"].create(
            [
                {
                    "loan_id": loan.id,
                    "date": today - relativedelta(days=3 + number),
                    "consent": True,
                    "outcome": OUTCOMES[number % len(OUTCOMES)],
                    **self._prepare_promise(loan, today, number),
                }
                for number, loan in enumerate(loans)
            ]
        )

    def _prepare_promise(self, loan, today, number):
        """Return what was promised by who promised to pay."""
        if OUTCOMES[number % len(OUTCOMES)] != "promise":
            return {}
        return {
            "promised_amount": loan.overdue_amount,
            "promised_date": fields.Date.to_date(today)
            - relativedelta(days=number % 2),
        }

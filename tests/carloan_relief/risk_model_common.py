"""A book with two years of months in which a model has something to learn."""

import datetime

import numpy as np
from dateutil.relativedelta import relativedelta

from .risk_common import RiskCase

FIRST = datetime.date(2023, 1, 31)
MONTHS, LOANS = 30, 160
EARLY, LATE = datetime.date(2023, 12, 31), datetime.date(2024, 12, 31)


class ModelCase(RiskCase):
    """160 loans: who missed months before the date stops paying more often after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.env.cr.execute(
            "DELETE FROM carloan_behaviour WHERE company_id = %s", [cls.company.id]
        )
        cls.book = cls.make_book()
        cls.load_months()

    @classmethod
    def make_book(cls):
        start = FIRST.replace(day=15) + relativedelta(months=-6)
        vehicle = cls.env["carloan.vehicle"].create(
            {
                "make": "Aurora",
                "model": "S",
                "model_year": 2022,
                "purchase_value": 10000,
            }
        )
        partners = cls.env["res.partner"].create(
            [{"name": f"Borrower {number}"} for number in range(LOANS)]
        )
        loans = cls.env["carloan.loan"].create(
            [
                {
                    "partner_id": partner.id,
                    "vehicle_id": vehicle.copy().id,
                    "product_id": cls.product.id,
                    "principal": 20000.0,
                    "instalments": 60,
                    "start_date": start,
                    "first_due_date": start + relativedelta(months=1),
                }
                for partner in partners
            ]
        )
        loans.state = "active"
        return loans

    @classmethod
    def load_months(cls):
        """A shaky third misses now and then, and half of it stops for good."""
        rng = np.random.default_rng(5)
        shaky = np.arange(LOANS) % 3 == 0
        stops = np.where(
            shaky & (rng.random(LOANS) < 0.6), rng.integers(13, 30, LOANS), 99
        )
        calm = ~shaky & (rng.random(LOANS) < 0.08)
        stops = np.where(calm, rng.integers(13, 30, LOANS), stops)
        rows = []
        for at, loan in enumerate(cls.book):
            miss = rng.random(MONTHS) < (0.25 if shaky[at] else 0.02)
            for month in range(MONTHS):
                paid = 0.0 if miss[month] or month >= stops[at] else 400.0
                rows.append(
                    (
                        loan.id,
                        cls.company.id,
                        FIRST + relativedelta(months=month, day=31),
                        19900.0,
                        400.0,
                        paid,
                        paid * 0.8,
                        0,
                    )
                )
        cls.env["carloan.behaviour"]._load_rows(rows)

    @classmethod
    def train(cls, user=None, **values):
        """Return a finished training."""
        trainings = cls.env["carloan.risk.training"]
        if user:
            trainings = trainings.with_user(user)
        asked = trainings.create(
            {
                "train_dates": str(EARLY),
                "fewest": 10,
                "use_boosting": False,
                **values,
            }
        )
        asked.sudo()._run_safely()
        return asked
